/**
 * A dataset on disk: one Parquet file, rows in the file's order, with the text of every cell as it stood in the user's
 * file: a column can become a category later and prints as it did (`2`, not `2.0`). Version 1 has the columns `t<i>`, and
 * beside those of numbers `n<i>`, the number; version 2, for wide tables, has the lists `cells` (relation.ts).
 */
import { join } from 'node:path'
import { z } from 'zod'
import { DescentError } from '../../../contract/index.ts'
import type { DataFolder } from '../kind.ts'
import { columnsAtOnce, planWide, query, quoted, type DuckDBConnection } from './duckdb.ts'
import { numberSql, numberStyles } from './number-format.ts'
import { layoutFor, noneStored, type Reading, type Relation } from './relation.ts'

const tableFileSchema = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  delimiter: z.string(),
  columns: z.array(z.object({ name: z.string(), number: z.enum(numberStyles).nullable() })),
})
export type TableFile = z.infer<typeof tableFileSchema>

export const tableFileOf = ({ folder, id }: DataFolder): string => join(folder, `${id}.parquet`)

const metadataKey = 'descent'

/** DuckDB holds a group of rows in memory before it writes it; its own size is meant for few columns. */
const rowsPerGroup = (columns: number): number =>
  Math.max(2048, Math.min(122_880, Math.floor(16_000_000 / columns)))

export async function writeTableFile(
  connection: DuckDBConnection,
  relation: Relation,
  table: Omit<TableFile, 'version'>,
  to: string,
): Promise<void> {
  const lists = relation.layout === 'lists'
  const stored = table.columns.flatMap(({ number }, i) =>
    number === null || lists ? [] : [`${numberSql(`t${i}`, number)} AS n${i}`],
  )
  const written: TableFile = { version: lists ? 2 : 1, ...table }
  await connection.run(
    `COPY (SELECT ${['*', ...stored].join(', ')} FROM ${relation.sql}) TO ${quoted(to)}
     (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowsPerGroup(table.columns.length)},
      KV_METADATA {${metadataKey}: ${quoted(JSON.stringify(written))}})`,
  )
}

export interface OpenTable extends TableFile {
  readonly relation: Relation
}

const parquetSql = (file: string, options = ''): string => `read_parquet(${quoted(file)}${options})`

/** `options`: more of what `read_parquet` understands. */
export async function readTableFile(
  connection: DuckDBConnection,
  file: string,
  options = '',
): Promise<OpenTable> {
  try {
    const [row] = await query(
      connection,
      `SELECT decode(value) AS value FROM parquet_kv_metadata(${quoted(file)}) WHERE decode(key) = '${metadataKey}'`,
    )
    const table = tableFileSchema.parse(JSON.parse(String(row?.value)))
    const stored = table.columns.flatMap(({ number }, i) => (number === null ? [] : [i]))
    const relation: Relation =
      table.version === 2
        ? { sql: parquetSql(file, options), layout: 'lists', stored: noneStored }
        : { sql: parquetSql(file, options), layout: 'columns', stored: new Set(stored) }
    return { ...table, relation }
  } catch {
    throw new DescentError(
      'damaged',
      `The workspace's copy of the table (${file}) is missing or damaged. Import the data again.`,
    )
  }
}

/** Lists of a wide table, also where its file is of version 1. Read once, where a table is asked about many times. */
export async function loadWide(
  connection: DuckDBConnection,
  { relation, columns }: OpenTable,
  times: 'once' | 'often',
): Promise<Relation> {
  if (layoutFor(columns.length) === 'columns') {
    if (times === 'once' || columns.length <= columnsAtOnce || relation.loaded) return relation
    await planWide(connection, columns.length)
    await connection.run(`CREATE TEMP TABLE loaded AS SELECT * FROM ${relation.sql}`)
    return { ...relation, sql: 'loaded' }
  }
  if (relation.layout === 'lists') {
    if (times === 'once' || relation.loaded) return relation
    await connection.run(`CREATE TEMP TABLE loaded AS SELECT * FROM ${relation.sql}`)
    return { ...relation, sql: 'loaded' }
  }
  await planWide(connection, columns.length)
  const cells = columns.map((_, i) => `t${i}`).join(', ')
  await connection.run(`CREATE TEMP TABLE loaded AS SELECT [${cells}] AS cells FROM ${relation.sql}`)
  await planWide(connection, 1)
  return { sql: 'loaded', layout: 'lists', stored: noneStored }
}

/** A column as a number: in the style that the import found, or the plain one where the user made a number of it. */
export const numberReading = ({ columns }: TableFile, index: number): Reading => ({
  index,
  as: columns[index]?.number ?? 'plain',
})
