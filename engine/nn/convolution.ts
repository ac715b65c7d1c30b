import type { Tensor } from '../tensor/tensor.ts'
import { conv1d, conv2d, type ConvOptions } from './functional.ts'
import { fanInUniform, fans, type DeviceOption } from './init.ts'
import { Module } from './module.ts'
import { pair, type Size2d } from './size.ts'

type LayerOptions<Size> = ConvOptions<Size> & DeviceOption & { readonly bias?: boolean }

/** Uniform in ±1/√(inputs of one output); `shape` is the weight's. */
function parametersOf(
  shape: readonly number[],
  options: DeviceOption & { readonly bias?: boolean },
): { readonly weight: Tensor; readonly bias: Tensor | undefined } {
  const { fanIn } = fans(shape)
  const weight = fanInUniform(shape, fanIn, options)
  return { weight, bias: options.bias === false ? undefined : fanInUniform([shape[0]!], fanIn, options) }
}

/**
 * Maps [N, in, H, W] to [N, out, H', W']. weight [out, in, KH, KW] and bias [out] start uniform in ±1/√(in·KH·KW).
 * Without groups. Source: torch.nn.Conv2d.
 */
export class Conv2d extends Module {
  readonly weight: Tensor
  readonly bias: Tensor | undefined
  readonly options: ConvOptions<Size2d>
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size2d,
    options: LayerOptions<Size2d> = {},
  ) {
    super()
    const { stride = 1, padding = 0, dilation = 1 } = options
    const { weight, bias } = parametersOf(
      [outChannels, inChannels, ...pair('kernelSize', kernelSize, 1)],
      options,
    )
    this.weight = weight
    this.bias = bias
    this.options = { stride, padding, dilation }
  }

  forward(input: Tensor): Tensor {
    return conv2d(input, this.weight, this.bias, this.options)
  }
}

/** Maps [N, in, L] to [N, out, L']. weight [out, in, K] and bias [out] start uniform in ±1/√(in·K). Source: torch.nn.Conv1d. */
export class Conv1d extends Module {
  readonly weight: Tensor
  readonly bias: Tensor | undefined
  readonly options: ConvOptions<number>
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    options: LayerOptions<number> = {},
  ) {
    super()
    const { stride = 1, padding = 0, dilation = 1 } = options
    const { weight, bias } = parametersOf([outChannels, inChannels, kernelSize], options)
    this.weight = weight
    this.bias = bias
    this.options = { stride, padding, dilation }
  }

  forward(input: Tensor): Tensor {
    return conv1d(input, this.weight, this.bias, this.options)
  }
}
