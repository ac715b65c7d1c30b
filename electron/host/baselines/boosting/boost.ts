/**
 * Boosted trees from histograms, with what scikit-learn's HistGradientBoosting does where nobody says otherwise. No kept library
 * in npm grows them; this one is as small as a baseline needs, and gives its outputs for rows of the data at hand.
 */
import { randomSource, shuffle } from '../../prepare/random.ts'
import type { Binned } from './bins.ts'
import type { BoostingLoss, Derivatives } from './losses.ts'
import { layoutOf, TreeGrower, type TreeOptions } from './tree.ts'

export interface BoostOptions extends TreeOptions {
  readonly rounds: number
  /** Above so many training rows it stops when a tenth of them, held back, gains nothing for ten rounds. */
  readonly stopsAbove: number
  readonly seed: number
  /** By `performance.now()`: no round begins later. */
  readonly deadline: number
  /** Rounds done, of at most so many. */
  progress?(share: number): void
}

export interface Boosted {
  /** A list for each output, as long as the data; of training rows and of `others`. */
  readonly raw: readonly Float64Array[]
  readonly rounds: number
  /** Why it ended: all rounds, nothing to be gained, or no more time. */
  readonly ended: 'rounds' | 'early' | 'time'
}

const heldBack = 0.1
const patience = 10
const tolerance = 1e-7

/** Growing and held back, each in the order of the data. */
function holdBack(rows: Int32Array, seed: number): [Int32Array, Int32Array] {
  const mixed = Int32Array.from(rows)
  shuffle(mixed, randomSource(seed))
  const held = Math.max(1, Math.round(rows.length * heldBack))
  return [mixed.slice(held).sort(), mixed.slice(0, held).sort()]
}

/** Whether the last ten are no better than what stood before them. */
function gainsNothing(losses: readonly number[]): boolean {
  if (losses.length < patience + 1) return false
  const before = losses.at(-(patience + 1))! - tolerance
  return losses.slice(-patience).every((loss) => loss >= before)
}

/** `train`: rows to learn from; `others`: rows to say something of. */
export function boost(
  columns: readonly Binned[],
  loss: BoostingLoss,
  train: Int32Array,
  others: Int32Array,
  { rounds: most, stopsAbove, seed, deadline, progress, ...options }: BoostOptions,
): Boosted {
  const [grown, held] =
    train.length > stopsAbove ? holdBack(train, seed) : ([train, new Int32Array()] as const)
  const length = columns[0]?.bins.length ?? 0
  const lists = (): Float64Array[] => Array.from({ length: loss.outputs }, () => new Float64Array(length))
  const raw = lists()
  loss.start(grown).forEach((value, k) => raw[k]!.fill(value))
  const derivatives: Derivatives = { gradients: lists(), hessians: lists() }
  const grower = new TreeGrower(layoutOf(columns), grown, options)
  const told = Int32Array.from([...held, ...others])
  const losses = held.length > 0 ? [loss.loss(raw, held)] : []
  let [rounds, ended]: [number, Boosted['ended']] = [0, 'rounds']
  while (rounds < most) {
    if (performance.now() > deadline) {
      ended = 'time'
      break
    }
    loss.derive(raw, grown, derivatives)
    for (let k = 0; k < loss.outputs; k++)
      grower.grow(derivatives.gradients[k]!, derivatives.hessians[k]!, raw[k]!).addTo(raw[k]!, told)
    rounds++
    progress?.(rounds / most)
    if (held.length === 0) continue
    losses.push(loss.loss(raw, held))
    if (!gainsNothing(losses)) continue
    ended = 'early'
    break
  }
  return { raw, rounds, ended }
}
