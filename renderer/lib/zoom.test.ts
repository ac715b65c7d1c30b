import { expect, it } from 'vitest'
import { held, isWhole, pointsWithin, shifted, widened, withDetail } from './zoom.ts'

const whole = { min: 0, max: 1000 }
const points = (...xs: number[]) => xs.map((x) => ({ x, y: -x }))

it('stays within the whole, as wide as it was', () => {
  expect(held({ min: -50, max: 50 }, whole)).toEqual({ min: 0, max: 100 })
  expect(held({ min: 990, max: 1090 }, whole)).toEqual({ min: 900, max: 1000 })
  expect(held({ min: -50, max: 2000 }, whole)).toBe(whole)
  expect(shifted({ min: 800, max: 900 }, whole, 0.5)).toEqual({ min: 850, max: 950 })
  expect(shifted({ min: 800, max: 900 }, whole, 5)).toEqual({ min: 900, max: 1000 })
})

it('keeps what is pointed at in its place, and comes no closer than it may', () => {
  expect(widened(whole, whole, 0.5, 250, 2)).toEqual({ min: 125, max: 625 })
  expect(widened({ min: 100, max: 104 }, whole, 0.5, 102, 3)).toEqual({ min: 100.5, max: 103.5 })
  expect(widened({ min: 100, max: 101 }, whole, 0.5, 100.5, 3)).toEqual({ min: 100, max: 101 })
  expect(isWhole(widened({ min: 100, max: 700 }, whole, 2, 400, 2), whole)).toBe(true)
})

it('draws what is within, and where its lines come from and go to', () => {
  const all = points(0, 10, 20, 30, 40)
  expect(pointsWithin(all, { min: 12, max: 28 })).toEqual(points(10, 20, 30))
  expect(pointsWithin(all, { min: 10, max: 30 })).toEqual(points(0, 10, 20, 30))
  expect(pointsWithin(all, { min: -5, max: 99 })).toBe(all)
  expect(pointsWithin(all, { min: 41, max: 99 })).toEqual(points(40))
  expect(pointsWithin([], whole)).toEqual([])
})

it('puts detail in the place of what is thinned', () => {
  const thinned = points(0, 100, 200, 300)
  expect(withDetail(thinned, points(90, 95, 100, 105))).toEqual(points(0, 90, 95, 100, 105, 200, 300))
  expect(withDetail(thinned, points(250, 400))).toEqual(points(0, 100, 200, 250, 400))
  expect(withDetail(thinned, [])).toEqual(thinned)
})
