/** Columns that are the sum of others, as a total is. */
import type { SampledNumbers } from './sample.ts'
import { pearson } from './statistics.ts'

export interface Sum {
  readonly column: string
  /** What it is the sum of, and how often each counts. */
  readonly terms: readonly { readonly column: string; readonly times: number }[]
  /** Share of its variance that they explain. */
  readonly explained: number
}

/** Quadratic in columns: more are not looked at. */
export const mostSummed = 40
/** Where a single column says nearly as much, the others say nothing. */
const alone = 0.98
const exactly = 1e-6

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
}

const less = (values: Float64Array, other: Float64Array, times: number): Float64Array =>
  values.map((value, i) => value - times * other[i]!)

/** Rows where all are there, at most so many. */
function complete(columns: readonly SampledNumbers[], most = 5000): Float64Array[] {
  const length = columns[0]?.values.length ?? 0
  const rows: number[] = []
  for (let row = 0; row < length && rows.length < most; row++)
    if (columns.every(({ values }) => !Number.isNaN(values[row]!))) rows.push(row)
  return columns.map(({ values }) => Float64Array.from(rows, (row) => values[row]!))
}

/** Takes away, again and again, the column that leaves least. `left`: of the variance, from which on it is a sum. */
function sumOf(at: number, all: readonly Float64Array[], left: number): [number, number][] | null {
  const whole = variance(all[at]!)
  if (whole === 0) return null
  let rest = all[at]!
  let remains = whole
  const terms: [number, number][] = []
  while (terms.length < 8) {
    let best: { k: number; times: number; values: Float64Array; remains: number } | null = null
    for (let k = 0; k < all.length; k++) {
      if (k === at || terms.some(([taken]) => taken === k)) continue
      for (const times of [1, 2]) {
        const values = less(rest, all[k]!, times)
        const then = variance(values)
        if (then < (best?.remains ?? remains)) best = { k, times, values, remains: then }
      }
    }
    // Each term has to take a tenth of what is left: the sum would otherwise be a coincidence of many.
    if (best === null || best.remains > 0.9 * remains) break
    terms.push([best.k, best.times])
    rest = best.values
    remains = best.remains
    if (remains <= exactly * whole) break
  }
  const share = remains / whole
  const isPlain = terms.every(([, times]) => times === 1)
  const isSum = terms.length > 1 && share <= (isPlain ? left : exactly)
  return isSum ? terms : null
}

export function findSums(columns: readonly SampledNumbers[], left: number): Sum[] {
  const considered = columns
    .filter(({ values }) => new Set(values.slice(0, 2000)).size > 3)
    .slice(0, mostSummed)
  const all = complete(considered)
  if ((all[0]?.length ?? 0) < 20) return []
  return considered.flatMap(({ column: { name } }, at): Sum[] => {
    const terms = sumOf(at, all, left)
    if (terms === null) return []
    const exact = terms.some(([, times]) => times !== 1)
    const mainly = terms.some(([k]) => (pearson(all[at]!, all[k]!) ?? 0) ** 2 > alone)
    if (mainly && !exact) return []
    const rest = terms.reduce((left, [k, times]) => less(left, all[k]!, times), all[at]!)
    return [
      {
        column: name,
        terms: terms.map(([k, times]) => ({ column: considered[k]!.column.name, times })),
        explained: 1 - variance(rest) / variance(all[at]!),
      },
    ]
  })
}
