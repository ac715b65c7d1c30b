/**
 * What a cell looks like by itself. That many cells of a table look like something is the second half of the data consistency
 * measure of van den Burg, Nazábal & Sutton (2019), doi:10.1007/s10618-019-00646-y; here it also tells headers from rows.
 */

export type CellType = 'empty' | 'number' | 'date' | 'time' | 'address' | 'code' | 'phrase' | 'other'

const number =
  /^[+\-−(]?\s?[$€£¥]?\s?[+\-−]?(\d+([.,'’\u00a0\u202f ]\d{3})*([.,]\d*)?|\d+([.,]\d+)?|[.,]\d+)([eE][+\-−]?\d+)?\s?[%€$£¥]?\)?$/
const date =
  /^(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})|\d{1,2}[- ]?\p{L}{3,9}\.?[- ]\d{2,4}|\p{L}{3,9}\.? \d{1,2},? \d{4})([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?( ?(Z|UTC|[+-]\d{2}:?\d{2}))?)?$/u
const time = /^\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?$/
const address = /^((https?|ftp):\/\/\S+|www\.\S+|[^\s@,;]+@[^\s@,;]+\.\p{L}{2,})$/iu
/** Letters and digits in one piece: MG-8769, A12, 5.4.x. */
const code = /^(?=.*\d)(?=.*\p{L})[\p{L}\d]+([-_./][\p{L}\d]+)*$/u
const words = /^[\p{L}\p{M}\d]+([ '’.&/_()+-]{1,2}[\p{L}\p{M}\d]+)*[.!?)]?$/u

const plainNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
/** As DuckDB casts it, and JavaScript: nothing of it is anybody's habit. */
export const isPlainNumber = (cell: string): boolean => plainNumber.test(cell)

/** Longer cells are told by their beginning. */
const longest = 200

export function typeOf(cell: string): CellType {
  const text = cell.trim()
  if (text === '') return 'empty'
  if (text.length > longest) return 'other'
  // Most cells of most tables, and what the pattern of written numbers takes longest for.
  if (isPlainNumber(text)) return 'number'
  const first = text.charCodeAt(0)
  const digitish = first < 65 || first > 122
  if (digitish && number.test(text)) return 'number'
  if (digitish && time.test(text)) return 'time'
  if (date.test(text)) return 'date'
  if (address.test(text)) return 'address'
  if (code.test(text)) return 'code'
  return words.test(text) ? 'phrase' : 'other'
}

export const isTyped = (type: CellType): boolean => type !== 'other'

/** Types by which a row differs from a name. */
export const isTelling = (type: CellType): boolean =>
  type === 'number' || type === 'date' || type === 'time' || type === 'address'

export interface ColumnType {
  /** What nearly all of its filled cells look like; null: nothing in particular. */
  readonly type: CellType | null
  /** All filled cells are quoted (true), none is (false); null: some are. */
  readonly quoted: boolean | null
  readonly filled: number
  /** The different cells, or the first of them. */
  readonly values: ReadonlySet<string>
  /** There are few of them, for so many rows. */
  readonly repeats: boolean
}

const nearlyAll = 0.9
const fewValues = 50

/** What a column's cells have in common. `isMissing`: cells that say nothing. */
export function columnTypes(
  rows: readonly { readonly cells: readonly string[]; readonly opened: readonly number[] }[],
  width: number,
  isMissing: (cell: string) => boolean,
): ColumnType[] {
  return Array.from({ length: width }, (_, column) => {
    const counts = new Map<CellType, number>()
    const values = new Set<string>()
    let [filled, quoted] = [0, 0]
    for (const { cells, opened } of rows) {
      const cell = cells[column]?.trim() ?? ''
      if (cell === '' || isMissing(cell)) continue
      filled++
      if ((opened[column] ?? -1) !== -1) quoted++
      const type = typeOf(cell)
      counts.set(type, (counts.get(type) ?? 0) + 1)
      if (values.size <= fewValues) values.add(cell)
    }
    const [best] = [...counts].sort((a, b) => b[1] - a[1])
    return {
      type: best !== undefined && best[1] >= nearlyAll * filled ? best[0] : null,
      quoted: quoted === 0 ? false : quoted === filled ? true : null,
      filled,
      values,
      repeats: values.size <= fewValues && values.size <= Math.max(1, filled / 2),
    }
  })
}
