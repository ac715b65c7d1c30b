/** Broken files of every format of tables, and what must come of each: a receipt, or a sentence, in bounded time and memory. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as arrow from 'apache-arrow'
import Database from 'better-sqlite3'
import { defaultMissingValues, DescentError, startLimits, type Limits } from '../../../../contract/index.ts'
import { plainContext } from '../../kind.ts'
import { broken } from '../../testing-fuzz.ts'
import { withDuckDB, type DuckDBConnection } from '../duckdb.ts'
import { importTable } from '../import-table.ts'
import { loadTable } from './index.ts'

const count = 60
const records = Array.from({ length: count }, (_, i) => ({
  id: i,
  x: i * 0.37,
  town: ['Zürich', 'Genève', 'Bern'][i % 3],
  at: { day: `2024-01-${10 + (i % 20)}`, tags: [i, 'a'] },
  y: i % 2 === 0 ? 'yes' : 'no',
}))
const csv = `id,x,town,y\n${records.map(({ id, x, town, y }) => `${id},${x},"${town}",${y}\n`).join('')}`

const fixture = (name: string) => () => readFileSync(join(import.meta.dirname, 'fixtures', name))

async function parquetBytes(folder: string): Promise<Uint8Array> {
  const path = join(folder, 'sound.parquet')
  await withDuckDB(
    (connection) =>
      connection.run(
        `COPY (SELECT i AS id, i * 0.37 AS x, 'town ' || i % 3 AS town, {'a': i, 'b': [i]} AS s, i % 2 = 0 AS y, DATE '2024-01-01' + i::INTEGER AS day
         FROM range(${count}) t(i)) TO '${path}' (FORMAT parquet)`,
      ),
    folder,
  )
  return readFileSync(path)
}

async function duckdbBytes(folder: string): Promise<Uint8Array> {
  const path = join(folder, 'sound.duckdb')
  await withDuckDB(
    (connection) =>
      connection.run(
        `ATTACH '${path}' AS made;
         CREATE TABLE made.t AS SELECT i AS id, i * 0.37 AS x, 'town ' || i % 3 AS town, i % 2 = 0 AS y FROM range(${count}) t(i);
         DETACH made`,
      ),
    folder,
  )
  return readFileSync(path)
}

function sqliteBytes(folder: string): Uint8Array {
  const path = join(folder, 'sound.db')
  const database = new Database(path)
  database.exec(
    'CREATE TABLE t (id INTEGER PRIMARY KEY, x REAL, town TEXT, y TEXT); CREATE VIEW v AS SELECT * FROM t',
  )
  const insert = database.prepare('INSERT INTO t VALUES (?, ?, ?, ?)')
  for (const { id, x, town, y } of records) insert.run(id, x, town, y)
  database.close()
  return readFileSync(path)
}

const arrowTable = () =>
  arrow.tableFromArrays({
    id: Int32Array.from(records, ({ id }) => id),
    x: Float64Array.from(records, ({ x }) => x),
    town: records.map(({ town }) => town!),
    y: records.map(({ y }) => y === 'yes'),
  })

/** Of every format a file that is in order; `folder` is for what is made by writing it. */
export const soundFiles: Readonly<Record<string, (folder: string) => Uint8Array | Promise<Uint8Array>>> = {
  'a.csv': () => Buffer.from(csv),
  'a.tsv': () => Buffer.from(csv.replaceAll(',', '\t')),
  'a.csv.gz': () => gzipSync(csv),
  'a.json': () => Buffer.from(JSON.stringify(records)),
  'columns.json': () =>
    Buffer.from(JSON.stringify({ a: records.map(({ x }) => x), b: records.map(({ y }) => y) })),
  'a.jsonl': () => Buffer.from(records.map((record) => JSON.stringify(record)).join('\n')),
  'a.parquet': parquetBytes,
  'a.arrow': () => arrow.tableToIPC(arrowTable(), 'file'),
  'a.arrows': () => arrow.tableToIPC(arrowTable(), 'stream'),
  'a.sqlite': sqliteBytes,
  'a.duckdb': duckdbBytes,
  'a.xlsx': fixture('sales.xlsx'),
  'a.xls': fixture('sales.xls'),
  'a.ods': fixture('cities.ods'),
  'a.zip': fixture('table.zip'),
}

/** Seconds that one file may take, on a machine that does other things as well. */
const longest = 20
/** On one connection. */
const atOnce = 200
/** Every so many go all the way: what comes after its reader is the same for every format. */
const wholeEvery = 20

/** A file of a few kilobytes that wants more is damaged. */
const limits: Limits = { ...startLimits, expandedSize: 32 << 20 }

type Outcome = 'read' | 'refused'

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

async function tried(
  connection: DuckDBConnection,
  folder: string,
  name: string,
  bytes: Uint8Array,
  whole: boolean,
): Promise<Outcome> {
  const at = join(folder, 'case')
  mkdirSync(at, { recursive: true })
  const path = join(at, name)
  writeFileSync(path, bytes)
  const options = { path, missingValues: defaultMissingValues }
  const context = { ...plainContext, limits }
  try {
    if (whole) {
      const { receipt, rows } = await importTable(options, join(at, 'kept.parquet'), context)
      must(receipt.rowsRead === rows, `${rows} rows, and the receipt says ${receipt.rowsRead}`)
    } else {
      const { names, rows } = await loadTable(connection, options, at, context)
      must(names.length > 0, 'a table without columns')
      must(rows >= 0, `${rows} rows`)
    }
    return 'read'
  } catch (error) {
    if (!(error instanceof DescentError) || error.code === 'internal') throw error
    // A sentence about the file, without what libraries say to programmers.
    must(/[.”)]$/.test(error.message), `no sentence: ${error.message}`)
    must(
      !/\bError:|LINE \d+:|read_csv|\/case\/reading-|^\s*at /m.test(error.message),
      `words for programmers: ${error.message}`,
    )
    return 'refused'
  } finally {
    await connection.run('DROP TABLE IF EXISTS raw')
    rmSync(at, { recursive: true, force: true })
  }
}

interface Case {
  readonly seed: number
  /** What was done to the file. */
  readonly story: string
  readonly seconds: number
  /** What became of it, or what is wrong with that. */
  readonly came: Outcome | Error
}

/** The same seeds give the same files. The sound one comes first, where they begin with 0, and has to be read. */
export async function* tryBroken(
  name: string,
  { from, to }: { readonly from: number; readonly to: number },
  folder: string,
): AsyncGenerator<Case> {
  const sound = await soundFiles[name]!(folder)
  for (let first = from; first < to; first += atOnce) {
    const found: Case[] = []
    await withDuckDB(
      async (connection) => {
        const one = async (seed: number, story: string, bytes: Uint8Array, whole: boolean): Promise<void> => {
          const started = performance.now()
          const came = await tried(connection, folder, name, bytes, whole).catch((error: unknown) =>
            error instanceof Error ? error : new Error(String(error)),
          )
          const seconds = (performance.now() - started) / 1000
          const slow = seconds > longest && !(came instanceof Error)
          found.push({ seed, story, seconds, came: slow ? new Error(`it took ${seconds} s`) : came })
        }
        if (first === 0) await one(-1, 'as it should be', sound, true)
        for (let seed = first; seed < Math.min(to, first + atOnce); seed++) {
          const { bytes, story } = broken(seed, sound)
          await one(seed, story, bytes, seed % wholeEvery === 0)
        }
      },
      folder,
      limits,
    )
    yield* found
  }
}
