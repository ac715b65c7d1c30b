/** The largest or the mean of each window, as modules. */
import { uniform, values } from '../ops/samples.ts'
import { numel } from '../tensor/shape.ts'
import { eachDimension } from './checks.ts'
import * as F from './functional.ts'
import { defineLayer, naming } from './layer.ts'
import { onnxOfBatch, type OnnxNodes, type OnnxValue } from './onnx.ts'
import { extent, extents, fixed, flag, keptExtents, real } from './options.ts'
import { pythonText } from '../formats/python.ts'
import { optionList } from './settle.ts'

const family = 'Pooling'
export const kernel = { spelled: true, help: 'The size of a window.' } as const
export const stride = { like: 'kernelSize', help: 'By how much windows move at a time.' } as const
export const padding = {
  default: 0,
  least: 0,
  help: 'What is added on each side: at most half of a window.',
} as const
export const dilation = { default: 1, help: "The distance of a window's elements." } as const
export const ceilMode = flag('ceilMode', {
  default: false,
  help: 'Whether windows that reach beyond the end count, too.',
})
export const countIncludePad = flag('countIncludePad', {
  default: true,
  help: "Whether the padding's zeros count in means.",
})

export const divisorOverride = real('divisorOverride', {
  default: null,
  nullable: true,
  help: "Divides each window's sum, instead of its size.",
})

interface Averaging<Size> {
  readonly stride: Size
  readonly padding: Size
  readonly ceilMode: boolean
  readonly countIncludePad: boolean
  readonly divisorOverride: number | null
}

/** As the functional forms take them. */
export const averaging = <Size>(options: Averaging<Size>) => ({
  stride: options.stride,
  padding: options.padding,
  ceilMode: options.ceilMode,
  countIncludePad: options.countIncludePad,
  ...(options.divisorOverride === null ? {} : { divisorOverride: options.divisorOverride }),
})

interface Window {
  readonly kernelSize: unknown
  readonly stride: unknown
  readonly padding: unknown
  readonly dilation?: unknown
  readonly ceilMode: boolean
}

/**
 * Windows that reach beyond the end count in ONNX as well, but runtimes differ in two of them: those that begin beyond it, and
 * means, of which it is not agreed by what they are divided.
 */
function checkBeyond(
  opType: string,
  extents: readonly number[],
  window: Readonly<Record<'kernel' | 'stride' | 'padding' | 'dilation', readonly number[]>>,
): void {
  extents.forEach((extent, i) => {
    const [stride, padding] = [window.stride[i]!, window.padding[i]!]
    const room = extent + 2 * padding - window.dilation[i]! * (window.kernel[i]! - 1) - 1
    const beginsBeyond = Math.ceil(room / stride) * stride >= extent + padding
    if (beginsBeyond || (opType === 'AveragePool' && room % stride !== 0))
      throw new Error(
        `ONNX's runtimes disagree about windows of ${opType} that reach beyond ${extents.join(' × ')}: leave out ceilMode.`,
      )
  })
}

/** A window in ONNX, over a batch of `dimensions`. */
export function onnxPool(
  nodes: OnnxNodes,
  x: OnnxValue,
  opType: string,
  { kernelSize, stride, padding, dilation, ceilMode }: Window,
  dimensions: number,
  countIncludePad?: boolean,
): string {
  const each = (size: unknown): number[] => eachDimension(size as number | readonly number[], dimensions - 2)
  const window = {
    kernel: each(kernelSize),
    stride: each(stride),
    padding: each(padding),
    dilation: each(dilation ?? 1),
  }
  if (ceilMode) checkBeyond(opType, x.shape.slice(2 - dimensions), window)
  return onnxOfBatch(nodes, x, dimensions, (batch) =>
    nodes.add(opType, [batch], {
      kernel_shape: { ints: window.kernel },
      strides: { ints: window.stride },
      pads: { ints: [...window.padding, ...window.padding] },
      ...(dilation === undefined ? {} : { dilations: { ints: window.dilation } }),
      ceil_mode: { int: ceilMode ? 1 : 0 },
      ...(countIncludePad === undefined ? {} : { count_include_pad: { int: countIncludePad ? 1 : 0 } }),
    }),
  )
}

/** Means of windows, over a batch of `dimensions`. */
export function onnxMeans(
  nodes: OnnxNodes,
  x: OnnxValue,
  options: Averaging<unknown> & { readonly kernelSize: number | readonly number[] },
  dimensions: number,
): string {
  const { divisorOverride, kernelSize, countIncludePad } = options
  const counts = countIncludePad || divisorOverride !== null
  const means = onnxPool(nodes, x, 'AveragePool', options, dimensions, counts)
  if (divisorOverride === null) return means
  const size = numel(eachDimension(kernelSize, dimensions - 2))
  return nodes.add('Mul', [means, nodes.number(size / divisorOverride)])
}

const images = [uniform([2, 3, 6, 5])]
const rows = [uniform([2, 3, 7])]

const maxPool1dOptions = optionList(
  'MaxPool1d',
  extent('kernelSize', kernel),
  extent('stride', stride),
  extent('padding', padding),
  extent('dilation', dilation),
  fixed('returnIndices', false as boolean),
  ceilMode,
)

/** Largest element of each window of [N, C, L] or [C, L]. Source: torch.nn.MaxPool1d. */
export const MaxPool1d = defineLayer(maxPool1dOptions, {
  family,
  help: 'The largest number of each window of a row.',
  forward: ({ kernelSize, stride, padding, dilation, ceilMode }, x) =>
    F.maxPool1d(x, kernelSize, { stride, padding, dilation, ceilMode }),
  prints: naming(maxPool1dOptions, 'kernelSize', 'stride', 'padding', 'dilation', 'ceilMode'),
  onnx: (options, nodes, x) => onnxPool(nodes, x!, 'MaxPool', options, 3),
  samples: (Made) => [
    { make: () => new Made(2), inputs: rows },
    { make: () => new Made(3, 2, 1, 2, { ceilMode: true }), inputs: rows },
    { make: () => new Made(2, 1), inputs: [uniform([3, 4])] },
  ],
})

const maxPool2dOptions = optionList(
  'MaxPool2d',
  extents('kernelSize', kernel),
  extents('stride', stride),
  extents('padding', padding),
  extents('dilation', dilation),
  fixed('returnIndices', false as boolean),
  ceilMode,
)

/** Largest element of each window of [N, C, H, W] or [C, H, W]. Source: torch.nn.MaxPool2d. */
export const MaxPool2d = defineLayer(maxPool2dOptions, {
  family,
  help: 'The largest number of each window of an image.',
  forward: ({ kernelSize, stride, padding, dilation, ceilMode }, x) =>
    F.maxPool2d(x, kernelSize, { stride, padding, dilation, ceilMode }),
  prints: naming(maxPool2dOptions, 'kernelSize', 'stride', 'padding', 'dilation', 'ceilMode'),
  onnx: (options, nodes, x) => onnxPool(nodes, x!, 'MaxPool', options, 4),
  samples: (Made) => [
    { make: () => new Made(2), inputs: images },
    { make: () => new Made([3, 2], 2, 1), inputs: images },
    { make: () => new Made(3, { stride: [2, 1], dilation: [1, 2], ceilMode: true }), inputs: images },
    { make: () => new Made(2), inputs: [uniform([3, 4, 4])] },
    // Of equal ones the first gets the gradient.
    { make: () => new Made(2), inputs: [values([1, 1, 2, 2], [1, 1, 1, 1])], without: ['slopes'] },
  ],
})
export type MaxPool2d = InstanceType<typeof MaxPool2d>

const avgPool1dOptions = optionList(
  'AvgPool1d',
  extent('kernelSize', kernel),
  extent('stride', stride),
  extent('padding', padding),
  ceilMode,
  countIncludePad,
)

/** Mean of each window of [N, C, L] or [C, L]. Source: torch.nn.AvgPool1d. */
export const AvgPool1d = defineLayer(avgPool1dOptions, {
  family,
  help: 'The mean of each window of a row.',
  forward: ({ kernelSize, stride, padding, ceilMode, countIncludePad }, x) =>
    F.avgPool1d(x, kernelSize, { stride, padding, ceilMode, countIncludePad }),
  prints: ({ kernelSize, stride, padding }) =>
    `kernel_size=${tuple(kernelSize)}, stride=${tuple(stride)}, padding=${tuple(padding)}`,
  onnx: (options, nodes, x) => onnxPool(nodes, x!, 'AveragePool', options, 3, options.countIncludePad),
  samples: (Made) => [
    { make: () => new Made(2), inputs: rows },
    { make: () => new Made(3, 2, 1, false, false), inputs: rows },
    { make: () => new Made(2, 1), inputs: [uniform([3, 4])] },
  ],
})
const tuple = (size: number | readonly [number]): string => pythonText([size].flat())

const avgPool2dOptions = optionList(
  'AvgPool2d',
  extents('kernelSize', kernel),
  extents('stride', stride),
  extents('padding', padding),
  ceilMode,
  countIncludePad,
  divisorOverride,
)

/** Mean of each window of [N, C, H, W] or [C, H, W]. Source: torch.nn.AvgPool2d. */
export const AvgPool2d = defineLayer(avgPool2dOptions, {
  family,
  help: 'The mean of each window of an image.',
  forward: (options, x) => F.avgPool2d(x, options.kernelSize, averaging(options)),
  prints: naming(avgPool2dOptions, 'kernelSize', 'stride', 'padding'),
  onnx: (options, nodes, x) => onnxMeans(nodes, x!, options, 4),
  samples: (Made) => [
    { make: () => new Made(2, [1, 2], 1), inputs: images },
    { make: () => new Made(3, 2, 1, false, false), inputs: images },
    { make: () => new Made([2, 3], { divisorOverride: 4 }), inputs: images },
    { make: () => new Made(2), inputs: [uniform([3, 4, 4])] },
  ],
})
export type AvgPool2d = InstanceType<typeof AvgPool2d>

const outputHelp = 'So many parts have means of their own, down and across; null keeps an extent.'
const adaptive2dOptions = optionList(
  'AdaptiveAvgPool2d',
  keptExtents('outputSize', { nullable: true, help: outputHelp }),
)
const adaptive1dOptions = optionList(
  'AdaptiveAvgPool1d',
  extent('outputSize', { help: 'So many parts have means of their own.' }),
)

/** Means, or the largest, of so many parts along the last dimensions: windows side by side, where ONNX can say it. */
export function onnxParts(
  nodes: OnnxNodes,
  x: OnnxValue,
  grid: readonly (number | null)[],
  opType: 'AveragePool' | 'MaxPool' = 'AveragePool',
): string {
  const extents = x.shape.slice(-grid.length)
  const kernel = grid.map((n, i) => (n === null ? 1 : extents[i]! / n))
  if (!kernel.every(Number.isInteger))
    throw new Error(
      `ONNX has no pooling of ${grid.join(' × ')} parts of ${extents.join(' × ')}: they are unequal.`,
    )
  const dimensions = grid.length + 2
  if (grid.every((n) => n === 1))
    return onnxOfBatch(nodes, x, dimensions, (batch) => nodes.add(`Global${opType}`, [batch]))
  const window = { kernelSize: kernel, stride: kernel, padding: 0, ceilMode: false }
  return onnxPool(nodes, x, opType, window, dimensions)
}

/** Means of so many parts of [N, C, L] or [C, L]. Source: torch.nn.AdaptiveAvgPool1d. */
export const AdaptiveAvgPool1d = defineLayer(adaptive1dOptions, {
  family,
  help: 'Means of so many parts of a row, however long it is.',
  forward: ({ outputSize }, x) => F.adaptiveAvgPool1d(x, outputSize),
  prints: naming(adaptive1dOptions, 'outputSize'),
  onnx: ({ outputSize }, nodes, x) => onnxParts(nodes, x!, [outputSize].flat()),
  samples: (Made) => [
    { make: () => new Made(1), inputs: rows },
    { make: () => new Made(3), inputs: rows, without: ['onnx'] },
    { make: () => new Made(2), inputs: [uniform([3, 4])] },
  ],
})

/**
 * Means of equal parts of [N, C, H, W] or [C, H, W]; with 1, of whole images; null keeps an extent.
 * Source: torch.nn.AdaptiveAvgPool2d.
 */
export const AdaptiveAvgPool2d = defineLayer(adaptive2dOptions, {
  family,
  help: 'Means of so many parts of an image, whatever its size.',
  forward: ({ outputSize }, x) => F.adaptiveAvgPool2d(x, outputSize),
  prints: naming(adaptive2dOptions, 'outputSize'),
  onnx: ({ outputSize }, nodes, x) => onnxParts(nodes, x!, eachDimension<number | null>(outputSize, 2)),
  samples: (Made) => [
    { make: () => new Made(1), inputs: images },
    { make: () => new Made([null, 1]), inputs: images },
    { make: () => new Made([2, 5]), inputs: images },
    { make: () => new Made(4), inputs: images, without: ['onnx'] },
    { make: () => new Made([2, 1]), inputs: [uniform([3, 4, 4])] },
  ],
})
export type AdaptiveAvgPool2d = InstanceType<typeof AdaptiveAvgPool2d>
