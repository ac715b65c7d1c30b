import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { detected, defaultRecipe, type Recipe, type RunFilter, type RunQuery } from '../../contract/index.ts'
import { createProject } from '../projects/index.ts'
import { nameKey, openStore, type Store } from '../store/index.ts'
import { columnsOfRuns, damagedRuns, listRuns } from './list.ts'
import { deleteRun, findSummary, insertRun, nextName, updateRun } from './repository.ts'
import { manyRuns, percentile95 } from './testing.ts'

let folder: string
let store: Store
let projectId: string

const recipe = defaultRecipe(
  { path: '/a.csv', ...detected, header: 'first', missingValues: [] },
  [
    { name: 'age', kind: 'number', role: 'feature' },
    { name: 'churned', kind: 'category', role: 'target' },
  ],
  'classification',
  500,
  'quick',
)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-lists-'))
  store = openStore(folder)
  projectId = createProject(store, 'Lists')
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

function add(name: string, change: Parameters<typeof updateRun>[2] = {}, of: Recipe = recipe): void {
  const at = { projectId, datasetId: 'd', dataSha256: '', dataVersion: 1, engineVersion: '' }
  insertRun(store, { id: name, name, recipe: of, ...at })
  updateRun(store, name, change)
}
const names = (query: Omit<RunQuery, 'projectId'> = {}): string[] =>
  listRuns(store, { projectId, ...query }).runs.map(({ name }) => name)
const matching = (filter: RunFilter): string =>
  names({ filter, order: { field: 'name' }, descending: false }).join()

it('sorts by what people see, and puts what lacks a value last both ways', () => {
  add('Run 10', { metrics: { 'validation/loss': 0.25 }, seconds: 3 })
  add('run 9', { metrics: { 'validation/loss': 0.5 }, seconds: 1 })
  add('Other', { seconds: 2 })
  expect(names()).toEqual(['Other', 'run 9', 'Run 10'])
  expect(names({ order: { field: 'name' }, descending: false })).toEqual(['Other', 'run 9', 'Run 10'])
  expect(names({ order: { field: 'seconds' } })).toEqual(['Run 10', 'Other', 'run 9'])
  const order = { series: 'validation/loss' }
  expect(names({ order, descending: false })).toEqual(['Run 10', 'run 9', 'Other'])
  expect(names({ order, descending: true })).toEqual(['run 9', 'Run 10', 'Other'])
  expect(names({ order: { series: 'nobody recorded it' } })).toHaveLength(3)
  updateRun(store, 'Other', { name: 'Run 9b' })
  expect(names({ order: { field: 'name' }, descending: false })).toEqual(['run 9', 'Run 9b', 'Run 10'])
})

it('sorts settings as numbers where they are some', () => {
  const of = (batchSize: number): Recipe => ({ ...recipe, training: { ...recipe.training, batchSize } })
  for (const size of [8, 128, 16]) add(String(size), {}, of(size))
  const order = { setting: 'training.batchSize' }
  expect(names({ order, descending: false })).toEqual(['8', '16', '128'])
})

it('filters by name, state, task, thresholds and settings', () => {
  add('100% pure', { state: 'finished', metrics: { 'validation/accuracy': 0.9 } })
  add('100 pure', { state: 'failed', metrics: { 'validation/accuracy': 0.5 } })
  add('other_one', { state: 'stopped', bestEpoch: 3 }, { ...recipe, seed: 7 })
  expect(matching({ text: '0% P' })).toBe('100% pure')
  expect(matching({ text: '_' })).toBe('other_one')
  expect(matching({ states: ['failed', 'stopped'] })).toBe('100 pure,other_one')
  expect(matching({ tasks: ['regression'] })).toBe('')
  expect(matching({ trained: true })).toBe('100% pure,other_one')
  expect(matching({ ids: ['other_one', 'gone'] })).toBe('other_one')
  expect(matching({ metrics: [{ series: 'validation/accuracy', atLeast: 0.6 }] })).toBe('100% pure')
  expect(matching({ metrics: [{ series: 'validation/accuracy', atMost: 0.9, atLeast: 0.1 }] })).toBe(
    '100 pure,100% pure',
  )
  expect(matching({ settings: [{ setting: 'seed', is: ' 7 ' }] })).toBe('other_one')
  expect(matching({ settings: [{ setting: 'model.template', is: 'mlp' }], text: 'pure' })).toBe(
    '100 pure,100% pure',
  )
  expect(matching({ settings: [{ setting: 'seed', is: '' }] })).toBe('')
})

it('gives pages, with the values that were asked for', () => {
  for (let i = 1; i <= 12; i++) add(`Run ${i}`, { metrics: { a: i, b: -i } })
  const page = listRuns(store, {
    projectId,
    offset: 5,
    limit: 3,
    series: ['b'],
    settings: ['seed', 'nowhere'],
  })
  expect([page.offset, page.total]).toEqual([5, 12])
  expect(page.runs.map(({ name, metrics, settings }) => [name, metrics, settings])).toEqual(
    [7, 6, 5].map((i) => [`Run ${i}`, { b: -i }, { seed: 0 }]),
  )
  expect(listRuns(store, { projectId, offset: 12 }).runs).toEqual([])
  expect(findSummary(store, 'Run 7').metrics).toEqual({ a: 7, b: -7 })
  expect(nextName(store, projectId)).toBe('Run 13')
})

it('knows the columns of a project, not those of others', () => {
  add('one', { metrics: { 'test/f1': 1 } })
  const other = manyRuns(store, recipe, { runs: 20, metrics: 6 })
  expect(columnsOfRuns(store, projectId).series).toEqual(['test/f1'])
  expect(columnsOfRuns(store, other).series).toHaveLength(6)
  expect(columnsOfRuns(store, other).settings).toContain('training.optimizer.learningRate')
})

it('deletes all that is known of a run, with the run and with its project', () => {
  add('one', { metrics: { a: 1 } })
  add('two', { metrics: { a: 2 } })
  deleteRun(store, 'two')
  const count = (table: string) => store.db.prepare(`SELECT count(DISTINCT run) FROM ${table}`).pluck().get()
  const tables = ['run_metrics', 'run_settings', 'run_recipes']
  expect(tables.map(count)).toEqual([1, 1, 1])
  store.db.prepare('DELETE FROM projects').run()
  expect(tables.map(count)).toEqual([0, 0, 0])
})

it('leaves out rows that cannot be read wherever they stand, and tells of them', async () => {
  for (let i = 1; i <= 250; i++) add(`Run ${i}`)
  store.db
    .prepare(
      `UPDATE run_recipes SET recipe = '{' WHERE run IN (SELECT number FROM runs WHERE name IN ('Run 250', 'Run 3'))`,
    )
    .run()
  expect(names({ limit: 2 })).toEqual(['Run 249', 'Run 248'])
  expect((await damagedRuns(store, projectId)).map(({ id }) => id)).toEqual(['Run 250', 'Run 3'])
  expect(listRuns(store, { projectId }).total).toBe(248)
})

it('orders names as people count', () => {
  const sorted = ['b', 'Run 010', 'run 9', 'Run 2', 'É2', 'a10', 'a9'].sort((a, b) =>
    nameKey(a) < nameKey(b) ? -1 : 1,
  )
  expect(sorted).toEqual(['a9', 'a10', 'b', 'Run 2', 'run 9', 'Run 010', 'É2'])
})

it('sorts and filters thousands of runs at once', () => {
  projectId = manyRuns(store, recipe, { runs: 3000, metrics: 50 })
  const series = 'validation/metric42'
  const first = listRuns(store, { projectId, order: { series }, series: [series] })
  expect(first.total).toBe(3000)
  const values = first.runs.map(({ metrics }) => metrics[series]!)
  expect(values).toEqual([...values].sort((a, b) => b - a))
  const work: Omit<RunQuery, 'projectId'>[] = [
    {},
    { order: { series } },
    { order: { field: 'name' }, offset: 2900 },
    { filter: { text: '99', metrics: [{ series, atLeast: 0.5 }] }, order: { series } },
    { filter: { settings: [{ setting: 'training.batchSize', is: '32' }] } },
  ]
  for (const query of work) {
    expect(names(query).length).toBeGreaterThan(0)
    expect(percentile95(() => names(query), 20)).toBeLessThan(200)
  }
})
