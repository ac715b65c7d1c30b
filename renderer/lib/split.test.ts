import { describe, expect, it } from 'vitest'
import { withShare } from './split.ts'

describe('withShare', () => {
  const even = { train: 0.7, validation: 0.15, test: 0.15 }
  it.each([
    ['train', 50],
    ['train', 99],
    ['validation', 33],
    ['test', 0],
  ] as const)('%s at %d %% keeps the sum at 1 and every share above 0', (which, percent) => {
    const shares = withShare(even, which, percent)
    expect(Math.abs(shares.train + shares.validation + shares.test - 1)).toBeLessThan(1e-9)
    expect(Math.min(shares.train, shares.validation, shares.test)).toBeGreaterThan(0)
  })
  it('takes from the others in proportion', () => {
    expect(withShare({ train: 0.6, validation: 0.3, test: 0.1 }, 'train', 80)).toEqual({
      train: 0.8,
      validation: 0.15,
      test: 0.05,
    })
  })
})
