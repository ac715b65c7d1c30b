/**
 * Columns as bins of a byte, which is what trees look at: numbers by quantiles of the training rows, categories one by one, and
 * what is missing in a bin of its own.
 */
import type { FrameColumn } from '../../datasets/frame.ts'
import { countBelow } from '../../prepare/statistics.ts'

export interface Binned {
  readonly name: string
  /** Of each row. */
  readonly bins: Uint8Array
  /** Bins of values, 0 to count − 1; `count` itself is the bin of what is missing. */
  readonly count: number
  /** Whether bins are categories, which have no order. */
  readonly categories: boolean
}

/** As scikit-learn's: with the bin of what is missing they fit a byte. */
export const mostBins = 255
/** Quantiles of more rows are those of so many of them. */
const mostRanked = 200_000

/** Where one bin ends and the next begins: between all different values or, of many, at their quantiles. */
export function boundsOf(values: Float64Array, rows: Int32Array, most: number): Float64Array {
  const step = Math.max(1, Math.ceil(rows.length / mostRanked))
  const sorted = Float64Array.from(
    { length: Math.ceil(rows.length / step) },
    (_, i) => values[rows[i * step]!]!,
  )
    .filter((value) => !Number.isNaN(value))
    .sort()
  const different = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1])
  if (different.length <= most)
    return Float64Array.from({ length: Math.max(0, different.length - 1) }, (_, i) => {
      const [low, high] = [different[i]!, different[i + 1]!]
      return low + (high - low) / 2
    })
  const bounds: number[] = []
  for (let i = 1; i < most; i++) {
    const place = (i / most) * (sorted.length - 1)
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
    const middle = low + (high - low) / 2
    if (bounds.length === 0 || middle > bounds.at(-1)!) bounds.push(middle)
  }
  return Float64Array.from(bounds)
}

function binNumbers(name: string, values: Float64Array, rows: Int32Array, most: number): Binned {
  const bounds = boundsOf(values, rows, most)
  const count = bounds.length + 1
  const bins = Uint8Array.from(values, (value) => (Number.isNaN(value) ? count : countBelow(bounds, value)))
  return { name, bins, count, categories: false }
}

/** The frequent ones; those that are rare beyond them, or that training never saw, count as missing. */
function binCategories(
  name: string,
  codes: Int32Array,
  size: number,
  rows: Int32Array,
  most: number,
): Binned {
  const times = new Int32Array(size)
  for (const row of rows) if (codes[row]! >= 0) times[codes[row]!]!++
  const kept = [...times.keys()]
    .filter((code) => times[code]! > 0)
    .sort((a, b) => times[b]! - times[a]! || a - b)
    .slice(0, most)
  const count = Math.max(1, kept.length)
  const binOfCode = new Uint8Array(size).fill(count)
  kept.forEach((code, bin) => (binOfCode[code] = bin))
  const bins = Uint8Array.from(codes, (code) => (code < 0 ? count : binOfCode[code]!))
  return { name, bins, count, categories: true }
}

/** Categories that have an order are numbers to a tree. */
function ranksOf(codes: Int32Array, categories: readonly string[], levels: readonly string[]): Float64Array {
  const rank = categories.map((name) => levels.indexOf(name))
  return Float64Array.from(codes, (code) => (code < 0 || rank[code]! < 0 ? NaN : rank[code]!))
}

/** What trees can look at of these columns; texts and images they cannot. `rows`: those of the training split. */
export function binColumns(columns: readonly FrameColumn[], rows: Int32Array, most = mostBins): Binned[] {
  return columns.flatMap((column) => {
    const { kind, name } = column
    if (kind === 'number' || kind === 'date') return [binNumbers(name, column.values, rows, most)]
    if (kind !== 'category') return []
    const { codes, categories, levels } = column
    if (levels && levels.length > 0) return [binNumbers(name, ranksOf(codes, categories, levels), rows, most)]
    return [binCategories(name, codes, categories.length, rows, most)]
  })
}
