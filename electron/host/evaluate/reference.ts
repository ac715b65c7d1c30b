/** What the columns of the training rows were like, in little room: what new rows are held against, where there are no training rows. */
import { z } from 'zod'
import type { FrameColumn } from '../datasets/frame.ts'
import { presentNumbers } from '../prepare/statistics.ts'

const count = z.int().min(0)
export const referenceSchema = z.array(
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('number'),
      column: z.string(),
      /** Ascending, and how many rows have at most this. */
      edges: z.array(z.number()),
      upTo: z.array(count),
      missing: count,
    }),
    z.object({
      kind: z.literal('category'),
      column: z.string(),
      /** The most frequent values, and how many rows have each. */
      levels: z.array(z.string()),
      counts: z.array(count),
      /** Rows with another value. */
      others: count,
      missing: count,
    }),
  ]),
)
export type Reference = z.infer<typeof referenceSchema>
export type ReferenceColumn = Reference[number]

/** Of a distribution function so many points tell a distance of a few hundredths. */
const [mostEdges, edgesOfAll] = [50, 20_000]
const [mostLevels, levelsOfAll] = [100, 20_000]

function ofNumbers(name: string, values: Float64Array, rows: Int32Array, points: number): ReferenceColumn {
  const { sorted } = presentNumbers({ values }, rows)
  const edges: number[] = []
  const upTo: number[] = []
  const step = Math.max(1, sorted.length / points)
  for (let wanted = step; edges.length < points && sorted.length > 0; wanted += step) {
    const value = sorted[Math.min(sorted.length, Math.round(wanted)) - 1]!
    // Rows with the same value are on one side of it.
    let end = Math.min(sorted.length, Math.round(wanted))
    while (end < sorted.length && sorted[end] === value) end++
    if (edges.at(-1) !== value) {
      edges.push(value)
      upTo.push(end)
    }
    if (end === sorted.length) break
  }
  return { kind: 'number', column: name, edges, upTo, missing: rows.length - sorted.length }
}

function ofCategories(
  { name, codes, categories }: Extract<FrameColumn, { kind: 'category' }>,
  rows: Int32Array,
  most: number,
): ReferenceColumn {
  const found = new Map<string, number>()
  let missing = 0
  for (const row of rows) {
    const level = categories[codes[row]!]
    if (level === undefined) missing++
    else found.set(level, (found.get(level) ?? 0) + 1)
  }
  const all = [...found].sort(([, a], [, b]) => b - a)
  const kept = all.slice(0, most)
  const others = all.slice(most).reduce((sum, [, rowsOf]) => sum + rowsOf, 0)
  return {
    kind: 'category',
    column: name,
    levels: kept.map(([level]) => level),
    counts: kept.map(([, rowsOf]) => rowsOf),
    others,
    missing,
  }
}

/** Of very many columns there are fewer points and values of each, but never fewer than this. */
const leastEach = 8

/** Of numbers and categories. Days go on and are never those of the training; texts and pictures are not compared. */
export function referenceOf(features: readonly FrameColumn[], rows: Int32Array): Reference {
  const each = (most: number, ofAll: number): number =>
    Math.max(leastEach, Math.min(most, Math.floor(ofAll / Math.max(1, features.length))))
  const [points, levels] = [each(mostEdges, edgesOfAll), each(mostLevels, levelsOfAll)]
  return features.flatMap((column): ReferenceColumn[] => {
    if (column.kind === 'number') return [ofNumbers(column.name, column.values, rows, points)]
    return column.kind === 'category' ? [ofCategories(column, rows, levels)] : []
  })
}
