/** Several labels in one cell: found out at import, trained, evaluated, saved and predicted, of tables, pictures and texts. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Project, Recipe, RunDetail } from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { openApp, type App } from '../app.ts'
import type { Handlers } from '../context.ts'
import { speckled } from '../pictures/testing.ts'
import { randomSource } from '../prepare/random.ts'

let folder: string
let app: App
let call: Handlers
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-listed-'))
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function imported(path: string): Promise<Project & { recipe: Recipe }> {
  const { id } = await call['projects.create']({ name: 'Listed' })
  const project = await call['datasets.import']({ projectId: id, path })
  if (project.recipe === null) throw new Error('The import made no recipe.')
  return { ...project, recipe: project.recipe }
}
const notesOf = ({ dataset }: Project): string => dataset!.receipt.notes.join('\n')

async function trained({ id, recipe, dataset }: Project & { recipe: Recipe }): Promise<RunDetail> {
  const quick = quickly(recipe, dataset!.rows)
  const training = { ...quick.training, epochs: 25, batchSize: 16, earlyStopping: null }
  await call['projects.setRecipe']({
    projectId: id,
    recipe: { ...quick, backend: 'wasm', training } as Recipe,
  })
  const { id: runId } = await call['training.start']({ projectId: id })
  for (let waited = 0; waited < 3000; waited++) {
    const run = await call['runs.get']({ runId })
    if (!['queued', 'preparing', 'running'].includes(run.state)) return run
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('The run did not end.')
}

const rows = 120
const random = randomSource(5)
/** Whether an example has each of two labels. */
const has = Array.from({ length: rows }, () => [random() < 0.5, random() < 0.5] as const)
const listOf = ([warm, wet]: readonly [boolean, boolean]): string[] => [
  ...(warm ? ['warm'] : []),
  ...(wet ? ['wet'] : []),
  ...(warm || wet ? [] : ['dull']),
]

describe('of a table', () => {
  const table = (name: string, cell: (labels: string[]) => string): string => {
    const lines = has.map((one) => [one[0] ? 1 : -1, one[1] ? 1 : -1, cell(listOf(one))].join('\t'))
    writeFileSync(join(folder, name), `x\tz\ttags\n${lines.join('\n')}\n`)
    return join(folder, name)
  }

  test('lists in brackets are found, told and learned, and predictions are lists in brackets', async () => {
    const path = table('brackets.tsv', (labels) => JSON.stringify(labels.filter((one) => one !== 'dull')))
    const project = await imported(path)
    expect(project.recipe).toMatchObject({ task: 'multilabel', target: { separator: '[' } })
    expect(notesOf(project)).toMatch(
      /"tags" lists labels in brackets, 2 different ones \(.*\); \d+(\.\d+)?\s% of its/u,
    )
    const run = await trained(project)
    expect(run).toMatchObject({ state: 'finished', error: null, task: 'multilabel' })
    const { labels, metrics } = await call['evaluate.run']({ runId: run.id, split: 'test' })
    expect(labels?.map(({ label }) => label)).toEqual(['warm', 'wet'])
    expect(Object.values(metrics).every(Number.isFinite)).toBe(true)
    const model = await call['deploy.save']({ runId: run.id, path: join(folder, 'brackets') })
    expect(readFileSync(join(model.path, 'README.md'), 'utf8')).toContain('any of 2 labels (warm, wet)')
    const { page } = await call['deploy.predict']({ modelPath: model.path, dataPath: path })
    const at = page.columns.indexOf('prediction')
    expect(page.rows.map((row) => row[at])).toEqual(
      has
        .slice(0, page.rows.length)
        .map((one) => JSON.stringify(listOf(one).filter((label) => label !== 'dull'))),
    )
  })

  test('the task can be chosen otherwise and back; another target lists nothing', async () => {
    const { id: projectId, recipe } = await imported(table('bars.tsv', (labels) => labels.join('|')))
    expect(recipe).toMatchObject({ task: 'multilabel', target: { separator: '|' } })
    const set = async (columns: string[], task?: 'classification' | 'multilabel') =>
      (await call['datasets.setTarget']({ projectId, columns, ...(task && { task }) })).recipe
    expect(await set(['tags'], 'classification')).toMatchObject({
      task: 'classification',
      target: { separator: null },
    })
    expect(await set(['x'])).toMatchObject({ task: 'binary', target: { separator: null } })
    expect(await set(['tags'])).toMatchObject({ task: 'multilabel', target: { separator: '|' } })
  })
})

test('of pictures: a table of labels beside them lists several', async () => {
  const at = join(folder, 'pictures')
  mkdirSync(at)
  await Promise.all(
    has.map(([warm, wet], i) =>
      speckled(12, 12, [warm ? 220 : 40, 90, wet ? 220 : 40], i)
        .png()
        .toFile(join(at, `${i}.png`)),
    ),
  )
  const lines = has.map((one, i) => `${i}.png,${listOf(one).join(';')}`)
  writeFileSync(join(at, 'labels.csv'), `image,tags\n${lines.join('\n')}\n`)
  const project = await imported(at)
  expect(project.recipe).toMatchObject({ kind: 'images', task: 'multilabel', target: { separator: ';' } })
  expect(notesOf(project)).toContain('lists labels with “;” between them')
  const { classBalance } = await call['explore.profile']({ projectId: project.id })
  const warm = has.filter((one) => one[0]).length
  expect(classBalance?.classes.find(({ value }) => value === 'warm')?.count).toBe(warm)
  const behind = await call['explore.rows']({
    projectId: project.id,
    where: [{ is: 'among', column: 'label', values: ['warm'] }],
    offset: 0,
    limit: 5,
  })
  expect(behind.total).toBe(warm)
  const run = await trained(project)
  expect(run).toMatchObject({ state: 'finished', error: null, task: 'multilabel' })
  const { labels } = await call['evaluate.run']({ runId: run.id, split: 'test' })
  expect(labels?.map(({ label }) => label)).toEqual(['dull', 'warm', 'wet'])
  const model = await call['deploy.save']({ runId: run.id, path: join(folder, 'of-pictures') })
  const { page } = await call['deploy.predict']({ modelPath: model.path, dataPath: at })
  expect(page.columns).toEqual([
    'image',
    'prediction',
    'probability_dull',
    'probability_warm',
    'probability_wet',
  ])
  const right = page.rows.filter(
    ([name, said]) => said === listOf(has[Number.parseInt(String(name))]!).join(';'),
  )
  expect(right.length).toBeGreaterThan(0.9 * page.rows.length)
})

test('of texts: labels before a tab', async () => {
  const things = ['the book', 'a river', 'the old song', 'this town', 'a bridge']
  const lines = has.map(([warm, wet], i) => {
    const said = [...(warm ? ['sunny hot'] : []), ...(wet ? ['rain falls'] : [])].join(' and ')
    return `${listOf([warm, wet]).join(';')}\t${said} over ${things[i % 5]!} number ${i % 11}`
  })
  const at = join(folder, 'said')
  mkdirSync(at)
  const path = join(at, 'train.txt')
  writeFileSync(path, `${lines.join('\n')}\n`)
  const project = await imported(at)
  expect(project.recipe).toMatchObject({ kind: 'text', task: 'multilabel', target: { separator: ';' } })
  const run = await trained(project)
  expect(run).toMatchObject({ state: 'finished', error: null, task: 'multilabel' })
  const model = await call['deploy.save']({ runId: run.id, path: join(folder, 'of-texts') })
  const { page } = await call['deploy.predict']({ modelPath: model.path, dataPath: path })
  // Lines with labels in front are read as those that were learned from.
  expect(page.columns.slice(0, 3)).toEqual(['label', 'text', 'prediction'])
  const right = page.rows.filter(([label, , said]) => said === label)
  expect(right.length).toBeGreaterThan(0.8 * page.rows.length)
  await expect(
    call['projects.setRecipe']({
      projectId: project.id,
      recipe: { ...project.recipe, task: 'regression' } as Recipe,
    }),
  ).rejects.toThrow()
})
