import { expect, test } from 'vitest'
import { openDevice, tensor } from '../../../engine/index.ts'
import { begin, losses, lossesFor, lossFor, type Loss } from '../../contract/index.ts'
import { lossFunctionOf } from './losses.ts'
import { validationMetrics } from './score.ts'

const crossEntropy = lossFunctionOf(lossFor('classification')).ofSplit

test('cross-entropy by hand, large logits included', () => {
  expect(crossEntropy([0, 0, 0, 0], [0, 1], 2, null)).toBeCloseTo(Math.log(2), 12)
  expect(crossEntropy([Math.log(3), 0], [1], 2, null)).toBeCloseTo(Math.log(4), 12)
  expect(crossEntropy([2000, 0], [1], 2, null)).toBe(2000)
})

test('class weights make a weighted mean', () => {
  // rows of loss ln 4 (class 1, weight 3) and ln(4/3) (class 0, weight 1)
  const logits = [Math.log(3), 0, Math.log(3), 0]
  const expected = (3 * Math.log(4) + Math.log(4 / 3)) / 4
  expect(crossEntropy(logits, [1, 0], 2, [1, 3])).toBeCloseTo(expected, 12)
})

test('a NaN output makes a NaN loss: it must not pass for a prediction', () => {
  expect(crossEntropy([NaN, 1], [1], 2, null)).toBeNaN()
  for (const name of lossesFor('regression'))
    expect(lossFunctionOf(begin(losses, name)).ofSplit([NaN, 1], [1, 2], 1, null), name).toBeNaN()
})

test('an epoch is judged by all metrics of the task that are quick, in the unit of the target', () => {
  const splitOf = (targets: Int32Array | Float32Array) => ({
    rows: targets.length,
    inputs: {},
    targets,
  })
  const classes = {
    validation: splitOf(Int32Array.of(0, 1, 1)),
    outputs: 2,
    inTargetUnit: (values: ArrayLike<number>) => Float64Array.from(values),
  }
  const judged = validationMetrics('classification', [2, 1, 0, 1, 3, 1], classes)
  expect(judged['validation/accuracy']).toBeCloseTo(2 / 3, 12)
  expect(judged['validation/balancedAccuracy']).toBeCloseTo(3 / 4, 12)
  expect(judged).not.toHaveProperty('validation/logLoss')
  const numbers = {
    validation: splitOf(Float32Array.of(1, 2, 3)),
    outputs: 1,
    inTargetUnit: (values: ArrayLike<number>) => Float64Array.from(values, (value) => 10 * value + 100),
  }
  const scaled = validationMetrics('regression', [1, 2, 4], numbers)
  expect(scaled['validation/r2']).toBeCloseTo(0.5, 12)
  expect(scaled['validation/mae']).toBeCloseTo(10 / 3, 12)
})

const device = await openDevice('reference')
const logits = [2, -1, 0.5, 0, 0, 0, -3, 1, 4, 0.25, 2, -2]
const labels = [0, 2, 2, 1]
const predictions = [0.5, -2, 3, 0]
const numbers = [0, -1, 3.25, 1.5]

const classLosses: Loss[] = [
  ...lossesFor('classification').map((name) => begin(losses, name)),
  begin(losses, 'crossEntropy', { labelSmoothing: 0.1 }),
  begin(losses, 'focal', { gamma: 0 }),
]
test.each(classLosses)('%o is the same on the device and over a split, with class weights', async (loss) => {
  const { onDevice, ofSplit } = lossFunctionOf(loss)
  const output = tensor(logits, { shape: [4, 3], device })
  const target = tensor(Int32Array.from(labels), { device })
  for (const weights of [null, [1, 3, 0.5]]) {
    const weight = weights === null ? undefined : tensor(weights, { device })
    expect(await onDevice(output, target, weight).item()).toBeCloseTo(ofSplit(logits, labels, 3, weights), 5)
  }
})

const numberLosses: Loss[] = [
  ...lossesFor('regression').map((name) => begin(losses, name)),
  begin(losses, 'huber', { delta: 0.3 }),
]
test.each(numberLosses)('%o is the same on the device and over a split', async (loss) => {
  const { onDevice, ofSplit } = lossFunctionOf(loss)
  const [output, target] = [predictions, numbers].map((values) => tensor(values, { shape: [4, 1], device }))
  expect(await onDevice(output!, target!).item()).toBeCloseTo(ofSplit(predictions, numbers, 1, null), 6)
})

test('the loss of a network that has learned nothing', () => {
  for (const loss of classLosses)
    expect(lossFunctionOf(loss).atStart(3)).toBeCloseTo(
      lossFunctionOf(loss).ofSplit([0, 0, 0], [1], 3, null),
      12,
    )
  // Over a million numbers that are normally distributed: quantiles of evenly spread shares by Box and Muller.
  const n = 1000
  const normal = Array.from({ length: n * n }, (_, i) => {
    const [u, v] = [((i % n) + 0.5) / n, (Math.floor(i / n) + 0.5) / n]
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v)
  })
  const zeros = new Float64Array(n * n)
  for (const loss of numberLosses)
    expect(lossFunctionOf(loss).atStart(1)).toBeCloseTo(
      lossFunctionOf(loss).ofSplit(zeros, normal, 1, null),
      2,
    )
})
