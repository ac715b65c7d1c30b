/** Which examples a network gets most wrong. */
import type { Answer, HardExample, Hardest, Loss } from '../../contract/index.ts'
import { lossFunctionOf } from './losses.ts'

/** Of a split. */
export const mostHard = 12

/** Rows as they are judged: what is right about them, and what the network says. */
export interface Judged {
  readonly targets: ArrayLike<number> & { subarray(start: number, end: number): ArrayLike<number> }
  readonly outputs: Float32Array
  /** Of a row. */
  readonly units: number
}

/** What each row loses by itself; how much it counts in the mean is left out. */
export function lossOfEach(loss: Loss, { targets, outputs, units }: Judged): Float64Array {
  const { ofSplit } = lossFunctionOf(loss)
  const rows = outputs.length / units
  const width = targets.length / rows
  return Float64Array.from({ length: rows }, (_, row) =>
    ofSplit(
      outputs.subarray(row * units, (row + 1) * units),
      targets.subarray(row * width, (row + 1) * width),
      units,
      null,
    ),
  )
}

/** Where the largest stand, the largest first; of equal ones the first. */
export function placesOfLargest(values: ArrayLike<number>, count: number): number[] {
  const found: number[] = []
  for (let place = 0; place < values.length; place++) {
    const value = values[place]!
    const least = found.length < count ? -Infinity : values[found.at(-1)!]!
    if (!(value > least)) continue
    const at = found.findIndex((other) => value > values[other]!)
    found.splice(at < 0 ? found.length : at, 0, place)
    if (found.length > count) found.pop()
  }
  return found
}

interface Looking extends Judged {
  readonly loss: Loss
  readonly epoch: number
  /** Where each row stands in the data; -1: it was made up. A row may be there more than once. */
  readonly rows: ArrayLike<number>
  readonly answersOf: (targets: ArrayLike<number>, outputs: ArrayLike<number>) => Answer[]
}

/** The numbers of these rows, one after the other. */
const gathered = (from: ArrayLike<number>, width: number, places: readonly number[]): number[] =>
  places.flatMap((place) => Array.from({ length: width }, (_, i) => from[place * width + i]!))

/** What a row says is asked of those alone that are kept. */
export function hardestOf({ loss, epoch, rows, answersOf, ...judged }: Looking): Hardest {
  const { outputs, targets, units } = judged
  const seen = new Set<number>()
  const losses = lossOfEach(loss, judged).map((value, place) => {
    const row = rows[place]!
    if (row < 0 || seen.has(row)) return -Infinity
    seen.add(row)
    return value
  })
  const places = placesOfLargest(losses, mostHard)
  const width = targets.length / losses.length
  const answers = answersOf(gathered(targets, width, places), gathered(outputs, units, places))
  const examples = places.map((place, i): HardExample => ({
    row: rows[place]!,
    loss: losses[place]!,
    answer: answers[i]!,
  }))
  return { epoch, looked: seen.size, examples }
}
