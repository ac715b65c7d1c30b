/** Images and volumes looked at from other places, and their channels and windows in another order. */
import { defineFunction, defineWithOptions } from '../../functions/define.ts'
import { holding } from '../../functions/operands.ts'
import { integers, uniform } from '../../ops/samples.ts'
import { formatShape, numel } from '../../tensor/shape.ts'
import { stack, type Tensor } from '../../tensor/tensor.ts'
import { oneOf } from '../checks.ts'
import { cubicWeights, interpolate } from './images.ts'
import { each } from './windows.ts'
import { place } from './place.ts'

type Size = number | readonly number[]

const sampleModes = ['bilinear', 'nearest', 'bicubic'] as const
const paddingModes = ['zeros', 'border', 'reflection'] as const

interface GridOptions {
  /** 'bilinear' (the default; of volumes between eight neighbors), 'nearest', or 'bicubic' of images. */
  readonly mode?: (typeof sampleModes)[number]
  /** What stands outside: 'zeros' (the default), the 'border', or the mirror image. */
  readonly paddingMode?: (typeof paddingModes)[number]
  /** Whether −1 and 1 are the middles of the outermost elements, not their outer edges; false by default. */
  readonly alignCorners?: boolean
}

/** Coordinates from −1 to 1 as places from 0 to extent − 1. */
const unnormalized = (x: Tensor, extent: number, aligned: boolean): Tensor =>
  aligned ? x.add(1).mul((extent - 1) / 2) : x.add(1).mul(extent).sub(1).mul(0.5)

/** Places mirrored at both ends until they lie between them. */
function mirrored(x: Tensor, extent: number, aligned: boolean): Tensor {
  const [low, span] = aligned ? [0, extent - 1] : [-0.5, extent]
  if (span === 0) return x.mul(0)
  const away = x.sub(low).abs()
  const flips = away.div(span).floor().detach()
  const over = away.sub(flips.mul(span))
  const isEven = flips.sub(flips.mul(0.5).floor().mul(2)).eq(0)
  return isEven.choose(over, over.neg().add(span)).add(low)
}

function inside(x: Tensor, extent: number, { paddingMode, alignCorners = false }: GridOptions): Tensor {
  if (paddingMode === undefined || paddingMode === 'zeros') return x
  const seen = paddingMode === 'reflection' ? mirrored(x, extent, alignCorners) : x
  return seen.clamp(0, extent - 1)
}

/** An element that has a part in the result, along one dimension: which, and how much. */
interface Tap {
  readonly at: Tensor
  readonly weight: Tensor
}

/** 1 everywhere, and yet a function of x. */
const oneOfSlope0 = (x: Tensor): Tensor => x.newFull([], 0, 'bool').choose(x, 1)

function tapsOf(coordinate: Tensor, extent: number, options: GridOptions): Tap[] {
  const { mode = 'bilinear', alignCorners = false } = options
  const given = unnormalized(coordinate, extent, alignCorners)
  if (mode === 'bicubic') {
    const before = given.floor().detach()
    return cubicWeights(given.sub(before)).map((weight, i) => ({
      at: inside(before.add(i - 1), extent, options),
      weight,
    }))
  }
  const x = inside(given, extent, options)
  if (mode === 'nearest') return [{ at: x.detach().round(), weight: oneOfSlope0(x) }]
  const before = x.floor().detach()
  const share = x.sub(before)
  return [
    { at: before, weight: share.neg().add(1) },
    { at: before.add(1), weight: share },
  ]
}

/** All combinations of a tap along each dimension. */
const combined = (taps: readonly (readonly Tap[])[]): Tap[][] =>
  taps.reduce<Tap[][]>((all, along) => all.flatMap((some) => along.map((tap) => [...some, tap])), [[]])

/**
 * input [N, C, H, W] looked up at grid [N, H', W', 2] of (x, y), from −1 to 1, to [N, C, H', W']; of volumes [N, C, D, H, W] at
 * [N, D', H', W', 3] of (x, y, z). Source: torch.nn.functional.grid_sample.
 * Errors: a RangeError for shapes that do not fit and modes that are none.
 */
export const gridSample = defineWithOptions({
  name: 'gridSample',
  ...place,
  positional: ['mode', 'paddingMode', 'alignCorners'],
  call(input: Tensor, grid: Tensor, options: GridOptions): Tensor {
    const rank = input.ndim - 2
    oneOf('gridSample: mode', options.mode ?? 'bilinear', sampleModes)
    oneOf('gridSample: paddingMode', options.paddingMode ?? 'zeros', paddingModes)
    if ((rank !== 2 && rank !== 3) || grid.ndim !== input.ndim || grid.shape.at(-1) !== rank)
      throw new RangeError(
        `gridSample takes [N, C, H, W] and [N, H, W, 2], or [N, C, D, H, W] and [N, D, H, W, 3], not ${formatShape(input.shape)} and ${formatShape(grid.shape)}.`,
      )
    if (grid.shape[0] !== input.shape[0])
      throw new RangeError(`gridSample: ${grid.shape[0]} grids do not fit ${input.shape[0]} samples.`)
    if (options.mode === 'bicubic' && rank === 3)
      throw new RangeError("gridSample: mode 'bicubic' is for images, not for volumes.")
    const [n, channels] = input.shape as readonly [number, number]
    const extents = input.shape.slice(2)
    const made = grid.shape.slice(1, -1)
    const flat = input.reshape([n, channels, numel(extents)])
    // The last coordinate of the grid belongs to the first dimension.
    const taps = extents.map((extent, i) =>
      tapsOf(grid.select(-1, rank - 1 - i).reshape([n, 1, numel(made)]), extent, options),
    )
    const parts = combined(taps).map((some) => {
      const isIn = some
        .map(({ at }, i) => at.ge(0).logicalAnd(at.le(extents[i]! - 1)))
        .reduce((a, b) => a.logicalAnd(b))
      const places = some
        .map(({ at }, i) => at.clamp(0, extents[i]! - 1).to('int32'))
        .reduce((sofar, at, i) => sofar.mul(extents[i]!).add(at))
      const weight = some.map((tap) => tap.weight).reduce((a, b) => a.mul(b))
      const seen = flat.gather(2, places.expand([n, channels, numel(made)]))
      return isIn.choose(seen.mul(weight), 0)
    })
    return parts.reduce((a, b) => a.add(b)).reshape([n, channels, ...made])
  },
  samples: [
    [uniform([2, 2, 3, 4]), uniform([2, 2, 3, 2], -1.3, 1.3)],
    [uniform([1, 2, 3, 4]), uniform([1, 2, 3, 2], -1.3, 1.3), 'bilinear', 'border', true],
    [uniform([1, 2, 3, 4]), uniform([1, 2, 3, 2], -2.3, 2.3), 'bilinear', 'reflection', false],
    [uniform([1, 2, 3, 4]), uniform([1, 2, 3, 2], -2.3, 2.3), 'bilinear', 'reflection', true],
    [uniform([1, 2, 3, 4]), uniform([1, 2, 3, 2], -1.3, 1.3), { mode: 'nearest', alignCorners: false }],
    [uniform([1, 1, 4, 4]), uniform([1, 2, 3, 2], -1.3, 1.3), 'bicubic', 'zeros', false],
    [uniform([1, 1, 4, 4]), uniform([1, 2, 3, 2], -1.3, 1.3), 'bicubic', 'border', true],
    [uniform([1, 2, 2, 3, 4]), uniform([1, 2, 2, 2, 3], -1.3, 1.3), { alignCorners: true }],
  ],
})

/** Places of n elements from −1 to 1: their middles, or with the outermost middles at both ends. */
function line(model: Tensor, n: number, aligned: boolean): Tensor {
  const count = model.newArange(n, 'float32')
  if (aligned) return n < 2 ? count.mul(0) : count.mul(2 / (n - 1)).sub(1)
  return count.mul(2).add(1).div(n).sub(1)
}

interface AffineOptions {
  /** As gridSample's; false by default. */
  readonly alignCorners?: boolean
}

/**
 * The grid by which gridSample shows images of `size` [N, C, H, W] moved by matrices theta [N, 2, 3], as [N, H, W, 2]; of volumes
 * [N, C, D, H, W] by [N, 3, 4]. Source: torch.nn.functional.affine_grid. Errors: a RangeError for shapes that do not fit.
 */
export const affineGrid = defineWithOptions({
  name: 'affineGrid',
  ...place,
  positional: ['alignCorners'],
  call(theta: Tensor, size: readonly number[], { alignCorners = false }: AffineOptions): Tensor {
    const rank = size.length - 2
    const [n] = size
    if ((rank !== 2 && rank !== 3) || formatShape(theta.shape) !== formatShape([n!, rank, rank + 1]))
      throw new RangeError(
        `affineGrid takes matrices [N, 2, 3] for [N, C, H, W], or [N, 3, 4] for [N, C, D, H, W], not ${formatShape(theta.shape)} for ${formatShape(size)}.`,
      )
    const made = size.slice(2)
    const along = (i: number): Tensor =>
      line(theta, made[i]!, alignCorners)
        .reshape(made.map((_, j) => (j === i ? -1 : 1)))
        .expand(made)
    const coordinates = made.map((_, i) => along(made.length - 1 - i))
    const base = stack([...coordinates, theta.newFull(made, 1)], -1).reshape([1, -1, rank + 1])
    return base
      .expand([n!, numel(made), rank + 1])
      .bmm(theta.transpose(1, 2))
      .reshape([n!, ...made, rank])
  },
  samples: [
    [uniform([2, 2, 3]), [2, 1, 3, 4]],
    [uniform([1, 2, 3]), [1, 1, 3, 1], true],
    [uniform([1, 3, 4]), [1, 2, 2, 3, 2], { alignCorners: false }],
  ],
})

interface UpsampleOptions {
  readonly size?: Size
  readonly scaleFactor?: Size
}

interface ModedOptions extends UpsampleOptions {
  readonly mode?: 'nearest' | 'linear' | 'bilinear' | 'bicubic' | 'trilinear'
  readonly alignCorners?: boolean
}

/** As interpolate. Source: torch.nn.functional.upsample. */
export const upsample = defineWithOptions({
  name: 'upsample',
  ...place,
  positional: ['size', 'scaleFactor', 'mode', 'alignCorners'],
  call: (input: Tensor, options: ModedOptions): Tensor => interpolate(input, options),
  samples: [
    [uniform([1, 2, 3, 4]), [5, 6], null, 'bilinear', true],
    [uniform([1, 2, 3]), { scaleFactor: 2 }],
  ],
})

/** As interpolate with 'nearest'. Source: torch.nn.functional.upsample_nearest. */
export const upsampleNearest = defineWithOptions({
  name: 'upsampleNearest',
  ...place,
  positional: ['size', 'scaleFactor'],
  call: (input: Tensor, options: UpsampleOptions): Tensor => interpolate(input, options),
  samples: [
    [uniform([1, 2, 3, 4]), [5, 6]],
    [uniform([1, 2, 3]), { scaleFactor: 2 }],
  ],
})

/** As interpolate of images with 'bilinear' and alignCorners. Source: torch.nn.functional.upsample_bilinear. */
export const upsampleBilinear = defineWithOptions({
  name: 'upsampleBilinear',
  ...place,
  positional: ['size', 'scaleFactor'],
  call: (input: Tensor, options: UpsampleOptions): Tensor =>
    interpolate(input, { ...options, mode: 'bilinear', alignCorners: true }),
  samples: [
    [uniform([1, 2, 3, 4]), [5, 6]],
    [uniform([1, 2, 3, 4]), { scaleFactor: 2 }],
  ],
})

/** Channels of [N, C, …] dealt out from `groups` in turn (Zhang et al. 2018, https://arxiv.org/abs/1707.01083). Source: torch.nn.functional.channel_shuffle. Errors: a RangeError where they do not divide. */
export const channelShuffle = defineFunction({
  name: 'channelShuffle',
  ...place,
  call(input: Tensor, groups: number): Tensor {
    const channels = input.shape[1] ?? 0
    if (input.ndim < 3 || !Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
      throw new RangeError(
        `channelShuffle: the channels of ${formatShape(input.shape)} do not divide into ${groups} groups.`,
      )
    return input
      .unflatten(1, [groups, channels / groups])
      .transpose(1, 2)
      .flatten(1, 2)
  },
  // Whole numbers: PyTorch 1.13 has no gradient of it.
  samples: [
    [integers([2, 6, 2, 2], 0, 9), 3],
    [integers([1, 4, 3], 0, 9), 2],
  ],
})

interface FoldOptions {
  readonly dilation?: Size
  readonly padding?: Size
  readonly stride?: Size
}

/**
 * The way back from unfold: columns [N, C·KH·KW, windows], or of one image [C·KH·KW, windows], added up where the windows lay,
 * to [N, C, …outputSize]. Source: torch.nn.functional.fold. Errors: a RangeError for sizes that do not fit.
 */
export const fold = defineWithOptions({
  name: 'fold',
  ...place,
  positional: ['dilation', 'padding', 'stride'],
  call(
    input: Tensor,
    outputSize: Size,
    kernelSize: Size,
    { dilation = 1, padding = 0, stride = 1 }: FoldOptions,
  ): Tensor {
    if (input.ndim === 2)
      return fold(input.unsqueeze(0), outputSize, kernelSize, { dilation, padding, stride }).squeeze(0)
    const made = each('fold: outputSize', outputSize, 2, 1)
    const kernel = each('fold: kernelSize', kernelSize, 2, 1)
    const apart = each('fold: dilation', dilation, 2, 1)
    const around = each('fold: padding', padding, 2, 0)
    const step = each('fold: stride', stride, 2, 1)
    const count = made.map(
      (n, i) => Math.floor((n + 2 * around[i]! - apart[i]! * (kernel[i]! - 1) - 1) / step[i]!) + 1,
    )
    const [size, windows] = [numel(kernel), numel(count)]
    if (input.ndim !== 3 || input.shape[1]! % size !== 0 || input.shape[2] !== windows)
      throw new RangeError(
        `fold: ${formatShape(input.shape)} is no [N, C·${size}, ${windows}], the windows of ${kernel.join(' × ')} in ${made.join(' × ')}.`,
      )
    const padded = made.map((n, i) => n + 2 * around[i]!)
    /** Where each element of each window stands along a dimension: [kernel][windows]. */
    const along = (i: number): number[][] =>
      Array.from({ length: kernel[i]! }, (_, k) =>
        Array.from({ length: count[i]! }, (_unused, w) => w * step[i]! + k * apart[i]!),
      )
    const [down, across] = [along(0), along(1)] as const
    const places = down.flatMap((rows) =>
      across.flatMap((columns) => rows.flatMap((row) => columns.map((column) => row * padded[1]! + column))),
    )
    const [n, columns] = input.shape as readonly [number, number]
    const channels = columns / size
    const whole = input
      .reshape([n, channels, size * windows])
      .scatterSum(2, holding(places, input.device, [1, 1, places.length]), [n, channels, numel(padded)])
      .reshape([n, channels, ...padded])
    return whole.narrow(2, around[0]!, made[0]!).narrow(3, around[1]!, made[1]!)
  },
  samples: [
    [uniform([2, 8, 6]), [3, 4], 2],
    [uniform([4, 9]), 4, 2],
    [uniform([1, 6, 4]), [4, 3], [3, 2], { stride: 2, padding: 1 }],
    [uniform([1, 4, 4]), [4, 4], 2, 2],
  ],
})
