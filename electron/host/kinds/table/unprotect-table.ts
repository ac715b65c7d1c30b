/** Takes away what protects cells from spreadsheets (protected-text.ts), from the columns that have such cells. */
import { aggregate } from './aggregate.ts'
import type { DuckDBConnection } from './duckdb.ts'
import { unprotectSql } from './protected-text.ts'
import { withCells, type Relation } from './relation.ts'

export async function unprotectTable(
  connection: DuckDBConnection,
  relation: Relation,
  names: readonly string[],
  rows: number,
): Promise<{ readonly relation: Relation; readonly notes: string[] }> {
  const readings = names.map((_, index) => ({ index, as: 'text' as const }))
  const measure = { cells: (text: string) => `count(*) FILTER (${text} <> ${unprotectSql(text)})` }
  const found = await aggregate(connection, relation, readings, [measure], rows)
  const count = (index: number) => Number(found.get(index)?.cells ?? 0)
  const cells = readings.reduce((sum, { index }) => sum + count(index), 0)
  if (cells === 0) return { relation, notes: [] }
  const plain = (text: string) => `nullif((${unprotectSql(text)}), '')`
  const touched = readings.map(({ index }) => index).filter((index) => count(index) > 0)
  const changed =
    relation.layout === 'lists'
      ? new Map([['cells', `list_transform(cells, lambda t: ${plain('t')})`]])
      : new Map(touched.map((index) => [`t${index}`, plain(`t${index}`)]))
  // What became a number by that is none of those that were stored.
  const stored = new Map([...relation.stored].filter(([index]) => !touched.includes(index)))
  return {
    relation: await withCells(connection, { ...relation, stored }, changed),
    notes: [
      `${cells.toLocaleString('en')} ${cells === 1 ? 'cell begins' : 'cells begin'} with an apostrophe that keeps spreadsheets from running ${cells === 1 ? 'it as a formula; it is' : 'them as formulas; they are'} read without it.`,
    ],
  }
}
