/** A private in-memory DuckDB for one piece of work: nothing is shared, nothing outlives it, nothing is fetched. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'

export type { DuckDBConnection } from '@duckdb/node-api'

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Turns a longer IN list into a join, and a join does not keep the order of rows, which splits and predictions rest on. */
const joinsForLists = 'in_clause'
/** Takes time quadratic in the number of expressions: minutes for the thousands of a wide table, whose data is read in a second. */
const sharedExpressions = 'common_subexpressions'

const disableOptimizers = (connection: DuckDBConnection, names: readonly string[]) =>
  connection.run(`SET disabled_optimizers = ${quoted(names.join(','))}`)

/** Runs `work` on a fresh connection; larger-than-memory steps spill into a folder beside `folder`'s data. */
export async function withDuckDB<T>(
  work: (connection: DuckDBConnection) => Promise<T>,
  folder: string = tmpdir(),
): Promise<T> {
  const spill = mkdtempSync(join(folder, '.spill-'))
  const instance = await DuckDBInstance.create(':memory:', {
    // Offline, and no code from elsewhere.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: spill,
  })
  try {
    const connection = await instance.connect()
    try {
      await disableOptimizers(connection, [joinsForLists])
      return await work(connection)
    } finally {
      connection.closeSync()
    }
  } finally {
    instance.closeSync()
    rmSync(spill, { recursive: true, force: true })
  }
}

/** A result row with DuckDB's 64-bit counts as numbers: ours stay far below 2^53. */
export type Row = Record<string, string | number | boolean | null>

export async function query(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  const reader = await connection.runAndReadAll(sql)
  return reader.getRowObjectsJS().map((row) => {
    const plain: Row = {}
    for (const [name, value] of Object.entries(row))
      plain[name] =
        typeof value === 'bigint'
          ? Number(value)
          : typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
            ? value
            : null
    return plain
  })
}

/** Wide tables are asked about in slices: one statement over thousands of columns plans for minutes. */
export const columnsAtOnce = 50

export function slices<T>(items: readonly T[], size: number = columnsAtOnce): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}

export async function planWide(connection: DuckDBConnection, columns: number): Promise<void> {
  if (columns > columnsAtOnce) await disableOptimizers(connection, [joinsForLists, sharedExpressions])
}
