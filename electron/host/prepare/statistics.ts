/** What steps learn of the numbers in a column. */
import type { NumberColumn } from '../datasets/frame.ts'

/** Linear interpolation between order statistics, as NumPy's default. `sorted` ascending, not empty. */
export function quantile(sorted: Float64Array, q: number): number {
  const position = (sorted.length - 1) * q
  const low = sorted[Math.floor(position)]!
  const high = sorted[Math.ceil(position)]!
  return low + (high - low) * (position - Math.floor(position))
}

/** Mean and population standard deviation in one pass (Welford 1962), which does not cancel. */
export function momentsOf(values: Float64Array): { mean: number; std: number } {
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

/** The values that were there in these rows, ascending: neither missing nor filled in. */
export function presentValues({ values, filled }: NumberColumn, rows: Int32Array): Float64Array {
  const seen = new Float64Array(rows.length)
  let count = 0
  for (const row of rows) if (!Number.isNaN(values[row]!) && filled?.[row] !== 1) seen[count++] = values[row]!
  return seen.subarray(0, count).slice().sort()
}
