import { scoreFor, type Task } from '../../contract/index.ts'
import { ClassEvidence, metricValue } from '../evaluate/metrics.ts'

/** What is followed while training: accuracy, or R². */
export function scoreOutputs(
  task: Task,
  outputs: ArrayLike<number>,
  targets: ArrayLike<number>,
  units: number,
): number {
  const evidence =
    task === 'regression'
      ? { actual: targets, predicted: outputs }
      : ClassEvidence.ofLogits(targets, outputs, units)
  return metricValue(scoreFor(task).name, evidence)
}
