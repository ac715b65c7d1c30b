import { readArguments, refuseSurplus, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { onlyDefaults, pair, type Size2d } from './checks.ts'
import { adaptiveAvgPool2d, avgPool2d, maxPool2d } from './functional.ts'
import {
  avgPoolOrder,
  poolAttributes,
  type AvgPoolOptions,
  type MaxPoolOptions,
} from './functional/pooling.ts'
import { Module } from './module.ts'
import { keywords } from '../formats/python.ts'

const maxPoolOrder = ['stride', 'padding', 'dilation', 'returnIndices', 'ceilMode'] as const
export const maxPool2dSignature: Signature<MaxPoolOptions> = { name: 'MaxPool2d', positional: maxPoolOrder }
export const avgPool2dSignature: Signature<AvgPoolOptions> = { name: 'AvgPool2d', positional: avgPoolOrder }

/** Largest element of each window of [N, C, H, W]. Source: torch.nn.MaxPool2d. */
export class MaxPool2d extends Module {
  readonly kernelSize: Size2d
  readonly options: MaxPoolOptions
  constructor(kernelSize: Size2d, ...rest: Arguments<MaxPoolOptions, typeof maxPoolOrder>) {
    super()
    this.options = readArguments<MaxPoolOptions>(maxPool2dSignature, rest)
    onlyDefaults<MaxPoolOptions>('MaxPool2d', this.options, { returnIndices: false })
    poolAttributes(kernelSize, this.options)
    this.kernelSize = kernelSize
  }
  forward(input: Tensor): Tensor {
    return maxPool2d(input, this.kernelSize, this.options)
  }
  override extraRepr(): string {
    const { stride = this.kernelSize, padding = 0, dilation = 1, ceilMode = false } = this.options
    return keywords({ kernel_size: this.kernelSize, stride, padding, dilation, ceil_mode: ceilMode })
  }
}

/** Mean of each window of [N, C, H, W]. Source: torch.nn.AvgPool2d. */
export class AvgPool2d extends Module {
  readonly kernelSize: Size2d
  readonly options: AvgPoolOptions
  constructor(kernelSize: Size2d, ...rest: Arguments<AvgPoolOptions, typeof avgPoolOrder>) {
    super()
    this.options = readArguments<AvgPoolOptions>(avgPool2dSignature, rest)
    poolAttributes(kernelSize, this.options)
    this.kernelSize = kernelSize
  }
  forward(input: Tensor): Tensor {
    return avgPool2d(input, this.kernelSize, this.options)
  }
  override extraRepr(): string {
    const { stride = this.kernelSize, padding = 0 } = this.options
    return keywords({ kernel_size: this.kernelSize, stride, padding })
  }
}

/** Means of equal parts of [N, C, H, W]; with 1, of whole images; null keeps an extent. Source: torch.nn.AdaptiveAvgPool2d. */
export class AdaptiveAvgPool2d extends Module {
  readonly outputSize: number | null | readonly [number | null, number | null]
  constructor(outputSize: number | null | readonly [number | null, number | null], ...rest: []) {
    super()
    refuseSurplus('AdaptiveAvgPool2d', 1, [outputSize, ...rest])
    const [rows, columns] = Array.isArray(outputSize)
      ? (outputSize as readonly (number | null)[])
      : [outputSize as number | null, outputSize as number | null]
    pair('outputSize', [rows === null ? 1 : rows!, columns === null ? 1 : columns!], 1)
    this.outputSize = outputSize
  }
  forward(input: Tensor): Tensor {
    return adaptiveAvgPool2d(input, this.outputSize)
  }
  override extraRepr(): string {
    return keywords({ output_size: this.outputSize })
  }
}
