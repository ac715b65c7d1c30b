/** Rows of a table in memory, for what no aggregate of SQL tells: evenly taken, all of them where there are few. */
import { isCategorical, type Column } from '../../contract/index.ts'
import { slices, type DuckDBConnection } from '../kinds/table/duckdb.ts'
import { readChunks, valueSql, type Relation } from '../kinds/table/relation.ts'
import type { Source } from './measure.ts'
import { isTakenSql, placeIn, stretchesIn } from './stretches.ts'

export interface SampledNumbers {
  readonly column: Column
  readonly type: 'numbers'
  /** NaN where there is no value. Dates are days. */
  readonly values: Float64Array
}
export interface SampledCategories {
  readonly column: Column
  readonly type: 'categories'
  /** Places in `labels`; −1 where there is no value. */
  readonly codes: Int32Array
  readonly labels: readonly string[]
}
export type SampledColumn = SampledNumbers | SampledCategories

export interface Sample {
  /** Of each row, where it is in the version of the data. */
  readonly rows: Int32Array
  /** Rows there are. */
  readonly of: number
  readonly columns: readonly SampledColumn[]
  /** Columns that are not in it, for there are too many. */
  readonly left: number
}

export const mostSampledRows = 20_000
export const mostSampledColumns = 300
const mostCells = 2_000_000

/** Of how many rows one is taken. */
export const sampleStride = (rows: number, columns: number): number =>
  Math.max(1, Math.ceil(rows / Math.min(mostSampledRows, Math.floor(mostCells / Math.max(1, columns)))))

const hasValues = ({ column: { kind } }: Source): boolean => kind !== 'text' && kind !== 'image'

interface Filling {
  readonly source: Source
  readonly values: Float64Array
  readonly codes: Int32Array
  readonly places: Map<string, number>
}

function filled({ source: { column }, values, codes, places }: Filling): SampledColumn {
  return isCategorical(column.kind)
    ? { column, type: 'categories', codes, labels: [...places.keys()] }
    : { column, type: 'numbers', values }
}

/** The target first, so that it is among them however many columns there are. */
function chosenOf(sources: readonly Source[]): Source[] {
  const rank = ({ column: { role } }: Source) => (role === 'target' ? 0 : role === 'feature' ? 1 : 2)
  const usable = sources.filter(hasValues)
  const chosen = new Set(usable.toSorted((a, b) => rank(a) - rank(b)).slice(0, mostSampledColumns))
  return usable.filter((source) => chosen.has(source))
}

export async function takeSample(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: Relation,
  rows: number,
): Promise<Sample> {
  const chosen = chosenOf(sources)
  const stride = sampleStride(rows, chosen.length)
  const count = stretchesIn(rows, stride)
  const fillings = chosen.map((source): Filling => ({
    source,
    values: new Float64Array(isCategorical(source.column.kind) ? 0 : count).fill(Number.NaN),
    codes: new Int32Array(isCategorical(source.column.kind) ? count : 0).fill(-1),
    places: new Map(),
  }))
  const taken = await someRows(connection, relation, chosen, stride, rows)
  for (const slice of slices(fillings, relation.layout === 'lists' ? fillings.length : undefined)) {
    let at = 0
    for await (const chunk of readChunks(
      connection,
      taken,
      slice.map(({ source }) => source),
    )) {
      slice.forEach((filling, i) => fill(filling, chunk.columns[i]!, at, chunk.rows))
      at += chunk.rows
    }
  }
  return {
    rows: Int32Array.from({ length: count }, (_, i) => placeIn(i, stride, rows)),
    of: rows,
    columns: fillings.map(filled),
    left: sources.filter(hasValues).length - chosen.length,
  }
}

function fill(
  { source, values, codes, places }: Filling,
  cell: (row: number) => unknown,
  at: number,
  rows: number,
): void {
  const isCategory = isCategorical(source.column.kind)
  for (let row = 0; row < rows; row++) {
    const value = cell(row)
    if (value === null) continue
    if (!isCategory) {
      if (typeof value === 'number' && Number.isFinite(value)) values[at + row] = value
      continue
    }
    const text = String(value)
    const place = places.get(text) ?? places.size
    places.set(text, place)
    codes[at + row] = place
  }
}

/** The relation with one of every so many of its rows. */
async function someRows(
  connection: DuckDBConnection,
  relation: Relation,
  chosen: readonly Source[],
  stride: number,
  rows: number,
): Promise<Relation> {
  if (stride === 1) return relation
  // Only what is looked at is read.
  const wanted =
    relation.layout === 'lists'
      ? ['cells']
      : [
          ...new Set(
            chosen.map((source) => {
              const sql = valueSql(relation, source)
              return /^n\d+$/.test(sql) ? sql : `t${source.index}`
            }),
          ),
        ]
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE sampled AS SELECT ${wanted.join(', ')} FROM (
       SELECT ${wanted.join(', ')}, row_number() OVER () - 1 AS position FROM ${relation.sql})
     WHERE ${isTakenSql('position', stride, rows)} ORDER BY position`,
  )
  return { ...relation, sql: 'sampled', loaded: true }
}

/** The relation with one of every so many of its rows. */
export async function sampledRelation(
  connection: DuckDBConnection,
  relation: Relation,
  stride: number,
  rows: number,
): Promise<Relation> {
  await connection.run(
    `CREATE TEMP TABLE part AS SELECT * EXCLUDE position FROM (
       SELECT *, row_number() OVER () - 1 AS position FROM ${relation.sql})
     WHERE ${isTakenSql('position', stride, rows)} ORDER BY position`,
  )
  return { ...relation, sql: 'part', loaded: true }
}

// ---- what is asked of it ----

export const isNumbers = (column: SampledColumn): column is SampledNumbers => column.type === 'numbers'
export const isFeatureColumn = ({ column: { role } }: SampledColumn): boolean => role === 'feature'
export const targetIn = ({ columns }: Sample): SampledColumn | null =>
  columns.find(({ column }) => column.role === 'target') ?? null
