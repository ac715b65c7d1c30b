import { expect, it } from 'vitest'
import {
  begin,
  randomSearch,
  searches,
  type SearchDetail,
  type Trial,
} from '../../electron/contract/index.ts'
import {
  contendersTable,
  importanceTable,
  listsIn,
  orderedTrials,
  parallelTrials,
  toggled,
  trialsTable,
  valuesToTry,
} from './search.ts'

const trial = (number: number, value: number | null, more: Partial<Trial> = {}): Trial => ({
  number,
  runId: `r${number}`,
  name: `Search 1, run ${number}`,
  settings: { 'training.optimizer.learningRate': number / 100, 'model.hidden': [8, 8] },
  state: 'finished',
  epoch: 9,
  seconds: 2,
  value,
  why: null,
  ...more,
})
const search: SearchDetail = {
  id: 's',
  projectId: 'p',
  name: 'Search 1',
  search: begin(searches, randomSearch.name),
  state: 'finished',
  createdAt: 0,
  seconds: 10,
  planned: 3,
  begun: 3,
  task: 'classification',
  space: [],
  series: 'validation/accuracy',
  epochs: 9,
  trials: [trial(1, 0.7), trial(2, null, { state: 'failed', why: 'No data.' }), trial(3, 0.9)],
  best: 3,
  said: [],
  importance: {
    runs: 3,
    said: '',
    settings: [
      { path: 'training.optimizer.learningRate', share: 0.8, low: 0.5, high: 1 },
      { path: 'model.hidden', share: 0.1, low: 0, high: 0.2 },
    ],
  },
  contenders: [
    {
      label: 'Adam',
      learningRate: 0.001,
      runs: 3,
      mean: 0.9,
      deviation: 0.01,
      difference: { mean: 0.1, low: 0.05, high: 0.15 },
      verdict: 'better',
      said: 'Better.',
      numbers: [1],
    },
  ],
}

it('lists runs with the best first, and those without a value last', () => {
  expect(orderedTrials(search).map(({ number }) => number)).toEqual([3, 1, 2])
  expect(orderedTrials({ ...search, series: 'validation/loss' }).map(({ number }) => number)).toEqual([
    1, 3, 2,
  ])
  const { columns, rows } = trialsTable(search)
  expect(columns.map(({ name }) => name)).toEqual([
    'Run',
    'State',
    'Validation accuracy',
    'Optimizer learning rate',
    'Hidden',
    'Epochs',
    'Time',
    'Why',
  ])
  expect(rows[0]).toEqual(['3 (best)', 'finished', 0.9, 0.03, '8-8', 9, 2, ''])
  expect(rows[2]?.at(-1)).toBe('No data.')
})

it('draws the setting that matters most beside what came of it', () => {
  const { model, table } = parallelTrials(search)
  expect(model.threads).toHaveLength(2)
  expect(table.columns.map(({ name }) => name)).toEqual([
    'Run',
    'Hidden',
    'Optimizer learning rate',
    'Validation accuracy',
  ])
})

it('tells shares and verdicts as tables', () => {
  expect(importanceTable(search).rows[0]).toEqual(['Optimizer learning rate', 0.8, 0.5, 1])
  expect(contendersTable(search).rows[0]).toEqual([
    'Adam',
    'better',
    0.001,
    0.9,
    0.01,
    0.1,
    0.05,
    0.15,
    3,
    'Better.',
  ])
})

it('reads lists as they are typed', () => {
  expect(listsIn('[32, 32], [64]')).toEqual([[32, 32], [64]])
  for (const wrong of ['[32]', '32, 64', '[32], [', '[32], ["a"]', '']) expect(listsIn(wrong)).toBeNull()
})

it('values that are no longer offered stay until they are taken out, and two are left at least', () => {
  const all = valuesToTry(['tanh', 'gone'], ['relu', 'tanh'])
  expect(all).toEqual(['relu', 'tanh', 'gone'])
  expect(toggled(['tanh', 'gone'], all, 'relu')).toEqual(['relu', 'tanh', 'gone'])
  expect(toggled(['relu', 'tanh', 'gone'], all, 'gone')).toEqual(['relu', 'tanh'])
  expect(toggled(['relu', 'tanh'], all, 'tanh')).toBeNull()
  expect(toggled([[4], [8]], [[4], [8]], [4])).toBeNull()
})
