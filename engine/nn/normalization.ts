import { ones, tensor, zeros } from '../tensor/creation.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { batchNorm, groupNorm, layerNorm } from './functional.ts'
import type { DeviceOption } from './init.ts'
import { Module } from './module.ts'

type BatchNormOptions = DeviceOption & { readonly eps?: number; readonly momentum?: number }

/** Weight and bias start as 1 and 0; the running statistics as 0 and 1. */
abstract class BatchNorm extends Module {
  readonly weight: Tensor
  readonly bias: Tensor
  readonly runningMean: Tensor
  readonly runningVar: Tensor
  readonly momentum: number
  readonly eps: number
  constructor(features: number, options: BatchNormOptions = {}) {
    super()
    this.weight = ones([features], { ...options, requiresGrad: true })
    this.bias = zeros([features], { ...options, requiresGrad: true })
    this.runningMean = tensor(new Float32Array(features), options)
    this.runningVar = tensor(new Float32Array(features).fill(1), options)
    this.momentum = options.momentum ?? 0.1
    this.eps = options.eps ?? 1e-5
  }

  protected abstract takes(dimensions: number): string | null

  forward(input: Tensor): Tensor {
    const wanted = this.takes(input.ndim)
    if (wanted) throw new RangeError(`${wanted}, not ${input.ndim} dimensions.`)
    const features = this.weight.numel()
    if (input.shape[1] !== features) {
      throw new RangeError(
        `This batch normalisation is made for ${features} channels; the input is ${formatShape(input.shape)}.`,
      )
    }
    return batchNorm(input, this.runningMean, this.runningVar, this)
  }
}

/**
 * Normalises each feature of [rows, features] or [rows, features, length]: over the batch while training, by running
 * statistics when evaluating. Source: torch.nn.BatchNorm1d.
 */
export class BatchNorm1d extends BatchNorm {
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
  protected takes(dimensions: number): string | null {
    return dimensions === 4 ? null : 'BatchNorm2d takes [N, C, H, W]'
  }
}

/** Normalises groups of channels of [N, C, …], each sample by itself. Source: torch.nn.GroupNorm. */
export class GroupNorm extends Module {
  readonly groups: number
  readonly weight: Tensor
  readonly bias: Tensor
  readonly eps: number
  constructor(groups: number, channels: number, options: DeviceOption & { readonly eps?: number } = {}) {
    super()
    if (channels % groups !== 0)
      throw new RangeError(`${channels} channels do not divide into ${groups} groups.`)
    this.groups = groups
    this.weight = ones([channels], { ...options, requiresGrad: true })
    this.bias = zeros([channels], { ...options, requiresGrad: true })
    this.eps = options.eps ?? 1e-5
  }

  forward(input: Tensor): Tensor {
    return groupNorm(input, this.groups, this)
  }
}

/** Normalises each row over the dimensions it ends in. weight and bias start as 1 and 0. Source: torch.nn.LayerNorm. */
export class LayerNorm extends Module {
  readonly weight: Tensor
  readonly bias: Tensor
  readonly eps: number
  constructor(normalizedShape: number | Shape, options: DeviceOption & { readonly eps?: number } = {}) {
    super()
    const shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape
    this.weight = ones(shape, { ...options, requiresGrad: true })
    this.bias = zeros(shape, { ...options, requiresGrad: true })
    this.eps = options.eps ?? 1e-5
  }

  forward(input: Tensor): Tensor {
    return layerNorm(input, this.weight.shape, this)
  }
}
