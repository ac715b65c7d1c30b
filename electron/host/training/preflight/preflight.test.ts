/** Each check names the fault that is planted for it, and nothing stands against sound networks. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Device } from '../../../../engine/index.ts'
import {
  begin,
  defaultRecipe,
  detected,
  optimizers,
  preflight,
  preflightSchema,
  type Model,
  type NetworkNode,
  type Recipe,
} from '../../../contract/index.ts'
import { findAll } from '../../explore/findings.ts'
import { useDevice } from '../predict.ts'
import { moons, recipeOf, waves } from '../testing.ts'
import type { TrainingData } from '../train.ts'
import { preflightOf } from './index.ts'
import { measureBeforeTraining } from './measure.ts'
import { preflightRules } from './rules.ts'

let device: Device
beforeAll(async () => {
  device = await useDevice('wasm')
})
afterAll(() => device.close())

type Options = Record<string, number | boolean>
const node = (id: string, name: string, from: string, options: Options = {}, by?: number): NetworkNode =>
  ({
    id,
    ...(/^[A-Z]/.test(name) ? { layer: name } : { op: name }),
    options,
    inputs: from.split(' '),
    ...(by !== undefined && { init: { weight: { name: 'scaled', by } } }),
  }) as NetworkNode
const linear = (
  id: string,
  from: string,
  inFeatures: number,
  outFeatures: number,
  by?: number,
): NetworkNode => node(id, 'Linear', from, { inFeatures, outFeatures }, by)
const custom = (...nodes: NetworkNode[]): Model =>
  ({
    template: 'custom',
    from: 'mlp',
    document: {
      inputs: [{ name: 'numbers', kind: 'numbers', width: 2 }],
      nodes,
      output: nodes.at(-1)!.id,
    },
  }) as unknown as Model

const whole = defaultRecipe(
  { path: '/a.csv', ...detected, missingValues: [] },
  [
    { name: 'x', kind: 'number', role: 'feature' },
    { name: 'y', kind: 'category', role: 'target' },
  ],
  'classification',
  320,
)
interface Planted {
  readonly model?: Model
  readonly training?: Parameters<typeof recipeOf>[2]
  readonly data?: TrainingData
  readonly layer?: string
}
const optionsOf = ({ model, training, data = moons(600) }: Planted) => ({
  data,
  recipe: {
    ...whole,
    ...recipeOf(data.choices > 1 ? 'classification' : 'regression', {}, { batchSize: 16, ...training }),
    ...(model && { model }),
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
  startLossOff: { model: custom(linear('out', 'numbers', 2, 2, 40)) },
  alreadyProbabilities: {
    model: custom(linear('a', 'numbers', 2, 2), node('twice', 'Softmax', 'a', { dim: 1 })),
    layer: 'twice',
  },
  examplesMixed: {
    model: custom(
      linear('a', 'numbers', 2, 8),
      // Over the batch instead of over the features.
      node('all', 'mean', 'a', { dim: 0, keepdim: true }),
      node('sum', 'add', 'a all'),
      linear('out', 'sum', 8, 2),
    ),
  },
  cutOff: {
    model: custom(
      linear('a', 'numbers', 2, 8),
      linear('side', 'numbers', 2, 8),
      node('same', 'ne', 'side a'),
      node('number', 'float', 'same'),
      node('sum', 'add', 'a number'),
      linear('out', 'sum', 8, 2),
    ),
    layer: 'side.weight',
  },
  deadFromStart: {
    model: custom(
      linear('a', 'numbers', 2, 16),
      node('low', 'clamp', 'a', { min: -9, max: -8 }),
      node('dead', 'ReLU', 'low'),
      linear('b', 'numbers', 2, 16),
      node('both', 'add', 'b dead'),
      linear('out', 'both', 16, 2),
    ),
    layer: 'dead',
  },
  saturatedFromStart: {
    model: custom(
      linear('a', 'numbers', 2, 16, 200),
      node('bent', 'Tanh', 'a'),
      linear('out', 'bent', 16, 2),
    ),
    layer: 'bent',
  },
  staleStatistics: {
    model: custom(
      linear('a', 'numbers', 2, 16, 30),
      node('norm', 'BatchNorm1d', 'a', { numFeatures: 16, momentum: 0.0001 }),
      node('bent', 'ReLU', 'norm'),
      linear('out', 'bent', 16, 2),
    ),
  },
  cannotOverfit: {
    model: custom(linear('a', 'numbers', 2, 2), node('flat', 'clamp', 'a', { min: 0, max: 0.01 })),
  },
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
    { model: recipeOf('classification', { activation: 'tanh', hidden: [64, 64] }).model },
    { model: recipeOf('classification', { batchNorm: true, dropout: 0.3 }).model },
    { training: { optimizer: begin(optimizers, 'sgd', { learningRate: 0.05 }) } },
  ]
  for (const each of sound) {
    const { findings, notTried, startLoss, expectedLoss, secondsPerEpoch } = await preflightOf(
      optionsOf(each),
    )
    expect(findings.map(({ name, message }) => [name, message])).toEqual([])
    expect(notTried).toEqual(JSON.stringify(each).includes('"batchNorm":true') ? [] : ['staleStatistics'])
    expect(startLoss! / expectedLoss).toBeGreaterThan(0.3)
    expect(secondsPerEpoch).toBeGreaterThan(0)
  }
})
