/** `descent run --each … --folds K`: every value of a setting on every fold, and what each value comes to over all of them. */
import {
  formatMetric,
  meanAndDeviation,
  metricOf,
  metricsFor,
  plural,
  primaryFor,
  recipeOfFold,
  type Metrics,
  type PairedVerdict,
} from '../../contract/index.ts'
import { fewDifferences, verdictOnFew, type FewDifferences } from '../evaluate/few-differences.ts'
import { toldBudget } from './budget-of-run.ts'
import { compareEach, runOfValue, type EachCommand, type EachSummary, type RunOfValue } from './each-runs.ts'
import type { ToldFinding } from './findings.ts'
import { formatSpread, overall, spreadOf } from './folds.ts'
import { toldUnstable, unstableAmong } from './stability.ts'
import { plainSpaces, textTable } from './text-table.ts'

interface FoldOfValue extends RunOfValue, Place {}

interface OneValue {
  readonly value: string
  readonly folds: readonly FoldOfValue[]
  /** Of the validation rows, over all folds; the deviation is between folds, with n − 1. */
  readonly validation: Spread
  readonly test: Spread
  /** Its folds are farther apart than their rows explain; null: they are too few to tell. */
  readonly unstable: readonly ToldFinding[] | null
  /** By what runs of the task are judged by, fold by fold, to the first value; null: this is the first. */
  readonly toFirst: ToFirst | null
}

/** null in place of a difference: of one fold, or of none. */
interface ToFirst {
  readonly difference: FewDifferences | null
  readonly verdict: PairedVerdict
}

interface Spread {
  readonly mean: Metrics
  readonly deviation: Metrics
}

export interface EachFoldsReport extends EachSummary {
  readonly folds: number
  readonly repeats: number
  readonly values: readonly OneValue[]
}

type Asked = EachCommand & { readonly folds: number }

interface Place {
  readonly repeat: number
  readonly fold: number
}

const placesOf = ({ folds, repeats }: Asked): Place[] =>
  Array.from({ length: repeats * folds }, (_, i) => ({
    repeat: Math.floor(i / folds) + 1,
    fold: (i % folds) + 1,
  }))

const nameOf = ({ repeat, fold }: Place, repeats: number): string =>
  repeats > 1 ? `repeat-${repeat}-fold-${fold}` : `fold-${fold}`

const spread = (all: readonly Metrics[]): Spread => ({
  mean: overall(all, (values) => meanAndDeviation(values).mean),
  deviation: overall(all, spreadOf),
})

/** A metric of each fold where both values have it. */
function toFirst(metric: string, first: readonly FoldOfValue[], other: readonly FoldOfValue[]): ToFirst {
  const pairs = other.flatMap(({ validation }, i) => {
    const [a, b] = [first[i]?.validation[metric], validation[metric]]
    return a === undefined || b === undefined ? [] : [b - a]
  })
  const { validation, train } = other[0]!.rows
  const difference = fewDifferences(pairs, validation / train)
  const higherIsBetter = metricOf(metric)?.higherIsBetter !== false
  return {
    difference,
    verdict: difference === null ? 'cannotTell' : verdictOnFew(difference, higherIsBetter),
  }
}

export function runEachFolds(
  command: Asked,
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<EachFoldsReport> {
  const { folds, repeats } = command
  const places = placesOf(command)
  return compareEach(
    command,
    stderr,
    (recipe) =>
      places.map((place) => {
        const name = nameOf(place, repeats)
        const ofFold = recipeOfFold(recipe, { folds, ...place })
        return { recipe: ofFold, suffix: `-${name}`, said: `, ${name.replaceAll('-', ' ')}:` }
      }),
    (done, summary) => {
      const values = done.map(({ value, runs }) => ({
        value,
        unstable: unstableAmong(runs, 'validation'),
        folds: runs.map((ran, at): FoldOfValue => ({ ...places[at]!, ...runOfValue(ran) })),
      }))
      const metric = primaryFor(summary.task).name
      return {
        ...summary,
        folds,
        repeats,
        values: values.map(({ value, unstable, folds: of }, i) => ({
          value,
          unstable,
          folds: of,
          validation: spread(of.map(({ validation }) => validation)),
          test: spread(of.map(({ test }) => test)),
          toFirst: i === 0 ? null : toFirst(metric, values[0]!.folds, of),
        })),
      }
    },
  )
}

const meanText = (name: string, { mean, deviation }: Spread): string =>
  mean[name] === undefined
    ? '–'
    : `${formatMetric(name, mean[name])} ± ${formatSpread(name, deviation[name] ?? 0)}`

/** For people: a line for each value, its mean over the folds and what may be said of it beside the first. */
export function describeEachFolds(report: EachFoldsReport): string {
  const { each, values, failed, folds, repeats, run, task } = report
  const metric = primaryFor(task)
  const names = metricsFor(task)
    .map(({ name }) => name)
    .filter((name) => metricOf(name)?.headline)
    .filter((name) => values.some(({ validation }) => name in validation.mean))
  const [first] = values
  const table = textTable(
    [
      [each, ...names.map((name) => metricOf(name)?.label ?? name), `${metric.label} beside ${first?.value}`],
      ...values.map(({ value, validation, toFirst: beside }) => [
        value,
        ...names.map((name) => meanText(name, validation)),
        beside === null
          ? ''
          : beside.difference === null || beside.verdict === 'cannotTell'
            ? 'cannot be told apart'
            : `${formatSpread(metric.name, Math.abs(beside.difference.mean))} ${beside.verdict}`,
      ]),
    ],
    (column) => column === 0 || column === names.length + 1,
  )
  const lines = [
    `Validation rows of ${plural(folds, 'fold')}${repeats > 1 ? `, dealt ${repeats} times` : ''}: mean ± standard deviation between them:`,
    table.trimEnd(),
    ...values.flatMap(({ value, unstable }) => toldUnstable(unstable, `${each}=${value}`)),
    // Of the same network in every fold.
    ...values.flatMap(({ value, folds: of }) => toldBudget(`${each}=${value}, fold 1`, of[0]?.budget)),
    ...failed.map(({ value, message }) => `${each}=${value} failed: ${message}`),
    'All values were trained on the same folds and are compared fold by fold, by a t-test that allows for training rows that folds share (Nadeau & Bengio 2003, 95 %). Of two folds nothing can be told.',
    'Choose by these figures: whoever chooses by the test no longer has an honest forecast. The test of each fold stands in its folder, and their means in each.json.',
    `Saved in ${run}`,
    '',
  ]
  return plainSpaces(lines.join('\n'))
}
