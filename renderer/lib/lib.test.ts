import { describe, expect, it } from 'vitest'
import { defaultRecipe } from '../../electron/contract/index.ts'
import type { MetricPoint } from '../../electron/contract/index.ts'
import { reconnectDelay, sseParser } from '../api/sse.ts'
import { projectNameOf } from '../api/files.ts'
import {
  bestIndex,
  confusionCells,
  curvesTable,
  formatMetric,
  histogramBars,
  identityLine,
  mergeMetrics,
} from './chart-data.ts'
import { drawNetwork } from './network.ts'
import { concerns, recipeProblem, scheduleOf, targetOf, withColumns, withOptimizer } from './recipe.ts'
import { learningRates } from './schedule.ts'
import { withShare } from './split.ts'

const point = (epoch: number, trainLoss = 1): MetricPoint => ({
  epoch,
  step: epoch * 10,
  seconds: epoch,
  trainLoss,
  validationLoss: 1,
  validationScore: 0.5,
  learningRate: 0.001,
  throughput: 1000,
})

describe('mergeMetrics', () => {
  it('appends what is new', () => {
    expect(mergeMetrics([point(1)], [point(2), point(3)]).map((p) => p.epoch)).toEqual([1, 2, 3])
  })
  it('replaces what a reconnect sends twice and keeps the order', () => {
    const merged = mergeMetrics([point(1), point(2), point(4)], [point(2, 9), point(3)])
    expect(merged.map((p) => p.epoch)).toEqual([1, 2, 3, 4])
    expect(merged[1]?.trainLoss).toBe(9)
  })
})

it('puts curves of unequal length into one table', () => {
  const table = curvesTable('Epoch', [
    {
      label: 'a',
      data: [
        { x: 1, y: 0.5 },
        { x: 2, y: 0.25 },
      ],
    },
    { label: 'b', data: [{ x: 2, y: 4 }] },
  ])
  expect(table).toEqual({
    columns: ['Epoch', 'a', 'b'],
    rows: [
      [1, '0.5', '–'],
      [2, '0.25', '4'],
    ],
  })
})

it('centres histogram bars in their bins', () => {
  expect(histogramBars({ edges: [0, 2, 4], counts: [3, 5] })).toEqual([
    { x: 1, y: 3 },
    { x: 3, y: 5 },
  ])
})

it('spans the identity line over both axes', () => {
  expect(
    identityLine([
      { actual: 1, predicted: 3 },
      { actual: 5, predicted: 2 },
    ]),
  ).toEqual([
    { x: 1, y: 1 },
    { x: 5, y: 5 },
  ])
  expect(identityLine([])).toEqual([])
})

it('gives confusion counts as shares of the true class', () => {
  const cells = confusionCells([
    [8, 2],
    [0, 0],
  ])
  expect(cells[0]?.[1]).toEqual({ count: 2, share: 0.2, correct: false })
  expect(cells[1]?.[1]).toEqual({ count: 0, share: 0, correct: true })
})

it('marks a best value only where values differ', () => {
  expect(bestIndex([0.5, 0.9, null], true)).toBe(1)
  expect(bestIndex([0.5, 0.9, 0.1], false)).toBe(2)
  expect(bestIndex([0.5, 0.5], true)).toBe(-1)
  expect(bestIndex([0.5], true)).toBe(-1)
})

it('formats metrics with their unit', () => {
  expect(formatMetric('accuracy', 0.9571)).toBe('95.7\u00a0%')
  expect(formatMetric('r2', 0.81234)).toBe('0.812')
  expect(formatMetric('logLoss', undefined)).toBe('–')
})

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

describe('recipe edits', () => {
  const recipe = defaultRecipe(
    { path: '/a.csv', delimiter: null, header: null, missingValues: [] },
    [
      { name: 'x', kind: 'number', role: 'feature' },
      { name: 'y', kind: 'category', role: 'target' },
    ],
    'classification',
    100,
  )
  it('changes the named columns only, leaving the original alone', () => {
    const changed = withColumns(recipe, ['x'], { role: 'ignore' })
    expect(changed.data.columns.map((column) => column.role)).toEqual(['ignore', 'target'])
    expect(recipe.data.columns[0]?.role).toBe('feature')
    expect(targetOf(changed)).toBe('y')
  })
  it('keeps what optimizers have in common', () => {
    const sgd = withOptimizer({ name: 'adamw', learningRate: 0.01, weightDecay: 0.1 }, 'sgd')
    expect(sgd).toEqual({ name: 'sgd', learningRate: 0.01, weightDecay: 0.1, momentum: 0.9 })
    expect(withOptimizer(sgd, 'adam')).toEqual({ name: 'adam', learningRate: 0.01, weightDecay: 0.1 })
  })
  it('finds the field that is wrong before anything is sent', () => {
    expect(recipeProblem(recipe)).toBeNull()
    const wrong = { ...recipe, model: { ...recipe.model, hidden: [32, 0] } }
    expect(recipeProblem(wrong)?.field).toBe('model.hidden.1')
    expect(concerns('recipe.model.hidden.1', 'model.hidden')).toBe(true)
    expect(concerns('model.hiddenx', 'model.hidden')).toBe(false)
    expect(concerns(undefined, 'model')).toBe(false)
  })
  it('draws the schedule it describes', () => {
    const optimizer = { name: 'adam' as const, learningRate: 1, weightDecay: 0 }
    const cosine = learningRates({ schedule: { name: 'cosine' }, optimizer, epochs: 100 })
    expect(cosine[0]).toEqual({ x: 1, y: 1 })
    expect(cosine.at(-1)?.y).toBeLessThan(0.001)
    const step = learningRates({ schedule: scheduleOf('step', 30), optimizer, epochs: 30 })
    expect(step[9]?.y).toBe(1)
    expect(step[10]?.y).toBeCloseTo(0.1)
    expect(learningRates({ schedule: { name: 'constant' }, optimizer, epochs: 1 })).toEqual([{ x: 1, y: 1 }])
  })
})

it('draws one bar per layer inside the frame, taller for wider layers', () => {
  const bars = drawNetwork(
    [
      { label: 'Input', units: 20 },
      { label: 'Hidden 1', units: 64 },
      { label: 'Output', units: 1 },
    ],
    { width: 400, height: 160 },
  )
  const [input, hidden, output] = bars
  expect(hidden?.height).toBe(160)
  expect(input && output && input.height > output.height).toBe(true)
  for (const bar of bars) expect(bar.x + bar.width).toBeLessThanOrEqual(400)
})

describe('event stream', () => {
  it('assembles events from chunks cut anywhere', () => {
    const parse = sseParser()
    const text = ': hi\n\ndata: {"a":1}\n\nevent: x\r\ndata: one\r\ndata: two\r\n\r\n'
    const events: string[] = []
    for (const character of text) events.push(...parse(character))
    expect(events).toEqual(['{"a":1}', 'one\ntwo'])
  })
  it('waits longer and longer, up to a limit', () => {
    expect([0, 1, 2, 20].map(reconnectDelay)).toEqual([250, 500, 1000, 8000])
  })
})

it('names a project after its file', () => {
  expect(projectNameOf('/home/a/churn.2024.csv')).toBe('churn.2024')
  expect(projectNameOf('C:\\data\\houses.tsv')).toBe('houses')
})
