import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricsFor, taskSchema, type Metrics, type Task } from '../../contract/index.ts'
import { majorityOf } from '../tasks/classes.ts'
import { meanOf } from '../tasks/numbers.ts'
import { argmaxRows, ClassEvidence, LabelEvidence, softmaxRows, type Probabilities } from './evidence.ts'
import { metricsOf } from './metrics.ts'

const classificationMetrics = (truth: number[], probabilities: Probabilities, classes: string[]) => {
  const evidence = ClassEvidence.ofProbabilities(truth, probabilities, classes.length)
  return { metrics: metricsOf('classification', evidence), classification: evidence }
}
const regressionMetrics = (actual: number[], predicted: number[]) =>
  metricsOf('regression', { targets: [{ actual, predicted }] })

test('softmax survives logits that overflow exp and sums to one', () => {
  const p = softmaxRows([1000, 1000, -1000, 0, Math.log(3), -Infinity], 3)
  expect([...p.slice(0, 3)]).toEqual([0.5, 0.5, 0])
  expect(p[3]).toBeCloseTo(0.25, 15)
  expect(p[4]).toBeCloseTo(0.75, 15)
  expect(p[5]).toBe(0)
})

test('argmax takes the first of equals', () => {
  expect([...argmaxRows([1, 3, 3, 2, 2, 2], 3)]).toEqual([1, 0])
})

test('classification metrics by hand', () => {
  // truth a a a b b c; predicted a a b b c c
  const truth = [0, 0, 0, 1, 1, 2]
  const predicted = [0, 0, 1, 1, 2, 2]
  const probabilities = new Float64Array(
    predicted.flatMap((k) => [0, 1, 2].map((c) => (c === k ? 0.8 : 0.1))),
  )
  const { metrics, classification } = classificationMetrics(truth, probabilities, ['a', 'b', 'c'])
  expect(classification.confusion).toEqual([
    [2, 1, 0],
    [0, 1, 1],
    [0, 0, 1],
  ])
  expect(classification.perClass[1]).toMatchObject({ support: 2, precision: 0.5, recall: 0.5, f1: 0.5 })
  expect(metrics.accuracy).toBeCloseTo(4 / 6, 12)
  expect(metrics.balancedAccuracy).toBeCloseTo((2 / 3 + 1 / 2 + 1) / 3, 12)
  expect(metrics.precision).toBeCloseTo((1 + 1 / 2 + 1 / 2) / 3, 12)
  expect(metrics.recall).toBeCloseTo((2 / 3 + 1 / 2 + 1) / 3, 12)
  expect(metrics.f1).toBeCloseTo((4 / 5 + 1 / 2 + 2 / 3) / 3, 12)
  expect(metrics.logLoss).toBeCloseTo((4 * -Math.log(0.8) + 2 * -Math.log(0.1)) / 6, 12)
})

test('a class absent from truth and predictions leaves the averages alone', () => {
  const probabilities = new Float64Array([0.9, 0.1, 0, 0.2, 0.8, 0])
  const { metrics } = classificationMetrics([0, 1], probabilities, ['a', 'b', 'never'])
  expect(metrics.f1).toBe(1)
  expect(metrics.balancedAccuracy).toBe(1)
})

test('log loss of certain and wrong is large but finite', () => {
  const { metrics } = classificationMetrics([0], new Float64Array([0, 1]), ['a', 'b'])
  expect(metrics.logLoss).toBeCloseTo(-Math.log(1e-15), 9)
})

test('regression metrics by hand', () => {
  const { rmse, mae, r2 } = regressionMetrics([1, 2, 3, 6], [2, 2, 2, 8])
  expect(rmse).toBeCloseTo(Math.sqrt(6 / 4), 12)
  expect(mae).toBeCloseTo(1, 12)
  expect(r2).toBeCloseTo(1 - 6 / 14, 12)
  expect(regressionMetrics([5, 5], [5, 5]).r2).toBe(1)
  expect(regressionMetrics([5, 5], [4, 5]).r2).toBe(0)
})

test('baselines are the best constants of the training split', () => {
  const trained = [...new Array<number>(30).fill(0), ...new Array<number>(10).fill(1)]
  const baseline = metricsOf('classification', majorityOf(trained, [0, 0, 1, 0], 2))
  expect(baseline.accuracy).toBe(0.75)
  expect(baseline.balancedAccuracy).toBe(0.5)
  expect(baseline.logLoss).toBeCloseTo(-(3 * Math.log(0.75) + Math.log(0.25)) / 4, 12)
  const always = (mean: number) =>
    metricsOf('regression', meanOf({ columns: [{ name: 'y', mean, steps: [] }] }, [[1, 2, 3]]))
  expect(always(2).r2).toBe(0)
  expect(always(3).mae).toBe(1)
})

interface Fixtures {
  sklearn: string
  classification: {
    truth: number[]
    probabilities: number[][]
    metrics: Record<string, number>
    confusion: number[][]
  }[]
  regression: { actual: number[]; predicted: number[]; metrics: Record<string, number> }[]
  binary: { truth: number[]; probabilities: number[]; metrics: Record<string, number> }[]
  ordinal: { truth: number[]; predicted: number[]; classes: number; metrics: Record<string, number> }[]
  multilabel: { truth: number[][]; probabilities: number[][]; metrics: Record<string, number> }[]
  targets: { actual: number[][]; predicted: number[][]; metrics: Record<string, number> }[]
}
const fixtures = JSON.parse(
  readFileSync(new URL('./fixtures/metrics.json', import.meta.url), 'utf8'),
) as Fixtures

test('agrees with scikit-learn on classification', () => {
  expect(fixtures.classification.length).toBeGreaterThanOrEqual(4)
  const names = metricsFor('classification').map(({ name }) => name)
  expect(Object.keys(fixtures.classification[0]!.metrics).toSorted()).toEqual(names.toSorted())
  for (const { truth, probabilities, metrics, confusion } of fixtures.classification) {
    const classes = (probabilities[0] ?? []).map((_, index) => String(index))
    const ours = classificationMetrics(truth, new Float64Array(probabilities.flat()), classes)
    expect(ours.classification.confusion).toEqual(confusion)
    for (const [name, value] of Object.entries(metrics)) {
      expect(ours.metrics[name], name).toBeCloseTo(value, 12)
    }
  }
})

test('agrees with scikit-learn on regression', () => {
  expect(fixtures.regression.length).toBeGreaterThanOrEqual(3)
  const names = metricsFor('regression').map(({ name }) => name)
  expect(Object.keys(fixtures.regression[0]!.metrics).toSorted()).toEqual(names.toSorted())
  for (const { actual, predicted, metrics } of fixtures.regression) {
    const ours = regressionMetrics(actual, predicted)
    for (const [name, value] of Object.entries(metrics)) {
      expect(ours[name], name).toBeCloseTo(value, 10)
    }
  }
})

const agrees = (ours: Metrics, theirs: Record<string, number>) => {
  for (const [name, value] of Object.entries(theirs)) expect(ours[name], name).toBeCloseTo(value, 12)
}

test('agrees with scikit-learn on what the second of two classes is given', () => {
  expect(fixtures.binary.length).toBeGreaterThanOrEqual(3)
  for (const { truth, probabilities, metrics } of fixtures.binary) {
    const both = new Float64Array(probabilities.flatMap((p) => [1 - p, p]))
    agrees(metricsOf('binary', ClassEvidence.ofProbabilities(truth, both, 2)), metrics)
  }
})

test('agrees with scikit-learn on classes in order', () => {
  for (const { truth, predicted, classes, metrics } of fixtures.ordinal) {
    const read = { probabilities: () => new Float64Array(0), predicted: () => Int32Array.from(predicted) }
    agrees(metricsOf('ordinal', new ClassEvidence(truth, classes, read)), metrics)
  }
})

test('agrees with scikit-learn on several labels', () => {
  const names = metricsFor('multilabel').map(({ name }) => name)
  expect(Object.keys(fixtures.multilabel[0]!.metrics).toSorted()).toEqual(names.toSorted())
  for (const { truth, probabilities, metrics } of fixtures.multilabel) {
    const labels = truth[0]!.length
    const evidence = new LabelEvidence(truth.flat(), labels, () => new Float64Array(probabilities.flat()))
    agrees(metricsOf('multilabel', evidence), metrics)
  }
})

test('agrees with scikit-learn on several numbers', () => {
  for (const { actual, predicted, metrics } of fixtures.targets)
    agrees(
      metricsOf('regression', {
        targets: actual.map((values, at) => ({ actual: values, predicted: predicted[at]! })),
      }),
      metrics,
    )
})

test('every metric of a task is held against scikit-learn, and each task has one that its runs are known by', () => {
  const held: Record<Task, string[]> = {
    classification: Object.keys(fixtures.classification[0]!.metrics),
    binary: [
      ...Object.keys(fixtures.classification[0]!.metrics),
      ...Object.keys(fixtures.binary[0]!.metrics),
    ],
    ordinal: [
      ...Object.keys(fixtures.classification[0]!.metrics),
      ...Object.keys(fixtures.ordinal[0]!.metrics),
    ],
    multilabel: Object.keys(fixtures.multilabel[0]!.metrics),
    regression: Object.keys(fixtures.regression[0]!.metrics),
  }
  for (const task of taskSchema.options) {
    expect(
      metricsFor(task)
        .map(({ name }) => name)
        .toSorted(),
      task,
    ).toEqual(held[task].toSorted())
    expect(metricsFor(task).filter(({ primary }) => primary?.includes(task)).length, task).toBe(1)
  }
})

test('what ranks rows is not defined where one kind of them is absent, and so not measured', () => {
  const outputs = Float64Array.of(0.6, 0.4, 0.3, 0.7, 0.8, 0.2)
  const all = metricsOf('binary', ClassEvidence.ofProbabilities(Int32Array.of(0, 1, 0), outputs, 2))
  const one = metricsOf('binary', ClassEvidence.ofProbabilities(Int32Array.of(0, 0, 0), outputs, 2))
  expect(all['rocAuc']).toBe(1)
  expect(Object.keys(all)).toContain('averagePrecision')
  expect(one['accuracy']).toBeCloseTo(2 / 3, 12)
  expect(Object.keys(one)).not.toContain('rocAuc')
  expect(Object.keys(one)).not.toContain('averagePrecision')
})
