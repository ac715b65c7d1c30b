import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openApp, type App } from '../app.ts'
import type { Handlers } from '../context.ts'
import {
  augmentations,
  begin,
  optimizers,
  recipeSchema,
  type Metrics,
  type Project,
  type Recipe,
  type RunDetail,
} from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { bands, idxImages, questions, writeBands, writeQuestions } from './testing.ts'

/** Images and text through the same handlers that the window calls, with real files, processes and database. */
let folder: string
let app: App
let call: Handlers

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-kinds-'))
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function reach(runId: string, arrived: (run: RunDetail) => boolean): Promise<RunDetail> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const current = await call['runs.get']({ runId })
    if (arrived(current)) return current
    if (Date.now() > deadline || current.state === 'failed')
      throw new Error(`The run is ${current.state} in epoch ${current.epoch}: ${current.error}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const settled = (runId: string): Promise<RunDetail> =>
  reach(runId, ({ state }) => !['queued', 'preparing', 'running'].includes(state))

async function projectOf(path: string): Promise<Project & { recipe: Recipe }> {
  const { id } = await call['projects.create']({ name: 'Kinds' })
  const project = await call['datasets.import']({ projectId: id, path })
  if (project.recipe === null) throw new Error('The import made no recipe.')
  return { ...project, recipe: quickly(project.recipe, project.dataset!.rows) }
}

async function change(projectId: string, recipe: Recipe, next: Partial<Recipe['training']>): Promise<Recipe> {
  const changed = { ...recipe, backend: 'wasm' as const, training: { ...recipe.training, ...next } }
  await call['projects.setRecipe']({ projectId, recipe: changed })
  return changed
}

const accuracyOf = (metrics: Metrics): number => metrics['accuracy'] ?? NaN

describe('images', () => {
  let project: Project & { recipe: Recipe }
  let run: RunDetail
  beforeAll(async () => {
    project = await projectOf(writeBands(join(folder, 'bands')))
    await change(project.id, project.recipe, { epochs: 4, batchSize: 16 })
    run = await settled((await call['training.start']({ projectId: project.id })).id)
  })

  test('the steps before training have their answers', async () => {
    const projectId = project.id
    expect((await call['explore.profile']({ projectId })).classBalance?.classes.length).toBe(3)
    const { splits, features } = await call['prepare.summary']({ projectId })
    expect(splits).toEqual({ train: 108, validation: 12, test: 30 })
    expect(features[0]?.transform).toMatch(/^\(x \/ 255 − 0\.\d+\) \/ 0\.\d+$/)
    const { layers } = await call['model.summary']({ projectId })
    expect(layers[0]).toMatchObject({ type: 'Conv2d', inputShape: ['N', 1, 8, 8] })
    expect((await call['datasets.page']({ projectId, offset: 149, limit: 5 })).rows).toEqual([
      ['image 150', '2'],
    ])
  })

  test('a network learns, and is judged on the given test files', async () => {
    expect(run).toMatchObject({ state: 'finished', error: null, epoch: 4 })
    const evaluation = await call['evaluate.run']({ runId: run.id, split: 'test' })
    expect(evaluation.rows).toBe(30)
    expect(accuracyOf(evaluation.metrics)).toBeGreaterThan(0.9)
    const validation = await call['evaluate.run']({ runId: run.id, split: 'validation' })
    expect(accuracyOf(validation.metrics)).toBe(run.metrics['validation/accuracy'])
  })

  test('the exported model predicts files of images, to the bit after every loading', async () => {
    const model = await call['deploy.save']({ runId: run.id, path: join(folder, 'image-model') })
    expect(model).toMatchObject({ kind: 'images', inputs: [{ name: 'image', kind: 'image' }] })
    const { notes: _, ...info } = model
    expect(await call['deploy.load']({ path: model.path })).toEqual(info)
    const card = readFileSync(join(model.path, 'README.md'), 'utf8')
    expect(card).toContain('pipeline_tag: image-classification')
    expect(card).toContain('Images of 8 × 8 pixels with 1 channel')
    const { pixels, labels } = bands(20, 7)
    const dataPath = join(folder, 'new-images.idx')
    writeFileSync(dataPath, idxImages(pixels))
    const first = await call['deploy.predict']({ modelPath: model.path, dataPath })
    expect(first.page.columns).toEqual([
      'image',
      'prediction',
      'probability_0',
      'probability_1',
      'probability_2',
    ])
    expect(first.page.rows.map(([, answer]) => answer)).toEqual([...labels].map(String))
    const [{ column, shown } = { column: '', shown: [] }] = first.pictures
    expect([column, shown.length]).toEqual(['image', 20])
    const shownFirst = await sharp(Buffer.from(shown[0]!.split(',')[1]!, 'base64'))
      .extractChannel(0)
      .raw()
      .toBuffer()
    expect([...shownFirst]).toEqual([...pixels.slice(0, 64)])
    const text = readFileSync(first.outputPath, 'utf8')
    // An image alone goes through the same arithmetic as among others.
    writeFileSync(dataPath, idxImages(pixels.slice(5 * 64, 6 * 64)))
    const alone = await call['deploy.predict']({ modelPath: model.path, dataPath })
    expect(readFileSync(alone.outputPath, 'utf8').split('\n')[1]?.slice(1)).toBe(
      text.split('\n')[6]?.slice(1),
    )
    writeFileSync(dataPath, idxImages(pixels, 16, 4))
    await expect(call['deploy.predict']({ modelPath: model.path, dataPath })).rejects.toThrow(
      'trained on images of 8 × 8 pixels, but those of new-images.idx are 16 × 4',
    )
    writeFileSync(dataPath, 'a,b\n1,2\n')
    await expect(call['deploy.predict']({ modelPath: model.path, dataPath })).rejects.toThrow(
      'not a valid IDX file',
    )
  })

  test(
    'runs of different networks are compared; one is paused, resumed and stopped',
    { tags: 'thorough' },
    async () => {
      const perceptron = recipeSchema.parse({
        ...project.recipe,
        backend: 'wasm',
        model: { template: 'mlp', hidden: [8], activation: 'relu', dropout: 0, batchNorm: false },
        augment: [begin(augmentations, 'flip'), begin(augmentations, 'shift', { pixels: 1 })],
      })
      await change(project.id, perceptron, { epochs: 100_000, earlyStopping: null })
      const { id: runId } = await call['training.start']({ projectId: project.id, name: 'Flat' })
      await reach(runId, ({ epoch }) => epoch > 0)
      expect((await call['training.pause']({ runId })).state).toBe('paused')
      const { epoch } = await call['runs.get']({ runId })
      await call['training.resume']({ runId })
      await reach(runId, (current) => current.epoch > epoch)
      expect((await call['training.stop']({ runId })).state).toBe('stopped')
      const { differing } = await call['compare.runs']({ runIds: [run.id, runId] })
      const paths = differing.map(({ path }) => path)
      expect(paths).toContain('model.template')
      expect(paths).toContain('augment')
      expect(paths).toContain('augment.shift.pixels')
    },
  )

  test('what augmentations make of an example can be looked at, mixtures with their labels', async () => {
    const mixing = recipeSchema.parse({
      ...project.recipe,
      augment: [begin(augmentations, 'shift'), begin(augmentations, 'mixUp', { alpha: 1 })],
    })
    await change(project.id, mixing, { epochs: 2 })
    const ask = async (seed: number) => {
      const seen = await call['prepare.augmented']({ projectId: project.id, example: 3, draws: 4, seed })
      if (seen.of !== 'pictures') throw new Error('Of images there are pictures.')
      return seen
    }
    const first = await ask(1)
    expect(first).toMatchObject({ example: 3, width: 8, height: 8, channels: 1 })
    expect(first.original).toMatch(/^data:image\/png;base64,/)
    expect(new Set(first.draws.map(({ shown }) => shown)).size).toBe(4)
    for (const { parts } of first.draws)
      expect(parts!.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 1)
    expect(await ask(1)).toEqual(first)
    expect((await ask(2)).draws).not.toEqual(first.draws)
    const last = await call['prepare.augmented']({ projectId: project.id, example: 5000, draws: 1, seed: 0 })
    expect(last.example).toBe(first.examples - 1)
    const start = performance.now()
    await ask(3)
    // Under a second even where others use the machine; alone it is a tenth of that.
    expect(performance.now() - start).toBeLessThan(1000)
    // Losses of mixtures are trained on as any others.
    const { id: runId } = await call['training.start']({ projectId: project.id })
    expect(await settled(runId)).toMatchObject({ state: 'finished', error: null, epoch: 2 })
  })

  test(
    'a residual network is trained, tested, exported and predicts',
    { tags: 'thorough', timeout: 60_000 },
    async () => {
      const residual = recipeSchema.parse({ ...project.recipe, model: { template: 'resnet20' } })
      await change(project.id, residual, { epochs: 2, batchSize: 16 })
      const { id: runId } = await call['training.start']({ projectId: project.id })
      expect(await settled(runId)).toMatchObject({ state: 'finished', error: null, epoch: 2 })
      const evaluation = await call['evaluate.run']({ runId, split: 'test' })
      expect(evaluation.rows).toBe(30)
      expect(accuracyOf(evaluation.metrics)).toBeGreaterThan(0.6)
      const model = await call['deploy.save']({ runId, path: join(folder, 'residual-model') })
      const { notes: _, ...info } = model
      expect(await call['deploy.load']({ path: model.path })).toEqual(info)
      // The images of the test split: batch normalization's running statistics have to come along.
      const { pixels, labels } = bands(30, 2)
      const dataPath = join(folder, 'residual-images.idx')
      writeFileSync(dataPath, idxImages(pixels))
      const { page } = await call['deploy.predict']({ modelPath: model.path, dataPath })
      const right = page.rows.filter(([, answer], row) => answer === String(labels[row])).length
      expect(right / labels.length).toBeCloseTo(accuracyOf(evaluation.metrics), 10)
    },
  )

  test('a recipe that does not fit images is refused', async () => {
    const { recipe } = project
    const columns = recipe.data.columns.slice(0, 1)
    const broken = recipeSchema.parse({ ...recipe, data: { ...recipe.data, columns } })
    await expect(call['projects.setRecipe']({ projectId: project.id, recipe: broken })).rejects.toThrow(
      'The columns of images are image and label',
    )
    await expect(call['datasets.setTarget']({ projectId: project.id, columns: ['image'] })).rejects.toThrow(
      'always the label',
    )
  })
})

describe('text', () => {
  let project: Project & { recipe: Recipe }
  let run: RunDetail
  beforeAll(async () => {
    project = await projectOf(writeQuestions(join(folder, 'questions')))
    const small = recipeSchema.parse({
      ...project.recipe,
      prepare: project.recipe.prepare.map((group) => ({
        ...group,
        encoder: { ...group.encoder, maxTokens: 12 },
      })),
      model: { template: 'text-cnn', embedding: 16, filters: 8, widths: [2, 3], dropout: 0.1 },
    })
    const optimizer = begin(optimizers, 'adam', { learningRate: 0.01 })
    await change(project.id, small, { epochs: 6, batchSize: 16, optimizer })
    run = await settled((await call['training.start']({ projectId: project.id })).id)
  })

  test('a network learns, and is judged on the given test files', async () => {
    expect(run).toMatchObject({ state: 'finished', error: null })
    const evaluation = await call['evaluate.run']({ runId: run.id, split: 'test' })
    expect(evaluation.rows).toBe(24)
    expect(accuracyOf(evaluation.metrics)).toBeGreaterThan(0.9)
    const { layers } = await call['model.summary']({ projectId: project.id })
    expect(layers[0]).toMatchObject({ type: 'Embedding', inputShape: ['N', 12], outputShape: ['N', 12, 16] })
  })

  test('the exported model takes its words along', async () => {
    const model = await call['deploy.save']({ runId: run.id, path: join(folder, 'text-model') })
    expect(model).toMatchObject({ kind: 'text', classes: ['HOW', 'WHERE', 'WHO'] })
    expect(readFileSync(join(model.path, 'README.md'), 'utf8')).toContain('pipeline_tag: text-classification')
    const dataPath = join(folder, 'asked.txt')
    writeFileSync(dataPath, `${questions(6, false)}\nwibble wobble wubble\n`)
    const answer = await call['deploy.predict']({ modelPath: model.path, dataPath })
    expect(answer.page.rows.slice(0, 6).map((row) => row[1])).toEqual([
      'WHO',
      'WHERE',
      'HOW',
      'WHO',
      'WHERE',
      'HOW',
    ])
    expect(answer.rows).toBe(7)
    expect(answer.notes.join(' ')).toContain('1 line was left out')
    const again = await call['deploy.predict']({ modelPath: model.path, dataPath })
    expect(readFileSync(again.outputPath, 'utf8')).toBe(readFileSync(answer.outputPath, 'utf8'))
  })

  test.each([
    { template: 'lstm', embedding: 8, hidden: 8, dropout: 0 },
    { template: 'transformer', width: 8, heads: 2, layers: 1, feedForward: 16, dropout: 0 },
  ])('the network $template trains too', { tags: 'thorough' }, async (model) => {
    const small = recipeSchema.parse({
      ...project.recipe,
      model,
      data: { ...project.recipe.data, rows: 30 },
    })
    await change(project.id, small, { epochs: 1 })
    const { id: runId } = await call['training.start']({ projectId: project.id })
    expect(await settled(runId)).toMatchObject({ state: 'finished', error: null })
    expect((await call['evaluate.run']({ runId, split: 'test' })).rows).toBe(24)
  })
})

describe('a table whose rows are numbers, categories and texts', () => {
  /** Each of the three tells a part of the price, and none of them all. */
  const rowOf = (i: number): string => {
    const [size, town, view] = [(i * 7) % 10, i % 6, (i * 5) % 4]
    const price = 10 * size + 20 * town + (view === 0 ? 50 : 0)
    const said = view === 0 ? 'a wonderful view of the lake and of all the hills around it, every day' : ''
    return `${size},town ${town},"a quiet home for people who like to read in the evening ${said}",${price}`
  }
  const write = (name: string, rows: readonly string[]): string => {
    const path = join(folder, name)
    writeFileSync(path, `size,town,words,price\n${rows.join('\n')}\n`)
    return path
  }
  let project: Project & { recipe: Recipe }
  let run: RunDetail
  beforeAll(async () => {
    project = await projectOf(
      write(
        'homes.csv',
        Array.from({ length: 240 }, (_, i) => rowOf(i)),
      ),
    )
    const { recipe } = project
    const mixed = recipeSchema.parse({
      ...recipe,
      data: {
        ...recipe.data,
        columns: recipe.data.columns.map((column) =>
          column.name === 'words' ? { ...column, kind: 'text', role: 'feature' } : column,
        ),
      },
      prepare: recipe.prepare.map((group) =>
        group.kind === 'category' ? { ...group, encoder: { encoder: 'embedding' } } : group,
      ),
      target: { steps: [{ step: 'signedLog' }, { step: 'standardize' }] },
    })
    await change(project.id, mixed, { epochs: 60, batchSize: 16 })
    run = await settled((await call['training.start']({ projectId: project.id })).id)
  })

  test('a network learns from all of them, and is judged in the unit of the target', async () => {
    expect(run).toMatchObject({ state: 'finished', error: null })
    const { layers } = await call['model.summary']({ projectId: project.id })
    expect(layers.map(({ type }) => type)).toEqual(expect.arrayContaining(['Embedding', 'EmbeddingBag']))
    const { metrics } = await call['evaluate.run']({ runId: run.id, split: 'test' })
    expect(metrics['r2']).toBeGreaterThan(0.9)
    const validation = await call['evaluate.run']({ runId: run.id, split: 'validation' })
    expect(validation.metrics['r2']).toBeCloseTo(run.metrics['validation/r2'] ?? NaN, 4)
  })

  test('its model predicts a row with gaps and a town that nobody knows, to the bit every time', async () => {
    const model = await call['deploy.save']({ runId: run.id, path: join(folder, 'home-model') })
    expect(model.inputs).toEqual([
      { name: 'size', kind: 'number' },
      { name: 'town', kind: 'category' },
      { name: 'words', kind: 'text' },
    ])
    const dataPath = write('more.csv', [
      rowOf(3),
      ',Atlantis,,',
      ...Array.from({ length: 40 }, (_, i) => rowOf(i)),
    ])
    const first = await call['deploy.predict']({ modelPath: model.path, dataPath })
    expect(first.rows).toBe(42)
    expect(first.notes.join(' ')).toContain('town: 1 row with rare or unknown categories')
    const predicted = first.page.rows.map((row) => Number(row.at(-1)))
    expect(predicted.every(Number.isFinite)).toBe(true)
    const alone = await call['deploy.predict']({
      modelPath: model.path,
      dataPath: write('one.csv', [rowOf(3), rowOf(4)]),
    })
    expect(Number(alone.page.rows[0]?.at(-1))).toBe(predicted[0])
  })
})

test('originals are kept once, and go with the last project that needs them', async () => {
  const kept = () => readdirSync(join(app.workspace, 'datasets', 'originals')).length
  const before = kept()
  const path = writeBands(join(folder, 'shared'), 40, 10)
  const [one, two] = [await projectOf(path), await projectOf(path)]
  expect(kept()).toBe(before + 4)
  await call['projects.delete']({ projectId: one.id })
  expect(kept()).toBe(before + 4)
  expect((await call['prepare.summary']({ projectId: two.id })).splits.test).toBe(10)
  await call['projects.delete']({ projectId: two.id })
  expect(kept()).toBe(before)
})

test('a failed import leaves the project and the workspace as they were', async () => {
  const project = await projectOf(writeQuestions(join(folder, 'whole')))
  const kept = readdirSync(join(app.workspace, 'datasets', 'originals')).sort()
  const broken = writeBands(join(folder, 'broken'), 20, 10)
  rmSync(join(broken, 't10k-labels-idx1-ubyte.gz'))
  writeFileSync(join(broken, 't10k-labels-idx1-ubyte'), 'no labels')
  await expect(call['datasets.import']({ projectId: project.id, path: broken })).rejects.toThrow(
    'two zero bytes',
  )
  expect((await call['projects.get']({ projectId: project.id })).recipe).toEqual(project.recipe)
  expect(readdirSync(join(app.workspace, 'datasets', 'originals')).sort()).toEqual(kept)
})
