import { expect, test } from 'vitest'
import type { Calibration, Evaluation, RankingCurve } from '../../electron/contract/index.ts'
import {
  curveKinds,
  drawableNames,
  gain,
  lift,
  testCurve,
  testCurveNote,
  testCurveTable,
} from './test-curves.ts'

const curve = (name: string, yes: number): RankingCurve => ({
  name,
  yes,
  no: 10 - yes,
  averagePrecision: 0.75,
  rocAuc: 0.9,
  thresholds: [0.9, 0.4, 0.1],
  hits: [1, yes, yes],
  falseAlarms: [0, 1, 10 - yes],
})
const calibration = (name: string | null, ece = 0.05): Calibration => ({
  name,
  rows: 10,
  ece,
  mce: 0.2,
  chance: 0.1,
  said: 0.8,
  seen: 0.7,
  bins: [
    { low: 0.6, high: 2 / 3, rows: 4, said: 0.65, seen: 0.5 },
    { low: 14 / 15, high: 1, rows: 6, said: 0.97, seen: 1 },
  ],
})
const evaluation = {
  runId: 'r',
  split: 'test',
  rows: 10,
  metrics: {},
  baseline: {},
  baselineName: '',
  classification: null,
  labels: null,
  regression: null,
  curves: [curve('well', 8), curve('sick', 2)],
  calibration: [calibration(null), calibration('well'), calibration('sick', 0.3)],
} satisfies Evaluation

test('gain goes from nothing to everything, and lift ends where nothing is gained', () => {
  expect(gain(curve('sick', 2))).toEqual([
    { x: 0, y: 0 },
    { x: 0.1, y: 0.5 },
    { x: 0.3, y: 1 },
    { x: 1, y: 1 },
  ])
  const lifts = lift(curve('sick', 2))
  expect(lifts[0]).toEqual({ x: 0.1, y: 5 })
  expect(lifts.at(-1)).toEqual({ x: 1, y: 1 })
})

test('the rarest class comes first, and of calibration the whole before it', () => {
  expect(drawableNames(evaluation, 'roc')).toEqual(['sick', 'well'])
  expect(drawableNames(evaluation, 'calibration')).toEqual([null, 'sick', 'well'])
  expect(drawableNames({ classification: null, labels: null }, 'roc')).toEqual([])
})

test.each(curveKinds)('%s is drawn, tabled and told, and empty where there is nothing', (kind) => {
  const model = testCurve(evaluation, kind, 'sick')
  expect(model.series[0]!.data.length).toBeGreaterThan(1)
  expect(model.x.title).not.toBe('')
  expect(model.y.title).not.toBe('')
  expect(new Set(model.series.map(({ color }) => color)).size).toBe(model.series.length)
  const table = testCurveTable(evaluation, kind, 'sick')
  expect(table.rows.length).toBeGreaterThan(1)
  for (const row of table.rows) expect(row).toHaveLength(table.columns.length)
  expect(testCurveNote(evaluation, kind, 'sick')).not.toBe('')
  expect(testCurve(evaluation, kind, 'unheard of').series).toEqual([])
  expect(testCurveTable(evaluation, kind, 'unheard of').rows).toEqual([])
})

test('it is told whether a distance may be chance', () => {
  expect(testCurveNote(evaluation, 'calibration', null)).toContain('is what chance makes')
  expect(testCurveNote(evaluation, 'calibration', 'sick')).toContain('is more than chance makes')
})
