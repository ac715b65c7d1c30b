/** The same aggregates over many columns of a relation, in the form that suits its layout. */
import { columnsAtOnce, query, slices, type DuckDBConnection, type Row } from './duckdb.ts'
import { cellsOf, textSql, valueSql, type Beside, type Reading, type Relation } from './relation.ts'

export interface Aggregated extends Reading {
  /** The value is measured in this unit. */
  readonly unit?: number
}

/** How cells are counted and averaged where each stands for itself, and where it stands for all that are alike. */
export interface Tally {
  /** The cells that have it. */
  present(text: string): string
  /** The cells for which it holds. */
  count(holds: string): string
  mean(value: string): string
}
const eachCell: Tally = {
  present: (text) => `count(${text})`,
  count: (holds) => `count(*) FILTER (${holds})`,
  mean: (value) => `avg(${value})`,
}
const eachValue: Tally = {
  present: (text) => `coalesce(sum(n) FILTER (${text} IS NOT NULL), 0)::BIGINT`,
  count: (holds) => `coalesce(sum(n) FILTER (${holds}), 0)::BIGINT`,
  mean: (value) => `sum(n * ${value}) / sum(n)`,
}

/** Name → aggregate over the column's text and value. What is asked of `values`, too, counts by the tally. */
export type Measures = Readonly<Record<string, (text: string, value: string, tally: Tally) => string>>

/** Beside cells: name → SQL over the row that the measures may use. */
export type BesideRow = Readonly<Record<string, string>>

const inUnit = (value: string, unit: string | number): string => (unit === 1 ? value : `${value} / ${unit}`)

/** Quantiles and counts of different values keep each of them until the statement ends. */
const mostKept = 40_000_000
const columnsAtOnceOf = (rows: number): number =>
  Math.max(1, Math.min(columnsAtOnce, Math.floor(mostKept / Math.max(1, rows))))

async function aggregateColumns(
  connection: DuckDBConnection,
  relation: Relation,
  columns: readonly Aggregated[],
  measures: Measures,
  rows: number,
  beside: BesideRow,
): Promise<Map<number, Row>> {
  const found = new Map<number, Row>()
  const names = Object.entries(measures)
  for (const slice of slices(columns, columnsAtOnceOf(rows))) {
    const inner = slice.map((column) => {
      const { index, unit = 1 } = column
      return `${textSql(relation, index)} AS t${index}, ${inUnit(valueSql(relation, column), unit)} AS x${index}`
    })
    const also = Object.entries(beside).map(([name, sql]) => `${sql} AS ${name}`)
    const outer = slice.flatMap(({ index }) =>
      names.map(([name, sql]) => `${sql(`t${index}`, `x${index}`, eachCell)} AS ${name}${index}`),
    )
    const [row = {}] = await query(
      connection,
      `SELECT ${outer.join(', ')} FROM (SELECT ${[...inner, ...also].join(', ')} FROM ${relation.sql})`,
    )
    for (const { index } of slice)
      found.set(index, Object.fromEntries(names.map(([name]) => [name, row[`${name}${index}`] ?? null])))
  }
  return found
}

async function aggregateCells(
  connection: DuckDBConnection,
  relation: Relation,
  columns: readonly Aggregated[],
  measures: Measures,
  rows: number,
  beside: BesideRow,
): Promise<Map<number, Row>> {
  const units = columns.some(({ unit = 1 }) => unit !== 1)
  const value = inUnit('x', units ? 'unit' : 1)
  const tally = relation.layout === 'values' ? eachValue : eachCell
  const outer = Object.entries(measures).map(([name, sql]) => `${sql('t', value, tally)} AS ${name}`)
  const column: Beside<Aggregated>['column'] = units ? { unit: ({ unit = 1 }) => unit } : {}
  const found = new Map<number, Row>()
  for (const { sql } of cellsOf(relation, columns, rows, { row: beside, column }))
    for (const row of await query(connection, `SELECT key, ${outer.join(', ')} FROM ${sql} GROUP BY key`))
      found.set(Number(row.key), row)
  return found
}

/**
 * Index → name → value. The groups of measures are asked for one after the other where each column is one of DuckDB's:
 * a DISTINCT or a quantile beside other aggregates takes it several times as long. Cell by cell, one pass is cheaper.
 */
export async function aggregate(
  connection: DuckDBConnection,
  relation: Relation,
  columns: readonly Aggregated[],
  groups: readonly Measures[],
  rows: number,
  beside: BesideRow = {},
): Promise<Map<number, Row>> {
  if (columns.length === 0) return new Map()
  if (relation.layout !== 'columns')
    return aggregateCells(
      connection,
      relation,
      columns,
      Object.assign({}, ...groups) as Measures,
      rows,
      beside,
    )
  const found = new Map<number, Row>()
  for (const measures of groups)
    for (const [index, row] of await aggregateColumns(connection, relation, columns, measures, rows, beside))
      found.set(index, { ...found.get(index), ...row })
  return found
}

export async function countRows(connection: DuckDBConnection, { sql }: Relation): Promise<number> {
  const [row = {}] = await query(connection, `SELECT count(*) AS rows FROM ${sql}`)
  return Number(row.rows)
}
