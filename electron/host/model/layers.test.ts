import { expect, test } from 'vitest'
import type { Model } from '../../contract/index.ts'
import { layersOf, outputUnits, stepWork, summarise } from './layers.ts'

const mlp: Model = { template: 'mlp', hidden: [64, 32], activation: 'relu', dropout: 0.2, batchNorm: true }

test('a binary task has two logits, regression one output', () => {
  expect(outputUnits('classification', 2)).toBe(2)
  expect(outputUnits('classification', 7)).toBe(7)
  expect(outputUnits('regression', 0)).toBe(1)
})

test('each hidden layer is linear, normalised, activated, dropped out', () => {
  const types = layersOf(mlp, 10, 3).map((layer) => layer.type)
  const block = ['Linear', 'BatchNorm1d', 'Activation', 'Dropout']
  expect(types).toEqual([...block, ...block, 'Linear'])
})

test('dropout of zero and batch norm switched off leave no layer behind', () => {
  const types = layersOf({ ...mlp, dropout: 0, batchNorm: false }, 10, 3).map((layer) => layer.type)
  expect(types).toEqual(['Linear', 'Activation', 'Linear', 'Activation', 'Linear'])
})

test('no hidden layer is a linear model', () => {
  expect(layersOf({ ...mlp, hidden: [] }, 4, 1)).toEqual([{ type: 'Linear', inputs: 4, outputs: 1 }])
})

test('the summary counts parameters, shapes and the loss before learning', () => {
  const summary = summarise(mlp, 'classification', 10, 3)
  // (10·64 + 64) + 2·64 + (64·32 + 32) + 2·32 + (32·3 + 3)
  expect(summary.parameters).toBe(704 + 128 + 2080 + 64 + 99)
  expect(summary.bytes).toBe(4 * summary.parameters)
  expect(summary.expectedInitialLoss).toBeCloseTo(Math.log(3), 12)
  expect(summary.layers.at(0)).toEqual({
    name: '0',
    type: 'Linear',
    inputShape: ['N', 10],
    outputShape: ['N', 64],
    parameters: 704,
  })
  expect(summary.layers.at(-1)?.outputShape).toEqual(['N', 3])
  expect(summarise(mlp, 'regression', 10, 1).expectedInitialLoss).toBe(1)
})

test('the work of a step grows with weights and batch', () => {
  expect(stepWork({ ...mlp, hidden: [] }, 784, 10, 64)).toBe(6 * (784 * 10 + 10) * 64)
  expect(stepWork(mlp, 20, 2, 64)).toBe(2 * stepWork(mlp, 20, 2, 32))
})
