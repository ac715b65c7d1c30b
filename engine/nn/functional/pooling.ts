import * as ops from '../../ops/index.ts'
import { results, type Results } from '../../functions/define.ts'
import { readArguments, refuseSurplus, type Arguments, type Signature } from '../../tensor/arguments.ts'
import { formatShape } from '../../tensor/shape.ts'
import { apply, cat, type Tensor } from '../../tensor/tensor.ts'
import { pair, type Size2d } from '../checks.ts'

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

// The module has the last two the other way round, as in PyTorch.
const maxPoolOrder = ['stride', 'padding', 'dilation', 'ceilMode', 'returnIndices'] as const
export const avgPoolOrder = ['stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride'] as const
const avgPool1dOrder = ['stride', 'padding', 'ceilMode', 'countIncludePad'] as const
const maxPoolSignature: Signature<MaxPoolOptions> = { name: 'maxPool2d', positional: maxPoolOrder }
const avgPoolSignature: Signature<AvgPoolOptions> = { name: 'avgPool2d', positional: avgPoolOrder }
const maxPool1dSignature: Signature<MaxOptions<Size1d>> = { name: 'maxPool1d', positional: maxPoolOrder }
const avgPool1dSignature: Signature<AvgOptions<Size1d>> = { name: 'avgPool1d', positional: avgPool1dOrder }

/** The kernel's size may be given by name too. */
type Named<Options, Size> = Options & { readonly kernelSize: Size }

function kernelAndRest<Size extends number | readonly number[]>(
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
export function maxPool2d(
  input: Tensor,
  kernelSize: Size2d,
  options: MaxPoolOptions & { readonly returnIndices: true },
): Pooled
export function maxPool2d(
  input: Tensor,
  kernelSize: Size2d | Named<MaxPoolOptions, Size2d>,
  ...rest: Arguments<MaxPoolOptions, typeof maxPoolOrder>
): Tensor
export function maxPool2d(
  input: Tensor,
  kernelSize: Size2d | Named<MaxPoolOptions, Size2d>,
  ...rest: Arguments<MaxPoolOptions, typeof maxPoolOrder>
): Tensor | Pooled {
  const [kernel, given] = kernelAndRest(kernelSize, rest)
  const options = readArguments<MaxPoolOptions>(maxPoolSignature, given)
  return largest('maxPool2d', input, poolAttributes(kernel, options), options.returnIndices === true)
}

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
const one = (size: Size1d): number => (typeof size === 'number' ? size : size[0])
const across = (size: Size1d, other: number): Pair => [other, one(size)]

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
export function maxPool1d(
  input: Tensor,
  kernelSize: Size1d,
  options: MaxOptions<Size1d> & { readonly returnIndices: true },
): Pooled
export function maxPool1d(
  input: Tensor,
  kernelSize: Size1d | Named<MaxOptions<Size1d>, Size1d>,
  ...rest: Arguments<MaxOptions<Size1d>, typeof maxPoolOrder>
): Tensor
export function maxPool1d(
  input: Tensor,
  kernelSize: Size1d | Named<MaxOptions<Size1d>, Size1d>,
  ...rest: Arguments<MaxOptions<Size1d>, typeof maxPoolOrder>
): Tensor | Pooled {
  const [kernel, given] = kernelAndRest(kernelSize, rest)
  const options = readArguments<MaxOptions<Size1d>>(maxPool1dSignature, given)
  const frame = poolAttributes(across(kernel, 1), flat(options))
  const row = inOneRow('maxPool1d', input)
  if (options.returnIndices !== true) return (largest('maxPool1d', row, frame, false) as Tensor).squeeze(-2)
  const { values, indices } = largest('maxPool1d', row, frame, true) as Pooled
  return results({ values: values.squeeze(-2), indices: indices.squeeze(-2) })
}

/**
 * Mean of each window of [N, C, H, W] or [C, H, W]. Source: torch.nn.functional.avg_pool2d.
 * Errors: a RangeError for sizes that are none, windows that do not fit, and a divisor of 0.
 */
export function avgPool2d(
  input: Tensor,
  kernelSize: Size2d,
  ...rest: Arguments<AvgPoolOptions, typeof avgPoolOrder>
): Tensor {
  const options = readArguments<AvgPoolOptions>(avgPoolSignature, rest)
  return means('avgPool2d', input, poolAttributes(kernelSize, options), options)
}

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
export function avgPool1d(
  input: Tensor,
  kernelSize: Size1d,
  ...rest: Arguments<AvgOptions<Size1d>, typeof avgPool1dOrder>
): Tensor {
  const options = readArguments<AvgOptions<Size1d>>(avgPool1dSignature, rest)
  const { countIncludePad = true } = options
  const frame = poolAttributes(across(kernelSize, 1), flat(options))
  return means('avgPool1d', inOneRow('avgPool1d', input), frame, { countIncludePad }).squeeze(-2)
}

export type OutputSize = number | null | readonly (number | null)[]

/** The extents of the parts' grid; null keeps one. */
export function gridOf(name: string, input: Tensor, outputSize: OutputSize, count: number): number[] {
  const given: readonly (number | null)[] =
    typeof outputSize === 'number' || outputSize === null ? [outputSize] : outputSize
  const each = given.length === 1 ? new Array<number | null>(count).fill(given[0]!) : given
  const kept = each.map((n, i) => n ?? input.shape[input.ndim - count + i]!)
  if (kept.length !== count || !kept.every((n) => Number.isInteger(n) && n >= 0))
    throw new RangeError(
      `${name}: outputSize must be whole numbers from 0, or null for the extent as it is, not ${kept.join(' × ')}.`,
    )
  if (input.ndim !== count + 1 && input.ndim !== count + 2)
    throw new RangeError(
      `${name} takes ${count + 1} or ${count + 2} dimensions, not ${formatShape(input.shape)}.`,
    )
  return kept
}

/** Part i of n goes from ⌊i·extent / n⌋ to ⌈(i + 1)·extent / n⌉: unequal parts may overlap. */
const partsOf = (extent: number, n: number): readonly (readonly [number, number])[] =>
  Array.from({ length: n }, (_, i) => [Math.floor((i * extent) / n), Math.ceil(((i + 1) * extent) / n)])

function meansOfParts(x: Tensor, d: number, n: number): Tensor {
  const extent = x.shape[d]!
  if (n === 0) return x.narrow(d, 0, 0)
  if (n === extent) return x
  if (n === 1) return x.mean(d, true)
  if (extent % n === 0) return x.unflatten(d, [n, extent / n]).mean(d + 1)
  return cat(
    partsOf(extent, n).map(([start, end]) => x.narrow(d, start, end - start).mean(d, true)),
    d,
  )
}

/** [.., …outputSize]: means of parts of the last `count` dimensions. */
export function adaptiveMeans(name: string, input: Tensor, outputSize: OutputSize, count: number): Tensor {
  const grid = gridOf(name, input, outputSize, count)
  return grid.reduce((x, n, i) => meansOfParts(x, x.ndim - count + i, n), input)
}

/**
 * [N, C, H, W] or [C, H, W] to means of outputSize parts, which are equal where they can be; null keeps an extent.
 * Source: torch.nn.functional.adaptive_avg_pool2d. Errors: a RangeError for an outputSize that is none.
 */
export function adaptiveAvgPool2d(
  input: Tensor,
  outputSize: number | null | readonly [number | null, number | null] | readonly [number | null],
  ...rest: []
): Tensor {
  refuseSurplus('adaptiveAvgPool2d', 2, [input, outputSize, ...rest])
  const grid = gridOf('adaptiveAvgPool2d', input, outputSize, 2)
  if (grid.every((n) => n === 1)) return input.mean([-2, -1], true)
  const [height, width] = input.shape.slice(-2) as [number, number]
  // Equal parts are windows side by side.
  if (grid.every((n, i) => n > 0 && [height, width][i]! % n === 0))
    return avgPool2d(input, [height / grid[0]!, width / grid[1]!])
  return adaptiveMeans('adaptiveAvgPool2d', input, grid, 2)
}

/** [N, C, L] or [C, L] to means of outputSize parts. Source: torch.nn.functional.adaptive_avg_pool1d. Errors: as adaptiveAvgPool2d. */
export function adaptiveAvgPool1d(input: Tensor, outputSize: Size1d, ...rest: []): Tensor {
  refuseSurplus('adaptiveAvgPool1d', 2, [input, outputSize, ...rest])
  return adaptiveMeans('adaptiveAvgPool1d', input, outputSize, 1)
}

/** [N, C, D, H, W] or [C, D, H, W] to means of outputSize parts. Source: torch.nn.functional.adaptive_avg_pool3d. Errors: as adaptiveAvgPool2d. */
export function adaptiveAvgPool3d(input: Tensor, outputSize: OutputSize, ...rest: []): Tensor {
  refuseSurplus('adaptiveAvgPool3d', 2, [input, outputSize, ...rest])
  return adaptiveMeans('adaptiveAvgPool3d', input, outputSize, 3)
}

interface UnpoolOptions<Size> {
  readonly stride?: Size | readonly []
  readonly padding?: Size
  /** The pooled tensor's shape, or its last extents; by default the smallest that the windows cover. */
  readonly outputSize?: readonly number[]
}
const unpoolOrder = ['stride', 'padding', 'outputSize'] as const
const unpool2dSignature: Signature<UnpoolOptions<Size2d>> = { name: 'maxUnpool2d', positional: unpoolOrder }
const unpool1dSignature: Signature<UnpoolOptions<Size1d>> = { name: 'maxUnpool1d', positional: unpoolOrder }

/** Each element at its index in a plane of these extents, zeros elsewhere; of several at one place one stands. */
export function placed(input: Tensor, indices: Tensor, lead: number, extents: readonly number[]): Tensor {
  const planes = input.shape.slice(0, lead)
  const places = extents.reduce((n, extent) => n * extent, 1)
  const rows = planes.reduce((n, extent) => n * extent, 1)
  const flatInput = input.reshape([rows, -1])
  const flatIndex = indices.reshape([rows, -1])
  const zeros = input.newFull([rows, places], 0)
  return zeros.scatter(1, flatIndex, flatInput).reshape([...planes, ...extents])
}

/**
 * The way back from maxPool2d with returnIndices: [N, C, H', W'] or [C, H', W'] at their places in zeros.
 * Source: torch.nn.functional.max_unpool2d.
 */
export function maxUnpool2d(
  input: Tensor,
  indices: Tensor,
  kernelSize: Size2d,
  ...rest: Arguments<UnpoolOptions<Size2d>, typeof unpoolOrder>
): Tensor {
  const options = readArguments<UnpoolOptions<Size2d>>(unpool2dSignature, rest)
  const { outputSize, ...others } = options
  const { kernel, stride, padding } = poolAttributes(kernelSize, others)
  const usual = ([0, 1] as const).map(
    (i) => (input.shape.at(i - 2)! - 1) * stride[i] + kernel[i] - 2 * padding[i],
  )
  return placed(input, indices, input.ndim - 2, outputSize?.slice(-2) ?? usual)
}

/** The way back from maxPool1d with returnIndices. Source: torch.nn.functional.max_unpool1d. */
export function maxUnpool1d(
  input: Tensor,
  indices: Tensor,
  kernelSize: Size1d,
  ...rest: Arguments<UnpoolOptions<Size1d>, typeof unpoolOrder>
): Tensor {
  const { outputSize, stride, padding = 0 } = readArguments<UnpoolOptions<Size1d>>(unpool1dSignature, rest)
  const kernel = one(kernelSize)
  const step =
    stride === undefined || (Array.isArray(stride) && stride.length === 0) ? kernel : one(stride as Size1d)
  const usual = (input.shape.at(-1)! - 1) * step + kernel - 2 * one(padding)
  return placed(input, indices, input.ndim - 1, outputSize?.slice(-1) ?? [usual])
}
