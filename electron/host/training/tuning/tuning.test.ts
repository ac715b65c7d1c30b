import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Device } from '../../../../engine/index.ts'
import { begin, optimizers, tuningSchema, type Training } from '../../../contract/index.ts'
import { measureStep } from '../measured-step.ts'
import { sampled } from '../preflight/trial.ts'
import { useDevice } from '../predict.ts'
import { moons, recipeOf } from '../testing.ts'
import { train } from '../train.ts'
import { bestSize, findBatchSize, sizesFor } from './batch-size.ts'
import { tuningOf } from './index.ts'
import { findLearningRate, smooth, steepest } from './learning-rate.ts'

let device: Device
beforeAll(async () => {
  device = await useDevice('wasm')
})
afterAll(() => device.close())

const sgd = begin(optimizers, 'sgd', { learningRate: 1e-3, momentum: 0.9 })
const optionsOf = (training: Partial<Training> = {}, rows = 1200) => ({
  data: moons(rows),
  recipe: recipeOf(
    'classification',
    { dropout: 0 },
    { batchSize: 32, epochs: 3, optimizer: sgd, ...training },
  ),
})

test('a curve is smoothed without moving, and falls fastest where it does', () => {
  expect(smooth([2, 2, 2])).toEqual([2, 2, 2])
  const line = smooth(Array.from({ length: 41 }, (_, i) => i))
  expect(line[20]).toBeCloseTo(20, 10)
  const step = Array.from({ length: 60 }, (_, i) => 1 / (1 + Math.exp((i - 30) / 3)))
  expect(steepest(smooth(step))).toBe(30)
  expect(steepest([1, 1, 1, 1, 1, 1])).toBeNull()
  expect(steepest([1, 2, 3, 4])).toBeNull()
})

test('the rate that is found learns at once what a rate a thousandth of it does not', async () => {
  const options = optionsOf()
  const found = await findLearningRate(options)
  expect(found.suggested).not.toBeNull()
  expect(found.suggested!).toBeLessThanOrEqual(found.lowest * 1.05)
  const lossWith = async (learningRate: number) =>
    (await train(optionsOf({ optimizer: { ...sgd, learningRate }, schedule: { name: 'constant' } }))).best
      .loss
  const [good, tiny] = [await lossWith(found.suggested!), await lossWith(found.suggested! / 1000)]
  expect(good).toBeLessThan(0.6 * tiny)
  expect(found.points[0]!.rate).toBeCloseTo(1e-6, 10)
})

test('targets that have nothing to do with the inputs have no rate to propose', async () => {
  const { data, recipe } = optionsOf()
  let state = 7
  const targets = data.train.targets.map(() => (state = (state * 16_807) % 2_147_483_647) & 1)
  const mixed = { ...data, train: { ...data.train, targets: targets as Int32Array<ArrayBuffer> } }
  const { suggested, points } = await findLearningRate({ recipe, data: mixed })
  // Where a fall is found in noise after all, it is a small one.
  const fall = points[0]!.smoothed - Math.min(...points.map(({ smoothed }) => smoothed))
  expect(suggested === null || fall < 0.06).toBe(true)
})

test('it leaves what is trained after it untouched, to the bit', async () => {
  const options = optionsOf()
  const before = await train(options)
  await tuningOf(options)
  const after = await train(options)
  const bytes = (tensors: typeof before.best.tensors) =>
    Object.entries(tensors).map(([name, { data }]) => [name, Buffer.from(data).toString('hex')])
  expect(bytes(after.best.tensors)).toEqual(bytes(before.best.tensors))
})

test('sizes of batches are tried by doubling, while an epoch has steps enough', async () => {
  expect(sizesFor(10_000, 65_536)).toEqual([8, 16, 32, 64, 128, 256])
  expect(sizesFor(10_000, 100)).toEqual([8, 16, 32, 64])
  expect(sizesFor(5, 65_536)).toEqual([5])
  const search = await findBatchSize(optionsOf({}, 3000))
  expect(search.tried.map(({ batchSize }) => batchSize)).toEqual([8, 16, 32, 64, 128])
  expect(search.ended).toBe('rows')
  expect(
    search.tried.every(
      ({ throughput, seconds, batchSize }) => Math.abs(throughput * seconds - batchSize) < 1e-6,
    ),
  ).toBe(true)
  const [small, large] = [search.tried[0]!, search.tried.at(-1)!]
  expect(large.throughput).toBeGreaterThan(small.throughput)
  expect(large.memory).toBeGreaterThan(small.memory)
})

test('the smallest that is nearly as fast as the fastest is proposed', () => {
  const tried = [100, 190, 320, 330, 325].map((throughput, i) => ({
    ...{ batchSize: 8 * 2 ** i, seconds: 1, memory: 1 },
    throughput,
  }))
  expect(bestSize(tried)).toBe(32)
})

test('a size that does not fit ends the search, and says so', async () => {
  const options = optionsOf({}, 3000)
  const { tried } = await findBatchSize(options)
  const tooMuch = (tried[1]!.memory + tried[2]!.memory) / 2
  const search = await findBatchSize(options, { mostMemory: tooMuch })
  expect(search.ended).toBe('memory')
  expect(search.refused!.message).toMatch(/MiB/)
  expect(search.tried.at(-1)!.batchSize).toBeLessThan(search.refused!.batchSize)
})

test('what is found is told as it is on its way', async () => {
  const shares: number[] = []
  const found = await tuningOf(optionsOf({}, 400), (share) => shares.push(share))
  expect(tuningSchema.parse(found)).toEqual(found)
  expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  expect(shares.at(-1)).toBeLessThanOrEqual(1)
})

test.each([
  ['small batches', {}, 16],
  ['large batches, averaged', { averaging: 0.99 }, 512],
  ['several batches a step', { accumulate: 4 }, 64],
] as const)(
  'the memory of a training is known before it, within 30 %%: %s',
  async (_, training, batchSize) => {
    const options = optionsOf({ ...training, batchSize, epochs: 2 }, 4000)
    const { memory } = await measureStep(options, sampled(options.data.train, 2048, 0))
    const result = await train(options)
    expect(memory / result.memory).toBeGreaterThan(0.7)
    expect(memory / result.memory).toBeLessThan(1.3)
  },
)
