import { expect, test } from 'vitest'
import {
  begin,
  classification,
  defaultRecipe,
  detected,
  regression,
  selections,
  type Column,
  type Selection,
  type Task,
} from '../../contract/index.ts'
import type { Frame, FrameColumn } from '../datasets/frame.ts'
import fixture from './fixtures/selection.json' with { type: 'json' }
import { prepareData } from './prepare-data.ts'
import { selectFeatures } from './select.ts'

type Table = (typeof fixture)['classification' | 'regression']
const number = (name: string, values: readonly number[]): FrameColumn => ({
  kind: 'number',
  name,
  values: Float64Array.from(values),
})
const category = (name: string, values: readonly string[]): FrameColumn => {
  const categories = [...new Set(values)]
  const codes = Int32Array.from(values, (value) => categories.indexOf(value))
  return { kind: 'category', name, codes, categories }
}
function recipeFor(columns: readonly FrameColumn[], task: Task, selection: Selection) {
  const described = columns.map(({ name, kind }, i): Column => ({
    name,
    kind,
    role: i === columns.length - 1 ? 'target' : 'feature',
  }))
  const source = { path: '/data.csv', ...detected, missingValues: [] }
  return { ...defaultRecipe(source, described, task, 600), selection }
}
const all = (rows: number) => Int32Array.from({ length: rows }, (_, i) => i)

const framed = ({ columns, target }: Table, task: Task): Frame => ({
  rows: target.length,
  columns: [
    ...Object.entries(columns).map(([name, values]) => number(name, values)),
    task === regression.name
      ? number('target', target)
      : category(
          'target',
          target.map((value) => `class ${value}`),
        ),
  ],
})
const scoresOf = (table: Table, task: Task, score: 'information' | 'variance') => {
  const frame = framed(table, task)
  const recipe = recipeFor(frame.columns, task, begin(selections, 'best', { count: 3, score }))
  const targets = task === regression.name ? Float32Array.from(table.target) : Int32Array.from(table.target)
  return selectFeatures(frame, recipe, all(frame.rows), targets)!.features
}
const orderOf = (table: Table, by: readonly number[]): string[] => {
  const names = Object.keys(table.columns)
  return [...names.keys()].sort((a, b) => by[b]! - by[a]!).map((i) => names[i]!)
}

test.each([
  [classification.name, fixture.classification],
  [regression.name, fixture.regression],
] as const)('features of a %s stand in scikit-learn’s order', (task, table) => {
  // F and the share that is explained order alike where no value is missing; below chance, nothing is told.
  const byVariance = scoresOf(table, task, 'variance')
  const f = orderOf(table, table.f)
  const telling = byVariance.filter(({ score }) => score! > 0).map(({ name }) => name)
  expect(telling.length).toBeGreaterThanOrEqual(3)
  expect(telling).toEqual(f.slice(0, telling.length))
  // Estimates of mutual information differ by their bins and neighbors: what tells much is told from what tells little.
  const byInformation = scoresOf(table, task, 'information')
  const information = orderOf(table, table.information)
  expect(byInformation.slice(0, 2).map(({ name }) => name)).toEqual(information.slice(0, 2))
  const scored = new Map(byInformation.map(({ name, score }) => [name, score!]))
  Object.keys(table.columns).forEach((name, i) =>
    expect(Math.abs(scored.get(name)! - table.information[i]!), name).toBeLessThan(0.1),
  )
  expect(byInformation.find(({ name }) => name === 'noise')!.score).toBeLessThan(0.02)
  expect(byInformation.map(({ kept }) => kept)).toEqual([true, true, true, false, false, false])
})

test('a column of names tells nothing, and one of categories what it tells', () => {
  const rows = 300
  const label = Array.from({ length: rows }, (_, i) => (i % 2 ? 'yes' : 'no'))
  const columns = [
    category(
      'name',
      Array.from({ length: rows }, (_, i) => `n${i}`),
    ),
    category(
      'good',
      label.map((one, i) => (i % 10 === 0 ? 'other' : `${one}!`)),
    ),
    number(
      'gaps',
      Array.from({ length: rows }, (_, i) => (i % 2 ? NaN : i % 7)),
    ),
    { kind: 'text' as const, name: 'words', values: label },
    category('label', label),
  ]
  for (const score of ['information', 'variance'] as const) {
    const recipe = recipeFor(columns, classification.name, begin(selections, 'best', { count: 1, score }))
    const targets = Int32Array.from(label, (one) => Number(one === 'yes'))
    const { features } = selectFeatures({ rows, columns }, recipe, all(rows), targets)!
    const of = (name: string) => features.find((one) => one.name === name)!
    expect(of('name').score).toBeLessThan(0.01)
    expect(of('good').score).toBeGreaterThan(0.4)
    // That a value is missing may be what tells.
    if (score === 'information') expect(of('gaps').score).toBeGreaterThan(0.6)
    expect(of('words')).toEqual({ name: 'words', score: null, kept: true })
  }
})

test('the choice is learned from the training rows alone, and kept with the preparation', () => {
  const rows = 400
  const label = Array.from({ length: rows }, (_, i) => ['a', 'b'][(i * 7919) % 2]!)
  // In the order of the rows the last are the test: there, and only there, "later" tells everything.
  const columns = [
    number(
      'early',
      label.map((one, i) => (i < 280 ? Number(one === 'a') : (i * 37) % 11) + ((i * 13) % 5) / 50),
    ),
    number(
      'later',
      label.map((one, i) => (i >= 280 ? Number(one === 'a') : (i * 53) % 17)),
    ),
    category('label', label),
  ]
  const recipe = {
    ...recipeFor(columns, classification.name, begin(selections, 'best', { count: 1 })),
    split: { method: 'ordered' as const, train: 0.7, validation: 0.15, test: 0.15 },
  }
  const { preparation, summary } = prepareData({ rows, columns }, recipe as never)
  expect(preparation.columns.map(({ name }) => name)).toEqual(['early'])
  expect(preparation.selection?.features.map(({ name, kept }) => [name, kept])).toEqual([
    ['early', true],
    ['later', false],
  ])
  const { selection, warnings } = summary(recipe as never)
  expect(selection?.by).toBe('information')
  expect(warnings.map(({ message }) => message).join('\n')).not.toMatch(/no value/)
  const none = recipeFor(columns, classification.name, begin(selections, 'above', { least: 5 }))
  expect(() => prepareData({ rows, columns }, none)).toThrow(/No feature tells as much.*the best is “/)
  expect(
    prepareData({ rows, columns }, { ...none, selection: begin(selections, 'all') }).preparation,
  ).not.toHaveProperty('selection')
})
