import { expect, test } from 'vitest'
import type { FrameColumn } from '../datasets/frame.ts'
import { duplicatesAcross } from './alike.ts'
import { randomSource } from './random.ts'

const random = randomSource(5)
const rows = 200
const column = (name: string): FrameColumn => ({
  kind: 'number',
  name,
  values: Float64Array.from({ length: rows }, () => random()),
})
const columns = ['a', 'b', 'c'].map(column)
const copy = (from: number, to: number, by = 0): void => {
  for (const one of columns) if (one.kind === 'number') one.values[to] = one.values[from]! + by
}
const train = Int32Array.from({ length: 150 }, (_, row) => row)
const tested = Int32Array.from({ length: 50 }, (_, i) => 150 + i)

test('test rows that stand in training are told, each before its training row', () => {
  copy(3, 160)
  copy(20, 170, 1e-6)
  // A copy of a test row is none of training.
  copy(180, 181)
  const found = duplicatesAcross(columns, rows, { train, test: tested })
  expect(found).toMatchObject({ rows: 2, near: true, places: [160, 3, 170, 20] })
  const apart = duplicatesAcross(columns, rows, { train: train.subarray(30), test: tested })
  expect(apart).toEqual({ rows: 0, near: true, places: [], byChance: 0 })
})

test('of many rows that all differ none is told, whatever stands beside what tells them apart', () => {
  const many = 300_000
  const draw = randomSource(9)
  const of = (name: string, value: (row: number) => number): FrameColumn => ({
    kind: 'number',
    name,
    values: Float64Array.from({ length: many }, (_, row) => value(row)),
  })
  const own = of('own', (row) => row * 0.37 + draw() * 0.3)
  const split = {
    train: Int32Array.from({ length: many / 2 }, (_, i) => 2 * i),
    test: Int32Array.from({ length: many / 2 }, (_, i) => 2 * i + 1),
  }
  const told = (...all: FrameColumn[]): number => duplicatesAcross(all, many, split).rows
  expect(
    told(
      own,
      of('same', () => 1),
    ),
  ).toBe(0)
  expect(
    told(
      of('whole', (row) => row),
      of('few', (row) => row % 7),
      of('same', () => 0),
    ),
  ).toBe(0)
  // Pairs of small whole numbers, each pair once.
  expect(
    told(
      of('a', (row) => row % 1000),
      of('b', (row) => Math.floor(row / 1000)),
    ),
  ).toBe(0)
  // Each value twice, once on either side.
  expect(told(of('twice', (row) => row >> 1))).toBe(many / 2)
})

test(
  'of wide tables only equal rows are told where not every pair could be measured',
  { tags: 'thorough' },
  () => {
    const many = 20_000
    const draw = randomSource(11)
    const wide = Array.from({ length: 100 }, (_, i): FrameColumn => ({
      kind: 'number',
      name: `x${i}`,
      values: Float64Array.from({ length: many }, () => draw() + draw() + draw()),
    }))
    for (const one of wide)
      if (one.kind === 'number') {
        one.values[many - 1] = one.values[0]!
        one.values[many - 2] = one.values[1]! + 1e-9
      }
    const split = {
      train: Int32Array.from({ length: many / 2 }, (_, i) => i),
      test: Int32Array.from({ length: many / 2 }, (_, i) => many / 2 + i),
    }
    expect(duplicatesAcross(wide, many, split)).toMatchObject({ rows: 1, near: false, places: [many - 1, 0] })
  },
)
