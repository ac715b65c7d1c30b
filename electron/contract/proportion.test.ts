import { expect, test } from 'vitest'
import { areApart, meanInterval, wilson } from './proportion.ts'

// statsmodels 0.14, proportion_confint(hits, rows, method='wilson')
test.each([
  [0, 10, 0, 0.2775327998628892],
  [10, 10, 0.7224672001371107, 1],
  [5, 10, 0.236593090512564, 0.7634069094874359],
  [233, 314, 0.6908788, 0.7872813],
])('%i of %i', (hits, rows, low, high) => {
  const found = wilson(hits, rows)!
  expect(found.low).toBeCloseTo(low, 4)
  expect(found.high).toBeCloseTo(high, 4)
})

test('of nothing nothing is known', () => {
  expect(wilson(0, 0)).toBeNull()
  expect(meanInterval(3, null, 1)).toBeNull()
  expect(meanInterval(10, 2, 16)).toEqual({ low: 10 - 0.979981992270027, high: 10 + 0.979981992270027 })
  expect(areApart({ low: 0, high: 1 }, { low: 1, high: 2 })).toBe(false)
  expect(areApart({ low: 2, high: 3 }, { low: 0, high: 1 })).toBe(true)
})
