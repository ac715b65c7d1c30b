/** What baselines need of prepared data, as plain data: of a large table so many training rows, and those that they are asked about. */
import type { FrameColumn } from '../datasets/frame.ts'
import { takenFrom } from '../datasets/taken.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { takeRows } from '../training/data.ts'
import { someRows } from './data.ts'

export interface Learnable extends Pick<Prepared, 'preparation' | 'split' | 'data' | 'features'> {
  /** Training rows that there are, of which these are some. Absent: all are here. */
  readonly trainRows?: number
}

export interface Wanted {
  /** Training rows. */
  readonly most: number
  /** Whether something is to be said of the validation rows: where they choose what is said of the others. */
  readonly validation: boolean
}

/** Nobody looks at texts and pictures as they stand in the data; they are there to be counted. */
function lookedAt(column: FrameColumn, rows: Int32Array): FrameColumn {
  if (column.kind === 'text') return { ...column, values: [] }
  if (column.kind === 'image') return { ...column, pixels: new Uint8Array() }
  return takenFrom(column, rows)
}

export function partOf(
  { preparation, split, data, features }: Prepared,
  { most, validation }: Wanted,
): Learnable {
  const learned = someRows(split.train, most)
  const parts = [learned, validation ? split.validation : new Int32Array(), split.test]
  const rows = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let from = 0
  const [train, validated, test] = parts.map((part) => {
    rows.set(part, from)
    return Int32Array.from(part, () => from++)
  }) as [Int32Array, Int32Array, Int32Array]
  return {
    preparation,
    split: { train, validation: validated, test, dropped: 0 },
    data: takeRows(data, rows),
    features: features.map((column) => lookedAt(column, rows)),
    trainRows: split.train.length,
  }
}

function bytesOfColumn(column: FrameColumn): number {
  if (column.kind === 'number' || column.kind === 'date') return column.values.byteLength
  return column.kind === 'category' ? column.codes.byteLength : 0
}

/** Bytes that it takes to hand it to another process. */
export const bytesOf = ({ data, features }: Learnable): number =>
  [...Object.values(data.inputs).map(({ byteLength }) => byteLength), ...features.map(bytesOfColumn)].reduce(
    (sum, bytes) => sum + bytes,
    0,
  )
