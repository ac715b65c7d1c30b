import { expect, test } from 'vitest'
import { histogramCounts, histogramEdges } from './histogram.ts'

const evenly = (low: number, high: number): number[] =>
  Array.from({ length: (high - low + 1) * 100 }, (_, i) => low + (i % (high - low + 1)))
const edgesOf = (values: readonly number[]): number[] => {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  const quarter = (max - min) / 4
  return histogramEdges({ min, max, q25: min + quarter, q75: max - quarter, count: values.length }, true)
}

test.each([
  [1950, 2024],
  [0, 30],
  [-40, 60],
  [1, 400],
])('whole numbers from %i to %i that are as frequent as each other make no comb', (low, high) => {
  const values = evenly(low, high)
  const edges = edgesOf(values)
  const counts = histogramCounts(values, edges)
  expect(edges.length - 1).toBeLessThanOrEqual(30)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length)
  // But for the last bin, which may reach beyond the highest.
  expect(new Set(counts.slice(0, -1)).size).toBe(1)
  expect(counts.at(-1)).toBeGreaterThan(0)
})

test('far apart they are cut as other numbers are', () => {
  const edges = histogramEdges({ min: 0, max: 100_000, q25: 25_000, q75: 75_000, count: 10_000 }, true)
  expect(edges[0]).toBe(0)
  expect(edges.at(-1)).toBe(100_000)
})
