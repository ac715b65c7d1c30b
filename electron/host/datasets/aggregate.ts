/** The same aggregates over many columns of a relation, in the form that suits its shape. */
import { query, slices, type DuckDBConnection, type Row } from './duckdb.ts'

export interface Aggregated {
  /** The column's text is `t<index>` of the relation. */
  readonly index: number
  /** What is aggregated: SQL over the relation's columns. */
  readonly value: string
}

/** Name → aggregate over the column's text and value. */
export type Measures = Readonly<Record<string, (text: string, value: string) => string>>

/** A statement over thousands of columns is planned for longer than it runs; as many rows are aggregated in no time. */
const widest = 200
const longest = 20_000

async function aggregateWide(
  connection: DuckDBConnection,
  relation: string,
  columns: readonly Aggregated[],
  measures: Measures,
): Promise<Map<number, Row>> {
  const found = new Map<number, Row>()
  const names = Object.entries(measures)
  for (const slice of slices(columns)) {
    const inner = slice.map(({ index, value }) => `t${index}, ${value} AS x${index}`).join(', ')
    const outer = slice.flatMap(({ index }) =>
      names.map(([name, sql]) => `${sql(`t${index}`, `x${index}`)} AS ${name}${index}`),
    )
    const [row = {}] = await query(
      connection,
      `SELECT ${outer.join(', ')} FROM (SELECT ${inner} FROM ${relation})`,
    )
    for (const { index } of slice)
      found.set(index, Object.fromEntries(names.map(([name]) => [name, row[`${name}${index}`] ?? null])))
  }
  return found
}

/** `(key, t, x)`: one row a cell. */
export function cellsSql(columns: readonly Aggregated[], relation: string): string {
  const list = (items: readonly (string | number)[]) => `unnest([${items.join(', ')}])`
  return `(SELECT ${list(columns.map(({ index }) => index))} AS key, ${list(columns.map(({ index }) => `t${index}`))} AS t,
    ${list(columns.map(({ value }) => value))} AS x FROM ${relation})`
}

async function aggregateLong(
  connection: DuckDBConnection,
  relation: string,
  columns: readonly Aggregated[],
  measures: Measures,
): Promise<Map<number, Row>> {
  const outer = Object.entries(measures).map(([name, sql]) => `${sql('t', 'x')} AS ${name}`)
  const found = await query(
    connection,
    `SELECT key, ${outer.join(', ')} FROM ${cellsSql(columns, relation)} GROUP BY key`,
  )
  return new Map(found.map((row) => [Number(row.key), row]))
}

/**
 * Index → name → value. The groups of measures are asked for one after the other where columns are few and rows many:
 * a DISTINCT or a quantile beside other aggregates takes DuckDB several times as long. Cell by cell, one pass is cheaper.
 */
export async function aggregate(
  connection: DuckDBConnection,
  relation: string,
  columns: readonly Aggregated[],
  groups: readonly Measures[],
  rows: number,
): Promise<Map<number, Row>> {
  if (columns.length === 0) return new Map()
  if (columns.length > widest && rows <= longest)
    return aggregateLong(connection, relation, columns, Object.assign({}, ...groups) as Measures)
  const found = new Map<number, Row>()
  for (const measures of groups)
    for (const [index, row] of await aggregateWide(connection, relation, columns, measures))
      found.set(index, { ...found.get(index), ...row })
  return found
}

export async function countRows(connection: DuckDBConnection, relation: string): Promise<number> {
  const [row = {}] = await query(connection, `SELECT count(*) AS rows FROM ${relation}`)
  return Number(row.rows)
}
