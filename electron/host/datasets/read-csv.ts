/** Loads a delimited file into the temporary table `raw` (t0, t1, …: trimmed text, NULL where missing). */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DescentError, type Receipt } from '../../contract/index.ts'
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
import { inspectFile, lineNumbers, readSample, writeNormalised, type SourceFacts } from './source-file.ts'

export interface CsvOptions {
  readonly path: string
  /** null or absent: detect. */
  readonly delimiter?: string | null
  readonly header?: boolean | null
  /** Spellings read as missing, besides the empty field. */
  readonly missingValues: readonly string[]
}

export interface RawTable {
  readonly source: SourceFacts
  readonly delimiter: string
  readonly header: boolean
  readonly names: readonly string[]
  readonly rows: number
  readonly rowsRejected: number
  readonly rejected: Receipt['rejected']
  readonly notes: readonly string[]
}

const mostRejectedShown = 100
const longestShown = 200

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

export function layoutOf(text: string, complete: boolean, options: CsvOptions): Layout {
  // Excel's own way to name the delimiter.
  const hint = /^sep=(.)\r?\n/.exec(text)
  const body = hint === null ? text : text.slice(hint[0].length)
  const leadingBlank = /^([ \t]*(\r\n|\n|\r))*/.exec(body)?.[0].match(/\r\n|\n|\r/g)?.length ?? 0
  const delimiter = options.delimiter ?? hint?.[1] ?? detectDelimiter(body, complete)
  const records = splitRecords(body, delimiter, complete)
  const first = records[0]
  if (first === undefined)
    throw new DescentError(
      'badData',
      `${options.path} holds no rows: only blank lines, or one line longer than can be read.`,
      'path',
    )
  const missing = new Set(options.missingValues)
  const header = options.header ?? detectHeader(records, missing)
  const data = header ? records.slice(1) : records
  const width = Math.max(usualWidth(data), header ? headerWidth(first) : 0)
  const { names, notes } = columnNames(header ? first : null, width)
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

const reasons: Record<string, (message: string) => string> = {
  'MISSING COLUMNS': (message) => fieldCount(message, 'too few'),
  'TOO MANY COLUMNS': (message) => fieldCount(message, 'too many'),
  'UNQUOTED VALUE': () => 'a quote that is never closed, or text after a closing quote',
  'INVALID ENCODING': () => 'bytes that are not valid UTF-8',
  'LINE SIZE OVER MAXIMUM': () => 'a line of more than 2 MB',
}

function fieldCount(message: string, what: string): string {
  const [, expected, found] = /Columns: (\d+) Found: (\d+)/.exec(message) ?? []
  return found === undefined ? `${what} fields` : `${what} fields: ${found} instead of ${expected}`
}

async function collectRejected(connection: DuckDBConnection, file: string) {
  const [counts = {}] = await query(
    connection,
    'SELECT count(DISTINCT line_byte_position) AS lines FROM reject_errors',
  )
  const first = await query(
    connection,
    `SELECT line_byte_position AS position, any_value(error_type::VARCHAR) AS type, any_value(error_message) AS message,
       left(any_value(csv_line), ${longestShown}) AS text
     FROM reject_errors GROUP BY 1 ORDER BY 1 LIMIT ${mostRejectedShown}`,
  )
  const lines = await lineNumbers(
    file,
    // DuckDB counts bytes from 1.
    first.map((row) => Number(row.position) - 1),
  )
  const rejected = first.map((row, i) => ({
    line: lines[i]!,
    reason: (reasons[String(row.type)] ?? ((message: string) => message))(String(row.message)),
    text: String(row.text ?? '').trimEnd(),
  }))
  return { rowsRejected: Number(counts.lines), rejected }
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

/** Fills `raw`. `folder` takes a converted copy while it is needed. */
export async function loadCsv(
  connection: DuckDBConnection,
  options: CsvOptions,
  folder: string,
): Promise<RawTable> {
  const source = await inspectFile(options.path)
  const scratch = mkdtempSync(join(folder, '.import-'))
  try {
    let file = options.path
    if (source.encoding !== 'UTF-8' || source.mixedLineEnds) {
      file = join(scratch, 'normalised.csv')
      await writeNormalised(source, file)
    }
    const sample = await readSample(file)
    const layout = layoutOf(sample.text, sample.complete, options)
    const indices = layout.names.map((_, i) => i)
    const delimiter = quoted(layout.delimiter)
    await planWide(connection, indices.length)
    await connection.run(
      `CREATE TEMP TABLE raw AS
       SELECT ${indices.map((i) => `${presentTextSql(`t${i}`, options.missingValues)} AS t${i}`).join(', ')}
       FROM (SELECT ${indices.map((i) => `trim(t${i}) AS t${i}`).join(', ')} FROM read_csv(${quoted(file)}, auto_detect = false, header = ${layout.header}, skip = ${layout.skip},
         delim = ${delimiter}, quote = '"', escape = '"', nullstr = [''], store_rejects = true,
         columns = {${indices.map((i) => `t${i}: 'VARCHAR'`).join(', ')}}))`,
    )
    const [count = {}] = await query(connection, 'SELECT count(*) AS rows FROM raw')
    const rows = Number(count.rows)
    const { rowsRejected, rejected } = await collectRejected(connection, file)
    refuseUnreadable(options.path, rows, rowsRejected, rejected, layout)
    return {
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
        ...(rowsRejected === 0
          ? []
          : [
              `${rowsRejected} ${rowsRejected === 1 ? 'row was' : 'rows were'} left out because ${rowsRejected === 1 ? 'it' : 'they'} could not be read.`,
            ]),
      ],
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
