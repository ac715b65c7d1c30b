import { expect, test } from 'vitest'
import type { FrameColumn } from '../../datasets/frame.ts'
import { randomSource } from '../../prepare/random.ts'
import { hypergeometricTail, ranksOf } from './rarity.ts'
import { weakSegments } from './segments.ts'

const bounds = { drop: 0.2, rows: 20, share: 0.05, chance: 0.05 }
const tables = 100

/** Columns that have nothing to do with anything. */
const noise = (random: () => number, rows: number): (FrameColumn & { readonly kind: 'number' })[] =>
  Array.from({ length: 8 }, (_, i) => ({
    kind: 'number',
    name: `n${i}`,
    values: Float64Array.from({ length: rows }, random),
  }))

/** How many of so many tables of noise have a part that is called weak. */
function alarms(rows: number, value: (random: () => number) => number, higherIsBetter: boolean): number {
  const random = randomSource(5)
  const places = Int32Array.from({ length: rows }, (_, i) => i)
  return Array.from({ length: tables }, () => {
    const columns = noise(random, rows)
    const values = Float64Array.from({ length: rows }, () => value(random))
    return weakSegments(columns, places, { values, higherIsBetter }, bounds).length > 0
  }).filter(Boolean).length
}

test.each([0.1, 0.3, 0.5, 0.9])('noise is no weak segment where %f of the rows are right', (accuracy) => {
  const right = (random: () => number): number => Number(random() < accuracy)
  expect(alarms(400, right, true)).toBeLessThanOrEqual(0.05 * tables)
})

test('nor are a few large errors', () => {
  const lognormal = (random: () => number): number =>
    Math.exp(1.5 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))
  expect(alarms(400, lognormal, false)).toBeLessThanOrEqual(0.05 * tables)
})

test.each([true, false])('a part of two columns that is weak is found, and named (%s)', (higherIsBetter) => {
  const random = randomSource(2)
  const rows = 2000
  const columns = noise(random, rows)
  const values = Float64Array.from({ length: rows }, (_, i) => {
    const weak = columns[0]!.values[i]! < 0.25 && columns[1]!.values[i]! > 0.75
    return higherIsBetter ? Number(random() < (weak ? 0.3 : 0.9)) : random() * (weak ? 1.8 : 1)
  })
  const places = Int32Array.from({ length: rows }, (_, i) => i)
  const found = weakSegments(columns, places, { values, higherIsBetter }, bounds)
  const both = found.find(({ columns: of }) => String(of) === 'n0,n1')!
  expect(both.words).toContain(' and “n1” ')
  expect(both.here / both.all > 1).toBe(!higherIsBetter)
  const mean = both.places.reduce((sum, place) => sum + values[place]!, 0) / both.places.length
  expect(both.here).toBeCloseTo(mean, 10)
})

test('how rare it is is exact: scipy.stats.hypergeom.sf(k - 1, N, K, n)', () => {
  expect(hypergeometricTail(100, 30)(20, 12)).toBeCloseTo(0.00183060942472, 12)
  expect(hypergeometricTail(10, 3)(4, 3)).toBeCloseTo(4 / 120, 12)
  expect(hypergeometricTail(10, 3)(8, 1)).toBe(1)
  expect(hypergeometricTail(10, 3)(4, 0)).toBe(1)
  expect([...ranksOf(Float64Array.of(3, 1, 3, 2))]).toEqual([3.5, 1, 3.5, 2])
})
