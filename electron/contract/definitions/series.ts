/**
 * Series: what is recorded of a run under one name, as TensorBoard spells them — `train/loss`, `validation/accuracy`. A metric
 * is one on each split that it judges; beside these stand the losses and what the training itself does.
 */
import { midCase, type ValueFormat } from '../format.ts'
import type { Task } from './tasks.ts'
import { metrics, metricsFor, type Metric } from './metrics.ts'

export type MetricSplit = 'validation' | 'test'

export interface Series {
  readonly name: string
  readonly label: string
  /** What is measured, wherever it is measured: what stands at an axis. */
  readonly measure: string
  readonly help: string
  /** null: neither is better in itself. */
  readonly higherIsBetter: boolean | null
  /** As a metric's, or in significant digits. */
  readonly format: ValueFormat
  readonly decimals: number
  readonly unit?: string
  /** null: it says nothing of the data. */
  readonly split: 'train' | MetricSplit | null
}

const ofLoss = { measure: 'Loss', higherIsBetter: false, format: 'number', decimals: 4 } as const

export const trainLossSeries: Series = {
  ...ofLoss,
  name: 'train/loss',
  label: 'Training loss',
  help: 'The loss of the training split, averaged over the epoch while the weights change.',
  split: 'train',
}
export const validationLossSeries: Series = {
  ...ofLoss,
  name: 'validation/loss',
  label: 'Validation loss',
  help: 'The loss of the validation split at the end of the epoch. The epoch where it is lowest gives the weights.',
  split: 'validation',
}
export const learningRateSeries: Series = {
  name: 'learningRate',
  label: 'Learning rate',
  measure: 'Learning rate',
  help: 'How far each step went in this epoch.',
  higherIsBetter: null,
  format: 'significant',
  decimals: 3,
  split: null,
}
export const throughputSeries: Series = {
  name: 'throughput',
  label: 'Throughput',
  measure: 'Throughput',
  help: 'Training examples a second over this epoch, validation not counted.',
  higherIsBetter: null,
  format: 'count',
  decimals: 0,
  unit: 'examples/s',
  split: null,
}

const splitLabels: Record<MetricSplit, string> = { validation: 'Validation', test: 'Test' }

/** A metric as it is measured on a split. */
export const measuredOn = (split: MetricSplit, metric: Metric): Series => ({
  name: `${split}/${metric.name}`,
  label: `${splitLabels[split]} ${midCase(metric.label)}`,
  measure: metric.label,
  help: metric.help,
  higherIsBetter: metric.higherIsBetter,
  format: metric.format,
  decimals: metric.decimals,
  ...(metric.unit !== undefined && { unit: metric.unit }),
  split,
})

/** What a training of this task records after every epoch, in the order in which it is shown. */
export const recordedFor = (task: Task): readonly Series[] => [
  trainLossSeries,
  validationLossSeries,
  ...metricsFor(task).flatMap((metric) => (metric.onRequest ? [] : [measuredOn('validation', metric)])),
  learningRateSeries,
  throughputSeries,
]

const all: readonly Series[] = [
  trainLossSeries,
  validationLossSeries,
  ...(['validation', 'test'] as const).flatMap((split) => metrics.map((metric) => measuredOn(split, metric))),
  learningRateSeries,
  throughputSeries,
]
const places = new Map(all.map((series, place) => [series.name, { series, place }]))

/** What another version recorded: its name is all that is known of it. */
const unknown = (name: string): Series => ({
  name,
  label: name,
  measure: name,
  help: 'Recorded by another version of Descent.',
  higherIsBetter: null,
  format: 'significant',
  decimals: 5,
  split: null,
})

export const seriesOf = (name: string): Series => places.get(name)?.series ?? unknown(name)

/** Those of these names, in the order in which they are shown; what nobody knows comes last. */
export const seriesFor = (names: readonly string[]): readonly Series[] =>
  [...new Set(names)]
    .map(seriesOf)
    .sort((a, b) => placeOf(a) - placeOf(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))

const placeOf = ({ name }: Series): number => places.get(name)?.place ?? places.size
