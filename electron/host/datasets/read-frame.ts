/** Reads columns of a relation into typed arrays. */
import type { Column } from '../../contract/index.ts'
import { DescentError } from '../../contract/index.ts'
import { query, withDuckDB, type DuckDBConnection } from './duckdb.ts'
import type { CategoryColumn, Frame, FrameColumn } from './frame.ts'
import { numberColumnSql, readTableFile, tableSql } from './table-file.ts'

export interface ColumnSource {
  readonly name: string
  readonly kind: 'number' | 'category'
  /** SQL expression: DOUBLE for numbers, VARCHAR for categories. */
  readonly sql: string
}

interface Reader {
  take(value: unknown, row: number): void
  done(): FrameColumn
}

function numberReader(name: string, rows: number): Reader {
  const values = new Float64Array(rows).fill(NaN)
  return {
    take: (value, row) => {
      if (typeof value === 'number') values[row] = value
    },
    done: () => ({ kind: 'number', name, values }),
  }
}

function categoryReader(name: string, rows: number): Reader {
  const codes = new Int32Array(rows).fill(-1)
  const known = new Map<string, number>()
  return {
    take: (value, row) => {
      if (typeof value !== 'string') return
      let code = known.get(value)
      if (code === undefined) known.set(value, (code = known.size))
      codes[row] = code
    },
    done: (): CategoryColumn => ({ kind: 'category', name, codes, categories: [...known.keys()] }),
  }
}

export async function readColumns(
  connection: DuckDBConnection,
  relation: string,
  sources: readonly ColumnSource[],
): Promise<Frame> {
  const [count = {}] = await query(connection, `SELECT count(*) AS rows FROM ${relation}`)
  const rows = Number(count.rows)
  const readers = sources.map(({ name, kind }) =>
    kind === 'number' ? numberReader(name, rows) : categoryReader(name, rows),
  )
  if (sources.length > 0) {
    const result = await connection.stream(
      `SELECT ${sources.map(({ sql }) => sql).join(', ')} FROM ${relation}`,
    )
    let from = 0
    for (
      let chunk = await result.fetchChunk();
      chunk !== null && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      for (const [i, reader] of readers.entries()) {
        const vector = chunk.getColumnVector(i)
        for (let row = 0; row < chunk.rowCount; row++) reader.take(vector.getItem(row), from + row)
      }
      from += chunk.rowCount
    }
  }
  return { rows, columns: readers.map((reader) => reader.done()) }
}

/** Only numbers and categories can be worked with; other kinds are read as their text. */
export const frameKind = (column: Pick<Column, 'kind'>): 'number' | 'category' =>
  column.kind === 'number' ? 'number' : 'category'

/** Features and target of a dataset file, with the kinds that the recipe gives them. */
export function readFrame(file: string, columns: readonly Column[]): Promise<Frame> {
  return withDuckDB(async (connection) => {
    const table = await readTableFile(connection, file)
    const indexOf = new Map(table.columns.map(({ name }, i) => [name, i]))
    const used = columns.filter(({ role }) => role === 'feature' || role === 'target')
    const sources = used.map((column): ColumnSource => {
      const index = indexOf.get(column.name)
      if (index === undefined)
        throw new DescentError('badRecipe', `The data has no column "${column.name}".`, 'data.columns')
      const kind = frameKind(column)
      return {
        name: column.name,
        kind,
        sql: kind === 'number' ? numberColumnSql(index, table.columns[index]!.number) : `t${index}`,
      }
    })
    return readColumns(connection, tableSql(file), sources)
  })
}
