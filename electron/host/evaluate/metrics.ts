/**
 * Test metrics, in float64 on the host. Definitions are scikit-learn's (the fixtures beside the tests come from it);
 * where a ratio has no denominator it counts as 0, as with `zero_division=0`. A ranking of rows that are all of one kind has no
 * quality at all: null.
 */
import { metricsFor, type MetricName, type Metrics, type Task } from '../../contract/index.ts'
import type {
  ClassEvidence,
  Evidence,
  LabelEvidence,
  NumberEvidence,
  Predicted,
  Probabilities,
} from './evidence.ts'
import { averagePrecision, rocAuc } from './rankings.ts'

/**
 * Probabilities are clipped to [1e-15, 1 − 1e-15] before the logarithm (scikit-learn's long-standing default), so
 * that a single certain and wrong prediction costs 34.5 nats instead of making the mean infinite.
 */
export const probabilityClip = 1e-15

function logLoss(truth: ArrayLike<number>, probabilities: Probabilities, classes: number): number {
  let total = 0
  for (let row = 0; row < truth.length; row++) {
    const p = probabilities[row * classes + (truth[row] ?? 0)] ?? 0
    total -= Math.log(Math.min(1 - probabilityClip, Math.max(probabilityClip, p)))
  }
  return total / truth.length
}

const ratio = (numerator: number, denominator: number): number =>
  denominator === 0 ? 0 : numerator / denominator
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]): number => ratio(sum(values), values.length)

/** What guessing with the frequencies of truth and predictions gives in each class: Σ rows·columns. */
const byChance = (e: ClassEvidence): number =>
  sum(e.perClass.map(({ support, predictions }) => support * predictions))

/** Cohen's kappa whose errors count by the square of the classes they are off. */
function quadraticKappa({ confusion, perClass, rows }: ClassEvidence): number {
  let observed = 0
  let expected = 0
  confusion.forEach((counts, truth) =>
    counts.forEach((count, predicted) => {
      const weight = (truth - predicted) ** 2
      observed += weight * count
      expected += (weight * perClass[truth]!.support * perClass[predicted]!.predictions) / rows
    }),
  )
  return expected === 0 ? 0 : 1 - observed / expected
}

// ---- of numbers ----

const errorsOf = ({ actual, predicted }: Predicted): Float64Array =>
  Float64Array.from(actual, (y, row) => (predicted[row] ?? 0) - y)
const meanOf = (values: Float64Array): number =>
  values.reduce((total, value) => total + value, 0) / values.length

function medianError(target: Predicted): number {
  const sizes = errorsOf(target).map(Math.abs).sort()
  const middle = sizes.length / 2
  return ((sizes[Math.ceil(middle) - 1] ?? NaN) + (sizes[Math.floor(middle)] ?? NaN)) / 2
}

/** Of a constant truth 1 when every prediction is exact, else 0. */
function r2(target: Predicted): number {
  const actual = Float64Array.from(target.actual)
  const center = meanOf(actual)
  const squares = errorsOf(target).reduce((total, error) => total + error * error, 0)
  const spread = actual.reduce((total, y) => total + (y - center) ** 2, 0)
  return spread > 0 ? 1 - squares / spread : squares === 0 ? 1 : 0
}

/** Of several targets the mean, which is scikit-learn's `uniform_average`. */
const overTargets =
  (of: (target: Predicted) => number) =>
  ({ targets }: NumberEvidence): number =>
    targets.length === 1 ? of(targets[0]!) : mean(targets.map(of))

const implementations = {
  accuracy: (e: ClassEvidence) => ratio(e.hits, e.rows),
  balancedAccuracy: (e: ClassEvidence) =>
    mean(e.perClass.filter(({ support }) => support > 0).map(({ recall }) => recall)),
  precision: (e: ClassEvidence | LabelEvidence) => mean(e.averaged.map(({ precision }) => precision)),
  recall: (e: ClassEvidence | LabelEvidence) => mean(e.averaged.map(({ recall }) => recall)),
  f1: (e: ClassEvidence | LabelEvidence) => mean(e.averaged.map(({ f1 }) => f1)),
  mcc: (e: ClassEvidence) => {
    const spread = (of: (one: { support: number; predictions: number }) => number): number =>
      e.rows * e.rows - sum(e.perClass.map((one) => of(one) ** 2))
    const size = Math.sqrt(spread((one) => one.support) * spread((one) => one.predictions))
    return ratio(e.hits * e.rows - byChance(e), size)
  },
  kappa: (e: ClassEvidence) => ratio(e.hits * e.rows - byChance(e), e.rows * e.rows - byChance(e)),
  logLoss: (e: ClassEvidence) => logLoss(e.truth, e.probabilities, e.classes),
  rocAuc: (e: ClassEvidence | LabelEvidence) => {
    const areas = e.rankings.flatMap((ranking) => rocAuc(ranking) ?? [])
    return areas.length === 0 ? null : mean(areas)
  },
  averagePrecision: (e: ClassEvidence | LabelEvidence) => {
    const areas = e.rankings.map(averagePrecision)
    // Of one label that is nowhere 0, as scikit-learn has it; where nothing is to be found, no search is good or bad.
    return areas.every((area) => area === null) ? null : mean(areas.map((area) => area ?? 0))
  },
  brier: (e: ClassEvidence) =>
    mean(
      e.rankings.map(
        ({ truth, score, rows }) =>
          sum(Array.from({ length: rows }, (_, row) => (score(row) - (truth(row) ? 1 : 0)) ** 2)) / rows,
      ),
    ),
  quadraticKappa,
  classError: (e: ClassEvidence) =>
    ratio(
      e.predicted.reduce((total, k, row) => total + Math.abs(k - (e.truth[row] ?? 0)), 0),
      e.rows,
    ),
  f1Micro: (e: LabelEvidence) => {
    const [support, predictions, hits] = (['support', 'predictions', 'hits'] as const).map((key) =>
      sum(e.perClass.map((one) => one[key])),
    ) as [number, number, number]
    return ratio(2 * hits, support + predictions)
  },
  exactMatch: (e: LabelEvidence) => ratio(e.hits, e.rows),
  hammingLoss: (e: LabelEvidence) =>
    ratio(
      sum(e.perClass.map(({ support, predictions, hits }) => support + predictions - 2 * hits)),
      e.truth.length,
    ),
  rmse: overTargets((target) => Math.sqrt(meanOf(errorsOf(target).map((error) => error * error)))),
  mae: overTargets((target) => meanOf(errorsOf(target).map(Math.abs))),
  medianError: overTargets(medianError),
  r2: overTargets(r2),
} satisfies Record<MetricName, (e: never) => number | null>

/** Each task gives the evidence that its metrics want. */
const metricValue = (name: MetricName, evidence: Evidence): number | null =>
  (implementations[name] as (e: Evidence) => number | null)(evidence)

/** Those of these metrics that the evidence has, under the names they are given. */
export const measuredBy = <M extends { readonly name: MetricName }>(
  metrics: readonly M[],
  evidence: Evidence,
  named: (metric: M) => string = ({ name }) => name,
): Metrics =>
  Object.fromEntries(
    metrics.flatMap((metric) => {
      const value = metricValue(metric.name, evidence)
      return value === null ? [] : [[named(metric), value]]
    }),
  )

/** All metrics of the task but those that its rows do not define. */
export const metricsOf = (task: Task, evidence: Evidence): Metrics => measuredBy(metricsFor(task), evidence)
