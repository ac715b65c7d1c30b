import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ClassEvidence } from './evidence.ts'
import { metricsOf } from './metrics.ts'
import { drawsFor, pairedBootstrap, percentile, verdictOf, type Statistic } from './paired.ts'

interface Expected {
  first: number
  second: number
  low: number
  high: number
}
/** From scipy.stats.bootstrap, paired, by percentiles, of 200,000 draws: fixtures/generate_paired.py. */
const fixture = JSON.parse(readFileSync(new URL('fixtures/paired.json', import.meta.url), 'utf8')) as {
  truth: number[]
  first: number[]
  second: number[]
  accuracy: Expected
  actual: number[]
  predictedFirst: number[]
  predictedSecond: number[]
  rmse: Expected
}
const pick = (values: readonly number[], rows: Int32Array): number[] =>
  Array.from(rows, (row) => values[row]!)

const accuracyOf =
  (predicted: readonly number[]): Statistic =>
  (rows) => {
    const classes = pick(predicted, rows)
    const probabilities = Float64Array.from({ length: 2 * rows.length }, (_, i) =>
      i % 2 === classes[i >> 1] ? 0.9 : 0.1,
    )
    const evidence = ClassEvidence.ofProbabilities(pick(fixture.truth, rows), probabilities, 2)
    return metricsOf('classification', evidence)['accuracy'] ?? null
  }
const rmseOf =
  (predicted: readonly number[]): Statistic =>
  (rows) =>
    metricsOf('regression', {
      targets: [{ actual: pick(fixture.actual, rows), predicted: pick(predicted, rows) }],
    })['rmse'] ?? null

it('gives the interval that scipy gives, but for the chance in the draws', () => {
  const accuracy = pairedBootstrap(120, [accuracyOf(fixture.first), accuracyOf(fixture.second)], {
    draws: 8000,
  })!
  expect(accuracy.first).toBeCloseTo(fixture.accuracy.first, 12)
  expect(accuracy.second).toBeCloseTo(fixture.accuracy.second, 12)
  // Accuracies of 120 rows go by steps of 1/120.
  expect(Math.abs(accuracy.low - fixture.accuracy.low)).toBeLessThan(1.01 / 120)
  expect(Math.abs(accuracy.high - fixture.accuracy.high)).toBeLessThan(1.01 / 120)
  expect(verdictOf(accuracy, true)).toBe('better')
  const rmse = pairedBootstrap(120, [rmseOf(fixture.predictedFirst), rmseOf(fixture.predictedSecond)], {
    draws: 8000,
  })!
  expect(rmse.first).toBeCloseTo(fixture.rmse.first, 12)
  expect(Math.abs(rmse.low - fixture.rmse.low)).toBeLessThan(0.004)
  expect(Math.abs(rmse.high - fixture.rmse.high)).toBeLessThan(0.004)
  expect(verdictOf(rmse, false)).toBe('cannotTell')
})

it('draws the same rows for both, so that a model is no better than itself', () => {
  const itself = pairedBootstrap(120, [accuracyOf(fixture.first), accuracyOf(fixture.first)], { draws: 300 })!
  expect([itself.difference, itself.low, itself.high, itself.draws]).toEqual([0, 0, 0, 300])
  expect(verdictOf(itself, true)).toBe('cannotTell')
})

it('says worse where less would be better, and nothing of rows that define nothing', () => {
  expect(verdictOf({ low: 0.1, high: 0.2 }, false)).toBe('worse')
  expect(verdictOf({ low: -0.2, high: -0.1 }, false)).toBe('better')
  expect(verdictOf({ low: 0, high: 0.2 }, true)).toBe('cannotTell')
  expect(pairedBootstrap(10, [() => null, () => 1])).toBeNull()
  expect(pairedBootstrap(0, [() => 1, () => 1])).toBeNull()
})

it('makes fewer draws of what is larger, but enough', () => {
  expect([10, 10_000, 40_000, 1e9].map((size) => drawsFor(2e7, size, 2000))).toEqual([2000, 2000, 500, 200])
})

it('interpolates percentiles as numpy does', () => {
  const values = [1, 2, 4, 8, 16]
  expect([0.025, 0.5, 0.975].map((share) => percentile(values, share))).toEqual([1.1, 4, 15.2])
})
