import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  begin,
  defaultMissingValues,
  DescentError,
  shaping,
  type Column,
  type ShapingStep,
} from '../../../../contract/index.ts'
import { apart, thorough } from '../../../../../engine/fixtures/apart.ts'
import { withDuckDB } from '../duckdb.ts'
import { importTable } from '../import-table.ts'
import { readPage } from '../page.ts'
import { readExpression } from './expression.ts'
import { functions } from './functions.ts'
import { compute } from './state.ts'

let folder: string
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-shaping-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const filter = (where: string) => begin(shaping, 'filterRows', { where })
const derive = (as: string, expression: string) => begin(shaping, 'deriveColumn', { as, expression })

const write = (text: string, name = `table${count++}.csv`): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function shaped(text: string, shape: ShapingStep[], target?: string) {
  const file = join(folder, `data${count++}.parquet`)
  const path = write(text)
  const options = { path, missingValues: defaultMissingValues, shape, ...(target && { target }) }
  const result = await importTable(options, file)
  const page = await readPage(
    { file },
    result.columns.map((column): Column => ({ ...column, kind: 'category' })),
    { offset: 0, limit: 100, total: result.rows },
  )
  const cells = (name: string) => page.rows.map((row) => row[page.columns.indexOf(name)])
  return { ...result, page, cells }
}
const refused = (text: string, ...shape: ShapingStep[]): Promise<string> =>
  shaped(text, shape).then(
    () => 'imported',
    (error: { code: string; message: string }) => {
      expect(error.code).toBe('badData')
      return error.message
    },
  )

const sales = `id;price;sold;city;weight;height;"odd name";label
1;1.234,50 €;01.02.2024;Rome;80,5;1,80;3;yes
2;999,00 €;15.03.2023;Oslo;?;1,75;4;no
3;12.000,00 €;28.12.2022;Rome;70,0;1,65;;yes
4;5,25 €;13.06.2021;Lima;55,1;1,60;6;no
`

describe('expressions', () => {
  it('see numbers as numbers, dates as dates, texts as texts, and gaps as NULL', async () => {
    const { cells, receipt } = await shaped(sales, [
      filter("price > 1000 AND city = 'Rome'"),
      derive('bmi', 'weight / (height * height)'),
      derive('year', "date_part('year', sold)"),
      derive('late', "sold >= DATE '2023-01-01'"),
      derive('more', '"odd name" + 1'),
      derive('next', 'sold + INTERVAL 1 DAY'),
      derive('half', '0.5'),
    ])
    expect(cells('id')).toEqual(['1', '3'])
    expect(cells('bmi').map((cell) => Number(cell).toFixed(6))).toEqual(['24.845679', '25.711662'])
    expect(cells('year')).toEqual(['2024', '2022'])
    expect(cells('late')).toEqual(['true', 'false'])
    expect(cells('more')).toEqual(['4', null])
    expect(cells('next')).toEqual(['2024-02-02', '2022-12-29'])
    expect(cells('half')).toEqual(['0.5', '0.5'])
    // What was not touched stands as it stood.
    expect(cells('price')).toEqual(['1.234,50 €', '12.000,00 €'])
    expect(receipt.shape?.[0]).toEqual({
      step: "Keep rows where price > 1000 AND city = 'Rome'",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      rows: [4, 2],
      columns: [8, 8],
      notes: [],
    })
    expect(receipt.shape?.[4]?.notes).toEqual(['Missing in 1 row.'])
  })

  it('are not repeated in full where they are long', { tags: 'thorough' }, async () => {
    const told = await refused(sales, derive('a', `city || ${"'word' || ".repeat(100)} sold + city`))
    expect(told).toMatch(/cannot be computed/)
    expect(told.length).toBeLessThan(600)
  })

  it('cut texts that are longer than any cell', { tags: 'thorough' }, async () => {
    const { cells, receipt } = await shaped(sales, [
      derive('long', `replace(rpad(city, 1000, 'x'), 'x', '${'y'.repeat(20)}')`),
      derive('far', 'levenshtein(long, city)'),
      derive('code', "format('{:05d}', id::INT)"),
    ])
    expect(cells('long').map((cell) => String(cell).length)).toEqual([10_000, 10_000, 10_000, 10_000])
    expect(cells('far')[0]).toBe('996')
    expect(cells('code')[0]).toBe('00001')
    expect(receipt.shape?.[0]?.notes).toEqual(['Cut to 10,000 characters in 4 rows.'])
  })

  it('do not compare ordered categories by their letters', async () => {
    const sizes = `size,label\n${['small', 'medium', 'large', 'medium', 'small', 'large'].map((one, i) => `${one},${i % 2}`).join('\n')}\n`
    const options = { asRead: [{ name: 'size', kind: 'ordered' as const }] }
    const told = (where: string) =>
      importTable(
        { path: write(sizes), missingValues: defaultMissingValues, shape: [filter(where)], ...options },
        join(folder, `data${count++}.parquet`),
      ).then(
        ({ rows }) => rows,
        (error: Error) => error.message,
      )
    for (const where of ["size >= 'medium'", "'medium' < size", "size BETWEEN 'large' AND 'small'"])
      expect(await told(where)).toMatch(/“size” holds ordered categories.*size IN \('…', '…'\)/)
    expect(await told("size IN ('medium', 'large') AND size <> 'large'")).toBe(2)
  })

  it('leave the last column the last, which is what people expect to be predicted', async () => {
    const { columns } = await shaped(sales, [derive('twice', 'weight * 2')])
    expect(columns.map(({ name }) => name).slice(-2)).toEqual(['twice', 'label'])
    expect(columns.find(({ role }) => role === 'target')?.name).toBe('label')
  })

  it('build on each other, and may take the place of a column', { tags: 'thorough' }, async () => {
    const { cells, receipt } = await shaped(sales, [
      derive('double', 'weight * 2'),
      derive('double', 'double + 1'),
      filter('double IS NOT NULL'),
    ])
    expect(cells('double')).toEqual(['162', '141', '111.2'])
    expect(receipt.shape?.[1]?.notes).toContain('It takes the place of the column “double” that was there.')
  })

  it('say how many rows a missing value leaves open', { tags: 'thorough' }, async () => {
    const { receipt } = await shaped(sales, [filter('weight > 0')])
    expect(receipt.shape?.[0]?.notes.join()).toMatch(/^1 row left out because a missing value/)
  })

  it('are remembered with how their columns were understood', async () => {
    const { shaped: found } = await shaped(sales, [filter('price > 10')])
    expect(found?.asRead).toMatchObject([
      { name: 'price', kind: 'number', parser: { decimal: ',', unit: '€' } },
    ])
  })

  /** Each reads the file anew. */
  const refusals: [expression: string, why: RegExp][] = [
    [`1${' + 1'.repeat(900)}`, /parts within each other/],
    ['1e400', /A number in the expression is too large/],
    ["lpad(city, 100000000, 'x')", /at most 1,000 characters/],
    ["rpad(city, price::INT, 'x')", /at most 1,000 characters/],
    ["format('{:>100000000}', city)", /at most 1,000 characters/],
    ["format('{:>{}}', city, 100000000)", /at most 1,000 characters/],
    ["printf('%100000000d', id)", /at most 1,000 characters/],
    ["printf('%*d', 100000000, id)", /at most 1,000 characters/],
    ['format(city, city)', /written out, in single quotes/],
    [
      `replace(replace(replace(city, 'o', '${'o'.repeat(50)}'), 'o', '${'o'.repeat(50)}'), 'o', 'oo')`,
      /1,000 times as long/,
    ],
    ['count(*)', /“count\(\*\)” looks at other rows/],
    ['weigth * 2', /no column “weigth” \(at “weigth \* 2”, character 1\)\. Did you mean weight\?/],
    ['lenght(city)', /“lenght” cannot be used.*did you mean length\(\)\?/],
    ['weight +', /it ends too early/],
    ['1; DROP TABLE raw', /cannot go on with ;/],
    ['1) FROM (SELECT 2', /more than one expression/],
    ['weight, height', /more than one expression|cannot be used/],
    ['(SELECT max(weight) FROM raw)', /Join the second table/],
    ['weight > (SELECT 1)', /Join the second table/],
    ['avg(weight)', /looks at other rows/],
    ['count(*)', /looks at other rows/],
    ['lag(weight) OVER ()', /looks at other rows/],
    ['random()', /something else each time/],
    ['now()', /time of day/],
    ['current_date', /time of day/],
    ['age(sold)', /time of day/],
    ["read_text('/etc/passwd')", /cannot be used/],
    ["getenv('HOME')", /cannot be used/],
    ["current_setting('threads')", /cannot be used/],
    ['sold::TIMESTAMPTZ', /depends on the machine/],
    ['list_transform([1], lambda x: x + 1)', /cannot be used/],
    ['COLUMNS(*)', /stands for all columns/],
    ['$1', /have no value here/],
    ['12345678901234567890', /write a code as a text/],
    ["sold - DATE '2020-01-01'", /date_diff/],
    ['[1, 2]', /a list: take one/],
    ['CAST(city AS INTEGER)', /cannot be computed: Could not convert.*TRY_CAST/],
    ['city + 1', /cannot be computed/],
    ['', /Say “Expression”/],
  ]
  const [someRefusals, otherRefusals] = apart(refusals, 8)
  const isRefused = async (expression: string, why: RegExp): Promise<void> =>
    expect(await refused(sales, derive('new', expression))).toMatch(why)
  it.each(someRefusals)('%s is refused, and says why', isRefused)
  it.each(otherRefusals)('%s is refused, and says why', thorough, isRefused)

  const conditions: [where: string, ids: number[]][] = [
    ["weight BETWEEN 60 AND 75 OR city IN ('Lima')", [3, 4]],
    ["city LIKE 'R%'", [1, 3]],
    ["NOT city ILIKE 'rome'", [2, 4]],
    ['weight IS NULL', [2]],
    ["CASE WHEN city = 'Oslo' THEN true ELSE weight < 60 END", [2, 4]],
    ['coalesce(weight, 1e1) < 60', [2, 4]],
    ["regexp_matches(city, '^[LO]')", [2, 4]],
    ['extract(month FROM sold) IN (2, 12)', [1, 3]],
    ['abs(round(weight) - 80) <= 1 AND true', [1]],
    ["strftime(sold, '%Y') = '2021'", [4]],
    ['TRY_CAST(label AS DOUBLE) IS NULL AND floor(id / 2) = 1', [2, 3]],
  ]
  const [someConditions, otherConditions] = apart(conditions, 6)
  const keeps = async (where: string, ids: number[]): Promise<void> => {
    const { cells } = await shaped(sales, [filter(where)])
    expect(cells('id').map(Number)).toEqual(ids)
  }
  it.each(someConditions)('%s keeps %j', keeps)
  it.each(otherConditions)('%s keeps %j', thorough, keeps)

  it('reach no statement but as the tree that DuckDB read', async () => {
    const names = ['a', "o'clock", 'x"; DROP TABLE t; --']
    await withDuckDB(async (connection) => {
      const { sql, columns } = await readExpression(
        connection,
        `"o'clock" = 'it''s' || "x""; DROP TABLE t; --" /* ; */ -- ;`,
        names,
      )
      expect(sql).toBe("(v1 = ('it''s' || v2))")
      expect(columns).toEqual([1, 2])
    })
  })
})

/** The same every time. */
function* dice(): Generator<number, never> {
  for (let state = 7; ;) yield (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648
}

it('whatever is typed gives SQL or a sentence', async () => {
  const tokens =
    "a t d b ( ) , + - * / % = < <> and or not in between case when then else end like 1 2.5 1e3 'x' \"a\" :: int date cast as interval day [ ] { } . select from null true || $1 ? ; -- /* */ lambda -> over distinct exists e' \\ \" ' ä 😀".split(
      ' ',
    )
  const names = [...functions].filter((name) => /^[a-z]/.test(name))
  const random = dice()
  const one = <T>(list: readonly T[]): T => list[Math.floor(random.next().value * list.length)]!
  const values = { a: '1.5::DOUBLE', b: 'true', t: "'text'", d: "TIMESTAMP '2020-01-01'" }
  const columns = Object.entries(values).map(([name, value]) => ({
    name,
    type: 'text' as const,
    value,
    text: "'x'",
    valueOf: (cell: string) => cell,
    place: null,
    stored: null,
  }))
  const state = { sql: '(SELECT 1 AS one)', layout: 'columns' as const, rows: 1, columns }
  let computed = 0
  await withDuckDB(async (connection) => {
    for (let i = 0; i < 600; i++) {
      const call = () => `${one(names)}(${one(['a', 't', 'd', 't,1', 'a,a', "'year',d"])})`
      const text = Array.from({ length: 1 + Math.floor(random.next().value * 8) }, () =>
        random.next().value < 0.2 ? call() : one(tokens),
      ).join(' ')
      await compute(connection, state, text).then(
        () => computed++,
        (error: unknown) => expect(error, text).toBeInstanceOf(DescentError),
      )
    }
  })
  expect(computed).toBeGreaterThan(10)
})

describe('steps', () => {
  it('refuse to leave no row, and say which step it was', async () => {
    expect(await refused(sales, derive('a', '1'), filter('price > 1e9'))).toBe(
      'Step 2 of the shape, “Keep rows”: No row is left: none of 4 rows fulfills “price > 1e9”.',
    )
    expect(await refused(sales, filter('price'))).toMatch(/no condition: it gives a number/)
  })

  it('leave out, rename and replace', async () => {
    const { page, cells, columns } = await shaped(sales, [
      begin(shaping, 'dropColumns', { columns: ['id', 'odd name'] }),
      begin(shaping, 'renameColumn', { column: 'city', to: 'town' }),
      begin(shaping, 'replaceValues', { column: 'town', from: 'Lima', to: 'Oslo' }),
      begin(shaping, 'replaceValues', { column: 'weight', from: '55,1', to: '' }),
      filter("town = 'Oslo' AND weight IS NULL"),
    ])
    expect(page.columns).toEqual(['price', 'sold', 'town', 'weight', 'height', 'label'])
    expect(cells('town')).toEqual(['Oslo', 'Oslo'])
    expect(columns.find(({ name }) => name === 'weight')).toBeDefined()
    expect(await refused(sales, begin(shaping, 'dropColumns', { columns: ['cty'] }))).toMatch(
      /Did you mean city/,
    )
    expect(await refused(sales, begin(shaping, 'renameColumn', { column: 'city', to: 'label' }))).toMatch(
      /There is a column “label” already/,
    )
    expect(await refused(sales, begin(shaping, 'replaceValues', { column: 'city', from: 'Roma' }))).toMatch(
      /No cell of “city” says “Roma”.*“Lima”, “Oslo”, “Rome”/,
    )
  })

  it('keep the first of rows that are alike, in the table’s order', async () => {
    const { cells } = await shaped(sales, [begin(shaping, 'dropDuplicates', { by: ['city'] })])
    expect(cells('id')).toEqual(['1', '2', '4'])
    const twice = 'a,b\n1,x\n2,y\n1,x\n3,z\n2,y\n'
    const { receipt } = await shaped(twice, [begin(shaping, 'dropDuplicates')])
    expect(receipt.shape?.[0]?.rows).toEqual([5, 3])
  })

  it('go with tables of more columns than DuckDB plans for', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `c${i}`)
    const lines = Array.from({ length: 30 }, (_, row) => names.map((_, i) => row * 1000 + i).join(','))
    const { cells, columns, rows } = await shaped([names.join(','), ...lines, ''].join('\n'), [
      filter('c7 >= 10007'),
      derive('sum', 'c1 + c299'),
      begin(shaping, 'dropColumns', { columns: ['c5'] }),
    ])
    expect(rows).toBe(20)
    expect(columns).toHaveLength(300)
    expect(columns.slice(-2).map(({ name }) => name)).toEqual(['sum', 'c299'])
    expect(cells('sum')[0]).toBe(String(10001 + 10299))
    expect(cells('c299')[19]).toBe('29299')
  })

  it('keep the order of many rows', async () => {
    const many = Array.from({ length: 250_000 }, (_, i) => `${i},${i % 10}`).join('\n')
    const { page, rows } = await shaped(`n,d\n${many}\n`, [filter('d <> 3'), derive('m', 'n * 2')])
    expect(rows).toBe(225_000)
    expect(page.rows.slice(0, 4).map(([n]) => n)).toEqual(['0', '1', '2', '4'])
  })
})

describe('a second table', () => {
  const towns = () => write('town,inhabitants,country\nRome,"2,800,000",IT\nOslo,"700,000",NO\nRome,1,XX\n')
  const join_ = (path: string, options: object) =>
    begin(shaping, 'joinTable', { path, on: ['city = town'], ...options })

  it('puts its columns beside the rows that it is about', async () => {
    const path = towns()
    const {
      cells,
      receipt,
      columns,
      shaped: found,
    } = await shaped(sales, [
      join_(path, { several: 'first', prefix: 'c_' }),
      derive('large', 'c_inhabitants > 1000000'),
    ])
    expect(cells('id')).toEqual(['1', '2', '3', '4'])
    expect(cells('c_country')).toEqual(['IT', 'NO', 'IT', null])
    expect(cells('large')).toEqual(['true', 'false', 'true', null])
    expect(columns.at(-1)?.name).toBe('label')
    expect(receipt.shape?.[0]?.notes).toEqual([
      '3 rows found a partner among 3 rows.',
      '1 row found none, and has gaps.',
      '2 rows found several, of which the first is taken.',
    ])
    expect(found?.joined).toMatchObject([{ path, rows: 3 }])
    expect(receipt.shape?.[0]?.joined).toBe(found?.joined[0]?.sha256)
  })

  it('leaves out rows without a partner where it is to', { tags: 'thorough' }, async () => {
    const { cells } = await shaped(sales, [join_(towns(), { several: 'first', kind: 'inner' })])
    expect(cells('id')).toEqual(['1', '2', '3'])
  })

  it('refuses what would multiply rows, or find nothing', async () => {
    expect(await refused(sales, join_(towns(), {}))).toMatch(/^Step 1.*2 rows have several partners/)
    const strangers = write('town,inhabitants\nParis,1\nBerlin,2\n')
    expect(await refused(sales, join_(strangers, {}))).toMatch(
      /No row has a partner.*“Lima”, “Oslo”, “Rome”, and there “Berlin”, “Paris”/,
    )
  })

  it('refuses two columns of a name, and what is not there', { tags: 'thorough' }, async () => {
    const alike = write('town,weight\nRome,1\nOslo,2\n')
    expect(await refused(sales, join_(alike, {}))).toMatch(
      /Both tables have a column “weight”: give the step a prefix/,
    )
    expect(await refused(sales, join_(join(folder, 'none.csv'), {}))).toMatch(/none\.csv/)
    expect(await refused(sales, begin(shaping, 'joinTable', { path: alike, on: ['city'] }))).toMatch(
      /In the second table: There is no column “city”/,
    )
  })

  const comparisons: [string, string[], string[], (string | null)[] | 'none'][] = [
    // Codes here, because of one word, and numbers there.
    ['k', ['K0', 'K1', '?', '4'], ['1', '2', '4', '5'], [null, null, null, 'd2']],
    ['k', ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04'], ['1', '2', '3', '4'], 'none'],
    [
      'k',
      ['10:00', '11:30', '12:00', '13:15'],
      ['1:15 PM', '11:30 AM', '9:00 AM', '8:15 AM'],
      [null, 'd1', null, 'd0'],
    ],
    ['k', ['10:00', '11:30', '12:00', '13:15'], ['1', '2', '3', '4'], 'none'],
  ]
  const compares = async (...[k, here, there, found]: (typeof comparisons)[number]): Promise<void> => {
    const table = [`${k},label`, ...here.map((cell, i) => `${cell},${i % 2}`), ''].join('\n')
    const path = write([`${k},d`, ...there.map((cell, i) => `${cell},d${i}`), ''].join('\n'))
    const step = begin(shaping, 'joinTable', { path, on: [k] })
    if (found === 'none') expect(await refused(table, step)).toMatch(/No row has a partner/)
    else expect((await shaped(table, [step])).cells('d')).toEqual(found)
  }
  const comparing = 'compares %s of different types as they are written, and of one type as values'
  const [someComparisons, otherComparisons] = apart(comparisons, 2)
  it.each(someComparisons)(comparing, compares)
  it.each(otherComparisons)(comparing, thorough, compares)

  it('compares numbers as numbers, however each table writes them', { tags: 'thorough' }, async () => {
    const prices = write('cost,grade\n1234.5,A\n999,B\n')
    const { cells } = await shaped(sales, [
      begin(shaping, 'joinTable', { path: prices, on: ['price = cost'] }),
    ])
    expect(cells('grade')).toEqual(['A', 'B', null, null])
  })
})
