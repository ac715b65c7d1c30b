import { describe, expect, it, test } from 'vitest'
import { begin, dates, numerals, parsers, times, type Parser } from '../../../../contract/index.ts'
import { query, quoted, withDuckDB } from '../duckdb.ts'
import { noneStored } from '../relation.ts'
import { chooseDates, formatsOf } from './choose-dates.ts'
import { chooseNumerals } from './choose-numerals.ts'
import { cellSql } from './index.ts'
import { looksOf } from './looks.ts'

const read = (parser: Parser, texts: readonly string[]): Promise<(number | null)[]> =>
  withDuckDB(async (connection) => {
    const listed = texts.map(quoted).join(', ')
    const rows = await query(
      connection,
      `SELECT ${cellSql('t', parser)} AS value FROM (SELECT unnest([${listed}]) AS t)`,
    )
    return rows.map(({ value }) => value as number | null)
  })

type Given = Partial<Parameters<typeof begin<typeof parsers, 'numerals'>>[2]>
const numbers = (given: Given = {}) => begin(parsers, numerals.name, given)

test.each<[string, Given, Record<string, number | null>]>([
  [
    'plain',
    {},
    {
      '12': 12,
      '+1.5': 1.5,
      '-.5': -0.5,
      '3.': 3,
      '1e-3': 1e-3,
      '−3.4': -3.4,
      '\u00a07': 7,
      '1,5': null,
      '1_000': null,
      '+-1': null,
      '1e400': null,
      inf: null,
      nan: null,
      '0x10': null,
      '': null,
      '3 kg': null,
      '(3)': null,
      '1 000': null,
      '−': null,
    },
  ],
  [
    'a decimal comma',
    { decimal: ',', grouping: '.' },
    { '1.098': 1098, '1.617,00': 1617, '768': 768, '0,5': 0.5, '1.09': null, '0.123': null, '-2,5e3': -2500 },
  ],
  [
    'commas between thousands',
    { grouping: ',' },
    { '1,234,567.5': 1234567.5, '1234': 1234, '12,34': null, '1.5': 1.5, ',123': null },
  ],
  [
    'spaces between thousands',
    { decimal: ',', grouping: 'space' },
    {
      '1 097,99': 1097.99,
      '1\u202f097,99': 1097.99,
      '1\u00a0097': 1097,
      '−1\u2009000,5': -1000.5,
      '1 09': null,
    },
  ],
  ['apostrophes', { grouping: 'apostrophe' }, { "1'234.50": 1234.5, '12’345’678': 12345678, "1'23": null }],
  [
    'amounts',
    { grouping: ',', unit: '$', parentheses: true },
    {
      '$1,097.99': 1097.99,
      '-$5': -5,
      '$-5': -5,
      '$ 5': 5,
      '5$': 5,
      '5': 5,
      '($5.50)': -5.5,
      '(5)': -5,
      '(-5)': null,
      '($-5)': null,
      '-(5)': null,
      '€5': null,
      $: null,
      '(5': null,
      $5$5: null,
      '--5': null,
    },
  ],
  ['percentages', { unit: '%' }, { '16.1%': 16.1, '16.1 %': 16.1, '-3%': -3, '16': 16, '16‰': null }],
  ['a unit', { unit: 'kg' }, { '3.2 kg': 3.2, '3.2kg': 3.2, '3200 g': null, kg: null, '1e3 kg': 1000 }],
  ['a unit with signs of patterns', { unit: 'm/s^2.' }, { '9.81 m/s^2.': 9.81, '9.81 m/s^2x': null }],
  ['the letter of exponents', { unit: 'E' }, { '1E5': 1e5, '2E': 2, '1E3E': 1000, 'E 4': 4, '-E5': -5 }],
  [
    'the same in lower case',
    { unit: 'e', parentheses: true },
    { '1e3e': 1000, '(1e1)': -10, '(e1e1)': -10, '(7e)': -7 },
  ],
  ['a unit in parentheses', { unit: 'USD (m)', parentheses: true }, { '5 USD (m)': 5, '(5 USD (m))': -5 }],
  ['a code', { unit: 'EUR', decimal: ',', grouping: '.' }, { 'EUR 1.234,50': 1234.5, '1.234 EUR': 1234 }],
])('numbers: %s', async (_, given, cells) => {
  const found = await read(numbers(given), Object.keys(cells))
  expect(Object.fromEntries(Object.keys(cells).map((text, i) => [text, found[i]]))).toEqual(cells)
})

test.each<[string, string[], Record<string, number | null>]>([
  [
    'ISO alone',
    ['%Y-%m-%d'],
    {
      '1970-01-02': 1,
      '2024-02-29': 19782,
      '2023-02-29': null,
      '1969-12-31T12:00:00Z': -0.5,
      '2024-12-31 06:00': 20088.25,
      '22-03-08': null,
      '08/03/2022': null,
      epoch: null,
      infinity: null,
      '-infinity': null,
      today: null,
      '2022': null,
    },
  ],
  [
    'several formats in order, ISO always among them',
    ['%d/%m/%Y', '%b %d, %Y', '%d/%m/%y'],
    {
      '25/09/2022': 19260,
      '2022-03-08': 19059,
      'Aug 18, 2022': 19222,
      '25/09/22': 19260,
      '13/13/2022': null,
    },
  ],
  [
    'month names',
    ['%d %b %Y', '%d %B %Y'],
    { '05 Mar 2020': 18326, '5 march 2020': 18326, '5 Mrz 2020': null },
  ],
  [
    'times',
    ['%d.%m.%Y %H:%M', '%m/%d/%Y %I:%M %p'],
    { '02.01.1970 18:00': 1.75, '01/02/1970 6:00 PM': 1.75 },
  ],
])('dates: %s', async (_, formats, cells) => {
  const found = await read(begin(parsers, dates.name, { formats }), Object.keys(cells))
  expect(Object.fromEntries(Object.keys(cells).map((text, i) => [text, found[i]]))).toEqual(cells)
})

test('looks are those of cells with digits', async () => {
  await withDuckDB(async (connection) => {
    await connection.run(
      "CREATE TEMP TABLE raw AS SELECT unnest(['red', '12 Mar', '07', '1.5', '2.5', NULL, '−', 'nan']) AS t0",
    )
    const found = await looksOf(connection, { sql: 'raw', layout: 'columns', stored: noneStored }, [0], 8)
    expect(found.get(0)).toEqual([
      { look: '9.9', count: 2 },
      { look: '09', count: 1 },
      { look: '99 Mar', count: 1 },
    ])
  })
})

describe('how numbers are written follows from their looks', () => {
  const hints = { delimiter: ',', decimal: null }
  const choose = (looks: readonly string[], given = {}) =>
    chooseNumerals(
      looks.map((look) => ({ look, count: 10 })),
      { ...hints, ...given },
    )
  it.each<[string, string[], object, Given]>([
    ['points alone', ['9.9', '99'], {}, {}],
    ['three digits after a point', ['9.999'], {}, {}],
    ['the same beside decimal commas', ['9.999'], { decimal: ',' }, { decimal: ',', grouping: '.' }],
    ['a zero before them', ['0.999'], { decimal: ',' }, {}],
    ['two digits after a comma', ['9,99'], {}, { decimal: ',', grouping: '.' }],
    ['three digits after a comma', ['9,999'], {}, { grouping: ',' }],
    ['the same between semicolons', ['9,999'], { delimiter: ';' }, { decimal: ',', grouping: '.' }],
    ['both', ['9.999,9'], {}, { decimal: ',', grouping: '.' }],
    ['spaces', ['9 999,99', '999,99'], {}, { decimal: ',', grouping: 'space' }],
    ['amounts', ['$9,999.99', '$999.99', '-$9.99'], {}, { grouping: ',', unit: '$' }],
    ['accounts', ['$9.99', '$99.99', '($9.99)'], {}, { unit: '$', parentheses: true }],
    ['codes of currencies', ['CHF 9.90'], {}, { unit: 'CHF' }],
    ['percentages', ['99.9%', '9.9 %'], {}, { unit: '%' }],
    ['exponents', ['9e999', '9.99'], {}, {}],
    ['a sign within parentheses', ['(-9.99)', '9.99', '99.99'], {}, {}],
    ['two units', ['9 kg', '999 g', '99 lb'], {}, {}],
    ['names with numbers', ['A99', 'room 9', 'item-9'], {}, {}],
    ['lists', ['9,9,9'], {}, {}],
    ['words', ['red', 'blue'], {}, {}],
    ['names of files', ['9.png', '99.png'], {}, {}],
    ['an abbreviation behind a point', ['9. kg', '99 kg'], {}, { unit: 'kg' }],
  ])('%s', (_, looks, given, expected) => {
    expect(choose(looks, given).numerals).toEqual(numbers(expected))
  })
  it('takes no names of files for numbers', () => {
    expect(choose(['9.png', '999.png']).fitting).toBe(0)
  })
  it('says whether another decimal sign would do', () => {
    expect(choose(['9,99']).sure).toBe(true)
    expect(choose(['9,999']).sure).toBe(false)
    expect(choose(['99']).sure).toBe(false)
  })
  it('tells others by fractions, and by thousands where no field ends there', () => {
    expect(choose(['9,99']).telling).toBe(true)
    expect(choose(['99.99.999', '9,999']).telling).toBe(false)
    expect(choose(['9.999.999']).telling).toBe(false)
    expect(choose(['9.999.999'], { delimiter: ';' }).telling).toBe(true)
    expect(choose(['9,999,999']).telling).toBe(true)
    expect(choose(['9,999']).telling).toBe(false)
  })
})

describe('how dates are written follows from their looks', () => {
  it.each([
    ['9999-99-99', ['%Y-%m-%d']],
    ['9999-99-99T99:99:99.999Z', ['%Y-%m-%d']],
    ['99/99/9999', ['%d/%m/%Y', '%m/%d/%Y']],
    ['99.99.99', ['%d.%m.%y']],
    ['9.9.99', []],
    ['9.9.99 99:99', ['%d.%m.%y %H:%M']],
    ['05 Mar 2020'.replaceAll(/\d/g, '9'), ['%d %b %Y']],
    ['Mar 9, 9999 9:99 PM', ['%b %d, %Y %I:%M %p']],
    ['99/99/9999, 99:99:99', ['%d/%m/%Y, %H:%M:%S', '%m/%d/%Y, %H:%M:%S']],
    ['99:99', []],
    ['9999', []],
    ['Mrz 9, 9999', []],
    ['', []],
  ])('%s', (look, formats) => expect(formatsOf(look)).toEqual(formats))

  const choose = (looks: Record<string, number>[], candidates: string[]) =>
    chooseDates(
      looks.map((counts) => ({ read: new Map(Object.entries(counts)) })),
      candidates,
    )
  const [day, month, iso] = ['%d/%m/%Y', '%m/%d/%Y', '%Y-%m-%d']
  it('takes the order of day and month that reads most, and no other', () => {
    expect(
      choose(
        [
          { [day]: 4, [month]: 4 },
          { [day]: 90, [month]: 40 },
        ],
        [day, month],
      ),
    ).toMatchObject({
      dates: { formats: [day] },
      ambiguous: [],
    })
    expect(
      choose(
        [
          { [day]: 4, [month]: 9 },
          { [day]: 9, [month]: 4 },
        ],
        [day, month],
      ).dates.formats,
    ).toHaveLength(1)
  })
  it('puts ISO first, then what is most frequent', () => {
    expect(choose([{ [month]: 9 }, { [iso]: 2 }], [day, month, iso]).dates.formats).toEqual([iso, month])
  })
  it('says where nothing tells days from months', () => {
    expect(choose([{ [day]: 9, [month]: 9 }], [day, month])).toMatchObject({
      dates: { formats: [day] },
      ambiguous: [day],
    })
  })
})

test('times of day are read in every usual form', async () => {
  const spelled: Record<string, number | null> = {
    '0:00': 0,
    '6:00': 0.25,
    '12:00:00': 0.5,
    '18h30': 18.5 / 24,
    '18.00.00': null,
    '18.30': null,
    '2 pm': 14 / 24,
    '2:30 PM': 14.5 / 24,
    '12:15 a.m.': 0.25 / 24,
    '12am': 0,
    '23:59:59.5': 86399.5 / 86400,
    '24:00': null,
    '13 pm': null,
    '12:60': null,
    '7': null,
    '1:2': null,
    noon: null,
  }
  const values = await read(begin(parsers, times.name), Object.keys(spelled))
  Object.values(spelled).forEach((value, i) =>
    value === null ? expect(values[i]).toBeNull() : expect(values[i]).toBeCloseTo(value, 12),
  )
})
