/** Loads a delimited file into the temporary table `raw` (t0, t1, …: trimmed text, NULL where missing). */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DescentError, type Limits, type Receipt } from '../../../contract/index.ts'
import { asTableError } from '../../inputs/duckdb-error.ts'
import { limitError } from '../../inputs/limit-error.ts'
import { shareOf, type ReadContext } from '../kind.ts'
import { presentTextSql } from './column-facts.ts'
import {
  columnNames,
  delimiters,
  detectDelimiter,
  detectHeader,
  headerWidth,
  splitRecords,
  usualWidth,
} from './dialect.ts'
import { planWide, query, quoted, type DuckDBConnection } from './duckdb.ts'
import { findRejected } from './rejected-rows.ts'
import { layoutFor, noneStored, type Relation } from './relation.ts'
import { inspectFile, readSample, writeNormalised, type SourceFacts } from './source-file.ts'
import { unprotectTable } from './unprotect-table.ts'
import { unprotect } from './protected-text.ts'

export interface CsvOptions {
  readonly path: string
  /** null or absent: detect. */
  readonly delimiter?: string | null
  readonly header?: boolean | null
  /** Spellings read as missing, besides the empty field. */
  readonly missingValues: readonly string[]
  /** They are left as they stand, and each column decides. */
  readonly keepsMarks?: boolean
}

export interface RawTable {
  readonly relation: Relation
  readonly source: SourceFacts
  readonly delimiter: string
  readonly header: boolean
  readonly names: readonly string[]
  readonly rows: number
  readonly rowsRejected: number
  readonly rejected: Receipt['rejected']
  readonly notes: readonly string[]
}

interface Layout {
  readonly delimiter: string
  readonly header: boolean
  readonly names: readonly string[]
  /** Lines before the header or first record. */
  readonly skip: number
  readonly notes: readonly string[]
}

const delimiterNames: Record<string, string> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'vertical bar',
}

/** What neither a quoted field nor a line end could be told from, or DuckDB does not take. */
export function checkDelimiter(delimiter: string): void {
  const single = delimiter.length === 1 && delimiter.isWellFormed()
  if (single && !['"', '\n', '\r', '\0'].includes(delimiter)) return
  throw new DescentError(
    'badData',
    `${JSON.stringify(delimiter.slice(0, 20))} cannot separate fields. Give one character, such as a comma, that is neither a quote nor a line end.`,
    'delimiter',
  )
}

/** Lines before the first with anything but spaces and tabs. */
function leadingBlankLines(text: string): number {
  let lines = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '\n' || char === '\r') {
      lines++
      if (char === '\r' && text[at + 1] === '\n') at++
    } else if (char !== ' ' && char !== '\t') break
  }
  return lines
}

export function layoutOf(text: string, complete: boolean, options: CsvOptions, limits: Limits): Layout {
  // Excel's own way to name the delimiter.
  const hint = /^sep=(.)\r?\n/.exec(text)
  const body = hint === null ? text : text.slice(hint[0].length)
  const leadingBlank = leadingBlankLines(body)
  const delimiter = options.delimiter ?? hint?.[1] ?? detectDelimiter(body, complete, limits.columns)
  checkDelimiter(delimiter)
  const records = splitRecords(body, delimiter, complete, undefined, limits.columns)
  const first = records[0]
  if (first === undefined)
    throw new DescentError(
      'badData',
      `${options.path} holds no rows: it begins with blank lines only, or with a quote that is never closed.`,
      'path',
    )
  const missing = new Set(options.missingValues)
  const header = options.header ?? detectHeader(records, missing)
  const data = header ? records.slice(1) : records
  const width = Math.max(usualWidth(data), header ? headerWidth(first) : 0)
  if (Math.max(width, first.length) > limits.columns)
    throw limitError('columns', limits, `${options.path} has columns:`, null)
  if (width === 0)
    throw new DescentError('badData', `${options.path} has no columns: its first line holds nothing.`, 'path')
  const { names, notes } = columnNames(header ? first.map(unprotect) : null, width)
  const known = (delimiters as readonly string[]).includes(delimiter)
  return {
    delimiter,
    header,
    names,
    skip: leadingBlank + (hint === null ? 0 : 1),
    notes: [
      ...(header ? [] : [`The file has no header: its columns are called c1 to c${width}.`]),
      ...notes,
      ...(options.delimiter == null && known && delimiter !== ','
        ? [`The fields are separated by ${delimiterNames[delimiter]}s.`]
        : []),
    ],
  }
}

function refuseUnreadable(
  path: string,
  rows: number,
  rowsRejected: number,
  rejected: Receipt['rejected'],
  layout: Layout,
) {
  const [example] = rejected
  const where = example === undefined ? '' : ` Line ${example.line}: ${example.reason}.`
  if (rows === 0)
    throw new DescentError(
      'badData',
      rowsRejected === 0
        ? `${path} has ${layout.header ? 'a header but no rows below it' : 'no rows'}.`
        : `None of the ${rowsRejected} rows of ${path} could be read.${where} Check the delimiter and the quotes.`,
      'path',
    )
  if (rowsRejected > rows)
    throw new DescentError(
      'badData',
      `More than half of ${path} could not be read: ${rowsRejected} of ${rows + rowsRejected} rows.${where} Check the delimiter and the quotes.`,
      'path',
    )
}

/** DuckDB's own longest line; a larger one takes it sixteen times as much memory. */
const usualLine = 2_000_000

function readSql(file: string, { delimiter, header, skip, names }: Layout, source: SourceFacts): string {
  // In UTF-8, characters of other encodings take up to three bytes instead of one.
  const longest = source.longestLine * (source.encoding === 'UTF-8' ? 1 : 3) + 2
  const lines =
    longest > usualLine ? `max_line_size = ${longest}, buffer_size = ${Math.max(1 << 25, 2 * longest)}, ` : ''
  return `read_csv(${quoted(file)}, auto_detect = false, header = ${header}, skip = ${skip}, delim = ${quoted(delimiter)},
    quote = '"', escape = '"', nullstr = [''], ignore_errors = true, ${lines}
    columns = {${names.map((_, i) => `t${i}: 'VARCHAR'`).join(', ')}})`
}

/** A wide table's fields become one list a row as they are read (relation.ts). */
async function fillRaw(
  connection: DuckDBConnection,
  from: string,
  width: number,
  missingValues: readonly string[],
): Promise<Relation> {
  const relation: Relation = { sql: 'raw', layout: layoutFor(width), stored: noneStored }
  const indices = Array.from({ length: width }, (_, i) => i)
  await planWide(connection, width)
  if (relation.layout === 'lists') {
    const fields = indices.map((i) => `t${i}`).join(', ')
    await connection.run(
      `CREATE TEMP TABLE raw AS
       SELECT list_transform(list_transform(cells, lambda t: trim(t)), lambda t: ${presentTextSql('t', missingValues)}) AS cells
       FROM (SELECT [${fields}] AS cells FROM ${from})`,
    )
    await planWide(connection, 1)
  } else
    await connection.run(
      `CREATE TEMP TABLE raw AS
       SELECT ${indices.map((i) => `${presentTextSql(`t${i}`, missingValues)} AS t${i}`).join(', ')}
       FROM (SELECT ${indices.map((i) => `trim(t${i}) AS t${i}`).join(', ')} FROM ${from})`,
    )
  return relation
}

/** Fills `raw`. `folder` takes a converted copy while it is needed. */
export async function loadCsv(
  connection: DuckDBConnection,
  options: CsvOptions,
  folder: string,
  context: ReadContext,
): Promise<RawTable> {
  const { limits, progress } = context
  if (options.delimiter != null) checkDelimiter(options.delimiter)
  const source = await inspectFile(options.path, shareOf(context, 0, 0.3))
  const scratch = join(folder, 'normalised')
  try {
    let file = options.path
    if (source.encoding !== 'UTF-8' || source.mixedLineEnds) {
      mkdirSync(scratch, { recursive: true })
      file = join(scratch, 'table.csv')
      await writeNormalised(source, file)
    }
    const sample = await readSample(file, source.longestLine)
    const layout = layoutOf(sample.text, sample.complete, options, limits)
    const missing = options.keepsMarks ? [] : options.missingValues
    const loaded = await fillRaw(connection, readSql(file, layout, source), layout.names.length, missing)
    progress(0.9)
    const [count = {}] = await query(connection, 'SELECT count(*) AS rows FROM raw')
    const rows = Number(count.rows)
    const { rowsRejected, rejected } = await findRejected(
      connection,
      (from, how) => readSql(from, layout, source).replace('ignore_errors = true', how),
      { file, scratch },
      // A wrongly read row is not the header, and not before it.
      { rows, lines: source.lines === null ? null : source.lines - layout.skip - Number(layout.header) },
    )
    refuseUnreadable(options.path, rows, rowsRejected, rejected, layout)
    const { relation, notes } = source.apostrophes
      ? await unprotectTable(connection, loaded, layout.names, missing, rows)
      : { relation: loaded, notes: [] }
    progress(1)
    return {
      relation,
      source,
      delimiter: layout.delimiter,
      header: layout.header,
      names: layout.names,
      rows,
      rowsRejected,
      rejected,
      notes: [
        ...(source.encoding === 'UTF-8' ? [] : [`The file is encoded as ${source.encoding}.`]),
        ...(source.mixedLineEnds ? ['The file mixes kinds of line ends.'] : []),
        ...layout.notes,
        ...notes,
        ...(rowsRejected === 0
          ? []
          : [
              `${rowsRejected} ${rowsRejected === 1 ? 'row was' : 'rows were'} left out because ${rowsRejected === 1 ? 'it' : 'they'} could not be read.`,
            ]),
      ],
    }
  } catch (error) {
    throw asTableError(error, options.path, limits)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
