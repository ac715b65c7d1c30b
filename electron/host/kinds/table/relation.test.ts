/** A wide table is kept in another form than a narrow one; what is said of its columns must not depend on that. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultMissingValues, plainNumerals, type Column } from '../../../contract/index.ts'
import { profileTable } from '../../explore/profile.ts'
import { query, quoted, withDuckDB } from './duckdb.ts'
import { importTable } from './import-table.ts'
import { readPage } from './page.ts'
import { readFrame } from './read-frame.ts'
import { cellsOf, layoutFor, mostAsColumns, noneStored, readChunks, type Reading } from './relation.ts'
import { styles } from './parsers/upgrades.ts'
import { loadWide, readTableFile, writeTableFile } from './table-file.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-relation-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** How numbers, dates, gaps and oddities are written. */
const corpus = [
  (i: number) => String(i / 4),
  (i: number) => (i % 5 ? String(i) : '?'),
  (i: number) => `"${(i * 1234.5).toLocaleString('de')}"`,
  (i: number) => `"${(1000 + i * 1234).toLocaleString('en')}"`,
  (i: number) => ['1e60', '2e300', '-1e299', '1'][i % 4]!,
  (i: number) => ['inf', '1.5', '-Infinity', 'nan', '1e999', ''][i % 6]!,
  (i: number) => (i % 30 === 7 ? 'unknown' : String(i * 3)),
  (i: number) => `2024-0${1 + (i % 9)}-1${i % 10}`,
  (i: number) => `0${i % 7}01`,
  (i: number) => ['red', 'Red', 'blue', 'NA'][i % 4]!,
  (i: number) => `  spaces ${i % 3} `,
  (i: number) => `"a ""quoted"", text of ${i}\nin two lines"`,
  (i: number) => `'=1+${i % 4}`,
  () => '7',
  () => '',
  (i: number) => `1_${i}`,
  (i: number) => String(i % 2),
]
const rows = 60

function table(width: number): string {
  const names = corpus.map((_, i) => `k${i}`)
  const filler = Array.from({ length: width }, (_, i) => `f${i}`)
  const lines = Array.from({ length: rows }, (_, i) =>
    [...filler.map((_, j) => (i * (j + 1)) % 11), ...corpus.map((cell) => cell(i % 50))].join(','),
  )
  return `${[...filler, ...names].join(',')}\n${lines.join('\n')}\n`
}

async function described(width: number) {
  const path = join(folder, `${width}.csv`)
  const file = join(folder, `${width}.parquet`)
  writeFileSync(path, table(width))
  const { columns, receipt, task } = await importTable(
    { path, missingValues: defaultMissingValues, target: 'last' },
    file,
  )
  // As text, whatever was inferred, and as number where people may ask for one.
  const ours = columns.slice(width)
  const asked = ours.map((column, i): Column => ({
    ...column,
    role: i === corpus.length - 1 ? 'target' : 'feature',
  }))
  const profile = await profileTable({ file }, [...columns.slice(0, width), ...asked])
  const numbers = asked.map((column): Column => ({ ...column, kind: 'number' }))
  const page = await readPage({ file }, columns, { offset: 5, limit: 20, total: rows })
  return {
    version: await withDuckDB(async (connection) => (await readTableFile(connection, file)).version),
    said: {
      columns: ours,
      task,
      notes: receipt.notes.filter((note) => /"k\d+"|apostrophe/.test(note)),
      profiled: profile.columns.slice(width),
      // Not those on pairs of columns, of which only the sixty most variable are looked at, nor of zeros, which many columns
      // of the wide table have, so that one alert speaks of all.
      alerts: profile.alerts.filter(
        ({ name, columns: about }) => name !== 'manyZeros' && about.length === 1 && /^k/.test(about[0]!),
      ),
      frame: await readFrame({ file }, asked),
      asNumbers: await readFrame({ file }, numbers),
      page: page.rows.map((row) => row.slice(width)),
      rowsRejected: receipt.rowsRejected,
    },
    profile,
  }
}

describe('a column of a wide table', () => {
  it('is read, measured and shown as that of a narrow one', async () => {
    const narrow = await described(3)
    const wide = await described(mostAsColumns)
    expect([narrow.version, wide.version]).toEqual([3, 4])
    expect(wide.said).toEqual(narrow.said)
    expect(wide.said.profiled[12]!.top.map(({ value }) => value)).toContain('=1+1')
    expect(wide.profile.duplicateRows).toBe(narrow.profile.duplicateRows)
  })

  it('is read in the style that files of earlier versions name', async () => {
    const file = join(folder, 'styled.parquet')
    const column: Column = { name: 'a', kind: 'number', role: 'feature' }
    await withDuckDB(async (connection) => {
      const written = { version: 1, delimiter: ';', columns: [{ name: 'a', number: 'decimalComma' }] }
      await connection.run(
        `COPY (SELECT '1.098' AS t0, 1098.0::DOUBLE AS n0) TO ${quoted(file)}
         (FORMAT parquet, KV_METADATA {descent: ${quoted(JSON.stringify(written))}})`,
      )
    })
    const valuesOf = async (one: Column) => {
      const [found] = (await readFrame({ file }, [one])).columns
      return [...(found as { values: Float64Array }).values]
    }
    expect(await valuesOf(column)).toEqual([1098])
    expect(await valuesOf({ ...column, parser: plainNumerals })).toEqual([1.098])
  })

  it('is read from files that were written before there were lists', { tags: 'thorough' }, async () => {
    const width = mostAsColumns + 5
    const file = join(folder, 'columns.parquet')
    const columns = Array.from({ length: width }, (_, i): Column => ({
      name: `c${i}`,
      kind: 'number',
      role: 'feature',
    }))
    const values = await withDuckDB(async (connection) => {
      const cells = columns.map((_, i) => `(range * ${i})::VARCHAR AS t${i}`).join(', ')
      await connection.run(`CREATE TEMP TABLE raw AS SELECT ${cells} FROM range(20)`)
      await writeTableFile(
        connection,
        { sql: 'raw', layout: 'columns', stored: noneStored },
        {
          delimiter: ',',
          columns: columns.map(({ name }) => ({ name, number: 'plain', parser: plainNumerals })),
        },
        file,
      )
      const table = await readTableFile(connection, file)
      expect([table.version, table.relation.layout]).toEqual([3, 'columns'])
      expect((await loadWide(connection, table, 'often')).layout).toBe('lists')
      return (await readFrame({ file }, columns)).columns
    })
    expect(values[204]).toMatchObject({ kind: 'number', name: 'c204' })
    expect((values[204] as { values: Float64Array }).values[19]).toBe(19 * 204)
    expect((await profileTable({ file }, columns)).columns[204]!.numeric!.max).toBe(19 * 204)
  })
})

it('chooses lists beyond what is planned quickly', () => {
  expect([layoutFor(mostAsColumns), layoutFor(mostAsColumns + 1)]).toEqual(['columns', 'lists'])
})

it('asks of how many columns at once so that their cells stay bounded', () => {
  const readings = Array.from({ length: 7 }, (_, index): Reading => ({ index, as: 'text' }))
  for (const layout of ['columns', 'lists'] as const) {
    const sizes = (rows: number, atOnce?: number) =>
      cellsOf({ sql: 'raw', layout, stored: noneStored }, readings, rows, {}, atOnce).map(
        (some) => some.readings.length,
      )
    expect(sizes(1000)).toEqual([7])
    expect(sizes(5_000_000)).toEqual([4, 3])
  }
})

it('reads each cell of a list by its own parser alone', async () => {
  const readings: Reading[] = [
    { index: 3, as: styles.thousands },
    { index: 0, as: plainNumerals },
    { index: 2, as: 'text' },
    { index: 1, as: styles.thousands },
    { index: 3, as: 'text' },
    { index: 3, as: styles.thousands },
  ]
  await withDuckDB(async (connection) => {
    await connection.run(
      "CREATE TEMP TABLE raw AS SELECT [range::VARCHAR, '1,00' || range, 'x' || range, '2,00' || range] AS cells FROM range(9)",
    )
    const asked: string[] = []
    const stream = connection.stream.bind(connection)
    connection.stream = (sql, ...more) => {
      asked.push(sql)
      return stream(sql, ...more)
    }
    const relation = { sql: 'raw', layout: 'lists', stored: noneStored } as const
    const rows: unknown[][] = []
    for await (const chunk of readChunks(connection, relation, readings))
      for (let row = 0; row < chunk.rows; row++) rows.push(chunk.columns.map((value) => value(row)))
    expect(rows[4]).toEqual([2004, 4, 'x4', 1004, '2,004', 2004])
    expect(asked.join()).toContain('list_transform(list_select(cells, ')
    expect(asked.join()).not.toContain('list_transform(cells')
  })
})

it('keeps the order of rows in lists, too: no join', async () => {
  await withDuckDB(async (connection) => {
    await connection.run("CREATE TEMP TABLE raw AS SELECT [range::VARCHAR, 'x'] AS cells FROM range(1000)")
    const [plan] = await query(
      connection,
      `EXPLAIN SELECT list_transform(cells, lambda t: CASE WHEN t NOT IN ('', 'a', 'b', 'c', 'd', 'e', 'f') THEN t END) FROM raw`,
    )
    expect(String(plan?.explain_value)).not.toContain('JOIN')
  })
})

it('creates nothing in the folder of the job before there is need of it', async () => {
  const job = mkdtempSync(join(folder, 'job-'))
  await withDuckDB(async (connection) => {
    await query(connection, 'SELECT count(DISTINCT range) AS n FROM range(100000)')
    expect(readdirSync(job)).toEqual([])
  }, job)
  const missing = join(folder, 'not', 'there')
  await withDuckDB((connection) => query(connection, 'SELECT 1 AS one'), missing)
})
