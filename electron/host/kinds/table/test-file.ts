/** The test rows of a table from a file of their own: read as the training file was, and put behind its rows. */
import { createHash } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import {
  DescentError,
  formatCount,
  isCategorical,
  labelsListed,
  plural,
  targetsOf,
  type Column,
  type DataSource,
  type Receipt,
  type TableRecipe,
} from '../../../contract/index.ts'
import type { Frame } from '../../datasets/frame.ts'
import { asTableError } from '../../inputs/duckdb-error.ts'
import type { ReadContext } from '../kind.ts'
import { query, quoted, withDuckDB, type DuckDBConnection } from './duckdb.ts'
import { dropMarks, marksIn } from './missing-marks.ts'
import { eightBitEncoding, readingsToTry } from './read-inputs.ts'
import { loadTable } from './formats/index.ts'
import type { RawTable } from './reading/read-csv.ts'
import { cellsOf, noneStored, textSql, valueSql, type Layout, type Relation } from './relation.ts'
import { shapeAlike, type ShapedAlike } from './shaping/index.ts'
import { keptPartners } from './shaping/partners.ts'
import { readingOf, readTableFile, writeTableFile, type OpenTable } from './table-file.ts'

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
  file: string,
  folder: string,
  context: ReadContext,
): Promise<ShapedAlike> {
  const { shape = [], asRead = [], joined, missingValues } = source
  const partners = keptPartners(dirname(file), joined, context)
  let best: { readonly found: number; readonly read: () => Promise<ShapedAlike> } | null = null
  let refusal: unknown = null
  for (const reading of readingsToTry({ source, header })) {
    const read = async (): Promise<ShapedAlike> => {
      const usualEncoding = eightBitEncoding(encoding)
      const options = { path, ...reading, usualEncoding, missingValues }
      const loaded = await loadTable(connection, options, folder, context)
      return await shapeAlike(connection, loaded, { shape, asRead, missingValues }, 'test', folder, partners)
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

/** Cells, in the order of their columns, as a relation of that layout has them. */
const cellsAs = (layout: Layout, cells: readonly string[]): string =>
  layout === 'lists'
    ? `[${cells.join(', ')}]::VARCHAR[] AS cells`
    : cells.map((cell, i) => `${cell} AS t${i}`).join(', ')

/** Of the test file, the cells of the training table's columns. */
function alignedSql({ columns, relation: into }: OpenTable, raw: RawTable, relation: Relation): string {
  const cells = columns.map(({ name }) => {
    const at = raw.names.indexOf(name)
    return at === -1 ? 'NULL::VARCHAR' : textSql(relation, at)
  })
  return `SELECT ${cellsAs(into.layout, cells)} FROM ${relation.sql}`
}

/** Columns that are in use and in the test file, with their place in the table. */
const readingsOf = (
  table: OpenTable,
  raw: RawTable,
  columns: readonly Column[],
): { readonly index: number; readonly column: Column }[] => {
  const used = new Map(
    columns.flatMap((column) =>
      column.role === 'ignore' || column.role === 'id' ? [] : [[column.name, column] as const],
    ),
  )
  return table.columns.flatMap(({ name }, index) => {
    const column = used.get(name)
    return column === undefined || !raw.names.includes(name) ? [] : [{ index, column }]
  })
}

/** Of each column of categories, those of the test rows that no training row has, in order. */
async function unseenIn(
  connection: DuckDBConnection,
  table: OpenTable,
  test: Relation,
  raw: RawTable,
  columns: readonly Column[],
): Promise<Map<number, string[]>> {
  const readings = readingsOf(table, raw, columns).flatMap(({ index, column }) =>
    isCategorical(column.kind) ? [{ index, as: 'text' as const }] : [],
  )
  const unseen = new Map<number, string[]>()
  const trained = cellsOf(table.relation, readings, raw.rows)
  for (const [i, { sql }] of cellsOf(test, readings, raw.rows).entries()) {
    const found = await query(
      connection,
      `SELECT DISTINCT new.key AS key, new.t AS value FROM ${sql} AS new
       ANTI JOIN ${trained[i]!.sql} AS known ON new.key = known.key AND new.t = known.t
       WHERE new.t IS NOT NULL ORDER BY 1, 2`,
    )
    for (const { key, value } of found) {
      const own = unseen.get(Number(key)) ?? []
      own.push(String(value))
      unseen.set(Number(key), own)
    }
  }
  return unseen
}

/** “1” of “1”, “+1”, “1.0” and “1.”; null: no whole number. Three zeros may as well be thousands. */
export function wholeNumber(text: string): string | null {
  const [, sign = '', digits, zeros] = /^([+-]?)(\d+)(?:\.(0*))?$/.exec(text) ?? []
  return digits === undefined || zeros?.length === 3 ? null : `${sign === '-' ? '-' : ''}${digits}`
}

/** The different texts of a column of the training table, in order. */
async function differentIn(
  connection: DuckDBConnection,
  { relation }: OpenTable,
  index: number,
): Promise<string[]> {
  const text = textSql(relation, index)
  const found = await query(
    connection,
    `SELECT DISTINCT ${text} AS value FROM ${relation.sql} WHERE ${text} IS NOT NULL ORDER BY 1`,
  )
  return found.map(({ value }) => String(value))
}

/** Programs write the same whole number as 1 and as 1.0: categories of the test rows are spelled as training has them. */
async function spelledAsTrained(
  connection: DuckDBConnection,
  table: OpenTable,
  test: Relation,
  raw: RawTable,
  columns: readonly Column[],
): Promise<Map<number, string>> {
  const cells = new Map<number, string>()
  for (const [index, values] of await unseenIn(connection, table, test, raw, columns)) {
    const wanted = new Map(values.map((value) => [value, wholeNumber(value)]))
    if ([...wanted.values()].every((value) => value === null)) continue
    const spelling = new Map(
      (await differentIn(connection, table, index)).flatMap((value) => {
        const whole = wholeNumber(value)
        return whole === null ? [] : [[whole, value] as const]
      }),
    )
    const pairs = [...wanted].flatMap(([value, whole]) => {
      const own = whole === null ? undefined : spelling.get(whole)
      return own === undefined ? [] : [`${quoted(value)}: ${quoted(own)}`]
    })
    const cell = textSql(test, index)
    if (pairs.length > 0)
      cells.set(index, `coalesce(map_extract(MAP {${pairs.join(', ')}}, ${cell})[1], ${cell})`)
  }
  return cells
}

/** A test of no rows is none: nothing would be measured by it. */
async function checkTested(
  connection: DuckDBConnection,
  path: string,
  table: OpenTable,
  test: Relation,
  raw: ShapedAlike,
  columns: readonly Column[],
): Promise<void> {
  const emptied =
    raw.rows === 0 ? raw.steps.find(({ rows: [before, after] }) => before > 0 && after === 0) : undefined
  if (emptied !== undefined)
    throw new DescentError(
      'badData',
      `None of the ${plural(emptied.rows[0], 'row')} of ${path} goes through “${emptied.step}”, so nothing can be tested. Give a file with rows that do, or leave out the step.`,
      'test',
    )
  if (raw.rows === 0)
    throw new DescentError(
      'badData',
      `${path} has no rows, so nothing can be tested. Give a file with rows, or choose another split.`,
      'test',
    )
  const targets = targetsOf(columns)
  const present = readingsOf(table, raw, targets).map(({ index, column }) => {
    const { as } = isCategorical(column.kind) ? { as: 'text' as const } : readingOf(table, index, column)
    return `${valueSql(test, { index, as })} IS NOT NULL`
  })
  if (present.length === 0) return
  const [row] = await query(
    connection,
    `SELECT count(*) AS tested FROM ${test.sql} WHERE ${present.join(' AND ')}`,
  )
  if (Number(row?.tested) === 0)
    throw new DescentError(
      'badData',
      `In none of the ${plural(raw.rows, 'row')} of ${path} ${listed(targets.map(({ name }) => name))} has a value, so nothing can be tested. Give a test file with the answers, or predict its rows with the trained model.`,
      'test',
    )
}

/** What in the test file is not as training had it. */
async function oddities(
  connection: DuckDBConnection,
  table: OpenTable,
  test: Relation,
  raw: RawTable,
  { data, target }: TableRecipe,
): Promise<{ readonly notes: string[]; readonly unseen: boolean }> {
  const notes: string[] = []
  let anyUnseen = false
  const targets = targetsOf(data.columns).map(({ name }) => name)
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
  for (const { index, column } of readingsOf(table, raw, data.columns)) {
    const { as } = readingOf(table, index, column)
    if (isCategorical(column.kind) || as === 'text') continue
    const text = textSql(test, index)
    const [row] = await query(
      connection,
      `SELECT count(*) AS odd, min(${text}) AS example FROM ${test.sql} WHERE ${text} IS NOT NULL AND ${valueSql(test, { index, as })} IS NULL`,
    )
    const odd = Number(row?.odd ?? 0)
    if (odd > 0)
      notes.push(
        `“${column.name}”: ${plural(odd, 'test value')} ${odd === 1 ? 'is' : 'are'} not written as in training, e.g. “${String(row?.example)}”, and read as missing.`,
      )
  }
  for (const [index, values] of await unseenIn(connection, table, test, raw, data.columns)) {
    const { name } = table.columns[index]!
    const isTarget = targets.includes(name)
    if (isTarget && target.separator !== null) {
      // Another list of the same labels is nothing new.
      const known = new Set(
        (await differentIn(connection, table, index)).flatMap((text) =>
          labelsListed(text, target.separator!),
        ),
      )
      const labels = new Set(values.flatMap((text) => labelsListed(text, target.separator!))).difference(
        known,
      )
      if (labels.size > 0)
        notes.push(
          `“${name}”: the test file has ${plural(labels.size, 'label')} that training has not, which cannot be learned: ${listed([...labels])}.`,
        )
      continue
    }
    anyUnseen ||= isTarget
    notes.push(
      isTarget
        ? `“${name}”: the test file has ${plural(values.length, 'class', 'classes')} that training has not, which cannot be learned: ${listed(values)}.`
        : `“${name}”: the test file has ${plural(values.length, 'category', 'categories')} that training has not, of which nothing is learned: ${listed(values)}.`,
    )
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
  const partial = `${file}.partial`
  const started = performance.now()
  try {
    return await withDuckDB(
      async (connection, files) => {
        const table = await readTableFile(connection, file)
        const names = table.columns.map(({ name }) => name)
        const { source } = recipe.data
        const raw = await load(connection, path, source, receipt, names, file, files, context)
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
        const aligned: Relation = { sql: 'test_rows', layout, stored: noneStored }
        const spelled = await spelledAsTrained(connection, table, aligned, raw, recipe.data.columns)
        const columns = names.map((_, i) => spelled.get(i) ?? textSql(aligned, i))
        if (spelled.size > 0)
          await connection.run(
            `CREATE TEMP TABLE spelled_rows AS SELECT ${cellsAs(layout, columns)} FROM test_rows`,
          )
        const test: Relation = spelled.size > 0 ? { ...aligned, sql: 'spelled_rows' } : aligned
        const { notes, unseen } = await oddities(connection, table, test, raw, recipe)
        await checkTested(connection, path, table, test, raw, recipe.data.columns)
        const cells = layout === 'lists' ? 'cells' : names.map((_, i) => `t${i}`).join(', ')
        const both = `(SELECT ${cells} FROM ${table.relation.sql} UNION ALL SELECT ${cells} FROM ${test.sql})`
        await writeTableFile(
          connection,
          { sql: both, layout, stored: noneStored },
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
              ...raw.steps.flatMap(({ step, rows, notes: told }) => [
                ...(rows[0] === rows[1]
                  ? []
                  : [`${fileName}: “${step}” leaves ${plural(rows[1], 'row')} of ${formatCount(rows[0])}.`]),
                ...told.map((note) => `${fileName}: “${step}”: ${note}`),
              ]),
              ...raw.notes.map((note) => `${fileName}: ${note}`),
            ],
            seconds: receipt.seconds + (performance.now() - started) / 1000,
          },
        }
      },
      dirname(file),
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
