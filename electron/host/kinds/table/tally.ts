/** The different cells of columns that repeat themselves: what is asked of each of these is asked once, however many rows there are. */
import type { DuckDBConnection } from './duckdb.ts'
import { cellsOf, noneStored, type Relation } from './relation.ts'

const table = 'tally'

/** Takes the place of the tally before it. `columns` have texts only: a number may be spelled in several ways. */
export async function tallyOf(
  connection: DuckDBConnection,
  relation: Relation,
  columns: readonly number[],
  rows: number,
): Promise<Relation> {
  const readings = columns.map((index) => ({ index, as: 'text' as const }))
  const parts = cellsOf(relation, readings, rows).map(
    ({ sql }) => `SELECT key, t, count(*) AS n FROM ${sql} WHERE t IS NOT NULL GROUP BY key, t`,
  )
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${parts.join(' UNION ALL ')}`)
  return { sql: table, layout: 'values', stored: noneStored }
}
