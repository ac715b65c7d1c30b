/**
 * The training loop: epochs, validation, best weights, early stopping, pausing and checkpoints. Runs in the trainer
 * process under the host, and in the command line's own process.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type Augmentation,
  learningRateSeries,
  throughputSeries,
  trainLossSeries,
  validationLossSeries,
  type MetricPoint,
  type Metrics,
  type Progress,
  type Recipe,
} from '../../contract/index.ts'
import type { profiler } from '../../../engine/index.ts'
import type { Evidence } from '../evaluate/evidence.ts'
import type { NetworkSpec } from '../model/build.ts'
import type { Best, BestWeights, Checkpoint, Tensors } from './checkpoint.ts'
import { TrainControl } from './control.ts'
import { expectedLossOf, lossFunctionOf } from './losses.ts'
import { notFinite } from './not-finite.ts'
import { learningRates } from './schedules.ts'
import { validationMetrics } from './score.ts'
import { openSession, type Session, type SplitArrays } from './session.ts'
import { orderOf } from './shuffle.ts'
import { afterEpoch, freshStopping } from './stopping.ts'

export interface TrainingData extends Pick<NetworkSpec, 'inputs' | 'outputs'> {
  /** Among how many answers each prediction is made; of numbers 1. */
  readonly choices: number
  readonly train: SplitArrays
  /** How likely each training row is drawn in an epoch that draws them; absent or null: each is seen once. */
  readonly draw?: Float64Array | null
  readonly validation: SplitArrays
  /** Of classes or labels, as the loss takes them; null: all count the same. */
  readonly lossWeights: readonly number[] | null
  /** What metrics are computed from: in the target's own unit. */
  readonly evidenceOf: (targets: ArrayLike<number>, outputs: ArrayLike<number>) => Evidence
  readonly augment: readonly Augmentation[]
}

export interface Resume {
  readonly last: Checkpoint
  readonly best: Tensors | null
}

export interface TrainOptions {
  readonly recipe: Pick<Recipe, 'task' | 'model' | 'training' | 'seed'>
  readonly data: TrainingData
  readonly resume?: Resume | null
}

export interface TrainHooks {
  onEpoch?(point: MetricPoint): void
  onProgress?(progress: Progress): void
  /** `best` is null when it has not changed since the last call. */
  onCheckpoint?(last: Checkpoint, best: BestWeights | null): void
  onPaused?(): void
  onContinued?(): void
  /** Once for each request of the control, between two steps. */
  onProfile?(measured: profiler.StepProfile, batchSize: number): void
  readonly control?: TrainControl
  readonly pace?: Pace
}

export interface TrainResult {
  readonly reason: 'completed' | 'earlyStopped' | 'stopped'
  readonly epochs: number
  readonly seconds: number
  readonly best: BestWeights
}

export interface Pace {
  /** How long the loop may keep the event loop waiting. */
  readonly turnMs: number
  readonly progressMs: number
  readonly checkpointMs: number
}
const defaultPace: Pace = { turnMs: 20, progressMs: 100, checkpointMs: 2000 }
/** Steps that may be enqueued on the device before the loop waits for it, so that "stop" means now. */
const maxStepsAhead = 256

/**
 * Batch boundaries of an epoch. Batch normalization has no variance to take of a single row, so with it a last
 * batch of one is left to the next shuffle.
 */
export function batchesPerEpoch(rows: number, batchSize: number, batchNorm: boolean): number {
  const batches = Math.ceil(rows / batchSize)
  return batchNorm && batches > 1 && rows % batchSize === 1 ? batches - 1 : batches
}

/** A run's session, and how many examples its steps take. */
export function openTraining({ recipe, data, resume }: TrainOptions): {
  readonly session: Session
  readonly batchSize: number
} {
  const session = openSession({
    ...data,
    model: recipe.model,
    loss: recipe.training.loss,
    optimizer: recipe.training.optimizer,
    precision: recipe.training.precision,
    seed: recipe.seed,
    restore: resume?.last.tensors ?? null,
  })
  return { session, batchSize: Math.min(recipe.training.batchSize, data.train.rows) }
}

export async function train(options: TrainOptions, hooks: TrainHooks = {}): Promise<TrainResult> {
  const { recipe, data, resume } = options
  const { optimizer, schedule, epochs, earlyStopping } = recipe.training
  const control = hooks.control ?? new TrainControl()
  const { turnMs, progressMs, checkpointMs } = hooks.pace ?? defaultPace
  const rateAt = learningRates(schedule, optimizer.learningRate, epochs)
  const lossOf = lossFunctionOf(recipe.training.loss).ofSplit
  const expectedLoss = expectedLossOf(recipe.training.loss, data)
  const rows = data.train.rows
  const { session, batchSize } = openTraining(options)
  await session.tune(Int32Array.from({ length: batchSize }, (_, i) => i))
  const stepsPerEpoch = batchesPerEpoch(rows, batchSize, session.needsPairs)

  const from = resume?.last.meta
  let epoch = from?.epoch ?? 0
  let position = from?.position ?? 0
  let step = from?.step ?? 0
  let stopping = from?.stopping ?? freshStopping
  let best = restoreBest(from?.best ?? null, resume?.best ?? null)
  let bestSaved = best
  const clock = stopwatch(from?.seconds ?? 0)
  let turn = performance.now()
  let lastProgress = turn
  // The first one comes after the first epoch.
  let lastCheckpoint = -Infinity
  let ahead = 0

  const checkpoint = async (): Promise<void> => {
    const seconds = clock.seconds()
    const meta = {
      version: 1 as const,
      epoch,
      position,
      step,
      seconds,
      stopping,
      best: best && bestOnly(best),
      expectedLoss,
    }
    hooks.onCheckpoint?.({ meta, tensors: await session.state() }, best === bestSaved ? null : best)
    bestSaved = best
    lastCheckpoint = performance.now()
  }
  const validate = async (rate: number) => {
    const outputs = await session.validationOutputs()
    const loss = lossOf(
      outputs,
      data.validation.targets,
      data.outputs,
      data.lossWeights,
      data.validation.weights,
    )
    if (!Number.isFinite(loss)) throw notFinite('The validation loss', epoch + 1, step, rate)
    const judged = validationMetrics(recipe.task, outputs, data)
    return { loss, metrics: { [validationLossSeries.name]: loss, ...judged } }
  }
  const keepIfBest = async (loss: number, metrics: Metrics, atEpoch: number): Promise<void> => {
    if (best !== null && loss >= best.loss) return
    best = { epoch: atEpoch, loss, metrics, tensors: await session.weights() }
  }
  const checkedLoss = async (rate: number): Promise<number> => {
    const sum = await session.lossSum()
    ahead = 0
    if (!Number.isFinite(sum)) throw notFinite('The training loss', epoch + 1, step, rate)
    return sum
  }
  const end = async (reason: TrainResult['reason']): Promise<TrainResult> => {
    if (best === null) {
      const { loss, metrics } = await validate(optimizer.learningRate)
      await keepIfBest(loss, metrics, epoch)
    }
    await checkpoint()
    if (best === null) throw new Error('Unreachable: the best weights were just kept.')
    return { reason, epochs: epoch, seconds: clock.seconds(), best }
  }

  while (epoch < epochs) {
    const rate = rateAt(epoch)
    session.setLearningRate(rate)
    const order = orderOf(rows, recipe.seed, epoch, data.draw ?? null)
    const epochStart = clock.seconds()
    const firstPosition = position
    while (position < stepsPerEpoch) {
      const start = position * batchSize
      session.trainBatch(order.slice(start, Math.min(start + batchSize, rows)))
      position++
      step++
      ahead++
      const now = performance.now()
      if (now - turn < turnMs && ahead < maxStepsAhead) continue
      if (now - lastProgress >= progressMs || ahead >= maxStepsAhead) {
        const sum = await checkedLoss(rate)
        if (now - lastProgress >= progressMs) {
          lastProgress = now
          const trained = Math.min(position * batchSize, rows)
          const throughput = (trained - firstPosition * batchSize) / (clock.seconds() - epochStart)
          hooks.onProgress?.({
            epoch: epoch + 1,
            epochs,
            step: position,
            stepsPerEpoch,
            throughput,
            eta: (rows * (epochs - epoch) - trained) / throughput,
            trainLoss: sum / trained,
          })
        }
      }
      await nextTurn()
      if (control.takeProfileRequest()) {
        clock.stop()
        hooks.onProfile?.(await session.profile(order.slice(0, batchSize)), batchSize)
        clock.start()
      }
      if (control.request === 'pause') {
        clock.stop()
        await checkpoint()
        hooks.onPaused?.()
        await control.whilePaused()
        clock.start()
        if (!stopRequested(control)) hooks.onContinued?.()
      }
      if (stopRequested(control)) return await end('stopped')
      turn = performance.now()
    }

    const trained = Math.min(stepsPerEpoch * batchSize, rows)
    const trainLoss = (await checkedLoss(rate)) / trained
    const trainSeconds = clock.seconds() - epochStart
    const { loss, metrics } = await validate(rate)
    const values = {
      [trainLossSeries.name]: trainLoss,
      ...metrics,
      [learningRateSeries.name]: rate,
      [throughputSeries.name]: (trained - firstPosition * batchSize) / trainSeconds,
    }
    session.resetLoss()
    epoch++
    position = 0
    await keepIfBest(loss, values, epoch)
    hooks.onEpoch?.({ epoch, step, seconds: clock.seconds(), values })
    const after = afterEpoch(stopping, loss, earlyStopping)
    stopping = after.state
    if (after.stop) return await end('earlyStopped')
    if (epoch < epochs && performance.now() - lastCheckpoint >= checkpointMs) await checkpoint()
  }
  return await end('completed')
}

/** A call, because the compiler takes a property it has just compared for settled, across any await. */
const stopRequested = (control: TrainControl): boolean => control.request === 'stop'

const bestOnly = ({ epoch, loss, metrics }: Best): Best => ({ epoch, loss, metrics })

function restoreBest(best: Best | null, tensors: Tensors | null): BestWeights | null {
  return best === null || tensors === null ? null : { ...best, tensors }
}

/** Seconds of work: stands still while stopped. */
function stopwatch(before: number) {
  let done = before
  let since: number | null = performance.now()
  const seconds = () => done + (since === null ? 0 : (performance.now() - since) / 1000)
  return {
    seconds,
    start: () => void (since ??= performance.now()),
    stop: () => {
      done = seconds()
      since = null
    },
  }
}
