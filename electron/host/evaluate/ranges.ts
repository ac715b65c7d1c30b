/** Between which values the numbers of the training rows lie, and which new rows are outside: there a network only guesses on. */
import { z } from 'zod'
import { formatNumber } from '../../contract/index.ts'
import type { FrameColumn } from '../datasets/frame.ts'

export const rangesSchema = z.array(z.object({ column: z.string(), low: z.number(), high: z.number() }))
export type Ranges = z.infer<typeof rangesSchema>

/** Days are told by what alerts of dates say; these are columns of numbers. */
export function rangesOf(features: readonly FrameColumn[], rows: Int32Array): Ranges {
  return features.flatMap((column) => {
    if (column.kind !== 'number') return []
    let [low, high] = [Infinity, -Infinity]
    for (const row of rows) {
      const value = column.values[row]!
      if (value < low) low = value
      if (value > high) high = value
    }
    return low <= high ? [{ column: column.name, low, high }] : []
  })
}

/** Of each row what is outside, e.g. “age 140 (17 to 90)”; null: nothing is. */
export function outsideOf(
  columns: readonly FrameColumn[],
  rows: number,
  ranges: Ranges,
): { readonly cells: (string | null)[]; readonly columns: string[] } {
  const cells = new Array<string | null>(rows).fill(null)
  const names: string[] = []
  for (const { column: name, low, high } of ranges) {
    const column = columns.find((one) => one.name === name)
    if (column?.kind !== 'number') continue
    let found = false
    column.values.forEach((value, row) => {
      // NaN is missing, and neither below nor above.
      if (!(value < low || value > high)) return
      found = true
      const told = `${name} ${formatNumber(value, 6)} (${formatNumber(low, 6)} to ${formatNumber(high, 6)})`
      cells[row] = cells[row] === null ? told : `${cells[row]}; ${told}`
    })
    if (found) names.push(name)
  }
  return { cells, columns: names }
}
