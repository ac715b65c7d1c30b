import { expect, test } from 'vitest'
import { fewDifferences, verdictOnFew } from './few-differences.ts'

const verdict = (differences: readonly number[], ratio = 0, higherIsBetter = true) =>
  verdictOnFew(fewDifferences(differences, ratio)!, higherIsBetter)

test('a difference over folds is told with room for the training rows that they share', () => {
  // SciPy: t.ppf(0.975, 2) * 0.01 * sqrt(1 / 3 + 0.25)
  const found = fewDifferences([0.01, 0.02, 0.03], 0.25)!
  expect(found.mean).toBeCloseTo(0.02, 12)
  expect(found.high - found.mean).toBeCloseTo(0.0328619, 6)
  expect(found.mean - found.low).toBeCloseTo(0.0328619, 6)
  expect(verdict([0.01, 0.02, 0.03], 0.25)).toBe('cannotTell')
  expect(verdict([0.05, 0.06, 0.07], 0.25)).toBe('better')
  expect(verdict([-0.05, -0.06, -0.07], 0.25)).toBe('worse')
  expect(verdict([-0.05, -0.06, -0.07], 0.25, false)).toBe('better')
  // What an ordinary paired t-test would call a difference.
  expect(verdict([0.01, 0.02, 0.03, 0.02])).toBe('better')
  expect(verdict([0.01, 0.02, 0.03, 0.02], 1)).toBe('cannotTell')
})

test('one tells nothing, two that are alike are a coincidence, and so is what is alike in coarse steps', () => {
  expect(fewDifferences([0.5])).toBeNull()
  expect(fewDifferences([])).toBeNull()
  expect(verdict([0.08, 0.08])).toBe('cannotTell')
  expect(verdict([0.04, 0.04, 0.04])).toBe('cannotTell')
})
