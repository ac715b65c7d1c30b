/** Some rows of arrays that hold all of them, one after the other. */
import type { InputArray } from '../model/input.ts'
import type { TargetValues } from '../tasks/index.ts'
import type { Prepared } from './prepare-data.ts'

/** A copy of these rows, in this order, of an array of `total` rows. */
export function pickRows<T extends InputArray>(from: T, total: number, rows: Int32Array): T {
  const width = from.length / total
  const into = new (from.constructor as new (length: number) => T)(width * rows.length)
  if (width === 1) {
    for (let i = 0; i < rows.length; i++) into[i] = from[rows[i]!]!
    return into
  }
  // Rows that follow each other in both are copied together.
  for (let i = 0, end = 1; i < rows.length; i = end++) {
    while (end < rows.length && rows[end] === rows[end - 1]! + 1) end++
    into.set(from.subarray(rows[i]! * width, (rows[end - 1]! + 1) * width), i * width)
  }
  return into
}

/** Of these rows alone, without what a network is given of them. */
export const targetsOf = ({ rows: total, targets }: Prepared['data'], rows: Int32Array): TargetValues =>
  pickRows(targets, total, rows)
