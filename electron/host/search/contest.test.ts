import { expect, test } from 'vitest'
import { verdictOnFew } from '../evaluate/few-differences.ts'
import { differenceBySeed } from './contest.ts'

const by = (...values: number[]) => new Map(values.map((value, seed) => [seed, value]))

test('differences are taken seed by seed, and their mean may be off by Student’s t', () => {
  const found = differenceBySeed(by(0.8, 0.82, 0.78, 0.81), by(0.83, 0.84, 0.82, 0.84))!
  expect(found.mean).toBeCloseTo(0.03, 12)
  expect(found.low).toBeCloseTo(0.0170077, 7)
  expect(found.high).toBeCloseTo(0.0429923, 7)
  expect(verdictOnFew(found, true)).toBe('better')
  expect(verdictOnFew(found, false)).toBe('worse')
})

test('what differs from seed to seed more than between the two says nothing', () => {
  const found = differenceBySeed(by(0.8, 0.9, 0.7), by(0.9, 0.8, 0.75))!
  expect(verdictOnFew(found, true)).toBe('cannotTell')
  expect(differenceBySeed(by(0.8), by(0.9))).toBeNull()
  expect(differenceBySeed(by(0.8, 0.9), new Map([[7, 0.5]]))).toBeNull()
})
