/** The rows of a file that could not be read: how many, and the first of them with line and reason. */
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Receipt } from '../../../../contract/index.ts'
import { query, type DuckDBConnection } from '../duckdb.ts'
import { lineNumbers } from './source-file.ts'

export interface Rejected {
  readonly rowsRejected: number
  readonly rejected: Receipt['rejected']
}

const mostRejectedShown = 100
const longestShown = 200

const reasons: Record<string, (message: string) => string> = {
  'MISSING COLUMNS': (message) => fieldCount(message, 'too few'),
  'TOO MANY COLUMNS': (message) => fieldCount(message, 'too many'),
  'UNQUOTED VALUE': () => 'a quote that is never closed, or text after a closing quote',
  'INVALID ENCODING': () => 'bytes that are not valid UTF-8',
  'LINE SIZE OVER MAXIMUM': () => 'a row longer than any line may be; a quote may not be closed',
}

function fieldCount(message: string, what: string): string {
  const [, expected, found] = /Columns: (\d+) Found: (\d+)/.exec(message) ?? []
  return found === undefined ? `${what} fields` : `${what} fields: ${found} instead of ${expected}`
}

async function collectRejected(connection: DuckDBConnection, file: string): Promise<Rejected> {
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

/** DuckDB takes ten microseconds and a kilobyte to note a row: of millions, only the first are asked for. */
const affordable = 100_000
const beginningBytes = 512 * 1024

const storing = 'store_rejects = true'

async function noted(connection: DuckDBConnection, from: string): Promise<number> {
  await connection.run('DROP TABLE IF EXISTS reject_errors')
  await connection.run('DROP TABLE IF EXISTS reject_scans')
  const [row = {}] = await query(connection, `SELECT count(*) AS rows FROM ${from}`)
  return Number(row.rows)
}

/**
 * `lines`: that could hold rows, at most, where that is known; `readSql`: the file's rows, with an option that says what
 * becomes of those that cannot be read. Where as many rows were read as there are lines, nobody asks again.
 */
export async function findRejected(
  connection: DuckDBConnection,
  readSql: (file: string, errors: string) => string,
  { file, scratch }: { readonly file: string; readonly scratch: string },
  { rows, lines }: { readonly rows: number; readonly lines: number | null },
): Promise<Rejected> {
  const gap = lines === null ? 1 : lines - rows
  if (gap <= 0) return { rowsRejected: 0, rejected: [] }
  if (gap > affordable) {
    mkdirSync(scratch, { recursive: true })
    const beginning = join(scratch, 'beginning.csv')
    await pipeline(createReadStream(file, { end: beginningBytes - 1 }), createWriteStream(beginning))
    await noted(connection, readSql(beginning, storing))
    const { rejected, rowsRejected } = await collectRejected(connection, beginning)
    // The last row was cut off. Without any other the lines are parts of longer rows, or blank.
    if (rowsRejected > 1) return { rowsRejected: gap, rejected: rejected.slice(0, mostRejectedShown - 1) }
  }
  await noted(connection, readSql(file, storing))
  return await collectRejected(connection, file)
}
