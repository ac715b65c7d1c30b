/** How far apart the distributions of a column are in two splits. */
import type { FrameColumn } from '../../datasets/frame.ts'
import { normalQuantile } from '../../prepare/normal.ts'
import type { RowSplit } from '../../prepare/split.ts'
import type { Drift } from './evidence.ts'

/** How often chance alone may make a distance. */
export const usualLevel = 0.001
/** The distance of two samples, times √(nm / (n + m)), goes beyond it so rarely (Smirnov 1939). */
export const smirnovAt = (level: number): number => Math.sqrt(-Math.log(level / 2) / 2)

/** The largest distance between two empirical distribution functions. Both ascending, not empty. */
export function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  let [i, j, most] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i]!, b[j]!)
    while (i < a.length && a[i]! <= at) i++
    while (j < b.length && b[j]! <= at) j++
    most = Math.max(most, Math.abs(i / a.length - j / b.length))
  }
  return most
}

/** Cramér's V of a table of two rows, with Bergsma's correction (2013, https://doi.org/10.1016/j.jkss.2012.10.002), and its χ². */
export function cramersV(a: Float64Array, b: Float64Array): { v: number; chi2: number; freedom: number } {
  const sum = (counts: Float64Array): number => counts.reduce((total, count) => total + count, 0)
  const [of, ob] = [sum(a), sum(b)]
  const n = of + ob
  let [chi2, columns] = [0, 0]
  a.forEach((count, k) => {
    const both = count + b[k]!
    if (both === 0) return
    columns++
    for (const [seen, total] of [
      [count, of],
      [b[k]!, ob],
    ] as const) {
      const expected = (both * total) / n
      chi2 += (seen - expected) ** 2 / expected
    }
  })
  const freedom = columns - 1
  if (freedom < 1 || of === 0 || ob === 0) return { v: 0, chi2: 0, freedom: 0 }
  const phi2 = Math.max(0, chi2 / n - freedom / (n - 1))
  const width = Math.min(columns - freedom ** 2 / (n - 1), 2 - 1 / (n - 1)) - 1
  return { v: width > 0 ? Math.sqrt(phi2 / width) : 0, chi2, freedom }
}

/** By Wilson and Hilferty's cube root: χ² of so many degrees is rarer than that. */
export const isRare = (chi2: number, freedom: number, level = usualLevel): boolean => {
  const part = 2 / (9 * freedom)
  return (Math.cbrt(chi2 / freedom) - (1 - part)) / Math.sqrt(part) > -normalQuantile(level)
}

/** So many of a split's rows, evenly taken, tell a distance of a hundredth from none. */
const mostCompared = 50_000

function valuesOf(values: Float64Array, rows: Int32Array): Float64Array {
  const stride = Math.ceil(rows.length / mostCompared)
  const taken = new Float64Array(Math.ceil(rows.length / Math.max(1, stride)))
  let count = 0
  for (let at = 0; at < rows.length; at += stride) {
    const value = values[rows[at]!]!
    if (!Number.isNaN(value)) taken[count++] = value
  }
  return taken.subarray(0, count).sort()
}
function countsOf(
  { codes, categories }: Extract<FrameColumn, { kind: 'category' }>,
  rows: Int32Array,
): Float64Array {
  const counts = new Float64Array(categories.length + 1)
  for (const row of rows) counts[codes[row]! + 1]!++
  return counts
}

/** null: chance alone may make it, or the column is not compared. */
function between(
  column: FrameColumn,
  train: Int32Array,
  other: Int32Array,
  level: number,
): Omit<Drift, 'name' | 'split'> | null {
  if (column.kind === 'number' || column.kind === 'date') {
    const [a, b] = [valuesOf(column.values, train), valuesOf(column.values, other)]
    if (a.length === 0 || b.length === 0) return null
    const distance = kolmogorovSmirnov(a, b)
    const chance = smirnovAt(level) * Math.sqrt((a.length + b.length) / (a.length * b.length))
    return distance > chance ? { statistic: 'Kolmogorov–Smirnov D', distance } : null
  }
  if (column.kind !== 'category') return null
  const { v, chi2, freedom } = cramersV(countsOf(column, train), countsOf(column, other))
  return freedom > 0 && isRare(chi2, freedom, level) ? { statistic: 'Cramér’s V', distance: v } : null
}

/** Of each column the split that is furthest from training; beyond chance, the furthest first. */
export function findDrifts(
  columns: readonly FrameColumn[],
  { train, validation, test }: RowSplit,
  /** How often chance may make one of a column: less of each where many are looked at. */
  level = usualLevel,
): Drift[] {
  return columns
    .flatMap((column): Drift[] => {
      const found = Object.entries({ validation, test }).flatMap(([split, rows]): Drift[] => {
        const drift = between(column, train, rows, level)
        return drift ? [{ name: column.name, split: split as Drift['split'], ...drift }] : []
      })
      return found.sort((a, b) => b.distance - a.distance).slice(0, 1)
    })
    .sort((a, b) => b.distance - a.distance)
}
