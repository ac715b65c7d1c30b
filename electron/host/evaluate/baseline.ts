/** What a model has to beat: predictions that never look at the inputs. */
import type { ClassificationMetrics, RegressionMetrics } from '../../contract/index.ts'
import { classificationMetrics, regressionMetrics } from './metrics.ts'

/** Always the training majority, with the training frequencies as probabilities: the best constant answer in log loss. */
export function majorityBaseline(
  trainCounts: readonly number[],
  truth: ArrayLike<number>,
  classes: readonly string[],
): ClassificationMetrics {
  const total = trainCounts.reduce((sum, count) => sum + count, 0)
  const probabilities = new Float64Array(truth.length * classes.length)
  for (let row = 0; row < truth.length; row++) {
    for (let k = 0; k < classes.length; k++) {
      probabilities[row * classes.length + k] = (trainCounts[k] ?? 0) / total
    }
  }
  return classificationMetrics(truth, probabilities, classes).metrics
}

/** Always the training mean: the best constant answer in squared error. */
export function meanBaseline(trainMean: number, actual: ArrayLike<number>): RegressionMetrics {
  return regressionMetrics(actual, new Float64Array(actual.length).fill(trainMean))
}
