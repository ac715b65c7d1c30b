/** Faults that are planted in trainings of small networks are named in their first steps, and sound trainings raise nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Device } from '../../../../engine/index.ts'
import {
  begin,
  optimizers,
  type Finding,
  type MetricPoint,
  type Model,
  type Recipe,
  type TrainingReport,
} from '../../../contract/index.ts'
import { expectedLossOf } from '../losses.ts'
import { useDevice } from '../predict.ts'
import { customOf, linearOf, moons, nodeOf, recipeOf, wholeRecipe } from '../testing.ts'
import { train, type TrainingData } from '../train.ts'
import { findAlarms, linesOfPoints, stepLinesOfPoints } from './index.ts'
import { plantedInTraining } from './testing.ts'

let device: Device
beforeAll(async () => {
  device = await useDevice('wasm')
})
afterAll(() => device.close())

interface Planted {
  readonly model?: Model
  readonly training?: Parameters<typeof recipeOf>[2]
  readonly data?: TrainingData
}

/** What is said after so many steps. */
async function saidOf({ model, training, data = moons(320) }: Planted, steps = 20): Promise<Finding[]> {
  const plain = recipeOf('classification', { dropout: 0 }, { epochs: 2, batchSize: 16, ...training })
  const recipe = { ...wholeRecipe, ...plain, ...(model && { model }) } as Recipe
  const points: MetricPoint[] = []
  const taken: MetricPoint[] = []
  const report: TrainingReport = {}
  const ended = await train(
    { recipe, data },
    {
      onEpoch: (point) => void points.push(point),
      onSteps: (more) => void taken.push(...more),
      onUnreached: (unreached) => (report.unreached = [...unreached]),
      onNotFinite: (notFinite) => (report.notFinite = notFinite),
    },
  ).catch((error: unknown) => error)
  return findAlarms({
    recipe,
    end: 'open',
    blewUp: ended instanceof Error,
    ...linesOfPoints(points.slice(0, 1)),
    expectedLoss: expectedLossOf(recipe.training.loss, data),
    steps: stepLinesOfPoints(taken.slice(0, steps)),
    report,
  })
}

const negated = (data: TrainingData): TrainingData => ({
  ...data,
  train: { ...data.train, weights: new Float32Array(data.train.rows).fill(-1) },
})
const large = (data: TrainingData, times: number): TrainingData => ({
  ...data,
  train: {
    ...data.train,
    inputs: { numbers: (data.train.inputs['numbers'] as Float32Array).map((x) => x * times) },
  },
})
const slow = begin(optimizers, 'sgd', { learningRate: 1e-6 })

const planted: Record<(typeof plantedInTraining)[number], Planted & { readonly layer?: string }> = {
  negativeLoss: { data: negated(moons(320)) },
  // Its answer is compared before it is used: there is no slope behind that.
  noGradient: {
    model: customOf(
      linearOf('a', 'numbers', 2, 8),
      linearOf('side', 'numbers', 2, 8),
      { id: 'same', op: 'ne', options: {}, inputs: ['side', 'a'] },
      { id: 'number', op: 'float', options: {}, inputs: ['same'] },
      { id: 'sum', op: 'add', options: {}, inputs: ['a', 'number'] },
      linearOf('out', 'sum', 8, 2),
    ),
    layer: 'side.weight',
  },
  frozen: {
    model: customOf(
      linearOf('a', 'numbers', 2, 8),
      // Everything is brought to 9: there is no slope.
      { id: 'flat', op: 'clamp', options: { min: 9, max: 9 }, inputs: ['a'] },
      linearOf('b', 'numbers', 2, 8),
      { id: 'sum', op: 'add', options: {}, inputs: ['b', 'flat'] },
      linearOf('out', 'sum', 8, 2),
    ),
    layer: 'a.weight',
  },
  climbing: { training: { optimizer: begin(optimizers, 'adamw', { learningRate: 3 }) } },
  stepsTooLarge: { training: { optimizer: begin(optimizers, 'adamw', { learningRate: 3 }) } },
  decayDominates: {
    training: { optimizer: begin(optimizers, 'adamw', { learningRate: 1e-3, weightDecay: 10 }) },
  },
  exploding: {
    model: customOf(
      linearOf('a', 'numbers', 2, 32, 20),
      nodeOf('bent', 'ReLU', 'a'),
      linearOf('b', 'bent', 32, 32, 20),
      linearOf('out', 'b', 32, 2, 20),
    ),
    training: { optimizer: slow },
  },
  vanishing: {
    model: customOf(
      linearOf('a', 'numbers', 2, 8),
      ...Array.from({ length: 8 }, (_, i) => linearOf(`b${i}`, i === 0 ? 'a' : `b${i - 1}`, 8, 8, 0.1)),
      linearOf('out', 'b7', 8, 2),
    ),
    training: { optimizer: slow },
    layer: 'a.weight',
  },
  deadUnits: {
    model: customOf(
      linearOf('a', 'numbers', 2, 16),
      // Far below 0 before the rectifier.
      { id: 'low', op: 'clamp', options: { min: -9, max: -8 }, inputs: ['a'] },
      { id: 'sum', op: 'add', options: {}, inputs: ['a', 'low'] },
      nodeOf('dead', 'ReLU', 'sum'),
      linearOf('b', 'dead', 16, 8),
      linearOf('c', 'numbers', 2, 8),
      { id: 'both', op: 'add', options: {}, inputs: ['b', 'c'] },
      linearOf('out', 'both', 8, 2),
    ),
    layer: 'dead',
  },
  saturated: {
    model: customOf(
      linearOf('a', 'numbers', 2, 16),
      nodeOf('bent', 'Tanh', 'a'),
      linearOf('out', 'bent', 16, 2),
    ),
    data: large(moons(320), 100),
    layer: 'bent',
  },
}

test.each(plantedInTraining)('%s', async (name) => {
  const { layer: wanted, ...fault } = planted[name]
  const found = (await saidOf(fault)).find((one) => one.name === name)
  expect(found?.message).toBeTruthy()
  if (wanted !== undefined) expect(found?.layer).toBe(wanted)
  if (found?.step !== undefined) expect(found.step).toBeLessThanOrEqual(20)
})

test('sound trainings raise nothing, whatever they learn with', async () => {
  const sound: Planted[] = [
    {},
    { training: { optimizer: begin(optimizers, 'sgd', { learningRate: 0.05 }) } },
    { model: recipeOf('classification', { activation: 'tanh', hidden: [64, 64, 64] }).model },
    { model: recipeOf('classification', { batchNorm: true, dropout: 0.3 }).model },
  ]
  for (const each of sound)
    expect((await saidOf(each)).map(({ name, message }) => [name, message])).toEqual([])
})

test('a value that is not a number is traced to the example that holds it', async () => {
  const data = moons(320)
  data.train.inputs['numbers']![2 * 57] = NaN
  const [finding] = await saidOf({ data })
  expect(finding).toMatchObject({ name: 'notFinite', evidence: { operation: 'numbers', example: '58' } })
})

test('one that steps make is traced to the operation and the layer', async () => {
  const optimizer = begin(optimizers, 'sgd', { learningRate: 1e30 })
  const [finding] = await saidOf({ training: { optimizer } })
  expect(finding).toMatchObject({ name: 'notFinite', step: 2, layer: '2', evidence: { operation: 'linear' } })
})
