import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  primaryFor,
  recipeSchema,
  type Recipe,
  type RunDetail,
  type TableRecipe,
  type Task,
} from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { openApp, type App } from '../app.ts'
import type { Handlers } from '../context.ts'
import { randomSource } from '../prepare/random.ts'

/** Every task from a file to predictions of its saved model: real files, processes and database. */
let folder: string
let app: App
let call: Handlers
let dataPath: string

const rows = 300

/** Two numbers x and z, from which everything follows. */
function rowOf(random: () => number): string {
  const x = 2 * random() - 1
  const z = 2 * random() - 1
  const side = x + z > 0 ? 'right' : 'left'
  const grade = x < -0.4 ? 'poor' : x < 0.3 ? 'fair' : 'good'
  const tags = [...(x > 0 ? ['warm'] : []), ...(z > 0 ? ['wet'] : []), ...(x > z ? ['loud'] : [])]
  return [
    x,
    z,
    side,
    grade,
    x > 0 ? 1 : 0,
    z > 0 ? 'yes' : 'no',
    tags.join('|'),
    3 * x + z,
    100 * z,
    1 + random(),
  ].join(',')
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-tasks-'))
  dataPath = join(folder, 'data.csv')
  const random = randomSource(3)
  const lines = Array.from({ length: rows }, () => rowOf(random))
  writeFileSync(dataPath, `x,z,side,grade,warm,wet,tags,sum,big,count\n${lines.join('\n')}\n`)
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function settled(runId: string): Promise<RunDetail> {
  const deadline = Date.now() + 120_000
  for (;;) {
    const run = await call['runs.get']({ runId })
    if (!['queued', 'preparing', 'running'].includes(run.state)) return run
    if (Date.now() > deadline) throw new Error(`The run is ${run.state} in epoch ${run.epoch}.`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function project(columns: string[], task: Task | null, change: (recipe: TableRecipe) => TableRecipe) {
  const { id: projectId } = await call['projects.create']({ name: 'Tasks' })
  await call['datasets.import']({ projectId, path: dataPath })
  const set = await call['datasets.setTarget']({
    projectId,
    columns,
    ...(task !== null && { task }),
  })
  const recipe = quickly(set.recipe!, set.dataset!.rows)
  if (recipe.kind !== 'table') throw new Error('The import made no recipe of a table.')
  const learns = new Set(['x', 'z', ...columns])
  const changed = change({
    ...recipe,
    backend: 'wasm',
    data: {
      ...recipe.data,
      columns: recipe.data.columns.map((column) =>
        learns.has(column.name) ? column : { ...column, role: 'ignore' },
      ),
    },
    training: { ...recipe.training, epochs: 30, batchSize: 32 },
  })
  await call['projects.setRecipe']({ projectId, recipe: changed })
  return { projectId, recipe: changed as Recipe }
}

const asItIs = (recipe: TableRecipe): TableRecipe => recipe
const withTarget =
  (target: Partial<Recipe['target']>) =>
  (recipe: TableRecipe): TableRecipe => ({ ...recipe, target: { ...recipe.target, ...target } })

type Case = [
  name: string,
  task: Task,
  columns: string[],
  asked: Task | null,
  change: (recipe: TableRecipe) => TableRecipe,
  written: string[],
  least: number,
]
const cases: Case[] = [
  [
    'two classes',
    'binary',
    ['side'],
    null,
    asItIs,
    ['prediction', 'probability_left', 'probability_right'],
    0.85,
  ],
  [
    'several classes',
    'classification',
    ['grade'],
    null,
    asItIs,
    ['prediction', 'probability_poor', 'probability_fair', 'probability_good'],
    0.8,
  ],
  [
    'classes in order, the rare ones weighted',
    'ordinal',
    ['grade'],
    'ordinal',
    (recipe) => ({
      ...withTarget({ classes: ['poor', 'fair', 'good'] })(recipe),
      imbalance: { remedy: 'classWeights' },
    }),
    ['prediction', 'probability_poor', 'probability_fair', 'probability_good'],
    0.8,
  ],
  [
    'labels in columns',
    'multilabel',
    ['warm', 'wet'],
    null,
    asItIs,
    ['prediction_warm', 'prediction_wet', 'probability_warm', 'probability_wet'],
    0.85,
  ],
  [
    'labels in a list',
    'multilabel',
    ['tags'],
    'multilabel',
    (recipe) => ({ ...withTarget({ separator: '|' })(recipe), imbalance: { remedy: 'classWeights' } }),
    ['prediction', 'probability_loud', 'probability_warm', 'probability_wet'],
    0.85,
  ],
  ['a number', 'regression', ['sum'], null, asItIs, ['prediction'], 0.9],
  ['several numbers', 'regression', ['sum', 'big'], null, asItIs, ['prediction_sum', 'prediction_big'], 0.9],
]

async function walks([, task, columns, asked, change, written, least]: Case): Promise<void> {
  const { projectId, recipe } = await project(columns, asked, change)
  expect(recipe.task).toBe(task)
  const { expectedInitialLoss, loss } = await call['model.summary']({ projectId })
  expect(loss).not.toBe('')
  expect(expectedInitialLoss).toBeGreaterThan(0)
  const summary = await call['prepare.summary']({ projectId })
  expect(summary.classes === null).toBe(task === 'regression')
  if (summary.classCounts) expect(summary.classCounts.train.length).toBe(summary.classes?.length)

  const run = await settled((await call['training.start']({ projectId })).id)
  expect(run).toMatchObject({ state: 'finished', error: null, task })
  const primary = primaryFor(task).name
  const { metrics, baseline, classification, labels, regression } = await call['evaluate.run']({
    runId: run.id,
    split: 'test',
  })
  expect(metrics[primary], primary).toBeGreaterThan(least)
  expect(metrics[primary]).toBeGreaterThan(baseline[primary]!)
  expect([classification, labels, regression].filter((shown) => shown !== null)).toHaveLength(1)
  const validation = await call['evaluate.run']({ runId: run.id, split: 'validation' })
  expect(validation.metrics[primary]).toBeCloseTo(run.metrics[`validation/${primary}`] ?? NaN, 4)

  const model = await call['deploy.save']({ runId: run.id, path: join(folder, `model-${run.id}`) })
  expect(model).toMatchObject({ task, target: columns.join(', ') })
  const { page } = await call['deploy.predict']({ modelPath: model.path, dataPath })
  expect(page.columns.slice(-written.length)).toEqual(written)
  expect(page.rows.every((row) => row.slice(-written.length).every((cell) => cell !== null))).toBe(true)
}

/** Those of the other tests of the host and the window; what is left is one of each task that they have not. */
const others = new Set(['two classes', 'several classes', 'labels in a list', 'a number', 'several numbers'])
test.each(cases.filter(([name]) => !others.has(name)).map((one) => [one[0], one] as const))('%s', (_, one) =>
  walks(one),
)
test.each(cases.filter(([name]) => others.has(name)).map((one) => [one[0], one] as const))(
  '%s',
  { tags: 'thorough' },
  (_, one) => walks(one),
)

test(
  'baselines are trained once for runs of the same rows, and no sealed test is opened for them',
  { tags: 'thorough', timeout: 60_000 },
  async () => {
    const { projectId } = await project(['sum'], null, asItIs)
    const [first, second] = [
      await call['training.start']({ projectId }),
      await call['training.start']({ projectId }),
    ]
    await settled(first.id)
    await settled(second.id)
    const held = await call['evaluate.baselines']({ runId: first.id, split: 'validation' })
    expect(held.baselines.map(({ name }) => name)).toEqual(['constant', 'linear', 'nearest', 'boosted'])
    expect(held.baselines[0]!.differences['r2']).toMatchObject({ verdict: 'better' })
    const again = await call['evaluate.baselines']({ runId: second.id, split: 'validation' })
    // The very ones of before: how long they took is theirs.
    expect(again.baselines.map(({ seconds }) => seconds)).toEqual(
      held.baselines.map(({ seconds }) => seconds),
    )
    await expect(call['evaluate.baselines']({ runId: first.id, split: 'test' })).rejects.toThrow(/is sealed/)
    await call['evaluate.run']({ runId: first.id, split: 'test' })
    expect(await call['evaluate.baselines']({ runId: first.id, split: 'test' })).toMatchObject({
      split: 'test',
    })
    const model = await call['deploy.save']({ runId: first.id, path: join(folder, 'sure') })
    const { page, notes } = await call['deploy.predict']({ modelPath: model.path, dataPath, coverage: 0.9 })
    expect(page.columns.slice(-4)).toEqual(['prediction', 'lower', 'upper', 'outside_training'])
    expect(notes.join(' ')).toMatch(/hold the truth for 90.% of rows/)
  },
)

test('rows count by their weights', { tags: 'thorough' }, async () => {
  const weighted = (values: (recipe: TableRecipe) => TableRecipe['data']['columns']) =>
    project(['sum'], null, (recipe) => ({
      ...recipe,
      data: { ...recipe.data, columns: values(recipe) },
      training: { ...recipe.training, epochs: 3 },
    }))
  const withWeight = await weighted(({ data }) =>
    data.columns.map((column) => (column.name === 'count' ? { ...column, role: 'weight' } : column)),
  )
  const without = await weighted(({ data }) => data.columns)
  const [one, other] = await Promise.all(
    [withWeight, without].map(async ({ projectId }) =>
      settled((await call['training.start']({ projectId })).id),
    ),
  )
  expect(one).toMatchObject({ state: 'finished', error: null })
  expect(one?.metrics['validation/loss']).not.toBe(other?.metrics['validation/loss'])
  // Whoever predicts needs no weights.
  const model = await call['deploy.save']({ runId: one!.id, path: join(folder, 'weighted') })
  expect(model.inputs.map(({ name }) => name)).toEqual(['x', 'z'])
})

test('a target or weight that does not fit its task is refused with a sentence', async () => {
  const { projectId, recipe } = await project(['side'], null, asItIs)
  const refusal = (next: unknown) =>
    call['projects.setRecipe']({ projectId, recipe: next as Recipe }).then(
      () => '',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
  const roles = (change: Record<string, string>) => ({
    ...recipe,
    data: {
      ...recipe.data,
      columns: recipe.data.columns.map((column) => ({ ...column, role: change[column.name] ?? column.role })),
    },
  })
  expect(await refusal(roles({ grade: 'target' }))).toContain('“Two classes” has one target')
  expect(await refusal(roles({ grade: 'weight' }))).toContain(
    'has to be a number, but its kind is ordered category',
  )
  expect(await refusal(roles({ sum: 'weight', big: 'weight' }))).toContain('Only one column says how much')
  const problem = (next: unknown) => recipeSchema.safeParse(next).error?.issues[0]?.message
  const { target } = recipe
  expect(problem({ ...recipe, target: { ...target, separator: ';' } })).toContain('leave the separator out')
  expect(problem({ ...recipe, target: { ...target, classes: ['a', 'b', 'c'] } })).toContain(
    '2 classes, not 3',
  )
  const numbers = await project(['sum'], null, asItIs)
  expect(problem({ ...numbers.recipe, imbalance: { remedy: 'classWeights' } })).toContain(
    'for classes and labels',
  )
  await expect(
    call['datasets.setTarget']({ projectId, columns: ['grade'], task: 'regression' }),
  ).rejects.toThrow('values that are no numbers')
})
