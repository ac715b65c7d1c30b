/** Trainings outside of Descent, read from the log that an exported train.py writes. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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

test('a metric may be called as anything', async () => {
  writeFileSync(log(), '{"epoch": 1, "__proto__": 1, "constructor": 2}\n{"epoch": 2, "constructor": 3}')
  const [run] = await readLog(log())
  expect(run!.metrics['constructor']).toHaveLength(2)
  expect(Object.getPrototypeOf(run!.metrics)).toBe(Object.prototype)
})
