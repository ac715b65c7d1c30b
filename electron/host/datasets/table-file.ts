/**
 * A dataset on disk: one Parquet file, rows in the file's order. Column i of the table is `t<i>`, its text as it stood in the file,
 * and for numeric columns also `n<i>`, the number. Text is kept so that a column can become a category later and print as it did (`2`, not `2.0`).
 */
import { join } from 'node:path'
import { z } from 'zod'
import type { Place } from '../kinds/kind.ts'
import { query, quoted, type DuckDBConnection } from './duckdb.ts'
import { numberSql, numberStyles, type NumberStyle } from './number-format.ts'

const tableFileSchema = z.object({
  version: z.literal(1),
  delimiter: z.string(),
  columns: z.array(z.object({ name: z.string(), number: z.enum(numberStyles).nullable() })),
})
export type TableFile = z.infer<typeof tableFileSchema>

export const tableFileOf = ({ folder, id }: Place): string => join(folder, `${id}.parquet`)

const metadataKey = 'descent'

export async function writeTableFile(
  connection: DuckDBConnection,
  relation: string,
  table: TableFile,
  to: string,
): Promise<void> {
  const numbers = table.columns.flatMap(({ number }, i) =>
    number === null ? [] : [`${numberSql(`t${i}`, number)} AS n${i}`],
  )
  await connection.run(
    `COPY (SELECT ${['*', ...numbers].join(', ')} FROM ${relation}) TO ${quoted(to)}
     (FORMAT parquet, COMPRESSION zstd, KV_METADATA {${metadataKey}: ${quoted(JSON.stringify(table))}})`,
  )
}

export async function readTableFile(connection: DuckDBConnection, file: string): Promise<TableFile> {
  const [row] = await query(
    connection,
    `SELECT decode(value) AS value FROM parquet_kv_metadata(${quoted(file)}) WHERE decode(key) = '${metadataKey}'`,
  )
  return tableFileSchema.parse(JSON.parse(String(row?.value)))
}

export const tableSql = (file: string): string => `read_parquet(${quoted(file)})`

/** The column as DOUBLE: stored, or read from its text where the user made a number of it. */
export const numberColumnSql = (index: number, stored: NumberStyle | null): string =>
  stored === null ? numberSql(`t${index}`, 'plain') : `n${index}`
