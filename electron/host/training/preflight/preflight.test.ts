/** Each check names the fault that is planted for it, and nothing stands against sound networks. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Device } from '../../../../engine/index.ts'
import {
  begin,
  optimizers,
  preflight,
  preflightSchema,
  type Budget,
  type Model,
  type Recipe,
} from '../../../contract/index.ts'
import { describePreflight } from '../../cli/findings.ts'
import { findAll } from '../../explore/findings.ts'
import { useDevice } from '../predict.ts'
import { customOf, linearOf, moons, nodeOf, recipeOf, waves, wholeRecipe } from '../testing.ts'
import type { TrainingData } from '../train.ts'
import { preflightOf } from './index.ts'
import { measureBeforeTraining } from './measure.ts'
import { preflightRules } from './rules.ts'

let device: Device
beforeAll(async () => {
  device = await useDevice('wasm')
})
afterAll(() => device.close())

interface Planted {
  readonly model?: Model
  readonly training?: Parameters<typeof recipeOf>[2]
  readonly data?: TrainingData
  readonly layer?: string
  readonly budget?: Budget
}
const optionsOf = ({ model, training, data = moons(600), budget }: Planted) => ({
  data,
  recipe: {
    ...wholeRecipe,
    ...recipeOf(data.choices > 1 ? 'classification' : 'regression', {}, { batchSize: 16, ...training }),
    ...(model && { model }),
    ...(budget && { budget }),
  } as Recipe,
})

const inputs = (data: TrainingData, change: (x: number, i: number) => number): TrainingData => ({
  ...data,
  train: {
    ...data.train,
    inputs: { numbers: (data.train.inputs['numbers'] as Float32Array).map(change) },
  },
})
/** Drawn anew, without a look at the inputs. */
function shuffled(data: TrainingData): TrainingData {
  let state = 12_345
  const drawn = (rows: number) =>
    Int32Array.from({ length: rows }, () => {
      state = (state * 16_807) % 2_147_483_647
      return (state >> 8) & 1
    })
  const { train, validation } = data
  return {
    ...data,
    train: { ...train, targets: drawn(train.rows) },
    validation: { ...validation, targets: drawn(validation.rows) },
  }
}

const planted: Record<string, Planted> = {
  notFiniteInputs: { data: inputs(moons(600), (x, i) => (i === 2 * 41 ? NaN : x)) },
  unscaledInputs: { data: inputs(moons(600), (x, i) => (i % 2 === 0 ? 1000 * x : x)) },
  batchOfOne: {
    model: recipeOf('classification', { batchNorm: true }).model,
    training: { batchSize: 1 },
  },
  startLossOff: { model: customOf(linearOf('out', 'numbers', 2, 2, 40)) },
  alreadyProbabilities: {
    model: customOf(linearOf('a', 'numbers', 2, 2), nodeOf('twice', 'Softmax', 'a', { dim: 1 })),
    layer: 'twice',
  },
  examplesMixed: {
    model: customOf(
      linearOf('a', 'numbers', 2, 8),
      // Over the batch instead of over the features.
      nodeOf('all', 'mean', 'a', { dim: 0, keepdim: true }),
      nodeOf('sum', 'add', 'a all'),
      linearOf('out', 'sum', 8, 2),
    ),
  },
  cutOff: {
    model: customOf(
      linearOf('a', 'numbers', 2, 8),
      linearOf('side', 'numbers', 2, 8),
      nodeOf('same', 'ne', 'side a'),
      nodeOf('number', 'float', 'same'),
      nodeOf('sum', 'add', 'a number'),
      linearOf('out', 'sum', 8, 2),
    ),
    layer: 'side.weight',
  },
  deadFromStart: {
    model: customOf(
      linearOf('a', 'numbers', 2, 16),
      nodeOf('low', 'clamp', 'a', { min: -9, max: -8 }),
      nodeOf('dead', 'ReLU', 'low'),
      linearOf('b', 'numbers', 2, 16),
      nodeOf('both', 'add', 'b dead'),
      linearOf('out', 'both', 16, 2),
    ),
    layer: 'dead',
  },
  saturatedFromStart: {
    model: customOf(
      linearOf('a', 'numbers', 2, 16, 200),
      nodeOf('bent', 'Tanh', 'a'),
      linearOf('out', 'bent', 16, 2),
    ),
    layer: 'bent',
  },
  staleStatistics: {
    model: customOf(
      linearOf('a', 'numbers', 2, 16, 30),
      nodeOf('norm', 'BatchNorm1d', 'a', { numFeatures: 16, momentum: 0.0001 }),
      nodeOf('bent', 'ReLU', 'norm'),
      linearOf('out', 'bent', 16, 2),
    ),
  },
  cannotOverfit: {
    model: customOf(linearOf('a', 'numbers', 2, 2), nodeOf('flat', 'clamp', 'a', { min: 0, max: 0.01 })),
  },
  overSize: { budget: { megabytes: 0.001, milliseconds: 0, rows: 1 } },
  overTime: { budget: { megabytes: 0, milliseconds: 1e-4, rows: 8 } },
  inputsTellNothing: { data: shuffled({ ...moons(600), validation: moons(600).train }) },
}

test.each(Object.keys(planted))('%s', async (name) => {
  const { layer, ...fault } = planted[name]!
  const tried = await preflightOf(optionsOf(fault))
  expect(preflightSchema.parse(JSON.parse(JSON.stringify(tried)))).toEqual(tried)
  const found = tried.findings.find((one) => one.name === name)
  expect(found?.message).toBeTruthy()
  if (layer !== undefined) expect(found?.layer).toBe(layer)
})

test('a gradient that promises other than what happens is no gradient', async () => {
  const { evidence } = await measureBeforeTraining(optionsOf({}))
  const { promised = 0, measured = 1 } = evidence.slope ?? {}
  expect(Math.abs(measured / promised - 1)).toBeLessThan(0.05)
  const said = (slope: { promised: number; measured: number }) =>
    findAll(preflight, preflightRules, { ...evidence, slope }).map(({ name }) => name)
  expect(said({ promised, measured: -measured })).toEqual(['gradientOff'])
  expect(said({ promised, measured })).toEqual([])
})

test('every check is planted here', () => {
  expect([...Object.keys(planted), 'gradientOff'].sort()).toEqual(
    preflight.members.map(({ name }) => name).sort(),
  )
})

test('nothing stands against sound networks, and all was tried that applies', async () => {
  const sound: Planted[] = [
    {},
    { data: waves(600) },
    { budget: { megabytes: 100, milliseconds: 10_000, rows: 8 } },
    { model: recipeOf('classification', { activation: 'tanh', hidden: [64, 64] }).model },
    { model: recipeOf('classification', { batchNorm: true, dropout: 0.3 }).model },
    { training: { optimizer: begin(optimizers, 'sgd', { learningRate: 0.05 }) } },
  ]
  for (const each of sound) {
    const { findings, notTried, startLoss, expectedLoss, secondsPerEpoch } = await preflightOf(
      optionsOf(each),
    )
    expect(findings.map(({ name, message }) => [name, message])).toEqual([])
    expect(notTried).toEqual([
      ...(JSON.stringify(each).includes('"batchNorm":true') ? [] : ['staleStatistics']),
      ...(each.budget ? [] : ['overSize', 'overTime']),
    ])
    expect(startLoss! / expectedLoss!).toBeGreaterThan(0.3)
    expect(secondsPerEpoch).toBeGreaterThan(0)
  }
})

test('what is frozen on purpose is no fault', async () => {
  const training = { parameters: [{ rule: 'freeze' as const, parameters: ['0', '3'] }], epochs: 10 }
  const { findings } = await preflightOf(optionsOf({ training }))
  expect(findings.map(({ name }) => name)).toEqual([])
})

test('a slow network with a budget of time is timed briefly and last: nothing else is left out for it', async () => {
  const slow = {
    model: recipeOf('classification', { hidden: [512, 512, 512] }).model,
    budget: { megabytes: 0, milliseconds: 1e-3, rows: 1000 },
  }
  const options = { ...optionsOf(slow), budgetMs: 30_000 }
  const { budget: _, ...recipe } = options.recipe
  const plain = await preflightOf({ ...options, recipe: recipe as Recipe })
  const tried = await preflightOf(options)
  expect(tried.notTried).toEqual(plain.notTried.filter((name) => name !== 'overTime'))
  expect([tried.outOfTime, tried.notes]).toEqual([[], []])
  expect(tried.findings.map(({ name }) => name)).toEqual(['overTime'])
  expect(tried.milliseconds).toBeGreaterThan(0)
  expect(tried.calls).toBeGreaterThanOrEqual(1)
  expect(tried.seconds - plain.seconds).toBeLessThan(6)
  // What there was no time for is named, apart from what does not apply.
  const hurried = await preflightOf({ ...options, budgetMs: 0 })
  expect(hurried.outOfTime).toEqual(['examplesMixed', 'cannotOverfit', 'inputsTellNothing'])
  expect(hurried.milliseconds).toBeGreaterThan(0)
  expect(describePreflight(hurried, options.recipe).join(' ')).toContain(
    'Not tried, as there was no time: Examples are kept apart; ',
  )
})
