/** From which probability on the second of two classes is predicted, chosen on the validation split. */
import type { Recipe } from '../../contract/index.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { sigmoid } from './evidence.ts'

type Threshold = Recipe['target']['threshold']

/** Rows of each class, and those of them that are predicted to be of the second. */
interface Counts {
  readonly first: number
  readonly second: number
  readonly falsely: number
  readonly rightly: number
}

const scores: Record<Threshold, ((counts: Counts) => number) | null> = {
  half: null,
  f1: ({ second, falsely, rightly }) => (2 * rightly) / Math.max(1, second + rightly + falsely),
  balancedAccuracy: ({ first, second, falsely, rightly }) =>
    (rightly / Math.max(1, second) + 1 - falsely / Math.max(1, first)) / 2,
}

/** In the middle between two probabilities that occur; of equally good ones the nearest to one half. null: none is asked for. */
export function chooseThreshold(
  asked: Threshold,
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): number | null {
  const score = scores[asked]
  if (score === null || truth.length === 0) return null
  const order = Int32Array.from({ length: truth.length }, (_, row) => row).sort(
    (a, b) => probabilities[b]! - probabilities[a]!,
  )
  const second = order.reduce((sum, row) => sum + (truth[row] === 1 ? 1 : 0), 0)
  const first = truth.length - second
  let [falsely, rightly] = [0, 0]
  let best = { threshold: 0.5, score: -Infinity }
  order.forEach((row, i) => {
    if (truth[row] === 1) rightly++
    else falsely++
    const here = probabilities[row]!
    const next = i + 1 < order.length ? probabilities[order[i + 1]!]! : 0
    // Equal probabilities are predicted alike.
    if (here === next) return
    const threshold = (here + next) / 2
    const found = score({ first, second, falsely, rightly })
    const nearer = Math.abs(threshold - 0.5) < Math.abs(best.threshold - 0.5)
    if (found > best.score || (found === best.score && nearer)) best = { threshold, score: found }
  })
  return best.threshold
}

/** Whether the recipe asks for it. */
export const choosesThreshold = ({ target }: Recipe): boolean => scores[target.threshold] !== null

/** With the threshold for these outputs of the network on the validation split. */
export function withThreshold(
  prepared: Prepared,
  { target: { threshold: asked } }: Recipe,
  outputs: ArrayLike<number>,
): Prepared {
  const { preparation, split, data } = prepared
  const { target } = preparation
  if (target.kind !== 'classes') return prepared
  const truth = Float32Array.from(split.validation, (row) => data.targets[row]!)
  const said = Float64Array.from(outputs, (logit) => sigmoid(logit / (target.temperature?.value ?? 1)))
  const threshold = chooseThreshold(asked, truth, said)
  if (threshold === null) return prepared
  return { ...prepared, preparation: { ...preparation, target: { ...target, threshold } } }
}
