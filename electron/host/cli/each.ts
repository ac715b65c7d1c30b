/** `descent run --each`: a run for each value of a setting, on the same rows, and what they come to side by side. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DescentError,
  formatFixed,
  formatMetric,
  formatPercent,
  metricOf,
  metricsFor,
  plural,
  rarestOf,
  type Metrics,
  type OneOfSeveral,
  type Recipe,
} from '../../contract/index.ts'
import { kindOf } from '../kinds/index.ts'
import { withScratch } from '../scratch.ts'
import { trainingDataOf } from '../training/data.ts'
import type { RunCommand } from './args.ts'
import { toldBudget } from './budget-of-run.ts'
import type { Each } from './each-values.ts'
import { inFolderOfRuns, markFolder, writeSummary } from './folder-of-runs.ts'
import { prepareOpened, type OpenedData } from './open-data.ts'
import { applyOverrides } from '../recipes/overrides.ts'
import { defaultRunFolder } from './run-folder.ts'
import type { RunReport } from './run-report.ts'
import { openedAgain, openForRun, runInFolder, type Ran } from './run.ts'
import { plainSpaces, textTable } from './text-table.ts'
import { forTerminal } from './for-terminal.ts'

interface OneRun extends Pick<RunReport, 'epochs' | 'rows' | 'run' | 'test' | 'baseline' | 'budget'> {
  readonly value: string
  readonly validation: Metrics
  /** From which probability on the second of two classes is predicted, where that was chosen. */
  readonly threshold: number | null
  /** Of classes or labels: that of which the validation split has fewest rows. */
  readonly rarest: OneOfSeveral | null
}

export interface EachReport extends Pick<RunReport, 'task' | 'target' | 'data' | 'seconds'> {
  readonly each: string
  readonly runs: readonly OneRun[]
  /** Values whose run came to nothing, and why. */
  readonly failed: readonly Failed[]
  /** All runs were judged on the same validation and test rows. */
  readonly sameRows: boolean
  /** The folder that holds the run folders. */
  readonly run: string
}

export const ofEach = { summary: 'each.json', what: 'comparison of runs', runs: /^\d+-.+$/ } as const

/** A file name that says the value as far as one can. */
export const folderOf = (value: string, i: number): string =>
  `${i + 1}-${
    value
      .replaceAll(/[^\w.+-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 60) || 'value'
  }`

function oneRun(value: string, { report, validation }: Ran): OneRun {
  const { epochs, rows, run, test, baseline, budget } = report
  return {
    value,
    epochs,
    rows,
    run,
    test,
    baseline,
    validation: validation!.metrics,
    threshold: validation!.threshold ?? null,
    rarest: rarestOf(validation!),
    ...(budget && { budget }),
  }
}

interface OneRecipe {
  readonly value: string
  readonly recipe: Recipe
}
export interface Failed {
  readonly value: string
  readonly message: string
}

/** Every value is held against the recipe before the first of them is trained. */
export const recipesOf = (recipe: Recipe, { path, values }: Each): OneRecipe[] =>
  values.map((value) => ({ value, recipe: applyOverrides(recipe, [`${path}=${value}`], '--each') }))

/** What one value makes of the data is computed once before, so that nobody waits for a training to hear that another has none. */
export async function whyRefused(imported: OpenedData): Promise<string | null> {
  try {
    trainingDataOf(await prepareOpened(imported), imported.recipe)
    return null
  } catch (error) {
    // What cannot be done with one value is no reason to give up the others; anything else is a fault of ours.
    if (!(error instanceof DescentError)) throw error
    return error.message
  }
}

/** What came to nothing, which is said at once. */
export function failing({ path }: Each, stderr: NodeJS.WriteStream) {
  const failed: Failed[] = []
  const fail = (value: string, message: string): void => {
    stderr.write(forTerminal(`${path}=${value} failed: ${message}\n`))
    failed.push({ value, message })
  }
  return { failed, fail }
}

/** Of fewer than two there is nothing to compare. */
export function requireTwo(
  all: number,
  left: number,
  what: string,
  failed: readonly Failed[],
  path: string,
): void {
  if (left >= 2) return
  throw new DescentError(
    'badRecipe',
    `Of ${plural(all, 'run')} ${left === 0 ? 'none' : 'only one'} ${what}, so there is nothing to compare. ${failed[0]?.message ?? ''}`,
    path,
  )
}

export const runEach = (
  command: RunCommand & { readonly each: Each },
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<EachReport> =>
  inFolderOfRuns(command.out ?? defaultRunFolder(command.input, new Date()), ofEach, (folder) =>
    runEachIn(folder, command, stderr),
  )

async function runEachIn(
  folder: string,
  command: RunCommand & { readonly each: Each },
  stderr: NodeJS.WriteStream,
): Promise<EachReport> {
  const started = performance.now()
  const { each } = command
  return await withScratch(tmpdir(), async (scratch) => {
    const opened = await openForRun(command, scratch, stderr)
    const recipes = recipesOf(opened.imported.recipe, each)
    for (const { recipe } of recipes) kindOf(recipe.kind).validate(recipe, opened.imported)
    const { failed, fail } = failing(each, stderr)
    const fitting: OneRecipe[] = []
    for (const one of recipes) {
      const why = await whyRefused({ ...opened.imported, recipe: one.recipe })
      if (why === null) fitting.push(one)
      else fail(one.value, why)
    }
    requireTwo(recipes.length, fitting.length, 'can be trained', failed, each.path)
    const done: { value: string; ran: Ran }[] = []
    for (const [i, { value, recipe }] of fitting.entries()) {
      markFolder(folder, ofEach)
      stderr.write(forTerminal(`${each.path}=${value}, run ${i + 1} of ${fitting.length}\n`))
      try {
        const ran = await runInFolder(
          command,
          { ...(i === 0 ? opened : openedAgain(opened)), imported: { ...opened.imported, recipe } },
          join(folder, folderOf(value, each.values.indexOf(value))),
          stderr,
          true,
        )
        done.push({ value, ran })
      } catch (error) {
        if (!(error instanceof DescentError)) throw error
        fail(value, error.message)
      }
    }
    requireTwo(recipes.length, done.length, 'came to an end', failed, each.path)
    const first = done[0]!
    const { task, target, data } = first.ran.report
    const runs = done.map(({ value, ran }) => oneRun(value, ran))
    const report: EachReport = {
      each: each.path,
      task,
      target,
      data,
      seconds: Math.round(performance.now() - started) / 1000,
      runs,
      failed,
      sameRows: done.every(({ ran }) => ran.heldOut === first.ran.heldOut),
      run: folder,
    }
    writeSummary(folder, report, runs, ofEach)
    return report
  })
}

const shortened = (name: string): string => (name.length > 16 ? `${name.slice(0, 15)}…` : name)
const share = (value: number | null): string => (value === null ? '–' : formatFixed(value, 3))

/** For people: a line for each value, by what the validation split says. */
export function describeEach(report: EachReport): string {
  const { each, runs, failed, sameRows, run, task } = report
  const names = metricsFor(task)
    .map(({ name }) => name)
    .filter((name) => metricOf(name)?.headline)
    .filter((name) => runs.some(({ validation }) => name in validation))
  const rarest = runs[0]?.rarest ?? null
  const chosen = runs.some(({ threshold }) => threshold !== null)
  const ofRarest = rarest === null ? [] : (['recall', 'precision', 'f1', 'averagePrecision'] as const)
  const words = { recall: 'Recall', precision: 'Precision', f1: 'F1', averagePrecision: 'AP' }
  const table = textTable(
    [
      [
        each,
        ...names.map((name) => metricOf(name)?.label ?? name),
        ...ofRarest.map((key) => `${words[key]} (${shortened(rarest!.name)})`),
        ...(chosen ? ['Threshold'] : []),
      ],
      ...runs.map((one) => [
        one.value,
        ...names.map((name) => (name in one.validation ? formatMetric(name, one.validation[name]) : '–')),
        ...ofRarest.map((key) => share(one.rarest?.[key] ?? null)),
        ...(chosen ? [one.threshold === null ? '–' : formatPercent(one.threshold)] : []),
      ]),
    ],
    (column) => column === 0,
  )
  const rows = runs[0]?.rows.validation ?? 0
  const lines = [
    `Validation split, ${plural(rows, 'row')}${rarest === null ? '' : `, ${rarest.support} of them “${rarest.name}”, the rarest (AP: average precision)`}:`,
    table.trimEnd(),
    ...runs.flatMap(({ value, budget }) => toldBudget(`${each}=${value}`, budget)),
    ...failed.map(({ value, message }) => `${each}=${value} failed: ${message}`),
    ...(sameRows
      ? []
      : [
          'The runs were not judged on the same rows, as this setting changes the split: differences may be of the rows.',
        ]),
    'Choose by these figures: whoever chooses by the test no longer has an honest forecast. The test of each stands in its folder.',
    `Saved in ${run}`,
    '',
  ]
  return plainSpaces(lines.join('\n'))
}
