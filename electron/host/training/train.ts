/**
 * The training loop: epochs, validation, best weights, early stopping, pausing and checkpoints. Runs in the trainer
 * process under the host, and in the command line's own process.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  DescentError,
  type Adjusted,
  type Adjustment,
  type Augmentation,
  type Followed,
  type HardestOfSplits,
  type Loading,
  learningRateSeries,
  stepLossSeries,
  throughputSeries,
  trainLossSeries,
  validationLossSeries,
  type MetricPoint,
  type Metrics,
  type NotFiniteCause,
  type Progress,
  type Recipe,
  type StartedFrom,
} from '../../contract/index.ts'
import {
  maxMemoryAllocated,
  memoryAllocated,
  resetPeakMemoryStats,
  type profiler,
} from '../../../engine/index.ts'
import type { Evidence } from '../evaluate/evidence.ts'
import { ExampleWatch, type Examples, type ExampleWatchOptions } from './example-watch.ts'
import type { ReadList } from '../model/augment.ts'
import type { DrawnTokens } from '../model/augment-texts.ts'
import type { NetworkSpec } from '../model/build.ts'
import type { Best, BestWeights, Checkpoint, Tensors } from './checkpoint.ts'
import { collectGarbage } from './collect-garbage.ts'
import { TrainControl } from './control.ts'
import { expectedLossOf, lossFunctionOf } from './losses.ts'
import { firstNotFinite, notFinite } from './not-finite.ts'
import { planAfter, trainingAfter } from './plan.ts'
import { validationMetrics } from './score.ts'
import { lossesKept, openSession, type Session, type SplitArrays } from './session.ts'
import { orderOf } from './shuffle.ts'
import { Speedometer } from './speed.ts'
import type { StartWeights } from './start-weights.ts'
import { afterEpoch, freshStopping } from './stopping.ts'
import { typedValues } from './tensors.ts'
import { isWatched } from './watch.ts'

export interface TrainingData extends Pick<NetworkSpec, 'inputs' | 'outputs' | 'task'> {
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
  /** Training texts, anew for each epoch; absent: they stay as they are. */
  readonly drawn?: readonly DrawnTokens[]
  /** Single rows in words; absent: nobody is told of any. */
  readonly examples?: Examples
}

export interface Resume {
  readonly last: Checkpoint
  readonly best: Tensors | null
}

export interface TrainOptions {
  readonly recipe: Pick<Recipe, 'task' | 'model' | 'training' | 'seed'>
  readonly data: TrainingData
  readonly resume?: Resume | null
  /** What the recipe says to begin with, where it names a file. */
  readonly start?: StartWeights | null
}

export interface TrainHooks {
  onEpoch?(point: MetricPoint): void
  /** What single steps gave, in their order; their epoch is the one that is under way. */
  onSteps?(points: readonly MetricPoint[]): void
  /** Before it ends in an error: where a loss that is not finite came from. */
  onNotFinite?(cause: NotFiniteCause): void
  /** Before the first step, where the weights came from a file. */
  onStartedFrom?(startedFrom: StartedFrom): void
  /** Once, from the first step that is watched: parameters that no gradient reaches. */
  onUnreached?(parameters: readonly string[]): void
  onProgress?(progress: Progress): void
  /** `best` is null when it has not changed since the last call. */
  onCheckpoint?(last: Checkpoint, best: BestWeights | null): void
  onPaused?(): void
  onContinued?(): void
  /** Once, of a training that takes a second: what of its time its data takes. */
  onLoading?(loading: Loading): void
  /** The examples that it gets most wrong: now and then, and at the end by the weights that are kept. */
  onHardest?(hardest: HardestOfSplits): void
  /** Training is over, and rows could not be looked at with the weights that are kept: why. */
  onNotLooked?(why: string): void
  /** What it says of a few examples, epoch by epoch. */
  onFollowed?(followed: Followed): void
  /** A row was asked for that is not in the validation split. */
  onNotFollowed?(row: number): void
  /** All that was changed while it ran, in order. */
  onAdjusted?(adjusted: readonly Adjusted[]): void
  /** Once for each request of the control, between two steps. */
  onProfile?(measured: profiler.StepProfile, batchSize: number): void
  readonly control?: TrainControl
  readonly pace?: Partial<Pace>
}

export interface TrainResult {
  readonly reason: 'completed' | 'earlyStopped' | 'stopped'
  readonly epochs: number
  readonly seconds: number
  /** Bytes on the device that it took at most. */
  readonly memory: number
  readonly best: BestWeights
}

export interface Pace {
  /** How long the loop may keep the event loop waiting. */
  readonly turnMs: number
  readonly progressMs: number
  readonly checkpointMs: number
  /** The same within an epoch that takes longer. */
  readonly withinEpochMs: number
  /** What the data takes is measured after so long: until then compiling is most of a step. */
  readonly loadingMs: number
}
const defaultPace: Pace = {
  turnMs: 20,
  progressMs: 100,
  checkpointMs: 2000,
  withinEpochMs: 15_000,
  loadingMs: 1000,
}
/** Steps that may be enqueued on the device before the loop waits for it, so that "stop" means now. */
const maxStepsAhead = lossesKept

/**
 * A million steps fill a chart many times over: of very long trainings every tenth of the later ones is told, and then every
 * hundredth. It follows from the number alone, as what is watched does.
 */
const isRecorded = (step: number): boolean => step <= 500_000 || step % (step <= 5_000_000 ? 10 : 100) === 0

/**
 * Batch boundaries of an epoch. Batch normalization has no variance to take of a single row, so with it a last
 * batch of one is left to the next shuffle.
 */
export function batchesPerEpoch(rows: number, batchSize: number, batchNorm: boolean): number {
  const batches = Math.ceil(rows / batchSize)
  return batchNorm && batches > 1 && rows % batchSize === 1 ? batches - 1 : batches
}

/** A run's session, from these tensors on, and how many examples its steps take. */
export function openTraining(
  { recipe, data, resume, start = null }: TrainOptions,
  restore: Tensors | null = resume?.last.tensors ?? null,
  adjusted: readonly Adjusted[] = resume?.last.meta.adjusted ?? [],
): {
  readonly session: Session
  readonly stepRows: number
} {
  const { model, seed } = recipe
  const training = trainingAfter(recipe.training, adjusted)
  const session = openSession({ ...data, model, training, seed, restore, start })
  return { session, stepRows: Math.min(training.batchSize * training.accumulate, data.train.rows) }
}

const listsOf = ({ drawn = [] }: TrainingData): ReadList[] => [
  ...new Map(drawn.flatMap((one) => one.lists).map((list) => [list.path, list])).values(),
]

/** A run that goes on draws from what it began with. Errors: a DescentError where a file is another now. */
function requireLists(now: readonly ReadList[], before: readonly ReadList[] = []): void {
  const other = now.find(({ path, sha256 }) =>
    before.some((list) => list.path === path && list.sha256 !== sha256),
  )
  if (other === undefined) return
  throw new DescentError(
    'badData',
    `The list ${other.path} is not what it was when this run began, which would go on with other words. Put the former list back, or start a new run.`,
    'augment',
  )
}

export async function train(options: TrainOptions, hooks: TrainHooks = {}): Promise<TrainResult> {
  const { recipe, data, resume } = options
  const control = hooks.control ?? new TrainControl()
  const { turnMs, progressMs, checkpointMs, withinEpochMs, loadingMs } = { ...defaultPace, ...hooks.pace }
  const lossOf = lossFunctionOf(recipe.training.loss).ofSplit
  const expectedLoss = expectedLossOf(recipe.training.loss, data)
  const rows = data.train.rows
  const lists = listsOf(data)
  requireLists(lists, resume?.last.meta.lists)
  // What is on the device already is no part of it, nor what is there no longer than until the collector comes.
  await collectGarbage()
  resetPeakMemoryStats()
  const memoryBefore = memoryAllocated()
  const memoryTaken = (): number => maxMemoryAllocated() - memoryBefore
  const { stepRows, session } = openTraining(options)
  if (session.startedFrom !== null) hooks.onStartedFrom?.(session.startedFrom)
  await session.tune(Int32Array.from({ length: stepRows }, (_, i) => i))
  const stepsPerEpoch = batchesPerEpoch(rows, stepRows, session.needsPairs)

  const from = resume?.last.meta
  let epoch = from?.epoch ?? 0
  let position = from?.position ?? 0
  let step = from?.step ?? 0
  let stopping = from?.stopping ?? freshStopping
  let best = restoreBest(from?.best ?? null, resume?.best ?? null)
  let bestSaved = best
  let adjusted = from?.adjusted ?? []
  let plan = planAfter(recipe.training, adjusted)
  let lastState = resume?.last ?? null
  const clock = stopwatch(from?.seconds ?? 0)
  const begun = performance.now()
  let turn = begun
  let lastProgress = turn
  // The first one comes after the first epoch.
  let lastCheckpoint = -Infinity
  /** Sums over the epoch that is under way: of loss × examples. */
  let lossSum = from?.lossSum ?? sumOfEarlier(resume?.last.tensors)
  /** How many examples the steps had whose losses are still on the device. */
  let untaken: number[] = []
  const watched = new Map<number, Metrics>()
  let taken = { at: clock.seconds(), step }
  let toldUnreached = false
  const speed = new Speedometer()
  const { examples } = data
  const looking = examples
    ? new ExampleWatch({ recipe, data, examples, followed: from?.followed ?? null, ...lookHooks(hooks) })
    : null
  control.onFollow((row, follow) => {
    if (!follow) looking?.unpin(row)
    else if (looking?.pin(row) !== true) hooks.onNotFollowed?.(row)
  })
  /** In this process, validations left out. */
  let [trainedHere, validating] = [0, 0]
  /** For the share of the data in the time of steps. */
  let [ordering, orders, loadingTold] = [0, 0, false]
  const tellLoading = async (order: Int32Array<ArrayBuffer>, throughput: number): Promise<void> => {
    loadingTold = true
    clock.stop()
    const stepSeconds = stepRows / throughput
    const inputSeconds = await session.timeInputs(order.slice(0, stepRows))
    // An order is of a whole epoch, of which only some steps may have been taken yet.
    const orderedSeconds = (ordering / orders) * (stepRows / order.length)
    hooks.onLoading?.({
      share: Math.min(1, (inputSeconds + orderedSeconds) / stepSeconds),
      inputSeconds,
      stepSeconds,
      orderSeconds: ordering,
      bytes: bytesOf(data.train) + bytesOf(data.validation),
    })
    clock.start()
  }

  /** Brings the losses of the last steps home, and tells of them. */
  const takeLosses = async (rate: number): Promise<void> => {
    if (untaken.length === 0) return
    const losses = await session.takeLosses()
    const seconds = clock.seconds()
    const sizes = untaken
    untaken = []
    const points = Array.from(losses, (loss, i): MetricPoint => {
      const number = taken.step + i + 1
      const at = taken.at + ((seconds - taken.at) * (i + 1)) / losses.length
      const values = { [stepLossSeries.name]: loss, ...watched.get(number) }
      return { epoch: epoch + 1, step: number, seconds: at, values }
    })
    taken = { at: seconds, step: taken.step + losses.length }
    watched.clear()
    losses.forEach((loss, i) => (lossSum += loss * sizes[i]!))
    hooks.onSteps?.(points.filter(({ step: number }) => isRecorded(number)))
    const broken = points.find(({ values }) => !Number.isFinite(values[stepLossSeries.name]))
    if (broken === undefined) return
    // It is looked for with what is there: where that fails, what happened is said all the same.
    const cause = await causeOfNotFinite(options, lastState, broken.step, control).catch(() => null)
    if (cause !== null) hooks.onNotFinite?.({ ...cause, learningRate: rate })
    throw notFinite('The training loss', epoch + 1, broken.step, rate, cause)
  }

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
      lossSum,
      adjusted,
      ...(lists.length > 0 && { lists }),
      ...(looking && { followed: looking.followed }),
    }
    // What a checkpoint has is known by then.
    looking?.tell(true)
    const last = { meta, tensors: await session.state() }
    hooks.onCheckpoint?.(last, best === bestSaved ? null : best)
    lastState = last
    bestSaved = best
    lastCheckpoint = performance.now()
  }
  const validate = async (rate: number) => {
    const start = clock.seconds()
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
    validating += clock.seconds() - start
    speed.noteValidation(clock.seconds() - start)
    return { loss, outputs, metrics: { [validationLossSeries.name]: loss, ...judged } }
  }
  const keepIfBest = async (loss: number, metrics: Metrics, atEpoch: number): Promise<void> => {
    if (best !== null && loss >= best.loss) return
    best = { epoch: atEpoch, loss, metrics, tensors: await session.weights() }
  }
  const end = async (reason: TrainResult['reason']): Promise<TrainResult> => {
    if (best === null) {
      const { loss, metrics, outputs } = await validate(plan.rateAt(epoch))
      await keepIfBest(loss, metrics, epoch)
      looking?.validated(epoch, outputs, true)
    }
    await checkpoint()
    if (best === null) throw new Error('Unreachable: the best weights were just kept.')
    const result = { reason, epochs: epoch, seconds: clock.seconds(), memory: memoryTaken(), best }
    const stopped = reason === 'stopped'
    // The run is finished, and in a checkpoint: it does not fail for what is only looked at beside it.
    await looking
      ?.ended(best, { seconds: result.seconds, stopped }, () => !stopped && stopRequested(control))
      .catch((error: unknown) => hooks.onNotLooked?.(error instanceof Error ? error.message : String(error)))
    return result
  }

  /** Changes what follows as it was asked; a checkpoint keeps that it was. */
  const adjust = async (asked: Adjustment, rate: number): Promise<void> => {
    await takeLosses(rate)
    adjusted = [...adjusted, { ...asked, step, epoch }]
    plan = planAfter(recipe.training, adjusted)
    if (asked.clipNorm !== undefined) session.setClipNorm(asked.clipNorm)
    if (asked.backToBest && best !== null) session.backTo(best.tensors)
    await checkpoint()
    hooks.onAdjusted?.(adjusted)
  }

  while (epoch < plan.epochs) {
    let rate = plan.rateAt(epoch)
    session.setLearningRate(rate)
    const asked = performance.now()
    const order = orderOf(rows, recipe.seed, epoch, data.draw ?? null)
    await session.beginEpoch(epoch)
    ordering += (performance.now() - asked) / 1000
    orders++
    taken = { at: clock.seconds(), step }
    const epochStart = clock.seconds()
    const trainedBefore = trainedHere
    while (position < stepsPerEpoch) {
      const start = position * stepRows
      const batch = order.slice(start, Math.min(start + stepRows, rows))
      if (plan.changesWithin) {
        rate = plan.rateAt(epoch + position / stepsPerEpoch)
        session.setLearningRate(rate)
      }
      // A last batch that is smaller would be compiled once more, for its size.
      const isLooked = batch.length === stepRows && isWatched(step)
      if (isLooked) {
        const { values, unreached } = await session.watchBatch(batch)
        watched.set(step + 1, values)
        if (!toldUnreached) hooks.onUnreached?.(unreached)
        toldUnreached = true
      } else session.trainBatch(batch)
      position++
      step++
      untaken.push(batch.length)
      trainedHere += batch.length
      const now = performance.now()
      const isFull = untaken.length >= maxStepsAhead
      // What was asked for within this process is heard at the next step, and not after some epochs of a small network.
      if (now - turn < turnMs && !isFull && control.request === 'run') continue
      if (now - lastProgress >= progressMs || isFull) {
        await takeLosses(rate)
        if (now - lastProgress >= progressMs) {
          lastProgress = now
          const trained = Math.min(position * stepRows, rows)
          speed.note(clock.seconds() - validating, trainedHere)
          const epochsLeft = plan.epochs - epoch
          hooks.onProgress?.({
            epoch: epoch + 1,
            epochs: plan.epochs,
            step: position,
            stepsPerEpoch,
            throughput: speed.throughput,
            eta: speed.timeFor(rows * epochsLeft - trained, epochsLeft),
            seconds: clock.seconds(),
            trainLoss: lossSum / trained,
            memory: memoryTaken(),
          })
        }
      }
      await nextTurn()
      if (!loadingTold && now - begun >= loadingMs && speed.throughput !== null)
        await tellLoading(order, speed.throughput)
      if (control.takeProfileRequest()) {
        clock.stop()
        hooks.onProfile?.(
          await session.profile(order.slice(0, stepRows)),
          Math.min(stepRows, recipe.training.batchSize),
        )
        clock.start()
      }
      if (
        control.takeCheckpointRequest() ||
        performance.now() - Math.max(lastCheckpoint, begun) >= withinEpochMs
      ) {
        await takeLosses(rate)
        await checkpoint()
      }
      if (control.request === 'pause') {
        clock.stop()
        await takeLosses(rate)
        await checkpoint()
        hooks.onPaused?.()
        // What is changed meanwhile is in a checkpoint at once: nothing of it is lost where the host ends.
        while (pauseRequested(control)) {
          await control.whilePaused()
          for (const asked of control.takeAdjustments()) await adjust(asked, rate)
          if (control.takeCheckpointRequest()) await checkpoint()
        }
        rate = plan.rateAt(epoch)
        session.setLearningRate(rate)
        clock.start()
        if (!stopRequested(control)) hooks.onContinued?.()
      }
      for (const asked of control.takeAdjustments()) {
        await adjust(asked, rate)
        rate = plan.rateAt(epoch)
        session.setLearningRate(rate)
      }
      if (stopRequested(control)) {
        await takeLosses(rate)
        return await end('stopped')
      }
      turn = performance.now()
    }

    const trained = Math.min(stepsPerEpoch * stepRows, rows)
    await takeLosses(rate)
    const trainLoss = lossSum / trained
    const trainSeconds = clock.seconds() - epochStart
    const trainedInEpoch = trainedHere - trainedBefore
    const { loss, metrics, outputs } = await validate(rate)
    const values = {
      [trainLossSeries.name]: trainLoss,
      ...metrics,
      [learningRateSeries.name]: rate,
      // Of an epoch that a checkpoint had all of, nothing was trained here.
      ...(trainedInEpoch > 0 && { [throughputSeries.name]: trainedInEpoch / trainSeconds }),
    }
    lossSum = 0
    epoch++
    position = 0
    await keepIfBest(loss, values, epoch)
    looking?.validated(epoch, outputs, best?.epoch === epoch)
    hooks.onEpoch?.({ epoch, step, seconds: clock.seconds(), values })
    const after = afterEpoch(stopping, loss, plan.earlyStopping)
    stopping = after.state
    if (after.stop) return await end('earlyStopped')
    if (epoch < plan.epochs && performance.now() - lastCheckpoint >= checkpointMs) await checkpoint()
  }
  return await end('completed')
}

const bytesOf = ({ inputs, targets }: SplitArrays): number =>
  Object.values(inputs).reduce((sum, { byteLength }) => sum + byteLength, targets.byteLength)

const lookHooks = (hooks: TrainHooks): Pick<ExampleWatchOptions, 'onHardest' | 'onFollowed'> => ({
  onHardest: (hardest) => hooks.onHardest?.(hardest),
  onFollowed: (followed) => hooks.onFollowed?.(followed),
})

/** Goes once more from the last checkpoint to the step whose loss is not finite, and looks into that one. */
async function causeOfNotFinite(
  { recipe, data, start = null }: TrainOptions,
  last: Checkpoint | null,
  broken: number,
  control: TrainControl,
): Promise<NotFiniteCause | null> {
  const { rateAt, changesWithin, epochs } = planAfter(recipe.training, last?.meta.adjusted)
  const { session, stepRows } = openTraining({ recipe, data, start }, last?.tensors, last?.meta.adjusted)
  const steps = batchesPerEpoch(data.train.rows, stepRows, session.needsPairs)
  let { epoch, position, step } = last?.meta ?? { epoch: 0, position: 0, step: 0 }
  for (; epoch < epochs; epoch++, position = 0) {
    session.setLearningRate(rateAt(epoch))
    await session.beginEpoch(epoch)
    const order = orderOf(data.train.rows, recipe.seed, epoch, data.draw ?? null)
    for (; position < steps; position++) {
      const from = position * stepRows
      const rows = order.slice(from, Math.min(from + stepRows, data.train.rows))
      if (stopRequested(control)) return null
      if (changesWithin) session.setLearningRate(rateAt(epoch + position / steps))
      if (++step === broken) return await firstNotFiniteOf(session, rows, step)
      if (rows.length === stepRows && isWatched(step - 1)) await session.watchBatch(rows)
      else session.trainBatch(rows)
      if (step % maxStepsAhead !== 0) continue
      await session.takeLosses()
      await nextTurn()
    }
  }
  return null
}

/** In the batches of the step, one after the other. */
async function firstNotFiniteOf(
  session: Session,
  rows: Int32Array<ArrayBuffer>,
  step: number,
): Promise<NotFiniteCause | null> {
  for (const batch of session.batches(rows)) {
    const cause = await firstNotFinite(session.lookInto(batch), batch, step)
    if (cause !== null) return cause
  }
  return null
}

/** Earlier versions summed on the device, and kept the sum among the tensors. */
function sumOfEarlier(tensors: Tensors | undefined): number {
  const sum = tensors?.['trainer.lossSum']
  return sum === undefined ? 0 : (typedValues(sum)[0] ?? 0)
}

/** A call, because the compiler takes a property it has just compared for settled, across any await. */
const stopRequested = (control: TrainControl): boolean => control.request === 'stop'
const pauseRequested = (control: TrainControl): boolean => control.request === 'pause'

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
