import { measuredOn, metricsFor, type Metrics, type Task } from '../../contract/index.ts'
import { ClassEvidence, metricValue } from '../evaluate/metrics.ts'
import type { TrainingData } from './train.ts'

const scaled = (values: ArrayLike<number>, { mean, std }: { mean: number; std: number }): Float64Array =>
  Float64Array.from(values, (value) => value * std + mean)

/** What the validation split is judged by after every epoch, by series. */
export function validationMetrics(
  task: Task,
  outputs: ArrayLike<number>,
  { validation, outputs: units, targetScale }: Pick<TrainingData, 'validation' | 'outputs' | 'targetScale'>,
): Metrics {
  const scale = targetScale ?? { mean: 0, std: 1 }
  const evidence =
    task === 'regression'
      ? { actual: scaled(validation.targets, scale), predicted: scaled(outputs, scale) }
      : ClassEvidence.ofLogits(validation.targets, outputs, units)
  return Object.fromEntries(
    metricsFor(task)
      .filter(({ onRequest }) => !onRequest)
      .map((metric) => [measuredOn('validation', metric).name, metricValue(metric.name, evidence)]),
  )
}
