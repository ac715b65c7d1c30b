/** A private in-memory DuckDB for one piece of work: nothing is shared, nothing outlives it, nothing is fetched. */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import type * as DuckDB from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { startLimits, type Limits } from '../../../contract/index.ts'

export type { DuckDBConnection } from '@duckdb/node-api'

/** Its library has 70 MB: the host, which knows only what there is to read, starts without it; whoever reads loads it then. */
export const duckdbLibrary = (): Promise<typeof DuckDB> => import('@duckdb/node-api')

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Turns a longer IN list into a join, and a join does not keep the order of rows, which splits and predictions rest on. */
const joinsForLists = 'in_clause'
/**
 * Takes time quadratic in the number of expressions: minutes for the thousands of a wide table, whose data is read in a second.
 * And of narrow ones it computes for every cell what a CASE asks of the few.
 */
const sharedExpressions = 'common_subexpressions'

const MiB = 1 << 20

/** Half of what the job may take, as the rest is for JavaScript; each thread needs some for itself. */
export function resourcesFor(jobMemory: number, machine: number, cores: number) {
  const memory = Math.min(jobMemory / 2, 0.8 * machine)
  return {
    memory_limit: `${Math.floor(memory / MiB)}MiB`,
    threads: String(Math.max(1, Math.min(cores, 8, Math.floor(memory / (128 * MiB))))),
  }
}

/**
 * Runs `work` on a fresh connection. Larger-than-memory steps spill into `folder`, which belongs to the job; nothing is
 * created there before that, so that what needs no room also works on a full disk. `files`: a path in there for a folder that
 * lasts as long as the connection.
 */
export async function withDuckDB<T>(
  work: (connection: DuckDBConnection, files: string) => Promise<T>,
  folder: string = tmpdir(),
  limits: Limits = startLimits,
): Promise<T> {
  const spill = join(folder, `.spill-${randomUUID()}`)
  const files = `${spill}-files`
  const { DuckDBInstance } = await duckdbLibrary()
  const instance = await DuckDBInstance.create(':memory:', {
    // Offline, and no code from elsewhere.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: spill,
    ...resourcesFor(limits.jobMemory, totalmem(), availableParallelism()),
  })
  try {
    const connection = await instance.connect()
    try {
      await connection.run(
        `SET disabled_optimizers = ${quoted([joinsForLists, sharedExpressions].join(','))}`,
      )
      return await work(connection, files)
    } finally {
      connection.closeSync()
    }
  } finally {
    instance.closeSync()
    for (const own of [spill, files]) rmSync(own, { recursive: true, force: true })
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

/** A statement over many columns is planned for longer than it runs. */
export const columnsAtOnce = 50

export function slices<T>(items: readonly T[], size: number = columnsAtOnce): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}
