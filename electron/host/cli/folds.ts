/** `descent run --folds`: a run for each fold, under one name, and what they come to together. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  formatMetric,
  formatMetricDifference,
  meanAndDeviation,
  metricOf,
  plural,
  recipeOfFold,
  type Metrics,
} from '../../contract/index.ts'
import { withScratch } from '../scratch.ts'
import { kindOf } from '../kinds/index.ts'
import type { RunCommand } from './args.ts'
import { toldBudget } from './budget-of-run.ts'
import { inFolderOfRuns, markFolder, writeSummary } from './folder-of-runs.ts'
import { defaultRunFolder } from './run-folder.ts'
import type { RunReport } from './run-report.ts'
import { openedAgain, openForRun, runInFolder, type Ran } from './run.ts'
import type { ToldFinding } from './findings.ts'
import { toldUnstable, unstableAmong } from './stability.ts'
import { plainSpaces } from './text-table.ts'

interface FoldReport {
  readonly repeat: number
  readonly fold: number
  readonly test: Metrics
  readonly baseline: Metrics
  readonly epochs: number
  readonly rows: RunReport['rows']
  readonly run: string
  readonly budget?: RunReport['budget']
}

export interface FoldsReport extends Pick<RunReport, 'task' | 'target' | 'data' | 'seconds'> {
  readonly folds: readonly FoldReport[]
  /** Over all folds. */
  readonly mean: Metrics
  /** Standard deviation between the folds, with n − 1. */
  readonly deviation: Metrics
  readonly baseline: Metrics
  /** Of how many folds: in some, classes may be absent by which a metric is defined. */
  readonly measured: Metrics
  /** Folds that are farther apart than their rows explain; null: they are too few to tell. */
  readonly unstable: readonly ToldFinding[] | null
  /** The folder that holds the run folders. */
  readonly run: string
}

export const ofFolds = {
  summary: 'folds.json',
  what: 'cross-validation',
  runs: /^(repeat-\d+-)?fold-\d+$/,
} as const

/** Over the folds that have the metric. */
export function overall(all: readonly Metrics[], of: (values: number[]) => number): Metrics {
  const names = new Set(all.flatMap((metrics) => Object.keys(metrics)))
  return Object.fromEntries([...names].map((name) => [name, of(all.flatMap((one) => one[name] ?? []))]))
}
const meanOf = (values: number[]): number => meanAndDeviation(values).mean
export const spreadOf = (values: number[]): number => meanAndDeviation(values).deviation ?? 0

export const runFolds = (
  command: RunCommand & { readonly folds: number },
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<FoldsReport> =>
  inFolderOfRuns(command.out ?? defaultRunFolder(command.input, new Date()), ofFolds, (folder) =>
    runFoldsIn(folder, command, stderr),
  )

async function runFoldsIn(
  folder: string,
  command: RunCommand & { readonly folds: number },
  stderr: NodeJS.WriteStream,
): Promise<FoldsReport> {
  const started = performance.now()
  return await withScratch(tmpdir(), async (scratch) => {
    const opened = await openForRun(command, scratch, stderr)
    const { imported } = opened
    const done: FoldReport[] = []
    const rans: Ran[] = []
    for (let repeat = 1; repeat <= command.repeats; repeat++)
      for (let fold = 1; fold <= command.folds; fold++) {
        const recipe = recipeOfFold(imported.recipe, { folds: command.folds, fold, repeat })
        kindOf(recipe.kind).validate(recipe, imported)
        markFolder(folder, ofFolds)
        const name = command.repeats > 1 ? `repeat-${repeat}-fold-${fold}` : `fold-${fold}`
        stderr.write(
          `Fold ${fold} of ${command.folds}${command.repeats > 1 ? `, repeat ${repeat} of ${command.repeats}` : ''}\n`,
        )
        const ran = await runInFolder(
          command,
          { ...(rans.length === 0 ? opened : openedAgain(opened)), imported: { ...imported, recipe } },
          join(folder, name),
          stderr,
          { compared: false, repeated: true },
        )
        rans.push(ran)
        const { test, baseline, epochs, rows, run, budget } = ran.report
        done.push({ repeat, fold, test, baseline, epochs, rows, run, ...(budget && { budget }) })
      }
    const { task, target, data } = rans[0]!.report
    const tests = done.map(({ test }) => test)
    const summary: FoldsReport = {
      task,
      target,
      data,
      seconds: Math.round(performance.now() - started) / 1000,
      folds: done,
      mean: overall(tests, meanOf),
      deviation: overall(tests, spreadOf),
      baseline: overall(
        done.map(({ baseline }) => baseline),
        meanOf,
      ),
      measured: overall(tests, ({ length }) => length),
      unstable: unstableAmong(rans, 'test'),
      run: folder,
    }
    writeSummary(folder, summary, done, ofFolds)
    return summary
  })
}

/** For people: each fold, then their mean ± standard deviation. */
export function describeFolds(report: FoldsReport): string {
  const { folds, mean, deviation, baseline, measured, unstable, run } = report
  const names = Object.keys(mean)
  const repeats = folds.some(({ repeat }) => repeat > 1)
  const label = ({ repeat, fold }: FoldReport): string =>
    repeats ? `Repeat ${repeat}, fold ${fold}` : `Fold ${fold}`
  const line = (head: string, text: (name: string) => string): string =>
    head.padEnd(repeats ? 20 : 10) +
    names.map((name) => `${metricOf(name)?.label ?? name} ${text(name)}`).join('  ')
  const lines = [
    ...folds.map((one) => line(label(one), (name) => valueText(name, one.test[name]))),
    line('Test', (name) => `${formatMetric(name, mean[name]!)} ± ${formatSpread(name, deviation[name]!)}`),
    line('Baseline', (name) => valueText(name, baseline[name])),
    `Mean ± standard deviation over ${plural(folds.length, 'fold')}. Each row was tested ${repeats ? 'once in every repeat' : 'once'}.`,
    ...names.flatMap((name) =>
      measured[name] === folds.length
        ? []
        : [
            `${metricOf(name)?.label ?? name} is of ${measured[name]} of them: in the others the test rows lack a class.`,
          ],
    ),
    ...toldUnstable(unstable),
    ...folds.flatMap((one) => toldBudget(label(one), one.budget)),
    `Saved in ${run}`,
    '',
  ]
  return plainSpaces(lines.join('\n'))
}

const valueText = (name: string, value: number | undefined): string =>
  value === undefined ? '–' : formatMetric(name, value)

/** A spread has no sign. */
export const formatSpread = (name: string, value: number): string =>
  formatMetricDifference(name, value, 0).replace(/^[+−]/, '')
