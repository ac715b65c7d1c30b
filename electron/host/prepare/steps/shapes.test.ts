import { expect, test } from 'vitest'
import type { NumberColumn } from '../../datasets/frame.ts'
import fixture from '../fixtures/steps.json' with { type: 'json' }
import { normalCdf, normalQuantile } from '../normal.ts'
import { quantiles, smoothClip, yeoJohnson } from './shapes.ts'

const column = (values: readonly (number | null)[]): NumberColumn => ({
  kind: 'number',
  name: 'x',
  values: Float64Array.from(values, (value) => value ?? NaN),
})
const rowsOf = (values: readonly unknown[]): Int32Array => Int32Array.from(values.keys())
function near(found: Float64Array, wanted: readonly (number | null)[], tolerance: number): void {
  expect(found).toHaveLength(wanted.length)
  wanted.forEach((value, i) => {
    if (value === null) expect(found[i]).toBeNaN()
    else
      expect(Math.abs(found[i]! - value), `${i}: ${found[i]} for ${value}`).toBeLessThan(
        tolerance * (1 + Math.abs(value)),
      )
  })
}

test.each(fixture.cases)(
  'quantiles of $name are those of scikit-learn',
  ({ train, later, quantiles: cases }) => {
    for (const { output, quantiles: count, values, undone } of cases) {
      const options = { output: output as 'normal' | 'uniform', quantiles: count }
      const state = quantiles.fit(column(train), rowsOf(train), options)
      const made = quantiles.apply(column(later), state).values
      near(made, values, 1e-7)
      near(quantiles.undo!(made, state), undone, 1e-6)
    }
  },
)

test.each(fixture.cases)(
  'the power of $name is that of scikit-learn',
  ({ train, later, yeoJohnson: wanted }) => {
    const { lambda } = yeoJohnson.fit(column(train), rowsOf(train), {})
    expect(Math.abs(lambda - wanted.lambda)).toBeLessThan(1e-4)
    const state = { lambda: wanted.lambda }
    const made = yeoJohnson.apply(column(later), state).values
    near(made, wanted.values, 1e-9)
    near(yeoJohnson.undo!(made, state), wanted.undone, 1e-6)
  },
)

test('the smooth clip keeps what is small, and passes no limit', () => {
  const { values } = smoothClip.apply(column([0, 0.01, 3, -1e9, Infinity, null]), { limit: 3 })
  expect([...values.subarray(0, 2)].map((value) => Number(value.toFixed(5)))).toEqual([0, 0.01])
  expect(values[2]).toBeCloseTo(3 / Math.SQRT2, 12)
  expect(values[3]).toBeCloseTo(-3, 6)
  expect(values[5]).toBeNaN()
})

test('constant and empty columns give numbers', () => {
  for (const values of [
    [2, 2, 2],
    [null, null],
  ]) {
    const [x, rows] = [column(values), rowsOf(values)]
    for (const output of ['normal', 'uniform'] as const) {
      const state = quantiles.fit(x, rows, { output, quantiles: 10 })
      expect([...quantiles.apply(column([2, 5, -5]), state).values].every(Number.isFinite)).toBe(true)
    }
    expect(yeoJohnson.fit(x, rows, {})).toEqual({ lambda: 1 })
  }
})

test('the normal distribution and its inverse', () => {
  // scipy.stats.norm.cdf and .ppf
  const known = [
    [-6, 9.865876450376946e-10],
    [-3.5, 2.3262907903552504e-4],
    [-1, 0.15865525393145707],
    [0, 0.5],
    [2.9, 0.9981341866996159],
    [5, 0.9999997133484281],
  ] as const
  for (const [z, share] of known) {
    expect(Math.abs(normalCdf(z) / share - 1)).toBeLessThan(1e-13)
    expect(Math.abs(normalQuantile(share) - z)).toBeLessThan(1e-8)
  }
})

test('a power that would make one of all values is not chosen', () => {
  const z = Array.from({ length: 300 }, (_, i) => normalQuantile((i + 0.5) / 300))
  const powerOf = (values: number[]): { lambda: number; distinct: number } => {
    const { lambda } = yeoJohnson.fit(column(values), rowsOf(values), {})
    return { lambda, distinct: new Set(yeoJohnson.apply(column(values), { lambda }).values).size }
  }
  // scipy.stats.yeojohnson_normmax
  const prices = powerOf(z.map((value) => Math.exp(12 + 0.5 * value)))
  expect(Math.abs(prices.lambda + 7.73e-6)).toBeLessThan(1e-4)
  expect(prices.distinct).toBe(300)
  const pareto = powerOf(z.map((_, i) => 30_000 / ((i + 0.5) / 300) ** 0.4))
  expect(Math.abs(pareto.lambda + 1.7712766)).toBeLessThan(1e-4)
  const debts = powerOf(z.map((value) => -Math.exp(12 + 0.5 * value)))
  expect(Math.abs(debts.lambda - 2.0000068)).toBeLessThan(1e-4)
  // The likeliest power, −509, leaves nothing of these; SciPy’s −4.5 leaves a few dozen values.
  const shifted = powerOf(z.map((value) => 1000 + Math.exp(value)))
  expect(shifted.lambda).toBeLessThan(-1)
  expect(shifted.distinct).toBeGreaterThan(295)
})

test('quantiles of small numbers are theirs: no share is added to a value', () => {
  const values = Array.from({ length: 101 }, (_, i) => i * 1e-9)
  const state = quantiles.fit(column(values), rowsOf(values), { output: 'normal', quantiles: 101 })
  const made = quantiles.apply(column(values), state).values
  expect(made[50]).toBeCloseTo(0, 9)
  expect(made[10]).toBeCloseTo(normalQuantile(0.1), 6)
  expect(made.filter((value) => Math.abs(value) > 5)).toHaveLength(2)
})
