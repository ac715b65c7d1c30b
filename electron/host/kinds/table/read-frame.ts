/** Reads columns of a relation into typed arrays. */
import type { Column, ColumnKind, KeptAs, Option, Options, Split } from '../../../contract/index.ts'
import { DescentError, isCorrected, keptAs, splitColumnsOf, splitOf } from '../../../contract/index.ts'
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
  /** Of ordered categories, as the recipe has them. */
  readonly levels?: readonly string[] | undefined
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

function categoryReader({ name, levels }: ColumnSource, rows: number): Reader {
  const codes = new Int32Array(rows).fill(-1)
  const known = new Map<string, number>()
  return {
    take: (value, row) => {
      if (typeof value !== 'string') return
      let code = known.get(value)
      if (code === undefined) known.set(value, (code = known.size))
      codes[row] = code
    },
    done: (): CategoryColumn => ({
      kind: 'category',
      name,
      codes,
      categories: [...known.keys()],
      ...(levels && { levels }),
    }),
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

const readers: Partial<Record<KeptAs, typeof textReader>> = {
  number: typedReader('number'),
  date: typedReader('date'),
  text: textReader,
  // The names of their files.
  image: textReader,
}

export async function readColumns(
  connection: DuckDBConnection,
  relation: Relation,
  sources: readonly ColumnSource[],
  progress: (share: number) => void = () => undefined,
): Promise<Frame> {
  const rows = await countRows(connection, relation)
  const reading = sources.map((source) => (readers[keptAs(source.kind)] ?? categoryReader)(source, rows))
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
  { targets, splitBy, features }: Splitters,
): Promise<AsImported | null> {
  if (corrections === undefined || !isCorrected(corrections) || targets.length === 0) return null
  const { relation } = await openTable(connection, { file })
  const { rows, columns } = await readColumns(connection, relation, [
    ...targets,
    ...features,
    ...(splitBy ? [splitBy] : []),
  ])
  const [read, others] = [columns.slice(0, targets.length), columns.slice(targets.length)]
  return {
    targets: read.filter(({ kind }) => kind === 'number' || kind === 'category'),
    ...(splitBy && { splitBy: others.at(-1)! }),
    ...(features.length > 0 && { features: others.slice(0, features.length) }),
    numbers: allNumbers(corrections, rows),
  }
}

/** What a split looks at. */
interface Splitters {
  readonly targets: readonly ColumnSource[]
  readonly splitBy: ColumnSource | null
  /** Empty where it does not ask whether rows are alike. */
  readonly features: readonly ColumnSource[]
}

/** The column that a split goes by: numbers and dates where it needs their order, else the cells as they are written. */
function splitSource(
  split: Split,
  columns: readonly Column[],
  sourceOf: (column: Column) => ColumnSource,
): ColumnSource | null {
  const [named] = splitColumnsOf(split)
  const column = named && columns.find(({ name }) => name === named.name)
  if (column === undefined) return null
  const { index, ...source } = sourceOf(column)
  const option: Option | undefined = (splitOf(split).options as Options)[named!.option]
  return option?.kind === 'column' && option.holds !== undefined
    ? { ...source, index }
    : { ...source, index, kind: 'category', as: 'text' }
}

/** Features, target and weights of a version of a dataset file, with the kinds that the recipe gives them. */
export function readFrame(
  version: TableVersion,
  columns: readonly Column[],
  { scratch, limits, progress }: Partial<ReadContext> = {},
  split: Split | null = null,
): Promise<Frame> {
  return withDuckDB(
    async (connection) => {
      const table = await openTable(connection, version)
      const indexOf = new Map(table.columns.map(({ name }, i) => [name, i]))
      const used = columns.filter(({ role }) => role !== 'id' && role !== 'ignore')
      const sourceOf = (column: Column): ColumnSource => {
        const index = indexOf.get(column.name)
        if (index === undefined)
          throw new DescentError('badRecipe', `The data has no column "${column.name}".`, 'data.columns')
        return {
          name: column.name,
          kind: column.kind,
          levels: column.levels,
          ...readingOf(table, index, column),
        }
      }
      const sources = used.map(sourceOf)
      const ofRole = (role: Column['role']) => sources.filter((_, i) => used[i]?.role === role)
      const splitBy = split && splitSource(split, columns, sourceOf)
      const imported = await readAsImported(connection, version, {
        targets: ofRole('target'),
        splitBy,
        features: split && 'together' in split && split.together ? ofRole('feature') : [],
      })
      // A column that says of people what no decision is to hang on is looked at after the training, whatever its role.
      const beside = columns.filter((column) => column.sensitive === true && !used.includes(column))
      const frame = await readColumns(
        connection,
        await loadWide(connection, table, 'once'),
        [...sources, ...(splitBy ? [splitBy] : []), ...beside.map(sourceOf)],
        progress,
      )
      const others = frame.columns.slice(sources.length)
      const named = new Set(columns.flatMap(({ name, sensitive }) => (sensitive === true ? [name] : [])))
      const sensitive = [
        ...frame.columns.slice(0, sources.length).filter(({ name }) => named.has(name)),
        ...others.slice(splitBy ? 1 : 0),
      ]
      const whole: Frame = {
        ...frame,
        columns: frame.columns.slice(0, sources.length),
        ...(splitBy && { splitBy: others[0]! }),
        ...(sensitive.length > 0 && { sensitive }),
      }
      return imported === null ? whole : { ...whole, imported }
    },
    scratch,
    limits,
  )
}
