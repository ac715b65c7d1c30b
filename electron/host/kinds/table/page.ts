/** Rows for the table view. */
import type { Column, TablePage } from '../../../contract/index.ts'
import type { Cell, ReadContext } from '../kind.ts'
import { withDuckDB } from './duckdb.ts'
import { readChunks } from './relation.ts'
import { numberReading, readTableFile } from './table-file.ts'

export function readPage(
  file: string,
  columns: readonly Column[],
  offset: number,
  limit: number,
  total: number,
  { scratch, limits }: Partial<ReadContext> = {},
): Promise<TablePage> {
  return withDuckDB(
    async (connection) => {
      const table = await readTableFile(connection, file, ', file_row_number = true')
      const kinds = new Map(columns.map(({ name, kind }) => [name, kind]))
      const readings = table.columns.map(({ name }, index) =>
        kinds.get(name) === 'number' ? numberReading(table, index) : { index, as: 'text' as const },
      )
      const wanted = `WHERE file_row_number >= ${offset} AND file_row_number < ${offset + limit} ORDER BY file_row_number`
      const rows: Cell[][] = []
      for await (const chunk of readChunks(connection, table.relation, readings, wanted))
        for (let row = 0; row < chunk.rows; row++)
          rows.push(
            chunk.columns.map((at) => {
              const value = at(row)
              return typeof value === 'string' || typeof value === 'number' ? value : null
            }),
          )
      return { columns: table.columns.map(({ name }) => name), rows, offset, total }
    },
    scratch,
    limits,
  )
}
