/** A version of a table as a file: CSV, or Parquet with its columns' own types. */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { kindLabel, type Column } from '../../../contract/index.ts'
import type { Content } from '../../datasets/export-data.ts'
import type { ReadContext } from '../kind.ts'
import { countRows } from './aggregate.ts'
import { openTable, type TableVersion } from './corrected-table.ts'
import { quoted, withDuckDB } from './duckdb.ts'
import { moments } from './moments.ts'
import { csvLine } from './reading/rewrite.ts'
import { readChunks, valueSql, type Reading } from './relation.ts'
import { readingOf } from './table-file.ts'

export interface VersionFormat {
  /** Cells as they are written, or as they are understood. */
  readonly as: 'text' | 'value'
  readonly file: 'csv' | 'parquet'
}

const asName = (name: string): string => `"${name.replaceAll('"', '""')}"`

export function writeVersion(
  version: TableVersion,
  columns: readonly Column[],
  { as, file }: VersionFormat,
  to: string,
  context: ReadContext,
): Promise<Content> {
  return withDuckDB(
    async (connection) => {
      const table = await openTable(connection, version)
      const known = new Map(columns.map((column) => [column.name, column]))
      const readings = table.columns.map(({ name }, index): Reading => {
        const column = known.get(name)
        return as === 'value' && column ? readingOf(table, index, column) : { index, as: 'text' }
      })
      const kinds = table.columns.map(({ name }, i) =>
        readings[i]!.as === 'text' ? ('category' as const) : (known.get(name)?.kind ?? ('category' as const)),
      )
      const { relation } = table
      const rows = await countRows(connection, relation)
      const order = version.corrections === undefined ? '' : 'ORDER BY file_row_number'
      if (file === 'parquet') {
        const cells = readings.map((reading, i) => {
          const value = valueSql(relation, reading)
          const cell = moments[kinds[i]!]?.sql(value) ?? value
          return `${cell} AS ${asName(table.columns[i]!.name)}`
        })
        await connection.run(
          `COPY (SELECT ${cells.join(', ')} FROM ${relation.sql} ${order}) TO ${quoted(to)} (FORMAT parquet, COMPRESSION zstd)`,
        )
      } else {
        async function* lines(): AsyncGenerator<string> {
          yield csvLine(table.columns.map(({ name }) => name))
          let done = 0
          for await (const chunk of readChunks(connection, relation, readings, order)) {
            const written = Array.from({ length: chunk.rows }, (_, row) =>
              csvLine(
                chunk.columns.map((at, i) => {
                  const value = at(row)
                  if (value === null || value === undefined) return ''
                  return moments[kinds[i]!]?.text(Number(value)) ?? String(value)
                }),
              ),
            )
            context.progress((done += chunk.rows) / Math.max(1, rows))
            yield written.join('')
          }
        }
        await pipeline(Readable.from(lines()), createWriteStream(to, { flush: true }))
      }
      return {
        rows,
        columns: table.columns.map(({ name }, i) => ({ name, about: kindLabel(kinds[i]!) })),
        notes: [],
      }
    },
    context.scratch,
    context.limits,
  )
}
