/** Whether trainings that are alike but for their seeds or their rows come to the same: of a single one nobody can tell whether it was luck. */
import {
  formatCount,
  formatMetric,
  formatMetricDifference,
  meanAndDeviation,
  metricOf,
  midCase,
  primaryFor,
  startsOf,
  testChecks,
  unstableResult,
  type Finding,
  type MetricInterval,
  type Metrics,
  type OptionsOf,
  type Recipe,
} from '../../../contract/index.ts'
import { isRare, usualLevel } from '../../explore/checks/drift.ts'
import { findEach, type Found } from '../../explore/findings.ts'

export interface Alike {
  readonly recipe: Recipe
  /** By their names, all on rows of the same split. */
  readonly metrics: Metrics
}

/** What trainings that are alike came to. */
export interface Repeats {
  readonly split: 'validation' | 'test'
  /** In which they are not alike. */
  readonly differ: 'seeds' | 'splits' | 'seeds and splits'
  readonly metric: string
  readonly values: readonly number[]
  /** How far the rows alone let each be off: a standard deviation, where they were not all judged on the same rows. */
  readonly byRows: number
}

const withoutSeeds = (recipe: Recipe): string => {
  const { seed: _, budget: __, split, ...rest } = recipe
  return JSON.stringify({ ...rest, split: { ...split, seed: 0, fold: 0 } })
}
/** They differ in nothing but seeds and rows. */
export const areAlike = (one: Recipe, other: Recipe): boolean => withoutSeeds(one) === withoutSeeds(other)

const rowsOf = ({ split }: Recipe): string => JSON.stringify(split)

/**
 * Of runs on the same data, judged on the rows of `split`. `own`: of the one that is looked at, with the half of the interval of its
 * metric there; null: that is not known, and then only trainings on the same rows are held against it.
 */
export function repeatsAmong(
  split: Repeats['split'],
  own: Alike & { readonly half: number | null },
  others: readonly Alike[],
): Repeats {
  const { name } = primaryFor(own.recipe.task)
  const alike = others.filter(
    ({ recipe }) =>
      areAlike(recipe, own.recipe) && (own.half !== null || rowsOf(recipe) === rowsOf(own.recipe)),
  )
  const all = [own, ...alike]
  const dealt = all.some(({ recipe }) => rowsOf(recipe) !== rowsOf(own.recipe))
  const seeded = all.some(({ recipe }) => recipe.seed !== own.recipe.seed)
  return {
    split,
    differ: dealt ? (seeded ? 'seeds and splits' : 'splits') : 'seeds',
    metric: name,
    values: all.flatMap(({ metrics }) => metrics[name] ?? []),
    byRows: dealt && own.half !== null ? own.half / 1.96 : 0,
  }
}

/** Two say nothing of how far others would be apart. */
export const canTell = (
  repeats: Repeats,
  { runs }: OptionsOf<typeof testChecks, 'unstableResult'>,
): boolean => repeats.values.length >= runs

export function unstable(
  repeats: Repeats | null,
  options: OptionsOf<typeof testChecks, 'unstableResult'>,
): Found<{ metric: string; runs: number; mean: number; deviation: number; byRows: number }>[] {
  if (repeats === null || !canTell(repeats, options)) return []
  const { split, differ, metric, values, byRows } = repeats
  const { mean, deviation } = meanAndDeviation(values)
  // What is in the target's unit has no size of its own.
  const absolute = metricOf(metric)?.format === 'target' ? 0 : options.absolute
  // Of a few runs the deviation itself is uncertain.
  const freedom = values.length - 1
  if (byRows > 0 && !isRare((freedom * (deviation ?? 0) ** 2) / byRows ** 2, freedom, usualLevel)) return []
  const beyond = Math.sqrt(Math.max(0, (deviation ?? 0) ** 2 - byRows ** 2))
  if (deviation === null || beyond === 0 || beyond < Math.max(absolute, options.relative * Math.abs(mean)))
    return []
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const spread = formatMetricDifference(metric, deviation, 0).replace(/^[+−]/, '')
  return [
    {
      columns: [],
      message:
        `${formatCount(values.length)} trainings that differ in nothing but ${differ}: their ${midCase(metricOf(metric)?.label ?? metric)} on the ${split} rows is ${formatMetric(metric, low)} to ${formatMetric(metric, high)}, ${formatMetric(metric, mean)} ± ${spread} in the mean` +
        `${byRows > 0 ? ', by more than so few rows explain' : ''}. Do not judge by a single one: take the mean of several, average their networks, make steps smaller, or bring more data.`,
      evidence: { metric, runs: values.length, mean, deviation, byRows },
    },
  ]
}

/** Half of the interval of what runs of the task are judged by; null: it was not found out. */
export function halfOf(
  { task }: Recipe,
  intervals: Readonly<Record<string, MetricInterval>> = {},
): number | null {
  const interval = intervals[primaryFor(task).name]
  return interval === undefined ? null : (interval.high - interval.low) / 2
}

/** What the check says of them by itself; null: they are too few for it to say anything. */
export function findUnstable(repeats: Repeats): Finding[] | null {
  if (!canTell(repeats, startsOf(unstableResult.options))) return null
  return findEach({ ...testChecks, members: [unstableResult] }, { unstableResult: unstable }, repeats)
}
