/** Whole numbers that are spelled in several ways, such as 1 and 1.0: as classes they would be different ones. */
import { plainNumerals, plural } from '../../../contract/index.ts'
import { aggregate } from './aggregate.ts'
import type { DuckDBConnection } from './duckdb.ts'
import type { ColumnFacts, Inferred } from './infer.ts'
import { textSql, withCells, type Relation } from './relation.ts'

/** Columns with more values than these are no classes, and may be spelled as they like. */
const mostValues = 200

const wholeSql = (text: string): string => `TRY_CAST(TRY_CAST(${text} AS DOUBLE) AS BIGINT)::VARCHAR`

function spelledAlike(relation: Relation, columns: readonly number[]): Map<string, string> {
  const alike = (text: string): string => `coalesce(${wholeSql(text)}, ${text})`
  if (columns.length === 0) return new Map()
  if (relation.layout === 'columns')
    return new Map(columns.map((i) => [textSql(relation, i), alike(textSql(relation, i))]))
  const places = columns.map((i) => i + 1).join(', ')
  return new Map([
    ['cells', `list_transform(cells, lambda t, i: CASE WHEN i IN (${places}) THEN ${alike('t')} ELSE t END)`],
  ])
}

interface Spelled {
  readonly name: string
  readonly facts: ColumnFacts
  readonly inferred: Inferred
}

export interface Respelled {
  readonly relation: Relation
  /** Of all columns, as they are now. */
  readonly facts: ColumnFacts[]
  readonly notes: string[]
}

/** Writes them alike, with a note on each column that was changed. */
export async function spellNumbersAlike(
  connection: DuckDBConnection,
  relation: Relation,
  columns: readonly Spelled[],
  rows: number,
): Promise<Respelled> {
  const candidates = columns.flatMap(({ facts, inferred }, index) => {
    const whole = facts.present > 0 && facts.integers === facts.present && facts.plain === facts.present
    const few = facts.distinct > 1 && facts.distinct <= mostValues
    const exact = Math.max(-(facts.min ?? 0), facts.max ?? 0) <= Number.MAX_SAFE_INTEGER
    return inferred.kind === 'number' && whole && few && exact ? [{ index, as: plainNumerals }] : []
  })
  const found = await aggregate(
    connection,
    relation,
    candidates,
    [
      {
        values: (_, value) => `count(DISTINCT ${value})`,
        odd: (text) => `count(*) FILTER (${text} <> ${wholeSql(text)})`,
        example: (text) => `min(${text}) FILTER (${text} <> ${wholeSql(text)})`,
      },
    ],
    rows,
  )
  const facts = columns.map((column) => column.facts)
  const notes: string[] = []
  const changed: number[] = []
  for (const { index } of candidates) {
    const { values, odd, example } = found.get(index) ?? {}
    const { name, facts: before } = columns[index]!
    if (Number(values) === before.distinct) continue
    facts[index] = { ...before, distinct: Number(values) }
    changed.push(index)
    notes.push(
      `"${name}" spells numbers in several ways, such as ${String(example)}: ${plural(Number(odd), 'cell is', 'cells are')} kept as the whole ${Number(odd) === 1 ? 'number it is' : 'numbers they are'}, ${before.distinct} spellings becoming ${Number(values)} values.`,
    )
  }
  return {
    relation: await withCells(connection, relation, spelledAlike(relation, changed)),
    facts,
    notes,
  }
}
