/** Every format by files of other hands: DuckDB, Python, LibreOffice, SQLite, Arrow's own writer, Node's zlib. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import * as arrow from 'apache-arrow'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultMissingValues, DescentError, startLimits, type Reading } from '../../../../contract/index.ts'
import { plainContext } from '../../kind.ts'
import { withDuckDB } from '../duckdb.ts'
import { readChunks } from '../relation.ts'
import { loadTable } from './index.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-formats-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name)

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const tableOf = (path: string, reading: Partial<Reading> = {}, limits = startLimits) =>
  withDuckDB(
    async (connection) => {
      const options = { path, ...reading, missingValues: defaultMissingValues }
      const raw = await loadTable(connection, options, folder, { ...plainContext, limits })
      const rows: (string | null)[][] = []
      const readings = raw.names.map((_, index) => ({ index, as: 'text' as const }))
      for await (const chunk of readChunks(connection, raw.relation, readings))
        for (let row = 0; row < chunk.rows; row++)
          rows.push(chunk.columns.map((at) => (at(row) as string | null | undefined) ?? null))
      expect(rows.length).toBe(raw.rows)
      return { ...raw, cells: rows }
    },
    folder,
    limits,
  )

async function refusal(path: string, reading: Partial<Reading> = {}, limits = startLimits): Promise<string> {
  const error: unknown = await tableOf(path, reading, limits).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DescentError)
  return (error as DescentError).message
}

const duckdb = (sql: string) => withDuckDB((connection) => connection.run(sql), folder)
const columnOf = ({ names, cells }: Awaited<ReturnType<typeof tableOf>>, name: string) =>
  cells.map((row) => row[names.indexOf(name)])

describe('Parquet', () => {
  it('keeps what every type of value says', async () => {
    const path = join(folder, 'types.parquet')
    await duckdb(
      `COPY (SELECT * FROM (VALUES
         (9007199254740993, 0.1::DOUBLE, 0.1::FLOAT, true, DATE '2024-02-29', TIMESTAMP '2024-01-01 01:02:03.5',
          TIMESTAMP '2024-01-02', 1.20::DECIMAL(10, 2), 'Zürich', {'b': 1, 'c': {'d': 'deep'}}, [1, 2], 'text'::BLOB,
          '\\xFF'::BLOB, 18446744073709551615::UBIGINT, TIME '03:04:05',
          TIMESTAMPTZ '2024-01-01 12:00:00+02'),
         (-1, 'nan'::DOUBLE, 1e30::FLOAT, false, NULL, NULL, TIMESTAMP '2024-01-03', -0.05, '  padded ', NULL, NULL,
          NULL, NULL, NULL, NULL, NULL))
       AS t(big, d, f, flag, day, "at", midnight, money, town, s, list, words, bytes, huge, clock, zoned))
       TO '${path}' (FORMAT parquet)`,
    )
    const table = await tableOf(path)
    expect(table.format).toBe('parquet')
    expect(
      Object.fromEntries(table.names.map((name, i) => [name, table.cells.map((row) => row[i])])),
    ).toEqual({
      big: ['9007199254740993', '-1'],
      d: ['0.1', null],
      f: ['0.1', '1e+30'],
      flag: ['true', 'false'],
      day: ['2024-02-29', null],
      at: ['2024-01-01 01:02:03.5', null],
      midnight: ['2024-01-02', '2024-01-03'],
      money: ['1.20', '-0.05'],
      town: ['Zürich', 'padded'],
      's.b': ['1', null],
      's.c.d': ['deep', null],
      list: ['[1,2]', null],
      words: ['text', null],
      huge: ['18446744073709551615', null],
      clock: ['03:04:05', null],
      zoned: ['2024-01-01 10:00:00', null],
    })
    expect(table.notes).toEqual([
      'Left out because they hold bytes and no values: “bytes”.',
      'Lists are kept as text (JSON): “list”.',
      'Moments with a time zone are read in UTC: “zoned”.',
    ])
  })

  it(
    'is read in its order, whatever its name, and with thousands of columns',
    { tags: 'thorough' },
    async () => {
      const path = join(folder, 'odd [1]*?.parquet')
      const wide = Array.from({ length: 300 }, (_, i) => `i + ${i} AS x${i}`)
      await duckdb(`COPY (SELECT ${wide.join(', ')} FROM range(5000) t(i)) TO '${path}' (FORMAT parquet)`)
      const { cells, names } = await tableOf(path)
      expect(names.length).toBe(300)
      expect(cells.map((row) => row[299])).toEqual(Array.from({ length: 5000 }, (_, i) => String(i + 299)))
    },
  )

  it('that is cut off is refused in words', async () => {
    const path = join(folder, 'cut.parquet')
    await duckdb(`COPY (SELECT i FROM range(100) t(i)) TO '${path}' (FORMAT parquet)`)
    expect(await refusal(file('cut2.parquet', readFileSync(path).subarray(0, -20)))).toMatch(
      /cut2\.parquet cannot be read as a Parquet file: it is damaged, cut off/,
    )
  })
})

describe('JSON', () => {
  const rows = [
    ['1', 'x'],
    ['2.5', null],
  ]
  it.each([
    ['records', '[{"a": 1, "b": "x"}, {"a": 2.5, "b": null}]'],
    ['records with what is missing left out', '[{"a": 1, "b": "x"},\n {"a": 2.5}]'],
    ['lines', '{"a": 1, "b": "x"}\n\n{"a": 2.5}\n'],
    ['values over many lines', '{\n "a": 1,\n "b": "x"\n}\n{\n "a": 2.5\n}'],
    ['columns', '{"a": [1, 2.5], "b": ["x", null]}'],
    ['columns by row, as pandas writes them', '{"a": {"0": 1, "1": 2.5}, "b": {"0": "x", "1": null}}'],
    ['names and rows apart', '{"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2.5, null]]}'],
    ['a list within', '{"status": "ok", "results": [{"a": 1, "b": "x"}, {"a": 2.5}]}'],
    ['a byte-order mark', '\ufeff[{"a": 1, "b": "x"}, {"a": 2.5}]'],
  ])('%s', async (_, text) => {
    const table = await tableOf(file('shape.json', text))
    expect(table.names).toEqual(['a', 'b'])
    expect(table.cells).toEqual(rows)
  })

  it.each([
    [
      '{"a": {"7": 1, "4": 2.5}, "b": {"7": "x", "4": null}}',
      [
        ['2.5', null],
        ['1', 'x'],
      ],
    ],
    ['{"a": {"3": 1}, "b": {"3": "x"}}', [['1', 'x']]],
  ])('columns by the numbers of their rows, whatever these are: %s', async (text, cells) => {
    const table = await tableOf(file('index.json', text))
    expect([table.names, table.cells]).toEqual([['a', 'b'], cells])
  })

  it('tells columns by row names from rows by name', async () => {
    const columns = await tableOf(file('named.json', '{"a": {"r": 1, "s": 2}, "b": {"r": "x", "s": "y"}}'))
    expect([columns.names, columns.cells]).toEqual([
      ['key', 'a', 'b'],
      [
        ['r', '1', 'x'],
        ['s', '2', 'y'],
      ],
    ])
    const rows = await tableOf(file('byname.json', '{"r": {"a": 1, "b": "x"}, "s": {"a": 2, "b": "y"}}'))
    expect(rows.cells).toEqual(columns.cells)
  })

  it('of lists has a header where a person says so', async () => {
    const path = file('lists-of-words.json', '[["x", "y"], ["u", "v"], ["s", "t"]]')
    expect((await tableOf(path, { header: 'none' })).rows).toBe(3)
    const named = await tableOf(path, { header: 'first' })
    expect([named.names, named.rows]).toEqual([['x', 'y'], 2])
    expect(named.decisions).toMatchObject([{ option: 'header', value: '1', given: true }])
    expect(await refusal(file('records.json', '[{"a": 1}]'), { header: 'first' })).toContain(
      'holds objects, which name their values themselves',
    )
  })

  it('loses nothing behind its list', async () => {
    const two = await tableOf(file('two.json', '[{"a": 1}] [\n{"a": 2}]\n'))
    expect(two.cells).toEqual([['1'], ['2']])
    expect(two.notes.join()).toContain('2 lists, one after the other')
    expect(await refusal(file('behind.json', '[{"a": 1}]\n, {"a": 2}]'))).toContain(
      'goes on behind the end of its list, in line 2',
    )
  })

  it('keeps its characters, its infinities and the order of its columns', async () => {
    const damaged = Buffer.from('[{"town": "Zürich"}]', 'latin1')
    expect(await refusal(file('latin.json', damaged))).toContain('is not in UTF-8')
    expect(await refusal(file('latin.jsonl', Buffer.from('{"b": "ü"}\n{"b": 1}', 'latin1')))).toContain(
      'UTF-8',
    )
    const infinite = await tableOf(file('infinite.json', '[{"a": Infinity}, {"a": -Infinity}, {"a": NaN}]'))
    expect(infinite.cells).toEqual([['Infinity'], ['-Infinity'], [null]])
    const late = await tableOf(
      file('late.json', '[{"a": 1, "o": null, "y": 0}, {"a": 2, "b": 3, "o": {"p": 4}, "y": 1}]'),
    )
    expect([late.names, late.cells]).toEqual([
      ['a', 'b', 'o.p', 'y'],
      [
        ['1', null, null, '0'],
        ['2', '3', '4', '1'],
      ],
    ])
  })

  it.each([
    `[{"a": ${'{"a": '.repeat(150)}1${'}'.repeat(150)}}]`,
    `{"a": ${'{"a": '.repeat(20_000)}1e1${'}'.repeat(20_000)}}`,
    `[{"a": ${'['.repeat(20_000)}${']'.repeat(20_000)}}]`,
  ])('nested without an end is refused in words', async (text) =>
    expect(await refusal(file('deep.json', text))).toContain(
      'nests its objects and lists more than 100 times',
    ),
  )

  it('in UTF-16', async () => {
    const text = '\ufeff[{"town": "Zürich"}, {"town": "Genève"}]'
    expect((await tableOf(file('wide.json', Buffer.from(text, 'utf16le')))).cells).toEqual([
      ['Zürich'],
      ['Genève'],
    ])
  })

  it('lists of cells have a header where one stands there', async () => {
    const table = await tableOf(
      file('lists.json', '[["town", "size"], ["Zürich", 1], ["Bern", 2.5], ["Genève", 3]]'),
    )
    expect(table.names).toEqual(['town', 'size'])
    expect(table.cells[1]).toEqual(['Bern', '2.5'])
  })

  it('keeps digits that no double holds, and nested values', async () => {
    const record =
      '{"id": 12345678901234567890, "deep": {"x": {"y": 1e400}}, "tags": ["a", 9007199254740993], "n": NaN}'
    const table = await tableOf(file('digits.json', `[${record}, ${record}]`))
    expect(table.names).toEqual(['id', 'deep.x.y', 'tags', 'n'])
    expect(table.cells[0]).toEqual(['12345678901234567890', '1e400', '["a",9007199254740993]', null])
    expect(table.notes).toEqual(['Lists are kept as text (JSON): “tags”.'])
  })

  it('of several lists reads the longest, and the one that is named', async () => {
    const path = file('several.json', '{"small": [{"a": 1}], "large": [{"b": 1}, {"b": 2}]}')
    const found = await tableOf(path)
    expect([found.names, found.rows]).toEqual([['b'], 2])
    expect(found.decisions).toEqual([
      {
        option: 'table',
        value: 'large',
        evidence: 'The longest of 2 lists: small and large.',
        given: false,
        choices: ['small', 'large'],
      },
    ])
    expect((await tableOf(path, { table: 'small' })).names).toEqual(['a'])
    expect(await refusal(path, { table: 'none' })).toBe(
      `${path} has no list “none”. It has: small and large.`,
    )
  })

  it('accounts for lines that cannot be read', async () => {
    const lines = Array.from({ length: 20 }, (_, i) => (i === 6 ? '{"a": 1, "b"' : `{"a": ${i}}`))
    const table = await tableOf(file('broken.jsonl', lines.join('\n')))
    expect(table.rows).toBe(19)
    expect(table.rejected).toEqual([{ line: 7, reason: 'no valid JSON', text: '{"a": 1, "b"' }])
  })

  it.each([
    ['a list that breaks off', '[{"a": 1}, {"a": ', 'breaks off: its list is not closed'],
    ['an empty list', '[]', 'holds an empty list'],
    ['nonsense', '{"a" 1; b}', 'nothing in it is valid. Line 1: no valid JSON'],
  ])('%s is refused', async (_, text, message) =>
    expect(await refusal(file('bad.json', text))).toContain(message),
  )

  it('that is called so but holds CSV is read as what it is', async () => {
    const table = await tableOf(file('fake.json', 'a,b\n1,x\n2,y\n'))
    expect(table.format).toBe('text')
    expect(table.notes).toContain('The file is called .json, but is a CSV or TSV file, and was read as that.')
    expect((await tableOf(file('brackets.csv', '[a],b\n1,x\n2,y\n'))).names).toEqual(['[a]', 'b'])
  })

  it('takes bounded memory however long it is', { tags: 'thorough' }, async () => {
    const path = file(
      'long.json',
      `[${Array.from({ length: 200_000 }, (_, i) => `{"i": ${i}, "t": "${'x'.repeat(50)}"}`).join(',')}]`,
    )
    const { cells } = await tableOf(path)
    expect(cells.at(-1)?.[0]).toBe('199999')
    expect(
      await refusal(file('one.json', `["${'x'.repeat(3000)}"]`), {}, { ...startLimits, lineLength: 1024 }),
    ).toMatch(/one\.json has 2\.93 KB and the limit is 1 KB/)
  })
})

describe('workbooks', () => {
  const first = [
    '2024-01-01',
    '2024-01-01T05:06:07',
    'Zürich',
    '0',
    '0',
    '123456789012345',
    'true',
    '0.5',
    '0',
    'yes',
  ]
  it.each(['sales.xlsx', 'sales.xls', 'sales.ods'])('%s', async (name) => {
    const table = await tableOf(fixture(name), { sheet: 'Sales' })
    expect(table.names).toEqual([
      'day',
      'at',
      'town',
      'price',
      'amount',
      'big',
      'open',
      'rate',
      'sum',
      'late',
    ])
    expect(table.rows).toBe(24)
    // OpenDocument as LibreOffice writes it counts what is true; openpyxl computes no formulas.
    const cells = table.cells[0]!.map((cell, i) =>
      table.names[i] === 'open' && name.endsWith('.ods') ? String(cell === '1') : cell,
    )
    expect(cells).toEqual(first.map((cell, i) => (i === 8 && name.endsWith('.xlsx') ? null : cell)))
    // What is an error in the sheet.
    expect(columnOf(table, 'price').slice(1, 4)).toEqual(['0.1', null, '0.3'])
    expect(table.notes.join('\n')).toMatch(/Column A of the sheet is empty.*\n.*1 merged area: .*\n.*× #N\/A/)
    expect(table.notes).toContain(
      'The table begins below line 1, which is left out: “Sales of the year 2024”.',
    )
  })

  it('are read from the sheet with most rows that is not hidden, or the one that is named', async () => {
    const table = await tableOf(fixture('sales.xlsx'))
    expect(table.decisions.map(({ option, value }) => `${option} ${value}`)).toEqual([
      'sheet Sales',
      'header 3',
      'skip 2',
    ])
    expect(table.decisions[0]).toMatchObject({
      evidence:
        'The one with most rows of 3 sheets: “Notes” (1 row), “Sales” (26 rows) and “Hidden” (100 rows, hidden).',
      choices: ['Notes', 'Sales', 'Hidden'],
    })
    expect((await tableOf(fixture('sales.xlsx'), { sheet: '3', header: 'none' })).rows).toBe(100)
    expect(await refusal(fixture('sales.xlsx'), { sheet: 'Other' })).toContain(
      'has no sheet “Other”. It has: Notes, Sales and Hidden.',
    )
    expect(await refusal(fixture('sales.xlsx'), { delimiter: 'semicolon' })).toContain(
      'is an Excel workbook, which has no such setting',
    )
  })

  it('hold dates before 1900 and yes or no', async () => {
    const table = await tableOf(fixture('cities.ods'))
    expect(table.cells.slice(0, 2)).toEqual([
      ['Town 0', '0', '1000-02-03', 'false'],
      ['Town 1', '1.25', '1001-02-03', 'true'],
    ])
  })

  it('that are called .csv are told', async () => {
    const path = join(folder, 'sales.csv')
    copyFileSync(fixture('sales.xlsx'), path)
    expect((await tableOf(path)).notes[0]).toBe(
      'The file is called .csv, but is an Excel workbook, and was read as that.',
    )
  })
})

describe('SQLite', () => {
  const database = (name: string, sql: string): string => {
    const path = join(folder, name)
    const opened = new Database(path)
    opened.exec(sql)
    opened.close()
    return path
  }

  it('is read exactly, and views only by name', async () => {
    const path = database(
      'shop.db',
      `CREATE TABLE "small one" (a);
       INSERT INTO "small one" VALUES (1);
       CREATE TABLE sales (id INTEGER PRIMARY KEY, price REAL, town TEXT, photo BLOB);
       INSERT INTO sales VALUES (9007199254740993, 0.1, 'Zürich', x'00ff'), (1, NULL, 'a "b", c', NULL);
       CREATE VIEW dear AS SELECT id FROM sales WHERE price > 0;`,
    )
    const table = await tableOf(path)
    expect(table.names).toEqual(['id', 'price', 'town', 'photo'])
    expect(table.cells).toEqual([
      ['1', null, 'a "b", c', null],
      ['9007199254740993', '0.1', 'Zürich', null],
    ])
    expect(table.notes).toEqual([
      'The table “sales” is read. The one with most rows of 3 tables: “small one” (1 row), “sales” (2 rows) and “dear” (a view). Another one is chosen by its name.',
      'Bytes are no values and read as missing: “photo”.',
    ])
    expect((await tableOf(path, { table: 'dear' })).cells).toEqual([['9007199254740993']])
    expect((await tableOf(path, { table: 'Small One' })).cells).toEqual([['1']])
    expect(await refusal(path, { table: 'x' })).toContain('has no table “x”')
  })

  it('gets nothing written beside it, also where what was written last is still in its journal', async () => {
    const path = join(folder, 'busy.db')
    const writer = new Database(path)
    writer.pragma('journal_mode = WAL')
    writer.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)')
    const before = readFileSync(path)
    const first = await tableOf(path)
    expect(first.cells).toEqual([['1'], ['2']])
    // Of another state the journal alone may tell.
    writer.exec('INSERT INTO t VALUES (3)')
    const second = await tableOf(path)
    expect(second.rows).toBe(3)
    expect(second.source.sha256).not.toBe(first.source.sha256)
    expect(readFileSync(path).equals(before)).toBe(true)
    writer.close()
  })

  it('does not run what a hostile view says until somebody names it', async () => {
    const path = database(
      'slow.db',
      `CREATE VIEW endless AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT * FROM c;
       CREATE TABLE t (a); INSERT INTO t VALUES (1), (2);`,
    )
    expect((await tableOf(path)).rows).toBe(2)
  })
})

describe('DuckDB', () => {
  const database = async (name: string, sql: string): Promise<string> => {
    const path = join(folder, name)
    await duckdb(`ATTACH '${path}' AS made; USE made; ${sql}; USE memory; DETACH made`)
    return path
  }

  it('is read with its types, from any schema, and views only by name', async () => {
    const path = await database(
      'shop.duckdb',
      `CREATE TABLE few (a INTEGER); INSERT INTO few VALUES (1);
       CREATE SCHEMA east; CREATE TABLE east.sales (id BIGINT, price DECIMAL(6, 2), day DATE, paid BOOLEAN, tags VARCHAR[]);
       INSERT INTO east.sales VALUES (9007199254740993, 1.50, '2024-02-29', true, ['a', 'b']), (2, NULL, NULL, NULL, NULL);
       CREATE VIEW dear AS SELECT id FROM east.sales WHERE price > 1`,
    )
    const table = await tableOf(path)
    expect(table.format).toBe('duckdb')
    expect(table.names).toEqual(['id', 'price', 'day', 'paid', 'tags'])
    expect(table.cells).toEqual([
      ['9007199254740993', '1.50', '2024-02-29', 'true', '["a","b"]'],
      ['2', null, null, null, null],
    ])
    expect(table.notes).toEqual([
      'The table “east.sales” is read. The one with most rows of 3 tables: “few” (1 row), “east.sales” (2 rows) and “dear” (a view). Another one is chosen by its name.',
      'Lists are kept as text (JSON): “tags”.',
    ])
    expect(table.typedNumbers).toEqual(new Set([0, 1]))
    expect((await tableOf(path, { table: 'dear' })).cells).toEqual([['9007199254740993']])
    expect((await tableOf(path, { table: 'FEW' })).cells).toEqual([['1']])
    expect(await refusal(path, { table: 'x' })).toContain(
      'has no table “x”. It has: few, east.sales and dear',
    )
  })

  it('keeps every digit of its longest numbers, and the values of unions', async () => {
    const [most, mostUnsigned] = [2n ** 127n - 1n, 2n ** 128n - 1n].map(String)
    const path = await database(
      'long.duckdb',
      `CREATE TABLE t (few HUGEINT, huge HUGEINT, unsigned UHUGEINT, endless BIGNUM, either UNION(number INTEGER, word VARCHAR));
       INSERT INTO t VALUES (7, 123456789012345678901, ${mostUnsigned}, '-${'9'.repeat(50)}'::BIGNUM, 3), (-8, ${most}, 0, NULL, 'x');
       CREATE VIEW summed AS SELECT sum(few) AS few FROM t`,
    )
    const { cells, typedNumbers } = await tableOf(path, { table: 't' })
    expect(cells).toEqual([
      ['7', '123456789012345678901', mostUnsigned, `-${'9'.repeat(50)}`, '3'],
      ['-8', most, '0', null, 'x'],
    ])
    expect(typedNumbers).toEqual(new Set([0]))
    const view = await tableOf(path, { table: 'summed' })
    expect([view.cells, view.typedNumbers]).toEqual([[['-1']], new Set([0])])
    expect((await tableOf(path, { table: 'main.t' })).rows).toBe(2)
    const nested = await database(
      'nested.duckdb',
      `CREATE TABLE t (inner_one STRUCT("HUGEINT" HUGEINT, mood ENUM('sad', 'HUGEINT')), list UHUGEINT[]);
       INSERT INTO t VALUES ({'HUGEINT': ${most}, 'mood': 'sad'}, [${mostUnsigned}, NULL])`,
    )
    const within = await tableOf(nested)
    expect(within.names).toEqual(['inner_one.HUGEINT', 'inner_one.mood', 'list'])
    expect(within.cells).toEqual([[most, 'sad', `["${mostUnsigned}",null]`]])
  })

  it('takes no more memory than a job may', async () => {
    const path = await database(
      'limit.duckdb',
      `CREATE TABLE t (x INTEGER); CREATE VIEW asked AS SELECT current_setting('memory_limit') AS memory`,
    )
    const limits = { ...startLimits, jobMemory: 1 << 30 }
    expect((await tableOf(path, { table: 'asked' }, limits)).cells).toEqual([['512.0 MiB']])
  })

  it('is read while somebody writes to it, and nothing is written beside it', async () => {
    const path = join(folder, 'busy.duckdb')
    const writer = await DuckDBInstance.create(path)
    const connection = await writer.connect()
    await connection.run('CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1), (2); CHECKPOINT')
    const before = readFileSync(path)
    const first = await tableOf(path)
    expect(first.cells).toEqual([['1'], ['2']])
    await connection.run('INSERT INTO t VALUES (3)')
    const second = await tableOf(path)
    expect(second.rows).toBe(3)
    expect(second.source.sha256).not.toBe(first.source.sha256)
    expect(readFileSync(path).equals(before)).toBe(true)
    connection.closeSync()
    writer.closeSync()
  })

  it('cannot make Descent read other files', async () => {
    const secret = file('secret.csv', 'a\n1\n')
    const path = await database('spy.duckdb', `CREATE VIEW spy AS SELECT * FROM read_csv('${secret}')`)
    expect(await refusal(path)).toContain('has views only')
    expect(await refusal(path, { table: 'spy' })).toContain('reads other files')
  })

  it('that is cut off is refused in words', async () => {
    const path = await database('whole.duckdb', 'CREATE TABLE t AS SELECT range AS i FROM range(100000)')
    expect(await refusal(file('cut.duckdb', readFileSync(path).subarray(0, 20_000)))).toMatch(
      /cut\.duckdb cannot be read as a DuckDB database: it is damaged, cut off/,
    )
  })
})

describe('Arrow', () => {
  const table = () =>
    arrow.tableFromArrays({
      id: BigInt64Array.from([1n, 9007199254740993n, 3n]),
      x: Float64Array.from([0.1, NaN, 1e-7]),
      f: Float32Array.from([0.1, 2, 3]),
      town: ['Zürich', null, 'Bern'],
      flag: [true, false, null],
      day: [new Date(Date.UTC(2024, 0, 1)), new Date(Date.UTC(2024, 1, 29)), null],
    })
  const cells = [
    ['1', '0.1', '0.1', 'Zürich', 'true', '2024-01-01'],
    ['9007199254740993', null, '2', null, 'false', '2024-02-29'],
    ['3', '1e-7', '3', 'Bern', null, null],
  ]

  it.each(['file', 'stream'] as const)('%s', async (kind) => {
    const read = await tableOf(file(`a-${kind}.arrow`, arrow.tableToIPC(table(), kind)))
    expect(read.format).toBe('arrow')
    expect(read.names).toEqual(['id', 'x', 'f', 'town', 'flag', 'day'])
    expect(read.cells).toEqual(cells)
  })

  it('of structs, lists, decimals and moments', async () => {
    const struct = new arrow.Struct([
      arrow.Field.new('a', new arrow.Int32()),
      arrow.Field.new('b', new arrow.Utf8()),
    ])
    const whole = new arrow.Table({
      s: arrow.vectorFromArray([{ a: 1, b: 'x' }, null], struct as never),
      list: arrow.vectorFromArray([[1, 2], []], new arrow.List(arrow.Field.new('item', new arrow.Int32()))),
      at: arrow.vectorFromArray([1_704_067_201_500, 0], new arrow.TimestampMicrosecond()),
      money: arrow.vectorFromArray(
        [new Uint32Array([120, 0, 0, 0]), new Uint32Array([0xfffffffb, ~0, ~0, ~0])],
        new arrow.Decimal(2, 10),
      ),
    } as never)
    const read = await tableOf(file('nested.arrow', arrow.tableToIPC(whole, 'file')))
    expect(read.names).toEqual(['s.a', 's.b', 'list', 'at', 'money'])
    expect(read.cells).toEqual([
      ['1', 'x', '[1,2]', '2024-01-01T00:00:01.500', '1.20'],
      [null, null, '[]', '1970-01-01', '-0.05'],
    ])
  })

  it('of Feather’s first version and what is damaged is refused in words', async () => {
    expect(
      await refusal(file('old.feather', Buffer.concat([Buffer.from('FEA1'), Buffer.alloc(100)]))),
    ).toContain('of Feather’s first version')
    const sound = arrow.tableToIPC(table(), 'file')
    expect(await refusal(file('cut.arrow', sound.subarray(0, 200)))).toContain(
      'cannot be read as an Arrow file',
    )
  })
})

describe('archives', () => {
  const csv = `a,b\n${Array.from({ length: 30 }, (_, i) => `${i},x${i % 3}\n`).join('')}`
  /** By Python, which everybody who builds Descent has. */
  const zip = (name: string, files: Record<string, string>): string => {
    const path = join(folder, name)
    const script =
      'import sys, json, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:\n  for n, t in json.load(sys.stdin).items(): z.writestr(n, t)'
    execFileSync('python3', ['-c', script, path], { input: JSON.stringify(files) })
    return path
  }

  it('gz of everything', async () => {
    expect((await tableOf(file('a.csv.gz', gzipSync(csv)))).rows).toBe(30)
    const json = await tableOf(file('a.json.gz', gzipSync('[{"a": 1}, {"a": 2}]')))
    expect([json.format, json.rows]).toEqual(['json', 2])
    const book = await tableOf(file('a.xlsx.gz', gzipSync(readFileSync(fixture('sales.xlsx')))))
    expect([book.format, book.rows]).toEqual(['excel', 24])
  })

  it('zip with one file or several', async () => {
    const one = await tableOf(
      zip('one.zip', { 'in/a.csv': csv, '__MACOSX/in/._a.csv': 'x', 'README.md': 'y' }),
    )
    expect([one.rows, one.decisions[0]?.value]).toEqual([30, 'in/a.csv'])
    const path = zip('two.zip', { 'large.csv': csv, 'small.json': '[{"c": 1}]' })
    const two = await tableOf(path)
    expect(two.notes[0]).toBe(
      '“large.csv” is read. The largest of 2 files: large.csv and small.json. Another one is chosen by its name.',
    )
    expect((await tableOf(path, { member: 'small.json' })).names).toEqual(['c'])
    expect(await refusal(path, { member: 'x.csv' })).toContain(
      'holds no file “x.csv”. It holds: large.csv and small.json.',
    )
    expect(await refusal(file('plain.csv', csv), { member: 'x' })).toContain('is no archive')
  })

  it('zip whose files are data and words, or several tables', { tags: 'thorough' }, async () => {
    const words = await tableOf(
      zip('words.zip', { 'a.csv': csv, 'about.txt': 'words\n'.repeat(500), 'a.names': csv + csv }),
    )
    expect([words.decisions[0]?.value, words.rows]).toEqual(['a.csv', 30])
    const parts = await tableOf(zip('parts.zip', { 'p1.csv': csv, 'p2.csv': `${csv}30,x\n` }))
    expect(parts.notes[0]).toContain(
      'If they are parts of one table, unpack the archive and give the folder.',
    )
    const mixture = await tableOf(zip('mixture.zip', { 'train.csv': csv, 'test.csv': `${csv}30,x\n` }))
    expect(mixture.decisions[0]?.value).toBe('train.csv')
    expect(mixture.notes[0]).toContain('one is to learn from, and another to test with')
  })

  it('that unpack to more than may be are refused, however small', async () => {
    const limits = { ...startLimits, expandedSize: 1 << 20 }
    const zeros = Buffer.alloc(8 << 20, '0,1\n')
    expect(await refusal(file('bomb.csv.gz', gzipSync(zeros)), {}, limits)).toContain(
      'unpacks to more than 1 MB',
    )
    expect(await refusal(zip('bomb.zip', { 'a.csv': zeros.toString() }), {}, limits)).toContain(
      'unpacks to 8 MB and the limit is 1 MB',
    )
  })

  it('that are damaged, encrypted names or tar are told', async () => {
    expect(await refusal(file('cut.csv.gz', gzipSync(csv).subarray(0, 40)))).toContain('damaged or cut off')
    const tar = Buffer.alloc(1024)
    tar.write('ustar', 257)
    expect(await refusal(file('a.tar.gz', gzipSync(tar)))).toContain('holds a tar archive')
  })
})

describe('a folder of parts', () => {
  const parts = (name: string, files: Record<string, string>): string => {
    const path = join(folder, name)
    mkdirSync(path)
    for (const [part, text] of Object.entries(files)) writeFileSync(join(path, part), text)
    return path
  }
  const rows = (from: number) => Array.from({ length: 5 }, (_, i) => `${from + i},x${i % 2}\n`).join('')

  it('is one table, in the order in which people count', async () => {
    const table = await tableOf(
      parts('numbered', {
        'part-10.csv': `a,b\n${rows(10)}`,
        'part-2.csv': `b,a\nx0,5\nx1,6\n`,
        'part-1.csv': `a,b\n${rows(0)}`,
        _SUCCESS: '',
        'README.md': 'hi',
      }),
    )
    expect(columnOf(table, 'a')).toEqual([...'012345', '6', '10', '11', '12', '13', '14'])
    expect(table.notes[0]).toBe(
      '3 files of numbered are one table, in the order of their names: part-1.csv, part-2.csv and part-10.csv.',
    )
  })

  it('of lines of JSON is one as well', async () => {
    expect(
      (await tableOf(parts('lines', { 'a.jsonl': '{"a":1}\n{"a":2}', 'b.jsonl': '{"a":3}\n' }))).rows,
    ).toBe(3)
  })

  it('without headers, or with nothing in some, is one as well', async () => {
    const table = await tableOf(
      parts('bare', { 'a.csv': rows(0), 'b.csv': 'u,v\nx,y\n1,2\n3,4\n', 'c.csv': '', 'd.csv': rows(5) }),
    )
    expect([table.names, table.rows]).toEqual([['c1', 'c2'], 14])
    expect(table.notes[0]).toContain('3 files of bare')
    expect(table.notes[1]).toBe('Empty, and left out: c.csv.')
    expect(table.notes).toContain(
      'b.csv: its first row is read as values, since a.csv has no names above its own.',
    )
  })

  it('with folders in it is refused by their names', async () => {
    const path = parts('nested', { 'a.csv': `a,b\n${rows(0)}` })
    mkdirSync(join(path, 'year=2024'))
    mkdirSync(join(path, '_temporary'))
    expect(await refusal(path)).toMatch(/nested holds a folder beside its files: year=2024\. /)
  })

  it('of other columns, formats or purposes is refused by the file', async () => {
    expect(
      await refusal(parts('differ', { 'a.csv': `a,b\n${rows(0)}`, 'b.csv': `a,c\n${rows(0)}` })),
    ).toMatch(/differ\/b\.csv has other columns than a\.csv: it lacks “b”, and it has “c”, too\./)
    expect(
      await refusal(parts('mixed', { 'a.csv': `a,b\n${rows(0)}`, 'b.json': '[{"a":1,"b":2}]' })),
    ).toContain('files of several formats: a.csv and b.json')
    expect(await refusal(parts('split', { 'train.csv': rows(0), 'test.csv': rows(0) }))).toContain(
      'not parts of one table: test.csv and train.csv',
    )
  })
})
