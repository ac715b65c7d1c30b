/** Rows that are nearly another one, as a split keeps them together: by what is known of each row but its target. */
import type { FrameColumn } from '../datasets/frame.ts'
import { findAlike } from '../prepare/alike.ts'
import { isFeatureColumn, isNumbers, type Sample, type SampledColumn } from './sample.ts'

export interface NearDuplicates {
  /** Places in the sample that have a near one. */
  readonly pairs: readonly (readonly [number, number])[]
  /** Rows that have one, of all different ones that were looked at. */
  readonly near: number
  readonly compared: number
}

/** In one or two numbers many rows are near to each other by chance. */
const fewestNumbers = 3

const takenOf = (column: SampledColumn, rows: Int32Array): FrameColumn =>
  isNumbers(column)
    ? {
        kind: 'number',
        name: column.column.name,
        values: Float64Array.from(rows, (row) => column.values[row]!),
      }
    : {
        kind: 'category',
        name: column.column.name,
        codes: Int32Array.from(rows, (row) => column.codes[row]!),
        categories: [...column.labels],
      }

/** Each different row once: copies are told by themselves. */
function differentRows(features: readonly SampledColumn[], rows: number): Int32Array {
  const seen = new Set<string>()
  const kept: number[] = []
  for (let row = 0; row < rows; row++) {
    const key = features.map((one) => (isNumbers(one) ? one.values[row] : one.codes[row])).join()
    if (seen.has(key)) continue
    seen.add(key)
    kept.push(row)
  }
  return Int32Array.from(kept)
}

/** `nearer`: from this share of the median distance to the nearest neighbor on. null: there is nothing to compare by. */
export function nearDuplicates(sample: Sample, nearer: number): NearDuplicates | null {
  const features = sample.columns.filter(isFeatureColumn)
  const rows = differentRows(features, sample.rows.length)
  if (features.filter(isNumbers).length < fewestNumbers || rows.length < 3) return null
  const { group } = findAlike(
    features.map((column) => takenOf(column, rows)),
    rows.length,
    nearer,
  )
  const groups = Map.groupBy(
    [...rows.keys()].filter((at) => group[at] !== -1),
    (at) => group[at]!,
  )
  const pairs = [...groups.values()].flatMap((members) =>
    members.slice(1).map((at, i) => [rows[members[i]!]!, rows[at]!] as const),
  )
  const near = [...groups.values()].reduce((sum, { length }) => sum + length, 0)
  return { pairs, near, compared: rows.length }
}
