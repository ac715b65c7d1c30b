/** Layers that were changed by hand, from the window's calls to predictions; real files, processes and database. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openApp, type App } from '../app.ts'
import {
  isCustom,
  storedRecipeSchema,
  withDocument,
  type NetworkDocument,
  type Project,
  type Recipe,
  type RunDetail,
} from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { recipeOfVersion1 } from '../../contract/testing.ts'
import { onPaper } from './check.ts'
import { moduleOf } from './module.ts'

let folder: string
let app: App
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-custom-'))
  app = await openApp(join(folder, 'workspace'))
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function reach(runId: string, arrived: (run: RunDetail) => boolean): Promise<RunDetail> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const current = await app.handlers['runs.get']({ runId })
    if (arrived(current)) return current
    if (Date.now() > deadline || current.state === 'failed')
      throw new Error(`The run is ${current.state} in epoch ${current.epoch}: ${current.error}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
/** However it ended. */
async function ended(runId: string): Promise<RunDetail> {
  for (;;) {
    const current = await app.handlers['runs.get']({ runId })
    if (!['queued', 'preparing', 'running'].includes(current.state)) return current
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const settled = (runId: string): Promise<RunDetail> =>
  reach(runId, ({ state }) => !['queued', 'preparing', 'running'].includes(state))

const kinds = ['iris', 'rose', 'lily']
function flowers(rows: number, withTarget = true): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const kind = i % 3
    const length = (kind * 2 + ((i * 7919) % 100) / 100).toFixed(2)
    const width = (5 - kind + ((i * 104729) % 100) / 100).toFixed(2)
    return [length, width, ...(withTarget ? [kinds[kind]] : [])].join(',')
  })
  return [`length,width${withTarget ? ',kind' : ''}`, ...lines].join('\n') + '\n'
}

const withOptions = (
  document: NetworkDocument,
  id: string,
  options: Record<string, number>,
): NetworkDocument => ({
  ...document,
  nodes: document.nodes.map((node) =>
    node.id === id ? { ...node, options: { ...node.options, ...options } } : node,
  ),
})

describe('a perceptron of a table', () => {
  let project: Project & { recipe: Recipe }
  const summary = () => app.handlers['model.summary']({ projectId: project.id })
  const store = async (recipe: Recipe): Promise<void> => {
    await app.handlers['projects.setRecipe']({ projectId: project.id, recipe })
    project = { ...project, recipe }
  }
  const edit = (document: NetworkDocument) =>
    store({ ...project.recipe, model: withDocument(project.recipe.model, document) })
  const document = (): NetworkDocument => {
    if (!isCustom(project.recipe.model)) throw new Error('It is a template.')
    return project.recipe.model.document
  }

  beforeAll(async () => {
    const path = join(folder, 'flowers.csv')
    writeFileSync(path, flowers(240))
    const { id } = await app.handlers['projects.create']({ name: 'Flowers' })
    const imported = await app.handlers['datasets.import']({ projectId: id, path, target: 'kind' })
    project = { ...imported, recipe: quickly(imported.recipe!, 240) }
    const { training } = project.recipe
    await store({ ...project.recipe, backend: 'wasm', training: { ...training, epochs: 10 } })
  })

  // The tests behind it go on from the network that it detaches.
  test('is the same to the bit when it is detached from its template', async () => {
    const start = async () =>
      await settled((await app.handlers['training.start']({ projectId: project.id })).id)
    const drawn = await start()
    const before = await summary()
    await edit(before.document)
    expect(await summary()).toEqual(before)
    expect((await start()).metrics).toEqual({
      ...drawn.metrics,
      throughput: expect.any(Number) as number,
    })
  })

  test('shows what an edit breaks, trains nothing then, and is mended', async () => {
    await edit(withOptions(document(), '0', { outFeatures: 48 }))
    const broken = await summary()
    const [problem] = broken.problems
    expect(problem).toMatchObject({ message: expect.stringContaining('gets 48 features and wants 32') })
    expect(broken.layers[0]).toMatchObject({ name: '0', outputShape: ['N', 48] })
    const refused = await ended((await app.handlers['training.start']({ projectId: project.id })).id)
    expect(refused).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('Set its inFeatures to 48'),
    })
    await edit(withOptions(document(), problem!.node!, { [problem!.fix!.option]: problem!.fix!.value }))
    const mended = await summary()
    expect(mended.problems).toEqual([])
    expect(mended.source).toContain('nn.Linear(2, 48)')
  })

  test('trains, goes on from a checkpoint, is judged, saved, and predicts', async () => {
    const { training } = project.recipe
    await store({ ...project.recipe, training: { ...training, epochs: 100_000, earlyStopping: null } })
    const { id: runId } = await app.handlers['training.start']({ projectId: project.id })
    await reach(runId, ({ epoch }) => epoch > 20)
    expect((await app.handlers['training.pause']({ runId })).state).toBe('paused')
    const { epoch } = await app.handlers['runs.get']({ runId })
    await app.handlers['training.resume']({ runId })
    await reach(runId, (current) => current.epoch > epoch)
    expect((await app.handlers['training.stop']({ runId })).state).toBe('stopped')
    const { metrics } = await app.handlers['evaluate.run']({ runId, split: 'test' })
    expect(metrics['accuracy']).toBeGreaterThan(0.9)
    const model = await app.handlers['deploy.save']({ runId })
    const { notes: _, ...info } = model
    expect(await app.handlers['deploy.load']({ path: model.path })).toEqual(info)
    expect(readFileSync(join(model.path, 'README.md'), 'utf8')).toContain(
      'Custom network from 2 inputs to 3 outputs',
    )
    const dataPath = join(folder, 'new.csv')
    writeFileSync(dataPath, flowers(30, false))
    const { page } = await app.handlers['deploy.predict']({ modelPath: model.path, dataPath })
    const answers = page.columns.indexOf('prediction')
    const right = page.rows.filter((row, i) => row[answers] === kinds[i % 3]).length
    expect(right).toBeGreaterThan(27)
  })

  test('is refused with a sentence where its data has become another', async () => {
    const { data } = project.recipe
    const columns = data.columns.map((column) =>
      column.name === 'width' ? { ...column, role: 'ignore' as const } : column,
    )
    await store({ ...project.recipe, data: { ...data, columns } } as Recipe)
    const { state, error } = await ended((await app.handlers['training.start']({ projectId: project.id })).id)
    expect(state).toBe('failed')
    expect(error).toBe(
      '0 gets 1 feature and wants 2. Set its inFeatures to 1 in Model (model.document.nodes.0.options.inFeatures).',
    )
  })
})

test('a workspace of version 0.1.0 gives a document with the states of its checkpoint', async () => {
  const workspace = join(folder, 'workspace-0.1.0')
  cpSync(join(import.meta.dirname, '../store/fixtures/workspace-0.1.0'), workspace, { recursive: true })
  const old = await openApp(workspace)
  try {
    const [project] = await old.handlers['projects.list']({})
    const { runs } = await old.handlers['runs.list']({ projectId: project!.id })
    const { document } = await old.handlers['model.summary']({ projectId: project!.id })
    const saved = old.context.store.loadCheckpoint(runs[0]!.id, 'best')!
    const names = Object.keys(saved.tensors)
      .filter((name) => name.startsWith('model.'))
      .sort()
    const module = await onPaper(() => moduleOf(document))
    expect(
      Object.keys(module.stateDict())
        .map((name) => `model.${name}`)
        .sort(),
    ).toEqual(names)

    // Detached from its template it is the same network, also in a recipe as that version wrote it.
    const { recipe } = await old.handlers['projects.get']({ projectId: project!.id })
    const read = storedRecipeSchema.parse(recipeOfVersion1(recipe!))
    await old.handlers['projects.setRecipe']({
      projectId: project!.id,
      recipe: { ...read, model: withDocument(read.model, document) },
    })
    const detached = await old.handlers['model.summary']({ projectId: project!.id })
    expect(detached.document).toEqual(document)
    expect(detached.problems).toEqual([])
  } finally {
    await old.close()
  }
})
