import { expect, test } from 'vitest'
import type { Mlp } from '../../contract/index.ts'
import { layersOf, outputUnits } from './layers.ts'

const mlp: Mlp = { template: 'mlp', hidden: [64, 32], activation: 'relu', dropout: 0.2, batchNorm: true }

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
