/** Everything a person can choose. A family's index is the only list of its members. */
import type { Family, SettingGroup } from './define.ts'
import { preparationGroups } from './preparation.ts'
import { losses } from './losses.ts'
import { optimizers } from './optimizers.ts'
import { schedules } from './schedules.ts'
import { templates } from './templates.ts'
import { lengthOptions, precisionOptions, stoppingOptions } from './training.ts'

export * from './define.ts'
export * from './options.ts'
export { optimizers, type Optimizer } from './optimizers.ts'
export { schedules, type Schedule } from './schedules.ts'
export { losses, lossTitle, type Loss } from './losses.ts'
export { templates, templatesFor, textsTooShort, type Mlp, type Model, type Template } from './templates.ts'
export { metricOf, metrics, metricsFor, primaryFor, type Metric, type MetricName } from './metrics.ts'
export {
  learningRateSeries,
  measuredOn,
  midCase,
  recordedFor,
  seriesFor,
  seriesOf,
  throughputSeries,
  trainLossSeries,
  validationLossSeries,
  type MetricSplit,
  type Series,
} from './series.ts'
export * from './preparation.ts'
export { lengthOptions, precisionOptions, stoppingOptions } from './training.ts'

/** All of them, in the order of the steps: for help, docs and whoever deals with choices without knowing them. */
export const families: readonly Family[] = [templates, losses, optimizers, schedules]
export const settingGroups: readonly SettingGroup[] = [
  ...new Set(Object.values(preparationGroups).flat()),
  {
    name: 'training',
    label: 'Length',
    help: 'How long and how exactly a training computes.',
    path: 'training',
    options: { ...lengthOptions, ...precisionOptions },
  },
  {
    name: 'earlyStopping',
    label: 'Early stopping',
    help: 'When a training ends before its last epoch; null where it does not.',
    path: 'training.earlyStopping',
    options: stoppingOptions,
  },
]
