import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { defaultRecipe, detected } from '../../contract/index.ts'
import { createProject } from '../projects/index.ts'
import { insertRun, updateRun } from '../runs/repository.ts'
import { openStore } from '../store/index.ts'
import { parseRuns } from './runs-args.ts'
import { runs } from './runs.ts'

let folder: string
let workspace: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-cli-runs-'))
  workspace = join(folder, 'workspace')
  const store = openStore(workspace)
  const recipe = defaultRecipe(
    { path: '/a.csv', ...detected, header: 'first', missingValues: [] },
    [
      { name: 'age', kind: 'number', role: 'feature' },
      { name: 'churned', kind: 'category', role: 'target' },
    ],
    'classification',
    500,
  )
  const projectId = createProject(store, 'Churn')
  createProject(store, 'Empty')
  for (const [name, seed, accuracy] of [
    ['Run 1', 1, 0.8],
    ['Run 2', 2, 0.9],
    ['Run 3', 3, 0.7],
  ] as const) {
    const at = { projectId, datasetId: 'd', dataSha256: '', dataVersion: 1, engineVersion: '' }
    insertRun(store, { id: name, name, recipe: { ...recipe, seed }, ...at })
    updateRun(store, name, {
      state: 'finished',
      epoch: 3,
      metrics: { 'validation/accuracy': accuracy, 'validation/loss': 1 - accuracy },
    })
  }
  store.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const said = async (...args: string[]): Promise<string> =>
  (await runs(parseRuns([...args, '--workspace', workspace])!)).text
const complaint = (...args: string[]): Promise<string> =>
  said(...args).catch((error: unknown) => (error instanceof Error ? error.message : String(error)))

it('lists runs as they are sorted and found', async () => {
  const lines = (await said('-p', 'churn', '--sort', 'validation/accuracy', '--limit', '2')).split('\n')
  expect(
    lines.map((line) =>
      line
        .trim()
        .split(/\s{2,}/)
        .slice(0, 4),
    ),
  ).toEqual([
    ['Run', 'State', 'Validation loss', 'Validation accuracy'],
    ['Run 2', 'finished', '0.1000', '90.0 %'],
    ['Run 1', 'finished', '0.2000', '80.0 %'],
    ['3 runs; 1 more with --limit'],
    [''],
  ])
  expect(await said('-p', 'churn', '-w', 'accuracy > 85%')).toContain('1 run\n')
})

it('puts those together that differ in their seed', async () => {
  expect(await said('groups', '-p', 'churn')).toMatch(/Run 1 +3 +80\.0 % +± 10\.0 %/)
  expect(await said('groups', '-p', 'churn', '--by', 'seed')).toMatch(/\n {2}2 +1 +90\.0 % +–/)
})

it('says that groups lack a tag or a setting, and which setting may be meant', async () => {
  expect(await said('groups', '-p', 'churn', '--by', 'tag')).toMatch(/No tag +3/)
  expect(await complaint('groups', '-p', 'churn', '--by', 'name')).toMatch(
    /^“name” may be \S+\.name or \S+\.name.*: write more of it\.$/,
  )
})

it('says how many groups there are beside those that it shows', async () => {
  const many = join(folder, 'many')
  const store = openStore(many)
  const projectId = createProject(store, 'Many')
  const add = store.db.prepare(
    `INSERT INTO runs (id, project_id, name, name_key, state, created_at, task, data_sha256, dataset_id, seed, engine_version, epochs)
     VALUES (?, ?, 'Run', 'run', 'finished', 0, 'classification', '', 'd', 0, '', 1)`,
  )
  store.transaction(() => {
    for (let i = 0; i < 503; i++) add.run(`r${i}`, projectId)
  })
  store.close()
  const { text } = await runs(parseRuns(['groups', '--workspace', many])!)
  expect(text.endsWith('503 groups; 3 more with a narrower --where\n')).toBe(true)
})

it('writes what is found', async () => {
  const out = join(folder, 'best.csv')
  expect(await said('export', '-p', 'churn', '-w', 'accuracy > 75%', '-o', out)).toBe(
    `2 runs written to ${out} (CSV)\n`,
  )
  expect(readFileSync(out, 'utf8').trimEnd().split('\r\n')).toHaveLength(3)
})

it('says what it cannot find', async () => {
  expect(await complaint()).toBe('Say by --project which one: “Empty”, “Churn”.')
  expect(await complaint('-p', 'Chrun')).toContain('There is no project “Chrun”. There are:')
  expect(await complaint('-p', 'churn', '--sort', 'speed')).toContain('No run has “speed” to sort by')
  expect(await complaint('groups', '-p', 'churn', '--by', 'speed')).toContain('no run has a setting “speed”')
  expect(await complaint('compare', '-p', 'churn', 'Run 1', 'Run 9')).toContain('has no run “Run 9”')
  expect(await complaint('export', '-p', 'churn', '-o', join(folder, 'x.txt'))).toContain('ends with .csv')
  expect(await complaint('export', '-p', 'churn', '-o', 'x.csv', '--set', 'step=1')).toContain(
    'it has contents',
  )
  expect(await complaint('export', '-p', 'empty', '-o', join(folder, 'x.csv'))).toContain('finds no run')
})
