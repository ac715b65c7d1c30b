/** Rows by what they have in common, and the target of each group: counted by DuckDB over the whole table. */
import { query, quoted, type DuckDBConnection } from '../kinds/table/duckdb.ts'
import { textSql, valueSql, type Relation } from '../kinds/table/relation.ts'
import type { Measured, Source } from './measure.ts'
import { unitOf } from './relations.ts'

/** What the target is of a group, by its classes or in the mean. */
export interface TargetOfGroups {
  readonly classes: readonly string[]
  /** SQL: the place of a row's class, or its number. */
  readonly sql: string
  /** Numbers are measured in it, as squares of the largest would overflow. */
  readonly unit: number
}
export interface GroupOfRows {
  readonly rows: number
  readonly known: number
  readonly classes: number[]
  readonly mean: number | null
  readonly deviation: number | null
}

/** More classes than that are no longer told apart by anybody who looks. */
const mostClasses = 12

/** null: there is none, or it is of a kind that groups say nothing of. */
export function targetOfGroups(
  sources: readonly Source[],
  measured: readonly Measured[],
  relation: Relation,
): TargetOfGroups | null {
  const at = sources.findIndex(({ column: { role } }) => role === 'target')
  const [source, found] = [sources[at], measured[at]]
  if (source === undefined || found === undefined) return null
  if (found.profile.numeric !== null && source.column.kind === 'number')
    return { classes: [], sql: valueSql(relation, source), unit: unitOf(found) }
  if (found.profile.top.length === 0) return null
  // As the classes of a trained model stand.
  const classes = found.profile.top
    .slice(0, mostClasses)
    .map(({ value }) => value)
    .sort()
  const text = textSql(relation, source.index)
  const cases = classes.map((name, i) => `WHEN ${text} = ${quoted(name)} THEN ${i}`)
  return {
    classes,
    sql: `CASE ${cases.join(' ')} WHEN ${text} IS NOT NULL THEN ${classes.length} END`,
    unit: 1,
  }
}

/** By the value of `key`, as text; rows in which it is NULL are the group `null`. */
export async function rowsByGroup(
  connection: DuckDBConnection,
  relation: Relation,
  key: string,
  target: TargetOfGroups | null,
): Promise<Map<string | null, GroupOfRows>> {
  const unit = target?.unit ?? 1
  const counts = (target?.classes ?? []).map((_, i) => `count(*) FILTER (target = ${i}) AS c${i}`)
  const rows = await query(
    connection,
    `SELECT CAST(key AS VARCHAR) AS key, count(*) AS rows, count(target) AS known,
       avg(target) AS mean, stddev_samp(target) AS deviation${counts.map((one) => `, ${one}`).join('')}
     FROM (SELECT ${key} AS key, ${target?.sql ?? 'NULL::DOUBLE'}${unit === 1 ? '' : ` / ${unit}::DOUBLE`} AS target FROM ${relation.sql}) GROUP BY key`,
  )
  const isNumber = target !== null && target.classes.length === 0
  const finite = (value: unknown): number | null =>
    isNumber && typeof value === 'number' && Number.isFinite(value) ? value * unit : null
  return new Map(
    rows.map((row) => [
      row['key'] === null ? null : String(row['key']),
      {
        rows: Number(row['rows']),
        known: Number(row['known']),
        classes: (target?.classes ?? []).map((_, i) => Number(row[`c${i}`])),
        mean: finite(row['mean']),
        deviation: finite(row['deviation']),
      },
    ]),
  )
}
