/** Loss and score of a whole split from its outputs, in float64 on the host: exact, and the same on every backend. */
import type { Task } from '../../contract/index.ts'
import { argmaxRows, regressionMetrics } from '../evaluate/metrics.ts'

/**
 * Mean softmax cross-entropy in nats, from logits. With class weights the weighted mean Σ wᵢlᵢ / Σ wᵢ, as
 * torch.nn.CrossEntropyLoss(weight) has it, so that training and validation curves mean the same.
 */
export function crossEntropy(
  logits: ArrayLike<number>,
  truth: ArrayLike<number>,
  classes: number,
  weights: ArrayLike<number> | null,
): number {
  let total = 0
  let weightSum = 0
  for (let row = 0; row < truth.length; row++) {
    const start = row * classes
    const label = truth[row] ?? 0
    let max = -Infinity
    for (let k = 0; k < classes; k++) max = Math.max(max, logits[start + k] ?? NaN)
    let sum = 0
    for (let k = 0; k < classes; k++) sum += Math.exp((logits[start + k] ?? NaN) - max)
    const weight = weights?.[label] ?? 1
    total += weight * (Math.log(sum) + max - (logits[start + label] ?? NaN))
    weightSum += weight
  }
  return total / weightSum
}

export interface SplitScore {
  loss: number
  /** Accuracy, or R². */
  score: number
}

export function scoreOutputs(
  task: Task,
  outputs: ArrayLike<number>,
  targets: ArrayLike<number>,
  units: number,
  weights: ArrayLike<number> | null,
): SplitScore {
  if (task === 'regression') {
    const { rmse, r2 } = regressionMetrics(targets, outputs)
    return { loss: rmse * rmse, score: r2 }
  }
  const predicted = argmaxRows(outputs, units)
  const correct = predicted.reduce((count, k, row) => count + (k === targets[row] ? 1 : 0), 0)
  return { loss: crossEntropy(outputs, targets, units, weights), score: correct / targets.length }
}
