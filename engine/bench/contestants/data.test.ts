import { expect, it } from 'vitest'
import { models } from '../workloads/models.ts'
import { batchIndex, fingerprint, makeData, Uniform } from './data.ts'
import { operandsOf } from './operands.ts'
import { startValues } from './parameters.ts'

it('makes data in which every class occurs, for numbers and for tokens', () => {
  const table = makeData(models['tabular-mlp'], 64)
  expect(table.inputs).toHaveLength(64 * 20)
  expect([...new Set(table.labels)].sort()).toEqual([0, 1])
  const text = makeData(models.lstm, 8)
  expect(text.shape).toEqual([8, 50])
  expect(Math.max(...text.inputs)).toBeLessThan(10_000)
})

it('shows another class than the label in every fourth row only', () => {
  const { inputs, labels } = makeData(models['text-cnn'], 60)
  const wrong = [...labels].flatMap((label, row) => (inputs[row * 50] === label ? [] : [row]))
  expect(wrong.length).toBeGreaterThan(5)
  expect(wrong.every((row) => row % 4 === 0)).toBe(true)
})

it('walks around the rows', () => {
  expect(batchIndex(64, 32, 2)[0]).toBe(0)
  expect(batchIndex(64, 32, 3)[0]).toBe(32)
})

it('repeats a prime number of drawn values in large tensors', () => {
  const values = new Uniform(1).floats(65_521 + 3)
  expect(values.slice(65_521)).toEqual(values.slice(0, 3))
  expect(Math.max(...values.slice(0, 1000).map(Math.abs))).toBeLessThanOrEqual(1)
})

it('tells results apart by direction and by size', () => {
  const values = [1, -2, 3]
  expect(fingerprint(values)).toBeCloseTo(fingerprint(Float32Array.from(values)))
  expect(Math.abs(fingerprint(values) - fingerprint([2, -4, 6]))).toBeGreaterThan(0.5)
  expect(Math.abs(fingerprint(values) - fingerprint([-1, 2, -3]))).toBeGreaterThan(0.5)
})

it('starts networks with the number of weights that they are known for', () => {
  const count = (name: keyof typeof models): number =>
    startValues(models[name].layers).reduce((sum, { values }) => sum + values.length, 0)
  expect(count('mnist-mlp')).toBe(784 * 256 + 256 + 256 * 10 + 10)
  expect(count('cnn')).toBe(421_642)
  expect(count('resnet20')).toBe(272_474)
})

it('spreads tokens over the table', () => {
  const { tokens, gradient } = operandsOf({
    kind: 'op',
    op: 'embedding',
    sizes: [100, 4, 250],
    gradient: true,
  })
  expect(new Set(tokens).size).toBe(100)
  expect(gradient.shape).toEqual([250, 4])
})
