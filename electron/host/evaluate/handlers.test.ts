import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  begin,
  explanations,
  startsOf,
  thresholdOptions,
  withEffort,
  type RunDetail,
} from '../../contract/index.ts'
import { openApp, type App } from '../app.ts'
import type { Handlers } from '../context.ts'
import { randomSource } from '../prepare/random.ts'

/** What is asked of a trained network of two classes, through the handlers that the window calls. */
let folder: string
let app: App
let call: Handlers
let projectId: string
let run: RunDetail

/** A rare yes, told by two numbers with noise; a group of people that a third column tells. */
function people(rows: number): string {
  const random = randomSource(3)
  const lines = ['a,b,group,ill']
  for (let i = 0; i < rows; i++) {
    const [a, b] = [2 * random() - 1, 2 * random() - 1]
    const ill = a + b + 0.6 * (2 * random() - 1) > 0.9
    lines.push([a.toFixed(4), b.toFixed(4), random() < 0.4 ? 'x' : 'y', ill ? 'yes' : 'no'].join(','))
  }
  return `${lines.join('\n')}\n`
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-evaluate-'))
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
  const path = join(folder, 'people.csv')
  writeFileSync(path, people(600))
  projectId = (await call['projects.create']({ name: 'People' })).id
  const project = await call['datasets.import']({ projectId, path, target: 'ill' })
  if (project.recipe?.kind !== 'table') throw new Error('The import made no recipe of a table.')
  const recipe = { ...withEffort(project.recipe, 'quick', 600), backend: 'wasm' as const }
  recipe.training = { ...recipe.training, epochs: 10 }
  recipe.data = {
    ...recipe.data,
    columns: recipe.data.columns.map((one) => (one.name === 'group' ? { ...one, sensitive: true } : one)),
  }
  await call['projects.setRecipe']({ projectId, recipe })
  const { id } = await call['training.start']({ projectId })
  const deadline = Date.now() + 30_000
  for (;;) {
    run = await call['runs.get']({ runId: id })
    if (run.state === 'finished') break
    if (Date.now() > deadline) throw new Error(`The run is still ${run.state}: ${run.error}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const rule = { ...startsOf(thresholdOptions), threshold: 'recall' as const, leastRecall: 1 }

test('a trained run predicts by another threshold: what was measured is measured again, and its recipe says so', async () => {
  const before = await call['evaluate.run']({ runId: run.id, split: 'validation' })
  expect(before.rule).toEqual(startsOf(thresholdOptions))
  expect(before.threshold).toBeUndefined()
  await call['evaluate.baselines']({ runId: run.id, split: 'validation' })
  const [after, ...others] = await call['evaluate.setThreshold']({ runId: run.id, rule })
  expect(others).toEqual([])
  expect(after!.rule).toEqual(rule)
  expect(after!.threshold).toBeLessThan(0.5)
  // All that are ill are found, and more are called so.
  expect(after!.classification!.perClass[1]).toMatchObject({ class: 'yes', recall: 1 })
  expect(after!.curves).toEqual(before.curves)
  expect(await call['evaluate.run']({ runId: run.id, split: 'validation' })).toEqual(after)
  const changed = await call['runs.get']({ runId: run.id })
  expect(changed.recipe.target).toMatchObject(rule)
  expect(changed.metrics['validation/accuracy']).toBe(after!.metrics['accuracy'])
  const beside = await call['evaluate.baselines']({ runId: run.id, split: 'validation' })
  expect(beside.baselines[0]!.differences['accuracy']!.difference).toBeCloseTo(
    after!.metrics['accuracy']! - after!.baseline['accuracy']!,
    12,
  )
  const saved = await call['deploy.save']({ runId: run.id, path: join(folder, 'model') })
  expect(saved.notes).toEqual([])
})

test('a row is explained as the run predicts it, and a sealed test is not looked into', async () => {
  const { hardest } = await call['evaluate.examine']({ runId: run.id, split: 'validation' })
  const { row, answer } = hardest.examples[0]!
  const found = await call['evaluate.explain']({
    runId: run.id,
    row,
    explanation: begin(explanations, 'shapley'),
  })
  if (answer.is !== 'chosen') throw new Error('Of classes one is chosen.')
  expect(found.answer.name).toBe(answer.predicted[0])
  const parts = found.columns.reduce((sum, { part }) => sum + part, 0)
  expect(parts).toBeCloseTo(found.answer.value - found.reference!, 6)
  await expect(
    call['evaluate.dependence']({ runId: run.id, split: 'test', column: found.columns[0]!.name }),
  ).rejects.toThrow('is sealed, and looking into the network does not open it')
})

test('a test that was opened is measured with it, too, and a sealed one stays sealed', async () => {
  expect((await call['runs.get']({ runId: run.id })).metrics['test/accuracy']).toBeUndefined()
  const test = await call['evaluate.run']({ runId: run.id, split: 'test' })
  expect(test.threshold).toBeLessThan(0.5)
  const fixed = { ...rule, threshold: 'fixed' as const, fixedAt: 0.7 }
  const both = await call['evaluate.setThreshold']({ runId: run.id, rule: fixed })
  expect(both.map(({ split, threshold }) => [split, threshold])).toEqual([
    ['validation', 0.7],
    ['test', 0.7],
  ])
  expect(both[1]!.looks).toBe(1)
  expect((await call['runs.get']({ runId: run.id })).metrics['test/accuracy']).toBe(
    both[1]!.metrics['accuracy'],
  )
})

test('what is found out beyond metrics is kept, follows the threshold, and opens no sealed test', async () => {
  const ask = () => call['evaluate.examine']({ runId: run.id, split: 'test' })
  const found = await ask()
  expect(found).toMatchObject({ runId: run.id, split: 'test', rows: 90 })
  expect(found.made).toContain('inconsistentMetric')
  expect(found.findings.filter(({ name }) => name === 'inconsistentMetric')).toEqual([])
  expect(found.groups.map(({ column }) => column)).toEqual(['group'])
  const { classification } = await call['evaluate.run']({ runId: run.id, split: 'test' })
  for (const { truth, predicted, rows } of found.cells!)
    expect(rows).toHaveLength(classification!.confusion[truth]![predicted]!)
  expect(await ask()).toEqual(found)
  await call['evaluate.setThreshold']({ runId: run.id, rule: startsOf(thresholdOptions) })
  const after = await ask()
  const called = ({ cells }: typeof found) =>
    cells!.filter(({ predicted }) => predicted === 1).reduce((sum, { rows }) => sum + rows.length, 0)
  expect(called(after)).toBeGreaterThan(called(found))
  const copy = await call['projects.duplicate']({ projectId })
  const { runs } = await call['runs.list']({ projectId: copy.projectId })
  app.context.store.db.prepare("DELETE FROM evaluations WHERE run_id = ? AND split = 'test'").run(runs[0]!.id)
  app.context.store.db.prepare('DELETE FROM run_examined WHERE run_id = ?').run(runs[0]!.id)
  await expect(call['evaluate.examine']({ runId: runs[0]!.id, split: 'test' })).rejects.toThrow(/sealed/)
})

test('robustness is kept with the run, follows the threshold, and opens no sealed test', async () => {
  const runId = run.id
  const known = (split: 'validation' | 'test') => call['evaluate.knownRobustness']({ runId, split })
  expect(await known('validation')).toBeNull()
  const { metrics } = await call['evaluate.run']({ runId, split: 'validation' })
  const found = await call['evaluate.robustness']({ runId, split: 'validation' })
  expect(await known('validation')).toEqual(found)
  expect(found).toMatchObject({ runId, split: 'validation', metric: 'accuracy', rows: 90, of: 90 })
  const copy = await call['projects.duplicate']({ projectId })
  const [copied] = (await call['runs.list']({ projectId: copy.projectId })).runs
  const copiedTo = { runId: copied!.id, split: 'validation' } as const
  expect(await call['evaluate.knownRobustness'](copiedTo)).toEqual({ ...found, runId: copied!.id })
  expect(found.clean.value).toBe(metrics['accuracy'])
  expect(found.curves.map(({ corruption }) => corruption)).toEqual([
    'numberNoise',
    'missingCells',
    'shiftedNumbers',
    'swappedColumns',
  ])
  // Both numbers tell a rare yes: moved by two standard deviations they tell something else.
  const { points, drop } = found.curves[2]!
  expect(points.map(({ severity }) => severity)).toEqual([1, 2, 3, 4, 5])
  expect(points[4]!.value).toBeLessThan(found.clean.value - 0.05)
  expect(drop!.value).toBeGreaterThan(0)
  expect(drop!.low).toBeLessThan(drop!.value)
  // Two columns in each other’s place whose sum tells it: nothing is lost, and nothing is said.
  expect(found.curves[3]!.drop!.verdict).toBe('cannotTell')
  expect(found.unseen).toMatchObject({ made: 'columns', inputs: 90, confidence: 0.9, chosen: false })
  app.context.store.db.prepare("DELETE FROM evaluations WHERE run_id = ? AND split = 'test'").run(runId)
  await expect(call['evaluate.robustness']({ runId, split: 'test' })).rejects.toThrow(
    'corrupting its rows does not open it',
  )
  expect(await known('test')).toBeNull()
  await call['evaluate.setThreshold']({ runId, rule })
  expect(await known('validation')).toBeNull()
  // What a train page asks for knows nothing of it.
  await call['evaluate.robustness']({ runId, split: 'validation' })
  expect(Object.keys(await call['runs.report']({ runId }))).not.toContain('robustness.validation')
})

test(
  'what is being measured while the threshold is set follows it',
  { tags: 'thorough', timeout: 60_000 },
  async () => {
    const runId = run.id
    const at = (fixedAt: number) => ({ ...rule, threshold: 'fixed' as const, fixedAt })
    const { db } = app.context.store
    for (const table of ['run_examined', 'run_baselines', 'baselines'])
      db.prepare(`DELETE FROM ${table}`).run()
    db.prepare("DELETE FROM evaluations WHERE run_id = ? AND split = 'test'").run(runId)
    const beside = call['evaluate.baselines']({ runId, split: 'validation' })
    const checked = call['evaluate.examine']({ runId, split: 'validation' })
    const opened = call['evaluate.run']({ runId, split: 'test' })
    const [[set]] = await Promise.all([
      call['evaluate.setThreshold']({ runId, rule: at(0.1) }),
      beside,
      checked,
      opened,
    ])
    expect(set!.threshold).toBe(0.1)
    const test = await call['evaluate.run']({ runId, split: 'test' })
    expect([test.threshold, test.rule]).toEqual([0.1, at(0.1)])
    const right = set!.metrics['accuracy']! - set!.baseline['accuracy']!
    const held = await call['evaluate.baselines']({ runId, split: 'validation' })
    expect(held.baselines[0]!.differences['accuracy']!.difference).toBeCloseTo(right, 12)
    const called = set!.classification!.confusion[0]![1]! + set!.classification!.confusion[1]![1]!
    const { cells } = await call['evaluate.examine']({ runId, split: 'validation' })
    expect(
      cells!.filter(({ predicted }) => predicted === 1).reduce((sum, { rows }) => sum + rows.length, 0),
    ).toBe(called)
  },
)
