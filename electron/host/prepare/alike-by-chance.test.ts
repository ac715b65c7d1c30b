import { expect, test } from 'vitest'
import type { FrameColumn } from '../datasets/frame.ts'
import { equalByChance } from './alike-by-chance.ts'
import { duplicatesAcross, isBeyondChance } from './alike.ts'
import { randomSource } from './random.ts'

const rows = 600
const split = {
  train: Int32Array.from({ length: 400 }, (_, row) => row),
  test: Int32Array.from({ length: 200 }, (_, row) => 400 + row),
}
const drawn = (name: string, draw: () => number): FrameColumn => ({
  kind: 'number',
  name,
  values: Float64Array.from({ length: rows }, draw),
})

test('what few combinations make equal is chance', () => {
  const random = randomSource(6)
  const columns = ['a', 'b', 'c'].map((name) => drawn(name, () => Math.floor(random() * 6)))
  const found = duplicatesAcross(columns, rows, split)
  expect(found.rows).toBeGreaterThan(150)
  expect(Math.abs(found.rows - found.byChance)).toBeLessThan(20)
  expect(isBeyondChance(found)).toBe(false)
})

test('copies of rows that are hardly ever equal are not', () => {
  const random = randomSource(7)
  const columns = ['a', 'b', 'c'].map((name) => drawn(name, random))
  for (const one of columns) if (one.kind === 'number') one.values.copyWithin(400, 0, 10)
  const found = duplicatesAcross(columns, rows, split)
  expect(found.rows).toBe(10)
  expect(found.byChance).toBeLessThan(0.1)
  expect(isBeyondChance(found)).toBe(true)
  expect(
    equalByChance([{ kind: 'text', name: 't', values: Array(rows).fill('same') }], split.train, split.test),
  ).toBe(200)
})
