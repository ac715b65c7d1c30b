/**
 * What stands for a missing value belongs to columns: `-` in a column of numbers is a gap, and beside `+` it is a class. Marks are
 * read as missing unless their column says otherwise.
 */
import { aggregate } from './aggregate.ts'
import { presentTextSql } from './column-facts.ts'
import { quoted, type DuckDBConnection } from './duckdb.ts'
import type { ColumnFacts, Inferred } from './infer.ts'
import { replaceTable, textSql, type Relation } from './relation.ts'

/** Which of the file's marks stand in a column; columns without any are left out. */
export type MarksIn = ReadonlyMap<number, readonly string[]>

const listed = (values: readonly string[]): string => values.map(quoted).join(', ')

export async function marksIn(
  connection: DuckDBConnection,
  relation: Relation,
  columns: readonly number[],
  marks: readonly string[],
  rows: number,
): Promise<MarksIn> {
  if (marks.length === 0) return new Map()
  const readings = columns.map((index) => ({ index, as: 'text' as const }))
  const measure = {
    found: (text: string) =>
      `to_json(list_sort(list(DISTINCT ${text}) FILTER (${text} IN (${listed(marks)}))))`,
  }
  const found = await aggregate(connection, relation, readings, [measure], rows)
  return new Map(
    readings.flatMap(({ index }): [number, string[]][] => {
      const json = found.get(index)?.found
      const some = typeof json === 'string' ? (JSON.parse(json) as string[] | null) : null
      return some === null || some.length === 0 ? [] : [[index, some]]
    }),
  )
}

const noValues: MarksIn = new Map()

/** The relation with gaps where the marks found stand, but for those that are values in their column. */
export function withoutMarks(relation: Relation, found: MarksIn, values = noValues): Relation {
  const left = marksBut(found, values)
  if (left.size === 0) return relation
  if (relation.layout === 'columns') {
    const gaps = [...left].map(
      ([i, of]) => `${presentTextSql(textSql(relation, i), of)} AS ${textSql(relation, i)}`,
    )
    return { ...relation, sql: `(SELECT * REPLACE (${gaps.join(', ')}) FROM ${relation.sql})` }
  }
  // One question for each cell, however many columns have marks: a mark that is not in a column is not found there either.
  const all = `t IN (${listed([...new Set([...left.values()].flat())])})`
  const kept = [...values].map(([i, of]) => ` AND NOT (i = ${i + 1} AND t IN (${listed(of)}))`).join('')
  const cells = `list_transform(cells, lambda t, i: CASE WHEN ${all}${kept} THEN NULL ELSE t END) AS cells`
  return { ...relation, sql: `(SELECT ${cells} FROM ${relation.sql})` }
}

/** The same as a table, which can be changed; `relation` is one and gives way to it. */
export async function dropMarks(
  connection: DuckDBConnection,
  relation: Relation,
  found: MarksIn,
  values = noValues,
): Promise<Relation> {
  const { sql } = withoutMarks(relation, found, values)
  if (sql !== relation.sql) await replaceTable(connection, relation.sql, `SELECT * FROM ${sql}`)
  return relation
}

/** Marks that may as well be words: signs, abbreviations, “none of them”. */
const ambiguous = new Set(['-', 'NA', 'na', 'None'])

export interface Marked {
  readonly facts: ColumnFacts
  readonly inferred: Inferred
  readonly isTarget: boolean
}

/**
 * The marks that are values in their column. Those that stand in a column of numbers or dates are missing wherever they stand:
 * there they can be nothing else. Of the others, a class is not missing, nor is what a column holds beside a single other value.
 */
export function valuesAmong(columns: readonly Marked[], marks: MarksIn): MarksIn {
  const measured = ({ inferred: { kind }, facts }: Marked): boolean =>
    (kind === 'number' || kind === 'date') && facts.present > 0
  const gaps = new Set([...marks].flatMap(([i, of]) => (measured(columns[i]!) ? of : [])))
  const found = new Map<number, readonly string[]>()
  for (const [i, of] of marks) {
    const { facts, isTarget } = columns[i]!
    if (measured(columns[i]!) || facts.distinct === 0 || !(isTarget || facts.distinct === 1)) continue
    const values = of.filter((mark) => ambiguous.has(mark) && !gaps.has(mark))
    if (values.length > 0) found.set(i, values)
  }
  return found
}

/** What is left of a file's marks where these are values. */
function marksBut(marks: MarksIn, values: MarksIn): MarksIn {
  const left = [...marks].map(([i, of]): [number, string[]] => [
    i,
    of.filter((mark) => values.get(i)?.includes(mark) !== true),
  ])
  return new Map(left.filter(([, of]) => of.length > 0))
}

export const valuesNote = (name: string, values: readonly string[]): string =>
  `"${name}": ${values.map((value) => `“${value}”`).join(' and ')} ${values.length === 1 ? 'is a value' : 'are values'} here, not what stands for a missing one.`
