import * as ops from '../../ops/index.ts'
import { defineVariadic, results, type Results } from '../../functions/define.ts'
import { uniform } from '../../ops/samples.ts'
import { readArguments, type Arguments, type Signature } from '../../tensor/arguments.ts'
import { formatShape } from '../../tensor/shape.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'
import { pair, type Size2d } from '../checks.ts'
import { place } from './place.ts'

type Pair = readonly [number, number]
/** A whole number, or a list of one. */
export type Size1d = number | readonly [number]

interface PoolOptions<Size> {
  /** The kernel's size by default, or where the list is empty. */
  readonly stride?: Size | readonly []
  /** On each side, at most half of the kernel; 0 by default. */
  readonly padding?: Size
  /** Whether windows that reach beyond the end count too, if they begin before it; false by default. */
  readonly ceilMode?: boolean
}

interface MaxOptions<Size> extends PoolOptions<Size> {
  /** Distance of a window's elements; 1 by default. */
  readonly dilation?: Size
  /** Gives { values, indices }: where in its plane, in row-major order, each largest element stands. */
  readonly returnIndices?: boolean
}

interface AvgOptions<Size> extends PoolOptions<Size> {
  /** Whether the padding's zeros count; true by default. */
  readonly countIncludePad?: boolean
}

export type MaxPoolOptions = MaxOptions<Size2d>
export interface AvgPoolOptions extends AvgOptions<Size2d> {
  /** Divides each window's sum, instead of its size. */
  readonly divisorOverride?: number
}
type Pooled = Results<'values' | 'indices'>
interface MaxPool<Options extends MaxOptions<Size>, Size extends number | readonly number[]> {
  (input: Tensor, kernelSize: Size, options: Options & { readonly returnIndices: true }): Pooled
  (
    input: Tensor,
    kernelSize: Size | Named<Options, Size>,
    ...rest: Arguments<Options, typeof maxPoolOrder>
  ): Tensor
}

// The module has the last two the other way round, as in PyTorch.
const maxPoolOrder = ['stride', 'padding', 'dilation', 'ceilMode', 'returnIndices'] as const
const maxPoolSignature: Signature<MaxPoolOptions> = { name: 'maxPool2d', positional: maxPoolOrder }
const maxPool1dSignature: Signature<MaxOptions<Size1d>> = { name: 'maxPool1d', positional: maxPoolOrder }

const image = uniform([2, 3, 6, 5])
const row = uniform([2, 3, 7])

/** The kernel's size may be given by name too. */
export type Named<Options, Size> = Options & { readonly kernelSize: Size }

export function kernelAndRest<Size extends number | readonly number[]>(
  kernelSize: Size | { readonly kernelSize: Size },
  rest: readonly unknown[],
): readonly [Size, readonly unknown[]] {
  if (typeof kernelSize !== 'object' || !('kernelSize' in kernelSize)) return [kernelSize as Size, rest]
  const { kernelSize: size, ...options } = kernelSize
  return [size, [...rest, options]]
}

interface Frame {
  readonly kernel: Pair
  readonly stride: Pair
  readonly padding: Pair
  readonly dilation: Pair
  readonly ceilMode: boolean
}

/** Errors: a RangeError for sizes that are none. */
export function poolAttributes(kernel: Size2d, options: MaxPoolOptions & AvgPoolOptions): Frame {
  const { stride = kernel, padding = 0, dilation = 1, ceilMode = false } = options
  const both = (size: Size2d): Size2d =>
    Array.isArray(size) && size.length === 1 ? (size[0] as number) : size
  return {
    kernel: pair('kernelSize', both(kernel), 1),
    stride: pair(
      'stride',
      both(Array.isArray(stride) && stride.length === 0 ? kernel : (stride as Size2d)),
      1,
    ),
    padding: pair('padding', both(padding), 0),
    dilation: pair('dilation', both(dilation), 1),
    ceilMode,
  }
}

/** How far beyond the padding the last window reaches, down and across. */
function excess(name: string, input: Tensor, frame: Frame): { readonly count: Pair; readonly over: Pair } {
  const along = (i: 0 | 1): { count: number; over: number } => {
    const [kernel, stride, padding] = [frame.kernel[i], frame.stride[i], frame.padding[i]]
    if (padding > kernel / 2)
      throw new RangeError(`${name}: padding ${padding} is more than half of a window of ${kernel}.`)
    const reach = frame.dilation[i] * (kernel - 1) + 1
    const extent = input.shape[2 + i]!
    const room = extent + 2 * padding - reach
    let count = (frame.ceilMode ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1
    // The last window begins in the image or before it.
    if (frame.ceilMode && (count - 1) * stride >= extent + padding) count--
    if (count < 1)
      throw new RangeError(
        `A ${frame.kernel.join(' × ')} pooling window does not fit into ${formatShape(input.shape)}.`,
      )
    return { count, over: Math.max(0, (count - 1) * stride + reach - extent - 2 * padding) }
  }
  const [down, across] = [along(0), along(1)]
  return { count: [down.count, across.count], over: [down.over, across.over] }
}

/** `body` of [N, C, H, W]; images without N are one image. Errors: a RangeError for anything else. */
function ofImages(name: string, input: Tensor, body: (images: Tensor) => Tensor): Tensor {
  if (input.ndim === 3) return body(input.unsqueeze(0)).squeeze(0)
  if (input.ndim !== 4)
    throw new RangeError(`${name} takes [N, C, H, W] or [C, H, W], not ${formatShape(input.shape)}.`)
  return body(input)
}

type Bounds = readonly (readonly [number, number])[]
const framing = ({ padding: [h, w] }: Frame, [down, across]: Pair): Bounds => [
  [0, 0],
  [0, 0],
  [h, h + down],
  [w, w + across],
]

/**
 * Largest element of each window of [N, C, H, W] or [C, H, W]; of equal ones the first gets the gradient. With returnIndices
 * { values, indices }. Source: torch.nn.functional.max_pool2d.
 * Errors: a RangeError for sizes that are none and windows that do not fit.
 */
export const maxPool2d = defineVariadic({
  name: 'maxPool2d',
  ...place,
  call(
    input: Tensor,
    kernelSize: Size2d | Named<MaxPoolOptions, Size2d>,
    ...rest: readonly unknown[]
  ): Tensor | Pooled {
    const [kernel, given] = kernelAndRest(kernelSize, rest)
    const options = readArguments<MaxPoolOptions>(maxPoolSignature, given)
    return largest('maxPool2d', input, poolAttributes(kernel, options), options.returnIndices === true)
  },
  samples: [
    [image, 2],
    [image, [3, 2], 2, 1],
    [image, 3, { stride: [2, 1], dilation: [1, 2], ceilMode: true }],
    [image, 2, { returnIndices: true }],
    [image, { kernelSize: 2, stride: 1 }],
    [uniform([3, 4, 4]), 2],
  ],
}) as MaxPool<MaxPoolOptions, Size2d>

function largest(name: string, input: Tensor, frame: Frame, withIndices: boolean): Tensor | Pooled {
  if (withIndices) {
    const single = input.ndim === 3
    const pooled = largestOf(single ? input.unsqueeze(0) : input, name, frame)
    return single ? results({ values: pooled.values.squeeze(0), indices: pooled.indices.squeeze(0) }) : pooled
  }
  return ofImages(name, input, (images) => {
    const { kernel, stride, padding } = frame
    if (frame.dilation.some((d) => d !== 1)) return largestOf(images, name, frame).values
    const { over } = excess(name, images, frame)
    if (over.every((n) => n === 0)) return apply(ops.maxPool2d, [images], { kernel, stride, padding })
    return apply(ops.maxPool2d, [framed(images, framing(frame, over))], { kernel, stride, padding: [0, 0] })
  })
}

/** Surrounded by what is less than any number. */
const framed = (images: Tensor, bounds: Bounds): Tensor =>
  images
    .newFull([1, 1, ...images.shape.slice(2)], 1, 'bool')
    .pad(bounds)
    .choose(images.pad(bounds), -Infinity)

/** By way of every window written out: { values, indices }. */
function largestOf(images: Tensor, name: string, frame: Frame): Pooled {
  if (images.ndim !== 4)
    throw new RangeError(`${name} takes [N, C, H, W] or [C, H, W], not ${formatShape(images.shape)}.`)
  const { count, over } = excess(name, images, frame)
  const { kernel, stride, padding, dilation } = frame
  /** [windows · kernel]: the places that the windows look at, counted from the padding's edge. */
  const places = (i: 0 | 1): Tensor =>
    images
      .newArange(count[i])
      .mul(stride[i])
      .unsqueeze(1)
      .add(images.newArange(kernel[i]).mul(dilation[i]))
      .reshape([-1])
  const [rows, columns] = [places(0), places(1)]
  const apart = (x: Tensor): Tensor =>
    x
      .reshape([...x.shape.slice(0, 2), count[0], kernel[0], count[1], kernel[1]])
      .permute(0, 1, 2, 4, 3, 5)
      .reshape([...x.shape.slice(0, 2), count[0], count[1], kernel[0] * kernel[1]])
  const seen = apart(framed(images, framing(frame, over)).indexSelect(2, rows).indexSelect(3, columns))
  const at = rows.sub(padding[0]).mul(images.shape[3]!).unsqueeze(1).add(columns.sub(padding[1]))
  const winner = seen.detach().argmax(-1, true)
  const indices = apart(at.unsqueeze(0).unsqueeze(0)).expand(seen.shape).gather(-1, winner)
  return results({ values: seen.gather(-1, winner).squeeze(-1), indices: indices.squeeze(-1) })
}

/** Rows as images of one row: [N, C, L] to [N, C, 1, L], and back. */
function inOneRow(name: string, input: Tensor): Tensor {
  if (input.ndim !== 2 && input.ndim !== 3)
    throw new RangeError(`${name} takes [N, C, L] or [C, L], not ${formatShape(input.shape)}.`)
  return input.unsqueeze(-2)
}
/** A row's size as one number. */
export const alongRow = (size: Size1d): number => (typeof size === 'number' ? size : size[0])
const across = (size: Size1d, other: number): Pair => [other, alongRow(size)]

const flat = (options: MaxOptions<Size1d>): MaxPoolOptions => {
  const { stride, padding = 0, dilation = 1, ceilMode = false } = options
  const given = stride !== undefined && !(Array.isArray(stride) && stride.length === 0)
  return {
    ...(given ? { stride: across(stride as Size1d, 1) } : {}),
    padding: across(padding, 0),
    dilation: across(dilation, 1),
    ceilMode,
  }
}

/**
 * Largest element of each window of [N, C, L] or [C, L]. With returnIndices { values, indices }.
 * Source: torch.nn.functional.max_pool1d. Errors: as maxPool2d.
 */
export const maxPool1d = defineVariadic({
  name: 'maxPool1d',
  ...place,
  call(
    input: Tensor,
    kernelSize: Size1d | Named<MaxOptions<Size1d>, Size1d>,
    ...rest: readonly unknown[]
  ): Tensor | Pooled {
    const [kernel, given] = kernelAndRest(kernelSize, rest)
    const options = readArguments<MaxOptions<Size1d>>(maxPool1dSignature, given)
    const frame = poolAttributes(across(kernel, 1), flat(options))
    const row = inOneRow('maxPool1d', input)
    if (options.returnIndices !== true) return (largest('maxPool1d', row, frame, false) as Tensor).squeeze(-2)
    const { values, indices } = largest('maxPool1d', row, frame, true) as Pooled
    return results({ values: values.squeeze(-2), indices: indices.squeeze(-2) })
  },
  samples: [
    [row, 2],
    [row, 3, 2, 1, 2, true],
    [row, 2, { returnIndices: true }],
    [uniform([3, 4]), 2, 1],
  ],
}) as MaxPool<MaxOptions<Size1d>, Size1d>

const avgPool1dOrder = ['stride', 'padding', 'ceilMode', 'countIncludePad'] as const
const avgPoolOrder = [...avgPool1dOrder, 'divisorOverride'] as const

/**
 * Mean of each window of [N, C, H, W] or [C, H, W]; the kernel's size may be given by name, too.
 * Source: torch.nn.functional.avg_pool2d.
 * Errors: a RangeError for sizes that are none, windows that do not fit, and a divisor of 0.
 */
export const avgPool2d = defineVariadic({
  name: 'avgPool2d',
  ...place,
  call(
    input: Tensor,
    kernelSize: Size2d | Named<AvgPoolOptions, Size2d>,
    ...rest: Arguments<AvgPoolOptions, typeof avgPoolOrder>
  ): Tensor {
    const [kernel, given] = kernelAndRest(kernelSize, rest)
    const options = readArguments<AvgPoolOptions>({ name: 'avgPool2d', positional: avgPoolOrder }, given)
    return means('avgPool2d', input, poolAttributes(kernel, options), options)
  },
  samples: [
    [image, 3, 2, 1, false, false],
    [image, [2, 3], { divisorOverride: 4 }],
    [image, 3, 2, 1, true],
    [image, { kernelSize: 2, padding: 1 }],
    [uniform([3, 4, 4]), 2],
  ],
})

function means(name: string, input: Tensor, frame: Frame, options: AvgPoolOptions): Tensor {
  const { countIncludePad = true, divisorOverride } = options
  const { kernel, stride, padding } = frame
  return ofImages(name, input, (images) => {
    const { over } = excess(name, images, frame)
    const isWhole = over.every((n) => n === 0)
    const bounds = framing(frame, over)
    const pooled = (x: Tensor): Tensor =>
      isWhole
        ? apply(ops.avgPool2d, [x], { kernel, stride, padding })
        : apply(ops.avgPool2d, [x.pad(bounds)], { kernel, stride, padding: [0, 0] })
    const shares = pooled(images)
    if (divisorOverride !== undefined) {
      if (divisorOverride === 0) throw new RangeError('divisorOverride must not be zero.')
      return shares.mul((kernel[0] * kernel[1]) / divisorOverride)
    }
    const counted = isWhole && (countIncludePad || padding.every((n) => n === 0))
    if (counted) return shares
    // Which part of each window counts: the image, perhaps its padding, never what lies beyond.
    const [height, width] = images.shape.slice(2) as [number, number]
    const area = countIncludePad
      ? images
          .newFull([1, 1, height + 2 * padding[0], width + 2 * padding[1]], 1)
          .pad([[0, 0], [0, 0], [0, over[0]], [0, over[1]]]) // prettier-ignore
      : images.newFull([1, 1, height, width], 1).pad(bounds)
    return shares.div(apply(ops.avgPool2d, [area], { kernel, stride, padding: [0, 0] }))
  })
}

/** Mean of each window of [N, C, L] or [C, L]. Source: torch.nn.functional.avg_pool1d. Errors: as avgPool2d. */
export const avgPool1d = defineVariadic({
  name: 'avgPool1d',
  ...place,
  call(
    input: Tensor,
    kernelSize: Size1d | Named<AvgOptions<Size1d>, Size1d>,
    ...rest: Arguments<AvgOptions<Size1d>, typeof avgPool1dOrder>
  ): Tensor {
    const [kernel, given] = kernelAndRest(kernelSize, rest)
    const signature = { name: 'avgPool1d', positional: avgPool1dOrder }
    const options = readArguments<AvgOptions<Size1d>>(signature, given)
    const { countIncludePad = true } = options
    const frame = poolAttributes(across(kernel, 1), flat(options))
    return means('avgPool1d', inOneRow('avgPool1d', input), frame, { countIncludePad }).squeeze(-2)
  },
  samples: [
    [row, 2],
    [row, 3, 2, 1, true, false],
    [row, { kernelSize: 3, padding: 1, countIncludePad: false }],
    [uniform([3, 4]), 2, 1],
  ],
})
