/** Reads columns of a relation into typed arrays. */
import type { Column, ColumnKind } from '../../../contract/index.ts'
import { DescentError } from '../../../contract/index.ts'
import type { ReadContext } from '../kind.ts'
import { countRows } from './aggregate.ts'
import { withDuckDB, type DuckDBConnection } from './duckdb.ts'
import type { CategoryColumn, Frame, FrameColumn, TextColumn } from '../../datasets/frame.ts'
import { readChunks, type Reading, type Relation } from './relation.ts'
import { loadWide, numberReading, readTableFile } from './table-file.ts'

export interface ColumnSource extends Reading {
  readonly name: string
  readonly kind: ColumnKind
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

function textReader(name: string, rows: number): Reader {
  const values = new Array<string>(rows).fill('')
  return {
    take: (value, row) => {
      if (typeof value === 'string') values[row] = value
    },
    done: (): TextColumn => ({ kind: 'text', name, values }),
  }
}

/** Dates are worked with as categories: their text. */
const readers: Partial<Record<ColumnKind, typeof numberReader>> = {
  number: numberReader,
  text: textReader,
}

export async function readColumns(
  connection: DuckDBConnection,
  relation: Relation,
  sources: readonly ColumnSource[],
  progress: (share: number) => void = () => undefined,
): Promise<Frame> {
  const rows = await countRows(connection, relation)
  const reading = sources.map(({ name, kind }) => (readers[kind] ?? categoryReader)(name, rows))
  let from = 0
  for await (const chunk of readChunks(connection, relation, sources)) {
    for (const [i, reader] of reading.entries()) {
      const at = chunk.columns[i]!
      for (let row = 0; row < chunk.rows; row++) reader.take(at(row), from + row)
    }
    from += chunk.rows
    progress(from / rows)
  }
  return { rows, columns: reading.map((reader) => reader.done()) }
}

/** Features, target and weights of a dataset file, with the kinds that the recipe gives them. */
export function readFrame(
  file: string,
  columns: readonly Column[],
  { scratch, limits, progress }: Partial<ReadContext> = {},
): Promise<Frame> {
  return withDuckDB(
    async (connection) => {
      const table = await readTableFile(connection, file)
      const indexOf = new Map(table.columns.map(({ name }, i) => [name, i]))
      const used = columns.filter(({ role }) => role !== 'id' && role !== 'ignore')
      const sources = used.map((column): ColumnSource => {
        const index = indexOf.get(column.name)
        if (index === undefined)
          throw new DescentError('badRecipe', `The data has no column "${column.name}".`, 'data.columns')
        const reading =
          column.kind === 'number' ? numberReading(table, index) : { index, as: 'text' as const }
        return { name: column.name, kind: column.kind, ...reading }
      })
      return readColumns(connection, await loadWide(connection, table, 'once'), sources, progress)
    },
    scratch,
    limits,
  )
}
