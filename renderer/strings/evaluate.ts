/** The step Evaluate. */
import { formatPercent, plural } from '../lib/format.ts'

export const evaluate = {
  title: 'Evaluate',
  lead: 'How good the model is on rows that it never learned from, beside ordinary models that learned from the same rows.',
  continue: 'Continue to Deploy',
  loading: 'Loading runs…',
  split: 'Split',
  validation: 'Validation',
  test: 'Test',
  sealedTest: 'Test (sealed)',
  opened: (looks: number | null) =>
    looks === null || looks <= 1
      ? 'Test split opened: its figure now counts.'
      : `The test split has been looked at ${plural(looks, 'time')}: the best of them flatters.`,
  threshold: (name: string, threshold: number) =>
    `“${name}” is predicted from a probability of ${formatPercent(threshold)} on, which the validation split chose.`,
  cancelled: 'The test was cancelled. Nothing was stored.',
  again: 'Test again',
  sealed: {
    note: 'The test split is sealed.',
    below:
      'Below is the validation split, which chose the best epoch and so flatters the model a little. Open the test split once all choices are made.',
    open: 'Open the test split…',
    title: 'The test split is sealed',
    why: 'A test figure is honest only while nothing has been decided by it. Compare runs and settings on the validation split; open the test split for the run you mean to keep.',
  },
  predicting: 'Predicting every row of the split…',
  baselines: {
    training: 'Training baselines on the same rows…',
    cancelled: 'The baselines were cancelled: only the constant one stands here.',
    again: 'Train the baselines',
  },
  confirm: {
    title: 'Open the test split?',
    text: 'This shows how the model does on rows that nothing was decided by. If you go on to change settings because of it, the figure is no longer an honest forecast.',
    button: 'Open the test split',
  },
  commands: {
    open: { label: 'Open the test split…', words: ['seal', 'test'] },
  },
  result: {
    testSplit: 'Test split',
    validationSplit: 'Validation split',
    overTargets: 'mean over the targets',
    unitsOf: (target: string) => `${target} units`,
    nothing: 'No metric was measured.',
    summary: (metric: string, value: string, rows: number) =>
      `${metric} is ${value} on ${plural(rows, 'row')}.`,
    metrics: {
      scroller: 'Metrics, table',
      label: (split: string) => `Metrics on the ${split}`,
      metric: 'Metric',
      model: 'Network',
      interval: '95 % interval',
      low: 'Low (95 %)',
      high: 'High (95 %)',
      within: (low: string, high: string) => `${low} to ${high}`,
      unknown: 'cannot be told',
      baseline: (name: string) => `Baseline: ${name}`,
      betterIs: 'Better is',
      higherIsBetter: 'higher is better',
      lowerIsBetter: 'lower is better',
      higher: 'higher',
      lower: 'lower',
      verdicts: {
        better: 'The network is better',
        worse: 'The network is worse',
        cannotTell: 'These rows cannot tell which is better',
      },
      legend:
        '▲ the network is better, ▼ it is worse, ≈ these rows cannot tell: by 95 % of the draws of a paired bootstrap. Below each baseline’s figure is how much more the network has.',
    },
    perClass: {
      title: 'Per class',
      table: 'Metrics per class',
      class: 'Class',
      support: 'Support',
    },
    rows: 'rows',
    precision: 'Precision',
    recall: 'Recall',
    perLabel: {
      title: 'Per label',
      table: 'Metrics per label',
      label: 'Label',
      has: 'Has it',
      predicted: 'Predicted',
    },
    perTarget: {
      table: 'Metrics per target, in its own unit',
      target: 'Target',
      title: 'Per target',
    },
    drawn: 'Target drawn below',
    scatter: {
      title: 'Predicted against actual',
      rows: 'Rows',
      perfect: 'Perfect prediction',
      actual: (target: string) => `Actual ${target}`,
      predicted: (target: string) => `Predicted ${target}`,
      actualColumn: 'Actual',
      predictedColumn: 'Predicted',
      residual: 'Residual',
    },
    residuals: {
      title: 'Residuals',
      rows: 'Rows',
      axis: (target: string) => `Predicted − actual (${target} units)`,
      none: 'no error',
    },
  },
}
