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
import { checkPath } from '../inputs/regular-file.ts'
import { kindOf } from '../kinds/index.ts'
import { withScratch } from '../scratch.ts'
import type { RunCommand } from './args.ts'
import type { Each } from './each-values.ts'
import { claimFolder, markFolder, writeSummary } from './folder-of-runs.ts'
import { applyOverrides } from './overrides.ts'
import { defaultRunFolder } from './run-folder.ts'
import { openedAgain, openForRun, runInFolder, type Ran, type RunReport } from './run.ts'
import { plainSpaces, textTable } from './text-table.ts'

interface OneRun extends Pick<RunReport, 'epochs' | 'rows' | 'run' | 'test' | 'baseline'> {
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
  readonly failed: readonly { readonly value: string; readonly message: string }[]
  /** All runs were judged on the same validation and test rows. */
  readonly sameRows: boolean
  /** The folder that holds the run folders. */
  readonly run: string
}

const ofEach = { summary: 'each.json', what: 'comparison of runs', runs: /^\d+-.+$/ } as const

/** A file name that says the value as far as one can. */
const folderOf = (value: string, i: number): string =>
  `${i + 1}-${
    value
      .replaceAll(/[^\w.+-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 60) || 'value'
  }`

function oneRun(value: string, { report, validation }: Ran): OneRun {
  const { epochs, rows, run, test, baseline } = report
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
  }
}

/** Every value is held against the recipe before the first of them is trained. */
const recipesOf = (recipe: Recipe, { path, values }: Each): { value: string; recipe: Recipe }[] =>
  values.map((value) => ({ value, recipe: applyOverrides(recipe, [`${path}=${value}`]) }))

export async function runEach(
  command: RunCommand & { readonly each: Each },
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<EachReport> {
  const folder = checkPath(command.out ?? defaultRunFolder(command.input, new Date()))
  claimFolder(folder, ofEach)
  const started = performance.now()
  const { each } = command
  return await withScratch(tmpdir(), async (scratch) => {
    const opened = await openForRun(command, scratch, stderr)
    const recipes = recipesOf(opened.imported.recipe, each)
    for (const { recipe } of recipes) kindOf(recipe.kind).validate(recipe, opened.imported)
    const done: { value: string; ran: Ran }[] = []
    const failed: { value: string; message: string }[] = []
    for (const [i, { value, recipe }] of recipes.entries()) {
      markFolder(folder, ofEach)
      stderr.write(`${each.path}=${value}, run ${i + 1} of ${recipes.length}\n`)
      try {
        const ran = await runInFolder(
          command,
          { ...(i === 0 ? opened : openedAgain(opened)), imported: { ...opened.imported, recipe } },
          join(folder, folderOf(value, i)),
          stderr,
          true,
        )
        done.push({ value, ran })
      } catch (error) {
        // What cannot be done with one value is no reason to give up the others; anything else is a fault of ours.
        if (!(error instanceof DescentError)) throw error
        stderr.write(`${each.path}=${value} failed: ${error.message}\n`)
        failed.push({ value, message: error.message })
      }
    }
    const [first] = done
    if (first === undefined || done.length < 2)
      throw new DescentError(
        'badRecipe',
        `Of ${plural(recipes.length, 'run')} ${done.length === 0 ? 'none' : 'only one'} came to an end, so there is nothing to compare. ${failed[0]?.message ?? ''}`,
        each.path,
      )
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
