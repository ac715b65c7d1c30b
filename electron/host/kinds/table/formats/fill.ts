/** Rows of typed cells, by whatever they were read, as a table in DuckDB: through a file, in bounded memory. */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DescentError, type Limits } from '../../../../contract/index.ts'
import { limitError } from '../../../inputs/limit-error.ts'
import type { DuckDBConnection } from '../duckdb.ts'
import { columnNames } from '../reading/header.ts'
import { loadWritten, type Filled } from '../reading/read-csv.ts'
import type { Loading } from './format.ts'
import { csvLine } from '../reading/rewrite.ts'

export type Cells = readonly (string | null)[]
export type Rows = AsyncIterable<Cells> | Iterable<Cells>

const rowsAtOnce = 500

export interface Written {
  readonly rows: number
  /** Bytes of the longest. */
  readonly longest: number
}

/** Rows as plain CSV. */
export async function writeRows(rows: Rows, to: string, shown: string, limits: Limits): Promise<Written> {
  let count = 0
  let longest = 0
  let size = 0
  async function* lines(): AsyncGenerator<string> {
    let held: string[] = []
    for await (const cells of rows) {
      const line = csvLine(cells.map((cell) => cell ?? ''))
      // A character has three bytes at most.
      if (3 * line.length > longest) longest = Math.max(longest, Buffer.byteLength(line))
      if (longest > limits.lineLength)
        throw limitError('lineLength', limits, `A row of ${shown} has`, longest)
      size += line.length
      // Also where the file itself is small: what a damaged one speaks of may have no end.
      if (size > limits.expandedSize) throw limitError('expandedSize', limits, `${shown} unpacks to`, null)
      count++
      held.push(line)
      if (held.length < rowsAtOnce) continue
      yield held.join('')
      held = []
    }
    yield held.join('')
  }
  await pipeline(Readable.from(lines()), createWriteStream(to, { mode: 0o600 }))
  return { rows: count, longest }
}

export interface FilledRows extends Filled {
  readonly rows: number
  readonly names: readonly string[]
  readonly notes: readonly string[]
}

export function checkWidth(shown: string, width: number, limits: Limits): void {
  if (width > limits.columns) throw limitError('columns', limits, `${shown} has columns:`, width)
  if (width === 0) throw new DescentError('badData', `${shown} has no columns that hold values.`, 'path')
}

/** Names are made complete and unique, which is said. */
export async function fillRows(
  connection: DuckDBConnection,
  { names, rows }: { readonly names: readonly string[]; readonly rows: Rows },
  {
    shown,
    scratch,
    files,
    limits,
  }: Pick<Loading, 'scratch' | 'files'> & { readonly shown: string; readonly limits: Limits },
): Promise<FilledRows> {
  checkWidth(shown, names.length, limits)
  const file = join(scratch, 'rows.csv')
  const written = await writeRows(rows, file, shown, limits)
  const unique = columnNames(names, names.length)
  const { longest } = written
  const expected = {
    names: unique.names,
    delimiter: ',',
    numbers: new Set<number>(),
    trimmed: false,
    longest,
  }
  const { rows: loaded, ...filled } = await loadWritten(connection, file, expected, files)
  if (loaded !== written.rows)
    throw new DescentError(
      'internal',
      `${shown} has ${written.rows} rows, of which ${loaded} were loaded. Nothing was imported: this is a fault of Descent’s. Save the table as CSV and import that.`,
      'path',
    )
  return { ...filled, rows: loaded, ...unique }
}
