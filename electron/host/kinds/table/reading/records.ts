/**
 * A delimited text as records and cells, in whatever dialect. Lenient where people's files are: a quote inside a quoted cell
 * closes it only before a delimiter or a line end, and any kind of line end ends a record.
 */

export interface Dialect {
  /** One character or several; empty: there is one column. */
  readonly delimiter: string
  /** Empty: quotes mean nothing. */
  readonly quote: string
  /** What stands before a quote that is text: the quote itself, a backslash, or nothing (empty). */
  readonly escape: string
  /** Spaces after a delimiter belong to it. */
  readonly spaces: boolean
  /** Delimiters in a row count as one, and those around a line as none: columns are aligned by them. */
  readonly runs: boolean
}

export const plainDialect: Dialect = { delimiter: ',', quote: '"', escape: '"', spaces: false, runs: false }

export interface TextRecord {
  readonly cells: string[]
  /** Where in the text the quotes stand that open cells, by cell; −1: it is not quoted. */
  readonly opened: number[]
  /** In the text: from its first character to behind its line end. */
  readonly from: number
  readonly to: number
  /** Lines that it spans. */
  readonly lines: number
  /** Where a quote opens that nothing closes before the text ends; −1: none. */
  readonly unclosed: number
}

const [lineFeed, carriageReturn, space, tab, backslash] = [10, 13, 32, 9, 92]

const noQuotes: ReadonlySet<number> = new Set()
export const longestCell = 4 << 20

export interface ReadOptions {
  /** Quotes that open nothing, and are left out. */
  readonly literal?: ReadonlySet<number> | undefined
  /** Cells beyond these are not told: the record is then one longer than that. */
  readonly mostFields?: number | undefined
  /** A quoted cell that is longer is one that a quote opened by mistake. */
  readonly longestQuoted?: number | undefined
}

/** The record that begins at `from`; null where the text ends before it does and more of it will come (`whole` false). */
export function readRecord(
  text: string,
  from: number,
  dialect: Dialect,
  whole: boolean,
  { literal = noQuotes, mostFields = Infinity, longestQuoted = longestCell }: ReadOptions = {},
): TextRecord | null {
  const { delimiter, escape, spaces, runs } = dialect
  const single = delimiter.length === 1 ? delimiter.charCodeAt(0) : -1
  const quote = dialect.quote === '' ? -1 : dialect.quote.charCodeAt(0)
  const cells: string[] = []
  const opened: number[] = []
  let lines = 1
  let unclosed = -1
  let at = from
  const delimiterAt = (here: number): boolean =>
    single !== -1
      ? text.charCodeAt(here) === single
      : delimiter.length > 1 && text.startsWith(delimiter, here)
  const endAt = (here: number): boolean => {
    if (here >= text.length) return whole
    const code = text.charCodeAt(here)
    return code === lineFeed || code === carriageReturn || delimiterAt(here)
  }
  /** A closing quote may have spaces behind it. */
  const closesAt = (here: number): number => {
    let next = here + 1
    while (text.charCodeAt(next) === space && !delimiterAt(next)) next++
    return endAt(next) ? next : -1
  }
  const skipRun = () => {
    if (runs) while (delimiterAt(at) || (single === space && text.charCodeAt(at) === tab)) at++
  }
  skipRun()
  for (;;) {
    if (spaces)
      while ((text.charCodeAt(at) === space || text.charCodeAt(at) === tab) && !delimiterAt(at)) at++
    let cell = ''
    let open = -1
    if (text.charCodeAt(at) === quote && quote !== -1) {
      if (literal.has(at)) at++
      else {
        open = at
        let piece = at + 1
        let here = at + 1
        let closed = false
        const last = Math.min(text.length, open + longestQuoted)
        for (; here < last; here++) {
          const code = text.charCodeAt(here)
          if (code === backslash && escape === '\\') {
            const next = text.charCodeAt(here + 1)
            if (next === quote || next === backslash) {
              cell += text.slice(piece, here)
              piece = here + 1
              here++
            }
          } else if (code === quote) {
            if (escape === dialect.quote && text.charCodeAt(here + 1) === quote) {
              cell += text.slice(piece, here + 1)
              piece = here + 2
              here++
              continue
            }
            if (here + 1 >= text.length && !whole) return null
            const end = closesAt(here)
            if (end !== -1) {
              cell += text.slice(piece, here)
              at = end
              closed = true
              break
            }
          } else if (code === lineFeed || (code === carriageReturn && text.charCodeAt(here + 1) !== lineFeed))
            lines++
        }
        if (!closed) {
          if (!whole && last === text.length) return null
          unclosed = open
          cell += text.slice(piece)
          at = text.length
        }
      }
    }
    if (open === -1) {
      const begin = at
      if (single !== -1)
        for (; at < text.length; at++) {
          const code = text.charCodeAt(at)
          if (code === single || code === lineFeed || code === carriageReturn) break
        }
      else
        for (; at < text.length; at++) {
          const code = text.charCodeAt(at)
          if (code === lineFeed || code === carriageReturn) break
          if (delimiter !== '' && code === delimiter.charCodeAt(0) && text.startsWith(delimiter, at)) break
        }
      cell = text.slice(begin, at)
    }
    if (at >= text.length) {
      if (!whole) return null
      if (cells.length <= mostFields) {
        cells.push(cell)
        opened.push(open)
      }
      return { cells, opened, from, to: at, lines, unclosed }
    }
    if (cells.length <= mostFields) {
      cells.push(cell)
      opened.push(open)
    }
    const code = text.charCodeAt(at)
    if (code === lineFeed || code === carriageReturn) {
      if (code === carriageReturn) {
        if (at + 1 >= text.length && !whole) return null
        if (text.charCodeAt(at + 1) === lineFeed) at++
      }
      return { cells, opened, from, to: at + 1, lines, unclosed }
    }
    at += delimiter.length
    if (runs) {
      skipRun()
      const next = text.charCodeAt(at)
      if (at >= text.length ? whole : next === lineFeed || next === carriageReturn) {
        if (next === carriageReturn && text.charCodeAt(at + 1) === lineFeed) at++
        return { cells, opened, from, to: Math.min(at + 1, text.length), lines, unclosed }
      }
    }
  }
}

export const isBlank = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === '')

const fewStrays = 50
const shortCell = 256

/** Where quotes that nothing closes are many, nobody looks far for what closes the next: that would take time quadratic. */
export class QuoteLimit {
  private strays = 0
  note(record: TextRecord): void {
    if (record.unclosed !== -1) this.strays++
  }
  get longestQuoted(): number {
    return this.strays > fewStrays ? shortCell : longestCell
  }
}

/** The same, where a quote that nothing closes is none: everything behind it would be one cell. */
export function readSound(
  text: string,
  from: number,
  dialect: Dialect,
  whole: boolean,
  options: ReadOptions,
  quotes: QuoteLimit,
): TextRecord | null {
  const { longestQuoted } = quotes
  const literal = new Set<number>()
  for (;;) {
    const record = readRecord(text, from, dialect, whole, { ...options, literal, longestQuoted })
    if (record === null || record.unclosed === -1) return record
    quotes.note(record)
    literal.add(record.unclosed)
  }
}

export interface Numbered extends TextRecord {
  /** The line that it begins in, from 1. */
  readonly line: number
}

/** All records of a text, also blank ones. A record that the text's end cuts off is left out unless `whole`. */
export function readRecords(
  text: string,
  dialect: Dialect,
  whole: boolean,
  most = Infinity,
  mostFields = Infinity,
): Numbered[] {
  const records: Numbered[] = []
  let line = 1
  let at = 0
  const quotes = new QuoteLimit()
  while (at < text.length && records.length < most) {
    const record = readSound(text, at, dialect, whole, { mostFields }, quotes)
    if (record === null) break
    records.push({ ...record, line })
    line += record.lines
    at = record.to
  }
  return records
}

export function mostFrequent(values: readonly number[]): { value: number; share: number } {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let best = { value: 0, count: 0 }
  for (const [value, count] of counts) if (count > best.count) best = { value, count }
  return { value: best.value, share: values.length === 0 ? 0 : best.count / values.length }
}
