/** Whatever happened to a file of any format: a receipt, or a sentence. DESCENT_FUZZ says how many of each are tried. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as arrow from 'apache-arrow'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultMissingValues, DescentError, startLimits, type Limits } from '../../../../contract/index.ts'
import { plainContext } from '../../kind.ts'
import { broken } from '../../testing-fuzz.ts'
import { withDuckDB, type DuckDBConnection } from '../duckdb.ts'
import { importTable } from '../import-table.ts'
import { loadTable } from './index.ts'

const cases = Number(process.env.DESCENT_FUZZ ?? 12)
/** Seconds that one file may take, on a machine that does other things as well. */
const longest = 20

/** On one connection. */
const atOnce = 200
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

async function parquetBytes(): Promise<Uint8Array> {
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

async function duckdbBytes(): Promise<Uint8Array> {
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

function sqliteBytes(): Uint8Array {
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

const sound: Readonly<Record<string, () => Uint8Array | Promise<Uint8Array>>> = {
  'a.csv': () => Buffer.from(csv),
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

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-formats-fuzz-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A file of a few kilobytes that wants more is damaged. */
const limits: Limits = { ...startLimits, expandedSize: 32 << 20 }

/** Mostly its reader alone: what comes after it is the same for every format. */
async function tried(
  connection: DuckDBConnection,
  name: string,
  bytes: Uint8Array,
  whole: boolean,
): Promise<'read' | 'refused'> {
  const at = join(folder, 'case')
  mkdirSync(at, { recursive: true })
  const path = join(at, name)
  writeFileSync(path, bytes)
  const options = { path, missingValues: defaultMissingValues }
  const context = { ...plainContext, limits }
  try {
    if (whole) {
      const { receipt, rows } = await importTable(options, join(at, 'kept.parquet'), context)
      expect(receipt.rowsRead).toBe(rows)
    } else {
      const { names, rows } = await loadTable(connection, options, at, context)
      expect(names.length).toBeGreaterThan(0)
      expect(rows).toBeGreaterThanOrEqual(0)
    }
    return 'read'
  } catch (error) {
    if (!(error instanceof DescentError) || error.code === 'internal') throw error
    expect(error.message).toMatch(/[.”)]$/)
    expect(error.message).not.toMatch(/\bError:|LINE \d+:|read_csv|\/case\/reading-|^\s*at /m)
    return 'refused'
  } finally {
    await connection.run('DROP TABLE IF EXISTS raw')
    rmSync(at, { recursive: true, force: true })
  }
}

describe.each(Object.keys(sound))('%s', (name) => {
  it(
    'is read or refused, whatever happened to it',
    async () => {
      const whole = await sound[name]!()
      for (let from = 0; from < cases; from += atOnce)
        await withDuckDB(
          async (connection) => {
            if (from === 0) expect(await tried(connection, name, whole, true)).toBe('read')
            for (let seed = from; seed < Math.min(cases, from + atOnce); seed++) {
              const { bytes, story } = broken(seed, whole)
              const started = performance.now()
              try {
                await tried(connection, name, bytes, seed % 20 === 0)
              } catch (error) {
                throw new Error(`Seed ${seed}, ${story}: ${(error as Error).message}`, { cause: error })
              }
              const seconds = (performance.now() - started) / 1000
              expect(seconds, `seed ${seed}, ${story}: seconds`).toBeLessThan(longest)
            }
          },
          folder,
          limits,
        )
    },
    60_000 + cases * 2000,
  )
})
