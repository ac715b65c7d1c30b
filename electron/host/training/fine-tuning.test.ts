/** Weights from a file, parameters that are moved otherwise than the rest, and steps of several batches. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeSafetensors, type SafeTensor } from '../../../engine/formats/safetensors.ts'
import type { Device } from '../../../engine/index.ts'
import {
  begin,
  namesParameter,
  optimizers,
  parameterRules,
  startedFromInWords,
  stepLossSeries,
  weightStarts,
  type ParameterRule,
  type StartedFrom,
  type Training,
} from '../../contract/index.ts'
import { toSafeTensors } from '../deploy/folder.ts'
import { section, type Tensors } from './checkpoint.ts'
import { requireStart } from './network.ts'
import { movements } from './parameter-rules.ts'
import { useDevice } from './predict.ts'
import { startWeightsOf } from './start-weights.ts'
import { typedValues } from './tensors.ts'
import { moons, recipeOf } from './testing.ts'
import { train, type TrainOptions, type TrainResult } from './train.ts'

let device: Device
const folder = mkdtempSync(join(tmpdir(), 'descent-fine-tuning-'))
beforeAll(async () => {
  device = await useDevice('wasm')
})
afterAll(() => {
  device.close()
  rmSync(folder, { recursive: true })
})

const data = moons(240)
const trained = async (training: Partial<Training>, more: Partial<TrainOptions> = {}, model = {}) => {
  let startedFrom: StartedFrom | null = null
  const steps: number[] = []
  const recipe = recipeOf('classification', { dropout: 0, ...model }, training)
  const result = await train(
    { recipe, data, ...more },
    {
      onStartedFrom: (told) => (startedFrom = told),
      onSteps: (points) => steps.push(...points.map(({ values }) => values[stepLossSeries.name]!)),
    },
  )
  return { result, startedFrom: startedFrom as StartedFrom | null, steps }
}
const weightsOf = ({ best }: TrainResult): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(section(best.tensors, 'model')).map(([name, tensor]) => [name, [...typedValues(tensor)]]),
  )
const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)))
const save = (name: string, tensors: Record<string, SafeTensor>): string => {
  const path = join(folder, name)
  writeFileSync(path, encodeSafetensors(tensors))
  return path
}
const fileOf = (name: string, tensors: Tensors): string =>
  save(name, toSafeTensors(section(tensors, 'model')))
const startFrom = (path: string) => startWeightsOf(begin(weightStarts, 'pretrained', { path }))

test('a step of several batches is the step of one batch as large', async () => {
  const sgd = begin(optimizers, 'sgd', { learningRate: 0.1, momentum: 0.9, nesterov: false })
  const common = { optimizer: sgd, epochs: 4 }
  const whole = await trained({ ...common, batchSize: 32 })
  // 240 rows: the last step of an epoch has 16, which make one batch of 12 and one of 4.
  const inParts = await trained({ ...common, batchSize: 12, accumulate: 3 })
  const asLarge = await trained({ ...common, batchSize: 36 })
  expect(inParts.steps).toHaveLength(asLarge.steps.length)
  for (const [i, loss] of inParts.steps.entries()) expect(loss).toBeCloseTo(asLarge.steps[i]!, 4)
  const [a, b, c] = [weightsOf(inParts.result), weightsOf(asLarge.result), weightsOf(whole.result)]
  for (const [name, values] of Object.entries(a)) expect(farthest(values, b[name]!)).toBeLessThan(1e-4)
  expect(Math.max(...Object.entries(a).map(([name, values]) => farthest(values, c[name]!)))).toBeGreaterThan(
    1e-3,
  )
})

test('batch normalization never meets a batch of one within a step', async () => {
  // Steps of 32: the last one has 15 + 1 rows.
  const { steps } = await trained(
    { batchSize: 15, accumulate: 2, epochs: 2 },
    { data: moons(46) },
    { batchNorm: true },
  )
  expect(steps).toHaveLength(4)
  expect(steps.every(Number.isFinite)).toBe(true)
})

test('names of parameters and layers, with *', () => {
  const about = (pattern: string) =>
    ['layers.0.weight', 'layers.0.bias', 'layers.10.weight', 'head.bias'].filter((name) =>
      namesParameter(pattern, name),
    )
  expect(about('layers.0')).toEqual(['layers.0.weight', 'layers.0.bias'])
  expect(about('layers.1')).toEqual([])
  expect(about('layers.*')).toHaveLength(3)
  expect(about('*.bias')).toEqual(['layers.0.bias', 'head.bias'])
  expect(about('head.bias')).toEqual(['head.bias'])
  expect(about('*')).toHaveLength(4)
})

test('a later rule counts; what is meant by none, and a network that is all frozen, are refused', () => {
  const names = ['a.weight', 'a.bias', 'b.weight']
  const rules: ParameterRule[] = [
    begin(parameterRules, 'freeze', { parameters: ['a'] }),
    begin(parameterRules, 'scaleRate', { parameters: ['*.bias'], factor: 0.5 }),
    begin(parameterRules, 'ownDecay', { parameters: ['a.weight', 'b'], weightDecay: 0 }),
  ]
  expect([...movements(rules, names).values()]).toEqual([
    { frozen: true, factor: 1, weightDecay: 0 },
    { frozen: false, factor: 0.5, weightDecay: null },
    { frozen: false, factor: 1, weightDecay: 0 },
  ])
  expect(() => movements([begin(parameterRules, 'freeze', { parameters: ['c'] })], names)).toThrow(
    'No parameter or layer is called “c”: the network has a.weight, a.bias, b.weight.',
  )
  expect(() => movements([begin(parameterRules, 'freeze', { parameters: ['*'] })], names)).toThrow(
    'nothing would be learned',
  )
})

test('frozen layers stay to the bit, slower ones move less, and decay is their own', async () => {
  const sgd = begin(optimizers, 'sgd', { learningRate: 0.05, momentum: 0 })
  const first = weightsOf((await trained({ epochs: 1, optimizer: { ...sgd, learningRate: 1e-30 } })).result)
  const layers = [...new Set(Object.keys(first).map((name) => name.replace(/\.[^.]*$/, '')))]
  const [one, two] = [layers[0]!, layers[1]!]
  const moved = async (...parameters: ParameterRule[]) => {
    const after = weightsOf((await trained({ epochs: 1, optimizer: sgd, parameters })).result)
    return (layer: string): number => farthest(after[`${layer}.weight`]!, first[`${layer}.weight`]!)
  }
  const free = await moved()
  const frozen = await moved(begin(parameterRules, 'freeze', { parameters: [one] }))
  expect([free(one) > 0, frozen(one), frozen(two) > 0]).toEqual([true, 0, true])
  const slow = await moved(begin(parameterRules, 'scaleRate', { parameters: [one], factor: 0.01 }))
  expect(slow(one) / free(one)).toBeLessThan(0.03)
  expect(slow(one)).toBeGreaterThan(0)
  const strong = await moved(begin(parameterRules, 'ownDecay', { parameters: [two], weightDecay: 5 }))
  expect(strong(two)).toBeGreaterThan(3 * free(two))
  expect(strong(one)).toBeLessThan(2 * free(one))
})

test('a frozen batch normalization keeps its statistics', async () => {
  const norm = (tensors: Tensors) => Object.entries(tensors).filter(([name]) => name.endsWith('running_mean'))
  const model = { batchNorm: true, hidden: [8] }
  const { result } = await trained({ epochs: 1 }, {}, model)
  const names = Object.keys(section(result.best.tensors, 'model'))
  const layer = names.find((name) => name.endsWith('running_mean'))!.replace(/\.running_mean$/, '')
  const kept = await trained(
    { epochs: 2, parameters: [begin(parameterRules, 'freeze', { parameters: [layer] })] },
    {},
    model,
  )
  expect(norm(result.best.tensors).every(([, tensor]) => typedValues(tensor).some((x) => x !== 0))).toBe(true)
  expect(
    norm(kept.result.best.tensors).every(([, tensor]) => typedValues(tensor).every((x) => x === 0)),
  ).toBe(true)
})

test('a training that begins with the weights of another one begins where that one ended', async () => {
  const before = await trained({ epochs: 10 })
  const path = fileOf('same.safetensors', before.result.best.tensors)
  const start = await startFrom(path)
  const after = await trained({ epochs: 1 }, { start })
  expect(after.startedFrom).toMatchObject({ path, taken: 6, anew: [], unused: [] })
  const fresh = await trained({ epochs: 1 })
  expect(fresh.startedFrom).toBeNull()
  expect(after.steps[0]!).toBeLessThan(0.5 * fresh.steps[0]!)
})

test('a head of another size is drawn anew, wrapped names are found, and what is left over is said', async () => {
  const { result } = await trained({ epochs: 3 }, {}, { hidden: [16, 16] })
  const own = toSafeTensors(section(result.best.tensors, 'model'))
  const head = Object.keys(own).findLast((name) => name.endsWith('weight'))!
  const cut = (name: string, tensor: SafeTensor): SafeTensor =>
    name === head ? { ...tensor, shape: [1, 16], data: tensor.data.slice(0, 64) } : tensor
  const path = save('wrapped.safetensors', {
    ...Object.fromEntries(Object.entries(own).map(([name, one]) => [`module.${name}`, cut(name, one)])),
    'decoder.weight': own[head]!,
  })
  const { startedFrom } = await trained({ epochs: 1 }, { start: await startFrom(path) })
  expect(startedFrom).toMatchObject({ taken: 5, anew: [head], unused: [`module.${head}`, 'decoder.weight'] })
  expect(startedFromInWords(startedFrom!)).toContain(`; ${head} is drawn anew.`)
})

test('files that are no start are refused, with what they are and what to do', async () => {
  const recipe = recipeOf('classification')
  const spec = { ...data, model: recipe.model }
  const refusal = async (path: string) =>
    await startFrom(path)
      .then((start) => requireStart(spec, recipe, start))
      .then(
        () => 'nothing',
        (error: unknown) => (error as Error).message,
      )
  const other = save('other.safetensors', {
    'conv1.weight': { dtype: 'float32', shape: [1], data: new Uint8Array(4) },
  })
  expect(await refusal(other)).toMatch(
    /^No tensor of .*: it holds conv1.weight \[1\]; the network has .*Choose the network/,
  )
  const text = join(folder, 'notes.safetensors')
  writeFileSync(text, 'hello, world')
  expect(await refusal(text)).toMatch(
    /^The first weights: .* cannot be used: it is not a valid safetensors file/,
  )
  expect(await refusal(join(folder, 'none.safetensors'))).toMatch(/^The first weights: There is no file at/)
  expect(await refusal(folder)).toMatch(/^The first weights: .* is not a usable model/)
})

test('batches of a step weigh as their classes do, and as rows where the loss has a mean', async () => {
  const sgd = begin(optimizers, 'sgd', { learningRate: 0.1, momentum: 0 })
  const weighted = { data: { ...data, lossWeights: [1, 20] } }
  const whole = await trained({ optimizer: sgd, epochs: 2, batchSize: 36 }, weighted)
  const inParts = await trained({ optimizer: sgd, epochs: 2, batchSize: 6, accumulate: 6 }, weighted)
  for (const [i, loss] of inParts.steps.entries()) expect(loss).toBeCloseTo(whole.steps[i]!, 4)
})
