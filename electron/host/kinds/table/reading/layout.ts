/** All that is decided about how a table lies in its file, from a sample of its text. Pure. */
import { DescentError, type Limits } from '../../../../contract/index.ts'
import { limitError } from '../../../inputs/limit-error.ts'
import { beginsAnother, findBeginning, namesIn, type Beginning, type GivenHeader } from './begin.ts'
import type { ColumnType } from './cell-types.ts'
import { chooseComment, isComment } from './comments.ts'
import { decided, given, type Decision } from './decision.ts'
import { alignedName, chooseDialect, type DialectDecisions, type GivenDialect } from './dialect.ts'
import { columnNames } from './header.ts'
import { isBlank, QuoteLimit, readSound, type Dialect, type Numbered } from './records.ts'
import { joinCells } from './repair.ts'

/** What a person may decide; absent: it is found out. */
export interface GivenLayout extends GivenDialect {
  /** Lines that begin with it are left out; empty: there are none. */
  readonly comment?: string | undefined
  readonly header?: GivenHeader | undefined
  /** Lines before the table. */
  readonly skip?: number | undefined
  /** The delimiter is right, also where it stands nowhere. */
  readonly certain?: boolean | undefined
}

export interface LayoutDecisions extends DialectDecisions {
  readonly comment: Decision<string | null>
  /** The lines of the header; empty: there is none. */
  readonly header: Decision<readonly number[]>
  /** Lines before the header, or the first row. */
  readonly skip: Decision<number>
}

export interface Layout {
  readonly dialect: Dialect
  readonly comment: string | null
  /** Cells that every row has when it was read. */
  readonly width: number
  readonly usual: number
  /** The columns' names as the file has them; null: it has none. */
  readonly header: readonly string[] | null
  /** The same, complete and different from each other. */
  readonly names: readonly string[]
  /** The lines of the header, cell by cell. */
  readonly headerRows: readonly (readonly string[])[]
  /** Where the first row begins: its place in the text, and its line. */
  readonly from: number
  readonly line: number
  readonly types: readonly ColumnType[]
  /** The first rows of the table, as far as they were looked at. */
  readonly beginning: readonly (readonly string[])[]
  readonly decisions: LayoutDecisions
  /** What a person should know. */
  readonly notes: readonly string[]
  /** The sample holds something that is no plain row: DuckDB's own reader would not do. */
  readonly uneven: boolean
}

export interface Sample {
  readonly text: string
  /** That is the whole file. */
  readonly complete: boolean
}

const mostSampled = 2000
/** A cell's share of the sample that is longer than the usual row is no accident any more. */
const widening = 0.05

interface Marked extends Numbered {
  readonly comment: boolean
}

/** Records with their lines; comments are one cell. */
function recordsOf(
  { text, complete }: Sample,
  dialect: Dialect,
  mark: string | null,
  from: { at: number; line: number },
  mostFields: number,
): Marked[] {
  const records: Marked[] = []
  let { at, line } = from
  const quotes = new QuoteLimit()
  while (at < text.length && records.length < mostSampled) {
    const comment = isComment(text, at, mark)
    const how = comment ? { ...dialect, quote: '' } : dialect
    const record = readSound(text, at, how, complete, { mostFields }, quotes)
    if (record === null) break
    records.push({ ...record, line, comment })
    line += record.lines
    at = record.to
  }
  return records
}

/** Behind the first `lines` lines of the text. */
export function placeOf(text: string, lines: number): { at: number; line: number } | null {
  let at = 0
  for (let line = 0; line < lines; line++) {
    const end = /\r\n|\r|\n/g
    end.lastIndex = at
    if (end.exec(text) === null) return null
    at = end.lastIndex
  }
  return { at, line: lines + 1 }
}

const bad = (message: string, field: string) => new DescentError('badData', message, field)

const listed = (lines: readonly number[]): string =>
  lines.length === 1 ? `line ${lines[0]}` : `lines ${lines.slice(0, -1).join(', ')} and ${lines.at(-1)}`

function checkHeader(
  path: string,
  records: readonly Marked[],
  lines: readonly number[],
  skipped: number,
  complete: boolean,
): void {
  for (const line of lines) {
    if (line <= skipped)
      throw bad(
        `Line ${line} cannot be the header of ${path}: the first ${skipped} lines are left out.`,
        'header',
      )
    const record = records.find((each) => each.line === line)
    if (record !== undefined && !isBlank(record.cells)) continue
    const last = records.at(-1)
    const beyond = last === undefined || line >= last.line + last.lines
    throw bad(
      beyond
        ? `Line ${line} cannot be the header of ${path}: ${complete ? `the file has ${last === undefined ? 0 : last.line + last.lines - 1} lines` : 'it is too far down'}.`
        : `Line ${line} cannot be the header of ${path}: ${record === undefined ? 'it is in the middle of a quoted cell' : 'it holds nothing'}.`,
      'header',
    )
  }
}

/** Errors: a DescentError for a delimiter that separates nothing in a file of several columns. */
function checkDelimiter(path: string, text: string, complete: boolean, asked: string | undefined): void {
  if (asked === undefined || asked === alignedName || !complete || text.includes(asked)) return
  const found = chooseDialect(text, complete).dialect.delimiter
  if (found !== '' && text.includes(found))
    throw bad(
      `“${asked}” separates nothing in ${path}: it stands nowhere in it. The file’s cells seem to be separated by “${found}”.`,
      'delimiter',
    )
}

/** A file whose first line is `# a, b` above rows of two cells: the names stand in the comment. */
function namesInComment(records: readonly Marked[], data: Beginning): Marked | null {
  const first = records.findIndex((record) => !record.comment && !isBlank(record.cells))
  const above = records[first - 1]
  if (
    data.header.length > 0 ||
    above?.comment !== true ||
    above.cells.length !== data.usual ||
    data.usual < 2
  )
    return null
  return above.cells.every((cell) => cell.trim() !== '') ? above : null
}

/** Rows that are longer than most others: joined, where they can be; if not, and there are many, all rows are that wide. */
function widthOf(records: readonly Numbered[], begin: Beginning, dialect: Dialect): number {
  const from = begin.header.at(-1)?.line ?? 0
  const names = namesIn(begin.header.map(({ cells }) => cells))
  const below = records.filter(({ line, cells }) => line > from && !isBlank(cells))
  const other = below.findIndex(({ cells }) => beginsAnother(cells, names, begin.usual))
  const rows = other === -1 ? below : below.slice(0, other)
  const filled = ({ cells }: Numbered) => cells.findLastIndex((cell) => cell.trim() !== '') + 1
  const longer = rows.filter((row) => filled(row) > begin.width)
  if (longer.length <= widening * rows.length || longer.length < 2) return begin.width
  const joined = longer.filter((row) => joinCells(row, begin.types, begin.width, dialect) !== null).length
  if (joined >= 0.8 * longer.length) return begin.width
  return Math.max(...longer.map(({ cells }) => cells.length))
}

export function layoutOf(
  path: string,
  sample: Sample,
  asked: GivenLayout,
  missing: readonly string[],
  limits: Limits,
): Layout {
  const { text, complete } = sample
  // Excel's own way to name the delimiter.
  const hint = /^sep=(.)\r?\n/.exec(text)
  const skipped = asked.skip === undefined ? (hint === null ? 0 : 1) : asked.skip
  const start = placeOf(text, skipped)
  if (start === null)
    throw bad(`${skipped} lines of ${path} cannot be left out: it has less of them.`, 'skip')
  const body = text.slice(start.at)
  const comment = chooseComment(body, asked.comment)
  const told = { ...asked, delimiter: asked.delimiter ?? hint?.[1] }
  const uncommented = comment.value === null ? body : withoutComments(body, comment.value)
  const { dialect, decisions } = chooseDialect(uncommented, complete, told, limits.columns)
  if (asked.certain !== true) checkDelimiter(path, uncommented, complete, asked.delimiter)
  const all = recordsOf(sample, dialect, comment.value, start, limits.columns)
  if (all.some(({ cells }) => cells.length > limits.columns))
    throw limitError('columns', limits, `${path} has columns:`, null)
  const lines = Array.isArray(asked.header) ? (asked.header as readonly number[]) : null
  if (lines !== null)
    checkHeader(
      path,
      recordsOf(sample, dialect, null, { at: 0, line: 1 }, limits.columns),
      lines,
      skipped,
      complete,
    )
  const isRow = ({ line, comment: remark }: Marked) => !remark || lines?.includes(line) === true
  const records = all.filter(isRow)
  const missed = new Set(missing)
  const found = findBeginning(records, missed, asked.header ?? null)
  const named = asked.header === undefined ? namesInComment(all, found) : null
  const begin: Beginning =
    named === null
      ? found
      : { ...found, header: [named], names: named.cells, width: Math.max(found.width, named.cells.length) }
  const width = widthOf(records, begin, dialect)
  if (width > limits.columns) throw limitError('columns', limits, `${path} has columns:`, null)
  const first = records[begin.data]
  const header = begin.names
  const clean =
    named === null ? header : header!.map((cell, i) => (i === 0 ? cell.replace(/^[\s#/%-]+/, '') : cell))
  const { names, notes } = columnNames(clean, width)
  const end = all.at(-1)
  const place = first ?? {
    from: end?.to ?? start.at,
    line: end === undefined ? start.line : end.line + end.lines,
  }
  const before = begin.header[0]?.line ?? place.line
  return {
    dialect,
    comment: comment.value,
    width,
    usual: begin.usual,
    header,
    names,
    headerRows: begin.header.map(({ cells }) => cells),
    from: place.from,
    line: place.line,
    types: begin.types,
    beginning: records.slice(begin.data).map(({ cells }) => cells),
    decisions: {
      ...decisions,
      comment,
      header: headerDecision(begin, asked.header),
      skip: skipDecision(before - 1, begin, asked.skip),
    },
    notes: [
      ...Object.values(decisions).flatMap((each: Decision<string>) => each.evidence ?? []),
      ...commentNote(
        comment,
        all.filter((each) => each.comment && each.line < place.line),
      ),
      ...preambleNote(begin),
      ...headerNotes(begin, named !== null, width),
      ...notes,
    ],
    uneven: isUneven(records, begin, width) || all.some((each) => each.comment && each.line > place.line),
  }
}

/** The dialect is told from rows, not from remarks. */
const withoutComments = (text: string, mark: string): string =>
  text
    .split(/(?<=\n|\r(?!\n))/)
    .filter((line) => !line.trimStart().startsWith(mark))
    .join('')

const headerDecision = (
  { header }: Beginning,
  asked: GivenHeader | undefined,
): Decision<readonly number[]> => {
  const lines = header.map(({ line }) => line)
  return asked === undefined ? decided(lines) : given(lines)
}

const skipDecision = (lines: number, { preamble }: Beginning, asked: number | undefined): Decision<number> =>
  asked === undefined
    ? decided(
        lines,
        preamble.length === 0 ? null : `${listed(preamble.map(({ line }) => line))} before the table`,
      )
    : given(asked)

function commentNote({ evidence }: Decision<string | null>, before: readonly Marked[]): string[] {
  if (evidence === null) return []
  const lines = before.map(({ line }) => line)
  return lines.length === 0 ? [evidence] : [`${evidence.slice(0, -1)}: ${someLines(lines)} before the table.`]
}

const someLines = (lines: readonly number[]): string =>
  lines.length <= 3 ? listed(lines) : `lines ${lines[0]} to ${lines.at(-1)}`

function preambleNote({ preamble }: Beginning): string[] {
  const [first] = preamble
  if (first === undefined) return []
  const lines = preamble.map(({ line }) => line)
  const where = someLines(lines)
  const text = first.cells
    .filter((cell) => cell.trim() !== '')
    .join(' ')
    .trim()
    .slice(0, 60)
  return [`The table begins below ${where}, which ${lines.length === 1 ? 'is' : 'are'} left out: “${text}”.`]
}

function headerNotes(begin: Beginning, inComment: boolean, width: number): string[] {
  const { header, names, rowNames } = begin
  if (names === null) return [`The file has no header: its columns are called c1 to c${width}.`]
  if (inComment) return [`The names of the columns stand in a comment, line ${header[0]!.line}.`]
  return [
    ...(header.length > 1
      ? [
          `The header has ${header.length} lines, ${listed(header.map(({ line }) => line))}; each name joins what stands below each other.`,
        ]
      : []),
    ...(rowNames
      ? [
          'The header has one name less than the rows have cells: the first column holds the names of the rows.',
        ]
      : []),
  ]
}

/** Anything in the sample that a plain reader would stumble over. */
function isUneven(records: readonly Marked[], begin: Beginning, width: number): boolean {
  const from = records[begin.data]?.line ?? Infinity
  const header = begin.header.map(({ cells }) => cells.join('\u0000'))
  return records.some(({ cells, line, opened }) => {
    const nothing = cells.length === 1 && opened[0] === -1 && cells[0]!.trim() === ''
    const odd = cells.length !== width ? !nothing : cells.length > 1 && isBlank(cells)
    return line >= from && (odd || header.includes(cells.join('\u0000')))
  })
}
