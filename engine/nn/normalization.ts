import type { Device } from '../backends/device.ts'
import { readArguments, wholeNumber, type Arguments, type Signature } from '../tensor/arguments.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { tensor } from '../tensor/creation.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { numberWithin, yesOrNo } from './checks.ts'
import { batchNorm, groupNorm, layerNorm } from './functional.ts'
import { oneParameter, zeroParameter, type DeviceOption } from './init.ts'
import { Module } from './module.ts'
import { keywords, pythonText } from '../formats/python.ts'

export interface BatchNormOptions extends DeviceOption {
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number
  /** How far the running statistics move with each batch; 0.1 by default. null: they are the mean of all batches so far. */
  readonly momentum?: number | null
  /** Whether there are weight and bias; true by default. */
  readonly affine?: boolean
  /** Without, batches are measured when evaluating too; true by default. */
  readonly trackRunningStats?: boolean
}
const batchNormOrder = ['eps', 'momentum', 'affine', 'trackRunningStats'] as const
const batchNormSignature = (name: string): Signature<BatchNormOptions> => ({
  name,
  positional: batchNormOrder,
  named: ['device'],
  nullable: ['momentum'],
})
export const batchNorm1dSignature = batchNormSignature('BatchNorm1d')
export const batchNorm2dSignature = batchNormSignature('BatchNorm2d')

/** What counters of batches go up by: read by all, so that all are counted in one kernel. */
const ones = new WeakMap<Device, Tensor>()
function oneOn(device: Device): Tensor {
  let one = ones.get(device)
  if (!one) ones.set(device, (one = tensor(Int32Array.of(1), { shape: [], device })))
  return one
}

/** Weight and bias start as 1 and 0; the running statistics as 0 and 1. */
abstract class BatchNorm extends Module {
  readonly numFeatures: number
  readonly eps: number
  readonly momentum: number | null
  readonly weight: Tensor | undefined
  readonly bias: Tensor | undefined
  readonly runningMean: Tensor | null
  readonly runningVar: Tensor | null
  /** int32: batches seen while training. */
  readonly numBatchesTracked: Tensor | null
  constructor(numFeatures: number, signature: Signature<BatchNormOptions>, rest: readonly unknown[]) {
    super()
    const options = readArguments<BatchNormOptions>(signature, rest)
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true, device } = options
    this.numFeatures = wholeNumber('numFeatures', numFeatures, 1)
    this.eps = numberWithin('eps', eps, 0)
    this.momentum = momentum === null ? null : numberWithin('momentum', momentum, 0)
    const isAffine = yesOrNo('affine', affine)
    this.weight = isAffine ? oneParameter([numFeatures], { device }) : undefined
    this.bias = isAffine ? zeroParameter([numFeatures], { device }) : undefined
    const tracks = yesOrNo('trackRunningStats', trackRunningStats)
    const statistic = (value: number): Tensor | null =>
      tracks ? tensor(new Float32Array(numFeatures).fill(value), { device }) : null
    const count = tracks ? tensor(Int32Array.of(0), { shape: [], device }) : null
    this.runningMean = this.registerBuffer('runningMean', statistic(0))
    this.runningVar = this.registerBuffer('runningVar', statistic(1))
    this.numBatchesTracked = this.registerBuffer('numBatchesTracked', count)
  }

  protected abstract takes(dimensions: number): string | null

  forward(input: Tensor): Tensor {
    const wanted = this.takes(input.ndim)
    if (wanted) throw new RangeError(`${wanted}, not ${input.ndim} dimensions.`)
    if (input.shape[1] !== this.numFeatures) {
      throw new RangeError(
        `This batch normalisation is made for ${this.numFeatures} channels; the input is ${formatShape(input.shape)}.`,
      )
    }
    const { runningMean, runningVar, weight, bias, eps } = this
    const training = this.training || !runningMean || !runningVar
    const momentum = this.training ? this.#countBatch() : 0
    return batchNorm(input, runningMean, runningVar, { weight, bias, training, momentum, eps })
  }

  /** How far the statistics move with this batch. */
  #countBatch(): number | Tensor {
    const count = this.numBatchesTracked
    if (count) noGrad(() => count.add_(oneOn(count.device)))
    return this.momentum ?? (count ? count.to('float32').pow(-1) : 0)
  }

  override extraRepr(): string {
    return [
      this.numFeatures,
      keywords({
        eps: this.eps,
        momentum: this.momentum,
        affine: this.weight !== undefined,
        track_running_stats: this.runningMean !== null,
      }),
    ].join(', ')
  }
}

/**
 * Normalises each feature of [rows, features] or [rows, features, length]: over the batch while training, by running
 * statistics when evaluating. Source: torch.nn.BatchNorm1d.
 */
export class BatchNorm1d extends BatchNorm {
  constructor(numFeatures: number, ...rest: Arguments<BatchNormOptions, typeof batchNormOrder>) {
    super(numFeatures, batchNorm1dSignature, rest)
  }
  protected takes(dimensions: number): string | null {
    const fits = dimensions === 2 || dimensions === 3
    return fits ? null : 'BatchNorm1d takes [rows, features] or [rows, features, length]'
  }
}

/**
 * Normalises each channel of [N, C, H, W]: over the batch while training, by running statistics when evaluating.
 * Source: torch.nn.BatchNorm2d.
 */
export class BatchNorm2d extends BatchNorm {
  constructor(numFeatures: number, ...rest: Arguments<BatchNormOptions, typeof batchNormOrder>) {
    super(numFeatures, batchNorm2dSignature, rest)
  }
  protected takes(dimensions: number): string | null {
    return dimensions === 4 ? null : 'BatchNorm2d takes [N, C, H, W]'
  }
}

export interface GroupNormOptions extends DeviceOption {
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number
  /** Whether there are weight and bias; true by default. */
  readonly affine?: boolean
}
const groupNormOrder = ['eps', 'affine'] as const
export const groupNormSignature: Signature<GroupNormOptions> = {
  name: 'GroupNorm',
  positional: groupNormOrder,
  named: ['device'],
}

/** Normalises groups of channels of [N, C, …], each sample by itself. Source: torch.nn.GroupNorm. */
export class GroupNorm extends Module {
  readonly numGroups: number
  readonly numChannels: number
  readonly weight: Tensor | undefined
  readonly bias: Tensor | undefined
  readonly eps: number
  constructor(
    numGroups: number,
    numChannels: number,
    ...rest: Arguments<GroupNormOptions, typeof groupNormOrder>
  ) {
    super()
    const { eps = 1e-5, affine = true, device } = readArguments<GroupNormOptions>(groupNormSignature, rest)
    this.numGroups = wholeNumber('numGroups', numGroups, 1)
    this.numChannels = wholeNumber('numChannels', numChannels, 1)
    if (numChannels % numGroups !== 0)
      throw new RangeError(`${numChannels} channels do not divide into ${numGroups} groups.`)
    const isAffine = yesOrNo('affine', affine)
    this.weight = isAffine ? oneParameter([numChannels], { device }) : undefined
    this.bias = isAffine ? zeroParameter([numChannels], { device }) : undefined
    this.eps = numberWithin('eps', eps, 0)
  }

  forward(input: Tensor): Tensor {
    return groupNorm(input, this.numGroups, this.weight, this.bias, this.eps)
  }

  override extraRepr(): string {
    const rest = keywords({ eps: this.eps, affine: this.weight !== undefined })
    return `${this.numGroups}, ${this.numChannels}, ${rest}`
  }
}

export interface LayerNormOptions extends DeviceOption {
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number
  /** Whether there are weight and bias; true by default. */
  readonly elementwiseAffine?: boolean
  /** Whether, beside the weight, there is a bias; true by default. */
  readonly bias?: boolean
}
const layerNormOrder = ['eps', 'elementwiseAffine', 'bias'] as const
export const layerNormSignature: Signature<LayerNormOptions> = {
  name: 'LayerNorm',
  positional: layerNormOrder,
  named: ['device'],
}

/** Normalises each row over the dimensions it ends in. weight and bias start as 1 and 0. Source: torch.nn.LayerNorm. */
export class LayerNorm extends Module {
  readonly normalizedShape: Shape
  readonly weight: Tensor | undefined
  readonly bias: Tensor | undefined
  readonly eps: number
  constructor(normalizedShape: number | Shape, ...rest: Arguments<LayerNormOptions, typeof layerNormOrder>) {
    super()
    const options = readArguments<LayerNormOptions>(layerNormSignature, rest)
    const { eps = 1e-5, elementwiseAffine = true, bias = true, device } = options
    const shape: Shape = Array.isArray(normalizedShape) ? normalizedShape : [normalizedShape as number]
    if (shape.length === 0) throw new RangeError('normalizedShape needs at least one extent.')
    for (const extent of shape) wholeNumber('normalizedShape', extent, 1)
    this.normalizedShape = [...shape]
    const isAffine = yesOrNo('elementwiseAffine', elementwiseAffine)
    this.weight = isAffine ? oneParameter(shape, { device }) : undefined
    this.bias = yesOrNo('bias', bias) && isAffine ? zeroParameter(shape, { device }) : undefined
    this.eps = numberWithin('eps', eps, 0)
  }

  forward(input: Tensor): Tensor {
    return layerNorm(input, this.normalizedShape, this.weight, this.bias, this.eps)
  }

  override extraRepr(): string {
    const rest = keywords({ eps: this.eps, elementwise_affine: this.weight !== undefined })
    return `${pythonText(this.normalizedShape)}, ${rest}`
  }
}
