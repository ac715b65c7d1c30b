import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { begin, withEffort, templatesFor, type Recipe, type RunDetail } from '../../contract/index.ts'
import { openApp, type App } from '../app.ts'
import type { Handlers } from '../context.ts'

/** Runs that were really trained, through the calls of the window. */
let folder: string
let app: App
let call: Handlers
let projectId: string
let good: RunDetail
let poor: RunDetail

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-compare-'))
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
  const project = await call['projects.createFromSample']({ sampleId: 'churn' })
  projectId = project.id
  if (project.recipe?.kind !== 'table') throw new Error('The sample is no table.')
  const recipe = withEffort(project.recipe, 'quick', project.dataset!.rows)
  good = await train({ ...recipe, training: { ...recipe.training, epochs: 12 } })
  // One epoch of tiny steps learns nothing.
  poor = await train({
    ...recipe,
    model: begin(templatesFor.table, 'mlp', { ...recipe.model, hidden: [4] }),
    training: {
      ...recipe.training,
      epochs: 1,
      optimizer: { ...recipe.training.optimizer, learningRate: 1e-6 },
    },
  })
}, 90_000)
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function train(recipe: Recipe): Promise<RunDetail> {
  await call['projects.setRecipe']({ projectId, recipe: { ...recipe, backend: 'wasm' } })
  const { id } = await call['training.start']({ projectId })
  for (const deadline = Date.now() + 60_000; ;) {
    const run = await call['runs.get']({ runId: id })
    if (run.state === 'finished') return run
    if (Date.now() > deadline || run.state === 'failed') throw new Error(`${run.state}: ${run.error}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('the best run is proposed and not the newest, until somebody chooses', async () => {
  const proposed = await call['runs.proposed']({ projectId })
  expect(proposed).toMatchObject({ runId: good.id, name: good.name, among: 2 })
  expect((await call['projects.get']({ projectId })).selectedRun).toBe(good.id)
  await call['projects.selectRun']({ projectId, runId: poor.id })
  const another = await train(good.recipe)
  expect((await call['projects.get']({ projectId })).selectedRun).toBe(poor.id)
  await call['runs.mark']({ projectId, filter: { ids: [poor.id, another.id] }, change: { deleted: true } })
  expect((await call['projects.get']({ projectId })).selectedRun).toBeNull()
  expect(await call['runs.proposed']({ projectId })).toMatchObject({ runId: good.id, among: 1 })
  await expect(call['projects.selectRun']({ projectId, runId: poor.id })).rejects.toThrow('no such run')
  expect((await call['datasets.versions']({ projectId })).map(({ runs }) => runs)).toEqual([1])
  const { undo } = (await call['runs.undoable']({ projectId }))!
  expect(await call['runs.unmark']({ projectId, undo })).toEqual({ undone: '2 runs deleted' })
  expect((await call['datasets.versions']({ projectId })).map(({ runs }) => runs)).toEqual([3])
})

test(
  'a run that learned is better than one that did not, and no better than itself trained again',
  { tags: 'thorough', timeout: 60_000 },
  async () => {
    const asked = { firstId: poor.id, secondId: good.id, split: 'validation' as const }
    const better = await call['compare.paired']({ ...asked, metric: 'rocAuc' })
    expect(better).toMatchObject({ verdict: 'better', metric: 'rocAuc', draws: expect.any(Number) })
    expect(better.low).toBeGreaterThan(0)
    expect(better.second).toBeCloseTo(
      (await call['evaluate.run']({ runId: good.id, split: 'validation' })).metrics['rocAuc']!,
      10,
    )
    const turned = await call['compare.paired']({
      firstId: good.id,
      secondId: poor.id,
      split: 'validation',
      metric: 'rocAuc',
    })
    expect(turned.verdict).toBe('worse')
    const again = (await call['runs.list']({ projectId, limit: 1 })).runs[0]!
    const same = await call['compare.paired']({ firstId: good.id, secondId: again.id, split: 'validation' })
    expect([same.verdict, same.difference]).toEqual(['cannotTell', 0])
  },
)

test('what cannot be compared is refused in a sentence', async () => {
  const of = (firstId: string, secondId: string, more: { split?: 'test'; metric?: string } = {}) =>
    call['compare.paired']({ firstId, secondId, split: 'validation', ...more })
  await expect(of(good.id, good.id)).rejects.toThrow('not with itself')
  await expect(of(good.id, poor.id, { split: 'test' })).rejects.toThrow('has not been tested yet')
  await expect(of(good.id, poor.id, { metric: 'r2' })).rejects.toThrow('not judged by “r2”')
})

test('networks are told apart node by node', async () => {
  const { nodes } = await call['compare.networks']({ firstId: good.id, secondId: poor.id })
  expect(new Set(nodes.map(({ is }) => is)).has('changed')).toBe(true)
  const same = await call['compare.networks']({ firstId: good.id, secondId: good.id })
  expect(same.nodes.every(({ is }) => is === 'same')).toBe(true)
})
