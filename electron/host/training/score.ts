import { measuredOn, metricsFor, type Metrics, type Task } from '../../contract/index.ts'
import { ClassEvidence, metricValue } from '../evaluate/metrics.ts'
import type { TrainingData } from './train.ts'

/** What the validation split is judged by after every epoch, by series. */
export function validationMetrics(
  task: Task,
  outputs: ArrayLike<number>,
  { validation, outputs: units, inTargetUnit }: Pick<TrainingData, 'validation' | 'outputs' | 'inTargetUnit'>,
): Metrics {
  const evidence =
    task === 'regression'
      ? { actual: inTargetUnit(validation.targets), predicted: inTargetUnit(outputs) }
      : ClassEvidence.ofLogits(validation.targets, outputs, units)
  return Object.fromEntries(
    metricsFor(task)
      .filter(({ onRequest }) => !onRequest)
      .map((metric) => [measuredOn('validation', metric).name, metricValue(metric.name, evidence)]),
  )
}
