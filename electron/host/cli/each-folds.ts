/** `descent run --each … --folds K`: every value of a setting on every fold, and what each value comes to over all of them. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DescentError,
  formatMetric,
  meanAndDeviation,
  metricOf,
  metricsFor,
  plural,
  primaryFor,
  recipeOfFold,
  type Metrics,
  type PairedVerdict,
  type Recipe,
} from '../../contract/index.ts'
import { kindOf } from '../kinds/index.ts'
import { withScratch } from '../scratch.ts'
import type { RunCommand } from './args.ts'
import { failing, folderOf, ofEach, recipesOf, requireTwo, whyRefused, type Failed } from './each.ts'
import { toldBudget } from './budget-of-run.ts'
import type { Each } from './each-values.ts'
import { inFolderOfRuns, markFolder, writeSummary } from './folder-of-runs.ts'
import { formatSpread, overall, spreadOf } from './folds.ts'
import { fewDifferences, verdictOnFew, type FewDifferences } from '../evaluate/few-differences.ts'
import { defaultRunFolder } from './run-folder.ts'
import type { RunReport } from './run-report.ts'
import { openedAgain, openForRun, runInFolder } from './run.ts'
import { plainSpaces, textTable } from './text-table.ts'
import { forTerminal } from './for-terminal.ts'

interface FoldOfValue extends Pick<RunReport, 'epochs' | 'rows' | 'run' | 'test' | 'baseline' | 'budget'> {
  readonly repeat: number
  readonly fold: number
  readonly validation: Metrics
}

interface OneValue {
  readonly value: string
  readonly folds: readonly FoldOfValue[]
  /** Of the validation rows, over all folds; the deviation is between folds, with n − 1. */
  readonly validation: Spread
  readonly test: Spread
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

export interface EachFoldsReport extends Pick<RunReport, 'task' | 'target' | 'data' | 'seconds'> {
  readonly each: string
  readonly folds: number
  readonly repeats: number
  readonly values: readonly OneValue[]
  /** Values of which a run came to nothing, and why. */
  readonly failed: readonly Failed[]
  /** The folder that holds the run folders. */
  readonly run: string
}

type Asked = RunCommand & { readonly each: Each; readonly folds: number }

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

export const runEachFolds = (
  command: Asked,
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<EachFoldsReport> =>
  inFolderOfRuns(command.out ?? defaultRunFolder(command.input, new Date()), ofEach, (folder) =>
    runEachFoldsIn(folder, command, stderr),
  )

async function runEachFoldsIn(
  folder: string,
  command: Asked,
  stderr: NodeJS.WriteStream,
): Promise<EachFoldsReport> {
  const started = performance.now()
  const { each, folds, repeats } = command
  return await withScratch(tmpdir(), async (scratch) => {
    const opened = await openForRun(command, scratch, stderr)
    const { failed, fail } = failing(each, stderr)
    const places = placesOf(command)
    const dealt = (recipe: Recipe): Recipe[] =>
      places.map((place) => recipeOfFold(recipe, { folds, ...place }))
    const recipes = recipesOf(opened.imported.recipe, each).map(({ value, recipe }) => ({
      value,
      recipes: dealt(recipe),
    }))
    for (const { recipes: all } of recipes)
      for (const recipe of all) kindOf(recipe.kind).validate(recipe, opened.imported)
    const fitting = []
    for (const one of recipes) {
      // What a value makes of the first fold it makes of the others.
      const why = await whyRefused({ ...opened.imported, recipe: one.recipes[0]! })
      if (why === null) fitting.push(one)
      else fail(one.value, why)
    }
    requireTwo(recipes.length, fitting.length, 'can be trained', failed, each.path)
    let first: RunReport | null = null
    const done: { value: string; folds: FoldOfValue[] }[] = []
    for (const [i, { value, recipes: all }] of fitting.entries()) {
      const found: FoldOfValue[] = []
      try {
        for (const [at, recipe] of all.entries()) {
          const place = places[at]!
          markFolder(folder, ofEach)
          stderr.write(
            forTerminal(
              `${each.path}=${value}, ${nameOf(place, repeats).replaceAll('-', ' ')}: run ${i * places.length + at + 1} of ${fitting.length * places.length}\n`,
            ),
          )
          const { report, validation } = await runInFolder(
            command,
            { ...(first === null ? opened : openedAgain(opened)), imported: { ...opened.imported, recipe } },
            join(folder, `${folderOf(value, each.values.indexOf(value))}-${nameOf(place, repeats)}`),
            stderr,
            true,
          )
          first ??= report
          const { epochs, rows, run, test, baseline, budget } = report
          found.push({
            ...place,
            epochs,
            rows,
            run,
            test,
            baseline,
            validation: validation!.metrics,
            ...(budget && { budget }),
          })
        }
        done.push({ value, folds: found })
      } catch (error) {
        if (!(error instanceof DescentError)) throw error
        fail(value, error.message)
      }
    }
    requireTwo(recipes.length, done.length, 'came to an end', failed, each.path)
    const { task, target, data } = first!
    const metric = primaryFor(task).name
    const report: EachFoldsReport = {
      each: each.path,
      folds,
      repeats,
      task,
      target,
      data,
      seconds: Math.round(performance.now() - started) / 1000,
      values: done.map(({ value, folds: of }, i) => ({
        value,
        folds: of,
        validation: spread(of.map(({ validation }) => validation)),
        test: spread(of.map(({ test }) => test)),
        toFirst: i === 0 ? null : toFirst(metric, done[0]!.folds, of),
      })),
      failed,
      run: folder,
    }
    writeSummary(
      folder,
      report,
      done.flatMap(({ folds: of }) => of),
      ofEach,
    )
    return report
  })
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
