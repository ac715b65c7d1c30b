import { expect, test } from 'vitest'
import { openDevice, tensor } from '../../../engine/index.ts'
import { begin, familySchema, losses, lossesFor, lossFor, type Loss } from '../../contract/index.ts'
import { ClassEvidence } from '../evaluate/evidence.ts'
import type { TargetValues } from '../tasks/index.ts'
import { expectedLossOf, lossFunctionOf } from './losses.ts'
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
  const scaledBack = (value: number): number => 10 * value + 100
  const splitOf = (targets: TargetValues) => ({ rows: targets.length, inputs: {}, targets, weights: null })
  const classes = {
    validation: splitOf(Int32Array.of(0, 1, 1)),
    evidenceOf: (truth: ArrayLike<number>, outputs: ArrayLike<number>) =>
      ClassEvidence.ofLogits(truth, outputs, 2),
  }
  const judged = validationMetrics('classification', [2, 1, 0, 1, 3, 1], classes)
  expect(judged['validation/accuracy']).toBeCloseTo(2 / 3, 12)
  expect(judged['validation/balancedAccuracy']).toBeCloseTo(3 / 4, 12)
  expect(judged).not.toHaveProperty('validation/logLoss')
  const numbers = {
    validation: splitOf(Float32Array.of(1, 2, 3)),
    evidenceOf: (actual: ArrayLike<number>, predicted: ArrayLike<number>) => ({
      targets: [
        {
          actual: Float64Array.from(actual, scaledBack),
          predicted: Float64Array.from(predicted, scaledBack),
        },
      ],
    }),
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

test('weights of classes and labels change what a network that knows nothing loses', () => {
  const train = { rows: 4, targets: Int32Array.of(0, 1, 1, 1), weights: null }
  const ofClasses = { outputs: 3, choices: 3, train }
  const crossEntropyLoss = lossFor('classification')
  expect(expectedLossOf(crossEntropyLoss, { ...ofClasses, lossWeights: null })).toBeCloseTo(Math.log(3), 12)
  expect(expectedLossOf(crossEntropyLoss, { ...ofClasses, lossWeights: [3, 1, 1] })).toBeCloseTo(
    Math.log(3),
    12,
  )
  // Three of four say yes, which counts twice: (3 · 2 + 1) / 4.
  const ofLabels = { outputs: 1, choices: 2, train, lossWeights: [2] }
  expect(expectedLossOf(lossFor('multilabel'), ofLabels)).toBeCloseTo(1.75 * Math.LN2, 12)
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

const yesAndNo = [1, 0, 0, 1, 1, 0]
const odds = [0.5, -2, 3, 0.1, -1, 4]
const labelLosses: Loss[] = [
  ...lossesFor('multilabel').map((name) => begin(losses, name)),
  begin(losses, 'binaryCrossEntropy', { labelSmoothing: 0.2 }),
]
const rowWeights = [2, 0, 0.5, 1.5]

test.each(labelLosses)('%o of labels is the same on the device and over a split', async (loss) => {
  const { onDevice, ofSplit } = lossFunctionOf(loss)
  const [output, target] = [odds, yesAndNo].map((values) => tensor(values, { shape: [3, 2], device }))
  for (const weights of [null, [3, 0.5]]) {
    const weight = weights ? tensor(weights, { device }) : undefined
    expect(await onDevice(output!, target!, weight).item()).toBeCloseTo(
      ofSplit(odds, Float32Array.from(yesAndNo), 2, weights),
      6,
    )
  }
})

test('focal loss with a focus of 0 is cross-entropy, of classes and of labels', () => {
  const flat = lossFunctionOf(begin(losses, 'focal', { gamma: 0 }))
  expect(flat.ofSplit(logits, Int32Array.from(labels), 3, null)).toBeCloseTo(
    crossEntropy(logits, labels, 3, null),
    12,
  )
  const plain = lossFunctionOf(begin(losses, 'binaryCrossEntropy'))
  expect(flat.ofSplit(odds, Float32Array.from(yesAndNo), 2, [2, 3])).toBeCloseTo(
    plain.ofSplit(odds, Float32Array.from(yesAndNo), 2, [2, 3]),
    12,
  )
})

test('the conditional ordinal loss asks only those that came as far', async () => {
  const { onDevice, ofSplit } = lossFunctionOf(begin(losses, 'corn'))
  // Two steps between three classes: of class 0 the first step is asked, of the others both.
  const p = (x: number): number => 1 / (1 + Math.exp(-x))
  const steps = [0.5, 9, -1, 0.25, 2, -2]
  const truth = [0, 1, 2]
  const steps5 = [
    -Math.log(1 - p(0.5)),
    -Math.log(p(-1)),
    -Math.log(1 - p(0.25)),
    -Math.log(p(2)),
    -Math.log(p(-2)),
  ]
  const expected = steps5.reduce((sum, one) => sum + one, 0) / 5
  expect(ofSplit(steps, truth, 2, null)).toBeCloseTo(expected, 12)
  const output = tensor(steps, { shape: [3, 2], device })
  const target = tensor(Int32Array.from(truth), { device })
  expect(await onDevice(output, target).item()).toBeCloseTo(expected, 6)
  const rows = tensor([2, 0, 1], { device })
  const weighted = (2 * steps5[0]! + steps5[3]! + steps5[4]!) / 5
  expect(await onDevice(output, target, undefined, rows).item()).toBeCloseTo(weighted, 6)
})

test.each([
  ...classLosses.map((loss) => ({ loss, outputs: logits, units: 3, targets: Int32Array.from(labels) })),
  ...labelLosses.map((loss) => ({
    loss,
    outputs: [...odds, 1, -1],
    units: 2,
    targets: Float32Array.from([...yesAndNo, 0, 1]),
  })),
  ...numberLosses.map((loss) => ({
    loss,
    outputs: predictions,
    units: 1,
    targets: Float32Array.from(numbers),
  })),
])('%o counts rows by their weights', async ({ loss, outputs, units, targets }) => {
  const { onDevice, ofSplit } = lossFunctionOf(loss)
  const output = tensor(outputs, { shape: [4, units], device })
  const target =
    targets instanceof Int32Array
      ? tensor(targets, { device })
      : tensor(targets, { shape: [4, units], device })
  const weighted = await onDevice(output, target, undefined, tensor(rowWeights, { device })).item()
  // Weights are 1 in the mean: what a row of weight 2 adds is twice what it adds by itself.
  expect(weighted).toBeCloseTo(ofSplit(outputs, targets, units, null, rowWeights), 5)
  const ones = await onDevice(output, target, undefined, tensor([1, 1, 1, 1], { device })).item()
  expect(ones).toBeCloseTo(await onDevice(output, target).item(), 6)
})

test('own formulas are what they say: cross-entropy, squared error, focal loss and their slopes', async () => {
  const own = (formula: string, slope = '') =>
    lossFunctionOf(begin(losses, 'probabilityFormula', { formula, slope }))
  const output = () => tensor(logits, { shape: [4, 3], device, requiresGrad: true })
  const target = tensor(Int32Array.from(labels), { device })
  const gradientOf = async (loss: ReturnType<typeof own>) => {
    const x = output()
    loss.onDevice(x, target).backward()
    return [...(await x.grad!.data())]
  }
  const near = (a: readonly number[], b: readonly number[]): void =>
    a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 6))
  const usual = lossFunctionOf(begin(losses, 'crossEntropy'))
  near(await gradientOf(own('-log_p')), await gradientOf(usual))
  near(
    await gradientOf(own('-(1 - p)**2 * log_p')),
    await gradientOf(lossFunctionOf(begin(losses, 'focal', { gamma: 2 }))),
  )
  // Counting errors has no slope; with that of −log p it teaches as cross-entropy does.
  const errors = 'round(1 - p)'
  near(await gradientOf(own(errors)), new Array<number>(12).fill(0))
  near(await gradientOf(own(errors, '-1 / p')), await gradientOf(usual))
  expect(await own(errors, '-1 / p').onDevice(output(), target).item()).toBe(0.25)
  expect(own('-log_p').atStart(3)).toBeCloseTo(Math.log(3), 12)
  const squared = lossFunctionOf(begin(losses, 'errorFormula'))
  expect(squared.atStart(1)).toBeCloseTo(1, 2)
  expect(squared.ofSplit(predictions, numbers, 1, null)).toBeCloseTo(
    lossFunctionOf(begin(losses, 'mse')).ofSplit(predictions, numbers, 1, null),
    12,
  )
})

test.each([
  [{ formula: 'error +' }, 'The line ends where a number, a name or a parenthesis is missing.'],
  [
    { formula: 'eror ** 2' },
    'There is no eror here. What the formula is of is called error or output or target.',
  ],
  [{ formula: 'sum(error)' }, 'sum is of a whole row, and this formula is of one number at a time.'],
  [{ formula: 'pi' }, 'The formula pi is of no prediction'],
  [{ formula: 'error', slope: 'x' }, 'There is no x here.'],
])('%j is refused with the reason', (options, message) => {
  const { success, error } = familySchema(losses).safeParse({ ...begin(losses, 'errorFormula'), ...options })
  expect(success).toBe(false)
  expect(error?.issues[0]?.message).toContain(message)
})
