/**
 * A table as one of its versions has it. This is the only place where corrections meet a table: whoever reads one opens it
 * here, and finds in the relation the rows of the version, in their order, whatever their file says.
 */
import { isCorrected, noCorrections, type Overlay } from '../../../contract/index.ts'
import type { DataFolder } from '../kind.ts'
import { quoted, slices, type DuckDBConnection } from './duckdb.ts'
import { cellSql } from './parsers/index.ts'
import { readTableFile, tableFileOf, type OpenTable } from './table-file.ts'

/** A file, and what a version of it has otherwise. */
export interface TableVersion {
  readonly file: string
  readonly corrections?: Overlay
}

export const tableVersionOf = (place: DataFolder): TableVersion => ({
  file: tableFileOf(place),
  ...(place.corrections && { corrections: place.corrections }),
})

/** Row numbers of the import, both included. */
export interface RowRange {
  readonly first: number
  readonly last: number
}

const rowNumber = 'file_row_number'
const textOrNull = (value: string | null): string => (value === null ? 'NULL' : quoted(value))
const within = ({ first, last }: RowRange, row: number): boolean => row >= first && row <= last
const everything: RowRange = { first: 0, last: Number.MAX_SAFE_INTEGER }

/** One INSERT of many values takes the parser long. */
async function insert(connection: DuckDBConnection, table: string, tuples: readonly string[]): Promise<void> {
  for (const some of slices(tuples, 500))
    await connection.run(`INSERT INTO ${table} VALUES ${some.map((tuple) => `(${tuple})`).join(', ')}`)
}

interface Work {
  readonly connection: DuckDBConnection
  readonly table: OpenTable
  readonly overlay: Overlay
  readonly indexOf: ReadonlyMap<string, number>
}

/** Columns `t<i>` and `n<i>`: a corrected text brings its number along, read as the import read the others. */
async function correctColumns({ connection, table, overlay, indexOf }: Work): Promise<void> {
  const { columns, relation } = table
  const touched = [...new Set(overlay.cells.map(({ column }) => indexOf.get(column)!))].sort((a, b) => a - b)
  const patch = touched.flatMap((i) => [`c${i} BOOLEAN`, `t${i} VARCHAR`])
  await connection.run(`CREATE TEMP TABLE patches (${['row BIGINT', ...patch].join(', ')})`)
  const byRow = Map.groupBy(overlay.cells, ({ row }) => row)
  await insert(
    connection,
    'patches',
    [...byRow].map(([row, cells]) => {
      const values = new Map(cells.map(({ column, value }) => [indexOf.get(column)!, value]))
      const listed = touched.flatMap((i) =>
        values.has(i) ? ['true', textOrNull(values.get(i)!)] : ['false', 'NULL'],
      )
      return [row, ...listed].join(', ')
    }),
  )
  const isTouched = new Set(touched)
  const cell = (i: number, was: string, now: string): string =>
    isTouched.has(i) ? `CASE WHEN p.c${i} THEN ${now} ELSE ${was} END` : was
  const number = (i: number, text: string): string => cellSql(text, relation.stored.get(i)!)
  const stored = [...relation.stored.keys()].sort((a, b) => a - b)
  const selected = [
    ...columns.map((_, i) => `${cell(i, `f.t${i}`, `p.t${i}`)} AS t${i}`),
    ...stored.map((i) => `${cell(i, `f.n${i}`, number(i, `p.t${i}`))} AS n${i}`),
  ]
  await connection.run(
    `CREATE TEMP TABLE corrected AS SELECT f.${rowNumber}, ${selected.join(', ')}
     FROM ${relation.sql} AS f LEFT JOIN patches AS p ON p.row = f.${rowNumber}
     WHERE f.${rowNumber} NOT IN (SELECT row FROM dropped) ORDER BY f.${rowNumber}`,
  )
  const texts = columns.map((_, i) => `t${i} VARCHAR`)
  await connection.run(`CREATE TEMP TABLE appended (${['row BIGINT', ...texts].join(', ')})`)
  await insert(
    connection,
    'appended',
    overlay.appended.map(({ row, values }) =>
      [row, ...columns.map(({ name }) => textOrNull(values[name] ?? null))].join(', '),
    ),
  )
  const appended = [...columns.map((_, i) => `t${i}`), ...stored.map((i) => number(i, `t${i}`))]
  await connection.run(`INSERT INTO corrected SELECT row, ${appended.join(', ')} FROM appended ORDER BY row`)
}

/** One list a row: only rows with a correction are looked through cell by cell. */
async function correctLists({ connection, table, overlay, indexOf }: Work): Promise<void> {
  await connection.run('CREATE TEMP TABLE patches (row BIGINT, places BIGINT[], texts VARCHAR[])')
  await insert(
    connection,
    'patches',
    [...Map.groupBy(overlay.cells, ({ row }) => row)].map(([row, cells]) => {
      const places = cells.map(({ column }) => indexOf.get(column)! + 1)
      return `${row}, [${places.join(', ')}], [${cells.map(({ value }) => textOrNull(value)).join(', ')}]`
    }),
  )
  const patched = `list_transform(f.cells, lambda t, i: CASE WHEN list_contains(p.places, i)
    THEN p.texts[list_position(p.places, i)] ELSE t END)`
  await connection.run(
    `CREATE TEMP TABLE corrected AS
     SELECT f.${rowNumber}, CASE WHEN p.row IS NULL THEN f.cells ELSE ${patched} END AS cells
     FROM ${table.relation.sql} AS f LEFT JOIN patches AS p ON p.row = f.${rowNumber}
     WHERE f.${rowNumber} NOT IN (SELECT row FROM dropped) ORDER BY f.${rowNumber}`,
  )
  await insert(
    connection,
    'corrected',
    overlay.appended.map(({ row, values }) => {
      const cells = table.columns.map(({ name }) => textOrNull(values[name] ?? null))
      return `${row}, [${cells.join(', ')}]::VARCHAR[]`
    }),
  )
}

/**
 * `range`: only rows with these numbers. The relation has them as `file_row_number`, where there are corrections or a
 * range.
 */
export async function openTable(
  connection: DuckDBConnection,
  { file, corrections = noCorrections }: TableVersion,
  range?: RowRange,
): Promise<OpenTable> {
  if (!isCorrected(corrections) && range === undefined) return readTableFile(connection, file)
  const table = await readTableFile(connection, file, ', file_row_number = true')
  const { first, last } = range ?? everything
  const of = range === undefined ? '' : ` WHERE ${rowNumber} BETWEEN ${first} AND ${last}`
  const relation = { ...table.relation, sql: `(SELECT * FROM ${table.relation.sql}${of})` }
  if (!isCorrected(corrections)) return { ...table, relation }
  const rows = range ?? everything
  const overlay: Overlay = {
    cells: corrections.cells.filter(({ row }) => within(rows, row)),
    dropped: corrections.dropped.filter((row) => within(rows, row)),
    appended: corrections.appended.filter(({ row }) => within(rows, row)),
  }
  const indexOf = new Map(table.columns.map(({ name }, i) => [name, i]))
  const work: Work = { connection, table: { ...table, relation }, overlay, indexOf }
  await connection.run('CREATE TEMP TABLE dropped (row BIGINT)')
  await insert(
    connection,
    'dropped',
    overlay.dropped.map((row) => String(row)),
  )
  if (relation.layout === 'lists') await correctLists(work)
  else await correctColumns(work)
  return { ...table, relation: { ...relation, sql: 'corrected', loaded: true } }
}
