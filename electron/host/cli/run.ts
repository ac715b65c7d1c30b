/** `descent run`: the whole path in one process, from a file to a tested model in a run folder. */
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  effortOf,
  effortText,
  DescentError,
  baselineLabel,
  besideVerdict,
  bestFeatures,
  formatBytes,
  formatCount,
  formatPercent,
  outputRangeText,
  formatSeconds,
  givesThreshold,
  plural,
  insideAndOutside,
  insideText,
  outsideText,
  temperatureText,
  startedFromInWords,
  throughputSeries,
  valueText,
  type Finding,
  type Latency,
  type MetricPoint,
  type Recipe,
  type TrainingReport,
  type StepProfile,
} from '../../contract/index.ts'
import { hashOfImport } from '../datasets/hash-of-import.ts'
import type { Files } from '../deploy/owned-folder.ts'
import { levelOf, toldCoverage } from '../evaluate/uncertainty.ts'
import type { SplitEvaluation } from '../evaluate/evaluate.ts'
import { unitOf } from '../explore/findings.ts'
import { shapeLines } from '../kinds/table/shaping/account.ts'
import { namesInTensors, type Preparation } from '../prepare/preparation.ts'
import type { InputSpec } from '../model/input.ts'
import { withScratch } from '../scratch.ts'
import { hashOfRows } from '../store/index.ts'
import { functionsOfTask, namesOfTarget } from '../tasks/index.ts'
import { findAlarms, linesOfPoints, stepLinesOfPoints, type End } from '../training/alarms/index.ts'
import { median } from '../training/alarms/lines.ts'
import { TrainControl } from '../training/control.ts'
import { factsOf, networkOf, trainingDataOf } from '../training/data.ts'
import { expectedLossOf } from '../training/losses.ts'
import { requireStart } from '../training/network.ts'
import { useDevice, workOf } from '../training/predict.ts'
import { saysNotFinite } from '../training/not-finite.ts'
import { preflightOf } from '../training/preflight/index.ts'
import { profileTraining } from '../training/profile.ts'
import { startWeightsOf } from '../training/start-weights.ts'
import { train, type TrainHooks, type TrainResult } from '../training/train.ts'
import type { DataCommand, RunCommand } from './args.ts'
import { budgetOfRun } from './budget-of-run.ts'
import { describeBeforeTraining, describeFindings, describePreflight, told } from './findings.ts'
import { glanceAt, openData, prepareOpened, sizeOf, type Glance, type OpenedData } from './open-data.ts'
import { describeHardest, hardestAsData } from './hardest.ts'
import { openDisplay, openQuietDisplay, type Display } from './progress.ts'
import { startingLines } from './starting-lines.ts'
import { robustnessOfTest, type MeasuredRobustness } from './robustness.ts'
import { json, runFiles } from './run-files.ts'
import { plainSpaces } from './text-table.ts'
import { claimRunFolder, type RunFolder } from './run-folder.ts'
import { headline, toldBaseline, toldCalibration, type FoundOut, type RunReport } from './run-report.ts'
import {
  beginBaselines,
  besideConstant,
  besideNetwork,
  examineNetwork,
  testOf,
  type AmongOthers,
  type BesideNetwork,
  type ExaminedNetwork,
  type Tested,
} from './tested.ts'

/** A training that ended in an error, with what had been found by then. */
export class FailedTraining extends DescentError {
  readonly found: FoundOut
  constructor(error: unknown, found: FoundOut) {
    const message = error instanceof Error ? error.message : String(error)
    const isKnown = error instanceof DescentError
    super(
      isKnown ? error.code : 'trainingFailed',
      isKnown ? message : `The computation failed: ${message}`,
      isKnown ? error.field : undefined,
    )
    this.cause = error
    this.found = found
  }
}

const endOf: Readonly<Record<TrainResult['reason'], End>> = {
  completed: 'lastEpoch',
  earlyStopped: 'early',
  stopped: 'early',
}

/** What is tried before a training is to take about so long at most, and no longer than the training but for so long. */
const preflightMs = { budgetMs: 2500, leastMs: 250 }

/** How often what is alarming is looked for while it trains. */
const lookMs = 500
/** Of the first steps, and of the last, so many are looked at then. */
const mostLooked = 500

/** Milliseconds: as long as the network was trained, but seconds at least and a minute at most. */
const baselineBudget = (seconds: number): number => Math.min(60_000, Math.max(5000, 1000 * seconds))
/** Of many training rows those that a baseline goes through in a few seconds, and more the longer the network was trained. */
const rowsOfBaselines = (seconds: number): number => Math.max(50_000, Math.round(5000 * seconds))

const displayFor = (
  { quiet = false }: Partial<Pick<RunCommand, 'quiet'>>,
  { task, training }: Recipe,
  stderr: NodeJS.WriteStream,
): Display => (quiet ? openQuietDisplay(stderr) : openDisplay(stderr, task, training.epochs))

/** While this works the first Ctrl-C says that and acts so; the second one leaves. */
async function heeding<T>(
  display: Display,
  { says, act }: { readonly says: string; act?(): void },
  work: () => Promise<T>,
): Promise<T> {
  let again = false
  const interrupted = (): void => {
    if (again) process.exit(130)
    again = true
    display.say(`${says} Ctrl-C again quits.`)
    act?.()
  }
  process.on('SIGINT', interrupted)
  try {
    return await work()
  } finally {
    process.off('SIGINT', interrupted)
  }
}

/** As the option that names it says it. */
function labelOfScore(by: string): string {
  const { score } = bestFeatures.options
  return valueText(score, by).toLowerCase()
}

/** Which features were chosen, and by what. */
function selectionLines(selection: Preparation['selection']): string[] {
  if (selection === undefined) return []
  const { by, features } = selection
  const told = (kept: boolean) => {
    const some = features.filter((one) => one.kept === kept)
    const few = some
      .slice(0, 12)
      .map(({ name, score }) => (score === null ? name : `${name} ${score.toPrecision(3)}`))
    return few.join(', ') + (some.length > few.length ? `, … (${some.length})` : '') || 'none'
  }
  return [
    `Of ${plural(features.length, 'column')}, by ${labelOfScore(by)} in the training rows, these are used: ${told(true)}`,
    `  and left out: ${told(false)}`,
  ]
}

function describeInput(input: InputSpec): string {
  switch (input.kind) {
    case 'numbers':
      return plural(input.width, 'feature')
    case 'codes':
      return plural(input.sizes.length, 'embedded column')
    case 'pixels':
      return `${input.height} × ${input.width} pixels`
    case 'tokens':
      return `up to ${input.length} words`
  }
}

export async function run(
  command: RunCommand,
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<RunReport> {
  const folder = claimRunFolder(command.out, command.input, new Date())
  try {
    return await withScratch(tmpdir(), async (scratch) => {
      const opened = await openForRun(command, scratch, stderr)
      return (await runIn(folder, command, opened, stderr)).report
    })
  } finally {
    folder.release()
  }
}

/** Whoever waits for it is told when it fails, and nobody before. */
function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}

/** Imported, and told about. */
export interface Opened {
  readonly imported: OpenedData
  /** Looked for while the data is prepared: a large table's in a process of their own. */
  readonly glance: Promise<Glance>
  readonly started: number
}

export async function openForRun(
  command: DataCommand & Partial<Pick<RunCommand, 'quiet'>>,
  scratch: string,
  stderr: NodeJS.WriteStream,
): Promise<Opened> {
  const started = performance.now()
  const imported = await openData(command, scratch)
  const { recipe, receipt } = imported
  const display = displayFor(command, recipe, stderr)
  display.say(`Imported ${receipt.fileName}: ${sizeOf(imported)}`)
  for (const line of shapeLines(receipt.shape)) display.say(`  ${line}`)
  for (const note of receipt.notes) display.say(`  ${note}`)
  display.say(`Data version ${hashOfImport(receipt).slice(0, 12)}, as imported`)
  return { imported, glance: begun(glanceAt(imported)), started }
}

/** A run beside others. */
export interface Ran {
  readonly recipe: Recipe
  readonly report: RunReport
  /** What runs are compared by; null: it was not asked for. */
  readonly validation: SplitEvaluation | null
  /** The same for the same validation and test rows. */
  readonly heldOut: string
}

/** The same data once more: what is wrong with it has been said. */
export const openedAgain = (opened: Opened): Opened => ({
  ...opened,
  glance: Promise.resolve({ alerts: [], sampled: null }),
})

/** Of data that is open already, as one of many. */
export async function runInFolder(
  command: RunCommand,
  opened: Opened,
  out: string,
  stderr: NodeJS.WriteStream,
  among: AmongOthers,
): Promise<Ran> {
  const folder = claimRunFolder(out, command.input, new Date())
  try {
    // One of many runs on the same rows, or a fold: what stands beside them is the constant baseline.
    return await runIn(folder, { ...command, baselines: [] }, opened, stderr, among)
  } finally {
    folder.release()
  }
}

async function runIn(
  folder: RunFolder,
  command: RunCommand,
  { imported, glance, started }: Opened,
  stderr: NodeJS.WriteStream,
  among: AmongOthers | null = null,
): Promise<Ran> {
  const { recipe, receipt } = imported
  const display = displayFor(command, recipe, stderr)
  const [prepared, { alerts, sampled }] = await Promise.all([prepareOpened(imported), glance])
  const opened = { ...imported, prepared }
  const checks = prepared.checks(recipe)
  if (sampled !== null)
    display.say(
      `Alerts are of ${formatCount(sampled)} rows, evenly taken: “descent explore” looks at all of them.`,
    )
  for (const line of describeBeforeTraining({ alerts, checks, input: command.input }, recipe))
    display.say(line)

  const { preparation, split } = prepared
  const data = trainingDataOf(prepared, recipe)
  for (const line of selectionLines(preparation.selection)) display.say(line)
  const target = namesOfTarget(preparation.target).join(', ')
  const rows = { train: split.train.length, validation: split.validation.length, test: split.test.length }
  display.say(
    `Predicting ${target}, ${functionsOfTask(recipe.task).describe(preparation.target)}, from ` +
      `${data.inputs.map(describeInput).join(' and ')}; ${plural(rows.train, unitOf[recipe.kind])} train, ${formatCount(rows.validation)} validate, ${formatCount(rows.test)} test`,
  )

  if (imported.startsUsual) {
    const facts = factsOf(networkOf(recipe, preparation), recipe.task, rows.train)
    for (const line of startingLines(recipe, facts)) display.say(line)
    const effort = recipe.kind === 'table' ? effortOf(recipe, imported.rows) : null
    if (effort !== null) display.say(effortText(effort, { rows: imported.rows, task: recipe.task }))
  }

  const start = await startWeightsOf(recipe.weights, preparation.columns)
  await requireStart(networkOf(recipe, preparation), recipe, start)
  const device = await useDevice(recipe.backend, await workOf({ recipe, data }))
  display.say(`Training on ${device.backend} (${device.name})`)
  const before = command.preflight
    ? await preflightOf({
        recipe,
        data,
        start,
        nameOf: namesInTensors(preparation.columns),
        ...preflightMs,
      }).catch((error: unknown) => {
        // What is wrong with the network itself, training says.
        display.say(
          `Could not be tried before training: ${error instanceof Error ? error.message : String(error)}`,
        )
        return null
      })
    : null
  if (before !== null) for (const line of describePreflight(before, recipe)) display.say(line)
  const points: MetricPoint[] = []
  const steps: MetricPoint[] = []
  const known: TrainingReport = {}
  const alarmsWith = (end: End, seen: readonly MetricPoint[], blewUp = false) =>
    findAlarms({
      recipe,
      end,
      blewUp,
      ...linesOfPoints(points),
      expectedLoss: expectedLossOf(recipe.training.loss, data),
      steps: stepLinesOfPoints(seen),
      report: known,
    })
  /** Each alarm is said when it is first found, and once. */
  const said = new Set<string>()
  const sayNew = (alarms: Finding[]): void => {
    const fresh = alarms.filter(({ name }) => !said.has(name))
    for (const { name } of fresh) said.add(name)
    for (const finding of fresh)
      for (const line of describeFindings([finding], recipe))
        if (finding.severity === 'error') display.warn(line)
        else display.say(line)
  }
  const foundBy = (alarms: readonly Finding[]): FoundOut => ({
    alerts: told([...alerts, ...checks]),
    preflight: told(before?.findings ?? []),
    alarms: told(alarms),
  })
  const control = new TrainControl()
  let looked = performance.now()
  const hooks: TrainHooks = {
    control,
    onStartedFrom: (startedFrom) => {
      known.startedFrom = startedFrom
      display.say(startedFromInWords(startedFrom))
    },
    onEpoch: (point) => {
      points.push(point)
      display.epoch(point)
    },
    onSteps: (taken) => {
      steps.push(...taken)
      if (performance.now() - looked < lookMs) return
      looked = performance.now()
      sayNew(
        alarmsWith('open', [
          ...steps.slice(0, mostLooked),
          ...steps.slice(mostLooked).slice(-mostLooked),
        ]).filter(({ severity }) => severity === 'error'),
      )
    },
    onUnreached: (unreached) => (known.unreached = [...unreached]),
    onNotFinite: (notFinite) => (known.notFinite = notFinite),
    onLoading: (loading) => (known.loading = loading),
    onHardest: (hardest) => (known.hardest = hardest),
    onFollowed: (followed) => (known.followed = followed),
    onNotLooked: (why) =>
      display.say(`With the weights that are kept, rows could not be looked at once more: ${why}`),
    onProgress: (progress) => display.progress(progress),
  }
  const stops = {
    says: 'Stopping: the best weights so far will be tested and saved.',
    act: () => control.stop(),
  }
  const result = await heeding(display, stops, () => train({ recipe, data, start }, hooks))
    .catch((error: unknown) => {
      const alarms = alarmsWith('early', steps, error instanceof Error && saysNotFinite(error.message))
      sayNew(alarms)
      throw new FailedTraining(error, foundBy(alarms))
    })
    .finally(() => display.done())
  const how = { completed: 'finished', earlyStopped: 'stopped early', stopped: 'stopped' }[result.reason]
  const inData =
    known.loading === undefined ? '' : `, ${formatPercent(known.loading.share)} of each step for its examples`
  display.say(
    `Training ${how} after ${plural(result.epochs, 'epoch')} in ${formatSeconds(result.seconds)} with ${formatBytes(result.memory)} of memory${inData}; best epoch ${result.best.epoch}`,
  )

  const alarms = alarmsWith(endOf[result.reason], steps)
  sayNew(alarms)
  for (const line of describeHardest(known.hardest ?? {})) display.say(line)

  const filesWith = (
    tested: Tested,
    beside: BesideNetwork,
    examined: ExaminedNetwork | null,
    latency: Latency | null = null,
  ): Files =>
    runFiles(basename(folder.path), {
      data: { ...opened, prepared: tested.tuned },
      points,
      steps,
      examples: { hardest: known.hardest, followed: known.followed },
      result,
      tested,
      beside,
      examined,
      device,
      latency,
    })
  // An hour of training is not lost to a key that was pressed a moment too late, nor to what comes after it: it is kept first.
  const saves = { says: 'The training is over, and is being tested and saved.' }
  const { tested, saved } = await heeding(display, saves, async () => {
    const tested = await testOf(recipe, prepared, result.best.tensors, among)
    return { tested, saved: folder.write(filesWith(tested, besideConstant(prepared, tested), null)) }
  })
  const { path } = saved
  for (const note of saved.notes) display.say(note)
  const { evaluation, validation, uncertainty } = tested
  const { threshold, temperature, outside, classification, ranges = [] } = evaluation
  if (temperature !== undefined) display.say(temperatureText(temperature))
  const inside = outside && classification ? insideAndOutside(classification.perClass, outside) : null
  if (outside !== undefined && inside !== null) {
    display.say(outsideText(classification?.classes[outside.class] ?? '', outside))
    display.say(insideText(inside))
  }
  for (const { name, ...range } of ranges) display.say(outputRangeText(name, range))
  if (threshold !== undefined)
    display.say(
      `The second class is predicted from a probability of ${formatPercent(threshold)} on, which ${givesThreshold(recipe.target) ? 'the recipe gives' : 'the validation split chose'}`,
    )
  const ending = new AbortController()
  const asked = {
    names: command.baselines,
    signal: ending.signal,
    budget: baselineBudget(result.seconds),
    most: rowsOfBaselines(result.seconds),
  }
  // While this process checks the test.
  const fitting =
    command.baselines.length > 0 && rows.test > 0 ? beginBaselines(opened, prepared, asked) : null
  const examined =
    among === null && rows.test > 0
      ? await examineNetwork(
          { recipe, prepared, tested, epoch: result.best.epoch, weights: result.best.tensors },
          points.find(({ epoch }) => epoch === result.best.epoch)?.values ?? null,
        ).catch((error: unknown) => {
          display.warn(
            `The checks of the test could not be made: ${error instanceof Error ? error.message : String(error)}`,
          )
          return null
        })
      : null
  let beside = besideConstant(prepared, tested)
  if (examined !== null) {
    for (const line of describeFindings(examined.findings, recipe)) display.say(line)
    folder.write(filesWith(tested, beside, examined))
  }
  if (fitting !== null) {
    const leaves = { says: 'Leaving the baselines out.', act: () => ending.abort() }
    const found = await heeding(display, leaves, () => {
      display.say(`Training baselines on the same rows; the run is in ${path}, and Ctrl-C leaves them out`)
      return besideNetwork(opened, prepared, tested, fitting, asked)
    })
    beside = found.beside
    folder.write(filesWith(tested, beside, examined))
    if (found.why !== null) display.warn(`There are no trained baselines. ${found.why}`)
    for (const { name, notes } of beside.baselines)
      for (const note of notes) display.say(`  ${baselineLabel(name, recipe.task)}: ${note}`)
    if (found.why === null) for (const { why } of beside.without) display.say(`  ${why}`)
  }
  let robustness: MeasuredRobustness | null = null
  const also: Record<string, string> = {}
  if (command.robustness && rows.test === 0)
    display.warn('Robustness is not measured: the split leaves no rows to the test.')
  if (command.robustness && rows.test > 0) {
    const ending = new AbortController()
    const leaves = { says: 'Leaving the corruptions out.', act: () => ending.abort() }
    robustness = await heeding(display, leaves, () => {
      display.say('Corrupting the test rows; Ctrl-C leaves that out')
      const of = { recipe, prepared, tested, weights: result.best.tensors }
      return robustnessOfTest(of, ending.signal)
    }).catch((error: unknown) => {
      display.warn(
        `Robustness could not be measured: ${ending.signal.aborted ? 'it was interrupted.' : error instanceof Error ? error.message : String(error)}`,
      )
      return null
    })
    if (robustness !== null) {
      also['robustness.json'] = json(robustness)
      folder.write({ ...filesWith(tested, beside, examined), ...also })
    }
  }
  let profile: StepProfile | null = null
  if (command.profile) {
    display.say('Measuring where the time of a step goes')
    profile = await profileTraining({ recipe, data, start }, device)
    also['profile.json'] = json(profile)
    folder.write({ ...filesWith(tested, beside, examined), ...also })
  }
  device.close()
  const {
    lines: budget,
    notes: ofBudget,
    latency,
  } = recipe.budget === undefined
    ? { lines: [], notes: [], latency: null }
    : await budgetOfRun(join(path, 'model'))
  // As a part of the run: a folder that was changed since is not replaced by a later one.
  if (latency !== null) folder.write({ ...filesWith(tested, beside, examined, latency), ...also })
  for (const { isWithin, text } of budget)
    if (isWithin) display.say(plainSpaces(text))
    else display.warn(plainSpaces(text))
  for (const note of ofBudget) display.warn(note)
  const report: RunReport = {
    task: recipe.task,
    target,
    backend: device.backend,
    device: device.name,
    epochs: result.epochs,
    seconds: Math.round(performance.now() - started) / 1000,
    resources: {
      memory: { estimated: before?.memory ?? null, used: result.memory },
      secondsPerEpoch: {
        estimated: before?.secondsPerEpoch ?? null,
        used: secondsPerEpochOf(points, data.train.rows),
      },
      loading: known.loading?.share ?? null,
    },
    rows,
    data: hashOfImport(receipt),
    test: headline(evaluation.metrics),
    intervals: headline(evaluation.intervals ?? {}),
    baseline: headline(evaluation.baseline),
    ...(outside && inside && { outside: { ...outside, test: inside } }),
    hardest: hardestAsData(known.hardest ?? {}),
    baselines: beside.baselines.map(toldBaseline(recipe.task)),
    beside: besideVerdict(recipe.task, beside),
    calibration: toldCalibration(evaluation.calibration),
    checks: examined && {
      made: examined.made,
      passed: examined.made.length - new Set(examined.findings.map(({ name }) => name)).size,
      found: told(examined.findings),
    },
    importance: examined?.importance?.columns ?? null,
    noImportance: examined?.noImportance ?? null,
    groups: examined?.groups ?? [],
    coverage: (uncertainty && levelOf(uncertainty, toldCoverage)?.measured) ?? null,
    ...(robustness && { robustness }),
    ...(budget.length > 0 && { budget }),
    run: path,
    ...foundBy(alarms),
    ...(profile && { profile }),
  }
  return { recipe, report, validation, heldOut: `${hashOfRows(split.validation)} ${hashOfRows(split.test)}` }
}

/** The median; the first epoch compiles. null: there was none. */
function secondsPerEpochOf(points: readonly MetricPoint[], rows: number): number | null {
  const rates = points.flatMap(({ values }) => values[throughputSeries.name] ?? [])
  return rates.length === 0 ? null : rows / median(rates.length > 1 ? rates.slice(1) : rates)
}
