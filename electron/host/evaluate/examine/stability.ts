/** Whether trainings that are alike but for their seeds or their rows come to the same: of a single one nobody can tell whether it was luck. */
import {
  formatCount,
  formatMetric,
  formatMetricDifference,
  meanAndDeviation,
  metricOf,
  midCase,
  primaryFor,
  type Metrics,
  type OptionsOf,
  type Recipe,
  type testChecks,
} from '../../../contract/index.ts'
import type { Found } from '../../explore/findings.ts'

export interface Alike {
  readonly recipe: Recipe
  /** By their names, on the validation rows. */
  readonly metrics: Metrics
}

/** What trainings that are alike came to. */
export interface Repeats {
  readonly metric: string
  readonly values: readonly number[]
  /** How far the rows alone let each be off: a standard deviation, where they were not all judged on the same rows. */
  readonly byRows: number
}

const withoutSeeds = (recipe: Recipe): string => {
  const { seed: _, budget: __, split, ...rest } = recipe
  return JSON.stringify({ ...rest, split: { ...split, seed: 0, fold: 0 } })
}
const rowsOf = ({ split }: Recipe): string => JSON.stringify(split)

/**
 * Of runs on the same data. `own`: of the one that is looked at, with the half of the interval of its metric on the validation
 * rows; null: that is not known, and then only trainings on the same rows are held against it.
 */
export function repeatsAmong(
  own: Alike & { readonly half: number | null },
  others: readonly Alike[],
): Repeats {
  const { name } = primaryFor(own.recipe.task)
  const key = withoutSeeds(own.recipe)
  const alike = others.filter(
    ({ recipe }) =>
      withoutSeeds(recipe) === key && (own.half !== null || rowsOf(recipe) === rowsOf(own.recipe)),
  )
  const all = [own, ...alike]
  const dealt = all.some(({ recipe }) => rowsOf(recipe) !== rowsOf(own.recipe))
  return {
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
  const { metric, values, byRows } = repeats
  const { mean, deviation } = meanAndDeviation(values)
  // What is in the target's unit has no size of its own.
  const absolute = metricOf(metric)?.format === 'target' ? 0 : options.absolute
  const beyond = Math.sqrt(Math.max(0, (deviation ?? 0) ** 2 - byRows ** 2))
  if (deviation === null || beyond === 0 || beyond < Math.max(absolute, options.relative * Math.abs(mean)))
    return []
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const spread = formatMetricDifference(metric, deviation, 0).replace(/^[+−]/, '')
  const which = byRows > 0 ? 'seeds and splits' : 'seeds'
  return [
    {
      columns: [],
      message:
        `${formatCount(values.length)} trainings that differ in nothing but ${which} come to a ${midCase(metricOf(metric)?.label ?? metric)} of ${formatMetric(metric, low)} to ${formatMetric(metric, high)} on their validation rows, ${formatMetric(metric, mean)} ± ${spread} in the mean` +
        `${byRows > 0 ? ', by more than so few rows explain' : ''}. Do not judge by a single one: take the mean of several, average their networks, make steps smaller, or bring more data.`,
      evidence: { metric, runs: values.length, mean, deviation, byRows },
    },
  ]
}
