/** `descent run --folds`: a run for each fold, under one name, and what they come to together. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  DescentError,
  formatMetric,
  formatMetricDifference,
  meanAndDeviation,
  metricOf,
  plural,
  recipeOfFold,
  type Metrics,
} from '../../contract/index.ts'
import { checkPath } from '../inputs/regular-file.ts'
import { whyKept } from '../deploy/owned-folder.ts'
import { withScratch } from '../scratch.ts'
import { kindOf } from '../kinds/index.ts'
import type { RunCommand } from './args.ts'
import { defaultRunFolder } from './run-folder.ts'
import { openForRun, runInFolder, type RunReport } from './run.ts'
import { plainSpaces } from './text-table.ts'

interface FoldReport {
  readonly repeat: number
  readonly fold: number
  readonly test: Metrics
  readonly baseline: Metrics
  readonly epochs: number
  readonly rows: RunReport['rows']
  readonly run: string
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
  /** The folder that holds the run folders. */
  readonly run: string
}

const summaryFile = 'folds.json'

/** The folder of all folds is new, empty, or one of ours. */
function claimFolder(path: string): void {
  let names: string[]
  try {
    mkdirSync(path, { recursive: true })
    names = readdirSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new DescentError(
      'conflict',
      `${path} cannot be written (${code}). Choose another folder with --out.`,
      'out',
    )
  }
  if (names.length > 0 && !names.includes(summaryFile))
    throw new DescentError(
      'conflict',
      `${path} holds something that is no cross-validation of Descent’s. Choose another folder with --out.`,
      'out',
    )
}

/** Before the first fold, so that what an interrupted one left is known as ours. */
function mark(folder: string): void {
  const path = join(folder, summaryFile)
  if (!existsSync(path)) writeFileSync(path, '{}\n')
}

/** Folds of an earlier cross-validation that this one has not, as long as nobody has changed them. */
export function removeStale(folder: string, names: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (/^(repeat-\d+-)?fold-\d+$/.test(name) && !names.has(name) && whyKept(path) === null)
      rmSync(path, { recursive: true, force: true })
  }
}

/** Over the folds that have the metric. */
export function overall(all: readonly Metrics[], of: (values: number[]) => number): Metrics {
  const names = new Set(all.flatMap((metrics) => Object.keys(metrics)))
  return Object.fromEntries([...names].map((name) => [name, of(all.flatMap((one) => one[name] ?? []))]))
}
const meanOf = (values: number[]): number => meanAndDeviation(values).mean
const deviationOf = (values: number[]): number => meanAndDeviation(values).deviation ?? 0

export async function runFolds(
  command: RunCommand & { readonly folds: number },
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<FoldsReport> {
  const folder = checkPath(command.out ?? defaultRunFolder(command.input, new Date()))
  claimFolder(folder)
  const started = performance.now()
  return await withScratch(tmpdir(), async (scratch) => {
    const opened = await openForRun(command, scratch, stderr)
    const { imported } = opened
    const done: FoldReport[] = []
    let first: RunReport | null = null
    for (let repeat = 1; repeat <= command.repeats; repeat++)
      for (let fold = 1; fold <= command.folds; fold++) {
        const recipe = recipeOfFold(imported.recipe, { folds: command.folds, fold, repeat })
        kindOf(recipe.kind).validate(recipe, imported)
        mark(folder)
        const name = command.repeats > 1 ? `repeat-${repeat}-fold-${fold}` : `fold-${fold}`
        stderr.write(
          `Fold ${fold} of ${command.folds}${command.repeats > 1 ? `, repeat ${repeat} of ${command.repeats}` : ''}\n`,
        )
        const report = await runInFolder(
          command,
          // What is wrong with the data is said once.
          {
            ...opened,
            imported: { ...imported, recipe },
            glance: first === null ? opened.glance : Promise.resolve({ alerts: [], sampled: null }),
          },
          join(folder, name),
          stderr,
        )
        first ??= report
        const { test, baseline, epochs, rows, run } = report
        done.push({ repeat, fold, test, baseline, epochs, rows, run })
      }
    const { task, target, data } = first!
    const tests = done.map(({ test }) => test)
    const summary: FoldsReport = {
      task,
      target,
      data,
      seconds: Math.round(performance.now() - started) / 1000,
      folds: done,
      mean: overall(tests, meanOf),
      deviation: overall(tests, deviationOf),
      baseline: overall(
        done.map(({ baseline }) => baseline),
        meanOf,
      ),
      measured: overall(tests, ({ length }) => length),
      run: folder,
    }
    removeStale(folder, new Set(done.map(({ run }) => basename(run))))
    writeFileSync(join(folder, summaryFile), JSON.stringify(summary, null, 2) + '\n')
    return summary
  })
}

/** For people: each fold, then their mean ± standard deviation. */
export function describeFolds({ folds, mean, deviation, baseline, measured, run }: FoldsReport): string {
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
    `Saved in ${run}`,
    '',
  ]
  return plainSpaces(lines.join('\n'))
}

const valueText = (name: string, value: number | undefined): string =>
  value === undefined ? '–' : formatMetric(name, value)

/** A spread has no sign. */
const formatSpread = (name: string, value: number): string =>
  formatMetricDifference(name, value, 0).replace(/^[+−]/, '')
