import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withEffort, type Project, type RunDetail } from '../../contract/index.ts'
import { openApp, type App } from '../app.ts'
import { describeSpace } from '../cli/space.ts'
import type { Handlers } from '../context.ts'

let folder: string
let app: App
let call: Handlers
let project: Project

async function trained(): Promise<RunDetail> {
  const { id } = await call['training.start']({ projectId: project.id })
  for (;;) {
    const run = await call['runs.get']({ runId: id })
    if (!['queued', 'preparing', 'running'].includes(run.state)) return run
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-space-'))
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
  const path = join(folder, 'numbers.csv')
  const lines = Array.from(
    { length: 200 },
    (_, i) => `${i % 17},${(i * 7) % 13},${i % 2 === 0 ? 'even' : 'odd'}`,
  )
  writeFileSync(path, `a,b,c\n${lines.join('\n')}\n`)
  const { id } = await call['projects.create']({ name: 'Numbers' })
  project = await call['datasets.import']({ projectId: id, path, target: 'c' })
  if (project.recipe?.kind !== 'table') throw new Error('The import made no recipe of a table.')
  const recipe = { ...withEffort(project.recipe, 'quick', 200), backend: 'wasm' as const }
  recipe.training = { ...recipe.training, epochs: 4 }
  await call['projects.setRecipe']({ projectId: id, recipe })
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

test('what projects and runs take is told, and what was dropped is gone', async () => {
  const run = await trained()
  expect(run.state).toBe('finished')
  const before = await call['space.used']({})
  expect(before.projects).toMatchObject([{ projectId: project.id, name: 'Numbers', runs: 1 }])
  const [{ data, best, last }] = before.projects as [(typeof before.projects)[number]]
  expect(data).toBeGreaterThan(1000)
  // Moments and weights that are not those of the best epoch, or all but these where the last epoch is the best.
  expect(last).toBeGreaterThan(best)
  expect(before.runs).toEqual([
    { runId: run.id, projectId: project.id, name: run.name, best, last, trimmable: true },
  ])
  expect(before.moreRuns).toBe(0)
  expect(before.trimmable).toBe(last)
  expect(before.weights.file).toBeGreaterThan(best + last)
  expect(before.disk.free).toBeGreaterThan(0)

  expect(describeSpace({ used: before, trimmed: null })).toMatch(/Numbers +1 .*\n[^]*--trim deletes them/)
  expect(describeSpace({ used: before, trimmed: null })).toMatch(
    new RegExp(`Largest runs +Project .*\\n *${run.name} +Numbers`),
  )
  const dropped = await call['space.trim']({})
  expect(dropped.runs).toBe(1)
  expect(dropped.bytes).toBeGreaterThan(0.8 * last)
  const after = await call['space.used']({})
  expect(after.projects[0]).toMatchObject({ best, last: 0 })
  expect(after.trimmable).toBe(0)
  expect(before.weights.file - after.weights.file).toBeGreaterThan(0.8 * last)
  expect(await call['space.trim']({})).toEqual({ runs: 0, bytes: 0, packed: true })

  // The best epoch is still tested, and gone on from; the last one says why not.
  await call['evaluate.run']({ runId: run.id, split: 'validation' })
  const longer = { ...project.recipe!, ...(await call['projects.get']({ projectId: project.id })).recipe! }
  longer.training = { ...longer.training, epochs: 6 }
  await call['projects.setRecipe']({ projectId: project.id, recipe: longer })
  await expect(call['training.branch']({ runId: run.id, from: 'lastCheckpoint' })).rejects.toThrow(
    'to save space',
  )
  const branch = await call['training.branch']({ runId: run.id, from: 'bestEpoch' })
  expect(branch.id).not.toBe(run.id)
})

test('a setting keeps the best epoch alone of every run from then on, and leaves earlier ones alone', async () => {
  const earlier = await trained()
  await call['settings.set']({ retention: { lastCheckpoints: false } })
  await call['runs.rename']({ runId: earlier.id, name: 'Earlier' })
  const before = (await call['space.used']({})).runs.find(({ runId }) => runId === earlier.id)
  expect(before?.last).toBeGreaterThan(0)
  const run = await trained()
  expect(run.state).toBe('finished')
  const { runs } = await call['space.used']({})
  expect(runs.find(({ runId }) => runId === run.id)?.last).toBe(0)
  await call['settings.set']({ retention: {} })
})

test('what cannot be packed is deleted all the same, and that is said', { tags: 'thorough' }, async () => {
  await trained()
  const { db } = app.context.store
  const exec = db.exec.bind(db)
  db.exec = (sql) => {
    if (sql.startsWith('VACUUM'))
      throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
    return exec(sql)
  }
  const { runs, packed } = await call['space.trim']({})
  db.exec = exec
  expect(runs).toBeGreaterThan(0)
  expect(packed).toBe(false)
  const { trimmable, weights } = await call['space.used']({})
  expect(trimmable).toBe(0)
  expect(weights.free).toBeGreaterThan(0)
})

test('a run that is not there or has not ended is refused by name', async () => {
  const unknown = call['space.trim']({ runId: '00000000-0000-4000-8000-000000000000' })
  await expect(unknown).rejects.toThrow('There is no run')
  const { recipe } = await call['projects.get']({ projectId: project.id })
  const long = { ...recipe!, seed: 21 }
  long.training = { ...long.training, epochs: 100_000, earlyStopping: null }
  await call['projects.setRecipe']({ projectId: project.id, recipe: long })
  const run = await call['training.start']({ projectId: project.id })
  await expect(call['space.trim']({ runId: run.id })).rejects.toThrow(/and goes on from it/)
  await call['training.stop']({ runId: run.id })
  const state = async () => (await call['runs.get']({ runId: run.id })).state
  await expect.poll(state, { timeout: 20_000 }).toBe('stopped')
  await call['projects.setRecipe']({ projectId: project.id, recipe: recipe! })
})

test('of one run alone the last checkpoint goes', { tags: 'thorough', timeout: 60_000 }, async () => {
  const withSeed = async (seed: number) => {
    const { recipe } = await call['projects.get']({ projectId: project.id })
    await call['projects.setRecipe']({ projectId: project.id, recipe: { ...recipe!, seed } })
    return await trained()
  }
  // With one seed their tensors are the same, which are stored once.
  const [one, other] = [await withSeed(11), await withSeed(12)]
  const of = async (id: string) => (await call['space.used']({})).runs.find(({ runId }) => runId === id)
  expect(await of(one.id)).toMatchObject({ trimmable: true })
  expect((await call['space.trim']({ runId: one.id })).runs).toBe(1)
  expect(await of(one.id)).toMatchObject({ last: 0, trimmable: false })
  expect((await of(other.id))?.last).toBeGreaterThan(0)
})
