/** Which columns of a table list several labels in a cell. */
import { findLists, type CountedCell, type ListedLabels } from '../../tasks/find-lists.ts'
import { query, type DuckDBConnection } from './duckdb.ts'
import type { ColumnFacts, Inferred } from './infer.ts'
import type { Relation } from './relation.ts'
import { tallyOf } from './tally.ts'

/** So many different cells say it. */
const enough = 20_000
/** Longer ones on average are texts. */
const longestList = 400

/** Whether it is worth a look: numbers, dates and words with an order list nothing. */
export const mayList = ({ distinct, length }: ColumnFacts, { kind }: Pick<Inferred, 'kind'>): boolean =>
  (kind === 'text' || kind === 'category') && distinct > 2 && length <= longestList

export async function listsInColumn(
  connection: DuckDBConnection,
  relation: Relation,
  index: number,
  { distinct }: ColumnFacts,
  rows: number,
): Promise<ListedLabels | null> {
  const every = Math.max(1, Math.floor(distinct / enough))
  const { sql } = await tallyOf(connection, 'listed', relation, [index], rows, every)
  const cells = await query(connection, `SELECT t AS text, n AS rows FROM ${sql} ORDER BY hash(t), t`)
  return findLists(cells.map((cell): CountedCell => ({ text: String(cell.text), rows: Number(cell.rows) })))
}

/** Those of these columns, by their indices. */
export async function listsAmong(
  connection: DuckDBConnection,
  relation: Relation,
  indices: readonly number[],
  facts: readonly ColumnFacts[],
  inferred: readonly Inferred[],
  rows: number,
): Promise<Map<number, ListedLabels>> {
  const found = new Map<number, ListedLabels>()
  for (const index of indices) {
    if (!mayList(facts[index]!, inferred[index]!)) continue
    const lists = await listsInColumn(connection, relation, index, facts[index]!, rows)
    if (lists !== null) found.set(index, lists)
  }
  return found
}
