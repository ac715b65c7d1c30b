import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  defaultMissingValues,
  profileSchema,
  type Column,
  type Profile,
  type RowFilter,
} from '../../contract/index.ts'
import { importTable } from '../kinds/table/import-table.ts'
import { gapsBetween, periodOf } from './over-time.ts'
import { profileTable } from './profile.ts'
import { rowsBehind } from './rows-behind.ts'

let folder: string
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-groups-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Looked {
  readonly profile: Profile
  readonly behind: (where: RowFilter) => Promise<number>
}

async function look(text: string, sensitive: readonly string[]): Promise<Looked> {
  const path = join(folder, `${count}.csv`)
  const file = join(folder, `${count++}.parquet`)
  writeFileSync(path, text)
  const imported = await importTable({ path, missingValues: defaultMissingValues, target: 'last' }, file)
  const columns = imported.columns.map((column): Column =>
    sensitive.includes(column.name) ? { ...column, sensitive: true } : column,
  )
  const profile = profileSchema.parse(await profileTable({ file }, columns))
  const behind = async (where: RowFilter) =>
    (await rowsBehind({ file }, columns, { where: [where], offset: 0, limit: 1 })).total
  return { profile, behind }
}

const table = (rows: number, header: string, row: (i: number) => readonly (string | number)[]): string =>
  [header, ...Array.from({ length: rows }, (_, i) => row(i).join())].join('\n') + '\n'

describe('columns that are marked sensitive', () => {
  const people = table(400, 'age,sex,approved', (i) => [
    i % 40 === 0 ? '' : 20 + ((i * 7) % 50),
    i % 100 === 0 ? 'x' : i % 4 === 0 ? 'f' : 'm',
    (i % 4 === 0 ? i % 16 === 0 : i % 2 === 1) ? 'yes' : 'no',
  ])

  test('each group has its rows, its target, and the rows behind it', async () => {
    const { profile, behind } = await look(people, ['sex', 'age'])
    expect(profile.targetClasses).toEqual(['no', 'yes'])
    const [age, sex] = profile.sensitive!
    const labels = sex!.groups.map(({ label, rows }) => [label, rows])
    expect(labels).toEqual([
      ['m', 300],
      ['f', 96],
      ['x', 4],
    ])
    expect(sex!.groups[0]).toMatchObject({ known: 300, classes: [100, 200], mean: null })
    // Numbers by quarters, and those without a value.
    expect(age!.groups).toHaveLength(5)
    expect(age!.groups.at(-1)).toMatchObject({ label: null, rows: 10 })
    expect(age!.groups.reduce((sum, { rows }) => sum + rows, 0)).toBe(400)
    for (const { where, rows } of [...sex!.groups, ...age!.groups]) expect(await behind(where)).toBe(rows)
  })

  test('what differs and what is tiny is pointed out, and nothing of what is not marked', async () => {
    const named = ({ alerts }: Profile) =>
      alerts.filter(({ name }) => name.startsWith('sensitive')).map(({ name, columns }) => [name, columns[0]])
    const { profile, behind } = await look(people, ['sex'])
    expect(named(profile)).toEqual([
      ['sensitiveGap', 'sex'],
      ['sensitiveGroup', 'sex'],
    ])
    const [gap, tiny] = profile.alerts.filter(({ name }) => name.startsWith('sensitive'))
    expect(gap!.message).toMatch(/“yes” is the class of .* of “f” .* and of 66\.7.% of “m”/)
    expect(tiny!.message).toContain('“x” (4)')
    expect(await behind(tiny!.rows!)).toBe(4)
    expect(named((await look(people, [])).profile)).toEqual([])
    const even = table(400, 'sex,approved', (i) => [i % 2 ? 'f' : 'm', i % 4 < 2 ? 'yes' : 'no'])
    expect(named((await look(even, ['sex'])).profile)).toEqual([])
  })

  test('of a target that is a number the means are compared, in units of its spread', async () => {
    const paid = table(300, 'sex,note,pay', (i) => [
      i % 2 ? 'f' : 'm',
      `n${i}`,
      (100 + (i % 2 ? 0 : 40) + ((i * 37) % 29)).toFixed(1),
    ])
    const { profile } = await look(paid, ['sex'])
    expect(profile.targetClasses).toEqual([])
    const means = profile.sensitive![0]!.groups.map(({ label, mean }) => [label, Math.round(mean!)])
    expect(means.toSorted()).toEqual([
      ['f', 114],
      ['m', 154],
    ])
    const gap = profile.alerts.find(({ name }) => name === 'sensitiveGap')!
    expect(gap.message).toMatch(/standard deviations apart/)
  })
})

test('dates are groups by periods, and a value that most rows share is one of its own', async () => {
  const { profile, behind } = await look(
    table(400, 'born,at,capital,note,y', (i) => [
      `${1950 + (i % 60)}-${String(1 + (i % 12)).padStart(2, '0')}-10`,
      `${String(i % 24).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}`,
      i % 5 ? 0 : i % 2 ? -i : 100 + i,
      `n${i % 100}`,
      i % 3 ? 'p' : 'q',
    ]),
    ['born', 'at', 'capital', 'note'],
  )
  const [born, at, capital, note] = profile.sensitive!
  expect(born!.groups.map(({ label }) => label)).toEqual(
    Array.from({ length: 12 }, (_, i) => `${1950 + 5 * i} to ${1954 + 5 * i}`),
  )
  expect(at!.groups).toHaveLength(24)
  const own = capital!.groups.findIndex(({ label }) => label === '0')
  expect(capital!.groups[own]!.rows).toBe(320)
  expect(own).toBeGreaterThan(0)
  expect(capital!.groups.length).toBeGreaterThan(own + 2)
  for (const { groups } of [born!, at!, capital!]) {
    expect(groups.reduce((sum, { rows }) => sum + rows, 0)).toBe(400)
    // Each asks the table anew.
    for (const { where, rows } of groups.filter((_, i) => i % 6 === 0)) expect(await behind(where)).toBe(rows)
  }
  expect(note).toMatchObject({ left: 60, leftFewest: 4 })
  const tiny = profile.alerts.find(({ name, columns }) => name === 'sensitiveGroup' && columns[0] === 'note')!
  expect(tiny.message).toMatch(/100 groups of fewer than 30 rows: .*; 60 further groups are not listed/)
})

test('of a target of huge numbers groups and periods are told all the same', async () => {
  const huge = table(60, 'sex,day,pay', (i) => [
    i % 2 ? 'f' : 'm',
    `2024-01-${String(1 + (i % 28)).padStart(2, '0')}`,
    i === 7 ? '1e160' : (i + 0.5).toString(),
  ])
  const { profile } = await look(huge, ['sex'])
  const [first, second] = profile.sensitive![0]!.groups
  for (const group of [first!, second!]) expect(Number.isFinite(group.deviation)).toBe(true)
  expect(profile.overTime![0]!.periods).toHaveLength(28)
  const whole = [first!, second!].find(({ label }) => label === 'f')!
  expect(whole.mean).toBeCloseTo(1e160 / 30, -150)
})

describe('dates over time', () => {
  const day = (i: number) => new Date(Date.UTC(2020, 0, 1) + i * 86_400_000).toISOString().slice(0, 10)
  test('rows and target by month, and months without any', async () => {
    // Ten days a month, but none in April and May.
    const lines = Array.from({ length: 12 }, (_, month) => month)
      .filter((month) => month !== 3 && month !== 4)
      .flatMap((month) =>
        Array.from({ length: 10 }, (_, i) => {
          const date = `2020-${String(month + 1).padStart(2, '0')}-${String(2 * i + 1).padStart(2, '0')}`
          return `${date},${i},${i < month ? 'late' : 'soon'}`
        }),
      )
    const { profile, behind } = await look(['day,x,y', ...lines].join('\n') + '\n', [])
    const [time] = profile.overTime!
    expect(time).toMatchObject({ column: 'day', unit: 'month' })
    expect(time!.periods.map(({ label }) => label)).toEqual(
      ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'].map(
        (month) => `2020-${month}`,
      ),
    )
    expect(time!.periods[3]).toMatchObject({ rows: 0, known: 0, classes: [0, 0] })
    expect(time!.periods[2]).toMatchObject({ rows: 10, classes: [2, 8] })
    expect(time!.gaps).toEqual([{ from: '2020-04', to: '2020-05', periods: 2 }])
    const { start, end } = time!.periods[11]!
    expect(await behind({ is: 'between', column: 'day', low: start, high: end, closed: false })).toBe(10)
  })
  test('few days are told one by one, a century by years', async () => {
    const days = table(90, 'day,y', (i) => [day(Math.floor(i / 2)), i % 2 ? 'a' : 'b'])
    expect((await look(days, [])).profile.overTime![0]).toMatchObject({ unit: 'day' })
    const years = table(90, 'day,y', (i) => [`${1930 + i}-06-15`, i % 2 ? 'a' : 'b'])
    const [time] = (await look(years, [])).profile.overTime!
    expect(time!.unit).toBe('year')
    expect(time!.periods[0]).toMatchObject({ label: '1930', rows: 1 })
  })
  test('periods before 1970 have negative numbers', () => {
    const of = (text: string) => Math.floor(Date.parse(text) / 86_400_000)
    expect(periodOf(of('1969-12-31'), 'month')).toBe(-1)
    expect(periodOf(of('1970-01-01'), 'month')).toBe(0)
    expect(periodOf(of('1968-02-29'), 'year')).toBe(-2)
    expect(gapsBetween([-14, -1, 0, 3], 'month')).toEqual([
      { from: '1968-12', to: '1969-11', periods: 12 },
      { from: '1970-02', to: '1970-03', periods: 2 },
    ])
  })
})
