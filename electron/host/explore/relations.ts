/** How columns hang together: Pearson correlations, and features that give the target away. */
import { type Profile, isCategorical } from '../../contract/index.ts'
import { aggregate } from '../kinds/table/aggregate.ts'
import { columnsAtOnce, query, quoted, slices, type DuckDBConnection } from '../kinds/table/duckdb.ts'
import { cellsOf, readChunks, textSql, valueSql, type Relation } from '../kinds/table/relation.ts'
import type { Measured, Source } from './measure.ts'
import { pearson } from './statistics.ts'
import { isTakenSql } from './stretches.ts'

export const mostCorrelated = 60

/** Numeric features and target; the most variable (by coefficient of variation) where there are too many. */
export function columnsToCorrelate(measured: readonly Measured[]): string[] {
  const varied = measured.filter(
    ({ profile: { role, numeric, distinct } }) =>
      numeric !== null && distinct > 1 && (role === 'feature' || role === 'target'),
  )
  const variation = ({ profile: { numeric, role } }: Measured) =>
    role === 'target' ? Infinity : numeric!.std / (Math.abs(numeric!.mean) || numeric!.std || 1)
  const chosen = new Set(varied.toSorted((a, b) => variation(b) - variation(a)).slice(0, mostCorrelated))
  return varied.filter((one) => chosen.has(one)).map(({ profile }) => profile.name)
}

/** Of how many rows one is read, so that the work stays near a second whatever the table's size. */
export const rowStride = (rows: number, pairs: number): number =>
  Math.max(1, Math.round((rows * pairs) / 2e8))

/** In units of the largest value: sums of products of huge numbers would overflow. */
export const unitOfLargest = (largest: number): number => (largest > 1e60 ? largest : 1)
export const unitOf = ({ profile: { numeric } }: Measured): number =>
  unitOfLargest(Math.max(Math.abs(numeric!.min), Math.abs(numeric!.max)))

const scaled = (relation: Relation, source: Source, measured: Measured): string => {
  const [sql, unit] = [valueSql(relation, source), unitOf(measured)]
  return unit === 1 ? sql : `${sql} / ${unit}`
}

const coefficient = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : null

/** From so few rows that have both, nothing follows; of a table with fewer rows, all of them are needed. */
const fewestPairs = 20

/** Of two columns with so many values each: counted only where gaps could leave too few rows that have both. */
const correlation = (a: string, b: string, counts: readonly [number, number], rows: number): string => {
  const fewest = Math.min(fewestPairs, Number.isFinite(rows) ? rows : fewestPairs)
  const corr = `corr(${a}, ${b})`
  return counts[0] + counts[1] - rows >= fewest
    ? corr
    : `CASE WHEN regr_count(${a}, ${b}) >= ${fewest} THEN ${corr} END`
}

/** Of so few rows DuckDB plans the pairs of sixty columns for a second, which are computed in milliseconds. */
const fewRows = 2000

/** NaN where there is no number. */
async function numbersOf(
  connection: DuckDBConnection,
  relation: Relation,
  chosen: readonly { readonly source: Source; readonly one: Measured }[],
  rows: number,
): Promise<Float64Array[]> {
  const values = chosen.map(() => new Float64Array(rows).fill(NaN))
  const units = chosen.map(({ one }) => unitOf(one))
  let at = 0
  for await (const chunk of readChunks(
    connection,
    relation,
    chosen.map(({ source }) => source),
  )) {
    chunk.columns.forEach((cell, k) => {
      for (let row = 0; row < chunk.rows; row++) {
        const value = cell(row)
        if (typeof value === 'number') values[k]![at + row] = value / units[k]!
      }
    })
    at += chunk.rows
  }
  return values
}

function correlationsOf(columns: readonly Float64Array[]): (number | null)[][] {
  const values = columns.map((_, i) => columns.map((__, j): number | null => (i === j ? 1 : null)))
  const fewest = Math.min(fewestPairs, columns[0]?.length ?? 0)
  columns.forEach((a, i) =>
    columns.slice(0, i).forEach((b, j) => {
      const both = a.reduce((count, x, row) => count + Number(!Number.isNaN(x + b[row]!)), 0)
      values[i]![j] = values[j]![i] = both < fewest ? null : pearson(a, b)
    }),
  )
  return values
}

export async function correlate(
  connection: DuckDBConnection,
  sources: readonly Source[],
  measured: readonly Measured[],
  relation: Relation,
  rows: number,
): Promise<Profile['correlations']> {
  const names = columnsToCorrelate(measured)
  const at = new Map(sources.map(({ column }, i) => [column.name, i]))
  if (rows <= fewRows) {
    const chosen = names.map((name) => ({ source: sources[at.get(name)!]!, one: measured[at.get(name)!]! }))
    return { columns: names, values: correlationsOf(await numbersOf(connection, relation, chosen, rows)) }
  }
  const columns = names.map((name) => scaled(relation, sources[at.get(name)!]!, measured[at.get(name)!]!))
  const counts = names.map((name) => measured[at.get(name)!]!.profile.count)
  const values = names.map((_, i) => names.map((_, j): number | null => (i === j ? 1 : null)))
  const pairs = names.flatMap((_, i) => names.slice(0, i).map((_, j): [number, number] => [i, j]))
  const stride = rowStride(rows, pairs.length)
  const numbered = `(SELECT ${columns.map((sql, i) => `${sql} AS x${i}`).join(', ')} FROM (SELECT *, row_number() OVER () - 1 AS position FROM ${relation.sql}) WHERE ${isTakenSql('position', stride, rows)})`
  const plain = `(SELECT ${columns.map((sql, i) => `${sql} AS x${i}`).join(', ')} FROM ${relation.sql})`
  for (const slice of slices(pairs, 200)) {
    const [row = {}] = await query(
      connection,
      `SELECT ${slice.map(([i, j]) => `${correlation(`x${i}`, `x${j}`, [counts[i]!, counts[j]!], stride === 1 ? rows : Infinity)} AS r${i}_${j}`).join(', ')} FROM ${stride === 1 ? plain : numbered}`,
    )
    for (const [i, j] of slice) values[i]![j] = values[j]![i] = coefficient(row[`r${i}_${j}`])
  }
  return { columns: names, values }
}

/** How well one feature alone tells the target: |r| for numbers, share of rows its majority class gets right for categories. */
export interface TargetLink {
  readonly column: string
  readonly measure: 'correlation' | 'purity'
  readonly value: number
}

/** For a target of classes: numeric features against "is the most frequent class", categories by their majority class. */
export async function linkToClasses(
  connection: DuckDBConnection,
  sources: readonly Source[],
  measured: readonly Measured[],
  relation: Relation,
  rows: number,
): Promise<TargetLink[]> {
  const targetAt = sources.findIndex(({ column }) => column.role === 'target' && isCategorical(column.kind))
  const first = measured[targetAt]?.profile.top[0]
  if (first === undefined) return []
  const target = textSql(relation, sources[targetAt]!.index)
  const isFirst = `CASE WHEN ${target} IS NOT NULL THEN (${target} = ${quoted(first.value)})::DOUBLE END`
  const features = measured.flatMap((one, i) =>
    one.profile.role === 'feature' && one.profile.distinct > 1 ? [{ one, source: sources[i]! }] : [],
  )
  const numeric = features.filter(({ one }) => one.profile.numeric !== null)
  const units = numeric.map(({ one, source }) => ({ ...source, unit: unitOf(one) }))
  const correlated = await aggregate(
    connection,
    relation,
    units,
    [{ r: (_, x) => correlation(x, 'first', [0, 0], rows) }],
    rows,
    { first: isFirst },
  )
  const links = new Map<number, TargetLink>()
  for (const { column, index } of units) {
    const value = coefficient(correlated.get(index)?.r) ?? 0
    links.set(index, { column: column.name, measure: 'correlation', value })
  }
  const categories = features.filter(
    ({ one }) => isCategorical(one.profile.kind) && one.profile.distinct <= 50,
  )
  const nameOf = new Map(categories.map(({ source }) => [source.index, source.column.name]))
  const listed = categories.map(({ source }) => source)
  for (const { sql } of cellsOf(relation, listed, rows, { row: { target } }, columnsAtOnce))
    for (const row of await query(
      connection,
      `SELECT key, sum(most) / sum(total) AS purity FROM (
         SELECT key, max(count) AS most, sum(count) AS total FROM (
           SELECT key, t, count(*) AS count FROM ${sql} WHERE target IS NOT NULL GROUP BY key, t, target)
         GROUP BY key, t) GROUP BY key`,
    )) {
      const index = Number(row.key)
      links.set(index, { column: nameOf.get(index)!, measure: 'purity', value: Number(row.purity) })
    }
  // Groups come in any order.
  return features.flatMap(({ source }) => links.get(source.index) ?? [])
}

/** 1 − H / ln k: 0 when all classes are as frequent, 1 when one class has everything. */
export function imbalanceOf(counts: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b, 0)
  if (counts.length < 2 || total === 0) return counts.length === 1 ? 1 : 0
  const entropy = counts.reduce(
    (sum, count) => (count === 0 ? sum : sum - (count / total) * Math.log(count / total)),
    0,
  )
  return Math.min(1, Math.max(0, 1 - entropy / Math.log(counts.length)))
}
