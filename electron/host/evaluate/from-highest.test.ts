import { expect, test } from 'vitest'
import { randomSource } from '../prepare/random.ts'
import { fromHighest } from './from-highest.ts'

const compared = (values: Float64Array): number[] =>
  Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!)

test.each([10, 5000])('%i numbers come from the highest down, equal ones in their order', (count) => {
  const random = randomSource(1)
  const kinds: (() => number)[] = [
    () => random(),
    () => 2 * random() - 1,
    () => Math.round(10 * random()) - 5,
    () => Math.fround(random()) * 10 ** (600 * random() - 300),
    () => [0, -0, Infinity, -Infinity, 5e-324, -5e-324, Number.MAX_VALUE][Math.floor(7 * random())]!,
  ]
  for (const of of kinds) {
    const values = Float64Array.from({ length: count }, of)
    expect([...fromHighest(values)]).toEqual(compared(values))
  }
})

test('where there are gaps it is what comparing makes of them', () => {
  const values = Float64Array.from({ length: 5000 }, (_, i) => (i % 7 === 0 ? NaN : i % 100))
  expect(new Set(fromHighest(values)).size).toBe(5000)
})
