/**
 * The device side of a run: data uploaded once, one captured step for training and one for prediction, and the
 * state in and out as plain bytes. Nothing here knows about epochs, stopping or the host.
 */
import {
  arange,
  capture,
  getRngState,
  manualSeed,
  nn,
  noGrad,
  optim,
  profiler,
  setRngState,
  tensor,
  trace,
  tuneStep,
  where,
  withFloat32MatmulPrecision,
  type Tensor,
} from '../../../engine/index.ts'
import type { Augmentation, StartedFrom, Training } from '../../contract/index.ts'
import type { TargetValues } from '../tasks/index.ts'
import { documentOf, type NetworkSpec } from '../model/build.ts'
import { moduleOf, type Network } from '../model/module.ts'
import { lossOfParts, type Part } from '../model/augment.ts'
import type { DrawnTokens } from '../model/augment-texts.ts'
import { onDevice, type InputRows } from '../model/input.ts'
import { section, withPrefix, type Tensors } from './checkpoint.ts'
import { lossFunctionOf } from './losses.ts'
import { networkToTrain } from './network.ts'
import { optimizerOf, setLearningRate } from './optimizers.ts'
import { openPredictor } from './predictor.ts'
import type { StartWeights } from './start-weights.ts'
import { bytesOf, fromTensorData, toTensorData, typedValues } from './tensors.ts'
import type { StepGraph } from './not-finite.ts'
import { watching, type Watched } from './watch.ts'

/** Losses that the device keeps until they are read. */
export const lossesKept = 256
/** So often the examples of a step are gathered before the device is waited for, as it happens while it trains. */
const gathersAhead = 8
const inputTrials = 2

export interface SplitArrays extends InputRows {
  /** A class number each, or row-major as many numbers as the network has outputs. */
  readonly targets: TargetValues
  /** How much the loss of each row counts, in the mean 1 over the training split; null: all the same. */
  readonly weights: Float32Array<ArrayBuffer> | null
}

export interface SessionOptions extends NetworkSpec {
  readonly training: Pick<
    Training,
    'loss' | 'optimizer' | 'parameters' | 'batchSize' | 'accumulate' | 'clipNorm' | 'averaging' | 'precision'
  >
  readonly seed: number
  readonly train: SplitArrays
  readonly validation: SplitArrays
  /** Of classes or labels. */
  readonly lossWeights: readonly number[] | null
  /** What happens to training images on their way. */
  readonly augment: readonly Augmentation[]
  /** Training texts, anew for each epoch; absent: they stay as they are. */
  readonly drawn?: readonly DrawnTokens[]
  /** Tensors of a checkpoint to go on from. */
  readonly restore: Tensors | null
  /** What a training that goes on from nothing begins with; null: weights are drawn. */
  readonly start: StartWeights | null
}

/** A network down to its loss, for tracing: its layers are found in `network`. */
class WithLoss extends nn.Module<[Tensor], Tensor> {
  readonly #network: Network
  readonly #loss: (forward: (batch: Tensor[]) => Tensor) => Tensor
  constructor(network: Network, loss: (forward: (batch: Tensor[]) => Tensor) => Tensor) {
    super()
    this.#network = network
    this.#loss = loss
    this.registerModule('network', network as unknown as nn.AnyModule)
  }
  forward(): Tensor {
    return this.#loss((batch) => this.#network.call(...batch))
  }
}

/** Lets `averaged` follow the weights of `network`, and have the rest of its state. */
function averageOf(averaged: Network, network: Network, decay: number, restore: Tensors | null) {
  const pairs = averaged.parameters().map((mean, i): [Tensor, Tensor] => [mean, network.parameters()[i]!])
  const buffers = averaged.buffers().map((copy, i): [Tensor, Tensor] => [copy, network.buffers()[i]!])
  const steps = tensor(0)
  const saved = restore === null ? {} : section(restore, 'average')
  const names: Record<string, Tensor> = { ...averaged.stateDict(), steps }
  const begin = (): void =>
    noGrad(() => {
      for (const [mean, weight] of [...pairs, ...buffers]) mean.copy_(weight)
      steps.zero_()
    })
  begin()
  noGrad(() => {
    for (const [name, value] of Object.entries(restoreTensors(saved))) names[name]?.copy_(value)
  })
  for (const [mean] of pairs) mean.requiresGrad = false
  return {
    /** As it is before the first step. */
    begin,
    /** Faster at first, when there is not much to average: as TensorFlow's ExponentialMovingAverage does. */
    follow: () =>
      noGrad(() => {
        const now = steps.add(1).div(steps.add(10)).clamp({ max: decay })
        for (const [mean, weight] of pairs) mean.copy_(mean.add(weight.sub(mean).mul(now.neg().add(1))))
        for (const [copy, buffer] of buffers) copy.copy_(buffer)
        steps.copy_(steps.add(1))
      }),
    state: (): Record<string, Tensor> => names,
  }
}

/** What the batches of a step that are not its last have gathered. */
function gradientSums(parameters: readonly Tensor[]) {
  const moved = parameters.filter(({ requiresGrad }) => requiresGrad)
  const sums = moved.map((parameter) => noGrad(() => parameter.mul(0)))
  const lossSum = tensor(0)
  const each = (work: (parameter: Tensor, sum: Tensor) => void): void =>
    noGrad(() => moved.forEach((parameter, i) => work(parameter, sums[i]!)))
  return {
    add: (loss: Tensor): void => {
      each(({ grad }, sum) => void (grad && sum.copy_(sum.add(grad))))
      noGrad(() => lossSum.copy_(lossSum.add(loss)))
    },
    /** Gives the last batch's gradients all the others; the loss of all of them. */
    takeWith: (last: Tensor): Tensor => {
      each((parameter, sum) => {
        if (parameter.grad) parameter.grad = parameter.grad.add(sum)
        sum.zero_()
      })
      return noGrad(() => {
        const loss = lossSum.add(last)
        lossSum.zero_()
        return loss
      })
    },
  }
}

/**
 * As many rows in each as memory is to hold at once. Of a single one batch normalization has no variance to take: that one goes
 * with the batch before it.
 */
function batchesOfStep(
  rows: Int32Array<ArrayBuffer>,
  size: number,
  needsPairs: boolean,
): Int32Array<ArrayBuffer>[] {
  const ends: number[] = []
  for (let end = size; end < rows.length; end += size)
    if (!(needsPairs && rows.length - end === 1)) ends.push(end)
  return [0, ...ends].map((start, i) => rows.slice(start, ends[i] ?? rows.length))
}

const storedCounts = (counts: Float32Array<ArrayBuffer>): Tensors[string] =>
  bytesOf('float32', [counts.length], counts)

const restoreTensors = (tensors: Tensors): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, data]) => [name, fromTensorData(data)]))

async function storeTensors(tensors: Record<string, Tensor>): Promise<Tensors> {
  const entries: [string, Tensors[string]][] = []
  for (const [name, value] of Object.entries(tensors)) entries.push([name, await toTensorData(value)])
  return Object.fromEntries(entries)
}

export interface Session {
  /** Where the first weights came from; null: they were drawn, or are those of a checkpoint. */
  readonly startedFrom: StartedFrom | null
  /** Whether a batch of one example has no variance that the network could be normalized by. */
  readonly needsPairs: boolean
  /** From here on training texts are as they are drawn for this epoch, counted from 0. */
  beginEpoch(epoch: number): Promise<void>
  /** These rows of a step as they go through the network, one after the other. */
  batches(rows: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer>[]
  /** Lets a GPU find out which kernels are best for a step on as many rows as these; before the first one. */
  tune(rows: Int32Array<ArrayBuffer>): Promise<void>
  /** One optimizer step on these training rows, in as many batches as they make. Only enqueues where the device works asynchronously. */
  trainBatch(rows: Int32Array<ArrayBuffer>): void
  /** The same step, and what went on in it; waits for the device. */
  watchBatch(rows: Int32Array<ArrayBuffer>): Promise<Watched>
  setLearningRate(rate: number): void
  /** From the next step on; 0: gradients are taken as they come. */
  setClipNorm(norm: number): void
  /** To these weights and buffers, under `model.`; the optimizer starts anew. */
  backTo(weights: Tensors): void
  /** Of each step since they were taken last, `lossesKept` at most, in their order; waits for the device. */
  takeLosses(): Promise<Float32Array>
  /** The model's outputs on the validation split, in evaluation mode. */
  validationOutputs(): Promise<Float32Array>
  /** Seconds that it takes to gather the examples of a step on these rows and make them ready. Changes nothing that training depends on. */
  timeInputs(rows: Int32Array<ArrayBuffer>): Promise<number>
  /** Where the time of a step on these rows goes. Changes nothing that training depends on. */
  profile(rows: Int32Array<ArrayBuffer>): Promise<profiler.StepProfile>
  /** What a step on these rows computes, op by op, down to the loss; the weights stay as they are. */
  lookInto(rows: Int32Array<ArrayBuffer>): StepGraph
  /** Weights and buffers, under `model.`. */
  weights(): Promise<Tensors>
  /** Everything that training changes. */
  state(): Promise<Tensors>
}

export function openSession(options: SessionOptions): Session {
  const { inputs, train, restore, training } = options
  const { precision, averaging, accumulate, batchSize } = training
  let { clipNorm } = training
  const clipLimit = tensor(clipNorm)
  // Drawn before the seed is set: the network that learns is the same with it and without.
  const averaged = averaging > 0 ? moduleOf(documentOf(options)).eval() : null
  manualSeed(options.seed)
  const started = networkToTrain({
    ...options,
    rules: training.parameters,
    start: restore === null ? options.start : null,
  })
  const { network, document, groups } = started
  const optimizer = optimizerOf(training.optimizer, groups)
  if (restore !== null) {
    network.loadStateDict(restoreTensors(section(restore, 'model')))
    const saved = optim.upgradeCheckpoint(section(restore, 'optimizer'), typedValues, storedCounts)
    // Weights alone are gone on from with an optimizer that starts anew.
    if (Object.keys(saved).length > 0) optimizer.loadCheckpoint(restoreTensors(saved))
  }

  const rowsOnDevice = onDevice(inputs, train, options.augment, options.drawn)
  const targets =
    train.targets instanceof Int32Array
      ? tensor(train.targets)
      : tensor(train.targets, { shape: [train.rows, train.targets.length / train.rows] })
  const weight = options.lossWeights === null ? undefined : tensor([...options.lossWeights])
  const rowWeights = train.weights === null ? undefined : tensor(train.weights)
  const { onDevice: lossOf, counts } = lossFunctionOf(training.loss)

  const rngState = restore?.['trainer.rngState']
  if (rngState !== undefined) setRngState(typedValues(rngState))

  const places = arange(lossesKept, { dtype: 'float32' })
  const losses = tensor(new Float32Array(lossesKept))
  const counted = tensor(0)
  let steps = 0

  const lossFor = (output: Tensor, rows: Tensor, parts: readonly Part[] | null = null): Tensor =>
    lossOfParts(lossOf, parts)(output, targets.indexSelect(0, rows), weight, rowWeights?.indexSelect(0, rows))
  const average = averaged && averageOf(averaged, network, averaging, restore)
  const sums = accumulate > 1 ? gradientSums(network.parameters()) : null
  /** Gradients of a batch, and the loss that they are of; `share`: of all rows of the step. */
  const backward = (rows: Tensor, share: Tensor | undefined): Tensor => {
    optimizer.zeroGrad()
    const batch = profiler.recordFunction('input', () => rowsOnDevice.mixed(rows))
    const output = network.forward(...batch.inputs)
    const ofBatch = profiler.recordFunction('loss', () => lossFor(output, rows, batch.parts))
    const loss = share === undefined ? ofBatch : ofBatch.mul(share)
    loss.backward()
    return loss.detach()
  }
  /** A batch before the last one of its step. */
  const partOfStep = (rows: Tensor, share: Tensor): Tensor => {
    const loss = backward(rows, share)
    sums?.add(loss)
    return loss
  }
  const trainStep = (
    clips: boolean,
    rows: Tensor,
    share: Tensor | undefined,
    gradients?: () => void,
  ): Tensor => {
    const last = backward(rows, share)
    const loss = sums === null ? last : sums.takeWith(last)
    gradients?.()
    if (clips) nn.utils.clipGradNorm_(network.parameters(), clipLimit)
    optimizer.step()
    average?.follow()
    noGrad(() =>
      profiler.recordFunction('loss', () => {
        losses.copy_(where(places.eq(counted), loss, losses))
        counted.copy_(counted.add(1))
      }),
    )
    return loss
  }
  const part = capture(partOfStep)
  /** Steps that clip gradients, and steps that do not: captured when they are first taken. */
  const stepsThat = (clips: boolean) => {
    const plain = (rows: Tensor, share?: Tensor): Tensor => trainStep(clips, rows, share)
    const watch = watching(network, document, (...step) => trainStep(clips, ...step))
    return { plain, step: capture(plain), watch, watchedStep: capture(watch.step) }
  }
  const kinds = { clipping: stepsThat(true), free: stepsThat(false) }
  const kind = () => (clipNorm > 0 ? kinds.clipping : kinds.free)
  // Captured as well: assigned from outside, the count would move to other memory and the step be bound anew.
  const clear = capture(() => noGrad(() => counted.copy_(0)))
  const kept = averaged ?? network
  const validate = openPredictor(kept, options.validation, options)

  // Of an image there are many pixels to take a variance of; of a row there is one value. What is frozen takes none.
  const needsPairs = network.modules().some((module) => module instanceof nn.BatchNorm1d && module.training)
  const batches = (rows: Int32Array<ArrayBuffer>) => batchesOfStep(rows, batchSize, needsPairs)
  const labels = train.targets instanceof Int32Array && counts ? train.targets : null
  /** What the mean over these rows is divided by. */
  const weightOf = (rows: Int32Array): number =>
    labels === null
      ? rows.length
      : rows.reduce((sum, row) => sum + counts!(labels[row]!, options.outputs, options.lossWeights), 0)
  /** What a step takes for a batch; only where it gathers several it asks for the batch's share. */
  const inputsOf = (batch: Int32Array<ArrayBuffer>, share: () => number): [Tensor, ...Tensor[]] =>
    sums === null ? [tensor(batch)] : [tensor(batch), tensor(share())]
  /** All of a step but its last batch, and what that one takes. */
  const beginStep = (rows: Int32Array<ArrayBuffer>): [Tensor, ...Tensor[]] => {
    const parts = batches(rows)
    const whole = sums === null ? 1 : weightOf(rows)
    const given = (batch: Int32Array<ArrayBuffer>) => inputsOf(batch, () => weightOf(batch) / whole)
    for (const batch of parts.slice(0, -1)) {
      const inputs = given(batch)
      part(...inputs)
      for (const one of inputs) one.dispose()
    }
    return given(parts.at(-1)!)
  }
  /** A whole step, whose last batch goes through `last`. */
  const takeStep = (rows: Int32Array<ArrayBuffer>, last: (...inputs: Tensor[]) => Tensor): Tensor =>
    withFloat32MatmulPrecision(precision, () => {
      const given = beginStep(rows)
      const result = last(...given)
      for (const one of given) one.dispose()
      steps++
      return result
    })
  const firstBatchOf = (rows: Int32Array<ArrayBuffer>): [Tensor, ...Tensor[]] =>
    inputsOf(batches(rows)[0]!, () => 1)

  return {
    startedFrom: started.startedFrom,
    needsPairs,
    batches,
    beginEpoch: (epoch) => rowsOnDevice.begin(epoch),
    tune: async (rows) => {
      const given = firstBatchOf(rows)
      await withFloat32MatmulPrecision(precision, () => tuneStep(kind().plain, given))
      for (const one of given) one.dispose()
    },
    trainBatch: (rows) => void takeStep(rows, kind().step),
    watchBatch: async (rows) => {
      const { watch, watchedStep } = kind()
      return await watch.read(takeStep(rows, watchedStep))
    },
    setLearningRate: (rate) => setLearningRate(optimizer, groups, rate),
    setClipNorm: (norm) => {
      clipNorm = norm
      noGrad(() => clipLimit.copy_(norm))
    },
    backTo: (weights) => {
      network.loadStateDict(restoreTensors(section(weights, 'model')))
      optimizer.reset()
      average?.begin()
    },
    takeLosses: async () => {
      const taken = (await losses.data()).slice(0, steps) as Float32Array
      steps = 0
      clear()
      return taken
    },
    validationOutputs: async () => {
      network.eval()
      try {
        return await validate()
      } finally {
        started.train()
      }
    },
    timeInputs: async (rows) => {
      const drawn = await getRngState()
      const gather = capture((index: Tensor) =>
        noGrad(() => {
          const made = rowsOnDevice.batch(index)
          return [made.at(-1)!.flatten().narrow(0, 0, 1), ...made]
        }),
      )
      const parts = batches(rows)
      /** Seconds until all is there that was gathered so often. */
      const timed = async (times: number): Promise<number> => {
        const start = performance.now()
        let last: Tensor | null = null
        for (let i = 0; i < times; i++)
          for (const part of parts) {
            const index = tensor(part)
            const [first, ...made] = gather(index)
            for (const one of [index, ...made]) one.dispose()
            last?.dispose()
            last = first!
          }
        // Reading one number of the last is enough to wait for all.
        await last?.data()
        last?.dispose()
        return (performance.now() - start) / 1000
      }
      try {
        // The first one compiles.
        await timed(1)
        const trials: number[] = []
        for (let i = 0; i < inputTrials; i++) {
          const [one, many] = [await timed(1), await timed(1 + gathersAhead)]
          // The way to the device and back is in both.
          trials.push(Math.max(0, many - one) / gathersAhead)
        }
        return Math.min(...trials)
      } finally {
        setRngState(drawn)
      }
    },
    profile: async (rows) => {
      const given = firstBatchOf(rows)
      try {
        return await withFloat32MatmulPrecision(precision, () =>
          profiler.profile(kind().plain, given, { model: network }),
        )
      } finally {
        for (const one of given) one.dispose()
      }
    },
    lookInto: (rows) => {
      const index = tensor(rows)
      let given: StepGraph['given'] = []
      const step = new WithLoss(network, (forward) => {
        const batch = rowsOnDevice.mixed(index)
        given = [
          ...inputs.map(({ name }, i) => [name, batch.inputs[i]!] as const),
          ['target', targets.indexSelect(0, index)],
        ]
        return lossFor(forward(batch.inputs), index, batch.parts)
      })
      return { graph: trace(step, index), given }
    },
    weights: async () => withPrefix(await storeTensors(kept.stateDict()), 'model'),
    state: async () => ({
      ...withPrefix(await storeTensors(network.stateDict()), 'model'),
      ...withPrefix(await storeTensors(optimizer.checkpoint()), 'optimizer'),
      ...(average && withPrefix(await storeTensors(average.state()), 'average')),
      'trainer.rngState': bytesOf('uint32', [2], await getRngState()),
    }),
  }
}
