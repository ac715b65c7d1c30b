import { uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { eachDimension, requireGroups } from './checks.ts'
import { configure, defineModule } from './define.ts'
import { conv1d, conv2d, conv3d, type ConvOptions } from './functional.ts'
import { fanInUniform, fans } from './init.ts'
import { Module } from './module.ts'
import { onnxOfBatch, type OnnxNodes, type OnnxValue } from './onnx.ts'
import {
  bias,
  device,
  extent,
  extentOr,
  extents,
  extentsOr,
  extents3,
  extents3Or,
  fixed,
  whole,
  type OptionTuple,
  type Rest,
  type Settled,
} from './options.ts'
import { pythonText } from '../formats/python.ts'
import { optionList, type OptionList } from './settle.ts'

export const channels = [
  whole('inChannels', { help: 'Channels of what goes in.' }),
  whole('outChannels', { help: 'Channels that come out: so many filters are learned.' }),
] as const
export const kernel = { spelled: true, help: 'How many neighbors each filter sees.' } as const
export const stride = { default: 1, help: 'By how much the filters move at a time.' } as const
const padding = {
  default: 0,
  least: 0,
  help: "Zeros on each side; 'same' as many as keep the size, 'valid' none.",
} as const
export const dilation = {
  default: 1,
  help: 'The distance between the neighbors that a filter sees.',
} as const
export const groups = whole('groups', {
  default: 1,
  help: 'Channels are divided into so many groups, each with filters of its own.',
})

const conv1dOptions = optionList(
  'Conv1d',
  ...channels,
  extent('kernelSize', kernel),
  extent('stride', stride),
  extentOr('valid', 'same')('padding', padding),
  extent('dilation', dilation),
  groups,
  bias,
  fixed('paddingMode', 'zeros'),
  device,
)
const conv2dOptions = optionList(
  'Conv2d',
  ...channels,
  extents('kernelSize', kernel),
  extents('stride', stride),
  extentsOr('valid', 'same')('padding', padding),
  extents('dilation', dilation),
  groups,
  bias,
  fixed('paddingMode', 'zeros'),
  device,
)

const conv3dOptions = optionList(
  'Conv3d',
  ...channels,
  extents3('kernelSize', kernel),
  extents3('stride', stride),
  extents3Or('valid', 'same')('padding', padding),
  extents3('dilation', dilation),
  groups,
  bias,
  fixed('paddingMode', 'zeros'),
  device,
)

interface ConvSettled<Size> extends Required<ConvOptions<Size>> {
  readonly kernelSize: Size
  readonly bias: boolean
  readonly device: Settled<readonly [typeof device]>['device']
}

/** What both have; weight [out, in / groups, …kernel] and bias [out] start uniform in ±1/√(inputs of one output). */
abstract class Conv<Size> extends Module {
  readonly inChannels: number
  readonly outChannels: number
  readonly kernelSize: readonly number[]
  readonly weight: Tensor
  readonly bias: Tensor | undefined
  readonly options: Required<ConvOptions<Size>>

  constructor(list: OptionList<OptionTuple>, values: readonly unknown[], dimensions: number) {
    super()
    const settled = configure(this, list, values) as unknown as ConvSettled<Size>
    const { stride, padding, dilation, groups, kernelSize, bias, device } = settled
    if (padding === 'same' && [stride].flat().some((by) => by !== 1))
      throw new RangeError(`padding 'same' is for a stride of 1, not ${[stride].flat().join(' × ')}.`)
    const [inChannels, outChannels] = values as [number, number]
    requireGroups({ inChannels, outChannels }, groups)
    this.inChannels = inChannels
    this.outChannels = outChannels
    this.kernelSize = eachDimension(kernelSize as number | readonly number[], dimensions)
    this.options = { stride, padding, dilation, groups }
    const shape = [outChannels, inChannels / groups, ...this.kernelSize]
    const { fanIn } = fans(shape)
    this.weight = fanInUniform(shape, fanIn, { device })
    this.bias = bias ? fanInUniform([outChannels], fanIn, { device }) : undefined
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

/**
 * Maps [N, in, H, W] to [N, out, H', W']. weight [out, in / groups, KH, KW] and bias [out] start uniform in
 * ±1/√(in / groups·KH·KW). Source: torch.nn.Conv2d.
 */
export class Conv2d extends Conv<number | readonly [number, number]> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly [number, number],
    ...rest: Rest<typeof conv2dOptions>
  ) {
    super(conv2dOptions, [inChannels, outChannels, kernelSize, ...rest], 2)
  }

  forward(input: Tensor): Tensor {
    return conv2d(input, this.weight, this.bias, this.options)
  }
}

/**
 * Maps [N, in, L] to [N, out, L']. weight [out, in / groups, K] and bias [out] start uniform in ±1/√(in / groups·K).
 * Source: torch.nn.Conv1d.
 */
export class Conv1d extends Conv<number | readonly [number]> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly [number],
    ...rest: Rest<typeof conv1dOptions>
  ) {
    super(conv1dOptions, [inChannels, outChannels, kernelSize, ...rest], 1)
  }

  forward(input: Tensor): Tensor {
    return conv1d(input, this.weight, this.bias, this.options)
  }
}

/**
 * Maps [N, in, D, H, W] to [N, out, D', H', W']. weight [out, in / groups, KD, KH, KW] and bias [out] start uniform in
 * ±1/√(in / groups·KD·KH·KW). Source: torch.nn.Conv3d.
 */
export class Conv3d extends Conv<number | readonly [number, number, number]> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly [number, number, number],
    ...rest: Rest<typeof conv3dOptions>
  ) {
    super(conv3dOptions, [inChannels, outChannels, kernelSize, ...rest], 3)
  }

  forward(input: Tensor): Tensor {
    const { bias } = this
    return conv3d(input, this.weight, { ...(bias ? { bias } : {}), ...this.options })
  }
}

function onnxConv(
  { weight, bias, kernelSize, options }: Conv<unknown>,
  nodes: OnnxNodes,
  x: OnnxValue | undefined,
): string {
  const each = (size: unknown): number[] =>
    eachDimension(size as number | readonly number[], kernelSize.length)
  const dilations = each(options.dilation)
  const total = kernelSize.map((k, i) => dilations[i]! * (k - 1))
  const pads = (): number[] => {
    if (options.padding === 'valid') return [...total, ...total].map(() => 0)
    if (options.padding !== 'same') return [...each(options.padding), ...each(options.padding)]
    const before = total.map((n) => n >> 1)
    return [...before, ...total.map((n, i) => n - before[i]!)]
  }
  return onnxOfBatch(nodes, x!, kernelSize.length + 2, (batch) =>
    nodes.add('Conv', [batch, nodes.weight(weight), ...(bias ? [nodes.weight(bias)] : [])], {
      kernel_shape: { ints: kernelSize },
      strides: { ints: each(options.stride) },
      dilations: { ints: dilations },
      pads: { ints: pads() },
      group: { int: options.groups },
    }),
  )
}

const family = 'Convolutions'
const images = [uniform([2, 4, 6, 5])]
const rows = [uniform([2, 4, 7])]

defineModule(Conv1d, conv1dOptions, {
  family,
  help: 'Filters that move along a row, such as a text or a time series.',
  onnx: onnxConv,
  samples: [
    { make: () => new Conv1d(4, 3, 3, 2, 1), inputs: rows },
    { make: () => new Conv1d(4, 4, 4, { padding: 'same', groups: 4 }), inputs: rows },
    { make: () => new Conv1d(4, 2, 2, { dilation: 2, bias: false }), inputs: [uniform([1, 4, 5])] },
    { make: () => new Conv1d(4, 2, 3), inputs: [uniform([4, 6])] },
  ],
})

defineModule(Conv2d, conv2dOptions, {
  family,
  help: 'Filters that move over an image.',
  onnx: onnxConv,
  samples: [
    { make: () => new Conv2d(4, 2, 3, 1, 1), inputs: images },
    { make: () => new Conv2d(4, 6, [3, 2], [1, 2], [2, 1], [2, 1], 2, false), inputs: images },
    { make: () => new Conv2d(4, 3, [3, 2], { padding: 'same', dilation: [1, 2] }), inputs: images },
    { make: () => new Conv2d(4, 2, 5, { padding: 'valid' }), inputs: [uniform([1, 4, 5, 5])] },
    { make: () => new Conv2d(4, 2, 3), inputs: [uniform([4, 5, 4])] },
  ],
})

defineModule(Conv3d, conv3dOptions, {
  family,
  help: 'Filters that move through a volume, such as a film or a scan.',
  onnx: onnxConv,
  samples: [
    { make: () => new Conv3d(2, 3, 2), inputs: [uniform([1, 2, 3, 3, 4])] },
    {
      make: () => new Conv3d(2, 2, [3, 2, 1], [2, 1, 1], [1, 0, 1], 1, 2, false),
      inputs: [uniform([2, 2, 3, 3, 2])],
    },
    {
      make: () => new Conv3d(2, 1, 2, { padding: 'same', dilation: [2, 1, 1] }),
      inputs: [uniform([2, 3, 3, 2])],
    },
  ],
})
