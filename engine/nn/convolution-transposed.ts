/** Convolutions turned round, which make rows, images and volumes larger, as modules. */
import { pythonText } from '../formats/python.ts'
import { uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { channels, dilation, groups, kernel } from './convolution.ts'
import { eachDimension, requireGroups } from './checks.ts'
import { configure, defineModule } from './define.ts'
import { convTranspose1d, convTranspose2d, convTranspose3d } from './functional.ts'
import { fanInUniform, fans } from './init.ts'
import { Module } from './module.ts'
import { onnxOfBatch, type OnnxRule } from './onnx.ts'
import {
  bias,
  device,
  extent,
  extents,
  extents3,
  fixed,
  type OptionTuple,
  type Rest,
  type Settled,
} from './options.ts'
import { optionList, type OptionList } from './settle.ts'

const stride = { default: 1, help: 'How far apart the filters are put down.' } as const
const padding = { default: 0, least: 0, help: 'How much is cut off on each side.' } as const
const outputPadding = { default: 0, least: 0, help: 'How much longer the result is at its ends.' } as const
const rest = [groups, bias] as const

const options1d = optionList(
  'ConvTranspose1d',
  ...channels,
  extent('kernelSize', kernel),
  extent('stride', stride),
  extent('padding', padding),
  extent('outputPadding', outputPadding),
  ...rest,
  extent('dilation', dilation),
  fixed('paddingMode', 'zeros'),
  device,
)
const options2d = optionList(
  'ConvTranspose2d',
  ...channels,
  extents('kernelSize', kernel),
  extents('stride', stride),
  extents('padding', padding),
  extents('outputPadding', outputPadding),
  ...rest,
  extents('dilation', dilation),
  fixed('paddingMode', 'zeros'),
  device,
)
const options3d = optionList(
  'ConvTranspose3d',
  ...channels,
  extents3('kernelSize', kernel),
  extents3('stride', stride),
  extents3('padding', padding),
  extents3('outputPadding', outputPadding),
  ...rest,
  extents3('dilation', dilation),
  fixed('paddingMode', 'zeros'),
  device,
)

type Size = number | readonly number[]
interface Given {
  readonly kernelSize: Size
  readonly stride: Size
  readonly padding: Size
  readonly outputPadding: Size
  readonly dilation: Size
  readonly groups: number
  readonly bias: boolean
  readonly device: Settled<readonly [typeof device]>['device']
}

/** weight [in, out / groups, …kernel] and bias [out] start uniform in ±1/√(out / groups · the kernel's size). */
abstract class ConvTranspose extends Module {
  readonly inChannels: number
  readonly outChannels: number
  readonly kernelSize: readonly number[]
  readonly stride: readonly number[]
  readonly padding: readonly number[]
  readonly outputPadding: readonly number[]
  readonly dilation: readonly number[]
  readonly groups: number
  readonly weight: Tensor
  readonly bias: Tensor | undefined

  constructor(list: OptionList<OptionTuple>, values: readonly unknown[], dimensions: number) {
    super()
    const given = configure(this, list, values) as unknown as Given
    const { groups, device } = given
    const [inChannels, outChannels] = values as [number, number]
    requireGroups({ inChannels, outChannels }, groups)
    const each = (size: Size): readonly number[] => eachDimension(size, dimensions)
    this.inChannels = inChannels
    this.outChannels = outChannels
    this.kernelSize = each(given.kernelSize)
    this.stride = each(given.stride)
    this.padding = each(given.padding)
    this.outputPadding = each(given.outputPadding)
    this.dilation = each(given.dilation)
    this.groups = groups
    const shape = [inChannels, outChannels / groups, ...this.kernelSize]
    const { fanIn } = fans(shape)
    this.weight = fanInUniform(shape, fanIn, { device })
    this.bias = given.bias ? fanInUniform([outChannels], fanIn, { device }) : undefined
  }

  /** As the functional forms take them. */
  protected settings() {
    const { bias, stride, padding, outputPadding, dilation, groups } = this
    return { ...(bias ? { bias } : {}), stride, padding, outputPadding, dilation, groups }
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, outputPadding, groups } = this
    const unless = (usual: number, name: string, sizes: readonly number[]): string[] =>
      sizes.every((size) => size === usual) ? [] : [`${name}=${pythonText(sizes)}`]
    return [
      `${this.inChannels}, ${this.outChannels}`,
      `kernel_size=${pythonText(kernelSize)}`,
      `stride=${pythonText(stride)}`,
      ...unless(0, 'padding', padding),
      ...unless(1, 'dilation', dilation),
      ...unless(0, 'output_padding', outputPadding),
      ...(groups === 1 ? [] : [`groups=${groups}`]),
      ...(this.bias ? [] : ['bias=False']),
    ].join(', ')
  }
}

/** [N, in, L] or [in, L] to [N, out, L'], L' = (L − 1)·stride − 2·padding + dilation·(K − 1) + outputPadding + 1. Source: torch.nn.ConvTranspose1d. */
export class ConvTranspose1d extends ConvTranspose {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly [number],
    ...rest: Rest<typeof options1d>
  ) {
    super(options1d, [inChannels, outChannels, kernelSize, ...rest], 1)
  }
  forward(input: Tensor): Tensor {
    return convTranspose1d(input, this.weight, this.settings())
  }
}

/** As ConvTranspose1d, of [N, in, H, W] or [in, H, W]. Source: torch.nn.ConvTranspose2d. */
export class ConvTranspose2d extends ConvTranspose {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly [number, number],
    ...rest: Rest<typeof options2d>
  ) {
    super(options2d, [inChannels, outChannels, kernelSize, ...rest], 2)
  }
  forward(input: Tensor): Tensor {
    return convTranspose2d(input, this.weight, this.settings())
  }
}

/** As ConvTranspose1d, of [N, in, D, H, W] or [in, D, H, W]. Source: torch.nn.ConvTranspose3d. */
export class ConvTranspose3d extends ConvTranspose {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly [number, number, number],
    ...rest: Rest<typeof options3d>
  ) {
    super(options3d, [inChannels, outChannels, kernelSize, ...rest], 3)
  }
  forward(input: Tensor): Tensor {
    return convTranspose3d(input, this.weight, this.settings())
  }
}

const onnx: OnnxRule<ConvTranspose> = (module, nodes, x) => {
  const { weight, bias, kernelSize, stride, padding, outputPadding, dilation, groups } = module
  return onnxOfBatch(nodes, x!, kernelSize.length + 2, (batch) =>
    nodes.add('ConvTranspose', [batch, nodes.weight(weight), ...(bias ? [nodes.weight(bias)] : [])], {
      kernel_shape: { ints: kernelSize },
      strides: { ints: stride },
      pads: { ints: [...padding, ...padding] },
      output_padding: { ints: outputPadding },
      dilations: { ints: dilation },
      group: { int: groups },
    }),
  )
}
const family = 'Convolutions'

defineModule(ConvTranspose1d, options1d, {
  family,
  help: 'Filters that are put down along a row, which becomes longer.',
  onnx,
  samples: [
    { make: () => new ConvTranspose1d(3, 2, 3), inputs: [uniform([2, 3, 4])] },
    { make: () => new ConvTranspose1d(2, 4, 3, 3, 1, 2, 2, false, 2), inputs: [uniform([1, 2, 4])] },
    { make: () => new ConvTranspose1d(2, 1, 2, { stride: 2 }), inputs: [uniform([2, 3])] },
  ],
})
defineModule(ConvTranspose2d, options2d, {
  family,
  help: 'Filters that are put down over an image, which becomes larger.',
  onnx,
  samples: [
    { make: () => new ConvTranspose2d(3, 2, [2, 3]), inputs: [uniform([2, 3, 3, 2])] },
    { make: () => new ConvTranspose2d(2, 4, 3, [2, 1], [1, 0], [1, 0], 2), inputs: [uniform([1, 2, 3, 4])] },
    { make: () => new ConvTranspose2d(2, 2, 2, { dilation: 2, bias: false }), inputs: [uniform([2, 3, 3])] },
  ],
})
defineModule(ConvTranspose3d, options3d, {
  family,
  help: 'Filters that are put down in a volume, which becomes larger.',
  onnx,
  samples: [
    { make: () => new ConvTranspose3d(2, 1, [2, 2, 3]), inputs: [uniform([1, 2, 2, 3, 2])] },
    {
      make: () => new ConvTranspose3d(2, 2, [2, 1, 2], [2, 1, 1], [1, 0, 1], [1, 0, 0], 2),
      inputs: [uniform([1, 2, 2, 2, 3])],
    },
  ],
})
