/**
 * Where DuckDB finds the text of a table's cells. Of a table with few columns, column i is `t<i>`, and its number, where
 * that is stored, `n<i>`: a date's is that of its days. A wide table is one list a row, `cells`: DuckDB plans for milliseconds
 * per column, so thousands of columns take it minutes whose data it reads in a second, while a list is one column however long
 * it is. `values` have no rows any more (tally.ts): each different cell of a column once, with how often it stands there.
 */
import type { DuckDBListVector, DuckDBVector } from '@duckdb/node-api'
import { parserKey, sameParser, type Parser } from '../../../contract/index.ts'
import { slices, type DuckDBConnection } from './duckdb.ts'
import { cellSql } from './parsers/index.ts'

export type Layout = 'columns' | 'lists' | 'values'

/** Up to so many columns are planned quicker than they are read. */
export const mostAsColumns = 200
export const layoutFor = (columns: number): Exclude<Layout, 'values'> =>
  columns > mostAsColumns ? 'lists' : 'columns'

export interface Relation {
  /** What stands after FROM. */
  readonly sql: string
  readonly layout: Layout
  /** Columns whose number is stored, with the parser that it was read by. */
  readonly stored: ReadonlyMap<number, Parser>
  /** It has been read already, whole. */
  readonly loaded?: boolean
}

export const noneStored: Relation['stored'] = new Map()

/** A column, as its text or as what a parser makes of it. */
export interface Reading {
  readonly index: number
  readonly as: 'text' | Parser
}
/** Of thousands of columns, each is grouped with its like a dozen times. */
const parserKeys = new WeakMap<Parser, string>()
function keyOf({ as }: Reading): string {
  if (as === 'text') return as
  const known = parserKeys.get(as) ?? parserKey(as)
  parserKeys.set(as, known)
  return known
}

/** The relation as it is with other cells in some columns, computed whenever they are read. */
export function seenWith(relation: Relation, cells: ReadonlyMap<string, string>): Relation {
  if (cells.size === 0) return relation
  const replaced = [...cells].map(([name, cell]) => `${cell} AS ${name}`).join(', ')
  return { ...relation, sql: `(SELECT * REPLACE (${replaced}) FROM ${relation.sql})` }
}

/**
 * The same for good. Of few columns that is still computed whenever they are read; lists are made anew in the table `raw`, in
 * the order of its rows, which DuckDB’s UPDATE does not keep there.
 */
export async function withCells(
  connection: DuckDBConnection,
  relation: Relation,
  cells: ReadonlyMap<string, string>,
): Promise<Relation> {
  const seen = seenWith(relation, cells)
  if (cells.size === 0 || relation.layout !== 'lists') return seen
  await connection.run(`CREATE OR REPLACE TEMP TABLE replaced AS SELECT * FROM ${seen.sql}`)
  await connection.run('DROP TABLE IF EXISTS raw')
  await connection.run('ALTER TABLE replaced RENAME TO raw')
  return { ...relation, sql: 'raw' }
}

/** Of a cell in its row. */
export const textSql = ({ layout }: Relation, index: number): string =>
  layout === 'columns' ? `t${index}` : `cells[${index + 1}]`

export function valueSql(relation: Relation, { index, as }: Reading): string {
  if (as === 'text') return textSql(relation, index)
  const stored = relation.stored.get(index)
  return stored && sameParser(stored, as) ? `n${index}` : cellSql(textSql(relation, index), as)
}

/** In one statement, so that what DuckDB keeps of each column, such as its different values, stays within memory. */
const mostCells = 20_000_000

const numbers = (values: readonly number[], type: string): string => `'[${values.join(', ')}]'::${type}[]`

/** Of a row's list the cells of these readings, in their order. */
const selectedSql = (readings: readonly Reading[]): string =>
  `list_select(cells, ${numbers(
    readings.map(({ index }) => index + 1),
    'BIGINT',
  )})`

export interface CellsOf<R extends Reading> {
  readonly readings: readonly R[]
  /** `(key, t, x, n, …)`: one row a cell; the column's index, the cell's text and its value, and how many cells it stands for. */
  readonly sql: string
}

export interface Beside<R extends Reading> {
  /** Name → a number that goes with each cell of a column. */
  readonly column?: Readonly<Record<string, (reading: R) => number>>
  /** Name → SQL that goes with each cell of a row. */
  readonly row?: Readonly<Record<string, string>>
}

/** The cells of some columns as rows, in as many statements as suit the table. Those of `values` have nothing beside them. */
export function cellsOf<R extends Reading>(
  relation: Relation,
  readings: readonly R[],
  rows: number,
  { column = {}, row = {} }: Beside<R> = {},
  atOnce = 500,
): CellsOf<R>[] {
  const besideRow = Object.entries(row).map(([name, sql]) => `${sql} AS ${name}`)
  const besideColumn = (slice: readonly R[]) =>
    Object.entries(column).map(([name, of]) => `unnest(${numbers(slice.map(of), 'DOUBLE')}) AS ${name}`)
  const keys = (slice: readonly R[]) =>
    numbers(
      slice.map(({ index }) => index),
      'INTEGER',
    )
  if (relation.layout === 'values')
    return [...Map.groupBy(readings, keyOf).values()].map((alike) => {
      const { as } = alike[0]!
      const which = alike.map(({ index }) => index).join(', ')
      const value = as === 'text' ? 't' : cellSql('t', as)
      return {
        readings: alike,
        sql: `(SELECT *, ${value} AS x FROM ${relation.sql} WHERE key IN (${which}))`,
      }
    })
  const wide = Math.max(1, Math.floor(mostCells / Math.max(1, rows)))
  if (relation.layout === 'columns')
    return slices(readings, Math.min(atOnce, wide)).map((slice) => {
      const list = (sql: (reading: R) => string) => `unnest([${slice.map(sql).join(', ')}])`
      const listed = [
        `unnest(${keys(slice)}) AS key`,
        `${list(({ index }) => `t${index}`)} AS t`,
        `${list((reading) => valueSql(relation, reading))} AS x`,
        '1 AS n',
      ]
      const selected = [...listed, ...besideColumn(slice), ...besideRow].join(', ')
      return { readings: slice, sql: `(SELECT ${selected} FROM ${relation.sql})` }
    })
  return [...Map.groupBy(readings, keyOf).values()].flatMap((alike) =>
    slices(alike, wide).map((slice) => {
      const { as } = alike[0]!
      const listed = [`unnest(${keys(slice)}) AS key`, `unnest(${selectedSql(slice)}) AS t`]
      const selected = [...listed, ...besideColumn(slice), ...besideRow].join(', ')
      const value = as === 'text' ? 't' : cellSql('t', as)
      return {
        readings: slice,
        sql: `(SELECT *, ${value} AS x, 1 AS n FROM (SELECT ${selected} FROM ${relation.sql}))`,
      }
    }),
  )
}

export interface Chunk {
  readonly rows: number
  /** Of the readings in their order: the value in a row of the chunk. */
  readonly columns: readonly ((row: number) => unknown)[]
}

const plainVector =
  (vector: DuckDBVector) =>
  (row: number): unknown =>
    vector.getItem(row)

const listVector = (vector: DuckDBListVector, place: number) => {
  const items = vector.childVector
  return (row: number): unknown => items.getItem(vector.getEntryOffset(row) + place)
}

/** Rows of some columns, in the relation's order. `tail`: what follows FROM, such as a condition. */
export async function* readChunks(
  connection: DuckDBConnection,
  relation: Relation,
  readings: readonly Reading[],
  tail = '',
): AsyncGenerator<Chunk> {
  if (readings.length === 0) return
  const lists = relation.layout === 'lists'
  // Each cell is read by its own parser alone, however many the table has.
  const groups = [...Map.groupBy([...readings.keys()], (at) => keyOf(readings[at]!)).values()]
  const places = new Map(groups.flatMap((group, i) => group.map((at, place) => [at, { list: i, place }])))
  const selected = lists
    ? groups.map((group) => {
        const { as } = readings[group[0]!]!
        const cells = selectedSql(group.map((at) => readings[at]!))
        return as === 'text' ? cells : `list_transform(${cells}, lambda t: ${cellSql('t', as)})`
      })
    : readings.map((reading) => valueSql(relation, reading))
  const result = await connection.stream(`SELECT ${selected.join(', ')} FROM ${relation.sql} ${tail}`)
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    const vectors = selected.map((_, i) => chunk!.getColumnVector(i))
    yield {
      rows: chunk.rowCount,
      columns: readings.map((_, i) => {
        if (!lists) return plainVector(vectors[i]!)
        const { list, place } = places.get(i)!
        return listVector(vectors[list] as DuckDBListVector, place)
      }),
    }
  }
}
