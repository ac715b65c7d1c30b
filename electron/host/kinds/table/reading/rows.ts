/** The rows of a file by its layout, in one pass and in bounded memory; and an account of all that is no row. */
import { beginsAnother, namesIn } from './begin.ts'
import { Account } from './account.ts'
import { isComment } from './comments.ts'
import type { Layout } from './layout.ts'
import { isBlank, QuoteLimit, readRecord, type Numbered, type TextRecord } from './records.ts'
import { fitsColumns, joinCells, withoutStrayQuote } from './repair.ts'

export interface Row {
  readonly cells: readonly string[]
  readonly line: number
}

/** Rows whose repetition is recognized. */
const mostRemembered = 200_000
const fewestForCopy = 3
const fewestToDiffer = 10
const nearlyAll = 0.9
/** A header has no more titles above it: so many single cells are rows. */
const mostTitles = 20

const keyOf = (cells: readonly string[]): string => cells.map((cell) => cell.trim()).join('\u0000')

/** Of 32 bits and a few cells: for rows in thousands, that is enough to tell a repeated block. */
function hashOf(cells: readonly string[]): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < cells.length; i += i < 4 ? 1 : 4) {
    const cell = cells[i]!
    hash = Math.imul(hash ^ cell.length, 0x01000193)
    for (let at = 0; at < cell.length && at < 24; at++)
      hash = Math.imul(hash ^ cell.charCodeAt(at), 0x01000193)
  }
  return hash >>> 0
}

/** One cell where there could be several. */
const isSingle = (cells: readonly string[]): boolean =>
  cells.length > 1 && cells.filter((cell) => cell.trim() !== '').length === 1

export class RowReader {
  readonly account = new Account()
  private buffer = ''
  private at = 0
  private line: number
  private readonly layout: Layout
  private readonly damaged: boolean
  private readonly headers: ReadonlySet<string>
  private readonly names: ReadonlySet<string>
  /** The first cells of the header's lines: most rows are told from these by one look. */
  private readonly firstNames: ReadonlySet<string>
  private out: Row[] = []
  /** Another table has begun. */
  private ended = false
  /** Rows of the first block, by their hash, until the header stands there once more. */
  private readonly block = new Set<number>()
  private blockRows = 0
  private repeated = false
  /** Rows behind a repeated header, which may all have been there before. */
  private held: Row[] | null = null
  private known = 0
  /** Single cells behind a blank line: titles, if a header follows. */
  private pending: Row[] = []
  private behindBlank = false
  private readonly quotes = new QuoteLimit()

  /** `damaged`: characters that could not be decoded are no characters of the file. */
  constructor(layout: Layout, damaged = false) {
    this.layout = layout
    this.damaged = damaged
    this.line = layout.line
    // In a single column, a value may well be called as the column is.
    this.headers = new Set(layout.width > 1 ? layout.headerRows.map(keyOf) : [])
    this.names = namesIn(layout.headerRows)
    this.firstNames = new Set([...this.headers].map((key) => key.split('\u0000')[0]!))
  }

  /** The rows that end in this text, which follows the last; it begins where the layout says that the data does. */
  take(text: string, whole: boolean): Row[] {
    this.buffer = this.at < this.buffer.length ? this.buffer.slice(this.at) + text : text
    this.at = 0
    while (this.at < this.buffer.length && this.next(whole));
    if (whole) this.finish()
    const rows = this.out
    this.out = []
    return rows
  }

  private next(whole: boolean): boolean {
    const { buffer: text, at, layout } = this
    const { dialect, comment } = layout
    if (comment !== null && isComment(text, at, comment)) {
      const record = readRecord(text, at, { ...dialect, quote: '' }, whole)
      if (record === null) return false
      if (layout.decisions.comment.given || record.cells.length !== layout.usual) {
        this.account.comments.add(this.line)
        this.pass(record)
        return true
      }
    }
    const { longestQuoted } = this.quotes
    let record = readRecord(text, at, dialect, whole, { longestQuoted })
    if (record === null) return false
    this.quotes.note(record)
    const line = this.line
    if (record.cells.length !== layout.usual || record.lines > 2 || record.unclosed !== -1) {
      const repaired = withoutStrayQuote(text, record, layout, whole, longestQuoted)
      // What would stand behind the record without the quote is not all there yet.
      if (repaired === null && record.unclosed !== -1 && !whole) return false
      if (repaired !== null) {
        record = repaired.record
        if (!this.ended)
          this.account.changed.add(
            line,
            () =>
              repaired.swallowed > 0
                ? `a quote that is never closed, without which the row was read; it would have swallowed ${repaired.swallowed} ${repaired.swallowed === 1 ? 'line' : 'lines'}`
                : 'a quote too many, without which the row was read',
            () => text.slice(repaired.record.from, repaired.record.to),
          )
      }
    }
    this.pass(record)
    this.judge({ ...record, line }, text)
    return true
  }

  private pass(record: TextRecord): void {
    this.at = record.to
    this.line += record.lines
  }

  private judge(record: Numbered, text: string): void {
    const { account, layout } = this
    const { cells, line } = record
    if (this.ended) {
      account.others.count += isBlank(cells) ? 0 : 1
      return
    }
    if (isBlank(cells)) {
      // An empty line separates; delimiters alone are a row without anything.
      if (cells.length > 1) account.blanks.add(line)
      else if (layout.width === 1 && record.to - record.from > 1) account.blanks.add(line)
      this.behindBlank = true
      return
    }
    if (this.firstNames.has(cells[0]!.trim()) && this.headers.has(keyOf(cells))) {
      this.closeBlock()
      for (const title of this.pending) account.titles.add(title.line)
      this.pending = []
      account.headers.add(line)
      this.repeated = true
      this.held = []
      this.known = 0
      return
    }
    if (beginsAnother(cells, this.names, layout.usual)) {
      this.closeBlock()
      this.flushPending()
      account.others.add(line)
      this.ended = true
      return
    }
    const row = this.toRow(record, text)
    if (row === null) return
    if ((this.behindBlank || this.pending.length > 0) && isSingle(row.cells)) {
      this.pending.push(row)
      if (this.pending.length <= mostTitles) return
      this.behindBlank = false
      this.flushPending()
      return
    }
    this.behindBlank = false
    this.flushPending()
    this.emit(row)
  }

  private flushPending(): void {
    for (const row of this.pending) this.emit(row)
    this.pending = []
  }

  private emit(row: Row): void {
    if (!this.repeated && this.headers.size > 0) {
      this.blockRows++
      if (this.block.size < mostRemembered) this.block.add(hashOf(row.cells))
    }
    if (this.held === null) {
      this.out.push(row)
      return
    }
    this.held.push(row)
    if (this.block.has(hashOf(row.cells))) this.known++
    const { length } = this.held
    const differs = length >= fewestToDiffer && this.known < 0.5 * length
    if (differs || length > this.blockRows + fewestForCopy || length > mostRemembered) this.release()
  }

  private release(): void {
    // One by one: so many would be too many arguments.
    for (const row of this.held ?? []) this.out.push(row)
    this.held = null
  }

  /** At the end of a block behind a repeated header: if it is the first one once more, it says nothing. */
  private closeBlock(): void {
    const { held } = this
    if (held === null) return
    const copy =
      held.length >= fewestForCopy &&
      held.length >= nearlyAll * this.blockRows &&
      this.known >= nearlyAll * held.length
    if (!copy) return this.release()
    this.account.copies.add(held[0]!.line, held.length)
    this.held = null
  }

  private finish(): void {
    this.flushPending()
    this.closeBlock()
  }

  private toRow(record: Numbered, text: string): Row | null {
    const { account, layout } = this
    const { width, usual, types, dialect } = layout
    const { cells, line } = record
    const source = () => text.slice(record.from, record.to)
    if (this.damaged && cells.some((cell) => cell.includes('\ufffd'))) {
      account.rejected.add(line, () => 'bytes that are not valid UTF-8', source)
      return null
    }
    if (cells.length === width) return { cells, line }
    if (cells.length > width) {
      const cut = { cells: cells.slice(0, width), opened: record.opened.slice(0, width) }
      const empty = isBlank(cells.slice(width))
      const joined = empty && fitsColumns(cut, types) ? null : joinCells(record, types, width, dialect)
      if (joined === null && empty) {
        account.trailing++
        return { cells: cut.cells, line }
      }
      if (joined === null) {
        account.rejected.add(line, () => `too many fields: ${cells.length} instead of ${width}`, source)
        return null
      }
      const name = layout.names[joined.column]!
      account.changed.add(
        line,
        () => `${cells.length} fields instead of ${width}: those that fit “${name}” together are one`,
        source,
      )
      return { cells: joined.cells, line }
    }
    const padded = [...cells, ...new Array<string>(width - cells.length).fill('')]
    const lacking = types.slice(cells.length).some(({ filled }) => filled > 0)
    if (cells.length >= usual || !lacking) return { cells: padded, line }
    const remark = cells.length === 1 && width > 2
    if (remark || !fitsColumns(record, types)) {
      account.rejected.add(line, () => `too few fields: ${cells.length} instead of ${width}`, source)
      return null
    }
    account.changed.add(
      line,
      () => `too few fields: ${cells.length} instead of ${width}; the others are empty`,
      source,
    )
    return { cells: padded, line }
  }
}
