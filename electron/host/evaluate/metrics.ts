/**
 * Test metrics, in float64 on the host. Definitions are scikit-learn's (the fixtures beside the tests come from it);
 * where a ratio has no denominator it counts as 0, as with `zero_division=0`. A ranking of rows that are all of one kind has no
 * quality at all: null.
 */
import { metricsFor, type MetricName, type Metrics, type Task } from '../../contract/index.ts'
import {
  totalOf,
  type ClassEvidence,
  type Evidence,
  type LabelEvidence,
  type NumberEvidence,
  type Predicted,
  type Times,
} from './evidence.ts'
import { averagePrecision, rocAuc } from './rankings.ts'

/** What each row has to itself: a bootstrap asks for it a thousand times, and it is the same in all draws. */
function eachOf<K extends object, V>(make: (of: K) => V): (of: K) => V {
  const made = new WeakMap<K, V>()
  return (of) => {
    const known = made.get(of)
    if (known !== undefined) return known
    const value = make(of)
    made.set(of, value)
    return value
  }
}

/**
 * Probabilities are clipped to [1e-15, 1 − 1e-15] before the logarithm (scikit-learn's long-standing default), so
 * that a single certain and wrong prediction costs 34.5 nats instead of making the mean infinite.
 */
export const probabilityClip = 1e-15

/** How much each row's class was not expected: log loss is its mean. */
export const surprisesOf = eachOf(({ truth, probabilities, classes }: ClassEvidence) => {
  const surprises = new Float64Array(truth.length)
  for (let row = 0; row < surprises.length; row++) {
    const p = probabilities[row * classes + truth[row]!] ?? 0
    surprises[row] = -Math.log(Math.min(1 - probabilityClip, Math.max(probabilityClip, p)))
  }
  return surprises
})

const squaredGaps = eachOf(({ rankings }: ClassEvidence) =>
  rankings.map(({ truth, score, rows }) =>
    Float64Array.from({ length: rows }, (_, row) => (score(row) - (truth(row) ? 1 : 0)) ** 2),
  ),
)
const classesOff = eachOf(({ truth, predicted }: ClassEvidence) =>
  Float64Array.from(truth, (k, row) => Math.abs(predicted[row]! - k)),
)

/** Of rows that count so often each. */
function meanOf(values: Float64Array, times: Times): number {
  let sum = 0
  let total = 0
  for (let row = 0; row < values.length; row++) {
    const count = times === null ? 1 : times[row]!
    sum += count * values[row]!
    total += count
  }
  return sum / total
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

const errorsOf = eachOf(({ actual, predicted }: Predicted) =>
  Float64Array.from(actual, (y, row) => (predicted[row] ?? 0) - y),
)
const sizesOf = eachOf((target: Predicted) => errorsOf(target).map(Math.abs))
const squaresOf = eachOf((target: Predicted) => errorsOf(target).map((error) => error * error))
const bySize = eachOf((target: Predicted) => {
  const sizes = sizesOf(target)
  return Int32Array.from(sizes.keys()).sort((a, b) => sizes[a]! - sizes[b]!)
})

function medianError(target: Predicted, times: Times): number {
  const sizes = sizesOf(target)
  const middle = totalOf(sizes.length, times) / 2
  // The places, counted from 1, of the one in the middle or of the two around it.
  const [low, high] = [Math.ceil(middle), Math.floor(middle) + 1]
  let lower = NaN
  let seen = 0
  for (const row of bySize(target)) {
    seen += times === null ? 1 : times[row]!
    if (seen >= low && Number.isNaN(lower)) lower = sizes[row]!
    if (seen >= high) return (lower + sizes[row]!) / 2
  }
  return NaN
}

/** Of a constant truth 1 when every prediction is exact, else 0. */
function r2(target: Predicted, times: Times): number {
  const { actual } = target
  const [squares, rows] = [squaresOf(target), actual.length]
  let total = 0
  let sum = 0
  for (let row = 0; row < rows; row++) {
    const count = times === null ? 1 : times[row]!
    total += count
    sum += count * actual[row]!
  }
  const center = sum / total
  let left = 0
  let spread = 0
  for (let row = 0; row < rows; row++) {
    const count = times === null ? 1 : times[row]!
    left += count * squares[row]!
    spread += count * (actual[row]! - center) ** 2
  }
  return spread > 0 ? 1 - left / spread : left === 0 ? 1 : 0
}

/** Of several targets the mean, which is scikit-learn's `uniform_average`. */
const overTargets =
  (of: (target: Predicted, times: Times) => number) =>
  ({ targets, times = null }: NumberEvidence): number =>
    targets.length === 1 ? of(targets[0]!, times) : mean(targets.map((target) => of(target, times)))

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
  logLoss: (e: ClassEvidence) => meanOf(surprisesOf(e.origin), e.times),
  rocAuc: (e: ClassEvidence | LabelEvidence) => {
    const areas = e.rankings.flatMap((ranking) => rocAuc(ranking) ?? [])
    return areas.length === 0 ? null : mean(areas)
  },
  averagePrecision: (e: ClassEvidence | LabelEvidence) => {
    const areas = e.rankings.map(averagePrecision)
    // Of one label that is nowhere 0, as scikit-learn has it; where nothing is to be found, no search is good or bad.
    return areas.every((area) => area === null) ? null : mean(areas.map((area) => area ?? 0))
  },
  brier: (e: ClassEvidence) => mean(squaredGaps(e.origin).map((gaps) => meanOf(gaps, e.times))),
  quadraticKappa,
  classError: (e: ClassEvidence) => meanOf(classesOff(e.origin), e.times),
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
      e.rows * e.labels,
    ),
  rmse: overTargets((target, times) => Math.sqrt(meanOf(squaresOf(target), times))),
  mae: overTargets((target, times) => meanOf(sizesOf(target), times)),
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
