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

/**
 * A row with too many cells, where a delimiter stands in the text of one that should be quoted: the one place is found where
 * joining cells makes all of them fit their columns. null: there is none, or more than one.
 */
export function joinCells(
  record: Cells,
  types: readonly ColumnType[],
  width: number,
  { delimiter }: Dialect,
): { cells: string[]; column: number } | null {
  const extra = record.cells.length - width
  if (extra <= 0) return null
  let found: { cells: string[]; column: number } | null = null
  for (let column = 0; column < width; column++) {
    const { cells, opened } = record
    const end = column + extra + 1
    if (opened.slice(column, end).some((at) => at !== -1)) continue
    const pieces = cells.slice(column, end)
    const filled = pieces.filter((piece) => piece.trim() !== '')
    const joined = filled.length <= 1 ? (filled[0] ?? '') : pieces.join(delimiter)
    const tried = {
      cells: [...cells.slice(0, column), joined, ...cells.slice(end)],
      opened: [...opened.slice(0, column), -1, ...opened.slice(end)],
    }
    if (!fitsColumns(tried, types)) continue
    if (found !== null && found.cells.join('\u0000') !== tried.cells.join('\u0000')) return null
    found = { cells: tried.cells, column }
  }
  return found
}

const mostQuotes = 16

/** Complete lines within it that would be rows by themselves: a quote has swallowed them. */
function swallowsRows(text: string, record: TextRecord, dialect: Dialect, width: number): boolean {
  if (record.lines < 3 || width < 2) return false
  const lines = text.slice(record.from, record.to).split(/\r\n?|\n/)
  const inner = lines.slice(1, record.lines - 1)
  return (
    inner.length > 0 &&
    inner.every((line) => readRecord(line, 0, { ...dialect, quote: '' }, true)?.cells.length === width)
  )
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
  dialect: Dialect,
  width: number,
  whole: boolean,
  longestQuoted: number,
): QuoteRepair | null {
  const quotes = record.opened.filter((at) => at !== -1).slice(0, mostQuotes)
  if (quotes.length === 0) return null
  const wrong = record.cells.length !== width
  if (!wrong && record.unclosed === -1 && !swallowsRows(text, record, dialect, width)) return null
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
