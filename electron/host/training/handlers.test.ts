import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Handlers } from '../context.ts'
import { openApp, type App } from '../app.ts'
import {
  withEffort,
  begin,
  exportFormats,
  imbalanceRemedies,
  metricsOn,
  recipeSchema,
  type Project,
  type Recipe,
  type RunDetail,
  type StepProfile,
} from '../../contract/index.ts'

/** The workflow from a file to predictions, through the same handlers that the window calls. */
let folder: string
let app: App
let call: Handlers
let project: Project
let run: RunDetail

/** Two measurements that tell the kinds apart, a colour that does not, holes, and a name. */
function flowers(rows: number, withTarget = true): string {
  const lines = [`name,length,width,colour${withTarget ? ',kind' : ''}`]
  for (let i = 0; i < rows; i++) {
    const kind = i % 3
    const length = kind * 2 + ((i * 7919) % 100) / 100
    const width = i % 11 === 0 ? '' : String(5 - kind + ((i * 104729) % 100) / 100)
    const fields = [`flower ${i}`, String(length), width, ['red', 'white', '?'][i % 7] ?? 'red']
    lines.push([...fields, ...(withTarget ? [['iris', 'rose', 'lily'][kind]] : [])].join(','))
  }
  return lines.join('\n') + '\n'
}

const settled = (runId: string): Promise<RunDetail> => leaves(runId, ['queued', 'preparing', 'running'])

async function leaves(runId: string, states: readonly string[]): Promise<RunDetail> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const current = await call['runs.get']({ runId })
    if (!states.includes(current.state)) return current
    if (Date.now() > deadline) throw new Error(`The run is still ${current.state}.`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-flow-'))
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
  const path = join(folder, 'flowers.csv')
  writeFileSync(path, flowers(240))
  const { id } = await call['projects.create']({ name: 'Flowers' })
  project = await call['datasets.import']({ projectId: id, path, target: 'kind' })
  if (project.recipe?.kind !== 'table') throw new Error('The import made no recipe of a table.')
  const recipe = { ...withEffort(project.recipe, 'quick', project.dataset!.rows), backend: 'wasm' as const }
  recipe.training = { ...recipe.training, epochs: 15 }
  await call['projects.setRecipe']({ projectId: id, recipe })
  run = await settled((await call['training.start']({ projectId: id })).id)
})

afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

test('what is said of a training knows what guessing among its three classes loses', async () => {
  const meta = JSON.parse(app.context.store.checkpointMeta(run.id, 'last') ?? '') as { expectedLoss: number }
  expect(meta.expectedLoss).toBeCloseTo(Math.log(3), 12)
  const alarms = await call['runs.alarms']({ runId: run.id })
  // Fifteen epochs are few for it.
  expect(alarms.map(({ name, fixes }) => [name, fixes.map(({ label }) => label)])).toEqual([
    ['stillImproving', ['Train longer']],
  ])
})

test('the summary of the network is that of the prepared data', async () => {
  const summary = await call['model.summary']({ projectId: project.id })
  // length, width and its absence, red, white and the absence of a colour
  expect(summary.layers[0]?.inputShape).toEqual(['N', 6])
  expect(summary.layers.at(-1)?.outputShape).toEqual(['N', 3])
})

test('the run finished and is the one that the project shows', async () => {
  expect(run).toMatchObject({ state: 'finished', name: 'Run 1', error: null, epochs: 15 })
  expect((await call['projects.get']({ projectId: project.id })).selectedRun).toBe(run.id)
  const { recorded, series } = await call['runs.curves']({ runId: run.id, series: ['validation/loss'] })
  expect(recorded).toBe(run.epoch)
  expect(Object.entries(series).map(([name, { value }]) => [name, Math.min(...value)])).toEqual([
    ['validation/loss', run.metrics['validation/loss']],
  ])
})

test('the test split is judged once, beside the baseline, and kept', async () => {
  const evaluation = await call['evaluate.run']({ runId: run.id, split: 'test' })
  expect(evaluation.rows).toBe(36)
  expect(evaluation.classification?.classes).toEqual(['iris', 'lily', 'rose'])
  const confusion = evaluation.classification?.confusion.flat() ?? []
  expect(confusion.reduce((sum, count) => sum + count, 0)).toBe(36)
  if (!('accuracy' in evaluation.metrics && 'accuracy' in evaluation.baseline))
    throw new Error('Not a classification.')
  expect(evaluation.metrics.accuracy).toBeGreaterThan(0.9)
  expect(evaluation.baseline.accuracy).toBeCloseTo(1 / 3, 1)
  expect(await call['evaluate.run']({ runId: run.id, split: 'test' })).toEqual(evaluation)
  expect(metricsOn('test', await call['runs.get']({ runId: run.id }))).toEqual(evaluation.metrics)
  const validation = await call['evaluate.run']({ runId: run.id, split: 'validation' })
  if (!('accuracy' in validation.metrics)) throw new Error('Not a classification.')
  expect(validation.metrics.accuracy).toBe(run.metrics['validation/accuracy'])
})

test('what has been measured is known without measuring, and what earlier versions measured is measured anew', async () => {
  const ask = () => call['evaluate.known']({ runIds: [run.id], split: 'validation' })
  const measured = await call['evaluate.run']({ runId: run.id, split: 'validation' })
  expect(await ask()).toEqual([measured])
  expect(measured.curves!.map(({ name }) => name)).toEqual(['iris', 'lily', 'rose'])
  const { curves, ...older } = measured
  expect(curves).toHaveLength(3)
  const replace = app.context.store.db.prepare(
    "UPDATE evaluations SET result = ? WHERE run_id = ? AND split = 'validation'",
  )
  // Of the version before intervals: its curves can still be drawn.
  const { intervals, differences, ...unsure } = measured
  expect([intervals, differences]).not.toContain(undefined)
  replace.run(JSON.stringify(unsure), run.id)
  expect(await ask()).toEqual([unsure])
  replace.run(JSON.stringify(older), run.id)
  expect(await ask()).toEqual([])
  expect(await call['evaluate.run']({ runId: run.id, split: 'validation' })).toEqual(measured)
  expect(await ask()).toEqual([measured])
})

test('runs side by side share data and split, and are two at least', { tags: 'thorough' }, async () => {
  const { id: projectId } = project
  const { recipe } = await call['projects.get']({ projectId })
  if (recipe === null) throw new Error('The project has no recipe.')
  const short = { ...recipe, training: { ...recipe.training, epochs: 1 } }
  const withRemedy = (remedy: 'none' | 'smote' | 'overSample') => ({
    label: remedy,
    recipe: { ...short, imbalance: begin(imbalanceRemedies, remedy) },
  })
  const gaps = { ...short, prepare: short.prepare.map((group) => ({ ...group, steps: [] })) }
  const { started, refused } = await call['training.startEach']({
    projectId,
    variants: [withRemedy('none'), { label: 'no steps', recipe: gaps }, withRemedy('smote')],
    name: 'Remedies',
  })
  expect(started.map(({ name }) => name)).toEqual(['none, Remedies', 'smote, Remedies'])
  expect(refused).toMatchObject([{ label: 'no steps', message: expect.stringMatching(/impute/) }])
  for (const { id } of started) expect((await settled(id)).state).toBe('finished')

  const runs = (await call['runs.list']({ projectId })).total
  const alone = call['training.startEach']({
    projectId,
    variants: [withRemedy('none'), { label: 'no steps', recipe: gaps }],
  })
  await expect(alone).rejects.toThrow(/two runs at least.*no steps: .*impute/)
  const elsewhere = { ...short, split: { ...short.split, seed: 9 } } as Recipe
  const apart = [withRemedy('none'), { label: 'other rows', recipe: elsewhere }]
  await expect(call['training.startEach']({ projectId, variants: apart })).rejects.toThrow(/“other rows” has/)
  expect((await call['runs.list']({ projectId })).total).toBe(runs)
  for (const { id } of started) await call['runs.delete']({ runId: id })
})

test('a saved model predicts a new file, the same to the bit after every loading', async () => {
  const model = await call['deploy.save']({ runId: run.id })
  expect(model.path.startsWith(app.workspace)).toBe(true)
  const { notes, ...info } = model
  expect(notes).toEqual([])
  expect(await call['deploy.load']({ path: model.path })).toEqual(info)
  const dataPath = join(folder, 'new.csv')
  writeFileSync(dataPath, flowers(30, false))
  const first = await call['deploy.predict']({ modelPath: model.path, dataPath })
  expect(first.rows).toBe(30)
  const added = ['prediction', 'probability_iris', 'probability_lily', 'probability_rose']
  expect(first.page.columns).toEqual(['name', 'length', 'width', 'colour', ...added])
  const kinds = first.page.rows.map((row) => row[4])
  expect(kinds.filter((kind, i) => kind === ['iris', 'rose', 'lily'][i % 3]).length).toBeGreaterThan(27)

  const copy = await call['deploy.save']({ runId: run.id, path: join(folder, 'elsewhere') })
  const saved = await call['deploy.list']({ projectId: project.id })
  expect(saved.map(({ path, runName, present }) => [path, runName, present])).toEqual([
    [copy.path, 'Run 1', true],
    [model.path, 'Run 1', true],
  ])
  const second = await call['deploy.predict']({ modelPath: copy.path, dataPath })
  const text = readFileSync(first.outputPath, 'utf8')
  expect(readFileSync(second.outputPath, 'utf8')).toBe(text)
  expect(text.split('\n').length).toBe(32)
  // A row alone goes through the same arithmetic as among others.
  const lines = flowers(30, false).split('\n')
  writeFileSync(dataPath, `${lines[0]}\n${lines[5]}\n`)
  const alone = await call['deploy.predict']({ modelPath: copy.path, dataPath })
  expect(readFileSync(alone.outputPath, 'utf8').split('\n')[1]).toBe(text.split('\n')[5])
})

test('a saved model is exported in another format, and listed beside it', { tags: 'thorough' }, async () => {
  const { path: modelPath } = await call['deploy.save']({ runId: run.id })
  const about = { projectId: project.id, modelPath }
  const onnx = await call['deploy.export']({ ...about, export: begin(exportFormats, 'onnx') })
  expect(onnx.path.startsWith(join(app.workspace, 'exports'))).toBe(true)
  expect(onnx.files.map(({ name }) => name)).toEqual([
    'model.onnx',
    'signature.json',
    'reader.js',
    'words.js',
    'reader.py',
    'words.py',
    'README.md',
    'certificate.json',
    'descent-files.json',
  ])
  for (const { name, bytes } of onnx.files) expect(statSync(join(onnx.path, name)).size).toBe(bytes)
  const path = join(folder, 'as-source')
  const source = await call['deploy.export']({ ...about, export: begin(exportFormats, 'pytorch'), path })
  expect(source).toMatchObject({ path, notes: [] })
  const listed = await call['deploy.list']({ projectId: project.id })
  expect(listed.slice(0, 2)).toMatchObject([
    { path, format: 'pytorch', runName: 'Run 1', present: true },
    { path: onnx.path, format: 'onnx', runName: 'Run 1', present: true },
  ])
  expect(listed.find((one) => one.path === modelPath)?.format).toBeNull()
  // Somebody else's folder stays.
  writeFileSync(join(path, 'notes.txt'), 'mine')
  const beside = await call['deploy.export']({ ...about, export: begin(exportFormats, 'pytorch'), path })
  expect(beside.path).toBe(`${path}-2`)
  expect(beside.notes).toHaveLength(1)
  await expect(
    call['deploy.export']({ ...about, modelPath: folder, export: begin(exportFormats, 'onnx') }),
  ).rejects.toThrow('is not a usable model')
})

test('a saved model is exported whatever became of its data', { tags: 'thorough' }, async () => {
  const { path: modelPath } = await call['deploy.save']({ runId: run.id })
  const about = { projectId: project.id, modelPath }
  const datasets = join(app.workspace, 'datasets')
  renameSync(datasets, `${datasets}-away`)
  try {
    const weights = await call['deploy.export']({ ...about, export: begin(exportFormats, 'safetensors') })
    expect(weights.notes).toEqual([])
    const bare = begin(exportFormats, 'onnx', { certificate: 0 })
    expect((await call['deploy.export']({ ...about, export: bare })).notes).toEqual([])
    const certified = begin(exportFormats, 'onnx', { certificate: 100 })
    const onnx = await call['deploy.export']({ ...about, export: certified })
    expect(onnx.notes).toEqual([
      expect.stringMatching(/^The rows of the test were not compared\. The data of flowers\.csv is missing/),
    ])
    expect(onnx.certificate).toMatch(/100 made-up rows .*not compared: the data were not at hand\.$/)
    const project = await call['deploy.export']({ ...about, export: begin(exportFormats, 'pytorch') })
    expect(project.notes).toEqual([expect.stringContaining('without its rows')])
  } finally {
    renameSync(`${datasets}-away`, datasets)
  }
})

const layersOf = ({ layers }: StepProfile): string[] =>
  layers.map(({ layer, type }) => `${layer} ${type}`.trim())

test('a finished run says where the time of its step goes, and keeps that', async () => {
  expect(await call['runs.profile']({ runId: run.id })).toBeNull()
  const profile = await call['training.profile']({ runId: run.id })
  expect(profile).toMatchObject({ backend: 'wasm', device: run.device, batchSize: 16, clock: 'host' })
  const hidden = ['0 Linear', '1 ReLU', '2 Dropout', '3 Linear', '4 ReLU', '5 Dropout']
  expect(layersOf(profile)).toEqual(['input', ...hidden, '6 Linear', 'loss', 'optimizer AdamW'])
  expect(profile.kernels.length).toBeGreaterThan(5)
  expect(await call['runs.profile']({ runId: run.id })).toEqual(profile)
})

test('runs are compared by what differs', { tags: 'thorough' }, async () => {
  const { recipe } = await call['projects.get']({ projectId: project.id })
  if (recipe === null) throw new Error('The project has no recipe.')
  const smaller = recipeSchema.parse({ ...recipe, model: { ...recipe.model, hidden: [4] } })
  await call['projects.setRecipe']({ projectId: project.id, recipe: smaller })
  const second = await settled((await call['training.start']({ projectId: project.id, name: 'Small' })).id)
  const { runs, differing } = await call['compare.runs']({ runIds: [run.id, second.id] })
  expect(runs.map(({ name }) => name)).toEqual(['Run 1', 'Small'])
  expect(differing).toEqual([{ path: 'model.hidden', values: ['32, 32', '4'] }])
  const list = await call['runs.list']({
    projectId: project.id,
    order: { setting: 'model.hidden' },
    descending: false,
    settings: ['model.hidden', 'training.batchSize'],
    series: ['test/accuracy'],
  })
  expect(list.runs.map(({ name, settings }) => [name, settings])).toEqual([
    ['Run 1', { 'model.hidden': '32, 32', 'training.batchSize': run.recipe.training.batchSize }],
    ['Small', { 'model.hidden': '4', 'training.batchSize': run.recipe.training.batchSize }],
  ])
  expect(list.runs.map(({ metrics }) => Object.keys(metrics))).toEqual([['test/accuracy'], []])
  const columns = await call['runs.columns']({ projectId: project.id })
  expect(columns.settings).toContain('training.optimizer.learningRate')
  expect(columns.series).toEqual(expect.arrayContaining(['train/loss', 'validation/f1', 'test/logLoss']))
  await call['runs.delete']({ runId: second.id })
  await expect(call['runs.get']({ runId: second.id })).rejects.toThrow('There is no run')
})

test(
  'a run that is still going is profiled, but not judged, exported or deleted',
  { tags: 'thorough' },
  async () => {
    const { recipe } = await call['projects.get']({ projectId: project.id })
    if (recipe === null) throw new Error('The project has no recipe.')
    const training = { ...recipe.training, epochs: 100_000, earlyStopping: null }
    await call['projects.setRecipe']({ projectId: project.id, recipe: { ...recipe, training } })
    const { id: runId } = await call['training.start']({ projectId: project.id })
    await leaves(runId, ['queued'])
    await expect(call['evaluate.run']({ runId, split: 'test' })).rejects.toThrow('Let it finish, or stop it.')
    await expect(call['deploy.save']({ runId })).rejects.toThrow('Let it finish, or stop it.')
    await expect(call['runs.delete']({ runId })).rejects.toThrow(/still training/)
    await leaves(runId, ['queued', 'preparing'])
    const profile = await call['training.profile']({ runId })
    expect(layersOf(profile).at(-1)).toMatch(/^optimizer /)
    expect((await call['runs.get']({ runId })).state).toBe('running')
    await call['training.pause']({ runId })
    expect(layersOf(await call['training.profile']({ runId }))).toEqual(layersOf(profile))
    await call['training.stop']({ runId })
    await call['runs.delete']({ runId })
  },
)

/** The processes that this one has started and that have not ended. */
const children = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'ProcessWrap').length

test('deleting a project ends the trainer of its paused run', async () => {
  const { id: projectId } = await call['projects.create']({ name: 'Short-lived' })
  const path = join(folder, 'flowers.csv')
  const { recipe } = await call['datasets.import']({ projectId, path, target: 'kind' })
  if (recipe === null) throw new Error('The import made no recipe.')
  const training = { ...recipe.training, epochs: 100_000, earlyStopping: null }
  await call['projects.setRecipe']({ projectId, recipe: { ...recipe, backend: 'wasm', training } })
  const { id: runId } = await call['training.start']({ projectId })
  await leaves(runId, ['queued', 'preparing'])
  await call['training.pause']({ runId })
  // Besides the trainer there are workers, which wait for more to do.
  const before = children()
  await call['projects.delete']({ projectId })
  await expect.poll(children, { timeout: 10_000 }).toBe(before - 1)
})

test('exports and predictions outlive their run and their project', async () => {
  await call['projects.delete']({ projectId: project.id })
  for (const name of ['models', 'predictions'])
    expect(readdirSync(join(app.workspace, name)).length).toBeGreaterThan(0)
})

test('a start is answered and listed at once, before the data is looked at', async () => {
  const path = join(folder, 'many.csv')
  writeFileSync(path, flowers(60_000))
  const { id: projectId } = await call['projects.create']({ name: 'Many' })
  await call['datasets.import']({ projectId, path, target: 'kind' })
  const since = performance.now()
  const { id, state } = await call['training.start']({ projectId })
  const listed = await call['runs.list']({ projectId })
  expect(performance.now() - since).toBeLessThan(300)
  expect(state).toBe('queued')
  expect(listed.runs.map((one) => one.id)).toEqual([id])
  await call['training.stop']({ runId: id })
  expect((await call['runs.get']({ runId: id })).state).toBe('stopped')
  // What was found out about its data later changes nothing any more.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect((await call['runs.get']({ runId: id })).state).toBe('stopped')
})
