/** Cross-validations among runs: which belong together, and their metrics side by side. */
import {
  foldsKey,
  formatMetric,
  meanAndDeviation,
  metricsFor,
  metricsOn,
} from '../../electron/contract/index.ts'
import type { RunDetail } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import type { TableData } from './table-data.ts'

const words = strings.compare.folds

export interface Folds {
  readonly key: string
  /** What their names begin with. */
  readonly name: string
  readonly folds: number
  readonly runs: readonly RunDetail[]
}

const numberOf = ({ recipe: { split } }: RunDetail): { fold: number; folds: number; seed: number } =>
  'fold' in split ? split : { fold: 0, folds: 0, seed: 0 }

/** Of two runs of one fold and seed the newer counts. */
export function foldsAmong(runs: readonly RunDetail[]): Folds[] {
  const groups = Map.groupBy(
    runs.filter(({ recipe }) => foldsKey(recipe) !== null),
    ({ recipe, dataSha256 }) => `${dataSha256} ${foldsKey(recipe)}`,
  )
  return [...groups].flatMap(([key, members]): Folds[] => {
    const newest = new Map<string, RunDetail>()
    for (const run of members.toSorted((a, b) => a.number - b.number)) {
      const { fold, seed } = numberOf(run)
      newest.set(`${seed} ${fold}`, run)
    }
    const own = [...newest.values()].sort((a, b) => {
      const [one, other] = [numberOf(a), numberOf(b)]
      return one.seed - other.seed || one.fold - other.fold
    })
    if (own.length < 2) return []
    return [{ key, name: own[0]!.name.replace(/, fold .*$/, ''), folds: numberOf(own[0]!).folds, runs: own }]
  })
}

/** A row for each metric, a column for each fold; nothing of a split that not every fold was measured on. */
export function foldsTable({ runs }: Folds): TableData {
  const seeds = [...new Set(runs.map((run) => numberOf(run).seed))].sort((a, b) => a - b)
  const rows = (['validation', 'test'] as const).flatMap((split) => {
    const measured = runs.map((run) => metricsOn(split, run))
    if (measured.includes(null)) return []
    return metricsFor(runs[0]!.task).flatMap(({ name, label }) => {
      // Where test rows lack a class, some metrics are not defined.
      const all = measured.map((metrics) => metrics?.[name] ?? null)
      const values = all.filter((value) => value !== null)
      if (values.length === 0) return []
      const { mean, deviation } = meanAndDeviation(values)
      const text = (value: number): string => formatMetric(name, value)
      return [
        [
          values.length === all.length
            ? words.on(label, words.split[split])
            : words.onSome(label, words.split[split], values.length),
          ...all.map((value) => (value === null ? null : text(value))),
          text(mean),
          deviation === null ? null : text(deviation),
        ],
      ]
    })
  })
  return {
    columns: [
      { name: words.metric },
      ...runs.map((run) => {
        const { fold, seed } = numberOf(run)
        return { name: words.fold(fold, seeds.length > 1 ? seeds.indexOf(seed) : 0), numeric: true }
      }),
      { name: words.mean, numeric: true },
      { name: words.deviation, numeric: true },
    ],
    rows,
  }
}
