/** `descent run`: the whole path in one process, from a file to a tested model in a run folder. */
import { tmpdir } from 'node:os'
import { basename, extname, resolve } from 'node:path'
import { engineVersion } from '../../../engine/index.ts'
import {
  dataKindSchema,
  DescentError,
  isTemplateOf,
  metricOf,
  metrics,
  recordedFor,
  seriesOf,
  templatesFor,
  namesIn,
  withTemplate,
  type DataKind,
  type Metrics,
  type MetricPoint,
  type Receipt,
  type Recipe,
  type StepProfile,
  type Task,
  type Template,
} from '../../contract/index.ts'
import { modelDraft } from '../deploy/draft.ts'
import { modelFiles } from '../deploy/folder.ts'
import { below, withManifest, type Files } from '../deploy/owned-folder.ts'
import { csvLine } from '../deploy/table.ts'
import { evaluateOutputs, type SplitEvaluation } from '../evaluate/evaluate.ts'
import { kindOf, plainContext, recognise, type Prepared } from '../kinds/index.ts'
import type { InputSpec } from '../model/input.ts'
import { plural } from '../plural.ts'
import { withScratch } from '../scratch.ts'
import { readRegularFile } from '../inputs/regular-file.ts'
import { section } from '../training/checkpoint.ts'
import { TrainControl } from '../training/control.ts'
import { networkOf, takeRows, trainingDataOf } from '../training/data.ts'
import { predict, useDevice, workOf } from '../training/predict.ts'
import { profileTraining } from '../training/profile.ts'
import { train, type TrainResult } from '../training/train.ts'
import type { RunCommand } from './args.ts'
import { withTargetColumn } from './columns.ts'
import { applyOverrides, checkRecipe } from './overrides.ts'
import { describeProfile } from './profile-table.ts'
import { formatSeconds, formatValue, openDisplay, type Display } from './progress.ts'
import { claimRunFolder, type RunFolder } from './run-folder.ts'

/** The line that `--json` ends with. */
export interface RunReport {
  task: Recipe['task']
  target: string
  backend: string
  device: string
  epochs: number
  seconds: number
  rows: { train: number; validation: number; test: number }
  test: Metrics
  baseline: Metrics
  /** The run folder. */
  run: string
  /** Where the time of a training step goes; only with --profile. */
  profile?: StepProfile
}

interface Data {
  readonly recipe: Recipe
  readonly receipt: Receipt
  readonly prepared: Prepared
}

const isRecipe = (path: string): boolean => extname(path).toLowerCase() === '.json'

/** That of 20,000 columns is 2 MB. */
const longestRecipe = 64 * 1024 * 1024

async function readRecipe(path: string): Promise<Recipe> {
  const bytes = await readRegularFile(path, { most: longestRecipe, what: 'a recipe' })
  const text = new TextDecoder().decode(bytes)
  try {
    return checkRecipe(JSON.parse(text), `The recipe ${path} is not valid`)
  } catch (error) {
    if (error instanceof DescentError) throw error
    throw new DescentError('badRecipe', `${path} is not valid JSON.`)
  }
}

/** What the flags change in a recipe. */
function settle(command: RunCommand, recipe: Recipe): Recipe {
  const changed = structuredClone(recipe)
  changed.seed = command.seed ?? recipe.seed
  changed.split.seed = command.seed ?? recipe.split.seed
  changed.backend = command.backend ?? recipe.backend
  changed.training.epochs = command.epochs ?? recipe.training.epochs
  changed.data.rows = command.rows ?? recipe.data.rows
  return applyOverrides(changed, command.set)
}

/** The kind that only this network reads; null where the data has to tell. */
function kindFor(model: Template | null): DataKind | null {
  const reading = dataKindSchema.options.filter((kind) => model !== null && isTemplateOf(kind, model))
  return reading.length === 1 ? (reading[0] ?? null) : null
}

const kindNames: Record<DataKind, string> = { table: 'a table', images: 'images', text: 'text' }

function withModel(recipe: Recipe, model: Template | null, input: string): Recipe {
  if (model === null) return recipe
  const changed = withTemplate(recipe, model)
  if (changed !== null) return changed
  const names = namesIn(templatesFor[recipe.kind]).join(' or ')
  throw new DescentError(
    'badRecipe',
    `${input} is ${kindNames[recipe.kind]}, which ${model} does not read. Use --model ${names}.`,
  )
}

function withTarget(recipe: Recipe, command: RunCommand): Recipe {
  if (recipe.kind === 'table') {
    const target = recipe.data.columns.find(({ role }) => role === 'target')?.name ?? ''
    return withTargetColumn(recipe, target, command.task)
  }
  if (command.target !== null || command.task !== null)
    throw new DescentError(
      'badRecipe',
      `--target and --task are for tables: of ${recipe.kind} the label is always what is predicted.`,
    )
  return recipe
}

async function openData(command: RunCommand, scratch: string): Promise<Data> {
  const context = { ...plainContext, limits: command.limits }
  const given = isRecipe(command.input) ? await readRecipe(command.input) : null
  const path = given?.data.source.path ?? resolve(command.input)
  const kind = await recognise(path, given?.kind ?? kindFor(command.model), context)
  if (given !== null && given.kind !== kind)
    throw new DescentError(
      'badRecipe',
      `The recipe ${command.input} is for ${kindNames[given.kind]}, but ${path} is ${kindNames[kind]}.`,
    )
  const place = { folder: scratch, id: 'data' }
  const target = command.target ?? given?.data.columns.find(({ role }) => role === 'target')?.name
  const {
    receipt,
    columns,
    recipe: inferred,
  } = await kindOf(kind).import({ ...given?.data.source, path, target }, place, context)
  const chosen = given === null ? inferred : retargeted(given, inferred)
  const recipe = settle(command, withModel(withTarget(chosen, command), command.model, command.input))
  kindOf(kind).validate(recipe, { columns, receipt })
  return { recipe, receipt, prepared: await kindOf(kind).prepare(place, receipt, recipe, context) }
}

/** A recipe from a file, with the target that was asked for. */
function retargeted(given: Recipe, inferred: Recipe): Recipe {
  const target = inferred.data.columns.find(({ role }) => role === 'target')?.name
  return given.kind === 'table' && target !== undefined ? withTargetColumn(given, target, null) : given
}

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
function curvesCsv(task: Task, points: readonly MetricPoint[]): string {
  const names = recordedFor(task).map(({ name }) => name)
  const lines = points.map(({ epoch, step, seconds, values }) =>
    csvLine([epoch, step, seconds, ...names.map((name) => values[name] ?? null)]),
  )
  return csvLine(['epoch', 'step', 'seconds', ...names]) + lines.join('')
}

const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n'

/** The metrics that are promised to whoever reads the JSON line. */
export const headline = (all: Metrics): Metrics =>
  Object.fromEntries(
    metrics.flatMap(({ name, headline }) => (headline && name in all ? [[name, all[name]!]] : [])),
  )

const unitOf: Record<DataKind, string> = { table: 'rows', images: 'images', text: 'texts' }

const sizeOf = ({ rowsRead }: Receipt, { kind, data }: Recipe): string =>
  kind === 'table' ? `${rowsRead} rows, ${data.columns.length} columns` : `${rowsRead} ${unitOf[kind]}`

function describeInput(input: InputSpec): string {
  switch (input.kind) {
    case 'table':
      return `${input.features} features`
    case 'images':
      return `${input.height} × ${input.width} pixels`
    case 'text':
      return `up to ${input.maxTokens} words`
  }
}

interface Outcome {
  readonly data: Data
  readonly points: readonly MetricPoint[]
  readonly result: TrainResult
  readonly evaluation: SplitEvaluation
  readonly device: { readonly backend: Recipe['backend']; readonly name: string }
}

function runFiles(name: string, { data, points, result, evaluation, device }: Outcome): Files {
  const draft = modelDraft({
    name,
    runId: name,
    recipe: data.recipe,
    preparation: data.prepared.preparation,
    dataFile: data.receipt.fileName,
    header: data.receipt.header,
    dataSha256: data.receipt.sha256,
    engineVersion,
    backend: device.backend,
    device: device.name,
    bestEpoch: result.best.epoch,
    test: evaluation.metrics,
  })
  return {
    'recipe.json': json(data.recipe),
    'receipt.json': json(data.receipt),
    'metrics.csv': curvesCsv(data.recipe.task, points),
    'evaluation.json': json({ ...evaluation, bestEpoch: result.best.epoch }),
    // A model folder that can be copied away, and is still ours there.
    ...below('model', withManifest(modelFiles(draft, section(result.best.tensors, 'model')))),
  }
}

export async function run(
  command: RunCommand,
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<RunReport> {
  const folder = claimRunFolder(command.out, command.input, new Date())
  try {
    return await withScratch(tmpdir(), (scratch) => runIn({ folder, scratch }, command, stderr))
  } finally {
    folder.release()
  }
}

async function runIn(
  { folder, scratch }: { readonly folder: RunFolder; readonly scratch: string },
  command: RunCommand,
  stderr: NodeJS.WriteStream,
): Promise<RunReport> {
  const started = performance.now()
  const opened = await openData(command, scratch)
  const { recipe, receipt, prepared } = opened
  const display = openDisplay(stderr, recipe.task, recipe.training.epochs)
  display.say(`Imported ${receipt.fileName}: ${sizeOf(receipt, recipe)}`)
  for (const note of receipt.notes) display.say(`  ${note}`)

  const { preparation, split } = prepared
  const data = trainingDataOf(prepared, recipe)
  const target = preparation.target.name
  const rows = { train: split.train.length, validation: split.validation.length, test: split.test.length }
  display.say(
    `${recipe.task === 'classification' ? 'Classification' : 'Regression'} of ${target} from ` +
      `${describeInput(data.input)}; ${rows.train} ${unitOf[recipe.kind]} train, ${rows.validation} validate, ${rows.test} test`,
  )

  const device = await useDevice(recipe.backend, await workOf({ recipe, data }))
  display.say(`Training on ${device.backend} (${device.name})`)
  const points: MetricPoint[] = []
  const control = new TrainControl()
  const release = stopOnInterrupt(control, display)
  const result = await train(
    { recipe, data },
    {
      control,
      onEpoch: (point) => {
        points.push(point)
        display.epoch(point)
      },
      onProgress: (progress) => display.progress(progress),
    },
  ).finally(() => {
    release()
    display.done()
  })
  const how = { completed: 'finished', earlyStopped: 'stopped early', stopped: 'stopped' }[result.reason]
  display.say(
    `Training ${how} after ${plural(result.epochs, 'epoch')} in ${formatSeconds(result.seconds)}; best epoch ${result.best.epoch}`,
  )

  const network = networkOf(recipe, preparation)
  const outputs = await predict(network, result.best.tensors, takeRows(prepared.data, split.test))
  const evaluation = evaluateOutputs(prepared, 'test', outputs)
  const files = runFiles(basename(folder.path), { data: opened, points, result, evaluation, device })
  const { path, notes } = folder.write(files)
  for (const note of notes) display.say(note)
  let profile: StepProfile | null = null
  if (command.profile) {
    display.say('Measuring where the time of a step goes')
    profile = await profileTraining({ recipe, data }, device)
    folder.write({ ...files, 'profile.json': json(profile) })
  }
  device.close()
  return {
    task: recipe.task,
    target,
    backend: device.backend,
    device: device.name,
    epochs: result.epochs,
    seconds: Math.round(performance.now() - started) / 1000,
    rows,
    test: headline(evaluation.metrics),
    baseline: headline(evaluation.baseline),
    run: path,
    ...(profile && { profile }),
  }
}

/** For people: the test beside the baseline. */
export function describeReport(report: RunReport): string {
  const line = (label: string, metrics: Metrics): string =>
    label.padEnd(10) +
    Object.entries(metrics)
      .map(([name, value]) => {
        const series = seriesOf(`test/${name}`)
        return `${metricOf(name)?.label ?? name} ${formatValue(series, value)}`
      })
      .join('  ')
  const profile = report.profile ? `\n${describeProfile(report.profile)}` : ''
  const summary = [
    line('Test', report.test),
    line('Baseline', report.baseline),
    `Saved in ${report.run}`,
    '',
  ].join('\n')
  return summary + profile
}
