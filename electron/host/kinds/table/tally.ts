/** The different cells of columns that repeat themselves: what is asked of each of these is asked once, however many rows there are. */
import type { DuckDBConnection } from './duckdb.ts'
import { cellsOf, noneStored, type Relation } from './relation.ts'

/**
 * As the table `name`, which gives way to it. `columns` have texts only: a number may be spelled in several ways. `every`: of
 * the different cells one in so many, always the same ones, each of which stands for as many.
 */
export async function tallyOf(
  connection: DuckDBConnection,
  name: string,
  relation: Relation,
  columns: readonly number[],
  rows: number,
  every = 1,
): Promise<Relation> {
  const readings = columns.map((index) => ({ index, as: 'text' as const }))
  const some = every === 1 ? 't IS NOT NULL' : `hash(t) % ${every} = 0`
  const parts = cellsOf(relation, readings, rows).map(
    ({ sql }) => `SELECT key, t, ${every} * count(*) AS n FROM ${sql} WHERE ${some} GROUP BY key, t`,
  )
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${name} AS ${parts.join(' UNION ALL ')}`)
  return { sql: name, layout: 'values', stored: noneStored }
}
