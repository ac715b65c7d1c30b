/** The test rows of a table from a file of their own: read as the training file was, and put behind its rows. */
import { createHash } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import {
  DescentError,
  formatCount,
  plural,
  targetsOf,
  type DataSource,
  type Receipt,
  type TableRecipe,
} from '../../../contract/index.ts'
import type { Frame } from '../../datasets/frame.ts'
import { asTableError } from '../../inputs/duckdb-error.ts'
import type { ReadContext } from '../kind.ts'
import { query, withDuckDB, type DuckDBConnection } from './duckdb.ts'
import { dropMarks, marksIn } from './missing-marks.ts'
import { cellSql } from './parsers/index.ts'
import { eightBitEncoding, readingsToTry } from './read-inputs.ts'
import { loadTable } from './formats/index.ts'
import type { RawTable } from './reading/read-csv.ts'
import { textSql, type Relation } from './relation.ts'
import { readTableFile, writeTableFile, type OpenTable } from './table-file.ts'

interface Trained {
  readonly receipt: Receipt
  readonly recipe: TableRecipe
}

const listed = (names: readonly string[], most = 8): string =>
  names
    .slice(0, most)
    .map((name) => `“${name}”`)
    .join(', ') + (names.length > most ? ` and ${formatCount(names.length - most)} more` : '')

/** The first way of reading that finds most of the training table's columns. */
async function load(
  connection: DuckDBConnection,
  path: string,
  source: DataSource,
  { header, encoding }: Receipt,
  names: readonly string[],
  folder: string,
  context: ReadContext,
): Promise<RawTable> {
  let best: { readonly found: number; readonly read: () => Promise<RawTable> } | null = null
  let refusal: unknown = null
  for (const reading of readingsToTry({ source, header })) {
    const read = async (): Promise<RawTable> => {
      const { missingValues } = source
      const usualEncoding = eightBitEncoding(encoding)
      return await loadTable(connection, { path, ...reading, usualEncoding, missingValues }, folder, context)
    }
    try {
      const raw = await read()
      const found = names.filter((name) => raw.names.includes(name)).length
      if (found === names.length) return raw
      if (found > (best?.found ?? 0)) best = { found, read }
    } catch (error) {
      if (!(error instanceof DescentError) || error.code !== 'badData') throw error
      refusal ??= error
    }
  }
  if (best !== null) return await best.read()
  if (refusal !== null) throw refusal
  throw new DescentError(
    'badData',
    `${path} has none of the columns of the training table (${listed(names)}): it is no test file for it.`,
    'test',
  )
}

/** Of the test file, the cells of the training table's columns. */
function alignedSql({ columns, relation: into }: OpenTable, raw: RawTable, relation: Relation): string {
  const cells = columns.map(({ name }) => {
    const at = raw.names.indexOf(name)
    return at === -1 ? 'NULL::VARCHAR' : textSql(relation, at)
  })
  return into.layout === 'lists'
    ? `SELECT [${cells.join(', ')}]::VARCHAR[] AS cells FROM ${relation.sql}`
    : `SELECT ${cells.map((cell, i) => `${cell} AS t${i}`).join(', ')} FROM ${relation.sql}`
}

/** What in the test file is not as training had it. */
async function oddities(
  connection: DuckDBConnection,
  table: OpenTable,
  test: Relation,
  raw: RawTable,
  { data }: TableRecipe,
): Promise<{ readonly notes: string[]; readonly unseen: boolean }> {
  const notes: string[] = []
  let anyUnseen = false
  const targets = targetsOf(data.columns).map(({ name }) => name)
  const used = new Set(
    data.columns.flatMap(({ name, role }) => (role === 'ignore' || role === 'id' ? [] : [name])),
  )
  const lacking = table.columns.flatMap(({ name }) => (raw.names.includes(name) ? [] : [name]))
  const surplus = raw.names.filter((name) => !table.columns.some((column) => column.name === name))
  const lost = lacking.filter((name) => targets.includes(name))
  if (lost.length > 0)
    throw new DescentError(
      'badData',
      `The test file has no column ${listed(lost)}, which is to be predicted: without it nothing can be tested. It has ${listed(raw.names)}.`,
      'test',
    )
  if (lacking.length > 0)
    notes.push(
      `The test file lacks ${plural(lacking.length, 'column')} of the training table, which ${lacking.length === 1 ? 'is' : 'are'} missing in every test row: ${listed(lacking)}.`,
    )
  if (surplus.length > 0)
    notes.push(
      `The test file has ${plural(surplus.length, 'column')} that the training table has not, left out: ${listed(surplus)}.`,
    )
  for (const [i, { name, parser }] of table.columns.entries()) {
    if (!raw.names.includes(name) || !used.has(name)) continue
    const text = textSql(test, i)
    if (parser !== null) {
      const value = cellSql(text, parser)
      const [row] = await query(
        connection,
        `SELECT count(*) AS odd, min(${text}) AS example FROM ${test.sql} WHERE ${text} IS NOT NULL AND ${value} IS NULL`,
      )
      const odd = Number(row?.odd ?? 0)
      if (odd > 0)
        notes.push(
          `“${name}”: ${plural(odd, 'test value')} ${odd === 1 ? 'is' : 'are'} not written as in training, e.g. “${String(row?.example)}”, and read as missing.`,
        )
    } else if (targets.includes(name)) {
      const unseen = await query(
        connection,
        `SELECT DISTINCT ${text} AS value FROM ${test.sql} WHERE ${text} IS NOT NULL
         AND ${text} NOT IN (SELECT ${textSql(table.relation, i)} FROM ${table.relation.sql} WHERE ${textSql(table.relation, i)} IS NOT NULL) ORDER BY 1`,
      )
      if (unseen.length > 0) anyUnseen = true
      if (unseen.length > 0)
        notes.push(
          `“${name}”: the test file has ${plural(unseen.length, 'class', 'classes')} that training has not, which cannot be learned: ${listed(unseen.map(({ value }) => String(value)))}.`,
        )
    }
  }
  return { notes, unseen: anyUnseen }
}

/** `unseen`: its target has classes that training has not. `file`: what was imported of the training file, which then holds the rows of both. Whole, or untouched. */
export async function addTestFile(
  path: string,
  trained: Trained,
  file: string,
  context: ReadContext,
): Promise<{ readonly receipt: Receipt; readonly rows: number; readonly unseen: boolean }> {
  const { receipt, recipe } = trained
  const folder = dirname(file)
  const partial = `${file}.partial`
  const started = performance.now()
  try {
    return await withDuckDB(
      async (connection) => {
        const table = await readTableFile(connection, file)
        const names = table.columns.map(({ name }) => name)
        const { source } = recipe.data
        const raw = await load(connection, path, source, receipt, names, folder, context)
        const marks = await marksIn(
          connection,
          raw.relation,
          [...raw.names.keys()],
          source.missingValues,
          raw.rows,
        )
        const values = recipe.data.columns.flatMap(({ name, notMissing }): [number, readonly string[]][] =>
          notMissing && raw.names.includes(name) ? [[raw.names.indexOf(name), notMissing]] : [],
        )
        const relation = await dropMarks(connection, raw.relation, marks, new Map(values))
        const { layout } = table.relation
        await connection.run(`CREATE TEMP TABLE test_rows AS ${alignedSql(table, raw, relation)}`)
        const test: Relation = { sql: 'test_rows', layout, stored: new Map() }
        const { notes, unseen } = await oddities(connection, table, test, raw, recipe)
        const cells = layout === 'lists' ? 'cells' : names.map((_, i) => `t${i}`).join(', ')
        const both = `(SELECT ${cells} FROM ${table.relation.sql} UNION ALL SELECT ${cells} FROM test_rows)`
        await writeTableFile(
          connection,
          { sql: both, layout, stored: new Map() },
          { delimiter: table.delimiter, columns: table.columns },
          partial,
        )
        renameSync(partial, file)
        const fileName = basename(path)
        const rows = receipt.rowsRead + raw.rows
        const { bytes, sha256 } = raw.source
        return {
          rows,
          unseen,
          receipt: {
            ...receipt,
            // Of the list of theirs, as of all data of several files.
            sha256: createHash('sha256').update(`${receipt.sha256}\n${sha256}\n`).digest('hex'),
            rowsRead: rows,
            test: {
              path,
              fileName,
              bytes,
              sha256,
              rows: raw.rows,
              rowsRejected: raw.rowsRejected,
              rejected: [...raw.rejected],
            },
            notes: [
              ...receipt.notes,
              `The last ${plural(raw.rows, 'row')} are those of the test file ${fileName}: they are the test split.`,
              ...(raw.rowsRejected > 0
                ? [
                    `${plural(raw.rowsRejected, 'row')} of ${fileName} ${raw.rowsRejected === 1 ? 'is' : 'are'} left out.`,
                  ]
                : []),
              ...notes,
              ...raw.notes.map((note) => `${fileName}: ${note}`),
            ],
            seconds: receipt.seconds + (performance.now() - started) / 1000,
          },
        }
      },
      folder,
      context.limits,
    )
  } catch (error) {
    throw asTableError(error, path, context.limits)
  } finally {
    rmSync(partial, { force: true })
  }
}

/** Says where in the frame the test rows begin. */
export function withTestRows(frame: Frame, { test, rowsRead }: Receipt): Frame {
  if (test === undefined) return frame
  const trainRows = rowsRead - test.rows
  if (frame.imported === undefined) return { ...frame, trainRows }
  return {
    ...frame,
    trainRows: frame.imported.numbers.filter((row) => row < trainRows).length,
    imported: { ...frame.imported, trainRows },
  }
}
