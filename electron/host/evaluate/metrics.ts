/**
 * Test metrics, in float64 on the host. Definitions are scikit-learn's (the fixtures beside the tests come from it);
 * where a ratio has no denominator it counts as 0, as with `zero_division=0`.
 */
import {
  metricsFor,
  type Evaluation,
  type MetricName,
  type Metrics,
  type Task,
} from '../../contract/index.ts'

/** Class probabilities, row-major: rows × classes. */
export type Probabilities = Float64Array

/** Softmax of each row of logits, computed in float64 from the largest logit down so that nothing overflows. */
export function softmaxRows(logits: ArrayLike<number>, classes: number): Probabilities {
  const probabilities = new Float64Array(logits.length)
  for (let start = 0; start < logits.length; start += classes) {
    let max = -Infinity
    for (let k = 0; k < classes; k++) max = Math.max(max, logits[start + k] ?? -Infinity)
    let sum = 0
    for (let k = 0; k < classes; k++) {
      const e = Math.exp((logits[start + k] ?? -Infinity) - max)
      probabilities[start + k] = e
      sum += e
    }
    for (let k = 0; k < classes; k++) probabilities[start + k] = (probabilities[start + k] ?? 0) / sum
  }
  return probabilities
}

/** The most probable class of each row; the first one where several are equal. */
export function argmaxRows(values: ArrayLike<number>, classes: number): Int32Array {
  const rows = values.length / classes
  const best = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    let winner = 0
    for (let k = 1; k < classes; k++) {
      if ((values[row * classes + k] ?? 0) > (values[row * classes + winner] ?? 0)) winner = k
    }
    best[row] = winner
  }
  return best
}

/** Row: true class; column: predicted class. */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let row = 0; row < truth.length; row++) {
    const counts = matrix[truth[row] ?? 0]
    const k = predicted[row] ?? 0
    if (counts) counts[k] = (counts[k] ?? 0) + 1
  }
  return matrix
}

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

type Classification = NonNullable<Evaluation['classification']>

interface ClassCounts {
  readonly support: number
  readonly predictions: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** What predictions of classes are judged by; what takes a pass over them is done when it is first asked for. */
export class ClassEvidence {
  readonly truth: ArrayLike<number>
  readonly classes: number
  readonly #logits: ArrayLike<number>
  #probabilities: Probabilities | null
  #predicted: Int32Array | null = null
  #confusion: number[][] | null = null
  #perClass: readonly ClassCounts[] | null = null

  private constructor(
    truth: ArrayLike<number>,
    classes: number,
    logits: ArrayLike<number>,
    probabilities: Probabilities | null,
  ) {
    this.truth = truth
    this.classes = classes
    this.#logits = logits
    this.#probabilities = probabilities
  }
  static ofLogits(truth: ArrayLike<number>, logits: ArrayLike<number>, classes: number): ClassEvidence {
    return new ClassEvidence(truth, classes, logits, null)
  }
  static ofProbabilities(
    truth: ArrayLike<number>,
    probabilities: Probabilities,
    classes: number,
  ): ClassEvidence {
    return new ClassEvidence(truth, classes, probabilities, probabilities)
  }

  get probabilities(): Probabilities {
    return (this.#probabilities ??= softmaxRows(this.#logits, this.classes))
  }
  get predicted(): Int32Array {
    return (this.#predicted ??= argmaxRows(this.#logits, this.classes))
  }
  /** Row: true class; column: predicted class. */
  get confusion(): number[][] {
    return (this.#confusion ??= confusionMatrix(this.truth, this.predicted, this.classes))
  }
  get perClass(): readonly ClassCounts[] {
    return (this.#perClass ??= this.confusion.map((row, c) => {
      const support = sum(row)
      const predictions = sum(this.confusion.map((other) => other[c] ?? 0))
      const hits = row[c] ?? 0
      return {
        support,
        predictions,
        precision: ratio(hits, predictions),
        recall: ratio(hits, support),
        f1: ratio(2 * hits, predictions + support),
      }
    }))
  }
  /** Of the classes that occur in truth or predictions: one that a small split happens to lack says nothing about the model. */
  get seen() {
    return this.perClass.filter(({ support, predictions }) => support + predictions > 0)
  }
  get hits(): number {
    // Counted apart: after every epoch nothing but this is asked for.
    return this.predicted.reduce((count, k, row) => count + (k === this.truth[row] ? 1 : 0), 0)
  }
}

/** In the unit of the values given. */
export interface NumberEvidence {
  readonly actual: ArrayLike<number>
  readonly predicted: ArrayLike<number>
}

const errorsOf = ({ actual, predicted }: NumberEvidence): Float64Array =>
  Float64Array.from(actual, (y, row) => (predicted[row] ?? 0) - y)
const meanOf = (values: Float64Array): number =>
  values.reduce((total, value) => total + value, 0) / values.length

/** What guessing with the frequencies of truth and predictions gives in each class: Σ rows·columns. */
const byChance = (e: ClassEvidence): number =>
  sum(e.perClass.map(({ support, predictions }) => support * predictions))

const implementations = {
  accuracy: (e: ClassEvidence) => ratio(e.hits, e.truth.length),
  balancedAccuracy: (e: ClassEvidence) =>
    mean(e.perClass.filter(({ support }) => support > 0).map(({ recall }) => recall)),
  precision: (e: ClassEvidence) => mean(e.seen.map(({ precision }) => precision)),
  recall: (e: ClassEvidence) => mean(e.seen.map(({ recall }) => recall)),
  f1: (e: ClassEvidence) => mean(e.seen.map(({ f1 }) => f1)),
  mcc: (e: ClassEvidence) => {
    const rows = e.truth.length
    const spread = (of: (one: { support: number; predictions: number }) => number): number =>
      rows * rows - sum(e.perClass.map((one) => of(one) ** 2))
    const size = Math.sqrt(spread((one) => one.support) * spread((one) => one.predictions))
    return ratio(e.hits * rows - byChance(e), size)
  },
  kappa: (e: ClassEvidence) => {
    const rows = e.truth.length
    return ratio(e.hits * rows - byChance(e), rows * rows - byChance(e))
  },
  logLoss: (e: ClassEvidence) => logLoss(e.truth, e.probabilities, e.classes),
  rmse: (e: NumberEvidence) => Math.sqrt(meanOf(errorsOf(e).map((error) => error * error))),
  mae: (e: NumberEvidence) => meanOf(errorsOf(e).map(Math.abs)),
  medianError: (e: NumberEvidence) => {
    const sizes = errorsOf(e).map(Math.abs).sort()
    const middle = sizes.length / 2
    return ((sizes[Math.ceil(middle) - 1] ?? NaN) + (sizes[Math.floor(middle)] ?? NaN)) / 2
  },
  /** Of a constant truth 1 when every prediction is exact, else 0. */
  r2: (e: NumberEvidence) => {
    const actual = Float64Array.from(e.actual)
    const center = meanOf(actual)
    const squares = errorsOf(e).reduce((total, error) => total + error * error, 0)
    const spread = actual.reduce((total, y) => total + (y - center) ** 2, 0)
    return spread > 0 ? 1 - squares / spread : squares === 0 ? 1 : 0
  },
} satisfies Record<MetricName, ((e: ClassEvidence) => number) | ((e: NumberEvidence) => number)>

/** Each task gives the evidence that its metrics want. */
export const metricValue = (name: MetricName, evidence: ClassEvidence | NumberEvidence): number =>
  (implementations[name] as (e: typeof evidence) => number)(evidence)

/** All metrics of the task. */
export const metricsOf = (task: Task, evidence: ClassEvidence | NumberEvidence): Metrics =>
  Object.fromEntries(metricsFor(task).map(({ name }) => [name, metricValue(name, evidence)]))

/** What is shown class by class. */
export const classificationOf = (evidence: ClassEvidence, classes: readonly string[]): Classification => ({
  classes: [...classes],
  confusion: evidence.confusion,
  perClass: evidence.perClass.map(({ support, precision, recall, f1 }, c) => ({
    class: classes[c] ?? '',
    support,
    precision,
    recall,
    f1,
  })),
})
