import { expect, test } from 'vitest'
import { affordable } from './importance.ts'

test('of wide tables fewer orders are tried, and then fewer rows: only of very wide ones nothing can be told', () => {
  expect(affordable(1000, 20, 40)).toEqual({ rows: 1000, repeats: 5 })
  const wide = affordable(1000, 120, 160)
  expect(wide.rows).toBe(1000)
  expect(wide.repeats).toBeLessThan(5)
  // Two of these together are what is run at once, for each column.
  expect(2 * 120 * 160 * wide.rows * wide.repeats).toBeLessThanOrEqual(1e8)
  expect(affordable(1000, 500, 500)).toEqual({ rows: 200, repeats: 1 })
  expect(affordable(1000, 2000, 2000).rows).toBeLessThan(30)
})
