import { formatValue } from '../format.ts'
import type { Task } from '../task.ts'
import type { Definition } from './define.ts'
import type { Options } from './options.ts'

interface MetricWords {
  /** The tasks whose predictions it judges. */
  readonly tasks: readonly Task[]
  readonly higherIsBetter: boolean
  /** How it is written: as a percentage, as a plain number, or in the target's own unit. */
  readonly format: 'share' | 'number' | 'target'
  /** Digits after the decimal point; of shares, of the percentage. */
  readonly decimals: number
  readonly unit?: string
  /** Among the few that are told where there is little room, and promised to who reads `--json`. */
  readonly headline?: true
  /** What a run of the task is judged by. */
  readonly primary?: true
  /** Takes longer than a count over the predictions: measured when somebody asks, not after every epoch. */
  readonly onRequest?: true
}
export type Metric<Name extends string = string> = Omit<
  Definition<Name, Options>,
  'options' | 'check' | 'upgrade'
> &
  MetricWords
const defineMetric = <const Name extends string>(metric: Metric<Name>): Metric<Name> => metric

const ofClasses = { tasks: ['classification'], higherIsBetter: true, format: 'number', decimals: 3 } as const
const ofNumbers = { tasks: ['regression'], higherIsBetter: false, format: 'target', decimals: 4 } as const
const scikit = (name: string): string =>
  `https://scikit-learn.org/stable/modules/generated/sklearn.metrics.${name}.html`

/** In the order in which they are shown. */
const all = [
  defineMetric({
    ...ofClasses,
    name: 'accuracy',
    label: 'Accuracy',
    help: 'The share of examples whose class is right. Says little where one class is most of them.',
    source: scikit('accuracy_score'),
    format: 'share',
    decimals: 1,
    headline: true,
    primary: true,
  }),
  defineMetric({
    ...ofClasses,
    name: 'balancedAccuracy',
    label: 'Balanced accuracy',
    help: 'The mean of the classes’ recalls: every class counts the same, however rare.',
    source: scikit('balanced_accuracy_score'),
    format: 'share',
    decimals: 1,
    headline: true,
  }),
  defineMetric({
    ...ofClasses,
    name: 'f1',
    label: 'F1 (macro)',
    help: 'The harmonic mean of precision and recall, averaged over the classes.',
    source: scikit('f1_score'),
    headline: true,
  }),
  defineMetric({
    ...ofClasses,
    name: 'precision',
    label: 'Precision (macro)',
    help: 'Of those that are called so, the share that is right; averaged over the classes.',
    source: scikit('precision_score'),
  }),
  defineMetric({
    ...ofClasses,
    name: 'recall',
    label: 'Recall (macro)',
    help: 'Of those that are so, the share that is found; averaged over the classes.',
    source: scikit('recall_score'),
  }),
  defineMetric({
    ...ofClasses,
    name: 'mcc',
    label: 'Matthews correlation',
    help: 'The correlation of truth and prediction: 1 is perfect, 0 no better than guessing, whatever the balance of the classes.',
    source: scikit('matthews_corrcoef'),
  }),
  defineMetric({
    ...ofClasses,
    name: 'kappa',
    label: 'Cohen’s kappa',
    help: 'Agreement beyond what guessing with the same frequencies gives: 1 is perfect, 0 is guessing.',
    source: scikit('cohen_kappa_score'),
  }),
  defineMetric({
    ...ofClasses,
    name: 'logLoss',
    label: 'Log loss',
    help: 'How surprised one has to be at the truth, given the probabilities: it is what honest probabilities make smallest.',
    source: scikit('log_loss'),
    higherIsBetter: false,
    unit: 'nats',
    decimals: 4,
    headline: true,
    onRequest: true,
  }),
  defineMetric({
    ...ofNumbers,
    name: 'rmse',
    label: 'RMSE',
    help: 'The root of the mean squared error: a typical error, in which large ones count most.',
    source: scikit('mean_squared_error'),
    headline: true,
  }),
  defineMetric({
    ...ofNumbers,
    name: 'mae',
    label: 'MAE',
    help: 'The mean size of the errors.',
    source: scikit('mean_absolute_error'),
    headline: true,
  }),
  defineMetric({
    ...ofNumbers,
    name: 'medianError',
    label: 'Median error',
    help: 'Half of the errors are smaller. A few large ones do not move it.',
    source: scikit('median_absolute_error'),
    onRequest: true,
  }),
  defineMetric({
    ...ofNumbers,
    name: 'r2',
    label: 'R²',
    help: 'The share of the target’s variance that is explained: 1 is perfect, 0 is as good as always saying the mean.',
    source: scikit('r2_score'),
    higherIsBetter: true,
    format: 'number',
    decimals: 3,
    headline: true,
    primary: true,
  }),
] as const

export type MetricName = (typeof all)[number]['name']
export const metrics: readonly Metric<MetricName>[] = all

/** null: one that this version does not know. */
export const metricOf = (name: string): Metric<MetricName> | null =>
  metrics.find((metric) => metric.name === name) ?? null

/** Its value as people read it. */
export const formatMetric = (name: string, value: number | null | undefined): string =>
  formatValue(metricOf(name) ?? { format: 'target', decimals: 4 }, value)

export const metricsFor = (task: Task): readonly Metric<MetricName>[] =>
  metrics.filter(({ tasks }) => tasks.includes(task))

/** What runs of this task are judged by. */
export const primaryFor = (task: Task): Metric<MetricName> => metricsFor(task).find(({ primary }) => primary)!
