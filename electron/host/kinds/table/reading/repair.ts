/** Rows of another length than the others: what can be told from what their columns hold otherwise. */
import { isTelling, typeOf, type ColumnType } from './cell-types.ts'
import { saysNothing } from './header.ts'
import { readRecord, type Dialect, type TextRecord } from './records.ts'

type Cells = Pick<TextRecord, 'cells' | 'opened'>

function fits(cell: string, isQuoted: boolean, { type, quoted, filled }: ColumnType): boolean {
  const text = cell.trim()
  if (saysNothing(text) || filled === 0) return true
  if (quoted !== null && quoted !== isQuoted && filled > 2) return false
  return type === null || !(isTelling(type) || type === 'code') || typeOf(text) === type
}

/** Each of these cells looks like its column. */
export const fitsColumns = ({ cells, opened }: Cells, types: readonly ColumnType[]): boolean =>
  cells.every((cell, i) => types[i] === undefined || fits(cell, (opened[i] ?? -1) !== -1, types[i]))

/** Where trying every place would take longer than a cell is worth. */
const mostTried = 200_000

/**
 * A row with too many cells, where a delimiter stands in the text of one that should be quoted: the one place is found where
 * joining cells makes all of them fit their columns. null: there is none, or more than one, or the row is too long to say.
 */
export function joinCells(
  { cells, opened }: Cells,
  types: readonly ColumnType[],
  width: number,
  { delimiter }: Dialect,
): { cells: string[]; column: number } | null {
  const extra = cells.length - width
  if (extra <= 0 || extra * width > mostTried) return null
  const holds = (column: number, cell: string, isQuoted: boolean): boolean => {
    const type = types[column]
    return type === undefined || fits(cell, isQuoted, type)
  }
  const fitsAt = (at: number, column: number) => holds(column, cells[at]!, (opened[at] ?? -1) !== -1)
  // Cells before the joined ones stand over their own columns, those behind it over columns further left.
  let last = 0
  while (last < width - 1 && fitsAt(last, last)) last++
  let first = width - 1
  while (first > 0 && fitsAt(first + extra, first)) first--
  const joinedAt = (column: number): string => {
    const pieces = cells.slice(column, column + extra + 1)
    const filled = pieces.filter((piece) => piece.trim() !== '')
    return filled.length <= 1 ? (filled[0] ?? '') : pieces.join(delimiter)
  }
  let found: { column: number; joined: string } | null = null
  for (let column = first; column <= last; column++) {
    if (opened.slice(column, column + extra + 1).some((at) => at !== -1)) continue
    const joined = joinedAt(column)
    if (!holds(column, joined, false)) continue
    // Two places say the same only where what is between them does.
    for (let i = found?.column ?? column; i <= column && found !== null; i++)
      if ((i === found.column ? found.joined : cells[i + extra]) !== (i === column ? joined : cells[i]))
        return null
    found = { column, joined }
  }
  if (found === null) return null
  const { column, joined } = found
  return { cells: [...cells.slice(0, column), joined, ...cells.slice(column + extra + 1)], column }
}

const mostQuotes = 16

/** How a file's rows are: a part of its layout. */
interface Rows {
  readonly dialect: Dialect
  readonly usual: number
  readonly types: readonly ColumnType[]
}

/** A cell says so as well: it looks like its column, and that like something that text does not. */
const tells = (cell: string, column: ColumnType | undefined): boolean =>
  column !== undefined &&
  column.type !== null &&
  (isTelling(column.type) || column.type === 'code') &&
  typeOf(cell) === column.type

/** Complete lines within it that would be rows by themselves: a quote has swallowed them. A text may well hold delimiters. */
function swallowsRows(text: string, record: TextRecord, { dialect, usual, types }: Rows): boolean {
  if (record.lines < 3 || usual < 2) return false
  const lines = text.slice(record.from, record.to).split(/\r\n?|\n/)
  const inner = lines.slice(1, record.lines - 1)
  return inner.every((line) => {
    const row = readRecord(line, 0, dialect, true)
    return (
      row?.cells.length === usual &&
      fitsColumns(row, types) &&
      row.cells.some((cell, i) => tells(cell, types[i]))
    )
  })
}

export interface QuoteRepair {
  readonly record: TextRecord
  /** Lines that would have been part of a cell. */
  readonly swallowed: number
}

/**
 * A record whose length is wrong because a quote opens a cell that is none: the record as it is without that quote. null: no
 * quote is to blame.
 */
export function withoutStrayQuote(
  text: string,
  record: TextRecord,
  rows: Rows,
  whole: boolean,
  longestQuoted: number,
): QuoteRepair | null {
  const { dialect, usual: width } = rows
  const quotes = record.opened.filter((at) => at !== -1).slice(0, mostQuotes)
  if (quotes.length === 0) return null
  const wrong = record.cells.length !== width
  if (!wrong && record.unclosed === -1 && !swallowsRows(text, record, rows)) return null
  // The line end that ends the file begins no line.
  const behind = record.unclosed !== -1 && /[\n\r]/.test(text.at(-1) ?? '') ? 1 : 0
  const swallowed = (tried: TextRecord) => record.lines - tried.lines - behind
  for (const at of quotes) {
    const tried = readRecord(text, record.from, dialect, whole, { literal: new Set([at]), longestQuoted })
    if (tried?.cells.length === width && tried.unclosed === -1 && tried.lines <= record.lines)
      return { record: tried, swallowed: swallowed(tried) }
  }
  if (record.unclosed === -1) return null
  const tried = readRecord(text, record.from, dialect, whole, {
    literal: new Set([record.unclosed]),
    longestQuoted,
  })
  return tried && { record: tried, swallowed: swallowed(tried) }
}
