/** The graph of a project, through the same calls as the window makes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BatchGraph, ComputationGraph, GraphValueInfo } from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { openApp, type App } from '../app.ts'
import type { Handlers } from '../context.ts'

let folder: string
let app: App
let call: Handlers
let projectId: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-graph-'))
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
  const path = join(folder, 'points.csv')
  const lines = Array.from(
    { length: 120 },
    (_, i) => `${Math.sin(i)},${Math.cos(i * 3)},${i % 2 ? 'up' : 'down'}`,
  )
  writeFileSync(path, `x,y,side\n${lines.join('\n')}\n`)
  projectId = (await call['projects.create']({ name: 'Points' })).id
  const imported = await call['datasets.import']({ projectId, path, target: 'side' })
  const recipe = quickly(imported.recipe!, 120)
  const training = { ...recipe.training, epochs: 4 }
  await call['projects.setRecipe']({ projectId, recipe: { ...recipe, backend: 'wasm', training } })
})

afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const weight = ({ values }: ComputationGraph): GraphValueInfo =>
  values.find(({ kind, name }) => kind === 'parameter' && name?.endsWith('.weight'))!

test('has numbers and paths of the same graph, however often it is asked', async () => {
  const request: BatchGraph = { projectId, batchSize: 8, weights: null }
  const graph = await call['graph.ofBatch'](request)
  const { key } = graph
  const { id, forward, gradient } = weight(graph)
  const numbers = await call['graph.numbers']({ ...request, key, value: id })
  expect(numbers.value.numbers).toHaveLength(forward.elements)
  expect(Math.min(...numbers.value.numbers.map((n) => n!))).toBe(forward.least)
  expect(Math.max(...numbers.gradient!.numbers.map((n) => n!))).toBe(gradient!.most)
  const found = await call['graph.paths']({ ...request, key, value: id, element: 1 })
  expect(found.gradient).toBe(numbers.gradient!.numbers[1])
  const sum = found.paths.reduce((total, { product }) => total + product, found.remainder)
  expect(Math.abs(sum - found.gradient)).toBeLessThan(1e-6)
  expect(await call['graph.ofBatch'](request)).toEqual(graph)
  await expect(call['graph.paths']({ ...request, key, value: id, element: 10_000 })).rejects.toThrow(
    'There is no element 10000',
  )
  await expect(call['graph.numbers']({ ...request, key, value: 10_000 })).rejects.toThrow('no value 10000')
})

test('never has numbers of another graph than the one that was built', async () => {
  const request: BatchGraph = { projectId, batchSize: 8, weights: null }
  const graph = await call['graph.ofBatch'](request)
  const asked = { ...request, key: graph.key, value: weight(graph).id }
  await call['graph.numbers'](asked)
  const { recipe } = await call['projects.get']({ projectId })
  await call['projects.setRecipe']({ projectId, recipe: { ...recipe!, seed: recipe!.seed + 1 } })
  await expect(call['graph.numbers'](asked)).rejects.toThrow('The recipe or the data was changed')
  await expect(call['graph.paths']({ ...asked, element: 0 })).rejects.toThrow('Build it again')
  // What a graph does not depend on may change, and back to the same recipe it is the same graph.
  const training = { ...recipe!.training, epochs: 5 }
  await call['projects.setRecipe']({ projectId, recipe: { ...recipe!, training } })
  await call['graph.numbers'](asked)
  await call['projects.setRecipe']({ projectId, recipe: recipe! })
  // Another version of the data.
  const { dataset } = await call['projects.get']({ projectId })
  await call['datasets.correct']({
    projectId,
    datasetId: dataset!.id,
    corrections: [{ type: 'drop', rows: [1] }],
  })
  await expect(call['graph.numbers'](asked)).rejects.toThrow('The recipe or the data was changed')
  await call['projects.undo']({ projectId })
  await call['graph.numbers'](asked)
})

test('has the weights of a run, best and last, whatever the recipe is now', async () => {
  const { id: runId } = await call['training.start']({ projectId })
  const deadline = Date.now() + 60_000
  for (;;) {
    const { state } = await call['runs.get']({ runId })
    if (state === 'finished') break
    if (Date.now() > deadline || state === 'failed') throw new Error(`The run is ${state}.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const meanOf = async (weights: BatchGraph['weights']): Promise<number> =>
    weight(await call['graph.ofBatch']({ projectId, batchSize: 8, weights })).forward.mean!
  const start = await meanOf(null)
  const last = await meanOf({ runId, checkpoint: 'last' })
  expect(last).not.toBe(start)
  const { tensors } = app.context.store.loadCheckpoint(runId, 'last')!
  const stored = Object.entries(tensors).find(
    ([name]) => name.startsWith('model.') && name.endsWith('.weight'),
  )![1]
  const numbers = new Float32Array(Uint8Array.from(stored.data).buffer)
  expect(last).toBeCloseTo(numbers.reduce((sum, n) => sum + n, 0) / numbers.length, 6)
  // While a run trains on, its last weights are others.
  const request: BatchGraph = { projectId, batchSize: 8, weights: { runId, checkpoint: 'last' } }
  const graph = await call['graph.ofBatch'](request)
  const asked = { ...request, key: graph.key, value: weight(graph).id }
  await call['graph.numbers'](asked)
  const { store } = app.context
  store.saveCheckpoints(runId, { last: { ...store.loadCheckpoint(runId, 'last')!, epoch: 5 } })
  await expect(call['graph.numbers'](asked)).rejects.toThrow('The run has trained on')
  // Another network in the recipe changes nothing about the run's own.
  const { recipe } = await call['projects.get']({ projectId })
  const model = { template: 'mlp', hidden: [3], activation: 'relu', dropout: 0, batchNorm: false } as const
  await call['projects.setRecipe']({ projectId, recipe: { ...recipe!, model } as never })
  expect(await meanOf({ runId, checkpoint: 'last' })).toBe(last)
  await call['graph.ofBatch']({ projectId, batchSize: 8, weights: { runId, checkpoint: 'best' } })
  await expect(
    call['graph.ofBatch']({ projectId, batchSize: 8, weights: { runId: 'gone', checkpoint: 'last' } }),
  ).rejects.toThrow()
}, 120_000)

test('the lab answers without a project', async () => {
  const program = { source: 'x * y', variables: [{ name: 'x', value: 3 }] }
  const { graph, free } = await call['lab.evaluate'](program)
  expect(free).toEqual(['x', 'y'])
  const { id } = graph!.values.find(({ name }) => name === 'y')!
  expect((await call['lab.paths']({ ...program, value: id, element: 0 })).gradient).toBe(3)
  expect((await call['lab.numbers']({ ...program, value: id })).gradient!.numbers).toEqual([3])
  await expect(call['lab.numbers']({ source: '2 *', variables: [], value: 0 })).rejects.toThrow(
    'The line ends',
  )
})
