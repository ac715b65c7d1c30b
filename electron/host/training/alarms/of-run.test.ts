import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { detected, defaultRecipe, runStateSchema, type RunState } from '../../../contract/index.ts'
import { createProject } from '../../projects/index.ts'
import { insertPoints } from '../../runs/curves.ts'
import { findRun, insertRun, updateRun, type RunChange } from '../../runs/repository.ts'
import { openStore, type Store } from '../../store/index.ts'
import { notFinite } from '../not-finite.ts'
import { alarmsOfRun, endOf } from './of-run.ts'

let folder: string
let store: Store
const epochs = 20

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-alarms-'))
  store = openStore(folder)
  const recipe = defaultRecipe(
    { path: '/a.csv', ...detected, missingValues: [] },
    [
      { name: 'x', kind: 'number', role: 'feature' },
      { name: 'y', kind: 'category', role: 'target' },
    ],
    'classification',
    1000,
    'quick',
  )
  insertRun(store, {
    id: 'r',
    projectId: createProject(store, 'Alarms'),
    name: 'Run 1',
    recipe: { ...recipe, training: { ...recipe.training, epochs } },
    dataSha256: '',
    dataVersion: null,
    datasetId: 'd',
    engineVersion: '',
  })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

const flat = Array.from({ length: epochs }, (_, i) => ({
  epoch: i + 1,
  step: i + 1,
  seconds: i,
  values: { 'train/loss': Math.LN2, 'validation/loss': Math.LN2 },
}))
const meta = {
  version: 1,
  epoch: epochs,
  position: 0,
  step: epochs,
  seconds: 1,
  stopping: { reference: 0, waited: 0 },
  best: null,
}
const names = (change: RunChange) => {
  updateRun(store, 'r', change)
  return alarmsOfRun(store, findRun(store, 'r')).map(({ name }) => name)
}

test('a run is judged by its stored curves, and by what guessing loses where its trainer wrote that down', () => {
  expect(names({ state: 'running' })).toEqual([])
  insertPoints(store, 'r', flat)
  const save = (expectedLoss: object) =>
    store.saveCheckpoints('r', { last: { epoch: epochs, meta: { ...meta, ...expectedLoss }, tensors: {} } })
  expect(names({ state: 'running', epoch: epochs })).toEqual([])
  // As version 0.1.0 wrote it.
  save({})
  expect(names({ state: 'finished' })).toEqual([])
  save({ expectedLoss: Math.LN2 })
  expect(names({ state: 'finished' })).toEqual(['notLearning'])
  store.db.prepare(`UPDATE blobs.checkpoints SET meta = '{'`).run()
  expect(names({ state: 'finished' })).toEqual([])
})

test('a run that a loss without a value ended says so, and one that failed otherwise does not', () => {
  expect(names({ state: 'failed', error: 'There is no GPU.' })).toEqual([])
  const error = notFinite('The training loss', 1, 3, 0.5).message
  expect(names({ state: 'failed', error })).toEqual(['notFinite'])
})

test('how a training ended follows from the state of its run', () => {
  const ends = (epoch: number) =>
    runStateSchema.options.map((state: RunState) => [state, endOf({ state, epoch, epochs: 5 })])
  const cut = { finished: 'early', stopped: 'early', failed: 'early' }
  const open = Object.fromEntries(runStateSchema.options.map((state) => [state, 'open']))
  expect(Object.fromEntries(ends(4))).toEqual({ ...open, ...cut })
  expect(Object.fromEntries(ends(5))).toEqual({ ...open, ...cut, finished: 'lastEpoch' })
})
