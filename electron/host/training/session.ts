/**
 * The device side of a run: data uploaded once, one captured step for training and one for prediction, and the
 * state in and out as plain bytes. Nothing here knows about epochs, stopping or the host.
 */
import {
  capture,
  getRngState,
  manualSeed,
  nn,
  noGrad,
  optim,
  profiler,
  setRngState,
  tensor,
  tuneStep,
  withFloat32MatmulPrecision,
  type Tensor,
} from '../../../engine/index.ts'
import type { Augmentation, Loss, Optimizer, Training } from '../../contract/index.ts'
import type { TargetValues } from '../tasks/index.ts'
import { buildNetwork, type NetworkSpec } from '../model/build.ts'
import { onDevice, type InputRows } from '../model/input.ts'
import { section, withPrefix, type Tensors } from './checkpoint.ts'
import { lossFunctionOf } from './losses.ts'
import { optimizerOf } from './optimizers.ts'
import { openPredictor } from './predictor.ts'
import { bytesOf, fromTensorData, toTensorData, typedValues } from './tensors.ts'

export interface SplitArrays extends InputRows {
  /** A class number each, or row-major as many numbers as the network has outputs. */
  readonly targets: TargetValues
  /** How much the loss of each row counts, in the mean 1 over the training split; null: all the same. */
  readonly weights: Float32Array<ArrayBuffer> | null
}

export interface SessionOptions extends NetworkSpec {
  readonly loss: Loss
  readonly optimizer: Optimizer
  /** Of training steps; validation is always exact. */
  readonly precision: Training['precision']
  readonly seed: number
  readonly train: SplitArrays
  readonly validation: SplitArrays
  /** Of classes or labels. */
  readonly lossWeights: readonly number[] | null
  /** What happens to training images on their way. */
  readonly augment: readonly Augmentation[]
  /** Tensors of a checkpoint to go on from. */
  readonly restore: Tensors | null
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
  /** Whether a batch of one example has no variance that the network could be normalized by. */
  readonly needsPairs: boolean
  /** Lets a GPU find out which kernels are best for a step on as many rows as these; before the first one. */
  tune(rows: Int32Array<ArrayBuffer>): Promise<void>
  /** One optimizer step on these training rows. Only enqueues where the device works asynchronously. */
  trainBatch(rows: Int32Array<ArrayBuffer>): void
  setLearningRate(rate: number): void
  /** Sum of loss × batch size since the last `resetLoss`; waits for the device. */
  lossSum(): Promise<number>
  resetLoss(): void
  /** The model's outputs on the validation split, in evaluation mode. */
  validationOutputs(): Promise<Float32Array>
  /** Where the time of a step on these rows goes. Changes nothing that training depends on. */
  profile(rows: Int32Array<ArrayBuffer>): Promise<profiler.StepProfile>
  /** Weights and buffers, under `model.`. */
  weights(): Promise<Tensors>
  /** Everything that training changes. */
  state(): Promise<Tensors>
}

export function openSession(options: SessionOptions): Session {
  const { inputs, train, restore, precision } = options
  manualSeed(options.seed)
  const network = buildNetwork(options)
  const optimizer = optimizerOf(options.optimizer, network.parameters())
  if (restore !== null) {
    network.loadStateDict(restoreTensors(section(restore, 'model')))
    const saved = optim.upgradeCheckpoint(section(restore, 'optimizer'), typedValues, storedCounts)
    optimizer.loadCheckpoint(restoreTensors(saved))
  }

  const rowsOnDevice = onDevice(inputs, train, options.augment)
  const targets =
    train.targets instanceof Int32Array
      ? tensor(train.targets)
      : tensor(train.targets, { shape: [train.rows, train.targets.length / train.rows] })
  const weight = options.lossWeights === null ? undefined : tensor([...options.lossWeights])
  const rowWeights = train.weights === null ? undefined : tensor(train.weights)
  const lossOf = lossFunctionOf(options.loss).onDevice

  const restored = (name: string) => restore?.[`trainer.${name}`]
  const lossSum = restored('lossSum')
  const total = lossSum === undefined ? tensor(0) : fromTensorData(lossSum)
  const rngState = restored('rngState')
  if (rngState !== undefined) setRngState(typedValues(rngState))

  network.train()
  const trainStep = (rows: Tensor): Tensor => {
    optimizer.zeroGrad()
    const batch = profiler.recordFunction('input', () => rowsOnDevice.batch(rows))
    const output = network.forward(...batch)
    const loss = profiler.recordFunction('loss', () =>
      lossOf(output, targets.indexSelect(0, rows), weight, rowWeights?.indexSelect(0, rows)),
    )
    loss.backward()
    optimizer.step()
    const [size = 0] = rows.shape
    noGrad(() => profiler.recordFunction('loss', () => total.copy_(total.add(loss.detach().mul(size)))))
    return loss.detach()
  }
  const step = capture(trainStep)
  // Captured as well: assigned from outside, the total would move to other memory and the step be bound anew.
  const clear = capture(() => noGrad(() => total.copy_(0)))
  const validate = openPredictor(network, options.validation, options)

  return {
    // Of an image there are many pixels to take a variance of; of a row there is one value.
    needsPairs: network.modules().some((module) => module instanceof nn.BatchNorm1d),
    tune: async (rows) => {
      const index = tensor(rows)
      await withFloat32MatmulPrecision(precision, () => tuneStep(trainStep, [index]))
      index.dispose()
    },
    trainBatch: (rows) => {
      const index = tensor(rows)
      withFloat32MatmulPrecision(precision, () => step(index))
      index.dispose()
    },
    setLearningRate: (rate) => optimizer.setLearningRate(rate),
    lossSum: () => total.item(),
    resetLoss: () => void clear(),
    validationOutputs: async () => {
      network.eval()
      try {
        return await validate()
      } finally {
        network.train()
      }
    },
    profile: async (rows) => {
      const index = tensor(rows)
      try {
        return await withFloat32MatmulPrecision(precision, () =>
          profiler.profile(trainStep, [index], { model: network }),
        )
      } finally {
        index.dispose()
      }
    },
    weights: async () => withPrefix(await storeTensors(network.stateDict()), 'model'),
    state: async () => ({
      ...withPrefix(await storeTensors(network.stateDict()), 'model'),
      ...withPrefix(await storeTensors(optimizer.checkpoint()), 'optimizer'),
      'trainer.lossSum': await toTensorData(total),
      'trainer.rngState': bytesOf('uint32', [2], await getRngState()),
    }),
  }
}
