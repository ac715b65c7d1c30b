/** Trainings outside of Descent, read from the log that an exported train.py writes. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createProject } from '../projects/repository.ts'
import { openStore, type Store } from '../store/index.ts'
import { readCurves } from './curves.ts'
import { importRuns } from './import-runs.ts'
import { readLog } from './read-log.ts'

let folder: string
let store: Store
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-log-'))
  store = openStore(join(folder, 'workspace'))
  mkdirSync(join(folder, 'houses-pytorch'))
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

const log = () => join(folder, 'houses-pytorch/log.jsonl')
const line = (epoch: number, loss: number | string): string =>
  `{"epoch": ${epoch}, "train/loss": ${loss}, "validation/loss": 0.25, "seconds": 2.5}\n`

test('each training in a log is a run with its curves, which says where it comes from', async () => {
  writeFileSync(log(), line(1, 0.5) + line(2, 'NaN') + '\n' + line(1, 0.75) + line(2, 0.7) + line(3, 0.6))
  const projectId = createProject(store, 'P')
  // The project that the log lies in is as good as the log.
  expect(await importRuns(store, projectId, join(folder, 'houses-pytorch'), 'regression')).toEqual({
    runs: 2,
    notes: [],
  })
  const rows = store.db
    .prepare('SELECT id, name, state, epoch, seconds, engine_version, note FROM runs ORDER BY created_at')
    .all() as { id: string; note: string }[]
  expect(rows).toMatchObject([
    { name: 'houses-pytorch (1)', state: 'imported', epoch: 2, seconds: 5, engine_version: 'pytorch' },
    { name: 'houses-pytorch (2)', state: 'imported', epoch: 3, seconds: 7.5, engine_version: 'pytorch' },
  ])
  expect(rows[0]!.note).toMatch(/^Trained outside of Descent, and read from .*log\.jsonl\.$/)
  expect(store.db.prepare('SELECT DISTINCT tag FROM run_tags').all()).toEqual([{ tag: 'trained outside' }])
  const curves = readCurves(store, rows[1]!.id)
  expect(JSON.stringify(curves)).toContain('0.75')

  // What went on since then takes its place, what did not is left out.
  appendFileSync(log(), line(4, 0.5))
  expect(await importRuns(store, projectId, log(), 'regression')).toEqual({
    runs: 1,
    notes: ['1 run that the project has already was left out.'],
  })
  expect(store.db.prepare('SELECT max(epoch) AS last, count(*) AS runs FROM runs WHERE deleted_at IS NULL').get()).toEqual({ last: 4, runs: 2 }) // prettier-ignore
})

test('trainings that began alike are runs of their own, and one of a single epoch has one', async () => {
  writeFileSync(log(), line(1, 0.5) + line(2, 0.4) + line(1, 0.5))
  const projectId = createProject(store, 'P')
  expect((await importRuns(store, projectId, log(), 'regression')).runs).toBe(2)
  const epochs = store.db
    .prepare('SELECT epoch FROM runs WHERE deleted_at IS NULL ORDER BY created_at')
    .pluck()
  expect(epochs.all()).toEqual([2, 1])
  expect((await importRuns(store, projectId, log(), 'regression')).runs).toBe(0)
  appendFileSync(log(), line(2, 0.4))
  expect((await importRuns(store, projectId, log(), 'regression')).runs).toBe(1)
  expect(epochs.all()).toEqual([2, 2])
})

test('what is no log is refused with its line, and nothing of it is kept', async () => {
  const projectId = createProject(store, 'P')
  for (const [text, why] of [
    ['', 'is empty'],
    [`${line(1, 0.5)}{"epoch": 2`, 'line 2 is “{"epoch": 2”, which is no JSON'],
    ['{"epoch": 0, "loss": 1}', 'not an object with an epoch from 1 on'],
    ['{"epoch": 1, "loss": "low"}', 'not an object with an epoch from 1 on'],
    ['[1, 2]', 'not an object'],
    [`{"epoch": 1, "${'x'.repeat(101)}": 1}`, 'longer than 100 characters'],
    [`{"epoch": 1, ${Array.from({ length: 101 }, (_, i) => `"m${i}": 1`).join()}}`, 'more than 100 metrics'],
  ] as const) {
    writeFileSync(log(), text)
    await expect(importRuns(store, projectId, log(), 'regression')).rejects.toThrow(why)
  }
  expect(store.db.prepare('SELECT count(*) AS runs FROM runs').get()).toEqual({ runs: 0 })
})

test('what Python writes of numbers is read, names stay, and no line takes long', async () => {
  writeFileSync(log(), '{"epoch": 1, "NaN: Infinity": NaN , "up": -Infinity, "seconds": 1}')
  const [run] = await readLog(log())
  expect(Object.keys(run!.metrics)).toEqual(['NaN: Infinity', 'up'])
  expect(run!.metrics['up']![0]!.value).toBeNaN()
  const start = performance.now()
  for (const text of [`{${' '.repeat(4e6)}`, `"${'\\"'.repeat(2e6)}`, `:${' '.repeat(4e6)}NaN`]) {
    writeFileSync(log(), text)
    await expect(readLog(log())).rejects.toThrow('no JSON')
  }
  expect(performance.now() - start).toBeLessThan(10_000)
})

test('more lines than are read are counted before they are read, and others are answered in between', async () => {
  // Were they read, the second would be the one that is told.
  writeFileSync(log(), line(1, 0.5) + 'no JSON\n'.repeat(100_000))
  await expect(readLog(log())).rejects.toThrow('has 100,001 lines, and at most 100,000 epochs are read')
  writeFileSync(log(), Array.from({ length: 5000 }, (_, i) => line(i + 1, 0.5)).join(''))
  let turn = 0
  let isReading = true
  const next = (): void => {
    turn++
    if (isReading) setImmediate(next)
  }
  setImmediate(next)
  const turns = new Set<number>()
  const { parse } = JSON
  const watched = vi.spyOn(JSON, 'parse').mockImplementation((text) => {
    turns.add(turn)
    return parse(text) as unknown
  })
  const [run] = await readLog(log()).finally(() => {
    isReading = false
    watched.mockRestore()
  })
  expect(run!.metrics['train/loss']).toHaveLength(5000)
  expect(turns.size).toBeGreaterThanOrEqual(5)
})

test('a metric may be called as anything', async () => {
  writeFileSync(log(), '{"epoch": 1, "__proto__": 1, "constructor": 2}\n{"epoch": 2, "constructor": 3}')
  const [run] = await readLog(log())
  expect(run!.metrics['constructor']).toHaveLength(2)
  expect(Object.getPrototypeOf(run!.metrics)).toBe(Object.prototype)
})
