/** Corrections of a table, held against its columns, and what its file says in their places. */
import {
  DescentError,
  formatCount,
  marksOf,
  parserFor,
  parserKey,
  type Column,
  type ColumnKind,
  type Correction,
  type Parser,
  type TableRecipe,
} from '../../../contract/index.ts'
import type { CellPlace, ReadContext } from '../kind.ts'
import { openTable } from './corrected-table.ts'
import { query, slices, withDuckDB, quoted, type DuckDBConnection } from './duckdb.ts'
import { cellSql } from './parsers/index.ts'
import { readChunks, type Reading } from './relation.ts'
import { readingOf } from './table-file.ts'

/** Plain numbers as the file writes them in this column: 1234.5 becomes 1234,5 where the comma is the decimal sign. */
const asWritten = (value: string, as: Reading['as']): string =>
  as !== 'text' && 'decimal' in as ? value.replace('.', as.decimal) : value

interface NewValue {
  readonly column: Column
  /** What tells whether it fits; null: any text does. */
  readonly by: Parser | null
  readonly value: string
  /** “row 3”, or “a new row”. */
  readonly where: string
}

const wanted: Partial<Record<ColumnKind, string>> = {
  number: 'a number, written plainly such as 1234.5',
  date: 'a date such as 2024-12-31',
  time: 'a time such as 14:30',
}

async function requireFitting(connection: DuckDBConnection, values: readonly NewValue[]): Promise<void> {
  for (const [by, alike] of Map.groupBy(values, ({ by }) => by && parserKey(by)))
    for (const some of by === null ? [] : slices(alike, 500)) {
      const listed = some.map(({ value }, i) => `(${i}, ${quoted(value)})`).join(', ')
      const [row] = await query(
        connection,
        `SELECT i FROM (VALUES ${listed}) AS v(i, text) WHERE ${cellSql('text', alike[0]!.by!)} IS NULL ORDER BY i LIMIT 1`,
      )
      if (row === undefined) continue
      const { column, value, where } = some[Number(row.i)]!
      throw new DescentError(
        'badData',
        `“${value}” does not fit the column "${column.name}" (${where}), which holds ${column.kind}s. Give ${wanted[column.kind]}, or leave the cell empty for a missing value; or read the column as another kind first.`,
        'corrections',
      )
    }
}

/** Trimmed, as the import trims; what the import reads as missing is missing. */
function settled(value: string | null, missing: ReadonlySet<string>): string | null {
  const text = value?.trim() ?? ''
  return text === '' || missing.has(text) ? null : text
}

/** Throws the first value that does not fit its column. */
export function fittingTable(
  file: string,
  { data: { columns, source } }: TableRecipe,
  corrections: readonly Correction[],
  { scratch, limits }: Partial<ReadContext> = {},
): Promise<Correction[]> {
  const marks = source.missingValues.map((spelling) => spelling.trim())
  const kinds = new Map(columns.map((column) => [column.name, column]))
  return withDuckDB(
    async (connection) => {
      const table = await openTable(connection, { file })
      const indexOf = new Map(table.columns.map(({ name }, i) => [name, i]))
      const readingIn = (column: Column) => readingOf(table, indexOf.get(column.name) ?? -1, column).as
      const checked: NewValue[] = []
      const fit = (name: string, given: string | null, where: string): string | null => {
        const column = kinds.get(name)
        const value = settled(given, new Set(marksOf(column ?? {}, marks)))
        if (value === null || column === undefined) return value
        const as = readingIn(column)
        // Numbers are typed plainly, whatever the file does; of dates, ISO is always understood.
        const by = column.kind === 'number' ? parserFor(column.kind) : as === 'text' ? null : as
        checked.push({ column, by, value, where })
        return asWritten(value, as)
      }
      const fitted = corrections.map((correction): Correction => {
        if (correction.type === 'drop') return correction
        if (correction.type === 'edit') {
          const { row, column, value } = correction
          return { ...correction, value: fit(column, value, `row ${formatCount(row + 1)}`) }
        }
        const rows = correction.rows.map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [name, fit(name, value, 'a new row')]),
          ),
        )
        return { ...correction, rows }
      })
      await requireFitting(connection, checked)
      return fitted
    },
    scratch,
    limits,
  )
}

/** The texts that the file has in these places. */
export function tableCellsAsImported(
  file: string,
  cells: readonly CellPlace[],
  { scratch, limits }: Partial<ReadContext> = {},
): Promise<(string | null)[]> {
  if (cells.length === 0) return Promise.resolve([])
  const rows = cells.map(({ row }) => row)
  const range = { first: Math.min(...rows), last: Math.max(...rows) }
  return withDuckDB(
    async (connection) => {
      const table = await openTable(connection, { file }, range)
      const indexOf = new Map(table.columns.map(({ name }, i) => [name, i]))
      const columns = [...new Set(cells.map(({ column }) => column))].filter((name) => indexOf.has(name))
      const readings = columns.map((name) => ({ index: indexOf.get(name)!, as: 'text' as const }))
      const asked = new Set(rows)
      const found = new Map<number, (string | null)[]>()
      let row = range.first
      for await (const chunk of readChunks(connection, table.relation, readings, 'ORDER BY file_row_number'))
        for (let at = 0; at < chunk.rows; at++, row++)
          if (asked.has(row))
            found.set(
              row,
              chunk.columns.map((value) => {
                const text = value(at)
                return typeof text === 'string' ? text : null
              }),
            )
      return cells.map(({ row: of, column }) => found.get(of)?.[columns.indexOf(column)] ?? null)
    },
    scratch,
    limits,
  )
}
