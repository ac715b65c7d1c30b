import { expect, test } from 'vitest'
import type { FrameColumn } from '../datasets/frame.ts'
import type { Preparation } from '../prepare/preparation.ts'
import { randomSource } from '../prepare/random.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { conformalBound, uncertaintyOf } from './conformal.ts'
import { levelOf } from './uncertainty.ts'
import { outsideOf, rangesOf } from './ranges.ts'

const base = { version: 4 as const, columns: [], classWeights: null, weight: null, trainRows: 1 }
const numbers: Preparation = {
  ...base,
  task: 'regression',
  target: {
    kind: 'numbers',
    columns: [{ name: 'y', mean: 10, steps: [{ step: 'standardize', center: 10, scale: 4 }] }],
  },
}
const classes: Preparation = {
  ...base,
  task: 'classification',
  target: { kind: 'classes', name: 'y', classes: ['a', 'b', 'c'] },
}
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i)
const splitAt = (validation: number, rows: number) => ({
  train: range(0, 0),
  validation: range(0, validation),
  test: range(validation, rows),
  dropped: 0,
})

test('the bound is the score at ⌈(n + 1) · coverage⌉, and there is none where rows are too few', () => {
  const scores = Float64Array.from({ length: 19 }, (_, i) => i + 1)
  expect(conformalBound(scores, 0.9)).toBe(18)
  expect(conformalBound(scores, 0.95)).toBe(19)
  expect(conformalBound(scores, 0.96)).toBeNull()
})

test('intervals hold new rows as often as they promise, on average over many networks', () => {
  let covered = 0
  const trials = 60
  for (let trial = 0; trial < trials; trial++) {
    const random = randomSource(trial)
    const noise = () => Math.log(1 / (1 - random())) * (random() < 0.5 ? -1 : 1)
    const targets = Float32Array.from({ length: 500 }, noise)
    const outputs = targets.map((value) => value + noise())
    const found = uncertaintyOf(
      {
        preparation: numbers,
        data: { rows: 500, inputs: {}, weights: null, targets },
        split: splitAt(200, 500),
      },
      { validation: outputs.slice(0, 200), test: outputs.slice(200) },
    )!
    expect(found).toMatchObject({ rows: 200, testRows: 300 })
    covered += levelOf(found, 0.9)!.measured!
  }
  expect(covered / trials).toBeGreaterThan(0.89)
  expect(covered / trials).toBeLessThan(0.92)
})

test('an interval is told in the target’s own unit', () => {
  const columns = functionsOfTask('regression').within(numbers.target, [0, 1], [0.5])
  expect(columns).toEqual([
    { name: 'lower', cells: [8, 12] },
    { name: 'upper', cells: [12, 16] },
  ])
})

test('a set holds what is likely enough, and always the prediction', () => {
  const outputs = [0.5, 0.4, 0.1, 0.98, 0.01, 0.01].map(Math.log)
  expect(functionsOfTask('classification').within(classes.target, outputs, [0.65])).toEqual([
    { name: 'prediction_set', cells: ['a | b', 'a'] },
  ])
  expect(functionsOfTask('classification').within(classes.target, outputs, [0])).toEqual([
    { name: 'prediction_set', cells: ['a', 'a'] },
  ])
  const targets = Int32Array.from([1, 0])
  const off = functionsOfTask('classification').offBy(classes.target, targets, outputs)!
  expect(off[0]![0]).toBeCloseTo(0.6, 12)
  expect(off[0]![1]).toBe(0)
})

test('the test is not looked at unless it was opened, and labels promise nothing', () => {
  const data = { rows: 60, inputs: {}, weights: null, targets: new Float32Array(60) }
  const outputs = new Float32Array(40)
  const sealed = uncertaintyOf(
    { preparation: numbers, data, split: splitAt(40, 60) },
    { validation: outputs, test: null },
  )!
  expect(sealed.testRows).toBeNull()
  expect(sealed.levels.every(({ measured }) => measured === null)).toBe(true)
  const labels: Preparation = {
    ...base,
    task: 'multilabel',
    target: { kind: 'labels', separator: ';', labels: [] },
  }
  expect(
    uncertaintyOf({ preparation: labels, data, split: splitAt(40, 60) }, { validation: outputs, test: null }),
  ).toBeNull()
})

test('values that training saw nothing like are told by row, column and range; gaps are none', () => {
  const of = (values: number[]): FrameColumn[] => [
    { kind: 'number', name: 'age', values: Float64Array.from(values) },
    { kind: 'category', name: 'city', codes: new Int32Array(values.length), categories: ['Rome'] },
  ]
  const ranges = rangesOf(of([18, NaN, 92, 400]), Int32Array.of(0, 1, 2))
  expect(ranges).toEqual([{ column: 'age', low: 18, high: 92 }])
  expect(outsideOf(of([18, NaN, 140, -1]), 4, ranges)).toEqual({
    cells: [null, null, 'age 140 (18 to 92)', 'age −1 (18 to 92)'],
    columns: ['age'],
  })
})
