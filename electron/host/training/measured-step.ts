/** What a step of a training takes, in seconds and in bytes, before there is one. */
import { maxMemoryAllocated, memoryAllocated, resetPeakMemoryStats } from '../../../engine/index.ts'
import { median } from './alarms/lines.ts'
import type { Tensors } from './checkpoint.ts'
import { collectGarbage } from './collect-garbage.ts'
import { firstRows, pick } from './preflight/trial.ts'
import type { SplitArrays } from './session.ts'
import { openTraining, type TrainOptions } from './train.ts'

export interface MeasuredStep {
  /** The median of some; compiling the first one does not count. */
  readonly seconds: number
  /** Examples in it. */
  readonly rows: number
  /** Bytes that the whole training takes at most: its data, its weights and what a step keeps for the way back. */
  readonly memory: number
}

/** How long steps are timed, in milliseconds, and how often at least and at most. */
const [timedFor, fewest, most] = [300, 3, 30]
/** Validation goes through the network in batches of its own, of no more rows than these. */
const validationRows = 512

/** On the device: images lie there as they came, four numbers to a word. */
const bytesOf = ({ inputs, targets, weights }: SplitArrays): number =>
  [...Object.values(inputs), targets, ...(weights === null ? [] : [weights])].reduce(
    (sum, array) => sum + array.byteLength,
    0,
  )

/** The sample's rows over and over. */
const repeated = (sample: SplitArrays, rows: number): SplitArrays =>
  pick(
    sample,
    Array.from({ length: rows }, (_, i) => i % sample.rows),
  )

const stateBytes = (state: Tensors): number =>
  Object.values(state).reduce((sum, { data }) => sum + data.byteLength, 0)

/**
 * The training's own steps on a sample of its rows. What is computed on the way has memory of its own in each kind of step: there
 * are whole ones, watched ones, and at the end of an epoch one of what rows are left.
 */
export async function measureStep(
  { recipe, data, start = null }: TrainOptions,
  sample: SplitArrays,
): Promise<MeasuredStep> {
  const { batchSize, accumulate } = recipe.training
  const train = repeated(sample, Math.min(batchSize * accumulate, data.train.rows))
  const validation = repeated(sample, Math.min(validationRows, data.validation.rows))
  await collectGarbage()
  const before = memoryAllocated()
  const { session, stepRows } = openTraining({ recipe, start, data: { ...data, train, validation } })
  const rows = firstRows(stepRows)
  const step = async (): Promise<number> => {
    const begun = performance.now()
    session.trainBatch(rows)
    await session.takeLosses()
    return performance.now() - begun
  }
  await step()
  resetPeakMemoryStats()
  await step()
  const own = stateBytes(await session.state()) + bytesOf(train) + bytesOf(validation)
  const onTheWay = Math.max(0, maxMemoryAllocated() - before - own)
  await session.validationOutputs()
  const taken = maxMemoryAllocated() - before
  const times = [await step()]
  const end = performance.now() + timedFor
  while (times.length < most && (times.length < fewest || performance.now() < end)) times.push(await step())
  const ofSample = bytesOf(train) + bytesOf(validation)
  const further = 1 + (data.train.rows % stepRows) / stepRows
  return {
    seconds: median(times) / 1000,
    rows: stepRows,
    memory: taken - ofSample + bytesOf(data.train) + bytesOf(data.validation) + further * onTheWay,
  }
}
