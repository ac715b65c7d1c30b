/** A training is tried before, changed while it runs, and gone on from: through the calls of the window, in real processes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApp, type App } from '../app.ts'
import type { Handlers } from '../context.ts'
import {
  eventSchema,
  type HostEvent,
  type Project,
  type Recipe,
  type RunDetail,
} from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'

let folder: string
let app: App
let call: Handlers
let project: Project
const events: HostEvent[] = []

function rowsOf(count: number): string {
  const lines = Array.from({ length: count }, (_, i) => {
    const [x, y] = [((i * 7919) % 997) / 997 - 0.5, ((i * 104_729) % 991) / 991 - 0.5]
    return `${x.toFixed(4)},${y.toFixed(4)},${x * y > 0 ? 'same' : 'other'}`
  })
  return `x,y,signs\n${lines.join('\n')}\n`
}

async function reach(runId: string, arrived: (run: RunDetail) => boolean): Promise<RunDetail> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const run = await call['runs.get']({ runId })
    if (arrived(run)) return run
    if (Date.now() > deadline || run.state === 'failed')
      throw new Error(`The run is ${run.state} in epoch ${run.epoch}: ${run.error}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const settled = (runId: string): Promise<RunDetail> =>
  reach(runId, ({ state }) => !['queued', 'preparing', 'running'].includes(state))

async function setTraining(change: Partial<Recipe['training']>): Promise<Recipe> {
  const { recipe } = await call['projects.get']({ projectId: project.id })
  const next = { ...recipe!, training: { ...recipe!.training, ...change } } as Recipe
  await call['projects.setRecipe']({ projectId: project.id, recipe: next })
  return next
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-watch-'))
  app = await openApp(join(folder, 'workspace'))
  // The window takes them as they are said.
  app.onEvent((event) => void events.push(eventSchema.parse(event)))
  call = app.handlers
  const path = join(folder, 'signs.csv')
  writeFileSync(path, rowsOf(900))
  const { id } = await call['projects.create']({ name: 'Signs' })
  project = await call['datasets.import']({ projectId: id, path, target: 'signs' })
  const recipe = { ...quickly(project.recipe!, 900), backend: 'wasm' as const }
  await call['projects.setRecipe']({ projectId: id, recipe })
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

test('what is tried before a training changes nothing', async () => {
  const before = await call['projects.get']({ projectId: project.id })
  const tried = await call['training.preflight']({ projectId: project.id })
  expect(tried.findings).toEqual([])
  expect(tried.startLoss! / tried.expectedLoss!).toBeGreaterThan(0.5)
  expect(tried.secondsPerEpoch).toBeGreaterThan(0)
  expect(await call['projects.get']({ projectId: project.id })).toEqual(before)
  expect((await call['runs.list']({ projectId: project.id })).total).toBe(0)
})

test('steps and layers are kept, and told while they come', async () => {
  await setTraining({ epochs: 4, earlyStopping: null })
  const run = await settled((await call['training.start']({ projectId: project.id })).id)
  const within = await call['runs.curves']({ runId: run.id, within: true })
  const steps = within.series['train/stepLoss']!
  expect(steps.step).toEqual(steps.step.map((_, i) => i + 1))
  expect(new Set(steps.epoch)).toEqual(new Set([1, 2, 3, 4]))
  expect(within.series['layers/update/0.weight']!.step.slice(0, 10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  for (const tensor of ['gradients/pX/0.weight', 'outputs/pX/0']) {
    const [low, median, high] = [5, 50, 95].map(
      (p) => within.series[`layers/${tensor.replace('X', String(p))}`]!,
    )
    expect(low!.step.slice(0, 3)).toEqual([1, 2, 3])
    expect(
      low!.value.every((value, i) => value < median!.value[i]! && median!.value[i]! < high!.value[i]!),
    ).toBe(true)
  }
  // The mean over an epoch's examples is that of its steps, by their sizes.
  const { series } = await call['runs.curves']({ runId: run.id })
  expect(Object.keys(series)).not.toContain('train/stepLoss')
  const first = steps.value.filter((_, i) => steps.epoch[i] === 1)
  const least = Math.min(...first)
  expect(series['train/loss']!.value[0]).toBeGreaterThan(least)
  const told = events.flatMap((event) =>
    event.type === 'run.steps' && event.runId === run.id ? event.points : [],
  )
  expect(told.map(({ step }) => step)).toEqual(steps.step)
  expect(await call['runs.report']({ runId: run.id })).toMatchObject({ unreached: [] })
})

test(
  'the examples with the highest loss, and what is said of a few, are kept',
  { tags: 'thorough' },
  async () => {
    await setTraining({ epochs: 5, earlyStopping: null })
    const run = await settled((await call['training.start']({ projectId: project.id })).id)
    const { hardest, followed } = await call['runs.report']({ runId: run.id })
    const { validation, train } = hardest!
    const splits = await call['prepare.summary']({ projectId: project.id })
    expect([validation!.looked, train!.looked]).toEqual([splits.splits.validation, splits.splits.train])
    expect(validation!.epoch).toBe(run.bestEpoch)
    const rows = await call['explore.rows']({
      projectId: project.id,
      where: [{ is: 'rows', rows: validation!.examples.map(({ row }) => row) }],
      offset: 0,
      limit: 50,
    })
    for (const { examples } of [validation!, train!]) {
      const losses = examples.map(({ loss }) => loss)
      expect(losses).toEqual(losses.toSorted((a, b) => b - a))
      for (const { loss, answer } of examples)
        expect(answer.is === 'chosen' && Math.exp(-loss)).toBeCloseTo(
          answer.is === 'chosen' ? answer.ofTruth : NaN,
          5,
        )
    }
    // Each is the row of the data that it says it is.
    expect(rows.rows.map((row) => [row[2]])).toEqual(
      validation!.examples.map(({ answer }) => answer.is === 'chosen' && answer.truth),
    )
    expect(followed!.epochs).toEqual([1, 2, 3, 4, 5])
    expect(followed!.examples.map(({ truth }) => truth)).toEqual([
      ...Array.from({ length: 4 }, () => ['other']),
      ...Array.from({ length: 4 }, () => ['same']),
    ])
    for (const { said, ofOther, pinned } of followed!.examples) {
      expect(pinned).toBe(false)
      said.forEach((p, i) => expect(p! + ofOther[i]!).toBeCloseTo(1, 3))
    }
  },
)

test('a row that somebody asks for is followed from then on, and through a pause', async () => {
  const settings = await setTraining({ epochs: 100_000, earlyStopping: null })
  const { id: runId } = await call['training.start']({ projectId: project.id })
  await reach(runId, ({ epoch }) => epoch > 3)
  const report = () => call['runs.report']({ runId })
  const first = await report()
  const known = new Set(first.followed!.examples.map(({ row }) => row))
  const { row } = first.hardest!.validation!.examples.find((one) => !known.has(one.row))!
  await call['training.follow']({ runId, row, follow: true })
  const { epoch } = await call['runs.get']({ runId })
  await reach(runId, (run) => run.epoch > epoch + 3)
  await call['training.checkpoint']({ runId })
  await call['training.pause']({ runId })
  const mine = (await report()).followed!.examples.at(-1)!
  expect(mine).toMatchObject({ row, pinned: true })
  expect([mine.said[0], typeof mine.said.at(-1)]).toEqual([null, 'number'])

  // While it is paused, too, and a checkpoint has it.
  const lastSaved = async () =>
    (await call['runs.checkpoints']({ runId })).find(({ from }) => from === 'lastCheckpoint')!.savedAt
  const before = await lastSaved()
  const other = first.hardest!.validation!.examples.find((one) => !known.has(one.row) && one.row !== row)!.row
  await call['training.follow']({ runId, row: other, follow: true })
  await expect.poll(lastSaved).toBeGreaterThan(before)
  expect((await report()).followed!.examples.at(-1)).toMatchObject({ row: other, pinned: true })
  await call['training.follow']({ runId, row: other, follow: false })
  await call['training.resume']({ runId })
  // Beyond the data: in no split at all.
  await call['training.follow']({ runId, row: 5000, follow: true })
  await reach(runId, (run) => run.epoch > epoch + 10)
  await call['training.follow']({ runId, row, follow: false })
  await call['training.stop']({ runId })
  const after = (await report()).followed!
  expect(after.examples.map((one) => one.row)).toEqual([...known])
  expect(after.epochs.length).toBeLessThanOrEqual(240)
  const told = await call['notices.list']({})
  expect(JSON.stringify(told)).toMatch(/Row 5,001 is not in the validation split/)
  await expect(call['training.follow']({ runId, row, follow: true })).rejects.toThrow(
    /is stopped: only one that trains/,
  )
  await setTraining(settings.training)
}, 90_000)

test('a run is changed while it trains, and what was changed is told', async () => {
  await setTraining({ epochs: 100_000, earlyStopping: null })
  const { id: runId } = await call['training.start']({ projectId: project.id })
  await reach(runId, ({ epoch }) => epoch > 2)
  const past = { runId, adjustment: { epochs: 1 } }
  await expect(call['training.adjust'](past)).rejects.toThrow(/has trained \d+ epochs already/)
  const rate = 0.0004
  await call['training.adjust']({ runId, adjustment: { learningRate: rate } })
  await call['training.checkpoint']({ runId })
  const { epoch } = await call['runs.get']({ runId })
  await call['training.adjust']({ runId, adjustment: { epochs: epoch + 300 } })
  const run = await settled(runId)
  expect(run.state).toBe('finished')
  expect(run.epochs).toBe(run.epoch)
  const { adjusted } = await call['runs.report']({ runId })
  expect(adjusted?.map(({ learningRate, epochs }) => [learningRate, epochs])).toEqual([
    [rate, undefined],
    [undefined, run.epochs],
  ])
  const { series } = await call['runs.curves']({ runId, series: ['learningRate'] })
  // A cosine over so many epochs hardly falls.
  expect(series['learningRate']!.value.at(-1)! / rate).toBeCloseTo(1, 2)
  await expect(call['training.adjust']({ runId, adjustment: { learningRate: 1 } })).rejects.toThrow(
    /is finished: only one that trains can be changed/,
  )
}, 90_000)

test(
  'a run goes on from a checkpoint of another one with other settings, and as itself with the same',
  { tags: 'thorough', timeout: 90_000 },
  async () => {
    await setTraining({ epochs: 6, earlyStopping: null })
    const whole = await settled((await call['training.start']({ projectId: project.id })).id)
    await setTraining({ epochs: 9 })
    const longer = await settled(
      (await call['training.branch']({ runId: whole.id, from: 'lastCheckpoint' })).id,
    )
    expect(longer).toMatchObject({
      state: 'finished',
      epoch: 9,
      name: `${whole.name}, from its last checkpoint`,
    })
    const curves = await Promise.all([whole, longer].map(({ id }) => call['runs.curves']({ runId: id })))
    const [before, after] = curves.map(({ series }) => series['validation/loss']!)
    expect(after!.value.slice(0, 6)).toEqual(before!.value)
    expect(after!.epoch).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect((await call['runs.report']({ runId: longer.id })).branchedFrom).toEqual({
      runId: whole.id,
      name: whole.name,
      from: 'lastCheckpoint',
      epoch: 6,
    })

    const saved = await call['runs.checkpoints']({ runId: whole.id })
    expect(saved.map(({ from, epoch, loss }) => [from, epoch, loss])).toEqual([
      ['bestEpoch', whole.bestEpoch, whole.metrics['validation/loss']],
      ['lastCheckpoint', 6, null],
    ])
    const last = saved.find(({ from }) => from === 'lastCheckpoint')!
    const best = saved.find(({ from }) => from === 'bestEpoch')!
    expect(last.branches).toEqual([{ runId: longer.id, name: longer.name }])
    expect(best.branches).toEqual([])
    // AdamW keeps two numbers beside each weight.
    expect(last.bytes / best.bytes).toBeGreaterThan(2.5)
    const steps = (await call['runs.curves']({ runId: whole.id, within: true })).series['train/stepLoss']!
    expect(last.step).toBe(steps.step.at(-1))

    const { training } = await setTraining({ epochs: 8 })
    await setTraining({ optimizer: { ...training.optimizer, learningRate: 1e-4 } })
    const calmer = await settled(
      (await call['training.branch']({ runId: whole.id, from: 'bestEpoch', name: 'Calmer' })).id,
    )
    expect(calmer).toMatchObject({ name: 'Calmer', state: 'finished', epoch: 8 })
    expect(calmer.metrics['validation/loss']).toBeLessThanOrEqual(whole.metrics['validation/loss']!)

    // What the optimizer had gathered is numbered otherwise, and begins anew.
    await setTraining({ parameters: [{ rule: 'freeze', parameters: ['0'] }] })
    const frozen = await settled(
      (await call['training.branch']({ runId: whole.id, from: 'lastCheckpoint', name: 'Frozen' })).id,
    )
    expect(frozen).toMatchObject({ state: 'finished', epoch: 8 })
    const within = await call['runs.curves']({ runId: frozen.id, within: true })
    const lastStep = (name: string) => within.series[name]!.step.at(-1)!
    expect(lastStep('layers/update/3.weight')).toBeGreaterThan(lastStep('layers/update/0.weight'))
    await setTraining({ parameters: [] })

    const recipe = (await call['projects.get']({ projectId: project.id })).recipe!
    const other = { ...recipe, model: { ...recipe.model, hidden: [7] } } as Recipe
    await call['projects.setRecipe']({ projectId: project.id, recipe: other })
    await expect(call['training.branch']({ runId: whole.id, from: 'lastCheckpoint' })).rejects.toThrow(
      /belong to other settings: the network has been changed since/,
    )
  },
)
