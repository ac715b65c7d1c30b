/** Norms of windows, windows as columns, and the ways back from them, as modules. */
import { uniform, values } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { pythonText } from '../formats/python.ts'
import * as F from './functional.ts'
import { defineLayer, naming } from './layer.ts'
import { onnxOfBatch, type OnnxNodes, type OnnxValue } from './onnx.ts'
import { extent, extents, extents3, real } from './options.ts'
import { ceilMode, kernel, padding } from './pooling.ts'
import { optionList } from './settle.ts'

const pooling = 'Pooling'
const norm = real('normType', {
  help: 'Which norm: 1 sums up, and the higher it is, the more the largest counts.',
})
const ownStride = {
  default: null,
  nullable: true,
  help: "By how much windows move at a time; by default the window's size.",
} as const
const moves = { default: 1, help: 'By how much windows move at a time.' } as const
const distance = { default: 1, help: "The distance of a window's elements." } as const
const around = { default: 0, least: 0, help: 'Zeros on each side.' } as const

/** Norms in ONNX, which are those of magnitudes. */
function onnxNorms(
  nodes: OnnxNodes,
  x: OnnxValue,
  { normType, ceilMode }: { readonly normType: number; readonly ceilMode: boolean },
  kernel: readonly number[],
  stride: readonly number[],
): string {
  if (ceilMode || normType % 2 !== 0)
    throw new Error('ONNX has norms of windows of an even normType alone, and without ceilMode.')
  return onnxOfBatch(nodes, x, kernel.length + 2, (batch) =>
    nodes.add('LpPool', [batch], {
      kernel_shape: { ints: kernel },
      strides: { ints: stride },
      p: { int: normType },
    }),
  )
}

const lp1dOptions = optionList(
  'LPPool1d',
  norm,
  extent('kernelSize', kernel),
  extent('stride', ownStride),
  ceilMode,
)
const lpPrints = ['normType', 'kernelSize', 'stride', 'ceilMode'] as const
const one = (size: number | readonly [number]): number => (typeof size === 'number' ? size : size[0])

/** (Σ xᵖ)^(1/p) of each window of [N, C, L] or [C, L]. Source: torch.nn.LPPool1d. */
export const LPPool1d = defineLayer(lp1dOptions, {
  family: pooling,
  help: 'A norm of each window of a row: between its sum and its largest number.',
  forward: ({ normType, kernelSize, stride, ceilMode }, x) =>
    F.lpPool1d(x, normType, one(kernelSize), { stride: one(stride ?? kernelSize), ceilMode }),
  prints: naming(lp1dOptions, ...lpPrints),
  onnx: (options, nodes, x) => {
    const { kernelSize, stride } = options
    return onnxNorms(nodes, x!, options, [one(kernelSize)], [one(stride ?? kernelSize)])
  },
  samples: (Made) => [
    { make: () => new Made(2, 3), inputs: [uniform([2, 3, 7], 0.1, 2)] },
    { make: () => new Made(3, 2, 1, true), inputs: [uniform([2, 3, 7], 0.1, 2)], without: ['onnx'] },
  ],
})

const lp2dOptions = optionList(
  'LPPool2d',
  norm,
  extents('kernelSize', kernel),
  extents('stride', ownStride),
  ceilMode,
)
const two = (size: number | readonly [number, number]): readonly [number, number] =>
  typeof size === 'number' ? [size, size] : size

/** (Σ xᵖ)^(1/p) of each window of [N, C, H, W]. Source: torch.nn.LPPool2d. */
export const LPPool2d = defineLayer(lp2dOptions, {
  family: pooling,
  help: 'A norm of each window of an image: between its sum and its largest number.',
  forward: ({ normType, kernelSize, stride, ceilMode }, x) =>
    F.lpPool2d(x, normType, two(kernelSize), { stride: two(stride ?? kernelSize), ceilMode }),
  prints: naming(lp2dOptions, ...lpPrints),
  onnx: (options, nodes, x) => {
    const { kernelSize, stride } = options
    return onnxNorms(nodes, x!, options, two(kernelSize), two(stride ?? kernelSize))
  },
  samples: (Made) => [
    { make: () => new Made(2, 2), inputs: [uniform([2, 3, 5, 6], 0.1, 2)] },
    { make: () => new Made(4, [2, 3], [1, 2]), inputs: [uniform([1, 3, 5, 6], 0.1, 2)] },
    { make: () => new Made(1.5, 2, 1), inputs: [uniform([2, 3, 3, 4], 0.1, 2)], without: ['onnx'] },
  ],
})

const unfoldOptions = optionList(
  'Unfold',
  extents('kernelSize', { help: kernel.help }),
  extents('dilation', distance),
  extents('padding', around),
  extents('stride', moves),
)

/** Every window of [N, C, H, W] or [C, H, W] as a column: [N, C·KH·KW, windows]. Source: torch.nn.Unfold. */
export const Unfold = defineLayer(unfoldOptions, {
  family: 'Convolutions',
  help: 'Windows of an image as columns, such as the patches that a transformer reads.',
  forward: ({ kernelSize, dilation, padding, stride }, x) =>
    F.unfold(x, kernelSize, { dilation, padding, stride }),
  prints: naming(unfoldOptions, 'kernelSize', 'dilation', 'padding', 'stride'),
  onnx: { absent: 'ONNX has no node for windows as columns.' },
  samples: (Made) => [
    { make: () => new Made([2, 3]), inputs: [uniform([2, 3, 5, 4])] },
    { make: () => new Made(2, [2, 1], [0, 1], 2), inputs: [uniform([1, 2, 5, 4])] },
    { make: () => new Made(3, { padding: 1 }), inputs: [uniform([2, 4, 3])] },
  ],
})

const foldOptions = optionList(
  'Fold',
  extents('outputSize', { help: 'The extents of the image.' }),
  extents('kernelSize', { help: kernel.help }),
  extents('dilation', distance),
  extents('padding', around),
  extents('stride', moves),
)

/** The way back from Unfold, which adds up where windows overlap: [N, C·KH·KW, windows] to [N, C, H, W]. Source: torch.nn.Fold. */
export const Fold = defineLayer(foldOptions, {
  family: 'Convolutions',
  help: 'Columns as windows of an image, which are added up where they overlap.',
  forward: ({ outputSize, kernelSize, dilation, padding, stride }, x) =>
    F.fold(x, outputSize, kernelSize, { dilation, padding, stride }),
  prints: naming(foldOptions, 'outputSize', 'kernelSize', 'dilation', 'padding', 'stride'),
  onnx: { absent: 'ONNX has a node for it only since opset 18.' },
  samples: (Made) => [
    { make: () => new Made([3, 4], 2), inputs: [uniform([2, 8, 6])] },
    { make: () => new Made([4, 3], [3, 2], { stride: 2, padding: 1 }), inputs: [uniform([1, 6, 4])] },
    { make: () => new Made(4, 2), inputs: [uniform([4, 9])] },
  ],
})

const unpooled = {
  family: pooling,
  onnx: { absent: 'ONNX counts places through all channels of a batch, and PyTorch within each.' },
} as const
const poolStride = { like: 'kernelSize', help: 'By how much the windows moved at a time.' } as const
const poolPadding = { ...padding, help: 'What the pooling added on each side.' } as const
/** PyTorch prints one for each direction. */
const eachOf =
  (count: number) =>
  (options: {
    readonly kernelSize: unknown
    readonly stride: unknown
    readonly padding: unknown
  }): string => {
    const text = (size: unknown): string =>
      pythonText(
        Array.isArray(size) && size.length === count ? size : new Array(count).fill([size].flat()[0]),
      )
    return `kernel_size=${text(options.kernelSize)}, stride=${text(options.stride)}, padding=${text(options.padding)}`
  }
type Unpooling = readonly [input: Tensor, indices: Tensor]
/** In PyTorch places are counted in 64 bits. */
const call = {
  ours: (module: { readonly forward: (...inputs: Unpooling) => Tensor }, [x, places]: readonly Tensor[]) =>
    module.forward(x!, places!),
  python: 'm(x0, x1.long())',
}

const unpool1d = [
  extent('kernelSize', { help: kernel.help }),
  extent('stride', poolStride),
  extent('padding', poolPadding),
] as const
const unpool2d = [
  extents('kernelSize', { help: kernel.help }),
  extents('stride', poolStride),
  extents('padding', poolPadding),
] as const
const unpool3d = [
  extents3('kernelSize', { help: kernel.help }),
  extents3('stride', poolStride),
  extents3('padding', poolPadding),
] as const

/** The way back from maxPool1d with returnIndices: elements at their places, zeros elsewhere. Source: torch.nn.MaxUnpool1d. */
export const MaxUnpool1d = defineLayer<typeof unpool1d, Unpooling>(optionList('MaxUnpool1d', ...unpool1d), {
  ...unpooled,
  help: 'The largest numbers of windows of a row back at their places.',
  forward: ({ kernelSize, stride, padding }, x, places) =>
    F.maxUnpool1d(x, places, kernelSize, { stride, padding }),
  prints: eachOf(1),
  samples: (Made) => [
    { make: () => new Made(2), inputs: [uniform([1, 2, 2]), values([1, 2, 2], [0, 3, 1, 2], 'int32')], call },
    { make: () => new Made(3, 2), inputs: [uniform([1, 3]), values([1, 3], [1, 4, 5], 'int32')], call },
  ],
})

/** As MaxUnpool1d, of [N, C, H, W] or [C, H, W]. Source: torch.nn.MaxUnpool2d. */
export const MaxUnpool2d = defineLayer<typeof unpool2d, Unpooling>(optionList('MaxUnpool2d', ...unpool2d), {
  ...unpooled,
  help: 'The largest numbers of windows of an image back at their places.',
  forward: ({ kernelSize, stride, padding }, x, places) =>
    F.maxUnpool2d(x, places, kernelSize, { stride, padding }),
  prints: eachOf(2),
  samples: (Made) => [
    {
      make: () => new Made(2),
      inputs: [uniform([1, 1, 2, 2]), values([1, 1, 2, 2], [1, 3, 8, 14], 'int32')],
      call,
    },
    {
      make: () => new Made([1, 3], [1, 2], [0, 1]),
      inputs: [uniform([2, 1, 2]), values([2, 1, 2], [0, 2, 1, 2], 'int32')],
      call,
    },
  ],
})

/** As MaxUnpool1d, of [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.MaxUnpool3d. */
export const MaxUnpool3d = defineLayer<typeof unpool3d, Unpooling>(optionList('MaxUnpool3d', ...unpool3d), {
  ...unpooled,
  help: 'The largest numbers of windows of a volume back at their places.',
  forward: ({ kernelSize, stride, padding }, x, places) =>
    F.maxUnpool3d(x, places, { kernelSize, stride, padding }),
  prints: eachOf(3),
  samples: (Made) => [
    {
      make: () => new Made(2),
      inputs: [uniform([1, 1, 1, 2, 2]), values([1, 1, 1, 2, 2], [3, 5, 30, 17], 'int32')],
      call,
    },
  ],
})
