/** `descent run`: the whole path in one process, from a file to a tested model in a run folder. */
import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import { engineVersion } from '../../../engine/index.ts'
import {
  effortOf,
  effortText,
  DescentError,
  baselineLabel,
  besideVerdict,
  bestFeatures,
  formatBytes,
  formatCount,
  formatMetric,
  formatPercent,
  formatSeconds,
  metricOf,
  metrics,
  plural,
  primaryFor,
  recordedFor,
  startedFromInWords,
  throughputSeries,
  valueText,
  type Beside,
  type BesideBaselines,
  type BesideVerdict,
  type Finding,
  type HardExample,
  type HardestOfSplits,
  type MetricDifference,
  type MetricInterval,
  type Metrics,
  type MetricPoint,
  type Recipe,
  type TrainingReport,
  type StepProfile,
} from '../../contract/index.ts'
import { fitBaselines } from '../baselines/index.ts'
import { besideBaselines } from '../baselines/beside.ts'
import { hashOfImport } from '../datasets/hash-of-import.ts'
import { modelDraft } from '../deploy/draft.ts'
import { modelFiles } from '../deploy/folder.ts'
import { below, withManifest, type Files } from '../deploy/owned-folder.ts'
import { csvLine } from '../deploy/table.ts'
import { uncertaintyOf } from '../evaluate/conformal.ts'
import { levelOf, type Uncertainty } from '../evaluate/uncertainty.ts'
import { rangesOf } from '../evaluate/ranges.ts'
import { evaluateOutputs, type SplitEvaluation } from '../evaluate/evaluate.ts'
import { choosesThreshold, withThreshold } from '../evaluate/threshold.ts'
import { unitOf } from '../explore/findings.ts'
import { shapeLines } from '../kinds/table/shaping/account.ts'
import { joinedFilesOf } from '../kinds/table/shaping/joined-files.ts'
import { namesInTensors, type Preparation } from '../prepare/preparation.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import type { InputSpec } from '../model/input.ts'
import { withScratch } from '../scratch.ts'
import { hashOfRows } from '../store/index.ts'
import { functionsOfTask, namesOfTarget } from '../tasks/index.ts'
import { findAlarms, linesOfPoints, stepLinesOfPoints, type End } from '../training/alarms/index.ts'
import { median } from '../training/alarms/lines.ts'
import { section } from '../training/checkpoint.ts'
import { TrainControl } from '../training/control.ts'
import { factsOf, networkOf, takeRows, trainingDataOf } from '../training/data.ts'
import { expectedLossOf } from '../training/losses.ts'
import { requireStart } from '../training/network.ts'
import { predict, useDevice, workOf } from '../training/predict.ts'
import { saysNotFinite } from '../training/not-finite.ts'
import { preflightOf } from '../training/preflight/index.ts'
import { profileTraining } from '../training/profile.ts'
import { startWeightsOf } from '../training/start-weights.ts'
import { train, type TrainResult } from '../training/train.ts'
import type { DataCommand, RunCommand } from './args.ts'
import {
  describeBeforeTraining,
  describeFindings,
  describePreflight,
  told,
  type ToldFinding,
} from './findings.ts'
import { glanceAt, openData, prepareOpened, sizeOf, type Glance, type OpenedData } from './open-data.ts'
import { describeProfile } from './profile-table.ts'
import { describeHardest, hardestAsData } from './hardest.ts'
import { openDisplay, openQuietDisplay, type Display } from './progress.ts'
import { startingLines } from './starting-lines.ts'
import { claimRunFolder, type RunFolder } from './run-folder.ts'
import { plainSpaces, textTable } from './text-table.ts'

/** What was found in the data, in what was tried before training, and in the training. */
export interface FoundOut {
  readonly alerts: readonly ToldFinding[]
  readonly preflight: readonly ToldFinding[]
  readonly alarms: readonly ToldFinding[]
}

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

/** The line that `--json` ends with. */
export interface RunReport extends FoundOut {
  task: Recipe['task']
  target: string
  backend: string
  device: string
  epochs: number
  seconds: number
  /** What was said of the training before it, and what it took. */
  resources: {
    /** Bytes on the device at most; null: it was not tried before. */
    readonly memory: { readonly estimated: number | null; readonly used: number }
    /** Of an epoch without its validation. */
    readonly secondsPerEpoch: { readonly estimated: number | null; readonly used: number | null }
    /** Which share of a step its examples take to be gathered and made ready; null: too short to be measured. */
    readonly loading: number | null
  }
  rows: { train: number; validation: number; test: number }
  /** sha256 of the version of the data: the file as it was imported. */
  data: string
  test: Metrics
  /** Between which values each may be, with 95 % confidence, as far as that can be told. */
  intervals: Record<string, MetricInterval>
  /** Of the constant one. */
  baseline: Metrics
  /** The examples with the highest loss, the highest first; rows counted from 1. */
  hardest: {
    readonly [Split in keyof HardestOfSplits]: readonly (HardExample & { readonly told: string })[]
  }
  /** Trained on the same rows, the constant one first; differences are of the network. */
  baselines: readonly ToldBaseline[]
  /** What may be said of the network beside them; null: there was nothing to compare. */
  beside: BesideVerdict | null
  /** Of how many test rows the truth was within what is promised to hold it for 90 %; null: nothing is promised. */
  coverage: number | null
  /** The run folder. */
  run: string
  /** Where the time of a training step goes; only with --profile. */
  profile?: StepProfile
}

/** A baseline, in the metrics that are promised. */
interface ToldBaseline {
  readonly name: string
  readonly label: string
  readonly rows: number
  readonly notes: readonly string[]
  readonly test: Metrics
  readonly intervals: Record<string, MetricInterval>
  readonly differences: Record<string, MetricDifference>
}

const toldBaseline =
  (task: Recipe['task']) =>
  ({ name, rows, notes, metrics: test, intervals, differences }: Beside): ToldBaseline => ({
    name,
    label: baselineLabel(name, task),
    rows,
    notes,
    test: headline(test),
    intervals: headline(intervals),
    differences: headline(differences),
  })

interface Data extends OpenedData {
  readonly prepared: Prepared
}

const endOf: Readonly<Record<TrainResult['reason'], End>> = {
  completed: 'lastEpoch',
  earlyStopped: 'early',
  stopped: 'early',
}

/** What is tried before a training is to take about so long at most. */
const preflightMs = 2500

/** How often what is alarming is looked for while it trains. */
const lookMs = 500
/** Of the first steps, and of the last, so many are looked at then. */
const mostLooked = 500

const displayFor = (
  { quiet = false }: Partial<Pick<RunCommand, 'quiet'>>,
  { task, training }: Recipe,
  stderr: NodeJS.WriteStream,
): Display => (quiet ? openQuietDisplay(stderr) : openDisplay(stderr, task, training.epochs))

/** First Ctrl-C: stop training, keep the best weights, go on to the test. Second: leave. */
function stopOnInterrupt(control: TrainControl, display: Display): () => void {
  const interrupted = (): void => {
    if (control.request === 'stop') process.exit(130)
    display.say('Stopping: the best weights so far will be tested and saved. Ctrl-C again quits.')
    control.stop()
  }
  process.on('SIGINT', interrupted)
  return () => void process.off('SIGINT', interrupted)
}

/** A line for each point: when it was, and what was recorded then. */
function curvesCsv(names: readonly string[], points: readonly MetricPoint[]): string {
  const lines = points.map(({ epoch, step, seconds, values }) =>
    csvLine([epoch, step, seconds, ...names.map((name) => values[name] ?? null)]),
  )
  return csvLine(['epoch', 'step', 'seconds', ...names]) + lines.join('')
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

const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n'

/** The metrics that are promised to whoever reads the JSON line. */
export const headline = <Value = number>(all: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(
    metrics.flatMap(({ name, headline }) => (headline && name in all ? [[name, all[name]!]] : [])),
  )

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

interface Outcome {
  readonly data: Data
  readonly points: readonly MetricPoint[]
  readonly steps: readonly MetricPoint[]
  /** Those with the highest loss, and what was said of some epoch by epoch. */
  readonly examples: Pick<TrainingReport, 'hardest' | 'followed'>
  readonly result: TrainResult
  readonly evaluation: SplitEvaluation
  readonly beside: Omit<BesideBaselines, 'runId'>
  readonly uncertainty: Uncertainty | null
  readonly validation: SplitEvaluation | null
  readonly device: { readonly backend: Recipe['backend']; readonly name: string }
}

function runFiles(
  name: string,
  { data, points, steps, examples, result, evaluation, beside, uncertainty, validation, device }: Outcome,
): Files {
  const draft = modelDraft({
    name,
    runId: name,
    recipe: data.recipe,
    preparation: data.prepared.preparation,
    dataFile: data.receipt.fileName,
    header: data.receipt.header,
    encoding: data.receipt.encoding,
    dataSha256: hashOfImport(data.receipt),
    dataVersion: null,
    engineVersion,
    backend: device.backend,
    device: device.name,
    bestEpoch: result.best.epoch,
    test: evaluation.metrics,
    intervals: evaluation.intervals,
    beside,
    uncertainty: uncertainty ?? undefined,
    ranges: rangesOf(data.prepared.features, data.prepared.split.train),
  })
  const joined = joinedFilesOf(data.recipe, data.place.folder)
  return {
    'recipe.json': json(data.recipe),
    'receipt.json': json(data.receipt),
    'metrics.csv': curvesCsv(
      recordedFor(data.recipe.task).map(({ name }) => name),
      points,
    ),
    'examples.json': json(examples),
    'steps.csv': curvesCsv([...new Set(steps.flatMap(({ values }) => Object.keys(values)))], steps),
    'baselines.json': json(beside),
    'evaluation.json': json({ ...evaluation, bestEpoch: result.best.epoch }),
    ...(validation && { 'validation.json': json({ ...validation, bestEpoch: result.best.epoch }) }),
    // A model folder that can be copied away, and is still ours there.
    ...below('model', withManifest(modelFiles(draft, section(result.best.tensors, 'model'), joined))),
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

/** Of data that is open already. `compared`: the validation split is evaluated as the test is. */
export async function runInFolder(
  command: RunCommand,
  opened: Opened,
  out: string,
  stderr: NodeJS.WriteStream,
  compared = false,
): Promise<Ran> {
  const folder = claimRunFolder(out, command.input, new Date())
  try {
    // One of many runs on the same rows, or a fold: what stands beside them is the constant baseline.
    return await runIn(folder, { ...command, baselines: [] }, opened, stderr, compared)
  } finally {
    folder.release()
  }
}

async function runIn(
  folder: RunFolder,
  command: RunCommand,
  { imported, glance, started }: Opened,
  stderr: NodeJS.WriteStream,
  compared = false,
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

  const start = await startWeightsOf(recipe.weights)
  await requireStart(networkOf(recipe, preparation), recipe, start)
  const device = await useDevice(recipe.backend, await workOf({ recipe, data }))
  display.say(`Training on ${device.backend} (${device.name})`)
  const before = command.preflight
    ? await preflightOf({
        recipe,
        data,
        start,
        nameOf: namesInTensors(preparation.columns),
        budgetMs: preflightMs,
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
  const release = stopOnInterrupt(control, display)
  let looked = performance.now()
  const result = await train(
    { recipe, data, start },
    {
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
      onProgress: (progress) => display.progress(progress),
    },
  )
    .catch((error: unknown) => {
      const alarms = alarmsWith('early', steps, error instanceof Error && saysNotFinite(error.message))
      sayNew(alarms)
      throw new FailedTraining(error, foundBy(alarms))
    })
    .finally(() => {
      release()
      display.done()
    })
  const how = { completed: 'finished', earlyStopped: 'stopped early', stopped: 'stopped' }[result.reason]
  const inData =
    known.loading === undefined ? '' : `, ${formatPercent(known.loading.share)} of each step for its examples`
  display.say(
    `Training ${how} after ${plural(result.epochs, 'epoch')} in ${formatSeconds(result.seconds)} with ${formatBytes(result.memory)} of memory${inData}; best epoch ${result.best.epoch}`,
  )

  const alarms = alarmsWith(endOf[result.reason], steps)
  sayNew(alarms)
  for (const line of describeHardest(known.hardest ?? {})) display.say(line)

  const network = networkOf(recipe, preparation)
  const outputsOf = (rows: Int32Array) => predict(network, result.best.tensors, takeRows(prepared.data, rows))
  const validationOutputs = await outputsOf(split.validation)
  const tuned = choosesThreshold(recipe) ? withThreshold(prepared, recipe, validationOutputs) : prepared
  const testOutputs = await outputsOf(split.test)
  const evaluation = evaluateOutputs(tuned, 'test', testOutputs)
  if (command.baselines.length > 0 && rows.test > 0) display.say('Training baselines on the same rows')
  const fitted = fitBaselines(prepared, { names: rows.test > 0 ? command.baselines : [] })
  const beside = besideBaselines(recipe, prepared, { split: 'test', tuned, outputs: testOutputs }, fitted)
  for (const { name, notes } of beside.baselines)
    for (const note of notes) display.say(`  ${baselineLabel(name, recipe.task)}: ${note}`)
  for (const { why } of beside.without) display.say(`  ${why}`)
  const validation = compared ? evaluateOutputs(tuned, 'validation', validationOutputs) : null
  const uncertainty = uncertaintyOf(tuned, {
    validation: validationOutputs,
    test: rows.test > 0 ? testOutputs : null,
  })
  const { threshold } = evaluation
  if (threshold !== undefined)
    display.say(
      `The second class is predicted from a probability of ${formatPercent(threshold)} on, which the validation split chose`,
    )
  const files = runFiles(basename(folder.path), {
    data: { ...opened, prepared: tuned },
    points,
    steps,
    examples: { hardest: known.hardest, followed: known.followed },
    result,
    evaluation,
    beside,
    uncertainty,
    validation,
    device,
  })
  const { path, notes } = folder.write(files)
  for (const note of notes) display.say(note)
  let profile: StepProfile | null = null
  if (command.profile) {
    display.say('Measuring where the time of a step goes')
    profile = await profileTraining({ recipe, data, start }, device)
    folder.write({ ...files, 'profile.json': json(profile) })
  }
  device.close()
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
    hardest: hardestAsData(known.hardest ?? {}),
    baselines: beside.baselines.map(toldBaseline(recipe.task)),
    beside: besideVerdict(recipe.task, beside),
    coverage: (uncertainty && levelOf(uncertainty, toldCoverage)?.measured) ?? null,
    run: path,
    ...foundBy(alarms),
    ...(profile && { profile }),
  }
  return { report, validation, heldOut: `${hashOfRows(split.validation)} ${hashOfRows(split.test)}` }
}

/** The median; the first epoch compiles. null: there was none. */
function secondsPerEpochOf(points: readonly MetricPoint[], rows: number): number | null {
  const rates = points.flatMap(({ values }) => values[throughputSeries.name] ?? [])
  return rates.length === 0 ? null : rows / median(rates.length > 1 ? rates.slice(1) : rates)
}

/** The level that people ask for first. */
const toldCoverage = 0.9

/** What may be said of a baseline beside the network. */
const verdictWords = {
  better: 'worse',
  worse: 'better',
  cannotTell: 'as good, for all that is known',
} as const

/** A column for each metric, a line for the network and for each baseline, and what may be said of them. */
function describeBaselines({ task, test, intervals, baselines, beside }: RunReport): string {
  const names = Object.keys(test)
  const primary = primaryFor(task).name
  const within = (name: string): string => {
    const found = intervals[name]
    return found === undefined ? '' : `${formatMetric(name, found.low)}–${formatMetric(name, found.high)}`
  }
  const lines = [
    ['', ...names.map((name) => metricOf(name)?.label ?? name), ''],
    ['Test', ...names.map((name) => formatMetric(name, test[name])), ''],
    ['  95 % interval', ...names.map(within), ''],
    ...baselines.map(({ label, test: theirs, differences }) => [
      label,
      ...names.map((name) => (theirs[name] === undefined ? '' : formatMetric(name, theirs[name]))),
      differences[primary] === undefined ? '' : verdictWords[differences[primary].verdict],
    ]),
  ]
  const table = textTable(lines, (column) => column === 0 || column === names.length + 1)
  return beside === null ? table : `${table}${beside.sentence}\n`
}

/** For people: the test beside the baselines. */
export function describeReport(report: RunReport): string {
  const profile = report.profile ? `\n${describeProfile(report.profile)}` : ''
  const sure =
    report.coverage === null
      ? ''
      : `What “descent predict --coverage ${toldCoverage}” says holds the truth for ${formatPercent(report.coverage)} of the test rows.\n`
  return plainSpaces(`${describeBaselines(report)}${sure}Saved in ${report.run}\n`) + profile
}
