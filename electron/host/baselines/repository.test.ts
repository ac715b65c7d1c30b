import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultRecipe, detected, type BesideBaselines } from '../../contract/index.ts'
import { createProject } from '../projects/index.ts'
import { insertRun } from '../runs/repository.ts'
import { openStore, type Store } from '../store/index.ts'
import type { Fitted } from './index.ts'
import { storeBeside, storedBeside, storedFitted, storeFitted } from './repository.ts'

let folder: string
let store: Store
let projectId: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-baselines-'))
  store = openStore(folder)
  projectId = createProject(store, 'Baselines')
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

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
const run = { id: 'a', datasetId: 'd', recipe }

test('a run beside baselines is known as long as they are the ones that there are', () => {
  const at = { projectId, datasetId: 'd', dataSha256: '', dataVersion: 1, engineVersion: '' }
  insertRun(store, { id: 'a', name: 'a', recipe, ...at })
  const beside: BesideBaselines = { runId: 'a', split: 'validation', rows: 10, baselines: [], without: [] }
  storeBeside(store, run, beside)
  expect(storedBeside(store, run, 'validation')).toEqual(beside)
  expect(storedBeside(store, run, 'test')).toBeNull()
  store.db.prepare("UPDATE run_baselines SET key = 'of an earlier version'").run()
  expect(storedBeside(store, run, 'validation')).toBeNull()
  storeBeside(store, run, beside)
  expect(storedBeside(store, run, 'validation')).toEqual(beside)
})

test('what baselines said is kept up to so many and so many bytes, the newest first', () => {
  const of = (numbers: number): Fitted => ({
    fitted: [
      {
        name: 'linear',
        rows: 1,
        seconds: 0,
        notes: [],
        outputs: { validation: new Float32Array(numbers).fill(numbers), test: Float32Array.of(7) },
      },
    ],
    without: [],
  })
  const kept = (...keys: string[]) => keys.filter((key) => storedFitted(store, key) !== null)
  const most = 1000
  storeFitted(store, projectId, 'a', of(99), most)
  storeFitted(store, projectId, 'b', of(99), most)
  expect(storedFitted(store, 'b')).toEqual(of(99))
  storeFitted(store, projectId, 'c', of(99), most)
  expect(kept('a', 'b', 'c')).toEqual(['b', 'c'])
  storeFitted(store, projectId, 'too large', of(250), most)
  expect(kept('b', 'c', 'too large')).toEqual(['b', 'c'])
  for (let i = 0; i < 9; i++) storeFitted(store, projectId, `small ${i}`, of(1), most)
  expect(kept('c', 'small 0', 'small 1', 'small 8')).toEqual(['small 1', 'small 8'])
})
