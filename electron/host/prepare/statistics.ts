/** What steps learn of the numbers in a column. */
import quickselect from 'quickselect'
import type { NumberColumn } from '../datasets/frame.ts'

function leastOf(values: Float64Array): number {
  let least = Infinity
  for (let i = 0; i < values.length; i++) if (values[i]! < least) least = values[i]!
  return least
}

/** Linear interpolation between order statistics, as NumPy's default. `sorted` ascending, not empty. */
export function quantile(sorted: Float64Array, q: number): number {
  const position = (sorted.length - 1) * q
  const low = sorted[Math.floor(position)]!
  const high = sorted[Math.ceil(position)]!
  return low + (high - low) * (position - Math.floor(position))
}

/** Numbers without order or gaps, of which little is asked: nothing is sorted for it. */
export class Numbers {
  /** In an order of their own, which asking for quantiles changes. */
  readonly #values: Float64Array
  constructor(values: Float64Array) {
    this.#values = values
  }
  get count(): number {
    return this.#values.length
  }
  get moments(): { mean: number; std: number } {
    return momentsOf(this.#values)
  }
  /** Ascending, for whoever asks for many quantiles. */
  get sorted(): Float64Array {
    return this.#values.sort()
  }
  get least(): number {
    return leastOf(this.#values)
  }
  get most(): number {
    let most = -Infinity
    for (let i = 0; i < this.#values.length; i++) if (this.#values[i]! > most) most = this.#values[i]!
    return most
  }
  /** As `quantile`. There is at least one number. */
  quantile(q: number): number {
    if (q === 0) return this.least
    if (q === 1) return this.most
    const position = (this.count - 1) * q
    const at = Math.floor(position)
    const low = this.#ranked(at)
    if (at === position) return low
    // The next in order is the least of those behind it.
    const high = leastOf(this.#values.subarray(at + 1))
    return low + (high - low) * (position - at)
  }
  /** Floyd & Rivest 1975: those behind it are not less, those before it not more. */
  #ranked(at: number): number {
    quickselect(this.#values as unknown as number[], at)
    return this.#values[at]!
  }
}

/** Of numbers that ascend, how many the first are for which it holds: of the others it does not. */
function countWhile(sorted: ArrayLike<number>, holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(sorted[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}

/** How many of these numbers, which ascend, are below the value. */
export const countBelow = (sorted: ArrayLike<number>, value: number): number =>
  countWhile(sorted, (one) => one < value)

/** How many are the value or below it; NaN stands at the end and never is. */
export const countUpTo = (sorted: ArrayLike<number>, value: number): number =>
  countWhile(sorted, (one) => one <= value)

/** Mean and population standard deviation in one pass (Welford 1962), which does not cancel. */
export function momentsOf(values: Float64Array | Float32Array): { mean: number; std: number } {
  let mean = 0
  let squares = 0
  values.forEach((value, i) => {
    const delta = value - mean
    mean += delta / (i + 1)
    squares += delta * (value - mean)
  })
  return { mean, std: values.length === 0 ? 0 : Math.sqrt(squares / values.length) }
}

/** A column that does not vary (or varies beyond float64) is centered only. */
export const usableScale = (scale: number): number => (Number.isFinite(scale) && scale > 0 ? scale : 1)

/** The values that were there in these rows: neither missing nor filled in. */
export function presentNumbers(
  { values, filled }: Pick<NumberColumn, 'values' | 'filled'>,
  rows: Int32Array,
): Numbers {
  const seen = new Float64Array(rows.length)
  let count = 0
  for (const row of rows) {
    const value = values[row]!
    if (!Number.isNaN(value) && filled?.[row] !== 1) seen[count++] = value
  }
  return new Numbers(seen.subarray(0, count))
}
