import { measuredOn, metricsFor, type Metrics, type Task } from '../../contract/index.ts'
import { measuredBy } from '../evaluate/metrics.ts'
import type { TrainingData } from './train.ts'

/** What the validation split is judged by after every epoch, by series. */
export function validationMetrics(
  task: Task,
  outputs: ArrayLike<number>,
  { validation, evidenceOf }: Pick<TrainingData, 'validation' | 'evidenceOf'>,
): Metrics {
  const evidence = evidenceOf(validation.targets, outputs)
  return measuredBy(
    metricsFor(task).filter(({ onRequest }) => !onRequest),
    evidence,
    (metric) => measuredOn('validation', metric).name,
  )
}
