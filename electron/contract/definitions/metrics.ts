import { formatDifference, formatValue } from '../format.ts'
import { binary, classification, multilabel, ordinal, regression, type Task } from './tasks.ts'
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
  /** The tasks whose runs are judged by it. */
  readonly primary?: readonly Task[]
  /** The share of rows that something is true of: where it is of all rows or of none, how many these are still says how sure that is. */
  readonly counted?: true
  /** Judges probabilities of every class, and no threshold: it tells rare classes apart where counts of right rows cannot. */
  readonly ofProbabilities?: true
  /** Takes longer than a count over the predictions: measured when somebody asks, not after every epoch. */
  readonly onRequest?: true
}
export type Metric<Name extends string = string> = Omit<
  Definition<Name, Options>,
  'options' | 'check' | 'upgrade'
> &
  MetricWords
const defineMetric = <const Name extends string>(metric: Metric<Name>): Metric<Name> => metric

const oneClass = [binary.name, classification.name, ordinal.name] as const
const ofClasses = { tasks: oneClass, higherIsBetter: true, format: 'number', decimals: 3 } as const
/** Of classes and of labels alike. */
const ofBoth = { ...ofClasses, tasks: [...oneClass, multilabel.name] } as const
const ofLabels = { ...ofClasses, tasks: [multilabel.name] } as const
const ofRanks = { ...ofClasses, tasks: [binary.name, multilabel.name] } as const
const ofOrder = { ...ofClasses, tasks: [ordinal.name] } as const
const ofNumbers = { tasks: [regression.name], higherIsBetter: false, format: 'target', decimals: 4 } as const
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
    counted: true,
    primary: [binary.name, classification.name],
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
    ...ofBoth,
    name: 'f1',
    label: 'F1 (macro)',
    help: 'The harmonic mean of precision and recall, averaged over the classes or labels.',
    source: scikit('f1_score'),
    headline: true,
  }),
  defineMetric({
    ...ofBoth,
    name: 'precision',
    label: 'Precision (macro)',
    help: 'Of those that are called so, the share that is right; averaged over the classes or labels.',
    source: scikit('precision_score'),
  }),
  defineMetric({
    ...ofBoth,
    name: 'recall',
    label: 'Recall (macro)',
    help: 'Of those that are so, the share that is found; averaged over the classes or labels.',
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
    ofProbabilities: true,
    onRequest: true,
  }),
  defineMetric({
    ...ofRanks,
    name: 'rocAuc',
    label: 'ROC AUC',
    help: 'How likely one of the class is given a higher probability than one that is not: 1 is perfect, 0.5 is guessing. Of labels the mean.',
    source: scikit('roc_auc_score'),
    headline: true,
    ofProbabilities: true,
    onRequest: true,
  }),
  defineMetric({
    ...ofRanks,
    name: 'averagePrecision',
    label: 'Average precision',
    help: 'The area under precision against recall, which is what counts where few are of the class. Of labels the mean.',
    source: scikit('average_precision_score'),
    onRequest: true,
  }),
  defineMetric({
    ...ofClasses,
    tasks: [binary.name],
    name: 'brier',
    label: 'Brier score',
    help: 'The mean squared difference of probability and truth: what honest probabilities make smallest, without log loss’s fear of a single certain error.',
    source: scikit('brier_score_loss'),
    higherIsBetter: false,
    decimals: 4,
    onRequest: true,
  }),
  defineMetric({
    ...ofOrder,
    name: 'quadraticKappa',
    label: 'Quadratic kappa',
    help: 'Agreement beyond chance in which an error counts by the square of the classes it is off: 1 is perfect, 0 is guessing.',
    source: scikit('cohen_kappa_score'),
    headline: true,
    primary: [ordinal.name],
  }),
  defineMetric({
    ...ofOrder,
    name: 'classError',
    label: 'Mean class error',
    help: 'How many classes a prediction is off, in the mean.',
    source: scikit('mean_absolute_error'),
    higherIsBetter: false,
    unit: 'classes',
    headline: true,
  }),
  defineMetric({
    ...ofLabels,
    name: 'f1Micro',
    label: 'F1 (micro)',
    help: 'The harmonic mean of precision and recall, counted over all labels together: frequent labels count most.',
    source: scikit('f1_score'),
    headline: true,
    primary: [multilabel.name],
  }),
  defineMetric({
    ...ofLabels,
    name: 'exactMatch',
    label: 'Exact match',
    help: 'The share of examples all of whose labels are right.',
    source: scikit('accuracy_score'),
    format: 'share',
    decimals: 1,
    headline: true,
    counted: true,
  }),
  defineMetric({
    ...ofLabels,
    name: 'hammingLoss',
    label: 'Hamming loss',
    help: 'The share of single labels that are wrong.',
    source: scikit('hamming_loss'),
    higherIsBetter: false,
    format: 'share',
    decimals: 1,
  }),
  defineMetric({
    ...ofNumbers,
    name: 'rmse',
    label: 'RMSE',
    help: 'The root of the mean squared error: a typical error, in which large ones count most. Of several targets the mean.',
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
    help: 'The share of the target’s variance that is explained: 1 is perfect, 0 is as good as always saying the mean. Of several targets the mean.',
    source: scikit('r2_score'),
    higherIsBetter: true,
    format: 'number',
    decimals: 3,
    headline: true,
    primary: [regression.name],
  }),
] as const

export type MetricName = (typeof all)[number]['name']
export const metrics: readonly Metric<MetricName>[] = all

/** null: one that this version does not know. */
export const metricOf = (name: string): Metric<MetricName> | null =>
  metrics.find((metric) => metric.name === name) ?? null

const unknown = { format: 'target', decimals: 4 } as const

/** How much more it is than another, as people read it. */
export const formatMetricDifference = (name: string, value: number, base: number): string =>
  formatDifference(metricOf(name) ?? unknown, value, base)

/** Its value as people read it; beside another one with as many digits as that. */
export const formatMetric = (name: string, value: number | null | undefined, like?: number | null): string =>
  formatValue(metricOf(name) ?? unknown, value, like ?? value)

export const metricsFor = (task: Task): readonly Metric<MetricName>[] =>
  metrics.filter(({ tasks }) => tasks.includes(task))

/** What runs of this task are judged by. */
export const primaryFor = (task: Task): Metric<MetricName> =>
  metrics.find(({ primary }) => primary?.includes(task))!
