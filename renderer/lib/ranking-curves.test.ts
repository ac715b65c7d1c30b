import { expect, test } from 'vitest'
import type { Evaluation, RankingCurve } from '../../electron/contract/index.ts'
import {
  atThresholds,
  curvePoints,
  namesOf,
  precisionModel,
  precisionRecall,
  roc,
  rocModel,
} from './ranking-curves.ts'

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
const evaluation = (threshold?: number): Evaluation => ({
  runId: 'r',
  split: 'validation',
  rows: 10,
  ...(threshold !== undefined && { threshold }),
  metrics: {},
  baseline: {},
  baselineName: '',
  classification: {
    classes: ['well', 'sick'],
    confusion: [],
    perClass: [
      { class: 'well', support: 8, precision: 1, recall: 0.9, f1: 0.95 },
      { class: 'sick', support: 2, precision: 0.5, recall: 1, f1: 0.667 },
    ],
  },
  labels: null,
  regression: null,
  curves: [curve('well', 8), curve('sick', 2)],
})
const ranked = [
  { name: 'As it is', color: 1, evaluation: evaluation() },
  { name: 'SMOTE', color: 3, evaluation: evaluation(0.2) },
]

test('the rarest class comes first', () => {
  expect(namesOf(ranked)).toEqual(['sick', 'well'])
  expect(namesOf([])).toEqual([])
})

test('precision goes in steps whose area is the average precision', () => {
  const points = precisionRecall(curve('sick', 2))
  expect(points.map(({ x, y }) => [x, y])).toEqual([
    [0, 1],
    [0.5, 1],
    [0.5, 2 / 3],
    [1, 2 / 3],
    [1, 0.2],
    [1, 0.2],
  ])
  expect(roc(curve('sick', 2)).map(({ x, y }) => [x, y])).toEqual([
    [0, 0],
    [0, 0.5],
    [1 / 8, 1],
    [1, 1],
  ])
})

test('each run has a line in its own color with its area, and guessing one that no run has', () => {
  const { series } = precisionModel(ranked, 'sick')
  expect(series.map(({ label, color }) => [label, color])).toEqual([
    ['As it is · 0.750', 1],
    ['SMOTE · 0.750', 3],
    ['Guessing', 4],
  ])
  expect(series[2]!.data.map(({ y }) => y)).toEqual([0.2, 0.2])
  expect(rocModel(ranked, 'sick').series[1]!.label).toBe('SMOTE · 0.900')
  expect(precisionModel([], 'sick').series).toEqual([])
})

test('tables hold every point, and what each run does at its threshold', () => {
  expect(curvePoints(ranked, 'sick').rows).toHaveLength(6)
  expect(curvePoints(ranked, 'sick').rows[1]).toEqual(['As it is', 0.4, 1, 2 / 3, 1 / 8])
  expect(atThresholds(ranked, 'sick').rows).toEqual([
    ['As it is', 0.75, 0.9, 1, 0.5, 0.667, null, 2],
    ['SMOTE', 0.75, 0.9, 1, 0.5, 0.667, 0.2, 2],
  ])
})
