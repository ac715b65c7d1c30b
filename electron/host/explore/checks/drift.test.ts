import { expect, it } from 'vitest'
import { randomSource } from '../../prepare/random.ts'
import { cramersV, findDrifts, kolmogorovSmirnov, smirnovAt } from './drift.ts'

it('D is that of scipy.stats.ks_2samp', () => {
  // ks_2samp([1, 2, 2, 3, 5], [2, 4, 5, 6]).statistic
  expect(kolmogorovSmirnov(Float64Array.of(1, 2, 2, 3, 5), Float64Array.of(2, 4, 5, 6))).toBeCloseTo(0.55, 12)
  expect(kolmogorovSmirnov(Float64Array.of(1, 2), Float64Array.of(3))).toBe(1)
})

it('V is corrected for small samples', () => {
  // scipy.stats.chi2_contingency([[10, 20, 30], [30, 20, 10]], correction=False): 20 with 2 degrees of freedom.
  const { v, chi2, freedom } = cramersV(Float64Array.of(10, 20, 30), Float64Array.of(30, 20, 10))
  expect([chi2, freedom]).toEqual([20, 2])
  expect(v).toBeCloseTo(Math.sqrt((20 / 120 - 2 / 119) / (2 - 1 / 119 - 1)), 12)
  expect(cramersV(Float64Array.of(5, 5), Float64Array.of(5, 5)).v).toBe(0)
})

it('says nothing of what chance makes, and finds what moved', () => {
  const random = randomSource(2)
  const rows = 1000
  const split = {
    train: Int32Array.from({ length: 700 }, (_, i) => i),
    validation: Int32Array.from({ length: 150 }, (_, i) => 700 + i),
    test: Int32Array.from({ length: 150 }, (_, i) => 850 + i),
    dropped: 0,
  }
  const still = Array.from({ length: 40 }, (_, i) => ({
    kind: 'number' as const,
    name: `x${i}`,
    values: Float64Array.from({ length: rows }, () => random()),
  }))
  const words = {
    kind: 'category' as const,
    name: 'c',
    categories: ['a', 'b', 'c'],
    codes: Int32Array.from({ length: rows }, () => Math.floor(3 * random())),
  }
  expect(findDrifts([...still, words], split)).toEqual([])
  const moved = {
    ...still[0]!,
    values: still[0]!.values.map((value, row) => (row >= 850 ? value + 0.4 : value)),
  }
  const other = { ...words, codes: words.codes.map((code, row) => (row >= 700 && row < 850 ? 0 : code)) }
  expect(
    findDrifts([moved, other], split).map(({ name, split: where, statistic }) => [name, where, statistic]),
  ).toEqual([
    ['c', 'validation', 'Cramér’s V'],
    ['x0', 'test', 'Kolmogorov–Smirnov D'],
  ])
})

it('of many columns that are looked at, less is left to chance of each', () => {
  const rows = 400
  const split = {
    train: Int32Array.from({ length: 200 }, (_, i) => i),
    dropped: 0,
    validation: new Int32Array(),
    test: Int32Array.from({ length: 200 }, (_, i) => 200 + i),
  }
  const values = Float64Array.from({ length: rows }, (_, row) => (row % 200) / 200 + (row < 200 ? 0 : 0.21))
  const codes = Int32Array.from({ length: rows }, (_, row) => Number(row % 200 < (row < 200 ? 100 : 65)))
  const columns = [
    { kind: 'number' as const, name: 'x', values },
    { kind: 'category' as const, name: 'c', categories: ['a', 'b'], codes },
  ]
  expect(findDrifts(columns, split)).toHaveLength(2)
  expect(findDrifts(columns, split, 0.001 / 100)).toEqual([])
  expect(smirnovAt(0.001)).toBeCloseTo(1.9495, 4)
})
