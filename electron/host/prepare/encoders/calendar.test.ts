/** Against Python's datetime: date(1970, 1, 1) + timedelta(days), its year, month, day and weekday(). */
import { expect, test } from 'vitest'
import type { DateColumn } from '../../datasets/frame.ts'
import { calendar } from './calendar.ts'

const wanted = [
  { days: 0, year: 1970, month: 1, day: 1, weekday: 3 },
  { days: -1, year: 1969, month: 12, day: 31, weekday: 2 },
  { days: 58, year: 1970, month: 2, day: 28, weekday: 5 },
  { days: 59, year: 1970, month: 3, day: 1, weekday: 6 },
  { days: 11_016, year: 2000, month: 2, day: 29, weekday: 1 },
  { days: 11_017, year: 2000, month: 3, day: 1, weekday: 2 },
  { days: -25_509, year: 1900, month: 2, day: 28, weekday: 2 },
  { days: -25_508, year: 1900, month: 3, day: 1, weekday: 3 },
  { days: 19_722, year: 2023, month: 12, day: 31, weekday: 6 },
  { days: 19_723, year: 2024, month: 1, day: 1, weekday: 0 },
  { days: 19_782, year: 2024, month: 2, day: 29, weekday: 3 },
  { days: 47_540, year: 2100, month: 2, day: 28, weekday: 6 },
  { days: 47_541, year: 2100, month: 3, day: 1, weekday: 0 },
  { days: 2_932_896, year: 9999, month: 12, day: 31, weekday: 4 },
  { days: -354_285, year: 1000, month: 1, day: 1, weekday: 2 },
]
const column = (...values: number[]): DateColumn => ({
  kind: 'date',
  name: 'day',
  values: Float64Array.from(values),
})
const all = (one: DateColumn): Int32Array => Int32Array.from(one.values.keys())

function written(one: DateColumn, state: Parameters<typeof calendar.write>[1]) {
  const { width } = calendar.tensor(state) as { width: number }
  const data = new Float32Array(width * one.values.length)
  const notes = calendar.write(one, state, { data, stride: width, offset: 0 })
  return {
    rows: Array.from(one.values, (_, row) => [...data.subarray(row * width, (row + 1) * width)]),
    notes,
  }
}
const angle = (place: number, length: number): number[] => [
  Math.sin((2 * Math.PI * place) / length),
  Math.cos((2 * Math.PI * place) / length),
]

test.each(wanted)('day $days is $year-$month-$day', ({ days, year, month, day, weekday }) => {
  const state = {
    elapsed: { of: 'year' as const, center: 0, scale: 1 },
    cycles: ['month' as const, 'day' as const, 'weekday' as const],
    missing: false,
  }
  const [row] = written(column(days), state).rows
  const expected = [year, ...angle(month - 1, 12), ...angle(day - 1, 31), ...angle(weekday, 7)]
  expected.forEach((value, i) => expect(row![i]).toBeCloseTo(value, 5))
  // The time of day changes nothing.
  expect(written(column(days + 0.999), state).rows[0]).toEqual(row)
})

test('elapsed days are standardized by the training rows alone, gaps are 0 and marked', () => {
  const one = column(10, 20, NaN, 1e6)
  const options = {
    elapsed: 'days' as const,
    month: false,
    day: false,
    weekday: false,
    hour: false,
    missing: true,
  }
  const state = calendar.fit(one, Int32Array.of(0, 1, 2), options, { targets: [] })
  expect(state).toEqual({ elapsed: { of: 'days', center: 15, scale: 5 }, cycles: [], missing: true })
  expect(written(one, state).rows.slice(0, 3)).toEqual([
    [-1, 0],
    [1, 0],
    [0, 1],
  ])
  expect(calendar.features('day', { formula: 'x', notes: [] }, state).map(({ name }) => name)).toEqual([
    'day: days',
    'day is missing',
  ])
})

test('gaps that training had none of are said', () => {
  const options = {
    elapsed: 'none' as const,
    month: true,
    day: false,
    weekday: false,
    hour: false,
    missing: true,
  }
  const state = calendar.fit(column(1, 2), Int32Array.of(0, 1), options, { targets: [] })
  const { rows, notes } = written(column(NaN), state)
  expect(rows).toEqual([[0, 0]])
  expect(notes).toEqual([
    'day: 1 row without a date, of which training had none: all its features are 0 there.',
  ])
})

test('a column without a date in training adds no feature', () => {
  const empty = column(NaN, NaN)
  const options = {
    elapsed: 'days' as const,
    month: true,
    day: true,
    weekday: true,
    hour: false,
    missing: true,
  }
  expect(calendar.tensor(calendar.fit(empty, all(empty), options, { targets: [] }))).toEqual({
    kind: 'numbers',
    width: 0,
  })
})
