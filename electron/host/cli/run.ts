/** `descent run`: the whole path in one process, from a file to a tested model in a run folder. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join, resolve } from 'node:path'
import { engineVersion } from '../../../engine/index.ts'
import {
  DescentError,
  defaultMissingValues,
  defaultRecipe,
  type Metrics,
  type MetricPoint,
  type Receipt,
  type Recipe,
} from '../../contract/index.ts'
import { type Frame, type ImportOptions, importTable, readFrame } from '../datasets/index.ts'
import { modelDraft } from '../deploy/draft.ts'
import { writeModelFolder } from '../deploy/folder.ts'
import { asOutputError } from '../deploy/output-error.ts'
import { csvLine } from '../deploy/table.ts'
import { judge, type Judgement } from '../evaluate/evaluate.ts'
import { prepareData, type PreparedData } from '../prepare/index.ts'
import { validateRecipe } from '../projects/index.ts'
import { section } from '../training/checkpoint.ts'
import { TrainControl } from '../training/control.ts'
import { outputsOf, takeRows, trainingDataOf } from '../training/data.ts'
import { predict, useDevice, workOf } from '../training/predict.ts'
import { train, type TrainResult } from '../training/train.ts'
import type { RunCommand } from './args.ts'
import { withTask } from './columns.ts'
import { applyOverrides, checkRecipe } from './overrides.ts'
import { formatSeconds, openDisplay, type Display } from './progress.ts'
import { abandonRunFolder, claimRunFolder, defaultRunFolder } from './run-folder.ts'

/** The line that `--json` ends with. */
export interface RunReport {
  task: Recipe['task']
  target: string
  backend: string
  device: string
  epochs: number
  seconds: number
  rows: { train: number; validation: number; test: number }
  test: Partial<Metrics>
  baseline: Partial<Metrics>
  /** The run folder. */
  run: string
}

interface Table {
  readonly recipe: Recipe
  readonly receipt: Receipt
  readonly frame: Frame
}

const isRecipe = (path: string): boolean => extname(path).toLowerCase() === '.json'

async function readRecipe(path: string): Promise<Recipe> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new DescentError('badData', `The recipe ${path} cannot be read (${error.code}).`, 'path')
  })
  try {
    return checkRecipe(JSON.parse(text), path)
  } catch (error) {
    if (error instanceof DescentError) throw error
    throw new DescentError('badRecipe', `${path} is not valid JSON.`)
  }
}

/** The recipe the run follows: the given one, or the default for this table; then what the flags change. */
function settle(command: RunCommand, recipe: Recipe): Recipe {
  const changed: Recipe = {
    ...recipe,
    seed: command.seed ?? recipe.seed,
    split: { ...recipe.split, seed: command.seed ?? recipe.split.seed },
    backend: command.backend ?? recipe.backend,
    training: { ...recipe.training, epochs: command.epochs ?? recipe.training.epochs },
  }
  return applyOverrides(changed, command.set)
}

async function openTable(command: RunCommand, scratch: string): Promise<Table> {
  const given = isRecipe(command.input) ? await readRecipe(command.input) : null
  const file = join(scratch, 'table.parquet')
  const target = command.target ?? given?.data.columns.find(({ role }) => role === 'target')?.name
  const options: ImportOptions = given
    ? { ...given.data.source, target }
    : { path: resolve(command.input), missingValues: defaultMissingValues, target }
  const imported = await importTable(options, file)
  const { delimiter, header } = imported.receipt
  const source = { path: options.path, delimiter, header, missingValues: [...options.missingValues] }
  const inferred = given ?? defaultRecipe(source, imported.columns, imported.task, imported.rows)
  const named = imported.columns.find(({ role }) => role === 'target')?.name ?? ''
  const recipe = settle(command, withTask(inferred, named, command.task))
  const { receipt, columns, rows } = imported
  validateRecipe(recipe, { id: '', receipt, columns, rows }, recipe)
  return { recipe, receipt: imported.receipt, frame: await readFrame(file, recipe.data.columns) }
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

const metricColumns = [
  'epoch',
  'step',
  'seconds',
  'trainLoss',
  'validationLoss',
  'validationScore',
  'learningRate',
  'throughput',
] as const satisfies (keyof MetricPoint)[]

const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n'

/** The metrics that are promised to whoever reads the JSON line. */
export function headline(metrics: Metrics): Partial<Metrics> {
  if ('rmse' in metrics) return metrics
  const { accuracy, balancedAccuracy, f1, logLoss } = metrics
  return { accuracy, balancedAccuracy, f1, logLoss }
}

interface Outcome {
  readonly table: Table
  readonly prepared: PreparedData
  readonly points: readonly MetricPoint[]
  readonly result: TrainResult
  readonly judgement: Judgement
  readonly device: { readonly backend: Recipe['backend']; readonly name: string }
}

async function writeRunFolder(folder: string, outcome: Outcome): Promise<void> {
  const { table, prepared, points, result, judgement, device } = outcome
  try {
    await writeFile(join(folder, 'recipe.json'), json(table.recipe))
    await writeFile(join(folder, 'receipt.json'), json(table.receipt))
    const rows = points.map((point) => csvLine(metricColumns.map((column) => point[column])))
    await writeFile(join(folder, 'metrics.csv'), csvLine([...metricColumns]) + rows.join(''))
    await writeFile(join(folder, 'evaluation.json'), json({ ...judgement, bestEpoch: result.best.epoch }))
  } catch (error) {
    throw asOutputError(error, folder)
  }
  const draft = modelDraft({
    name: basename(folder),
    runId: basename(folder),
    recipe: table.recipe,
    preparation: prepared.preparation,
    dataFile: table.receipt.fileName,
    header: table.receipt.header,
    dataSha256: table.receipt.sha256,
    engineVersion,
    backend: device.backend,
    device: device.name,
    bestEpoch: result.best.epoch,
    test: judgement.metrics,
  })
  await writeModelFolder(join(folder, 'model'), draft, section(result.best.tensors, 'model'))
}

export async function run(
  command: RunCommand,
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<RunReport> {
  const folder = resolve(command.out ?? defaultRunFolder(command.input, new Date()))
  await claimRunFolder(folder)
  const scratch = await mkdtemp(join(tmpdir(), 'descent-'))
  try {
    return await runIn({ folder, scratch }, command, stderr)
  } catch (error) {
    await abandonRunFolder(folder)
    throw error
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function runIn(
  { folder, scratch }: { readonly folder: string; readonly scratch: string },
  command: RunCommand,
  stderr: NodeJS.WriteStream,
): Promise<RunReport> {
  const started = performance.now()
  const table = await openTable(command, scratch)
  const { recipe, receipt, frame } = table
  const display = openDisplay(stderr, recipe.task, recipe.training.epochs)
  display.say(`Imported ${receipt.fileName}: ${receipt.rowsRead} rows, ${recipe.data.columns.length} columns`)
  for (const note of receipt.notes) display.say(`  ${note}`)

  const prepared = prepareData(frame, recipe)
  const { preparation, split } = prepared
  const target = preparation.target.name
  const rows = { train: split.train.length, validation: split.validation.length, test: split.test.length }
  display.say(
    `${recipe.task === 'classification' ? 'Classification' : 'Regression'} of ${target} from ` +
      `${prepared.data.featureCount} features; ${rows.train} rows train, ${rows.validation} validate, ${rows.test} test`,
  )

  const data = trainingDataOf(prepared)
  const device = await useDevice(recipe.backend, workOf({ recipe, data }))
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
    `Training ${how} after ${result.epochs} epochs in ${formatSeconds(result.seconds)}; best epoch ${result.best.epoch}`,
  )

  const network = {
    task: recipe.task,
    model: recipe.model,
    inputs: data.inputs,
    outputs: outputsOf(preparation),
  }
  const outputs = await predict(network, result.best.tensors, takeRows(prepared.data, split.test))
  const judgement = judge(frame, prepared, 'test', outputs)
  await writeRunFolder(folder, { table, prepared, points, result, judgement, device })
  device.close()
  return {
    task: recipe.task,
    target,
    backend: device.backend,
    device: device.name,
    epochs: result.epochs,
    seconds: Math.round(performance.now() - started) / 1000,
    rows,
    test: headline(judgement.metrics),
    baseline: headline(judgement.baseline),
    run: folder,
  }
}

/** For people: the test beside the baseline. */
export function describeReport(report: RunReport): string {
  const line = (label: string, metrics: Partial<Metrics>): string =>
    label.padEnd(10) +
    Object.entries(metrics)
      .map(([name, value]) => `${name} ${value.toFixed(4)}`)
      .join('  ')
  return [line('Test', report.test), line('Baseline', report.baseline), `Saved in ${report.run}`, ''].join(
    '\n',
  )
}
