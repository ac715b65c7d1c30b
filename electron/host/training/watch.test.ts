import { expect, test } from 'vitest'
import {
  distributionOfSeries,
  distributionSeriesName,
  isStepwise,
  layerOfSeries,
  seriesOf,
} from '../../contract/index.ts'
import { isWatched, percentilesOf } from './watch.ts'

test('which steps are watched follows from their number', () => {
  const watched = Array.from({ length: 200 }, (_, step) => step).filter(isWatched)
  expect(watched).toEqual([...Array.from({ length: 20 }, (_, i) => i), 50, 100, 150])
})

test('percentiles of what is given in any order; of what is not finite there are none', () => {
  const numbers = Float32Array.from({ length: 100 }, (_, i) => (i * 37) % 100)
  expect(Object.fromEntries(percentilesOf(numbers))).toEqual({ 5: 5, 25: 25, 50: 50, 75: 75, 95: 95 })
  expect(Object.fromEntries(percentilesOf(Float32Array.of(3)))).toEqual({ 5: 3, 25: 3, 50: 3, 75: 3, 95: 3 })
  expect(percentilesOf(Float32Array.of(1, NaN)).size).toBe(0)
})

test('a distribution is a series of its own, and none of a statistic', () => {
  const name = distributionSeriesName('gradients', 95, 'layers.0.weight')
  expect(name).toBe('layers/gradients/p95/layers.0.weight')
  expect(distributionOfSeries(name)).toEqual({
    distribution: 'gradients',
    percentile: 95,
    layer: 'layers.0.weight',
  })
  expect(layerOfSeries(name)).toBeNull()
  expect(isStepwise(name)).toBe(true)
  expect(seriesOf(name).label).toBe('Distribution of gradients of layers.0.weight, 95 %')
  expect(distributionOfSeries('layers/gradients/p96/0')).toBeNull()
})
