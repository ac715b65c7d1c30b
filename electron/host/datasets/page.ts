/** Rows for the table view. */
import type { Column, TablePage } from '../../contract/index.ts'
import { query, withDuckDB } from './duckdb.ts'
import { numberColumnSql, readTableFile, tableSql } from './table-file.ts'

export function readPage(
  file: string,
  columns: readonly Column[],
  offset: number,
  limit: number,
  total: number,
): Promise<TablePage> {
  return withDuckDB(async (connection) => {
    const table = await readTableFile(connection, file)
    const kinds = new Map(columns.map(({ name, kind }) => [name, kind]))
    const cells = table.columns.map(({ name, number }, i) =>
      kinds.get(name) === 'number' ? `${numberColumnSql(i, number)} AS x${i}` : `t${i} AS x${i}`,
    )
    const source = tableSql(file).replace(/\)$/, ', file_row_number = true)')
    const rows = await query(
      connection,
      `SELECT ${cells.join(', ')} FROM ${source}
       WHERE file_row_number >= ${offset} AND file_row_number < ${offset + limit} ORDER BY file_row_number`,
    )
    return {
      columns: table.columns.map(({ name }) => name),
      rows: rows.map((row) =>
        cells.map((_, i) => {
          const value = row[`x${i}`]
          return typeof value === 'string' || typeof value === 'number' ? value : null
        }),
      ),
      offset,
      total,
    }
  })
}
