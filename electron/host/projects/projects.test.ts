import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { recipeOfVersion1, asBegunBefore } from '../../contract/testing.ts'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { thorough } from '../../../engine/fixtures/apart.ts'
import {
  eventSchema,
  procedures,
  projectSchema,
  withTask,
  type DescentError,
  type HostEvent,
  type Project,
  type Column,
  type Recipe,
  type TableRecipe,
} from '../../contract/index.ts'
import type { HostContext } from '../context.ts'
import { datasetsHandlers } from '../datasets/index.ts'
import { exploreHandlers } from '../explore/index.ts'
import { prepareHandlers } from '../prepare/index.ts'
import { openApp, type App } from '../app.ts'
import { projectsHandlers } from './index.ts'

let workspace: string
let app: App
let context: HostContext
let events: HostEvent[]
let discarded: string[]

const handlersOf = (host: HostContext) => ({
  ...projectsHandlers(host, (runId) => discarded.push(runId)),
  ...datasetsHandlers(host),
  ...exploreHandlers(host),
  ...prepareHandlers(host),
})
let handlers: ReturnType<typeof handlersOf>

/** One host for all tests, with the processes that it keeps for its work; each finds it without projects. */
async function open(): Promise<void> {
  app = await openApp(workspace)
  app.onEvent((event) => events.push(eventSchema.parse(event)))
  context = app.context
  handlers = handlersOf(context)
}
async function openAnew(): Promise<void> {
  workspace = mkdtempSync(join(tmpdir(), 'descent-projects-'))
  await open()
}
async function remove(): Promise<void> {
  await app.close()
  rmSync(workspace, { recursive: true, force: true })
}
beforeAll(openAnew)
afterAll(remove)
beforeEach(async () => {
  for (const { id } of await handlers['projects.list']({}))
    await handlers['projects.delete']({ projectId: id })
  expect(existsSync(join(workspace, 'datasets')) ? parquetFiles() : []).toEqual([])
  events = []
  discarded = []
})

const csv = (text: string): string => {
  const path = join(workspace, `table-${Math.random()}.csv`)
  writeFileSync(path, text)
  return path
}
const rows = (n: number, row: (i: number) => string, header: string) =>
  header + Array.from({ length: n }, (_, i) => `\n${row(i)}`).join('')
const good = () =>
  csv(rows(60, (i) => `${i / 2},${i % 4},text ${i},${i % 3 ? 'no' : 'yes'}`, 'x,grade,note,y'))

async function withData(): Promise<Project & { recipe: TableRecipe }> {
  const { id } = await handlers['projects.create']({ name: 'Test' })
  const project = await handlers['datasets.import']({ projectId: id, path: good() })
  if (project.recipe?.kind !== 'table') throw new Error('The import made no recipe for a table.')
  return { ...project, recipe: project.recipe }
}
const refusal = (call: Promise<unknown>): Promise<Pick<DescentError, 'code' | 'message' | 'field'>> =>
  call.then(
    () => Promise.reject(new Error('not refused')),
    (error: DescentError) => ({ code: error.code, message: error.message, field: error.field }),
  )
const withSeed = (recipe: Recipe, seed: number): Recipe => ({ ...recipe, seed })
const parquetFiles = () =>
  readdirSync(join(workspace, 'datasets')).filter((name) => name.endsWith('.parquet'))

describe('projects', () => {
  it('are created, listed, renamed, remembered and deleted', async () => {
    const { id } = await handlers['projects.create']({ name: 'First' })
    await handlers['projects.rename']({ projectId: id, name: 'Renamed' })
    await handlers['projects.setStep']({ projectId: id, step: 'model' })
    expect(await handlers['projects.list']({})).toMatchObject([
      { id, name: 'Renamed', step: 'model', rows: null, runs: 0, fileName: null },
    ])
    await handlers['projects.delete']({ projectId: id })
    expect(await handlers['projects.list']({})).toEqual([])
    expect(await refusal(handlers['projects.get']({ projectId: id }))).toMatchObject({ code: 'notFound' })
  })

  it('are as they were after closing and reopening', async () => {
    const project = await withData()
    await handlers['projects.setRecipe']({ projectId: project.id, recipe: withSeed(project.recipe, 5) })
    const before = await handlers['projects.get']({ projectId: project.id })
    await app.close()
    await open()
    expect(await app.handlers['projects.get']({ projectId: project.id })).toEqual(before)
  })

  it('open with a recipe that an earlier version stored', async () => {
    const project = await withData()
    // It knew no other task for two classes.
    const recipe = withTask(project.recipe, 'classification', project.dataset!.rows)
    const old = JSON.stringify(recipeOfVersion1(recipe))
    context.store.db.prepare('UPDATE projects SET recipe = ?').run(old)
    context.store.db.prepare(`UPDATE datasets SET receipt = json_remove(receipt, '$.kind', '$.files')`).run()
    const opened = await handlers['projects.get']({ projectId: project.id })
    expect(opened.recipe).toEqual(asBegunBefore(recipe))
    expect(opened.dataset).toEqual(project.dataset)
  })

  const startsWithTest = async (sampleId: string): Promise<void> => {
    const sample = (await handlers['samples.list']({})).find(({ id }) => id === sampleId)!
    const project = projectSchema.parse(await handlers['projects.createFromSample']({ sampleId }))
    expect([project.recipe?.kind, project.recipe?.task]).toEqual([sample.kind, sample.task])
    const { splits } = procedures['prepare.summary'].output.parse(
      await handlers['prepare.summary']({ projectId: project.id }),
    )
    expect(splits.train + splits.validation + splits.test).toBe(sample.rows)
    expect(splits.test).toBe(sample.rows / 5)
    const { alerts } = procedures['explore.profile'].output.parse(
      await handlers['explore.profile']({ projectId: project.id }),
    )
    expect(alerts.filter(({ severity }) => severity !== 'info')).toEqual([])
  }
  it.each(['tickets'])('start from the sample %s, with its own rows to test on', startsWithTest)
  it.each(['shapes'])('start from the sample %s, with its own rows to test on', thorough, startsWithTest)

  const startsReady = async (sampleId: string): Promise<void> => {
    const samples = await handlers['samples.list']({})
    const sample = samples.find(({ id }) => id === sampleId)!
    const project = projectSchema.parse(await handlers['projects.createFromSample']({ sampleId }))
    expect(project.recipe?.task).toBe(sample.task)
    expect(project.dataset?.rows).toBe(sample.rows)
    expect(project.recipe?.data.columns.find(({ role }) => role === 'target')?.name).toBe(sample.target)
    const projectId = project.id
    const profile = procedures['explore.profile'].output.parse(
      await handlers['explore.profile']({ projectId }),
    )
    expect(profile.columns).toHaveLength(sample.columns!)
    expect(profile.alerts.filter(({ severity }) => severity === 'error')).toEqual([])
    const summary = procedures['prepare.summary'].output.parse(
      await handlers['prepare.summary']({ projectId }),
    )
    expect(summary.splits.train).toBe(Math.round(sample.rows * 0.7))
  }
  it.each(['churn'])('start from the sample %s, ready to explore and prepare', startsReady)
  it.each(['houses'])('start from the sample %s, ready to explore and prepare', thorough, startsReady)

  it('refuse a sample that does not exist, and leave no project behind', async () => {
    expect(await refusal(handlers['projects.createFromSample']({ sampleId: 'nothing' }))).toMatchObject({
      code: 'notFound',
      field: 'sampleId',
    })
    expect(await handlers['projects.list']({})).toEqual([])
  })

  it('without data say what to do', async () => {
    const { id: projectId } = await handlers['projects.create']({ name: 'Empty' })
    for (const call of [
      handlers['explore.profile']({ projectId }),
      handlers['prepare.summary']({ projectId }),
      handlers['datasets.page']({ projectId, offset: 0, limit: 1 }),
    ])
      expect((await refusal(call)).message).toContain('Import a file in the Data step first')
  })

  it('are not deleted while a run trains, and take their data with them afterwards', async () => {
    const { id, dataset } = await withData()
    const insert = context.store.db.prepare(
      `INSERT INTO runs (id, project_id, name, name_key, state, created_at, task, data_sha256, dataset_id, seed, engine_version, epochs)
       VALUES ('r', ?, 'Run 1', '', 'running', 0, 'classification', '', ?, 0, '', 1)`,
    )
    insert.run(id, dataset!.id)
    context.store.saveCheckpoints('r', { best: { epoch: 1, meta: {}, tensors: {} } })
    expect((await refusal(handlers['projects.delete']({ projectId: id }))).message).toContain(
      '"Run 1" of this project is still training',
    )
    context.store.db.prepare("UPDATE runs SET state = 'finished'").run()
    await handlers['projects.delete']({ projectId: id })
    expect(parquetFiles()).toEqual([])
    expect(discarded).toEqual(['r'])
    expect(context.store.loadCheckpoint('r', 'best')).toBeNull()
  })

  it('select their own runs only', async () => {
    const { id: projectId } = await withData()
    expect(await refusal(handlers['projects.selectRun']({ projectId, runId: 'other' }))).toMatchObject({
      code: 'notFound',
      field: 'runId',
    })
  })
})

describe('undo', () => {
  it('goes back and forth over every edit', async () => {
    const { id: projectId, recipe, canUndo } = await withData()
    expect(canUndo).toBe(false)
    for (const seed of [1, 2])
      await handlers['projects.setRecipe']({ projectId, recipe: withSeed(recipe, seed) })
    const back = await handlers['projects.undo']({ projectId })
    expect([back.recipe!.seed, back.canUndo, back.canRedo]).toEqual([1, true, true])
    expect((await handlers['projects.undo']({ projectId })).recipe).toEqual(recipe)
    expect((await refusal(handlers['projects.undo']({ projectId }))).message).toBe(
      'There is nothing to undo.',
    )
    expect((await handlers['projects.redo']({ projectId })).recipe!.seed).toBe(1)
    const forked = await handlers['projects.setRecipe']({ projectId, recipe: withSeed(recipe, 9) })
    expect(forked.canRedo).toBe(false)
    expect((await handlers['projects.undo']({ projectId })).recipe!.seed).toBe(1)
  })

  it('is not filled by edits that change nothing', async () => {
    const { id: projectId, recipe } = await withData()
    expect(
      (await handlers['projects.setRecipe']({ projectId, recipe: structuredClone(recipe) })).canUndo,
    ).toBe(false)
  })

  it('brings back the former data after an import', async () => {
    const { id: projectId, dataset } = await withData()
    const next = await handlers['datasets.import']({
      projectId,
      path: csv(rows(30, (i) => `${i}.5,${i % 2}`, 'a,b')),
    })
    expect(next.dataset!.rows).toBe(30)
    expect((await handlers['projects.undo']({ projectId })).dataset).toEqual(dataset)
    expect((await handlers['datasets.page']({ projectId, offset: 58, limit: 10 })).rows).toHaveLength(2)
    expect(parquetFiles()).toHaveLength(2)
    const { recipe } = await handlers['projects.get']({ projectId })
    await handlers['projects.setRecipe']({ projectId, recipe: withSeed(recipe!, 3) })
    expect(parquetFiles()).toHaveLength(1)
  })
})

describe('a failed import', () => {
  it.each([
    ['an empty file', () => csv(''), undefined],
    ['a useless target', good, 'note'],
    ['an unknown target', good, 'nowhere'],
    ['a folder', () => workspace, undefined],
  ])('leaves the project as it was: %s', async (_, path, target) => {
    const before = await withData()
    expect(
      (await refusal(handlers['datasets.import']({ projectId: before.id, path: path(), target }))).code,
    ).toBe('badData')
    expect(await handlers['projects.get']({ projectId: before.id })).toEqual(before)
    expect(parquetFiles()).toHaveLength(1)
    expect(existsSync(join(workspace, 'datasets', `${before.dataset!.id}.parquet`))).toBe(true)
  })

  it('into a workspace that cannot be written says so', async () => {
    await remove()
    await openAnew()
    const { id: projectId } = await handlers['projects.create']({ name: 'Test' })
    const path = good()
    // A file where the folder should be: no rights are needed to fail here.
    writeFileSync(join(workspace, 'datasets'), '')
    const error = await refusal(handlers['datasets.import']({ projectId, path }))
    expect(error.code).toBe('storageReadOnly')
    await remove()
    await openAnew()
  })
})

describe('profiles', () => {
  const stored = () => context.store.db.prepare('SELECT count(*) FROM data_profiles').pluck().get()

  it('are computed once, and again for other columns or where what was kept cannot be read', async () => {
    const { id: projectId, recipe } = await withData()
    const first = await handlers['explore.profile']({ projectId })
    // The time it took tells one computation from another.
    expect(await handlers['explore.profile']({ projectId })).toEqual(first)
    expect(stored()).toBe(1)
    await handlers['projects.setRecipe']({ projectId, recipe: withSeed(recipe, 7) })
    expect(await handlers['explore.profile']({ projectId })).toEqual(first)
    const columns = recipe.data.columns.map((column) =>
      column.name === 'x' ? { ...column, role: 'ignore' as const } : column,
    )
    await handlers['projects.setRecipe']({
      projectId,
      recipe: { ...recipe, data: { ...recipe.data, columns } },
    })
    const other = await handlers['explore.profile']({ projectId })
    expect(other.columns.find(({ name }) => name === 'x')?.role).toBe('ignore')
    expect(stored()).toBe(2)
    context.store.db.prepare(`UPDATE data_profiles SET result = '{"rows": 1}'`).run()
    expect((await handlers['explore.profile']({ projectId })).columns).toEqual(other.columns)
  })

  it('do not hide that the data was damaged since', async () => {
    const { id: projectId } = await withData()
    await handlers['explore.profile']({ projectId })
    for (const name of parquetFiles()) writeFileSync(join(workspace, 'datasets', name), 'damage')
    expect(await refusal(handlers['explore.profile']({ projectId }))).toMatchObject({ code: 'damaged' })
  })

  it('go with their data', async () => {
    const { id: projectId } = await withData()
    await handlers['explore.profile']({ projectId })
    await handlers['projects.delete']({ projectId })
    expect(stored()).toBe(0)
  })
})

describe('imports', () => {
  it('say why the target is not the last column', async () => {
    const { id: projectId } = await handlers['projects.create']({ name: 'Reviews' })
    const path = csv(
      rows(60, (i) => `${i % 3},${i % 2 ? 'a' : 'b'},what ${i} said of it at length`, 'stars,group,review'),
    )
    const { dataset, recipe } = await handlers['datasets.import']({ projectId, path })
    expect(recipe?.data.columns.find(({ role }) => role === 'target')?.name).toBe('group')
    expect(dataset?.receipt.notes[0]).toMatch(
      /^The target is "group", not the last column\. The target column "review" .*Another one is chosen under Target\.$/,
    )
    const asked = await handlers['datasets.import']({ projectId, path, target: 'stars' })
    expect(asked.dataset?.receipt.notes.join()).not.toContain('not the last column')
  })
})

describe('setTarget', () => {
  it('moves the target and fits the task', async () => {
    const { id: projectId } = await withData()
    const regression = await handlers['datasets.setTarget']({ projectId, columns: ['x'] })
    expect(regression.recipe).toMatchObject({ task: 'regression', split: { stratify: false } })
    expect(regression.recipe!.data.columns.map(({ name, kind, role }) => [name, kind, role])).toEqual([
      ['x', 'number', 'target'],
      ['grade', 'number', 'feature'],
      ['note', 'text', 'id'],
      ['y', 'boolean', 'feature'],
    ])
    const grades = await handlers['datasets.setTarget']({ projectId, columns: ['grade'] })
    expect(grades.recipe!.task).toBe('classification')
    expect(grades.recipe!.data.columns[1]).toEqual({ name: 'grade', kind: 'category', role: 'target' })
    expect(events.at(-1)).toEqual({ type: 'project.changed', projectId })
  })

  it('respects a kind that the user chose', async () => {
    const { id: projectId, recipe } = await withData()
    const columns = recipe.data.columns.map((column) =>
      column.name === 'x' ? { ...column, kind: 'category' as const } : column,
    )
    await handlers['projects.setRecipe']({
      projectId,
      recipe: { ...recipe, data: { ...recipe.data, columns } },
    })
    expect((await handlers['datasets.setTarget']({ projectId, columns: ['x'] })).recipe!.task).toBe(
      'classification',
    )
  })

  it.each([
    ['note', 'identifies the rows'],
    ['nowhere', 'no column "nowhere"'],
  ])('refuses %s', async (column, message) => {
    const { id: projectId } = await withData()
    const error = await refusal(handlers['datasets.setTarget']({ projectId, columns: [column] }))
    expect(error.message).toContain(message)
    expect(error.field).toBe('columns')
  })
})

describe('setRecipe', () => {
  type Change = (recipe: TableRecipe) => TableRecipe
  const columns =
    (change: (list: Column[]) => Column[]): Change =>
    (recipe) => ({
      ...recipe,
      data: { ...recipe.data, columns: change(recipe.data.columns) },
    })
  const role = (name: string, to: 'feature' | 'target' | 'ignore') =>
    columns((list) => list.map((column) => (column.name === name ? { ...column, role: to } : column)))
  it.each<[string, Change, string, string]>([
    ['no target', role('y', 'feature'), 'No column is the target', 'data.columns'],
    ['two targets', role('grade', 'target'), 'has one target, but', 'data.columns.3.role'],
    [
      'no feature',
      (r) => role('grade', 'ignore')(role('x', 'ignore')(r)),
      'No column is a feature',
      'data.columns',
    ],
    [
      'a target of dates',
      columns((list) => list.map((one) => (one.name === 'y' ? { ...one, kind: 'date' } : one))),
      'The kind of "y" is date',
      'data.columns.3.kind',
    ],
    [
      'an unknown column',
      columns((list) => [...list, { name: 'z', kind: 'number', role: 'ignore' }]),
      'no column "z"',
      'data.columns.4.name',
    ],
    ['a column twice', columns((list) => [...list, list[0]!]), 'listed twice', 'data.columns.4.name'],
    ['a task that does not fit', (r) => ({ ...r, task: 'regression' }), 'predicts numbers, but', 'task'],
    [
      'other data',
      (r) => ({ ...r, data: { ...r.data, source: { ...r.data.source, path: '/other.csv' } } }),
      'Import the file again',
      'data.source',
    ],
  ])('refuses %s and names the field', async (_, change, message, field) => {
    const { id: projectId, recipe } = await withData()
    const error = await refusal(handlers['projects.setRecipe']({ projectId, recipe: change(recipe) }))
    expect(error).toMatchObject({ code: 'badRecipe', field })
    expect(error.message).toContain(message)
    expect((await handlers['projects.get']({ projectId })).recipe).toEqual(recipe)
  })
})

describe('uploads', () => {
  const uploaded = (): string => {
    const folder = join(context.scratch, 'uploads', 'uAbC123')
    mkdirSync(folder, { recursive: true })
    const path = join(folder, 'brought.csv')
    writeFileSync(
      path,
      rows(60, (i) => `${i / 2},${i % 4},${i % 3 ? 'no' : 'yes'}`, 'x,grade,y'),
    )
    return path
  }
  const kept = () =>
    existsSync(join(workspace, 'uploads')) ? readdirSync(join(workspace, 'uploads'), { recursive: true }) : []

  it('are kept while data was made of them, and go with the last of it', async () => {
    const path = uploaded()
    const { id } = await handlers['projects.create']({ name: 'Browser' })
    const first = await handlers['datasets.import']({ projectId: id, path })
    const now = join(workspace, 'uploads', 'uAbC123', 'brought.csv')
    expect(first.dataset?.receipt.path).toBe(now)
    expect(first.recipe?.data.source.path).toBe(now)
    expect(existsSync(now)).toBe(true)
    // Read again, as with another delimiter, into another project too.
    const other = (await handlers['projects.create']({ name: 'Again' })).id
    await handlers['datasets.import']({ projectId: other, path: now })
    await handlers['projects.delete']({ projectId: id })
    expect(existsSync(now)).toBe(true)
    await handlers['projects.delete']({ projectId: other })
    expect(kept()).toEqual([])
  })

  it('of which no data was made stay for another try, and go with the host', async () => {
    const path = uploaded()
    writeFileSync(path, '')
    const { id } = await handlers['projects.create']({ name: 'Browser' })
    await refusal(handlers['datasets.import']({ projectId: id, path }))
    expect(existsSync(path)).toBe(true)
    expect(kept()).toEqual([])
    await app.close()
    expect(existsSync(path)).toBe(false)
    await open()
  })
})
