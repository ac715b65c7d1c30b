/**
 * What a table starts with: network and training by its rows, its task and how much is to be spent. The figures are of
 * docs/tables.md, and of the papers that the templates name; `npm run acceptance -- tables` measures them again.
 */
import {
  begin,
  calibrationOptions,
  implementationOf,
  efforts,
  first,
  hugeTable,
  memberOf,
  mlp,
  optimizers,
  ownTraining,
  predictsClasses,
  predictsOneClass,
  rangeOptions,
  realMlp,
  regression,
  schedules,
  tabM,
  templatesFor,
  usualTrainShare,
  type Effort,
  type Implementations,
  type Task,
  type Chosen,
} from './definitions/index.ts'
import { formatCount, midCase, plural } from './format.ts'

/** What of a table decides. */
export interface TableSize {
  /** All of the table, those of a test file too: import, effort and task must mean the same, or a fresh table counts as changed. */
  readonly rows: number
  readonly task: Task
}

type Training = ReturnType<typeof ownTraining>
export interface TableStart {
  readonly model: Chosen<typeof templatesFor.table>
  readonly training: Required<Training>
  /** Why these, with the data's own figures. */
  readonly why: string
}

const between = (least: number, value: number, most: number): number =>
  Math.round(Math.min(most, Math.max(least, value)))

/** Single examples are seen so often together, and no more: on two cores that is less than half a minute. */
const seenAtMost = 1_000_000
const fewRows = 2000

/** In steps of five, so that a few rows more or less change nothing. */
const epochsFor = (least: number, rows: number, seen: number, most: number): number =>
  between(least, 5 * Math.floor(seen / rows / 5), most)

/** Gorishniy et al. 2025 and TabArena: small tables learn more from short steps. */
function batchOfMembers(rows: number): number {
  const sizes = [
    [64, 16],
    [2800, 32],
    [4500, 64],
    [6400, 128],
    [32_000, 256],
  ] as const
  const size = sizes.find(([below]) => rows < below)?.[1] ?? 512
  // An epoch has two steps at least, of the share of the rows that usually trains.
  return (
    [512, 256, 128, 64, 32, 16, 8, 4, 2].find((one) => one <= size && 2 * one <= usualTrainShare * rows) ?? 1
  )
}

/** Smaller ones were no better on small tables; of very few rows there are several in an epoch all the same. */
function batchOfRealMlp(rows: number): number {
  if (rows >= 6000) return 256
  return [128, 64, 32, 16].find((size) => 2 * size <= rows) ?? 8
}

const usual: Required<Training> = {
  optimizer: first(optimizers),
  schedule: first(schedules),
  parameters: [],
  epochs: 100,
  batchSize: 64,
  clipNorm: 0,
  calibration: calibrationOptions.calibration.start,
  range: rangeOptions.range.start,
  earlyStopping: { patience: 20, minDelta: 1e-4 },
}

/** What is done with the outputs of a network that is to be good. */
const heldOutputs = (task: Task): Pick<Required<Training>, 'calibration' | 'range'> => ({
  calibration: predictsOneClass(task) ? 'temperature' : usual.calibration,
  range: task === regression.name ? 'seen' : usual.range,
})

function plainPerceptron({ rows }: TableSize): TableStart {
  const small = rows < fewRows
  const hidden = small ? [32, 32] : [64, 64]
  const epochs = small ? 100 : 40
  return {
    model: begin(templatesFor.table, mlp.name, { hidden, dropout: small ? 0.2 : 0.1 }),
    training: {
      ...usual,
      optimizer: first(optimizers, { learningRate: small ? 3e-3 : 1e-3 }),
      epochs,
      batchSize: rows < 500 ? 16 : small ? 32 : rows < 50_000 ? 64 : 256,
      earlyStopping: { patience: small ? 20 : 8, minDelta: 1e-4 },
    },
    why: `A small perceptron of two layers and at most ${plural(epochs, 'epoch')}, which ${formatCount(rows)} rows take seconds for.`,
  }
}

/** Rows of a step, and how many examples are seen in all, but for ten epochs. */
const hugeBatch = 1024
const seenOfHuge = 10_000_000

/** Of very many rows little is left to chance, and an epoch of several networks takes minutes without a GPU. */
function oneOfHuge({ rows, task }: TableSize): TableStart {
  const epochs = epochsFor(10, rows, seenOfHuge, 20)
  const patience = 4
  return {
    model: begin(templatesFor.table, mlp.name, { hidden: [128, 128], dropout: 0 }),
    training: {
      ...usual,
      ...heldOutputs(task),
      optimizer: first(optimizers, { learningRate: 2e-3 }),
      epochs,
      batchSize: hugeBatch,
      earlyStopping: { patience, minDelta: 0 },
    },
    why: `One perceptron of two layers, for of ${formatCount(rows)} rows little is left to chance, which several networks would even out at many times the time (--effort thorough); they are seen up to ${formatCount(epochs)} times, ${formatCount(hugeBatch)} at a time, until validation stops falling for ${patience} epochs.`,
  }
}

/** Of fewer rows than these each network learns something else by chance, which many members even out. */
const fewNumbers = 500

/**
 * Classes: what members are unsure of evens out, which log loss rewards, and the more the fewer rows there are. Numbers of more than a
 * few rows: smooth layers follow them more closely.
 */
function together({ rows, task }: TableSize, scale: 1 | 2): TableStart {
  const seen = seenAtMost * scale ** 2
  if (predictsClasses(task) || rows < fewNumbers) {
    const model = begin(templatesFor.table, tabM.name, {
      members: 16 * scale,
      hidden: scale === 1 ? [128, 128] : [256, 256],
    })
    const epochs = epochsFor(20, rows, seen, 150 * scale)
    const training = {
      ...usual,
      ...ownTraining(model.template, task),
      ...heldOutputs(task),
      epochs,
      batchSize: batchOfMembers(rows),
      earlyStopping: { patience: 16 * scale, minDelta: 0 },
    }
    return {
      model,
      training,
      why: `${model.members} perceptrons in one that predict together, ${predictsClasses(task) ? 'which makes probabilities honest' : 'for of so few rows each learns something else by chance'}; ${formatCount(rows)} rows are seen up to ${formatCount(epochs)} times, ${training.batchSize} at a time, until validation stops falling for ${training.earlyStopping.patience} epochs.`,
    }
  }
  const members = (rows < 25_000 ? 4 : 2) * scale
  const model = begin(templatesFor.table, realMlp.name, {
    members,
    hidden: scale === 1 ? [128, 128, 128] : [256, 256, 256],
  })
  const epochs = epochsFor(16, rows, seen, 128 * scale)
  const training = {
    ...usual,
    ...ownTraining(model.template, task),
    ...heldOutputs(task),
    epochs,
    batchSize: batchOfRealMlp(rows),
  }
  return {
    model,
    training,
    why: `${members} networks with smooth layers side by side, which follow a target more closely than others; ${formatCount(rows)} rows are seen ${formatCount(epochs)} times, ${training.batchSize} at a time, with a rate that falls to nothing at the end, and the best epoch is kept.`,
  }
}

const implementations: Implementations<typeof efforts, (size: TableSize) => TableStart> = {
  quick: () => plainPerceptron,
  standard: () => (size) => (size.rows >= hugeTable ? oneOfHuge(size) : together(size, 1)),
  thorough: () => (size) => together(size, 2),
}

export const tableStart = (effort: Effort, size: TableSize): TableStart =>
  implementationOf(efforts, implementations, { effort })(size)

/** “Effort: Standard. …”: what was chosen, and why. */
export const effortText = (effort: Effort, size: TableSize): string =>
  `Effort ${memberOf(efforts, effort).label}: ${midCase(tableStart(effort, size).why)}`
