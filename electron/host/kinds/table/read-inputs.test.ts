import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as arrow from 'apache-arrow'
import Database from 'better-sqlite3'
import { writeXlsx } from 'hucre/xlsx'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { begin, dates, detected, numerals, parsers, plainNumerals } from '../../../contract/index.ts'
import { withDuckDB } from './duckdb.ts'
import type { PreparedColumn } from '../../prepare/preparation.ts'
import { plainContext } from '../kind.ts'
import { eightBitEncoding, readingsToTry, readInputs, type Inputs } from './read-inputs.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'descent-inputs-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const number = (name: string): PreparedColumn => ({
  kind: 'number',
  name,
  steps: [],
  encoder: { encoder: 'numeric', indicator: false },
})
const german = begin(parsers, numerals.name, { decimal: ',', grouping: '.' })
const category = (name: string): PreparedColumn => ({
  kind: 'category',
  name,
  steps: [],
  encoder: { encoder: 'oneHot', categories: ['1', '2'], missing: false, other: false },
})

function read(text: string, columns: PreparedColumn[], header: boolean | null): Promise<Inputs> {
  const path = join(folder, 'new.csv')
  writeFileSync(path, text)
  const source = { path: '/training.csv', ...detected, missingValues: ['?'] }
  return withDuckDB((connection) =>
    readInputs(connection, path, { source, header }, columns, folder, plainContext),
  )
}

test('columns go by name, whatever their order, kinds as in training', async () => {
  const { frame, names } = await read(
    'extra;code;x\nhello;2;1.5\nworld;1;?\n',
    [number('x'), category('code')],
    true,
  )
  expect(names).toEqual(['extra', 'code', 'x'])
  expect(frame.columns).toEqual([
    { kind: 'number', name: 'x', values: Float64Array.of(1.5, NaN), parser: plainNumerals },
    { kind: 'category', name: 'code', codes: Int32Array.of(0, 1), categories: ['2', '1'] },
  ])
})

test('marks for what is missing are gaps, but where training had them as values', async () => {
  const strand = { ...category('strand'), notMissing: ['?'] }
  for (const more of [0, 250]) {
    const [names, fill] = [', f'.repeat(more).replaceAll(', f', ',f'), ',0'.repeat(more)]
    const { frame } = await read(
      `strand,code${names}\n?,?${fill}\n+,1${fill}\n`,
      [strand, category('code')],
      true,
    )
    expect(frame.columns).toEqual([
      { kind: 'category', name: 'strand', codes: Int32Array.of(0, 1), categories: ['?', '+'] },
      { kind: 'category', name: 'code', codes: Int32Array.of(-1, 0), categories: ['1'] },
    ])
  }
})

test('a few words in eight bits are in the encoding of the training, not in another that they may look like', async () => {
  const path = join(folder, 'new.csv')
  const towns = ['Pozna\u0144', 'Gda\u0144sk']
  // In Windows-1250, ń is 0xf1, which is ñ in Windows-1252.
  writeFileSync(path, Buffer.from(`town,x\n${towns.join(',3\n')},5\n`.replaceAll('\u0144', 'ñ'), 'latin1'))
  const source = { path: '/training.csv', ...detected, missingValues: [] }
  const read = async (encoding: string | null) => {
    const trained = { source, header: true, encoding: eightBitEncoding(encoding) }
    const { frame } = await withDuckDB((connection) =>
      readInputs(connection, path, trained, [category('town')], folder, plainContext),
    )
    const [town] = frame.columns
    return town?.kind === 'category' ? town.categories : null
  }
  expect(await read('Windows-1250')).toEqual(towns)
  expect(await read('UTF-8')).toEqual(['Poznañ', 'Gdañsk'])
  expect(await read(null)).toEqual(['Poznañ', 'Gdañsk'])
})

test('a single row is enough', async () => {
  expect((await read('x,y\n3,4\n', [number('x')], true)).frame.rows).toBe(1)
})

test('without a header in training, a file with or without one is read', async () => {
  const source = { path: '/training.csv', ...detected, missingValues: [] }
  expect(readingsToTry({ source, header: true }).map(({ header }) => header)).toEqual(['auto', 'first'])
  const bare = await read('1,2\n3,4\n', [number('c1'), number('c2')], false)
  expect(bare.frame.rows).toBe(2)
  const named = await read('c1,c2\n1,2\n3,4\n', [number('c1'), number('c2')], false)
  expect(named.frame.rows).toBe(2)
})

test('lacking columns are named beside those that are there', async () => {
  await expect(read('a,b\n1,2\n', [number('x'), number('a')], true)).rejects.toThrow(
    /lacks the column that the model needs: x\. The file has: a, b\./,
  )
})

test('words where numbers should be are refused, a few are read as missing', async () => {
  await expect(read('x\nred\nblue\n', [number('x')], true)).rejects.toThrow(/numbers in "x".*none there/)
  const { frame, notes } = await read('x,y\nred,1\n2,2\n', [number('x')], true)
  expect(frame.columns[0]).toMatchObject({ values: Float64Array.of(NaN, 2) })
  expect(notes.join()).toContain('"x": 1 of 2 values are no numbers')
})

test('cells are read as training read them, whatever they look like alone', async () => {
  const slice = 'x;y\n1.098;1\n2.073;2\n'
  const read1 = await read(slice, [{ ...number('x'), parser: german }], true)
  expect(read1.frame.columns[0]).toMatchObject({ values: Float64Array.of(1098, 2073), parser: german })
  // A preparation of a version that did not say how: the file has to tell.
  const guessed = await read(slice, [number('x')], true)
  expect(guessed.frame.columns[0]).toMatchObject({ values: Float64Array.of(1.098, 2.073) })
  const commas = await read('x;y\n1.098,5;1\n2,5;2\n', [number('x')], true)
  expect(commas.frame.columns[0]).toMatchObject({ values: Float64Array.of(1098.5, 2.5) })
})

test('numbers of files that type them mean what they say, however training wrote its own', async () => {
  const source = { path: '/training.csv', ...detected, missingValues: [] }
  const percent = begin(parsers, numerals.name, { decimal: ',', grouping: '.', unit: '%' })
  const columns = [
    { ...number('x'), parser: german },
    { ...number('p'), parser: percent },
  ]
  const folders = join(folder, 'parts')
  mkdirSync(folders)
  writeFileSync(join(folders, '1.json'), '[{"x": 3.591, "p": 0.39}]')
  writeFileSync(join(folders, '2.json'), '[{"p": 0.5, "x": 0.12345678901234568}]')
  const lists = join(folder, 'lists.json')
  writeFileSync(lists, '[["x", "p"], [3.591, 0.39], [0.12345678901234568, 0.5]]')
  const records = join(folder, 'records.json')
  writeFileSync(records, '[{"x": 3.591, "p": 0.39}, {"x": 0.12345678901234568, "p": 0.5}]')
  const database = join(folder, 'new.db')
  const opened = new Database(database)
  opened.exec(
    'CREATE TABLE t (x REAL, p REAL); INSERT INTO t VALUES (3.591, 0.39), (0.12345678901234568, 0.5)',
  )
  opened.close()
  const [parquet, book, ipc] = [
    join(folder, 'new.parquet'),
    join(folder, 'new.xlsx'),
    join(folder, 'new.arrow'),
  ]
  await withDuckDB((connection) =>
    connection.run(
      `COPY (SELECT * FROM (VALUES (3.591::DOUBLE, 0.39::DOUBLE), (0.12345678901234568, 0.5)) AS t(x, p)) TO '${parquet}' (FORMAT parquet)`,
    ),
  )
  const rows = [
    ['x', 'p'],
    [3.591, 0.39],
    [0.12345678901234568, 0.5],
  ]
  writeFileSync(book, await writeXlsx({ sheets: [{ name: 'S', rows }] }))
  const table = arrow.tableFromArrays({
    x: Float64Array.of(3.591, 0.12345678901234568),
    p: Float64Array.of(0.39, 0.5),
  })
  writeFileSync(ipc, arrow.tableToIPC(table, 'file'))
  for (const path of [records, lists, folders, database, parquet, book, ipc]) {
    const { frame, notes } = await withDuckDB((connection) =>
      readInputs(connection, path, { source, header: true }, columns, folder, plainContext),
    )
    const values = frame.columns.map((column) => (column.kind === 'number' ? [...column.values] : []))
    expect([path, values]).toEqual([
      path,
      [
        [3.591, 0.12345678901234568],
        [0.39, 0.5],
      ],
    ])
    expect(notes.join()).toContain('"p": training had its values with the unit %')
  }
  // What a file has as text is written by some rules, and training's are known.
  const texts = join(folder, 'texts.json')
  writeFileSync(texts, '[{"x": "3,591", "p": "39 %"}]')
  const { frame } = await withDuckDB((connection) =>
    readInputs(connection, texts, { source, header: true }, columns, folder, plainContext),
  )
  expect(frame.columns).toMatchObject([{ values: Float64Array.of(3.591) }, { values: Float64Array.of(39) }])
})

test('what is written otherwise than in training is missing and named, or refused', async () => {
  const { notes } = await read('x;y\n1.098,5;1\n2.5;2\n', [{ ...number('x'), parser: german }], true)
  expect(notes).toContain(
    '"x": 1 of 2 values are no numbers as training had them, e.g. "2.5", and are read as missing.',
  )
  const parser = begin(parsers, dates.name, { formats: ['%d/%m/%Y'] })
  const day: PreparedColumn = {
    kind: 'date',
    name: 'day',
    parser,
    steps: [],
    encoder: { encoder: 'calendar', elapsed: null, cycles: ['month'], missing: false },
  }
  const { frame } = await read('day,y\n02/01/1970,1\n1970-01-03,2\n', [day], true)
  expect(frame.columns).toEqual([{ kind: 'date', name: 'day', parser, values: Float64Array.of(1, 2) }])
  await expect(read('day,y\n1.2.1970,1\n3.2.1970,2\n', [day], true)).rejects.toThrow(
    'was trained on dates in "day", and',
  )
})

test('a new file may be of another format than that of the training, whose sheet it need not have', async () => {
  const source = { path: '/training.xlsx', ...detected, sheet: 'Sales', header: '3', missingValues: [] }
  const files = {
    'new.csv': 'code,x\n2,1.5\n1,3\n',
    'new.json': '[{"x": 1.5, "code": 2}, {"x": 3, "code": 1}]',
  }
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    writeFileSync(path, text)
    const { frame } = await withDuckDB((connection) =>
      readInputs(
        connection,
        path,
        { source, header: true },
        [number('x'), category('code')],
        folder,
        plainContext,
      ),
    )
    expect(frame.columns).toEqual([
      { kind: 'number', name: 'x', values: Float64Array.of(1.5, 3), parser: plainNumerals },
      { kind: 'category', name: 'code', codes: Int32Array.of(0, 1), categories: ['2', '1'] },
    ])
  }
})
