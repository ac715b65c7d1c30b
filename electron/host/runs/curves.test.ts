import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Curve, MetricPoint } from '../../contract/index.ts'
import { createProject } from '../projects/index.ts'
import { openStore, type Store } from '../store/index.ts'
import { deletePointsAfter, insertPoints, readCurves, stepwiseOf, valuesAt } from './curves.ts'
import { longRun, percentile95 } from './testing.ts'

let folder: string
let store: Store
let projectId: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-curves-'))
  store = openStore(folder)
  projectId = createProject(store, 'Curves')
  store.db
    .prepare(
      `INSERT INTO runs (id, project_id, name, name_key, state, created_at, task, data_sha256, dataset_id, seed, engine_version, epochs)
       VALUES ('r', ?, 'Run 1', '', 'finished', 0, 'classification', '', 'd', 0, '', 1)`,
    )
    .run(projectId)
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

const lossAt = (epoch: number): number => 1 + ((epoch * 7919) % 100) / 1000 + (epoch === 777 ? 40 : 0)

const point = (epoch: number): MetricPoint => ({
  epoch,
  step: 10 * epoch,
  seconds: epoch / 2,
  values: { 'train/loss': 1 / epoch, 'validation/loss': lossAt(epoch), odd: NaN },
})
const train = (from: number, to: number): void =>
  insertPoints(
    store,
    'r',
    Array.from({ length: to - from + 1 }, (_, i) => point(from + i)),
  )
const blocks = () => store.db.prepare('SELECT * FROM curve_blocks ORDER BY series, block').all()
const range = (length: number): number[] => Array.from({ length }, (_, i) => i + 1)

it('gives short curves whole, and leaves out what is no number', () => {
  train(1, 100)
  const { recorded, series } = readCurves(store, 'r')
  expect(recorded).toBe(100)
  expect(Object.keys(series)).toEqual(['train/loss', 'validation/loss'])
  expect(series['validation/loss']).toEqual({
    epoch: range(100),
    step: range(100).map((epoch) => 10 * epoch),
    seconds: range(100).map((epoch) => epoch / 2),
    value: range(100).map(lossAt),
  })
  expect(Object.keys(readCurves(store, 'r', { names: ['train/loss', 'never'] }).series)).toEqual([
    'train/loss',
  ])
  expect(valuesAt(store, 'r', 50)).toEqual({ 'train/loss': 1 / 50, 'validation/loss': lossAt(50) })
  expect(valuesAt(store, 'r', 101)).toEqual({})
  expect(() => readCurves(store, 'nobody')).toThrow('There is no run nobody')
})

it('keeps points that come twice once', () => {
  train(1, 10)
  train(8, 12)
  expect(readCurves(store, 'r').series['train/loss']?.epoch).toEqual(range(12))
})

it('forgets what comes after a checkpoint as if it had never been', () => {
  train(1, 700)
  const before = [readCurves(store, 'r'), blocks()]
  train(701, 900)
  deletePointsAfter(store, 'r', { epoch: 700, step: 7000 })
  expect([readCurves(store, 'r'), blocks()]).toEqual(before)
  train(701, 900)
  const [, ...later] = [
    deletePointsAfter(store, 'r', { epoch: 0, step: 0 }),
    readCurves(store, 'r'),
    blocks(),
  ]
  expect(later).toEqual([{ recorded: 0, series: {} }, []])
})

const stepped = (from: number, to: number): void =>
  insertPoints(
    store,
    'r',
    Array.from({ length: to - from + 1 }, (_, i) => {
      const step = from + i
      const values = { 'train/stepLoss': lossAt(step), 'layers/dead/1': step % 3 }
      return { epoch: Math.ceil(step / 10), step, seconds: step / 20, values }
    }),
  )

it('keeps what is recorded within epochs beside the epochs, and goes on from the middle of one', () => {
  stepped(1, 1000)
  train(1, 100)
  expect(stepwiseOf(store, 'r')).toEqual(['train/stepLoss', 'layers/dead/1'])
  const epochs = readCurves(store, 'r')
  expect([epochs.recorded, Object.keys(epochs.series)]).toEqual([100, ['train/loss', 'validation/loss']])
  expect(valuesAt(store, 'r', 50)).toEqual({ 'train/loss': 1 / 50, 'validation/loss': lossAt(50) })
  const steps = readCurves(store, 'r', { names: ['train/stepLoss'], limit: 100 })
  expect(steps.recorded).toBe(1000)
  expect(steps.series['train/stepLoss']?.step).toContain(777)
  expect(steps.series['train/stepLoss']?.epoch.at(-1)).toBe(100)
  const all = { names: [...stepwiseOf(store, 'r'), 'train/loss'] }
  const before = [readCurves(store, 'r', all), blocks()]
  stepped(1001, 1500)
  train(101, 150)
  deletePointsAfter(store, 'r', { epoch: 100, step: 1000 })
  expect([readCurves(store, 'r', all), blocks()]).toEqual(before)
  // In the middle of an epoch: its first steps stay.
  deletePointsAfter(store, 'r', { epoch: 70, step: 705 })
  const { series } = readCurves(store, 'r', all)
  expect([series['train/stepLoss']?.step.at(-1), series['train/loss']?.epoch.at(-1)]).toEqual([705, 70])
})

it('keeps the ends of a thinned curve beside one that is recorded more often', () => {
  stepped(1, 5005)
  train(1, 500)
  store.db.prepare('UPDATE runs SET best_epoch = 123').run()
  for (const limit of [3, 100]) {
    const { series } = readCurves(store, 'r', { limit, names: ['train/loss', 'train/stepLoss'] })
    const { epoch } = series['train/loss']!
    expect([epoch[0], epoch.includes(123), epoch.at(-1)]).toEqual([1, true, 500])
    const { step } = series['train/stepLoss']!
    expect([step[0], step.includes(1230), step.at(-1)]).toEqual([1, true, 5005])
  }
  const { series } = readCurves(store, 'r', { limit: 3, until: 2005, names: ['train/loss'] })
  expect(series['train/loss']?.epoch).toEqual([1, 123, 200])
})

/** What every thinned curve has to keep. */
function holdsShape({ epoch, value }: Curve, epochs: number, limit: number): void {
  expect(epoch.length).toBeLessThanOrEqual(limit)
  expect(epoch.length).toBeGreaterThan(limit * 0.6)
  expect(epoch).toEqual([...new Set(epoch)].sort((a, b) => a - b))
  expect([epoch[0], epoch.at(-1), epoch.length === value.length]).toEqual([1, epochs, true])
  const gaps = epoch.slice(1).map((each, i) => each - epoch[i]!)
  expect(Math.max(...gaps)).toBeLessThan((6 * epochs) / limit)
}

it('thins what it wrote itself without losing a spike', () => {
  train(1, 20_000)
  for (const limit of [2000, 200, 5]) {
    const { recorded, series } = readCurves(store, 'r', { limit, names: ['validation/loss'] })
    expect(recorded).toBe(20_000)
    expect(series['validation/loss']!.epoch).toContain(777)
    if (limit > 5) holdsShape(series['validation/loss']!, 20_000, limit)
  }
  store.db.prepare('UPDATE runs SET best_epoch = 1234').run()
  expect(readCurves(store, 'r', { limit: 3 }).series['train/loss']?.epoch).toEqual([1, 1234, 20_000])
})

it('reads a part in as much detail as there is, with its spike and its ends', () => {
  train(1, 6000)
  const part = (from: number, to: number, limit: number) =>
    readCurves(store, 'r', { since: 10 * from, until: 10 * to, limit, names: ['validation/loss'] })
  const whole = part(700, 900, 1000)
  expect(whole.recorded).toBe(201)
  expect(whole.series['validation/loss']!.epoch).toEqual(range(900).slice(699))
  for (const limit of [40, 400]) {
    const { recorded, series } = part(500, 4500, limit)
    const { epoch, value } = series['validation/loss']!
    expect(recorded).toBe(4001)
    expect([epoch[0], epoch.at(-1), epoch.length <= limit]).toEqual([500, 4500, true])
    expect(epoch.includes(777) && value.includes(lossAt(777))).toBe(true)
  }
  expect(part(7000, 8000, 100)).toEqual({
    recorded: 0,
    series: { 'validation/loss': { epoch: [], step: [], seconds: [], value: [] } },
  })
})

it('draws a run of a hundred thousand epochs in no time, with its spike and its best epoch', () => {
  const epochs = 100_000
  const names = ['train/loss', 'validation/loss', 'validation/accuracy', 'learningRate', 'throughput']
  const id = longRun(store, projectId, { epochs, series: names, spike: 33_333, best: 77_777 })
  const { recorded, series } = readCurves(store, id, { limit: 1000 })
  expect(recorded).toBe(epochs)
  expect(Object.keys(series).sort()).toEqual([...names].sort())
  for (const curve of Object.values(series)) {
    holdsShape(curve, epochs, 1000)
    expect(curve.value[curve.epoch.indexOf(33_333)]).toBe(50)
    expect(curve.value[curve.epoch.indexOf(77_777)]).toBe(-1)
  }
  expect(percentile95(() => readCurves(store, id, { limit: 1000 }), 20)).toBeLessThan(400)
})
