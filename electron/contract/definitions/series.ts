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
  /** How often it is recorded; absent: once an epoch. */
  readonly every?: 'step'
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

// ---- within epochs ----

export const stepLossSeries: Series = {
  ...ofLoss,
  name: 'train/stepLoss',
  label: 'Loss of each step',
  help: 'The loss of the batch that each step trained on, before the step was made.',
  split: 'train',
  every: 'step',
}
export const gradientNormSeries: Series = {
  name: 'gradientNorm',
  label: 'Gradient norm',
  measure: 'Gradient norm',
  help: 'The length of the gradient of all parameters together, in the steps that are watched.',
  higherIsBetter: null,
  format: 'significant',
  decimals: 3,
  split: null,
  every: 'step',
}

/** What is measured of single layers, in the steps that are watched. `of`: whether it belongs to a parameter or to what a layer computes. */
interface LayerStatisticWords {
  readonly label: string
  readonly help: string
  readonly of: 'parameter' | 'layer'
  /** Shares are between 0 and 1. */
  readonly share?: true
}
export const layerStatistics = {
  gradient: {
    label: 'Gradient',
    help: 'The root mean square of the gradient of each weight. Far below the other layers’ it has vanished.',
    of: 'parameter',
  },
  weight: {
    label: 'Weights',
    help: 'The root mean square of the weights.',
    of: 'parameter',
  },
  update: {
    label: 'Update',
    help: 'How far the step moved the weights, as a share of their length: about 0.001 is usual.',
    of: 'parameter',
  },
  mean: { label: 'Mean', help: 'The mean of what the layer computes.', of: 'layer' },
  deviation: {
    label: 'Standard deviation',
    help: 'The standard deviation of what the layer computes.',
    of: 'layer',
  },
  dead: {
    label: 'Dead units',
    help: 'The share of a rectifier’s units that let nothing through for any example of the batch.',
    of: 'layer',
    share: true,
  },
  saturated: {
    label: 'Saturated',
    help: 'The share of the answers of a sigmoid or tanh that lie at its ends, where it has next to no slope.',
    of: 'layer',
    share: true,
  },
} as const satisfies Record<string, LayerStatisticWords>
export type LayerStatistic = keyof typeof layerStatistics
export const layerStatisticNames = Object.keys(layerStatistics) as LayerStatistic[]

const layerPrefix = 'layers/'
/** `layers/gradient/0.weight`: the name of a parameter or of a node of the network comes last. */
export const layerSeriesName = (statistic: LayerStatistic, layer: string): string =>
  `${layerPrefix}${statistic}/${layer}`

/** Which statistic of which layer; null: the series is none of a layer. */
export function layerOfSeries(name: string): { statistic: LayerStatistic; layer: string } | null {
  const [, statistic, layer] = /^layers\/([a-z]+)\/(.+)$/.exec(name) ?? []
  return layer !== undefined && statistic !== undefined && statistic in layerStatistics
    ? { statistic: statistic as LayerStatistic, layer }
    : null
}

function layerSeries(name: string): Series | null {
  const of = layerOfSeries(name)
  if (of === null) return null
  const words: LayerStatisticWords = layerStatistics[of.statistic]
  return {
    name,
    label: `${words.label} of ${of.layer}`,
    measure: words.label,
    help: words.help,
    higherIsBetter: null,
    ...(words.share ? { format: 'share', decimals: 1 } : { format: 'significant', decimals: 3 }),
    split: null,
    every: 'step',
  }
}

/** How the numbers of one tensor are spread, in the steps that are watched: of some of them, evenly taken. */
export const distributions = {
  gradients: {
    label: 'Distribution of gradients',
    help: 'Between which bounds the gradients of single weights lie. A distribution that shrinks to nothing means that a layer learns no more.',
  },
  outputs: {
    label: 'Distribution of outputs',
    help: 'Between which bounds lies what a layer computes. Bounds that run away, or close up, are trouble on its way.',
  },
} as const satisfies Record<string, { readonly label: string; readonly help: string }>
export type Distribution = keyof typeof distributions
/** In percent: so much of the numbers lies below. */
export const distributionPercentiles = [5, 25, 50, 75, 95] as const
export type DistributionPercentile = (typeof distributionPercentiles)[number]

/** `layers/gradients/p5/0.weight`: the name of a parameter or of a node of the network comes last. */
export const distributionSeriesName = (
  distribution: Distribution,
  percentile: DistributionPercentile,
  layer: string,
): string => `${layerPrefix}${distribution}/p${percentile}/${layer}`

/** null: the series is none of a distribution. */
export function distributionOfSeries(
  name: string,
): { distribution: Distribution; percentile: DistributionPercentile; layer: string } | null {
  const [, distribution, digits, layer] = /^layers\/([a-z]+)\/p(\d+)\/(.+)$/.exec(name) ?? []
  const percentile = distributionPercentiles.find((one) => String(one) === digits)
  return layer !== undefined &&
    distribution !== undefined &&
    percentile !== undefined &&
    distribution in distributions
    ? { distribution: distribution as Distribution, percentile, layer }
    : null
}

function distributionSeries(name: string): Series | null {
  const of = distributionOfSeries(name)
  if (of === null) return null
  const { label, help } = distributions[of.distribution]
  return {
    name,
    label: `${label} of ${of.layer}, ${of.percentile} %`,
    measure: label,
    help,
    higherIsBetter: null,
    format: 'significant',
    decimals: 3,
    split: null,
    every: 'step',
  }
}

/** Recorded within epochs: not among what runs are compared by. */
export const isStepwise = (name: string): boolean => seriesOf(name).every === 'step'

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
  stepLossSeries,
  gradientNormSeries,
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

export const seriesOf = (name: string): Series =>
  places.get(name)?.series ?? layerSeries(name) ?? distributionSeries(name) ?? unknown(name)

/** Those of these names, in the order in which they are shown; what nobody knows comes last. */
export const seriesFor = (names: readonly string[]): readonly Series[] =>
  [...new Set(names)]
    .map(seriesOf)
    .sort((a, b) => placeOf(a) - placeOf(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))

const placeOf = ({ name }: Series): number => places.get(name)?.place ?? places.size
