import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultMissingValues, profileSchema, type Column, type Profile } from '../../contract/index.ts'
import { importTable } from '../kinds/table/import-table.ts'
import { histogramCounts, histogramEdges } from '../prepare/histogram.ts'
import { profileTable } from './profile.ts'

let folder: string
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-profile-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function profiled(text: string, change: (columns: Column[]) => Column[] = (columns) => columns) {
  const path = join(folder, `${count}.csv`)
  const file = join(folder, `${count++}.parquet`)
  writeFileSync(path, text)
  const { columns } = await importTable({ path, missingValues: defaultMissingValues, target: 'last' }, file)
  return profileSchema.parse(await profileTable({ file }, change(columns)))
}
const lines = (n: number, line: (i: number) => string, header: string) =>
  `${header}\n${Array.from({ length: n }, (_, i) => `${line(i)}\n`).join('')}`
const named = ({ columns }: Profile, name: string) => columns.find((column) => column.name === name)!
const total = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0)

describe('statistics', () => {
  it('of numbers are those of the textbook', async () => {
    // 2 4 4 4 5 5 7 9 and a gap, an infinity: mean 5, population variance 4, sample variance 32/7.
    const profile = await profiled(
      `x,y\n${['2', '4', '4', '4', '5', '5', '7', '9', '', 'inf'].map((x, i) => `${x},${i % 2}`).join('\n')}\n`,
    )
    const x = named(profile, 'x')
    expect(x).toMatchObject({ kind: 'number', count: 8, missing: 2, distinct: 5 })
    expect(x.numeric).toMatchObject({
      min: 2,
      max: 9,
      mean: 5,
      q25: 4,
      median: 4.5,
      q75: 5.5,
      zeros: 0,
      infinite: 1,
    })
    expect(x.numeric!.std).toBeCloseTo(Math.sqrt(32 / 7), 12)
    expect(x.numeric!.skewness).toBeCloseTo(0.8184876, 5)
    expect(x.numeric!.histogram).toEqual({
      edges: [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5],
      counts: [1, 0, 3, 2, 0, 1, 0, 1],
    })
  })

  it('of categories count their values', async () => {
    const profile = await profiled(
      lines(60, (i) => `${i % 3 ? (i % 2 ? 'a' : 'b') : 'B'},${i % 4 ? 'no' : 'yes'}`, 'c,y'),
    )
    expect(named(profile, 'c')).toMatchObject({
      distinct: 3,
      top: [
        { value: 'B', count: 20 },
        { value: 'a', count: 20 },
        { value: 'b', count: 20 },
      ],
    })
    expect(profile.classBalance!.classes).toEqual([
      { value: 'no', count: 45 },
      { value: 'yes', count: 15 },
    ])
    expect(profile.alerts.map(({ name }) => name)).toContain('caseVariants')
  })

  it('count what is nearly constant, and what lies far outside', async () => {
    const rows = (i: number) => `${i === 7 ? 3 : 0},${i < 4 ? 1000 * (i + 1) : i % 10}.5,${i % 2 ? 'a' : 'b'}`
    const { alerts, rows: all } = await profiled(lines(200, rows, 'flag,amount,y'))
    expect(all).toBe(200)
    const ofColumns = alerts.filter(({ name }) => name === 'quasiConstant' || name === 'outliers')
    expect(ofColumns.map(({ name, columns, evidence }) => [name, columns[0], evidence])).toEqual([
      ['quasiConstant', 'flag', { share: 0.995 }],
      // The quartiles are 2.5 and 7.5; the fences stand three times their distance away.
      ['outliers', 'amount', { outside: 4, share: 0.02, low: -12.5, high: 22.5 }],
    ])
  })

  it('follow the kinds of the recipe', async () => {
    const text = lines(60, (i) => `${i % 3},${i}.5`, 'x,y')
    const profile = await profiled(text, (columns) =>
      columns.map((column) => (column.name === 'x' ? { ...column, kind: 'category' } : column)),
    )
    expect(named(profile, 'x').numeric).toBeNull()
    expect(named(profile, 'x').top).toHaveLength(3)
  })

  it('hold for numbers near the limits of float64', async () => {
    const profile = await profiled(
      lines(60, (i) => `${i % 2 ? '' : '-'}1.5e308,${i}e-300,${i}.5`, 'huge,tiny,y'),
    )
    expect(named(profile, 'huge').numeric).toMatchObject({ min: -1.5e308, max: 1.5e308, mean: 0 })
    expect(total(named(profile, 'huge').numeric!.histogram.counts)).toBe(60)
    expect(total(named(profile, 'tiny').numeric!.histogram.counts)).toBe(60)
  })
})

describe('relations', () => {
  it('are Pearson correlations over pairs that are present', async () => {
    const profile = await profiled(
      lines(60, (i) => `${i},${i % 5 ? -2 * i : ''},${(i * 37) % 60}.5`, 'a,b,y'),
      (columns) => columns.map((column) => (column.role === 'id' ? { ...column, role: 'feature' } : column)),
    )
    const { columns, values } = profile.correlations
    expect(columns).toEqual(['a', 'b', 'y'])
    expect(values[0]![1]).toBeCloseTo(-1, 12)
    expect(values.map((row, i) => row[i])).toEqual([1, 1, 1])
    expect(values[2]![0]).toBe(values[0]![2])
  })

  it('find features that give the class away', async () => {
    const profile = await profiled(
      lines(
        80,
        (i) => `${i % 2 ? 3.5 : 1.25},${i % 2 ? 'x' : 'z'},${(i * 7) % 11}.5,${i % 2 ? 'yes' : 'no'}`,
        'number,word,fine,y',
      ),
    )
    expect(profile.alerts.filter(({ name }) => name === 'leak').map(({ columns }) => columns[0])).toEqual([
      'number',
      'word',
    ])
  })

  it('count rows that repeat, ids aside', async () => {
    const profile = await profiled(lines(60, (i) => `${i + 1},${i % 20}.5,${i % 2 ? 'a' : 'b'}`, 'id,x,y'))
    expect(profile.duplicateRows).toBe(40)
  })
})

it('agrees with itself on wide and narrow tables', { tags: 'thorough' }, async () => {
  const cells = (i: number, width: number) =>
    Array.from({ length: width }, (_, j) => ((i * 31 + j * 17) % 29 ? (i * (j + 3)) % 23 : '')).join(',')
  const header = (width: number) => [...Array.from({ length: width }, (_, j) => `x${j}`), 'y'].join(',')
  const table = (width: number) => lines(50, (i) => `${cells(i, width)},${i % 2 ? 'a' : 'b'}`, header(width))
  const wide = await profiled(table(300))
  const narrow = await profiled(table(5))
  expect(wide.columns).toHaveLength(301)
  expect(wide.columns.slice(0, 5)).toEqual(narrow.columns.slice(0, 5))
  expect(wide.correlations.columns).toHaveLength(60)
})

describe('histograms', () => {
  const spread = { min: 0, max: 100, q25: 25, q75: 75, count: 1000 }
  it.each([
    ['Freedman and Diaconis', spread, false, 10],
    ['never more than 30 bins', { ...spread, q25: 50, q75: 51 }, false, 30],
    ['never fewer than 5', { ...spread, count: 3 }, false, 5],
    ['no inter-quartile range', { ...spread, q25: 0, q75: 0 }, false, 30],
    ['a bin for each of few whole numbers', { ...spread, max: 6 }, true, 7],
    ['a single value', { ...spread, max: 0 }, false, 1],
    ['no values', { ...spread, count: 0 }, false, 1],
  ])('%s', (_, given, whole, bins) => {
    const edges = histogramEdges(given, whole)
    expect(edges).toHaveLength(bins + 1)
    expect(edges).toEqual(edges.toSorted((a, b) => a - b))
  })
  it('count every value once, the largest too', () => {
    expect(histogramCounts([0, 24, 25, 99, 100], [0, 25, 50, 75, 100])).toEqual([2, 1, 0, 2])
  })
})

it('draws nothing from a few rows that have both values', async () => {
  const random = (i: number, k: number) => ((i * 7919 + k * 104_729) % 997) / 997
  const row = (i: number) =>
    `${i === 3 ? 1.5 : i === 9 ? 2.5 : ''},${random(i, 1)},${random(i * i, 2)},${i % 2 ? 'yes' : 'no'}`
  const { alerts, correlations } = await profiled(lines(400, row, 'lab,age,income,y'))
  expect(correlations.values[0]).toEqual([1, null, null])
  expect(alerts.filter(({ name }) => ['redundant', 'leak', 'correlated'].includes(name))).toEqual([])
})

it('names the rows of the table, however few of them it looked at', async () => {
  const path = join(folder, 'long.csv')
  const file = join(folder, 'long.parquet')
  writeFileSync(
    path,
    lines(1000, (i) => `${i},${(i * 37) % 101},${(i * i) % 89},${i % 2 ? 'yes' : 'no'}`, 'n,m,o,y'),
  )
  const { columns } = await importTable({ path, missingValues: defaultMissingValues, target: 'last' }, file)
  const used = columns.map((column): Column =>
    column.name === 'n' ? { ...column, role: 'feature' } : column,
  )
  const { sampled, pictures } = await profileTable({ file }, used, {}, { most: 100 })
  expect(sampled).toBe(100)
  expect(pictures?.of).toBe(1000)
  const shown = pictures!.map!.rows
  expect(shown).toHaveLength(100)
  shown.forEach((row, stretch) => expect(Math.floor(row / 10)).toBe(stretch))
  expect(new Set(shown.map((row) => row % 10)).size).toBeGreaterThan(5)
  // `n` is the place of its row.
  const n = pictures!.against.find(({ column }) => column === 'n')!
  expect(n.bins[0]!.low).toBe(shown[0])
  expect(n.bins.at(-1)!.high).toBe(shown.at(-1))
})

it('tells nothing of every row by some of them, whatever returns how often', async () => {
  const path = join(folder, 'alternating.csv')
  const file = join(folder, 'alternating.parquet')
  writeFileSync(
    path,
    lines(
      1000,
      (i) => `${(i * 37) % 101},${i % 10 === 0 ? 1 : 2},${i === 3 ? 8 : 7},${i % 10 ? 'u' : 'v'}`,
      'a,b,c,y',
    ),
  )
  const { columns } = await importTable({ path, missingValues: defaultMissingValues, target: 'last' }, file)
  const part = await profileTable({ file }, columns, {}, { most: 100 })
  expect(part.classBalance!.classes.map(({ value }) => value)).toEqual(['u', 'v'])
  // The row that differs is not among them.
  expect(part.columns.find(({ name }) => name === 'c')!.distinct).toBe(1)
  const names = ({ alerts }: Profile) => alerts.map(({ name }) => name)
  expect(names(part)).not.toContain('constantColumn')
  expect(names(await profileTable({ file }, columns))).toContain('quasiConstant')
})

it('suspects no label where no row is like those of its class: a case and its control', async () => {
  const row = (i: number) => `${(i >> 1) * 1.7},${((i >> 1) * 31) % 17},${i % 2 ? 'case' : 'control'}`
  const { alerts } = await profiled(lines(120, row, 'a,b,y'))
  expect(alerts.filter(({ name }) => name === 'suspectLabels')).toEqual([])
})
