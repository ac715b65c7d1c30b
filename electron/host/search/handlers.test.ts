import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  asha,
  begin,
  everyOptimizer,
  optimizers,
  pretrained,
  randomSearch,
  searches,
  weightStarts,
  type Dimension,
  type Project,
  type Recipe,
  type SearchDetail,
  type SearchKind,
} from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { openApp, type App } from '../app.ts'
import { readCurves } from '../runs/curves.ts'

/** Searches through the handlers that the window calls, with real trainers. */
let folder: string
let app: App
let project: Project

const rate: Dimension = {
  path: 'training.optimizer.learningRate',
  from: 1e-4,
  to: 0.1,
  scale: 'logarithmic',
  whole: false,
}
const hidden: Dimension = { path: 'model.hidden', values: [[4], [16, 16]] }

function rings(rows: number): string {
  const lines = ['x,y,ring']
  for (let i = 0; i < rows; i++) {
    const [angle, radius] = [(i * 2.399963) % (2 * Math.PI), i % 2 === 0 ? 1 : 2]
    const noise = (((i * 7919) % 101) / 101 - 0.5) * 0.5
    lines.push(
      `${Math.cos(angle) * (radius + noise)},${Math.sin(angle) * (radius + noise)},${['in', 'out'][i % 2]}`,
    )
  }
  return lines.join('\n') + '\n'
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-search-'))
  app = await openApp(join(folder, 'workspace'))
  const path = join(folder, 'rings.csv')
  writeFileSync(path, rings(300))
  const { id } = await app.handlers['projects.create']({ name: 'Rings' })
  project = await app.handlers['datasets.import']({ projectId: id, path, target: 'ring' })
  project = { ...project, recipe: quickly(project.recipe!, 300) }
  await edit(({ training }) => ({ training: { ...training, epochs: 12, earlyStopping: null } }))
})

afterEach(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function edit(change: (recipe: Recipe) => object): Promise<void> {
  const recipe = { ...project.recipe!, backend: 'wasm', ...change(project.recipe!) } as Recipe
  project = await app.handlers['projects.setRecipe']({ projectId: project.id, recipe })
}

/** Trains until it is stopped, in epochs that take a moment. */
const long = ({ training, model }: Recipe): object => ({
  model: { ...model, hidden: [512, 512] },
  training: { ...training, epochs: 60_000, batchSize: 64 },
})

const start = (search: SearchKind, space: Dimension[] = [rate, hidden]): Promise<SearchDetail> =>
  app.handlers['search.start']({ projectId: project.id, search, space })

async function until(id: string, reached: (search: SearchDetail) => boolean): Promise<SearchDetail> {
  const deadline = Date.now() + 90_000
  for (;;) {
    const detail = await app.handlers['search.get']({ searchId: id })
    if (reached(detail)) return detail
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${JSON.stringify(detail.trials)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
const ended = (id: string) => until(id, ({ state }) => state !== 'running')

const lossesOf = (runId: string) =>
  readCurves(app.context.store, runId, { names: ['validation/loss', 'train/loss'] }).series
const bytesOf = (runId: string) =>
  Object.entries(app.context.store.loadCheckpoint(runId, 'last')!.tensors).map(([name, { data }]) => [
    name,
    Buffer.from(data).toString('hex'),
  ])

test('asha stops losers early, and winners come to the bits of an uninterrupted run', async () => {
  const { id } = await start(begin(searches, asha.name, { runs: 7, leastEpochs: 2, reduction: 2 }))
  const search = await ended(id)
  expect(search).toMatchObject({
    state: 'finished',
    name: 'Search 1',
    planned: 7,
    begun: 7,
    series: 'validation/accuracy',
  })
  const { trials } = search
  const done = trials.filter(({ state }) => state === 'finished')
  const stopped = trials.filter(({ state }) => state === 'stoppedEarly')
  expect(done.length + stopped.length).toBe(7)
  expect(done.length).toBeGreaterThan(0)
  expect(stopped.length).toBeGreaterThan(2)
  for (const { epoch, why, runId } of stopped) {
    expect(epoch).toBeLessThan(12)
    expect(why).toMatch(/^\d(st|nd|rd|th) of \d after \d epochs, of which one in 2 goes on\.$/)
    expect((await app.handlers['runs.get']({ runId: runId! })).state).toBe('stopped')
  }
  expect(trials.find(({ number }) => number === search.best)!.value).toBe(
    Math.max(...trials.map(({ value }) => value ?? 0)),
  )
  expect(search.said.join(' ')).toContain('looks better on the validation split than it is')
  // Found together under the search's name.
  const tagged = await app.handlers['runs.list']({
    projectId: project.id,
    filter: { where: 'tag = "Search 1"' },
  })
  expect(tagged.total).toBe(7)

  // The winner was stopped and went on several times; trained alone, its recipe gives the very same.
  const winner = await app.handlers['runs.get']({ runId: done[0]!.runId! })
  const { recipe } = project
  await app.handlers['projects.setRecipe']({ projectId: project.id, recipe: winner.recipe })
  const alone = await app.handlers['training.start']({ projectId: project.id })
  for (;;) {
    const { state } = await app.handlers['runs.get']({ runId: alone.id })
    if (state === 'finished') break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(lossesOf(winner.id)['validation/loss']!.value).toEqual(lossesOf(alone.id)['validation/loss']!.value)
  expect(bytesOf(winner.id)).toEqual(bytesOf(alone.id))
  await app.handlers['projects.setRecipe']({ projectId: project.id, recipe: recipe! })

  // Its settings become the project's, and undo takes them back.
  const used = await app.handlers['search.use']({ searchId: id, number: done[0]!.number })
  expect(used.recipe!.training.optimizer.learningRate).toBe(done[0]!.settings[rate.path])
  expect(used.recipe!.model).toMatchObject({ hidden: done[0]!.settings['model.hidden'] })
  const undone = await app.handlers['projects.undo']({ projectId: project.id })
  expect(undone.recipe).toEqual(recipe)
}, 120_000)

test(
  'random search trains all that it draws, and what came of deleted runs stays',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    const { id } = await start(begin(searches, randomSearch.name, { runs: 8, by: 'loss', seed: 3 }))
    const search = await ended(id)
    expect(search.trials.map(({ state }) => state)).toEqual(Array.from({ length: 8 }, () => 'finished'))
    expect(search.series).toBe('validation/loss')
    expect(search.importance?.runs).toBe(8)
    expect(search.importance?.said).toContain('few runs')
    const { runId, value } = search.trials[0]!
    await app.handlers['runs.delete']({ runId: runId! })
    const later = await app.handlers['search.get']({ searchId: id })
    expect(later.trials[0]).toMatchObject({ runId: null, value, state: 'finished' })
    await app.handlers['search.use']({ searchId: id, number: 1 })
  },
)

test(
  'a search survives the host, and ends with its time',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    await edit(long)
    const { id } = await start(begin(searches, randomSearch.name, { runs: 9, minutes: 0.1 }), [rate])
    const first = await until(id, ({ trials }) => trials.some(({ epoch }) => epoch > 5))
    await app.close()
    app = await openApp(join(folder, 'workspace'))
    const back = await app.handlers['search.get']({ searchId: id })
    expect(back.state).toBe('interrupted')
    expect(back.said.join(' ')).toContain('it can go on from there')
    const trained = back.trials.map(({ epoch }) => epoch)
    await app.handlers['search.resume']({ searchId: id })
    const over = await ended(id)
    expect(over.state).toBe('finished')
    expect(over.said[0]).toMatch(
      /^Its time of 6.0.s was over: 2 runs stopped where they were, and 7 runs that were left had not begun\.$/,
    )
    expect(over.trials.map(({ state }) => state)).toEqual(['cut', 'cut'])
    expect(over.trials.map(({ number, settings }) => ({ number, settings }))).toEqual(
      first.trials.map(({ number, settings }) => ({ number, settings })),
    )
    over.trials.forEach(({ epoch }, i) => expect(epoch).toBeGreaterThanOrEqual(trained[i]!))
    expect(over.seconds).toBeLessThan(12)
  },
)

test(
  'every optimizer is trained from the same seeds and held against that of the recipe',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    await edit(({ training }) => ({ training: { ...training, epochs: 3 } }))
    const { id, planned } = await start(begin(searches, everyOptimizer.name, { repeats: 2 }), [])
    const names = optimizers.members.map(({ label }) => label)
    expect(planned).toBe(2 * names.length)
    const { contenders, trials, said, best } = await ended(id)
    expect(contenders.map(({ label }) => label)).toEqual(names)
    expect(contenders[0]).toMatchObject({
      difference: null,
      said: expect.stringMatching(/^The one of the recipe/),
    })
    for (const one of contenders.slice(1)) {
      expect(one.runs).toBe(2)
      expect(one.said).toMatch(/ over 2 seeds\.$/)
      expect(['better', 'worse', 'cannotTell']).toContain(one.verdict)
    }
    expect(new Set(trials.map(({ settings }) => settings['seed']))).toEqual(new Set([0, 1]))
    // Recommended is what did best over its seeds.
    const most = Math.max(...contenders.map(({ mean }) => mean))
    expect(contenders.find(({ mean }) => mean === most)!.numbers).toContain(best)
    expect(said.join(' ')).toContain('affects how well a network generalizes')
    // Those of the optimizer that was tried, not what the recipe's had.
    const plain = trials.find(({ settings }) => settings['training.optimizer.name'] === 'sgd')!
    const used = await app.handlers['search.use']({ searchId: id, number: plain.number })
    expect(used.recipe!.training.optimizer).toMatchObject({ name: 'sgd', learningRate: 0.01, weightDecay: 0 })
    expect(used.recipe!.seed).toBe(0)
  },
)

test(
  'a run that a person starts goes before those of a search, one of which makes room',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    await edit(long)
    const { id } = await start(begin(searches, randomSearch.name, { runs: 9 }), [rate])
    await until(id, ({ trials }) => trials.filter(({ epoch }) => epoch > 2).length === 2)
    const run = await app.handlers['training.start']({ projectId: project.id })
    const deadline = Date.now() + 20_000
    for (;;) {
      const { state } = await app.handlers['runs.get']({ runId: run.id })
      if (state === 'running') break
      if (Date.now() > deadline) throw new Error(`The run is ${state}.`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const search = await app.handlers['search.get']({ searchId: id })
    const states = await Promise.all(
      search.trials.map(async ({ runId }) => (await app.handlers['runs.get']({ runId: runId! })).state),
    )
    expect(states.sort()).toEqual(['queued', 'running'])
    const waiting = await app.handlers['training.queue']({})
    expect(waiting).toHaveLength(1)
    expect(await app.handlers['training.move']({ runId: waiting[0]!, to: 'first' })).toEqual(waiting)
    await expect(app.handlers['training.move']({ runId: run.id, to: 'up' })).rejects.toThrow(
      'is running: only one that waits has a place',
    )
    await app.handlers['training.stop']({ runId: run.id })
    const stopped = await app.handlers['search.stop']({ searchId: id })
    expect(stopped).toMatchObject({
      state: 'stopped',
      said: expect.arrayContaining(['It was stopped by hand.']),
    })
    expect(stopped.trials.map(({ state }) => state)).toEqual(['cut', 'cut'])
  },
)

test('what cannot be searched is refused before anything begins', async () => {
  const late = begin(searches, asha.name, { leastEpochs: 12 })
  await expect(start(late)).rejects.toThrow('is not before the end: the recipe trains 12')
  await expect(
    start(begin(searches, asha.name, {}), [{ path: 'training.epochs', values: [1, 2] }]),
  ).rejects.toThrow('itself decides how many epochs')
  await expect(
    start(begin(searches, randomSearch.name), [{ ...rate, path: 'model.droput' }]),
  ).rejects.toThrow('Did you mean model.dropout?')
  const path = join(folder, 'nowhere.safetensors')
  await edit(() => ({ weights: begin(weightStarts, pretrained.name, { path }) }))
  await expect(start(begin(searches, randomSearch.name))).rejects.toThrow('nowhere.safetensors')
  expect(await app.handlers['search.list']({ projectId: project.id })).toEqual([])
  expect((await app.handlers['runs.list']({ projectId: project.id })).total).toBe(0)
})

/** SQLite then answers as it does on a full disk; undone by a number that is larger than any file. */
function limitDisk(full: boolean): void {
  const { db } = app.context.store
  // A write needs a new page: what is there may have room left. They need room themselves.
  if (full)
    for (const table of ['searches', 'search_trials'])
      db.exec(
        `CREATE TRIGGER full_${table} BEFORE UPDATE ON ${table} BEGIN INSERT INTO settings VALUES (hex(randomblob(9)), hex(randomblob(40000))); END`,
      )
  for (const name of ['main', 'blobs']) {
    const pages = Number(db.pragma(`${name}.page_count`, { simple: true }))
    db.pragma(`${name}.max_page_count = ${full ? pages : 1e9}`)
  }
  if (!full) for (const table of ['searches', 'search_trials']) db.exec(`DROP TRIGGER full_${table}`)
}

test(
  'a search waits for room on a full disk, and one that is stopped there ends when there is some',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    await edit(long)
    const { id } = await start(begin(searches, randomSearch.name, { runs: 9 }), [rate])
    await until(id, ({ trials }) => trials.filter(({ epoch }) => epoch > 0).length === 2)
    const unhandled: unknown[] = []
    const hear = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', hear)
    try {
      limitDisk(true)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      expect((await app.handlers['search.get']({ searchId: id })).state).toBe('running')
      await expect(app.handlers['search.stop']({ searchId: id })).rejects.toThrow(
        /The runs of the search “Search 1” have stopped\. .* is full\./,
      )
      expect(app.context.store.notices.list().some(({ message }) => message.includes('is full'))).toBe(true)
      limitDisk(false)
      const over = await ended(id)
      expect(over).toMatchObject({
        state: 'stopped',
        said: expect.arrayContaining(['It was stopped by hand.']),
      })
      expect(over.trials.map(({ state }) => state)).toEqual(['cut', 'cut'])
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', hear)
    }
  },
)

test(
  'the runs of a search that was resumed make room as well when a person starts one',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    await edit(long)
    const { id } = await start(begin(searches, randomSearch.name, { runs: 9 }), [rate])
    await until(id, ({ trials }) => trials.filter(({ epoch }) => epoch > 0).length === 2)
    await app.close()
    app = await openApp(join(folder, 'workspace'))
    await app.handlers['search.resume']({ searchId: id })
    await until(id, ({ trials }) => trials.filter(({ state }) => state === 'training').length === 2)
    const run = await app.handlers['training.start']({ projectId: project.id })
    await expect(app.handlers['training.move']({ runId: run.id, to: 'up' })).rejects.toThrow(
      'is still being checked',
    )
    const deadline = Date.now() + 20_000
    while ((await app.handlers['runs.get']({ runId: run.id })).state !== 'running') {
      if (Date.now() > deadline) throw new Error('Nothing made room for it.')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await app.handlers['training.stop']({ runId: run.id })
    await app.handlers['search.stop']({ searchId: id })
  },
)

test(
  'a search that would go on with other settings than it was planned with is refused, and can be stopped',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    await edit(long)
    const { id } = await start(begin(searches, randomSearch.name, { runs: 9 }), [rate])
    await until(id, ({ trials }) => trials.length === 2)
    const { db } = app.context.store
    await app.close()
    expect(db.open).toBe(false)
    app = await openApp(join(folder, 'workspace'))
    app.context.store.db
      .prepare("UPDATE search_trials SET trial = json_set(trial, '$.settings.seed', 5) WHERE number = 1")
      .run()
    await expect(app.handlers['search.resume']({ searchId: id })).rejects.toThrow(
      'was planned by another version of Descent',
    )
    expect((await app.handlers['search.stop']({ searchId: id })).state).toBe('stopped')
  },
)

test(
  'a run that cannot be read any more keeps its number',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    await edit(long)
    const { id } = await start(begin(searches, randomSearch.name, { runs: 9 }), [rate])
    const first = await until(id, ({ trials }) => trials.filter(({ epoch }) => epoch > 0).length === 2)
    await app.close()
    app = await openApp(join(folder, 'workspace'))
    app.context.store.db.prepare("UPDATE search_trials SET trial = '{}' WHERE number = 2").run()
    await app.handlers['search.resume']({ searchId: id })
    const on = await until(id, ({ trials }) => trials.length === 2)
    expect(on.trials.map(({ number }) => number)).toEqual([1, 3])
    const kept = app.context.store.db
      .prepare('SELECT run_id FROM search_trials WHERE number = 2')
      .pluck()
      .get()
    expect(kept).toBe(first.trials[1]!.runId)
    await app.handlers['search.stop']({ searchId: id })
  },
)
