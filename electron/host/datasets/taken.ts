/** Some rows of many, and of a column. */
import type { FrameColumn } from './frame.ts'

/** The places of so many of them, or of all where they are fewer, as far from each other as whole numbers allow. */
export function evenlyTaken(most: number, of: number): Int32Array {
  const count = Math.min(most, of)
  return Int32Array.from({ length: count }, (_, i) => Math.floor((i * of) / count))
}

/** A copy of these rows, in this order; one may come several times. */
export function takenFrom(column: FrameColumn, rows: Int32Array): FrameColumn {
  switch (column.kind) {
    case 'number':
      return {
        ...column,
        values: Float64Array.from(rows, (row) => column.values[row]!),
        ...(column.filled && { filled: Uint8Array.from(rows, (row) => column.filled![row]!) }),
      }
    case 'date':
      return { ...column, values: Float64Array.from(rows, (row) => column.values[row]!) }
    case 'category':
      return { ...column, codes: Int32Array.from(rows, (row) => column.codes[row]!) }
    case 'text':
      return { ...column, values: Array.from(rows, (row) => column.values[row] ?? '') }
    case 'image': {
      const { channels, height, width, missing } = column
      const size = channels * height * width
      const pixels = new Uint8Array(rows.length * size)
      rows.forEach((from, row) =>
        pixels.set(column.pixels.subarray(from * size, (from + 1) * size), row * size),
      )
      return { ...column, pixels, ...(missing && { missing: Uint8Array.from(rows, (row) => missing[row]!) }) }
    }
  }
}
