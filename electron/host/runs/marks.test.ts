import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { defaultRecipe, detected, DescentError, type Recipe } from '../../contract/index.ts'
import { createProject } from '../projects/index.ts'
import { openStore, type Store } from '../store/index.ts'
import { insertPoints } from './curves.ts'
import { bestRuns, groupsOfRuns, renewRepeatKeys } from './groups.ts'
import { columnsOfRuns, listRuns } from './list.ts'
import { markRuns, removeDeleted, undoableOf, unmarkRuns } from './marks.ts'
import { momentSpan } from './moment-span.ts'
import { meanCurves, overlayOf } from './overlay.ts'
import { insertRun, runExists, updateRun } from './repository.ts'

let folder: string
let store: Store
let projectId: string

const recipe = defaultRecipe(
  { path: '/a.csv', ...detected, header: 'first', missingValues: [] },
  [
    { name: 'age', kind: 'number', role: 'feature' },
    { name: 'churned', kind: 'category', role: 'target' },
  ],
  'classification',
  500,
  'quick',
)
const withBatch = (batchSize: number, seed = 0): Recipe => ({
  ...recipe,
  seed,
  training: { ...recipe.training, batchSize },
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-marks-'))
  store = openStore(folder)
  projectId = createProject(store, 'Marks')
  const add = (
    name: string,
    of: Recipe,
    accuracy: number | null,
    state: 'finished' | 'queued' = 'finished',
  ) => {
    const at = { projectId, datasetId: 'd', dataSha256: '', dataVersion: 1, engineVersion: '' }
    insertRun(store, { id: name, name, recipe: of, ...at })
    updateRun(store, name, {
      state,
      ...(accuracy !== null && { metrics: { 'validation/accuracy': accuracy } }),
    })
  }
  add('small 1', withBatch(16, 1), 0.7)
  add('small 2', withBatch(16, 2), 0.9)
  add('large', withBatch(64), 0.95)
  add('waiting', withBatch(64, 3), null, 'queued')
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

const found = (where: string): string[] =>
  listRuns(store, { projectId, filter: { where }, order: { field: 'name' }, descending: false }).runs.map(
    ({ name }) => name,
  )
const complaint = (where: string): string => {
  try {
    return found(where).join()
  } catch (error) {
    return error instanceof DescentError ? error.message : String(error)
  }
}

it('finds runs by a line', () => {
  markRuns(store, projectId, { ids: ['small 1', 'large'] }, { tag: 'paper' })
  markRuns(store, projectId, { ids: ['large'] }, { starred: true })
  markRuns(store, projectId, { ids: ['small 2'] }, { note: 'Odd at the end' })
  const lines: Record<string, string[]> = {
    '': ['large', 'small 1', 'small 2', 'waiting'],
    'validation/accuracy > 0.8': ['large', 'small 2'],
    'accuracy >= 90%': ['large', 'small 2'],
    'accuracy = none': ['waiting'],
    'tag = Paper and batchSize = 16': ['small 1'],
    'not tag = paper': ['small 2', 'waiting'],
    'tag = none': ['small 2', 'waiting'],
    'tag != paper or starred = yes': ['large', 'small 2', 'waiting'],
    'optimizer.name ~ ADAM and (small or state = queued)': ['small 1', 'small 2', 'waiting'],
    'training.batchSize < 64': ['small 1', 'small 2'],
    'seed != 0': ['small 1', 'small 2', 'waiting'],
    'note ~ odd': ['small 2'],
    'test/accuracy = none and name = large': ['large'],
    'test/accuracy > 0': [],
    'note = none and name !~ "small"': ['large', 'waiting'],
    'name > small': ['small 1', 'small 2', 'waiting'],
    'started = none and bestEpoch = none and epoch = 0': ['large', 'small 1', 'small 2', 'waiting'],
    'model.template ~ ml_': [],
  }
  for (const [line, names] of Object.entries(lines)) expect([line, found(line)]).toEqual([line, names])
})

it('says what a line cannot mean', () => {
  expect(complaint('tag = x and acuracy > 0.9')).toBe(
    'The filter cannot be read at “acuracy > 0.9”, character 13: no run of the project has a metric or a setting “acuracy”. Did you mean accuracy?',
  )
  updateRun(store, 'large', { metrics: { 'test/accuracy': 1 } })
  expect(complaint('accuracy > 0.9')).toMatch(/“accuracy” may be validation\/accuracy or test\/accuracy/)
  expect(complaint('test/accuracy = high')).toMatch(/is a metric: compare it with a number/)
  expect(complaint('starred > 1')).toMatch(/starred = yes or starred = no/)
  expect(complaint('epoch ~ 1')).toMatch(/epoch is a number/)
  expect(complaint('epoch = many')).toMatch(/“many” is none/)
  expect(complaint('started > yesterday')).toMatch(/compared with a day/)
  expect(complaint('state > a')).toMatch(/state is a text/)
  expect(complaint('optimizer.name > adam')).toMatch(/with a number alone/)
})

it('takes a day for as long as it is, and a time for as long as its last part', () => {
  const zone = process.env['TZ']
  process.env['TZ'] = 'Europe/Berlin'
  try {
    const hours = (text: string) => {
      const [from, to] = momentSpan(text)!
      return (to - from) / 3_600_000
    }
    expect([hours('2026-03-29'), hours('2026-10-25'), hours('2026-11-29')]).toEqual([23, 25, 24])
    expect([hours('2026-11-29T08:30') * 60, hours('2026-11-29T08:30:15') * 3600]).toEqual([1, 1])
    expect(momentSpan('2026-11-29T08:30')![0]).toBe(Date.UTC(2026, 10, 29, 7, 30))
    expect(momentSpan('2026-11-29T08:30Z')![0]).toBe(Date.UTC(2026, 10, 29, 8, 30))
    updateRun(store, 'large', { startedAt: Date.UTC(2026, 10, 29, 7, 30, 59) })
    expect(found('started = 2026-11-29T08:30')).toEqual(['large'])
    expect(found('started > 2026-11-29T08:30')).toEqual([])
  } finally {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  }
  for (const none of ['2026-02-31', '2026-13-01', '2026-11-29T25:00', '2026-1-1', '2026-11-29T8', ''])
    expect(momentSpan(none)).toBeNull()
  expect(complaint('started > 2026-02-31')).toMatch(/there is no “2026-02-31”/)
})

it('means no case of letters, in any script', () => {
  updateRun(store, 'large', { name: 'ÜBER Größe' })
  markRuns(store, projectId, { ids: ['large'] }, { tag: 'Ökonomie' })
  for (const line of ['über', 'name = "über grösse" or name = "Über größe"', 'tag = ökonomie', 'tag ~ ÖKO'])
    expect([line, found(line)]).toEqual([line, ['ÜBER Größe']])
  expect(listRuns(store, { projectId, filter: { text: 'über' } }).total).toBe(1)
})

it('says that a name is of another project alone', () => {
  const other = createProject(store, 'Other')
  const at = { projectId: other, datasetId: 'd', dataSha256: '', dataVersion: 1, engineVersion: '' }
  insertRun(store, { id: 'other', name: 'other', recipe, ...at })
  updateRun(store, 'other', { metrics: { 'custom/acuity': 1 } })
  expect(complaint('acuity > 0')).toMatch(/no run of the project has a metric or a setting “acuity”/)
  expect(complaint('custom/acuity > 0')).toMatch(/no run of the project/)
})

it('marks all that match, and takes it back step by step', () => {
  expect(markRuns(store, projectId, { where: 'small' }, { tag: 'paper' })).toEqual({
    changed: 2,
    done: '2 runs tagged “paper”',
    notes: [],
    undo: expect.any(String) as string,
  })
  // Those that have it already stay as they are when it is taken back.
  expect(markRuns(store, projectId, {}, { tag: 'paper' }).changed).toBe(2)
  expect(columnsOfRuns(store, projectId).tags).toEqual(['paper'])
  expect(markRuns(store, projectId, { ids: ['large'] }, { note: ' why? ' }).changed).toBe(1)
  expect(listRuns(store, { projectId, filter: { ids: ['large'] } }).runs[0]).toMatchObject({
    tags: ['paper'],
    note: ' why? ',
    starred: false,
  })
  expect(unmarkRuns(store, projectId)).toBe('Note of 1 run written')
  expect(unmarkRuns(store, projectId)).toBe('2 runs tagged “paper”')
  expect(found('tag = paper')).toEqual(['small 1', 'small 2'])
  expect(unmarkRuns(store, projectId)).toBe('2 runs tagged “paper”')
  expect(found('tag = paper')).toEqual([])
  expect(unmarkRuns(store, projectId)).toBeNull()
})

it('takes back what is named, and nothing for what changed nothing', () => {
  const mark = (change: Parameters<typeof markRuns>[3]) =>
    markRuns(store, projectId, { where: 'small' }, change)
  const noted = mark({ note: 'first' })
  const again = mark({ note: 'first' })
  expect([again.changed, again.undo]).toEqual([0, null])
  expect(undoableOf(store, projectId)).toEqual({ undo: noted.undo, done: 'Note of 2 runs written' })
  const starred = mark({ starred: true })
  markRuns(store, projectId, { ids: ['small 2'] }, { note: 'second' })
  // What was said otherwise since stays.
  expect(unmarkRuns(store, projectId, noted.undo!)).toBe('Note of 2 runs written')
  expect([found('note = second'), found('note = first'), found('starred = yes').length]).toEqual([
    ['small 2'],
    [],
    2,
  ])
  expect(unmarkRuns(store, projectId, noted.undo!)).toBeNull()
  expect(unmarkRuns(store, projectId, starred.undo!)).toBe('2 runs starred')
  expect(found('starred = yes')).toEqual([])
})

it('deletes what has settled, until it is taken back or the workspace is opened anew', async () => {
  const gone = markRuns(store, projectId, {}, { deleted: true })
  expect(gone).toEqual({
    changed: 3,
    done: '3 runs deleted',
    notes: ['1 run still trains or waits for it, and stays. Stop it first.'],
    undo: expect.any(String) as string,
  })
  expect(found('')).toEqual(['waiting'])
  expect(columnsOfRuns(store, projectId).series).toEqual([])
  expect(unmarkRuns(store, projectId)).toBe('3 runs deleted')
  expect(found('accuracy > 0')).toEqual(['large', 'small 1', 'small 2'])
  markRuns(store, projectId, { ids: ['small 1'] }, { deleted: true })
  await removeDeleted(store)
  expect(['small 1', 'small 2'].map((id) => runExists(store, id))).toEqual([false, true])
})

it('puts runs together that differ in their seed, a setting or a tag', () => {
  const series = ['validation/accuracy']
  const groups = (grouping: Parameters<typeof groupsOfRuns>[3]) =>
    groupsOfRuns(store, projectId, {}, grouping, series).groups.map(({ value, name, runs, ids, spreads }) => {
      const { mean, deviation } = spreads['validation/accuracy'] ?? {}
      return [value, name, runs, ids.length, mean?.toFixed(6), deviation?.toFixed(6)]
    })
  expect(groups({ by: 'repeats' })).toEqual([
    [null, 'large', 2, 2, '0.950000', undefined],
    [null, 'small 1', 2, 2, '0.800000', '0.141421'],
  ])
  expect(groups({ by: 'setting', setting: 'training.batchSize' })).toEqual([
    [64, 'large', 2, 2, '0.950000', undefined],
    [16, 'small 1', 2, 2, '0.800000', '0.141421'],
  ])
  markRuns(store, projectId, { ids: ['large', 'small 2'] }, { tag: 'a' })
  expect(groups({ by: 'tag' })).toEqual([
    ['a', 'small 2', 2, 2, '0.925000', '0.035355'],
    [null, 'small 1', 2, 2, '0.700000', undefined],
  ])
})

it('puts those together whose recipes leave out what others write, and those of other versions', async () => {
  const repeats = () =>
    groupsOfRuns(store, projectId, {}, { by: 'repeats' }, []).groups.map(({ runs }) => runs)
  // As a version wrote it that did not know the option, with the key that it made.
  const { clipNorm, ...training } = recipe.training
  expect(clipNorm).toBe(0)
  store.db
    .prepare(`UPDATE run_recipes SET recipe = ? WHERE run = (SELECT number FROM runs WHERE name = 'small 1')`)
    .run(JSON.stringify({ ...recipe, seed: 1, training: { ...training, batchSize: 16 } }))
  store.db.prepare(`UPDATE runs SET repeat_key = 'raw' WHERE name = 'small 1'`).run()
  expect(repeats()).toEqual([2, 1, 1])
  expect(await renewRepeatKeys(store)).toBe(1)
  expect(repeats()).toEqual([2, 2])
  expect(await renewRepeatKeys(store)).toBe(0)
})

it('knows the best of all that match, and of equal ones the oldest', () => {
  updateRun(store, 'small 2', { metrics: { 'validation/accuracy': 0.95, 'validation/loss': 0.4 } })
  expect(bestRuns(store, projectId, {}, ['validation/accuracy', 'validation/loss', 'learningRate'])).toEqual({
    'validation/accuracy': { runId: 'small 2', name: 'small 2', value: 0.95 },
    'validation/loss': { runId: 'small 2', name: 'small 2', value: 0.4 },
    learningRate: null,
  })
  expect(bestRuns(store, projectId, { where: 'large' }, ['validation/accuracy'])).toEqual({
    'validation/accuracy': { runId: 'large', name: 'large', value: 0.95 },
  })
})

it('gives the values of another moment, and sorts by them', () => {
  const points = [0.5, 0.8, 0.6].map((value, i) => ({
    epoch: i + 1,
    step: 10 * (i + 1),
    seconds: i,
    values: { 'validation/accuracy': value },
  }))
  insertPoints(store, 'small 1', points)
  insertPoints(store, 'small 2', points.slice(0, 2))
  const order = { series: 'validation/accuracy' }
  const at = (moment: 'lastEpoch' | { epoch: number }) =>
    listRuns(store, { projectId, moment, order, filter: { where: 'small' } }).runs.map(
      ({ name, metrics }) => [name, metrics['validation/accuracy']],
    )
  expect(at('lastEpoch')).toEqual([
    ['small 2', 0.8],
    ['small 1', 0.6],
  ])
  expect(at({ epoch: 1 })).toEqual([
    ['small 2', 0.5],
    ['small 1', 0.5],
  ])
  expect(at({ epoch: 99 })[1]).toEqual(['small 1', 0.6])
})

it('lays curves over each other, and means of those that differ in the seed with what they are sure of', () => {
  const points = (values: number[]) =>
    values.map((value, i) => ({
      epoch: i + 1,
      step: 10 * (i + 1),
      seconds: i,
      values: { 'validation/accuracy': value },
    }))
  insertPoints(store, 'small 1', points([0.5, 0.7]))
  insertPoints(store, 'small 2', points([0.6, 0.9, 0.95]))
  const series = 'validation/accuracy'
  expect(overlayOf(store, projectId, {}, series)).toEqual({
    total: 2,
    lines: [
      { runId: 'small 2', name: 'small 2', epoch: [1, 2, 3], value: [0.6, 0.9, 0.95] },
      { runId: 'small 1', name: 'small 1', epoch: [1, 2], value: [0.5, 0.7] },
    ],
  })
  const { total, means } = meanCurves(store, projectId, {}, { by: 'repeats' }, series)
  expect([total, means.length]).toEqual([1, 1])
  expect(means[0]).toMatchObject({
    name: 'small 1',
    runs: 2,
    averaged: 2,
    epoch: [1, 2, 3],
    count: [2, 2, 1],
  })
  const rounded = (values: readonly (number | null)[]) => values.map((value) => value?.toFixed(6))
  expect(rounded(means[0]!.mean)).toEqual(['0.550000', '0.800000', '0.950000'])
  // 12.706 · s / √2, as scipy.stats.t.interval has it.
  expect(rounded(means[0]!.half)).toEqual(['0.635310', '1.270620', undefined])
})
