/** Data in memory, column by column, in file order: what every kind of data is read into, and preparation works on. */
import { DescentError, type Parser } from '../../contract/index.ts'

export interface NumberColumn {
  readonly kind: 'number'
  readonly name: string
  /** NaN is missing. Never infinite: the import reads infinities as missing and says so. */
  readonly values: Float64Array
  /** What its cells were read by; absent where they were written by a program. */
  readonly parser?: Parser
  /** 1 where a step put a value in the place of a missing one: what later steps learn, they learn from the others. */
  readonly filled?: Uint8Array
  /** Whether the network is told where values were filled in. */
  readonly marked?: boolean
}

export interface DateColumn {
  readonly kind: 'date'
  readonly name: string
  /** Days since 1970-01-01, with the time of day as fraction; of times of day that alone. NaN is missing. */
  readonly values: Float64Array
  readonly parser?: Parser
}

export interface CategoryColumn {
  readonly kind: 'category'
  readonly name: string
  /** Index into `categories`; -1 is missing. */
  readonly codes: Int32Array
  /** Distinct values in order of first appearance. */
  readonly categories: readonly string[]
  /** From the lowest on, where they have an order; a category that is not among them is unknown. */
  readonly levels?: readonly string[]
}

export interface TextColumn {
  readonly kind: 'text'
  readonly name: string
  /** '' is missing, too. */
  readonly values: readonly string[]
}

/** Images of one size. */
export interface ImageColumn {
  readonly kind: 'image'
  readonly name: string
  readonly channels: number
  readonly height: number
  readonly width: number
  /** Images × channels × rows × columns. */
  readonly pixels: Uint8Array
  /** 1 where there is no image; its pixels mean nothing. Absent: there is one everywhere. */
  readonly missing?: Uint8Array
}

export type FrameColumn = NumberColumn | DateColumn | CategoryColumn | TextColumn | ImageColumn

/** How data was before it was corrected. Splits are made of this, so that a correction moves no other row. */
export interface AsImported {
  readonly targets: readonly FrameColumn[]
  /** The column that the split goes by. */
  readonly splitBy?: FrameColumn
  /** What tells whether rows are alike; only where the split asks for it. */
  readonly features?: readonly FrameColumn[]
  /** As of a frame, but of the import's rows. */
  readonly trainRows?: number
  readonly validationRows?: number
  /** Of each row of the frame, its number in the import; those of appended rows count on. */
  readonly numbers: Int32Array
}

export interface Frame {
  readonly rows: number
  readonly columns: readonly FrameColumn[]
  /** The first so many rows are training files'; the others come from test files of their own. Absent: all are one. */
  readonly trainRows?: number
  /** The last so many of these came to validate. Absent: none did. */
  readonly validationRows?: number
  /** The column that the split goes by, whatever its role; absent: it goes by none. */
  readonly splitBy?: FrameColumn
  /** Columns that are marked sensitive, whatever their role; absent: none are. */
  readonly sensitive?: readonly FrameColumn[]
  /** Absent: there are no corrections. */
  readonly imported?: AsImported
}

/** Of thousands of columns each is asked for by its name, and more than once. */
const byName = new WeakMap<readonly FrameColumn[], ReadonlyMap<string, FrameColumn>>()

function namesOf(columns: readonly FrameColumn[]): ReadonlyMap<string, FrameColumn> {
  const known = byName.get(columns)
  if (known !== undefined) return known
  const made = new Map(columns.map((column) => [column.name, column]))
  byName.set(columns, made)
  return made
}

/** Errors: a DescentError where the frame has no such column. */
export function columnNamed({ columns }: Pick<Frame, 'columns'>, name: string): FrameColumn {
  const column = namesOf(columns).get(name)
  if (column === undefined) throw new DescentError('badData', `The data has no column "${name}".`)
  return column
}
