/** What the forms of `--each` share: every value is held against the data before the first is trained, and one that comes to nothing is said and left out. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescentError, plural, type Metrics, type Recipe } from '../../contract/index.ts'
import { areAlike } from '../evaluate/examine/stability.ts'
import { kindOf } from '../kinds/index.ts'
import { applyOverrides } from '../recipes/overrides.ts'
import { withScratch } from '../scratch.ts'
import { trainingDataOf } from '../training/data.ts'
import type { RunCommand } from './args.ts'
import type { Each } from './each-values.ts'
import { inFolderOfRuns, markFolder, writeSummary } from './folder-of-runs.ts'
import { forTerminal } from './for-terminal.ts'
import { prepareOpened, type OpenedData } from './open-data.ts'
import { defaultRunFolder } from './run-folder.ts'
import type { RunReport } from './run-report.ts'
import { openedAgain, openForRun, runInFolder, type Ran } from './run.ts'

const ofEach = { summary: 'each.json', what: 'comparison of runs', runs: /^\d+-.+$/ } as const

export type EachCommand = RunCommand & { readonly each: Each }

/** A training of a value. */
export interface PlannedRun {
  readonly recipe: Recipe
  /** Of its folder's name, behind the value. */
  readonly suffix: string
  /** Behind the value, where it is said that it begins. */
  readonly said: string
}

export interface ValueDone {
  readonly value: string
  readonly runs: readonly Ran[]
}

export interface Failed {
  readonly value: string
  readonly message: string
}

/** What every comparison of values tells. */
export interface EachSummary extends Pick<RunReport, 'task' | 'target' | 'data' | 'seconds'> {
  readonly each: string
  /** Values of which a run came to nothing, and why. */
  readonly failed: readonly Failed[]
  /** The folder that holds the run folders. */
  readonly run: string
}

/** What a comparison keeps of a run. */
export interface RunOfValue extends Pick<
  RunReport,
  'epochs' | 'rows' | 'run' | 'test' | 'baseline' | 'budget'
> {
  readonly validation: Metrics
}

export function runOfValue({ report, validation }: Ran): RunOfValue {
  const { epochs, rows, run, test, baseline, budget } = report
  return { epochs, rows, run, test, baseline, validation: validation!.metrics, ...(budget && { budget }) }
}

/** A file name that says the value as far as one can. */
const folderOf = (value: string, i: number): string =>
  `${i + 1}-${
    value
      .replaceAll(/[^\w.+-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 60) || 'value'
  }`

/** What one value makes of the data is computed once before, so that nobody waits for a training to hear that another has none. */
async function whyRefused(imported: OpenedData): Promise<string | null> {
  try {
    trainingDataOf(await prepareOpened(imported), imported.recipe)
    return null
  } catch (error) {
    // What cannot be done with one value is no reason to give up the others; anything else is a fault of ours.
    if (!(error instanceof DescentError)) throw error
    return error.message
  }
}

/** Of fewer than two there is nothing to compare. */
function requireTwo(all: number, left: number, what: string, failed: readonly Failed[], path: string): void {
  if (left >= 2) return
  throw new DescentError(
    'badRecipe',
    `Of ${plural(all, 'run')} ${left === 0 ? 'none' : 'only one'} ${what}, so there is nothing to compare. ${failed[0]?.message ?? ''}`,
    path,
  )
}

/**
 * Trains what is planned for each value's recipe, one after the other, and writes down what they come to. Every value is held
 * against the recipe, and the first of its plan against the data, before the first of them is trained.
 */
export const compareEach = <Report extends EachSummary>(
  command: EachCommand,
  stderr: NodeJS.WriteStream,
  plan: (recipe: Recipe) => readonly PlannedRun[],
  reported: (done: readonly ValueDone[], summary: EachSummary) => Report,
): Promise<Report> =>
  inFolderOfRuns(command.out ?? defaultRunFolder(command.input, new Date()), ofEach, (folder) =>
    withScratch(tmpdir(), async (scratch) => {
      const started = performance.now()
      const { path, values } = command.each
      const opened = await openForRun(command, scratch, stderr)
      const failed: Failed[] = []
      const fail = (value: string, message: string): void => {
        stderr.write(forTerminal(`${path}=${value} failed: ${message}\n`))
        failed.push({ value, message })
      }
      const planned = values.map((value) => ({
        value,
        runs: plan(applyOverrides(opened.imported.recipe, [`${path}=${value}`], '--each')),
      }))
      for (const { runs } of planned)
        for (const { recipe } of runs) kindOf(recipe.kind).validate(recipe, opened.imported)
      const fitting = []
      for (const one of planned) {
        const why = await whyRefused({ ...opened.imported, recipe: one.runs[0]!.recipe })
        if (why === null) fitting.push(one)
        else fail(one.value, why)
      }
      requireTwo(values.length, fitting.length, 'can be trained', failed, path)

      const recipes = fitting.flatMap(({ runs }) => runs.map(({ recipe }) => recipe))
      const hasLike = (recipe: Recipe): boolean =>
        recipes.some((other) => other !== recipe && areAlike(other, recipe))
      const all = fitting.reduce((sum, { runs }) => sum + runs.length, 0)
      let begun = 0
      const done: { value: string; runs: Ran[] }[] = []
      for (const [i, { value, runs }] of fitting.entries()) {
        const before = fitting.slice(0, i).reduce((sum, one) => sum + one.runs.length, 0)
        const found: Ran[] = []
        try {
          for (const [at, { recipe, suffix, said }] of runs.entries()) {
            markFolder(folder, ofEach)
            stderr.write(forTerminal(`${path}=${value}${said} run ${before + at + 1} of ${all}\n`))
            const again = begun++ === 0 ? opened : openedAgain(opened)
            const out = join(folder, `${folderOf(value, values.indexOf(value))}${suffix}`)
            found.push(await runInFolder(command, { ...again, imported: { ...opened.imported, recipe } }, out, stderr, { compared: true, repeated: hasLike(recipe) })) // prettier-ignore
          }
          done.push({ value, runs: found })
        } catch (error) {
          if (!(error instanceof DescentError)) throw error
          fail(value, error.message)
        }
      }
      requireTwo(values.length, done.length, 'came to an end', failed, path)
      const { task, target, data } = done[0]!.runs[0]!.report
      const seconds = Math.round(performance.now() - started) / 1000
      const report = reported(done, { each: path, task, target, data, seconds, failed, run: folder })
      writeSummary(folder, report, done.flatMap(({ runs }) => runs.map(runOfValue)), ofEach) // prettier-ignore
      return report
    }),
  )
