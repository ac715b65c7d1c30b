import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createProject } from '../projects/index.ts'
import { openStore, type Store } from '../store/index.ts'
import { insertMetrics, listMetrics } from './runs.ts'

let folder: string
let store: Store

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-curves-'))
  store = openStore(folder)
  const projectId = createProject(store, 'Curves')
  store.db
    .prepare(
      `INSERT INTO runs (id, project_id, name, state, created_at, task, recipe, data_sha256, dataset_id, seed, engine_version, epochs)
       VALUES ('r', ?, 'Run 1', 'finished', 0, 'classification', '{}', '', 'd', 0, '', 1)`,
    )
    .run(projectId)
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A falling curve with one best epoch, one spike of each loss, and noise. */
function train(epochs: number): void {
  const points = Array.from({ length: epochs }, (_, i) => ({
    epoch: i + 1,
    step: 10 * (i + 1),
    seconds: i,
    trainLoss: 1 / (i + 1) + (i === 1234 ? 50 : 0),
    validationLoss: 1 + ((i * 7919) % 100) / 1000 + (i === 20_000 ? -0.5 : 0) + (i === 777 ? 40 : 0),
    validationScore: 0.5,
    learningRate: 0.001,
    throughput: 1,
  }))
  insertMetrics(store, 'r', points)
}

it('gives short curves whole', () => {
  train(100)
  expect(listMetrics(store, 'r').map(({ epoch }) => epoch)).toEqual(
    Array.from({ length: 100 }, (_, i) => i + 1),
  )
  expect(listMetrics(store, 'nobody')).toEqual([])
})

it('thins long curves without losing a spike, the best epoch or either end', () => {
  train(35_550)
  const started = performance.now()
  const curve = listMetrics(store, 'r')
  expect(performance.now() - started).toBeLessThan(1000)
  expect(curve.length).toBeGreaterThan(600)
  expect(curve.length).toBeLessThanOrEqual(2000)
  const epochs = curve.map(({ epoch }) => epoch)
  expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b))
  for (const epoch of [1, 35_550, 20_001, 1235, 778]) expect(epochs).toContain(epoch)
  const gaps = epochs.slice(1).map((epoch, i) => epoch - epochs[i]!)
  expect(Math.max(...gaps)).toBeLessThan((3 * 35_550) / 600)
  expect(listMetrics(store, 'r', 3).map(({ epoch }) => epoch)).toEqual([1, 20_001, 35_550])
})
