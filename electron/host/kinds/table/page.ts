/** Rows for the table view. */
import { noCorrections, type Column } from '../../../contract/index.ts'
import { correctedOn, numbersFrom } from '../../datasets/overlay.ts'
import type { Cell, ReadContext, VersionPage } from '../kind.ts'
import { tableCellsAsImported } from './correct-table.ts'
import { openTable, type TableVersion } from './corrected-table.ts'
import { withDuckDB } from './duckdb.ts'
import { readChunks } from './relation.ts'
import { readingOf } from './table-file.ts'

export interface PageWanted {
  readonly offset: number
  readonly limit: number
  /** Rows of the version. */
  readonly total: number
}

const asCell = (value: unknown): Cell =>
  typeof value === 'string' || typeof value === 'number' ? value : null

export async function readPage(
  version: TableVersion,
  columns: readonly Column[],
  { offset, limit, total }: PageWanted,
  context: Partial<ReadContext> = {},
): Promise<VersionPage> {
  const overlay = version.corrections ?? noCorrections
  const importedRows = total + overlay.dropped.length - overlay.appended.length
  const numbers = numbersFrom(overlay, importedRows, offset, limit)
  const range = { first: numbers[0] ?? 0, last: numbers.at(-1) ?? -1 }
  const page = await withDuckDB(
    async (connection) => {
      const table = await openTable(connection, version, range)
      const byName = new Map(columns.map((column) => [column.name, column]))
      // Dates are shown as they are written.
      const readings = table.columns.map(({ name }, index) => {
        const column = byName.get(name)
        return column?.kind === 'number' ? readingOf(table, index, column) : { index, as: 'text' as const }
      })
      const rows: Cell[][] = []
      for await (const chunk of readChunks(connection, table.relation, readings, 'ORDER BY file_row_number'))
        for (let row = 0; row < chunk.rows; row++) rows.push(chunk.columns.map((at) => asCell(at(row))))
      return { columns: table.columns.map(({ name }) => name), rows }
    },
    context.scratch,
    context.limits,
  )
  const corrected = correctedOn(numbers, overlay)
  const was = await tableCellsAsImported(version.file, corrected, context)
  return {
    ...page,
    offset,
    total,
    numbers,
    corrected: corrected.map((cell, i) => ({ ...cell, was: was[i] ?? null })),
  }
}
