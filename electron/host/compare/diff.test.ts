import { expect, test } from 'vitest'
import {
  detected,
  begin,
  optimizers,
  defaultRecipe,
  templatesFor,
  type Column,
  type DataSource,
} from '../../contract/index.ts'
import { absent, differingSettings } from './diff.ts'

const source: DataSource = { path: '/data/a.csv', ...detected, header: 'first', missingValues: ['?'] }
const columns: Column[] = [
  { name: 'age', kind: 'number', role: 'feature' },
  { name: 'churned', kind: 'category', role: 'target' },
]
const base = defaultRecipe(source, columns, 'classification', 500, 'quick')

test('equal recipes differ in nothing', () => {
  expect(differingSettings([base, structuredClone(base)])).toEqual([])
})

test('only what differs is listed, with one value per run', () => {
  const other = structuredClone(base)
  other.model = begin(templatesFor.table, 'mlp', { ...other.model, hidden: [128] })
  other.training.earlyStopping = null
  const third = { ...structuredClone(base), seed: 3 }
  expect(differingSettings([base, other, third])).toEqual([
    { path: 'model.hidden', values: ['32, 32', '128', '32, 32'] },
    { path: 'training.earlyStopping.patience', values: ['20', absent, '20'] },
    { path: 'training.earlyStopping.minDelta', values: ['0.0001', absent, '0.0001'] },
    { path: 'seed', values: ['0', '0', '3'] },
    { path: 'training.earlyStopping', values: [absent, 'none', absent] },
  ])
})

test('columns are matched by name, so one inserted in front changes only itself', () => {
  const other = structuredClone(base)
  other.data.columns.unshift({ name: 'id', kind: 'number', role: 'id' })
  const paths = differingSettings([base, other]).map((difference) => difference.path)
  expect(paths).toEqual(['data.columns.id.kind', 'data.columns.id.role'])
})

test('a setting only one optimizer has is shown as absent for the other', () => {
  const other = structuredClone(base)
  other.training.optimizer = begin(optimizers, 'sgd')
  const momentum = differingSettings([base, other]).find(({ path }) => path.endsWith('momentum'))
  expect(momentum?.values).toEqual([absent, '0.9'])
})
