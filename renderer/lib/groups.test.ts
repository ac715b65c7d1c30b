import { expect, test } from 'vitest'
import type { OverTime, SensitiveColumn } from '../../electron/contract/index.ts'
import {
  gapsText,
  groupsTable,
  rowsModel,
  scaleOf,
  summaryOf,
  targetModel,
  timeTable,
  toldGroups,
} from './groups.ts'

const group = (label: string | null, rows: number, classes: number[], mean: number | null = null) => ({
  label,
  where: { is: 'among', column: 'sex', values: [label ?? ''] } as const,
  rows,
  known: rows,
  classes,
  mean,
  deviation: mean === null ? null : 2,
})
const column: SensitiveColumn = {
  column: 'sex',
  groups: [group('m', 60, [40, 20]), group('f', 40, [10, 30]), group(null, 0, [0, 0])],
  left: 0,
}

test('groups have their share of the rows, and of a class with its interval', () => {
  const [m, f, none] = toldGroups(column, 1)
  expect(m).toMatchObject({ label: 'm', share: 0.6, value: 20 / 60 })
  expect(m!.low).toBeCloseTo(0.227, 2)
  expect(m!.high).toBeCloseTo(0.459, 2)
  expect(f!.value).toBe(0.75)
  expect(none).toMatchObject({ value: null, low: null, high: null })
  const told = toldGroups(column, 1)
  expect(summaryOf('sex', told, true)).toMatch(
    /3 groups by sex: .* lowest for m \(33\.3.%\), .* f \(75\.0.%\)/,
  )
  expect(scaleOf(told, true)).toEqual({ low: 0, high: 1 })
  expect(groupsTable('sex', told, 'Share of “yes”', true).rows[1]!.slice(0, 4)).toEqual(['f', 40, 0.4, 0.75])
})

test('of numbers means are told, on a scale that holds their intervals', () => {
  const told = toldGroups({ ...column, groups: [group('m', 16, [], 10), group('f', 1, [], 14)] }, null)
  expect(told[0]!.low).toBeCloseTo(10 - 0.98, 2)
  // One row has no spread: here it is said to, so that only its number counts.
  expect(told[1]!.low).toBeNull()
  expect(scaleOf(told, false).low).toBeCloseTo(9.02, 2)
  expect(scaleOf(told, false).high).toBe(14)
})

const period = (label: string, rows: number, classes: number[], mean: number | null = null) => ({
  ...group(null, rows, classes, mean),
  label,
  start: 0,
  end: 1,
})
const time: OverTime = {
  column: 'day',
  unit: 'month',
  periods: [period('2020-01', 10, [4, 6]), period('2020-02', 0, [0, 0]), period('2020-03', 5, [5, 0])],
  gaps: [{ from: '2020-02', to: '2020-02', periods: 1 }],
}

test('periods without rows are bars of nothing, and no point of the target', () => {
  expect(rowsModel(time).series[0]!.data.map(({ y }) => y)).toEqual([10, 0, 5])
  const points = (classes: string[]) =>
    targetModel(time, classes, 'y').series.map(({ label, data }) => [label, data.map(({ x, y }) => [x, y])])
  expect(points(['a', 'b'])).toEqual([
    [
      'b',
      [
        [0, 60],
        [2, 0],
      ],
    ],
  ])
  expect(targetModel(time, ['a', 'b'], 'y').y.title).toBe('Share of “b” (%)')
  const third = time.periods.map((one) => ({ ...one, classes: [...one.classes, 0] }))
  expect(targetModel({ ...time, periods: third }, ['a', 'b', 'c'], 'y').series).toHaveLength(3)
  expect(gapsText(time)).toBe('Without any rows: 2020-02.')
  expect(gapsText({ ...time, gaps: [] })).toBe('No period is without rows.')
  expect(timeTable(time, ['a', 'b'], 'y').rows[0]).toEqual(['2020-01', 10, 4, 6])
  expect(timeTable(time, [], 'y').columns.map(({ name }) => name)).toEqual(['Month', 'Rows', 'Mean of y'])
})
