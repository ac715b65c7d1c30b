import { expect, test } from 'vitest'
import { partsOf } from './parts.ts'

const cut = (values: number[], kind: 'number' | 'date' = 'number') =>
  partsOf({ kind, name: 'x', values: Float64Array.from(values) }, Int32Array.from(values.keys())).map(
    ({ label, places }) => [label, places.length],
  )
const many = (count: number, value: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => value(i))

test('a value that most rows have is a part of its own, and the others are cut by their own quarters', () => {
  expect(cut([...many(80, () => 0), ...many(20, (i) => i + 1)])).toEqual([
    ['0', 80],
    ['1 to below 5.75', 5],
    ['5.75 to below 10.5', 5],
    ['10.5 to below 15.25', 5],
    ['15.25 to 20', 5],
  ])
  const middle = cut([...many(60, () => 5), ...many(25, (i) => i / 10), ...many(25, (i) => 6 + i)])
  expect(middle).toContainEqual(['5', 60])
  expect(middle.reduce((sum, [, rows]) => sum + Number(rows), 0)).toBe(110)
})

test('every row is in one part: quarters, few values, those without one', () => {
  expect(cut(many(100, (i) => i)).map(([, rows]) => rows)).toEqual([25, 25, 25, 25])
  expect(cut([1, 2, 2, NaN])).toEqual([
    ['1', 1],
    ['2', 2],
    [null, 1],
  ])
  expect(cut([0, 31], 'date')).toEqual([
    ['1970-01-01', 1],
    ['1970-02-01', 1],
  ])
  expect(partsOf({ kind: 'text', name: 'x', values: ['a'] }, Int32Array.of(0))).toEqual([])
})
