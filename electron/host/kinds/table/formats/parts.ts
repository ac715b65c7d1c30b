/** A folder of parts: one table that somebody wrote as several files, united in the order of their names. */
import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { plural, type DescentError, type Limits } from '../../../../contract/index.ts'
import { limitError } from '../../../inputs/limit-error.ts'
import { shareOf, type ReadContext } from '../../kind.ts'
import { query, type DuckDBConnection } from '../duckdb.ts'
import type { CsvOptions, RawTable } from '../reading/read-csv.ts'
import { noneStored, textSql } from '../relation.ts'
import { bad, listed } from './format.ts'

/** Not data: what is hidden, marks of whoever wrote the folder, and what tells about it. */
const isAside = (name: string): boolean => /^[._]|^(readme|licen[cs]e)\b/i.test(name)

interface Parts {
  readonly names: readonly string[]
  /** Files without a byte. */
  readonly empty: readonly string[]
}

/** In the order in which people count: part-2 before part-10. */
const byName = new Intl.Collator('en', { numeric: true })

async function partsIn(folder: string, limits: Limits): Promise<Parts> {
  const entries = await readdir(folder, { withFileTypes: true })
  if (entries.length > limits.files)
    throw limitError('files', limits, `${folder} is a folder with entries:`, null)
  const data = entries.filter(({ name }) => !isAside(name))
  const folders = data.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const files = data.filter((entry) => !entry.isDirectory()).map(({ name }) => name)
  if (folders.length > 0 && files.length > 0)
    throw bad(
      `${folder} holds ${folders.length === 1 ? 'a folder' : 'folders'} beside its files: ${listed(folders)}. What is in there would be left out: put all parts of the table into one folder, or give one of these.`,
    )
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size))
  const inOrder = (names: readonly string[]) => names.toSorted((a, b) => byName.compare(a, b))
  return {
    names: inOrder(files.filter((_, i) => sizes[i]! > 0)),
    empty: inOrder(files.filter((_, i) => sizes[i] === 0)),
  }
}

const apart = /(^|[^a-z])(train|test|valid(ation)?|dev)([^a-z]|$)/i

/** Whoever names them so means different things by them. */
function checkOneTable(folder: string, names: readonly string[]): void {
  const said = names.filter((name) => apart.test(name))
  if (said.length > 0 && names.length > 1)
    throw bad(
      `${folder} holds files that are not parts of one table: ${listed(names)}. Give the one to learn from.`,
    )
}

const differing = (
  path: string,
  first: string,
  names: readonly string[],
  wanted: readonly string[],
): DescentError => {
  const lacks = wanted.filter((name) => !names.includes(name))
  const adds = names.filter((name) => !wanted.includes(name))
  const how = [
    ...(lacks.length > 0 ? [`it lacks ${listed(lacks.map((name) => `“${name}”`))}`] : []),
    ...(adds.length > 0 ? [`it has ${listed(adds.map((name) => `“${name}”`))}, too`] : []),
  ]
  return bad(
    `${path} has other columns than ${first}: ${how.join(', and ')}. The parts of a table have the same columns: move the file elsewhere, or give one file.`,
  )
}

/** Every part is read by itself, as if it were the only one, and in the columns of the first. */
export async function loadParts(
  connection: DuckDBConnection,
  options: CsvOptions,
  context: ReadContext,
  load: (options: CsvOptions, context: ReadContext) => Promise<RawTable>,
): Promise<RawTable> {
  const folder = options.path
  const { names, empty } = await partsIn(folder, context.limits)
  if (names.length === 0)
    throw bad(`${folder} is a folder without files${empty.length > 0 ? ' that hold anything' : ''}.`)
  checkOneTable(folder, names)
  const told: string[] = []
  const hash = createHash('sha256')
  let first: RawTable | null = null
  let typed: ReadonlySet<number> | null = null
  const sum = { bytes: 0, rows: 0, rowsRejected: 0, rowsChanged: 0 }
  const rejected: RawTable['rejected'][number][] = []
  const changed: RawTable['rejected'][number][] = []
  for (const [i, name] of names.entries()) {
    const path = join(folder, name)
    const part = shareOf(context, i / names.length, 1 / names.length)
    await connection.run('DROP TABLE IF EXISTS raw')
    let table = await load({ ...options, path }, part)
    if (first !== null && table.format !== first.format)
      throw bad(
        `${folder} holds files of several formats: ${names[0]} and ${name} are not parts of one table. Give one file.`,
      )
    // A part alone may not tell its names from its values, which the first part did.
    if (first?.format === 'text' && !sameNames(table.names, first.names)) {
      await connection.run('DROP TABLE IF EXISTS raw')
      table = await load({ ...options, path, header: first.header ? 'first' : 'none' }, part)
      if (!first.header)
        told.push(`${name}: its first row is read as values, since ${names[0]} has no names above its own.`)
    }
    if (first !== null && !sameNames(table.names, first.names))
      throw differing(path, names[0]!, table.names, first.names)
    if (first === null) {
      first = table
      const cells = table.names.map((_, i) => `t${i}`).join(', ')
      const wanted = table.relation.layout === 'lists' ? 'cells' : cells
      // Who reads a second time, having learned more of the file, does so by the same connection.
      await connection.run('DROP TABLE IF EXISTS united')
      await connection.run(`CREATE TEMP TABLE united AS SELECT ${wanted} FROM ${table.relation.sql}`)
    } else await append(connection, table, first)
    const numbers = numbersAs(first, table)
    typed = typed === null ? numbers : typed.intersection(numbers)
    hash.update(`${name}\n${table.source.sha256}\n`)
    sum.bytes += table.source.bytes
    sum.rows += table.rows
    sum.rowsRejected += table.rowsRejected
    sum.rowsChanged += table.rowsChanged
    const inPart = ({ line, reason, text }: RawTable['rejected'][number]) => ({
      line,
      reason: `${name}: ${reason}`,
      text,
    })
    rejected.push(...table.rejected.map(inPart))
    changed.push(...table.changed.map(inPart))
    told.push(...table.notes.map((note) => `${name}: ${note}`))
    context.progress((i + 1) / names.length)
  }
  await connection.run('DROP TABLE IF EXISTS raw')
  await connection.run('ALTER TABLE united RENAME TO raw')
  const [count = {}] = await query(connection, 'SELECT count(*) AS rows FROM raw')
  const whole = first!
  return {
    ...whole,
    ...sum,
    ...(typed !== null && { typedNumbers: typed }),
    rows: Number(count.rows),
    file: null,
    relation: { sql: 'raw', layout: whole.relation.layout, stored: noneStored },
    source: { bytes: sum.bytes, sha256: hash.digest('hex') },
    rejected: rejected.slice(0, 100),
    changed: changed.slice(0, 100),
    notes: [
      `${plural(names.length, 'file')} of ${basename(folder)} ${names.length === 1 ? 'is' : 'are'} one table, in the order of their names: ${listed(names)}.`,
      ...(empty.length > 0 ? [`Empty, and left out: ${listed(empty)}.`] : []),
      ...new Set(told),
    ],
  }
}

/** By the places of the first part's columns. */
const numbersAs = (first: RawTable, { names, typedNumbers }: RawTable): ReadonlySet<number> =>
  new Set([...(typedNumbers ?? [])].map((at) => first.names.indexOf(names[at]!)))

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && new Set([...a, ...b]).size === a.length

/** Columns may stand in another order. */
async function append(connection: DuckDBConnection, table: RawTable, first: RawTable): Promise<void> {
  const cells = first.names.map((name) => textSql(table.relation, table.names.indexOf(name)))
  await connection.run(
    first.relation.layout === 'lists'
      ? `INSERT INTO united SELECT [${cells.join(', ')}] FROM ${table.relation.sql}`
      : `INSERT INTO united SELECT ${cells.join(', ')} FROM ${table.relation.sql}`,
  )
}
