/** A session goes on from what it stored, and from what version 0.1.0 did. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { begin, lossFor, optimizers, startsOf, stepOptions } from '../../contract/index.ts'
import type { Device } from '../../../engine/index.ts'
import { section, type Tensors } from './checkpoint.ts'
import { useDevice } from './predict.ts'
import { openSession, type Session } from './session.ts'
import { typedValues } from './tensors.ts'

let device: Device
beforeAll(async () => {
  device = await useDevice('wasm')
})
afterAll(() => device.close())

const rows = 12
const split = {
  rows,
  inputs: { numbers: Float32Array.from({ length: rows * 5 }, (_, i) => Math.sin(i)) },
  targets: Int32Array.from({ length: rows }, (_, i) => i % 3),
  weights: null,
}

function open(restore: Tensors | null, batchNorm: boolean): Session {
  return openSession({
    model: { template: 'mlp', hidden: [32, 32], activation: 'relu', dropout: 0.2, batchNorm },
    inputs: [{ name: 'numbers', kind: 'numbers', width: 5 }],
    outputs: 3,
    task: 'classification',
    training: {
      ...startsOf(stepOptions),
      loss: lossFor('classification'),
      optimizer: begin(optimizers, 'adamw', { learningRate: 0.003 }),
      parameters: [],
      batchSize: 64,
      precision: 'highest',
    },
    seed: 0,
    train: split,
    validation: split,
    lossWeights: null,
    augment: [],
    restore,
    start: null,
  })
}

const values = (tensors: Tensors): Record<string, number[]> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, [...typedValues(tensor)]]))

/** The last checkpoint of the run in the workspace that version 0.1.0 left. */
function storedByVersion010(): Tensors {
  // Opened where it lies, the database would leave files beside itself.
  const folder = mkdtempSync(join(tmpdir(), 'descent-'))
  const path = join(folder, 'checkpoints.db')
  copyFileSync(join(import.meta.dirname, '../store/fixtures/workspace-0.1.0/checkpoints.db'), path)
  const db = new Database(path)
  try {
    const found = db
      .prepare(
        `SELECT name, dtype, shape, data FROM checkpoint_tensors JOIN tensors USING (sha256) WHERE kind = 'last'`,
      )
      .all() as { name: string; dtype: 'float32' | 'uint32'; shape: string; data: Uint8Array }[]
    return Object.fromEntries(
      found.map(({ name, dtype, shape, data }) => [
        name,
        { dtype, shape: JSON.parse(shape) as number[], data },
      ]),
    )
  } finally {
    db.close()
    rmSync(folder, { recursive: true })
  }
}

test('a checkpoint of version 0.1.0 is gone on from', async () => {
  const stored = storedByVersion010()
  const session = open(stored, false)
  const state = await session.state()
  expect(values(section(state, 'model'))).toEqual(values(section(stored, 'model')))
  const { lossSum: _, ...trainer } = values(section(stored, 'trainer'))
  expect(values(section(state, 'trainer'))).toEqual(trainer)
  const before = values(section(stored, 'optimizer'))
  const { step, ...averages } = values(section(state, 'optimizer'))
  // The run had taken 36 steps.
  expect(step).toEqual(new Array(6).fill(36))
  expect(Object.keys(averages)).toHaveLength(12)
  for (const i of [0, 1, 2, 3, 4, 5]) {
    expect(averages[`exp_avg.${i}`]).toEqual(before[`first.${i}`])
    expect(averages[`exp_avg_sq.${i}`]).toEqual(before[`second.${i}`])
  }
  session.trainBatch(Int32Array.from({ length: rows }, (_, i) => i))
  expect(values(section(await session.state(), 'optimizer'))['step']).toEqual(new Array(6).fill(37))
  expect([...(await session.takeLosses())].every(Number.isFinite)).toBe(true)
})

test('statistics that version 0.1.0 kept without their count are too', async () => {
  const state = await open(null, true).state()
  const old = Object.fromEntries(
    Object.entries(state)
      .filter(([name]) => !name.endsWith('num_batches_tracked') && !name.startsWith('optimizer.'))
      .map(([name, t]) => [
        name.replace('running_mean', 'runningMean').replace('running_var', 'runningVar'),
        t,
      ]),
  )
  expect(Object.keys(old)).toContain('model.1.runningVar')
  expect(values(section(await open(old, true).state(), 'model'))).toEqual(values(section(state, 'model')))
})

test('a run that goes on from its state takes the same steps to the bit', async () => {
  const batch = (i: number) => Int32Array.from({ length: 6 }, (_, j) => (i * 5 + j) % rows)
  // The random generator is the device's: one session after the other.
  const whole = open(null, true)
  for (let i = 0; i < 6; i++) whole.trainBatch(batch(i))
  const expected = values(await whole.state())
  const first = open(null, true)
  for (let i = 0; i < 3; i++) first.trainBatch(batch(i))
  const rest = open(await first.state(), true)
  for (let i = 3; i < 6; i++) rest.trainBatch(batch(i))
  expect(values(await rest.state())).toEqual(expected)
  expect(expected['model.1.num_batches_tracked']).toEqual([6])
})

test('what its examples take is measured, and nothing that training depends on changes', async () => {
  const session = open(null, true)
  const before = values(await session.state())
  const seconds = await session.timeInputs(Int32Array.from({ length: rows }, (_, i) => i))
  expect(seconds).toBeGreaterThanOrEqual(0)
  // A handful of rows: far from what a step may take.
  expect(seconds).toBeLessThan(0.05)
  expect(values(await session.state())).toEqual(before)
})
