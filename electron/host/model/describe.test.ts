import { expect, test } from 'vitest'
import {
  begin,
  losses,
  lossFor,
  templates,
  type Mlp,
  type Model,
  type NetworkGiven,
} from '../../contract/index.ts'
import { ideasForNetwork } from './advise.ts'
import type { NetworkSpec } from './build.ts'
import { describeNetwork } from './describe.ts'
import type { InputSpec } from './input.ts'
import { pixels, spec, tokens } from './testing.ts'
import { stepWork } from './work.ts'

const mlp: Mlp = { template: 'mlp', hidden: [64, 32], activation: 'relu', dropout: 0.2, batchNorm: true }
const table = (model: Model, features: number, outputs: number): NetworkSpec => ({
  model,
  inputs: [{ name: 'numbers', kind: 'numbers', width: features }],
  outputs,
  task: 'classification',
})
const images = (model: Model, extent = 28): NetworkSpec => ({
  model,
  inputs: [
    { name: 'pixels', kind: 'pixels', channels: 1, height: extent, width: extent, mean: [0.5], std: [0.25] },
  ],
  outputs: 10,
  task: 'classification',
})

test('the summary counts parameters, shapes and the loss before learning', async () => {
  const summary = await describeNetwork(table(mlp, 10, 3), lossFor('classification'), 3)
  // (10·64 + 64) + 2·64 + (64·32 + 32) + 2·32 + (32·3 + 3)
  expect(summary.parameters).toBe(704 + 128 + 2080 + 64 + 99)
  expect(summary.bytes).toBe(4 * summary.parameters)
  // Of every hidden unit what goes into its normalization, and what ReLU gives.
  expect(summary.activationBytes).toBe(4 * 2 * (64 + 32))
  expect(summary.expectedInitialLoss).toBeCloseTo(Math.log(3), 12)
  const block = ['Linear', 'BatchNorm1d', 'ReLU', 'Dropout']
  expect(summary.layers.map((layer) => layer.type)).toEqual([...block, ...block, 'Linear'])
  expect(summary.layers.at(0)).toEqual({
    name: '0',
    type: 'Linear',
    inputShape: ['N', 10],
    outputShape: ['N', 64],
    parameters: 704,
    multiplyAdds: 640,
  })
  expect(summary.multiplyAdds).toBe(10 * 64 + 64 * 32 + 32 * 3)
  expect(summary.problems).toEqual([])
  expect(summary.source).toContain('class Net(nn.Module):')
  expect(summary.layers.at(-1)?.outputShape).toEqual(['N', 3])
  expect((await describeNetwork(table(mlp, 10, 1), lossFor('regression'), 1)).expectedInitialLoss).toBe(1)
  const written = begin(losses, 'errorFormula', { formula: 'log(error)' })
  expect((await describeNetwork(table(mlp, 10, 1), written, 1)).expectedInitialLoss).toBeNull()
})

test('a residual network has its shortcuts around blocks', async () => {
  const resnet: Model = { template: 'resnet', width: 8, blocks: 2, inner: 16, dropout: 0.1 }
  const { layers, parameters } = await describeNetwork(table(resnet, 5, 3), lossFor('classification'), 3)
  const block = ['BatchNorm1d', 'Linear', 'relu', 'Dropout', 'Linear', 'Dropout', 'add']
  expect(layers.map(({ type }) => type)).toEqual([
    'Linear',
    ...block,
    ...block,
    'BatchNorm1d',
    'ReLU',
    'Linear',
  ])
  const ofBlock = 2 * 8 + (8 * 16 + 16) + (16 * 8 + 8)
  expect(parameters).toBe(5 * 8 + 8 + 2 * ofBlock + 2 * 8 + (8 * 3 + 3))
  expect(layers.at(-1)?.outputShape).toEqual(['N', 3])
})

test('a convolutional network is described by its layers', async () => {
  const { layers, parameters } = await describeNetwork(
    images(begin(templates, 'cnn', { dropout: 0 })),
    lossFor('classification'),
    10,
  )
  expect(layers.slice(0, 3).map(({ type, outputShape }) => [type, ...(outputShape ?? [])])).toEqual([
    ['Conv2d', 'N', 32, 28, 28],
    ['ReLU', 'N', 32, 28, 28],
    ['MaxPool2d', 'N', 32, 14, 14],
  ])
  // 3×3 kernels with biases, then the two linear layers.
  expect(parameters).toBe(32 * 10 + 64 * (32 * 9 + 1) + 128 * (64 * 49 + 1) + 10 * 129)
})

test('a residual network has its layers under the names of its weights', async () => {
  const { layers } = await describeNetwork(
    images(begin(templates, 'resnet20'), 16),
    lossFor('classification'),
    3,
  )
  expect(layers.filter(({ type }) => type === 'Conv2d').length).toBe(19)
  expect(layers.find(({ name }) => name === 'layer2.0.conv1')?.outputShape).toEqual(['N', 32, 8, 8])
})

test('a text network has its filters counted, though nobody calls them as layers', async () => {
  const words: NetworkSpec = {
    model: { template: 'text-cnn', embedding: 128, filters: 100, widths: [3, 4, 5], dropout: 0.5 },
    inputs: [{ name: 'tokens', kind: 'tokens', vocabulary: 50, length: 12, padding: 0 }],
    outputs: 6,
    task: 'classification',
  }
  const { layers, parameters } = await describeNetwork(words, lossFor('classification'), 3)
  const convolutions = layers.filter(({ type }) => type === 'Conv1d')
  expect(convolutions.map(({ parameters: own }) => own)).toEqual(
    [3, 4, 5].map((width) => 100 * (128 * width + 1)),
  )
  expect(parameters).toBe(layers.reduce((sum, layer) => sum + layer.parameters, 0))
  const positions = [10, 9, 8]
  const products = [3, 4, 5].reduce((sum, width, i) => sum + positions[i]! * 100 * 128 * width, 300 * 6)
  expect((await stepWork(words, 1)).flops).toBe(6 * products)
})

test('the work of a step grows with weights, batch, and how often a weight is used', async () => {
  const { flops, bytes, kernels } = await stepWork(table({ ...mlp, hidden: [] }, 784, 10), 64)
  expect(flops).toBe(6 * 784 * 10 * 64)
  expect(bytes).toBe(4 * (4 * 64 * 10 + 10 * (784 * 10 + 10)))
  expect(kernels).toBe(13)
  const [half, whole] = [await stepWork(table(mlp, 20, 2), 32), await stepWork(table(mlp, 20, 2), 64)]
  expect(whole.flops).toBe(2 * half.flops)
  expect(whole.kernels).toBe(half.kernels)
  const convolutions = 32 * 9 * 28 * 28 + 64 * 32 * 9 * 14 * 14
  const cnn = await stepWork(images(begin(templates, 'cnn', { dropout: 0 })), 1)
  expect(cnn.flops).toBe(6 * (convolutions + 64 * 49 * 128 + 128 * 10))
})

test('of the deepest networks nothing is computed, however long the chain of their values is', async () => {
  const words = [{ ...tokens, length: 40, vocabulary: 3000 } as InputSpec]
  const deepest = begin(templates, 'transformer', { layers: 24 })
  const summary = await describeNetwork(spec(deepest, words, 10), lossFor('classification'), 10)
  expect(summary.problems).toEqual([])
  expect(summary.activationBytes).toBeGreaterThan(0)
  const resnet110 = spec(begin(templates, 'resnet20', { blocks: 18 }), [pixels(3, 32, 32)], 10)
  const facts = { inputs: resnet110.inputs, outputs: 10 } as NetworkGiven['facts']
  const { ideas } = await ideasForNetwork({ model: resnet110.model, facts })
  expect(ideas.length).toBeGreaterThan(5)
  // Interpreted, they took minutes.
}, 30_000)
