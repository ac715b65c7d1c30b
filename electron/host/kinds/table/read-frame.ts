/** Reads columns of a relation into typed arrays. */
import type { Column, ColumnKind } from '../../../contract/index.ts'
import { DescentError, isCorrected } from '../../../contract/index.ts'
import type { ReadContext } from '../kind.ts'
import { allNumbers } from '../../datasets/overlay.ts'
import { countRows } from './aggregate.ts'
import { openTable, type TableVersion } from './corrected-table.ts'
import { withDuckDB, type DuckDBConnection } from './duckdb.ts'
import type { AsImported, CategoryColumn, Frame, FrameColumn, TextColumn } from '../../datasets/frame.ts'
import { readChunks, type Reading, type Relation } from './relation.ts'
import { loadWide, readingOf } from './table-file.ts'

export interface ColumnSource extends Reading {
  readonly name: string
  readonly kind: ColumnKind
}

interface Reader {
  take(value: unknown, row: number): void
  done(): FrameColumn
}

/** Numbers, and dates as their days. */
const typedReader =
  (kind: 'number' | 'date') =>
  ({ name, as }: ColumnSource, rows: number): Reader => {
    const values = new Float64Array(rows).fill(NaN)
    return {
      take: (value, row) => {
        if (typeof value === 'number') values[row] = value
      },
      done: () => ({ kind, name, values, ...(as !== 'text' && { parser: as }) }),
    }
  }

function categoryReader({ name }: ColumnSource, rows: number): Reader {
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

function textReader({ name }: ColumnSource, rows: number): Reader {
  const values = new Array<string>(rows).fill('')
  return {
    take: (value, row) => {
      if (typeof value === 'string') values[row] = value
    },
    done: (): TextColumn => ({ kind: 'text', name, values }),
  }
}

const readers: Partial<Record<ColumnKind, typeof textReader>> = {
  number: typedReader('number'),
  date: typedReader('date'),
  text: textReader,
}

export async function readColumns(
  connection: DuckDBConnection,
  relation: Relation,
  sources: readonly ColumnSource[],
  progress: (share: number) => void = () => undefined,
): Promise<Frame> {
  const rows = await countRows(connection, relation)
  const reading = sources.map((source) => (readers[source.kind] ?? categoryReader)(source, rows))
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

/** The target as the file has it, and which of its rows are left. */
async function readAsImported(
  connection: DuckDBConnection,
  { file, corrections }: TableVersion,
  targets: readonly ColumnSource[],
): Promise<AsImported | null> {
  if (corrections === undefined || !isCorrected(corrections) || targets.length === 0) return null
  const { relation } = await openTable(connection, { file })
  const { rows, columns } = await readColumns(connection, relation, targets)
  return {
    targets: columns.filter(({ kind }) => kind === 'number' || kind === 'category'),
    numbers: allNumbers(corrections, rows),
  }
}

/** Features, target and weights of a version of a dataset file, with the kinds that the recipe gives them. */
export function readFrame(
  version: TableVersion,
  columns: readonly Column[],
  { scratch, limits, progress }: Partial<ReadContext> = {},
): Promise<Frame> {
  return withDuckDB(
    async (connection) => {
      const table = await openTable(connection, version)
      const indexOf = new Map(table.columns.map(({ name }, i) => [name, i]))
      const used = columns.filter(({ role }) => role !== 'id' && role !== 'ignore')
      const sources = used.map((column): ColumnSource => {
        const index = indexOf.get(column.name)
        if (index === undefined)
          throw new DescentError('badRecipe', `The data has no column "${column.name}".`, 'data.columns')
        return { name: column.name, kind: column.kind, ...readingOf(table, index, column) }
      })
      const imported = await readAsImported(
        connection,
        version,
        sources.filter((_, i) => used[i]?.role === 'target'),
      )
      const frame = await readColumns(
        connection,
        await loadWide(connection, table, 'once'),
        sources,
        progress,
      )
      return imported === null ? frame : { ...frame, imported }
    },
    scratch,
    limits,
  )
}
