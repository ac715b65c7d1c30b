/** The numbers behind a chart or a table, as they are: from them come what is read, what is copied and what is saved. */

export type Cell = string | number | null

export interface DataColumn {
  name: string
  /** Of its numbers; stands in the heading. */
  unit?: string
  /** How a number is written on the screen; files and the clipboard hold all of its digits. */
  text?: (value: number) => string
  /** Where that depends on what its row is about. */
  textIn?: (value: number, row: readonly Cell[]) => string
  /** Of words beside numbers: so many characters are shown wherever the table is. */
  fewest?: number
  /** Numbers stand to the right; so does text that is about numbers, where this says so. */
  numeric?: boolean
}
export interface TableData {
  columns: readonly DataColumn[]
  rows: readonly (readonly Cell[])[]
}

export const heading = ({ name, unit }: DataColumn): string => (unit ? `${name} (${unit})` : name)

/** As it is read; nothing where nothing is known. */
export function cellText(
  column: DataColumn | undefined,
  cell: Cell | undefined,
  row: readonly Cell[] = [],
): string {
  if (cell === null || cell === undefined) return '–'
  if (typeof cell === 'string') return cell
  if (column?.textIn) return column.textIn(cell, row)
  return column?.text ? column.text(cell) : String(cell)
}

/** Of each column: whether its cells are numbers. */
export const numericColumns = ({ columns, rows }: TableData): boolean[] =>
  columns.map(
    ({ numeric }, index) => numeric ?? rows.slice(0, 100).some((row) => typeof row[index] === 'number'),
  )

/** A cell of a file: in full digits, and empty where it is missing. */
const plain = (cell: Cell | undefined): string =>
  cell === null || cell === undefined || Number.isNaN(cell) ? '' : String(cell)

function delimited({ columns, rows }: TableData, delimiter: string, newline: string): string {
  const special = new RegExp(`["\\r\\n${delimiter}]`)
  const quoted = (text: string) => (special.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const lines = [columns.map(heading), ...rows.map((row) => columns.map((_, index) => plain(row[index])))]
  return lines.map((line) => line.map(quoted).join(delimiter) + newline).join('')
}

/** https://www.rfc-editor.org/rfc/rfc4180 */
export const toCsv = (data: TableData): string => delimited(data, ',', '\r\n')

/** What spreadsheets take from the clipboard. */
export const toTsv = (data: TableData): string => delimited(data, '\t', '\n')

/**
 * Widths in characters, from the heading and the cells that are read first. They are fixed, for a virtual table that
 * measured what it happens to show would move its columns under the eye.
 */
export function columnWidths(data: TableData, fewest = 5, most = 36): number[] {
  const sample = data.rows.slice(0, 200)
  return data.columns.map((column, index) => {
    const cells = sample.map((row) => cellText(column, row[index], row).length)
    // Headings are smaller, but bold.
    return Math.min(most, Math.max(fewest, heading(column).length, ...cells))
  })
}

/** `Validation loss` of `Customer churn` → `validation-loss-customer-churn.csv`. */
export function figureFileName(title: string, project: string | null, extension: string): string {
  const words = (text: string) =>
    text
      .normalize('NFC')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
      .slice(0, 60)
      .replace(/^-+|-+$/g, '')
  const name = [title, project ?? ''].map(words).filter(Boolean).join('-')
  return `${name || 'figure'}.${extension}`
}
