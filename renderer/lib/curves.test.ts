import { expect, it } from 'vitest'
import type { MetricPoint } from '../../electron/contract/index.ts'
import {
  isThinned,
  lastEpoch,
  lastValues,
  noCurves,
  pointsOf,
  stepsOfRange,
  thinned,
  withFetched,
  withPoints,
} from './curves.ts'

const point = (epoch: number, loss = epoch): MetricPoint => ({
  epoch,
  step: epoch * 10,
  seconds: epoch,
  values: { 'train/loss': loss, odd: NaN },
})
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)
const points = (from: number, to: number): MetricPoint[] => range(from, to).map((epoch) => point(epoch))
const epochs = (curves: ReturnType<typeof withPoints>): number[] =>
  pointsOf(curves, 'train/loss').map(({ x }) => x)

it('appends what is new, and leaves out what is no number', () => {
  const curves = withPoints(withPoints(noCurves, points(1, 2)), points(3, 5))
  expect(curves.recorded).toBe(5)
  expect(Object.keys(curves.series)).toEqual(['train/loss'])
  expect(epochs(curves)).toEqual([1, 2, 3, 4, 5])
  expect([lastEpoch(curves), lastValues(curves)]).toEqual([5, { 'train/loss': 5 }])
  expect([pointsOf(curves, 'nobody'), lastEpoch(noCurves), lastValues(noCurves)]).toEqual([[], 0, {}])
})

it('takes what is recorded anew instead of what was there', () => {
  const curves = withPoints(withPoints(noCurves, points(1, 4)), [point(3, 30), point(4, 40), point(5, 50)])
  expect(pointsOf(curves, 'train/loss').map(({ y }) => y)).toEqual([1, 2, 30, 40, 50])
  expect(curves.recorded).toBe(5)
})

it('puts what events brought behind what was fetched meanwhile', () => {
  const since = withPoints(noCurves, points(8, 12))
  const curves = withFetched(withPoints(noCurves, points(1, 10)), since)
  expect(epochs(curves)).toEqual(range(1, 12))
  expect(curves.recorded).toBe(12)
  expect(epochs(withFetched(withPoints(noCurves, points(1, 3)), noCurves))).toEqual([1, 2, 3])
})

it('stays small however long it grows, and loses no spike', () => {
  let curves = noCurves
  for (let from = 1; from < 20_000; from += 100)
    curves = withPoints(
      curves,
      points(from, from + 99).map((one) => (one.epoch === 777 ? point(777, -5) : one)),
    )
  expect(curves.recorded).toBe(20_000)
  expect(epochs(curves).length).toBeLessThanOrEqual(4000)
  expect(epochs(curves)).toEqual([...epochs(curves)].sort((a, b) => a - b))
  expect(pointsOf(curves, 'train/loss')).toContainEqual({ x: 777, y: -5 })
  expect([epochs(curves)[0], epochs(curves).at(-1), isThinned(curves)]).toEqual([1, 20_000, true])
  expect(isThinned(withPoints(noCurves, points(1, 900)))).toBe(false)
})

it('thins to the lowest and highest of every stretch', () => {
  const value = range(0, 99).map((i) => (i === 42 ? 9 : i === 43 ? -9 : 0))
  const curve = { epoch: range(0, 99), step: range(0, 99), seconds: range(0, 99), value }
  const few = thinned(curve, 12)
  expect(few.epoch.length).toBeLessThanOrEqual(12)
  expect(few.epoch).toEqual(expect.arrayContaining([0, 42, 43, 99]))
  expect(thinned(curve, 100)).toBe(curve)
})

it('knows which steps some epochs took, or which lie about them', () => {
  const curves = withPoints(noCurves, points(1, 9))
  expect(stepsOfRange(curves, { min: 2.5, max: 5.5 })).toEqual({ since: 20, until: 60 })
  expect(stepsOfRange(curves, { min: -4, max: 40 })).toEqual({ since: 0, until: 90 })
  expect(stepsOfRange(noCurves, { min: 1, max: 2 })).toBeNull()
})
