/** What a model has to beat: predictions that never look at the inputs. */
import type { Metrics } from '../../contract/index.ts'
import { ClassEvidence, metricsOf } from './metrics.ts'

/** Always the training majority, with the training frequencies as probabilities: the best constant answer in log loss. */
export function majorityBaseline(
  trainCounts: readonly number[],
  truth: ArrayLike<number>,
  classes: number,
): Metrics {
  const total = trainCounts.reduce((sum, count) => sum + count, 0)
  const probabilities = new Float64Array(truth.length * classes)
  for (let row = 0; row < truth.length; row++) {
    for (let k = 0; k < classes; k++) {
      probabilities[row * classes + k] = (trainCounts[k] ?? 0) / total
    }
  }
  return metricsOf('classification', ClassEvidence.ofProbabilities(truth, probabilities, classes))
}

/** Always the training mean: the best constant answer in squared error. */
export function meanBaseline(trainMean: number, actual: ArrayLike<number>): Metrics {
  return metricsOf('regression', { actual, predicted: new Float64Array(actual.length).fill(trainMean) })
}
