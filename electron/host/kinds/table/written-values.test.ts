/** What the import makes of how numbers and dates are written, from the file to the values that are learned from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  begin,
  dates,
  defaultMissingValues,
  numerals,
  parsers,
  type Column,
} from '../../../contract/index.ts'
import { importTable } from './import-table.ts'
import { readPage } from './page.ts'
import { readFrame } from './read-frame.ts'

let folder: string
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-written-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function imported(data: string, delimiter?: string) {
  const path = join(folder, `table${count++}.csv`)
  const file = join(folder, `data${count++}.parquet`)
  writeFileSync(path, data)
  const options = { path, missingValues: defaultMissingValues, ...(delimiter !== undefined && { delimiter }) }
  const result = await importTable(options, file)
  const page = (columns: Column[] = result.columns) =>
    readPage({ file }, columns, { offset: 0, limit: 100, total: result.rows })
  return { ...result, file, page, notes: result.receipt.notes.join('\n') }
}
const lines = (n: number, line: (i: number) => string, header = '') =>
  header + Array.from({ length: n }, (_, i) => `${line(i)}\n`).join('')

describe('written values', () => {
  const first = async (cells: (i: number) => string, more: (i: number) => string = (i) => String(i % 2)) => {
    const result = await imported(
      lines(60, (i) => `${cells(i)};${more(i)}`, 'a;y\n'),
      ';',
    )
    const frame = await readFrame({ file: result.file }, [{ ...result.columns[0]!, role: 'feature' }])
    const [column] = frame.columns
    return { ...result, column: result.columns[0]!, values: 'values' in column! ? [...column.values] : [] }
  }
  const text = (i: number) => (1000 + i * 37.25).toLocaleString('en', { minimumFractionDigits: 2 })

  it.each<[string, (i: number) => string, object, string]>([
    [
      'amounts',
      (i) => `$${text(i)}`,
      { unit: '$', grouping: ',' },
      'writes amounts in $ with commas between thousands.',
    ],
    ['percentages', (i) => `${i}.5%`, { unit: '%' }, 'writes percentages: 16.1% is read as 16.1.'],
    ['a unit', (i) => `${i}.5 kg`, { unit: 'kg' }, 'writes numbers in kg.'],
    [
      'accounts',
      (i) => (i % 3 ? `${i}.25 €` : `(${i}.25 €)`),
      { unit: '€', parentheses: true },
      'writes amounts in € with negative ones in parentheses.',
    ],
  ])('%s', async (_, cells, parser, note) => {
    const { column, notes, values } = await first(cells)
    expect(column).toMatchObject({ kind: 'number', role: 'feature', parser })
    expect(notes).toContain(`"a" ${note}`)
    expect(values.every(Number.isFinite)).toBe(true)
  })

  it('names no parser of plain numbers', async () => {
    const { column, notes } = await first((i) => (i % 2 ? `−${i}.5` : `${i}`))
    expect(column).toEqual({ name: 'a', kind: 'number', role: 'feature' })
    expect(notes).not.toContain('writes')
  })

  it('reads points as other columns of the file show them, and says so', async () => {
    const alone = await first((i) => `${i + 1}.000`)
    expect(alone.column.parser).toBeUndefined()
    expect(alone.values[1]).toBe(2)
    const beside = await first(
      (i) => `${i + 1}.000`,
      (i) => `${i},25`,
    )
    expect(beside.column.parser).toMatchObject({ decimal: ',', grouping: '.' })
    expect(beside.values[1]).toBe(2000)
    expect(beside.notes).toContain(
      '"a" writes numbers with a decimal comma, as other columns of the file show: 1.234 is 1234.',
    )
  })

  it.each([
    ['fractions', (i: number) => `${10 + i}.37`],
    ['whole numbers with a point', (i: number) => `${10 + i}.00`],
  ])('reads commas as plain %s of the file show them', async (_, others) => {
    const { column, values, notes } = await first((i) => `${i + 1},000`, others)
    expect(column.parser).toMatchObject({ decimal: '.', grouping: ',' })
    expect(values[1]).toBe(2000)
    expect(notes).toContain('as other columns of the file show: 1,234 is 1234.')
  })

  it('says where nothing in the file tells what a comma is', { tags: 'thorough' }, async () => {
    const { values, notes } = await first((i) => `${i + 1},234`)
    expect(values[1]).toBe(2.234)
    expect(notes).toContain(
      '"a": nothing tells decimal signs from thousands; 1,234 is read as 1.234. If it is 1234, change its parser: decimal sign ".", between thousands ",".',
    )
    expect((await first((i) => `${i + 1},25`)).notes).not.toContain('nothing tells')
  })

  it.each([
    ['dotted codes', (i: number) => `10.${100 + i}.200`, 2000, 'with commas between thousands.'],
    [
      'decimal commas',
      (i: number) => `"${i},25"`,
      2,
      'with a decimal comma, as other columns of the file show: 1,234 is 1.234.',
    ],
  ])('reads quoted commas beside %s', async (_, others, second, note) => {
    const { columns, file, notes } = await imported(
      lines(60, (i) => `"${1 + (i % 50)},000",${others(i)},${i % 2}`, 'sales,other,y\n'),
    )
    const [sales] = (await readFrame({ file }, columns)).columns
    expect((sales as { values: Float64Array }).values[1]).toBe(second)
    expect(notes).toContain(`"sales" writes numbers ${note}`)
  })

  it('codes with leading zeros stay codes with a letter behind', async () => {
    const { column, notes } = await first((i) => `${String(7 + (i % 9)).padStart(4, '0')}A`)
    expect(column).toEqual({ name: 'a', kind: 'category', role: 'feature' })
    expect(notes).toContain('"a" has numbers with leading zeros and is read as codes')
    expect((await first((i) => `${i}A`)).column.kind).toBe('number')
  })

  it('takes nearly all numbers for numbers, and names the words', async () => {
    const { column, notes, values } = await first((i) => (i % 20 === 7 ? 'sensor fault' : `${i}.5 km`))
    expect(column.kind).toBe('number')
    expect(notes).toContain('"a": 3 values are not numbers ("sensor fault") and are read as missing.')
    expect(values.filter(Number.isNaN)).toHaveLength(3)
    expect((await first((i) => (i % 10 === 7 ? 'sensor fault' : `${i}.5 km`))).column.kind).not.toBe('number')
  })

  it('names of things stay names', async () => {
    const { column } = await first((i) => `room ${i % 9}`)
    expect(column).toEqual({ name: 'a', kind: 'category', role: 'feature' })
  })

  const day = (i: number) => new Date(Date.UTC(2022, 0, 1 + i * 5))
  const iso = (i: number) => day(i).toISOString().slice(0, 10)
  const slashed = (i: number) => iso(i).split('-').reverse().join('/')
  it.each<[string, (i: number) => string, string[], string]>([
    ['ISO dates', iso, ['%Y-%m-%d'], ''],
    ['ISO dates with times', (i) => day(i).toISOString(), ['%Y-%m-%d'], ''],
    ['days first', slashed, ['%d/%m/%Y'], '"a" writes dates as %d/%m/%Y.'],
    [
      'several ways',
      (i) => (i % 2 ? slashed(i) : iso(i)),
      ['%Y-%m-%d', '%d/%m/%Y'],
      '"a" writes dates as %Y-%m-%d or %d/%m/%Y.',
    ],
  ])('%s', async (_, cells, formats, note) => {
    const { column, values, notes, page, columns } = await first(cells)
    expect(column).toMatchObject({ kind: 'date', role: 'feature', parser: { formats } })
    expect(values).toEqual(Array.from({ length: 60 }, (_, i) => 18_993 + 5 * i))
    expect(notes).toContain(note)
    expect((await page(columns)).rows[1]![0]).toBe(cells(1))
  })

  it('says where nothing tells days from months', async () => {
    const { notes } = await first((i) => `0${1 + (i % 9)}/0${1 + (i % 7)}/2020`)
    expect(notes).toContain('nothing tells days from months in %d/%m/%Y; the day is read first')
  })

  it('takes no versions for dates', async () => {
    const { column } = await first((i) => `1.2.${10 + (i % 30)}`)
    expect(column).toMatchObject({ kind: 'category' })
    expect((await first((i) => `01.0${1 + (i % 9)}.10`)).column).toMatchObject({ kind: 'date' })
  })

  it('says which centuries two digits are', async () => {
    const { notes, values } = await first((i) => `${13 + (i % 9)}/05/${i % 2 ? 45 : 70}`)
    // 1970 and 2045.
    expect(values.slice(0, 2)).toEqual([132, 27_527])
    expect(notes).toContain('"a" has two-digit years: 00–68 are read as 2000–2068, 69–99 as 1969–1999.')
    expect((await first(slashed)).notes).not.toContain('two-digit')
  })

  it('reads a column by another parser where the recipe says so', async () => {
    const { column, file } = await first((i) => `${1 + (i % 50)}.000`)
    const parser = begin(parsers, numerals.name, { decimal: ',', grouping: '.' })
    const [changed] = (await readFrame({ file }, [{ ...column, parser }])).columns
    expect(changed).toMatchObject({ parser })
    expect((changed as { values: Float64Array }).values[1]).toBe(2000)
    // One that is for another kind is kept and not used.
    const [same] = (await readFrame({ file }, [{ ...column, parser: begin(parsers, dates.name) }])).columns
    expect((same as { values: Float64Array }).values[1]).toBe(2)
  })
})
