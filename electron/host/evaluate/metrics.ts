/**
 * Test metrics, in float64 on the host. Definitions are scikit-learn's (the fixtures beside the tests come from it);
 * where a ratio has no denominator it counts as 0, as with `zero_division=0`.
 */
import type { ClassificationMetrics, Evaluation, RegressionMetrics } from '../../contract/index.ts'

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

export function logLoss(truth: ArrayLike<number>, probabilities: Probabilities, classes: number): number {
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

/**
 * Macro averages run over the classes that occur in the truth or in the predictions, balanced accuracy over those
 * that occur in the truth: a class that a small test split happens to lack says nothing about the model.
 */
export function classificationMetrics(
  truth: ArrayLike<number>,
  probabilities: Probabilities,
  classes: readonly string[],
): { metrics: ClassificationMetrics; classification: Classification } {
  const k = classes.length
  const predicted = argmaxRows(probabilities, k)
  const confusion = confusionMatrix(truth, predicted, k)
  const perClass = classes.map((name, c) => {
    const support = sum(confusion[c] ?? [])
    const predictions = sum(confusion.map((row) => row[c] ?? 0))
    const hits = confusion[c]?.[c] ?? 0
    const precision = ratio(hits, predictions)
    const recall = ratio(hits, support)
    return {
      class: name,
      support,
      predictions,
      precision,
      recall,
      f1: ratio(2 * hits, predictions + support),
    }
  })
  const seen = perClass.filter((row) => row.support + row.predictions > 0)
  const correct = sum(confusion.map((row, c) => row[c] ?? 0))
  return {
    metrics: {
      accuracy: ratio(correct, truth.length),
      balancedAccuracy: mean(perClass.filter((row) => row.support > 0).map((row) => row.recall)),
      precision: mean(seen.map((row) => row.precision)),
      recall: mean(seen.map((row) => row.recall)),
      f1: mean(seen.map((row) => row.f1)),
      logLoss: logLoss(truth, probabilities, k),
    },
    classification: {
      classes: [...classes],
      confusion,
      perClass: perClass.map(({ class: name, support, precision, recall, f1 }) => ({
        class: name,
        support,
        precision,
        recall,
        f1,
      })),
    },
  }
}

/** In the unit of the values given. R² of a constant truth is 1 when every prediction is exact, else 0. */
export function regressionMetrics(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
): RegressionMetrics {
  const rows = actual.length
  let total = 0
  for (let row = 0; row < rows; row++) total += actual[row] ?? 0
  const centre = total / rows
  let squares = 0
  let absolutes = 0
  let spread = 0
  for (let row = 0; row < rows; row++) {
    const y = actual[row] ?? 0
    const error = (predicted[row] ?? 0) - y
    squares += error * error
    absolutes += Math.abs(error)
    spread += (y - centre) ** 2
  }
  const r2 = spread > 0 ? 1 - squares / spread : squares === 0 ? 1 : 0
  return { rmse: Math.sqrt(squares / rows), mae: absolutes / rows, r2 }
}
