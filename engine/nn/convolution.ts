import { readArguments, wholeNumber, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { onlyDefaults, pair, yesOrNo, type Size2d } from './checks.ts'
import { conv1d, conv2d, type ConvOptions } from './functional.ts'
import { fanInUniform, fans, type DeviceOption } from './init.ts'
import { Module } from './module.ts'
import { pythonText } from '../formats/python.ts'

export interface ConvLayerOptions<Size> extends ConvOptions<Size>, DeviceOption {
  /** true by default. */
  readonly bias?: boolean
  /** Only 'zeros'. */
  readonly paddingMode?: 'zeros'
}
const convOrder = ['stride', 'padding', 'dilation', 'groups', 'bias', 'paddingMode'] as const
export const conv2dSignature: Signature<ConvLayerOptions<Size2d>> = {
  name: 'Conv2d',
  positional: convOrder,
  named: ['device'],
}
export const conv1dSignature: Signature<ConvLayerOptions<number>> = {
  name: 'Conv1d',
  positional: convOrder,
  named: ['device'],
}

/** What both have; weight [out, in / groups, …kernel] and bias [out] start uniform in ±1/√(inputs of one output). */
abstract class Conv<Size> extends Module {
  readonly inChannels: number
  readonly outChannels: number
  readonly kernelSize: readonly number[]
  readonly weight: Tensor
  readonly bias: Tensor | undefined
  readonly options: Required<ConvOptions<Size>>

  constructor(
    name: string,
    inChannels: number,
    outChannels: number,
    kernelSize: readonly number[],
    options: ConvLayerOptions<Size>,
    one: Size,
    none: Size,
  ) {
    super()
    onlyDefaults<ConvLayerOptions<Size>>(name, options, { paddingMode: 'zeros' })
    const { stride = one, padding = none, dilation = one, groups = 1, bias = true, device } = options
    this.inChannels = wholeNumber('inChannels', inChannels, 1)
    this.outChannels = wholeNumber('outChannels', outChannels, 1)
    wholeNumber('groups', groups, 1)
    for (const [what, channels] of Object.entries({ inChannels, outChannels })) {
      if (channels % groups !== 0)
        throw new RangeError(`${what} must be divisible by the ${groups} groups, which ${channels} is not.`)
    }
    this.kernelSize = kernelSize
    this.options = { stride, padding, dilation, groups }
    const shape = [outChannels, inChannels / groups, ...kernelSize]
    const { fanIn } = fans(shape)
    this.weight = fanInUniform(shape, fanIn, { device })
    this.bias = yesOrNo('bias', bias) ? fanInUniform([outChannels], fanIn, { device }) : undefined
  }

  override extraRepr(): string {
    const { stride, padding, dilation, groups } = this.options
    const tuple = (size: unknown): unknown =>
      Array.isArray(size) || typeof size === 'string' ? size : this.kernelSize.map(() => size)
    const differs = (size: unknown, usual: number): boolean =>
      [tuple(size)].flat().some((extent) => extent !== usual)
    return [
      `${this.inChannels}, ${this.outChannels}`,
      `kernel_size=${pythonText(this.kernelSize)}`,
      `stride=${pythonText(tuple(stride))}`,
      ...(differs(padding, 0) ? [`padding=${pythonText(tuple(padding))}`] : []),
      ...(differs(dilation, 1) ? [`dilation=${pythonText(tuple(dilation))}`] : []),
      ...(groups === 1 ? [] : [`groups=${groups}`]),
      ...(this.bias ? [] : ['bias=False']),
    ].join(', ')
  }
}

function checkWindow({ stride = 1, padding = 0, dilation = 1 }: ConvOptions<Size2d>): void {
  pair('stride', stride, 1)
  pair('dilation', dilation, 1)
  if (padding === 'valid' || padding === 'same') return
  if (typeof padding === 'string')
    throw new RangeError(`padding must be numbers, 'valid' or 'same', not '${String(padding)}'.`)
  pair('padding', padding, 0)
}

/**
 * Maps [N, in, H, W] to [N, out, H', W']. weight [out, in / groups, KH, KW] and bias [out] start uniform in
 * ±1/√(in / groups·KH·KW). Source: torch.nn.Conv2d.
 */
export class Conv2d extends Conv<Size2d> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size2d,
    ...rest: Arguments<ConvLayerOptions<Size2d>, typeof convOrder>
  ) {
    const options = readArguments<ConvLayerOptions<Size2d>>(conv2dSignature, rest)
    checkWindow(options)
    super('Conv2d', inChannels, outChannels, pair('kernelSize', kernelSize, 1), options, 1, 0)
  }

  forward(input: Tensor): Tensor {
    return conv2d(input, this.weight, this.bias, this.options)
  }
}

/**
 * Maps [N, in, L] to [N, out, L']. weight [out, in / groups, K] and bias [out] start uniform in ±1/√(in / groups·K).
 * Source: torch.nn.Conv1d.
 */
export class Conv1d extends Conv<number> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    ...rest: Arguments<ConvLayerOptions<number>, typeof convOrder>
  ) {
    const options = readArguments<ConvLayerOptions<number>>(conv1dSignature, rest)
    checkWindow(options)
    super('Conv1d', inChannels, outChannels, [wholeNumber('kernelSize', kernelSize, 1)], options, 1, 0)
  }

  forward(input: Tensor): Tensor {
    return conv1d(input, this.weight, this.bias, this.options)
  }
}
