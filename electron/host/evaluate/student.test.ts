import { expect, it } from 'vitest'
import { studentBound } from './student.ts'

it('gives the bounds that scipy.stats.t.ppf gives', () => {
  const bounds: [freedom: number, bound: number][] = [
    [1, 12.706204736432095],
    [2, 4.302652729911275],
    [3, 3.182446305284263],
    [4, 2.7764451051977987],
    [5, 2.5705818366147395],
    [9, 2.2621571627409915],
    [10, 2.2281388519649385],
    [30, 2.0422724563012373],
    [49, 2.009575234489209],
    [100, 1.9839715184496334],
  ]
  for (const [freedom, bound] of bounds) expect(studentBound(0.95, freedom)).toBeCloseTo(bound, 8)
})
