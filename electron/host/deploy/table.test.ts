import { expect, test } from 'vitest'
import type { Preparation } from '../prepare/preparation.ts'
import { csvLine, predictionColumns } from './table.ts'

const standardized = [{ step: 'standardize' as const, center: 10, scale: 4 }]
const classifier: Preparation = {
  version: 4,
  task: 'classification',
  columns: [],
  target: { kind: 'classes', name: 'y', classes: ['no', 'yes'] },
  classWeights: null,
  weight: null,
  trainRows: 1,
}

test('a class and its probabilities', () => {
  const { names, values } = predictionColumns([0, Math.log(3), 5, 5], classifier, ['a', 'prediction'])
  expect(names).toEqual(['prediction_2', 'probability_no', 'probability_yes'])
  expect(values[0]).toEqual(['yes', 'no'])
  expect(values[1]?.[0]).toBeCloseTo(0.25, 12)
  expect(values[2]?.[1]).toBe(0.5)
})

test('a regression speaks in the unit of its target', () => {
  const regressor: Preparation = {
    ...classifier,
    task: 'regression',
    target: { kind: 'numbers', columns: [{ name: 'y', mean: 10, steps: standardized }] },
  }
  expect(predictionColumns([0, -0.5], regressor, [])).toEqual({ names: ['prediction'], values: [[10, 8]] })
})

test('several numbers have a column each', () => {
  const columns = ['y', 'z'].map((name) => ({ name, mean: 10, steps: standardized }))
  const regressor: Preparation = { ...classifier, task: 'regression', target: { kind: 'numbers', columns } }
  expect(predictionColumns([0, 1, -0.5, 0], regressor, ['prediction_z'])).toEqual({
    names: ['prediction_y', 'prediction_z_2'],
    values: [
      [10, 8],
      [14, 10],
    ],
  })
})

test('cells are quoted where a comma, quote or line break would break the row', () => {
  expect(csvLine(['a,b', 'say "hi"', 'two\nlines', 1.5, null, ' plain '])).toBe(
    '"a,b","say ""hi""","two\nlines",1.5,, plain \n',
  )
})

test('no cell is a formula, and numbers stay numbers', () => {
  expect(csvLine(['=1+1', '+1', '-x', '@a', '\tb', 'a;=1', "'=1", -1.5, '-1.5', 1e-7, -1e300, 'a=b'])).toBe(
    `'=1+1,+1,'-x,'@a,"'\tb","a;=1",''=1,-1.5,-1.5,1e-7,-1e+300,a=b\n`,
  )
})
