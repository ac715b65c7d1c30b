/** Row numbers that are more than that: the time of a series, which carries its trend. */
import { parserFor } from '../../../contract/index.ts'
import { query, type DuckDBConnection } from './duckdb.ts'
import { countsRows, hasIdName, type ColumnFacts, type Inferred } from './infer.ts'
import { valueSql, type Relation } from './relation.ts'

/** A straight line through the numbers explains a quarter of the target's variance. */
const fewestCorrelation = 0.5

export interface Named {
  readonly name: string
  readonly facts: ColumnFacts
  readonly inferred: Inferred
}

const isCounter = ({ name, facts, inferred }: Named, rows: number): boolean =>
  inferred.kind === 'number' && inferred.role === 'id' && !hasIdName(name) && countsRows(facts, rows)

/** Indices of row numbers along which a numeric target rises or falls. A sorted file's classes would do so as well, and mean nothing. */
export async function trendingCounters(
  connection: DuckDBConnection,
  relation: Relation,
  columns: readonly Named[],
  target: number | null,
  rows: number,
): Promise<number[]> {
  const counters = [...columns.keys()].filter((i) => i !== target && isCounter(columns[i]!, rows))
  if (target === null || counters.length === 0) return []
  const value = (index: number): string => {
    const { kind, parser } = columns[index]!.inferred
    return valueSql(relation, { index, as: parser ?? parserFor(kind) ?? 'text' })
  }
  const asked = counters.map((index) => `corr(${value(index)}, ${value(target)}) AS c${index}`)
  const [row = {}] = await query(connection, `SELECT ${asked.join(', ')} FROM ${relation.sql}`)
  return counters.filter((index) => Math.abs(Number(row[`c${index}`] ?? 0)) >= fewestCorrelation)
}

/** The column as a feature, with what is to be known of it. */
export const asTrend = (name: string, target: string, inferred: Inferred): Inferred => ({
  ...inferred,
  role: 'feature',
  notes: [
    `"${name}" numbers the rows, and "${target}" changes along it: it is used as the time of a series. If the order of the rows means nothing, give it the role id.`,
  ],
})
