import { afterEach, expect, it } from 'vitest'
import type { Case, OpCase, TrainCase } from './cases.ts'
import { descent } from './contestants/descent/index.ts'
import type { Contestant } from './contestants/protocol.ts'
import { ProcessPool } from './process-pool.ts'
import { measureCase, type Effort } from './measure.ts'
import { measureGrowth } from './procedures.ts'
import { memoryAccess, multiplyAdds } from './roofline.ts'
import { cnnTraining } from './workloads/cnn.ts'
import { tabularMlp } from './workloads/tabular-mlp.ts'

const ours = descent('wasm', '1')
const effort: Effort = { rounds: 2, turnSeconds: 0.001, patienceSeconds: 60, until: Infinity }
const tabular: TrainCase = { ...(tabularMlp.cases[''] as TrainCase), rows: 64 }
const product: OpCase = { kind: 'op', op: 'matmul', sizes: [3, 5, 7], gradient: false }

let pool = new ProcessPool(60)
afterEach(() => pool.disband())

it('measures a training and an operation in our own process', async () => {
  pool = new ProcessPool(60)
  const training = await measureCase(pool, [ours], 'training', tabular, effort)
  expect(training.missing).toEqual([])
  expect(training.measured[0]).toMatchObject({ name: 'descent wasm' })
  expect(training.measured[0]!.probe).toBeCloseTo(Math.LN2, 0)
  const operation = await measureCase(pool, [ours], 'operation', product, effort)
  expect(operation.measured[0]!.seconds).toBeGreaterThan(0)
  expect(operation.measured[0]!.peak).toBeNull()
})

it.each([multiplyAdds('one'), memoryAccess('read', 1000 * 37 * 4), memoryAccess('copy', 5120)])(
  'measures the machine: $what',
  async (c) => {
    pool = new ProcessPool(60)
    const { measured, missing } = await measureCase(pool, [descent('wasm', '2')], 'machine', c, effort)
    expect(missing).toEqual([])
    expect(measured[0]!.seconds).toBeGreaterThan(0)
  },
)

it('says what is missing, and goes on with the others', async () => {
  pool = new ProcessPool(60)
  const absent: Contestant = {
    ...ours,
    name: 'a',
    launch: () => Promise.resolve({ missing: 'it is not here' }),
  }
  const broken: Contestant = {
    ...ours,
    name: 'b',
    launch: () => Promise.resolve({ command: process.execPath, args: ['-e', 'throw new Error("no luck")'] }),
  }
  const { measured, missing } = await measureCase(pool, [absent, broken, ours], 'x', product, effort)
  expect(measured.map(({ name }) => name)).toEqual(['descent wasm'])
  expect(missing.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
    'a: it is not here',
    'b: ended without an answer: Error: no luck',
  ])
})

it('ends who takes too long, and starts it again for the next case', { tags: 'thorough' }, async () => {
  pool = new ProcessPool(0.01)
  const { missing } = await measureCase(pool, [ours], 'x', product, effort)
  expect(missing[0]?.reason).toBe('too slow: getting ready took more than 0.02 s')
  pool = new ProcessPool(60)
  expect((await measureCase(pool, [ours], 'y', product, effort)).measured).toHaveLength(1)
})

it('hands on what a contestant cannot do', { tags: 'thorough' }, async () => {
  pool = new ProcessPool(60)
  const c: Case = { kind: 'data-path', train: cnnTraining, folder: import.meta.dirname }
  const { missing } = await measureCase(pool, [ours], 'x', c, effort)
  expect(missing[0]?.reason).toContain('has no training images in an IDX file')
})

it('tells growth only for those who train', { tags: 'thorough' }, async () => {
  pool = new ProcessPool(60)
  const asked: Contestant = { ...ours, name: 'asked', kinds: ['op'] }
  const { quantities, outcome } = await measureGrowth(pool, [ours, asked], tabular, 100)
  // Where the system does not tell memory, it is missing with that reason.
  expect([...outcome.measured, ...outcome.missing].map(({ name }) => name)).toEqual(['descent wasm'])
  expect(quantities[0]?.metric).toBe('growth over 100 steps')
})
