import { expect, test } from 'vitest'
import { pairedDifference } from './folds-apart.ts'

test('a difference over folds is told with room for the training rows that they share', () => {
  // SciPy: t.ppf(0.975, 2) * 0.01 * sqrt(1 / 3 + 0.25)
  const { mean, within, verdict } = pairedDifference([0.01, 0.02, 0.03], 0.25)
  expect(mean).toBeCloseTo(0.02, 12)
  expect(within).toBeCloseTo(0.0328619, 6)
  expect(verdict).toBe('cannotTell')
  expect(pairedDifference([0.05, 0.06, 0.07], 0.25).verdict).toBe('more')
  expect(pairedDifference([-0.05, -0.06, -0.07], 0.25).verdict).toBe('less')
  // What an ordinary paired t-test would call a difference.
  expect(pairedDifference([0.01, 0.02, 0.03, 0.02], 0).verdict).toBe('more')
  expect(pairedDifference([0.01, 0.02, 0.03, 0.02], 1).verdict).toBe('cannotTell')
})

test('one fold tells nothing, and neither do none', () => {
  expect(pairedDifference([0.5], 0.25)).toEqual({ mean: 0.5, within: null, verdict: 'cannotTell' })
  expect(pairedDifference([], 0.25).verdict).toBe('cannotTell')
})
