import { defineWithOptions } from '../../functions/define.ts'
import { uniform } from '../../ops/samples.ts'
import { formatShape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { adaptiveMeans } from './adaptive.ts'
import { place } from './place.ts'
import { pair, type Size2d } from '../checks.ts'

interface UnfoldOptions {
  readonly dilation?: Size2d
  readonly padding?: Size2d
  readonly stride?: Size2d
}

/**
 * Every window of [N, C, H, W] as a column: [N, C·KH·KW, windows]; images without N are one image.
 * Source: torch.nn.functional.unfold. Errors: a RangeError for sizes that are none and windows that do not fit.
 */
export const unfold = defineWithOptions({
  // Tensors have an unfold of their own.
  name: 'functional.unfold',
  ...place,
  positional: ['dilation', 'padding', 'stride'],
  call: (input: Tensor, kernelSize: Size2d, options: UnfoldOptions): Tensor =>
    input.ndim === 3
      ? windows(input.unsqueeze(0), kernelSize, options).squeeze(0)
      : windows(input, kernelSize, options),
  samples: [
    [uniform([2, 3, 5, 4]), [2, 3]],
    [uniform([1, 2, 5, 4]), 2, [2, 1], [0, 1], 2],
    [uniform([2, 4, 3]), 3, { padding: 1 }],
  ],
})

function windows(
  input: Tensor,
  kernelSize: Size2d,
  { dilation = 1, padding = 0, stride = 1 }: UnfoldOptions,
): Tensor {
  if (input.ndim !== 4)
    throw new RangeError(`unfold takes [N, C, H, W] or [C, H, W], not ${formatShape(input.shape)}.`)
  const kernel = pair('kernelSize', kernelSize, 1)
  const apart = pair('dilation', dilation, 1)
  const around = pair('padding', padding, 0)
  const step = pair('stride', stride, 1)
  const count = ([0, 1] as const).map((i) => {
    const room = input.shape[2 + i]! + 2 * around[i] - apart[i] * (kernel[i] - 1) - 1
    return Math.floor(room / step[i]) + 1
  }) as [number, number]
  if (count.some((n) => n < 1))
    throw new RangeError(`unfold: no window of ${kernel.join(' × ')} fits into ${formatShape(input.shape)}.`)
  /** [kernel · windows]: where each element of each window stands, counted from the padding's edge. */
  const places = (i: 0 | 1): Tensor =>
    input
      .newArange(kernel[i])
      .mul(apart[i])
      .unsqueeze(1)
      .add(input.newArange(count[i]).mul(step[i]))
      .reshape([-1])
  const [n, channels] = input.shape as readonly [number, number]
  return input
    .pad([
      [0, 0],
      [0, 0],
      [around[0], around[0]],
      [around[1], around[1]],
    ]) // prettier-ignore
    .indexSelect(2, places(0))
    .indexSelect(3, places(1))
    .reshape([n, channels, kernel[0], count[0], kernel[1], count[1]])
    .permute(0, 1, 2, 4, 3, 5)
    .reshape([n, channels * kernel[0] * kernel[1], count[0] * count[1]])
}

const lines = { linear: 1, bilinear: 2, trilinear: 3 } as const
type Mode = 'nearest' | 'nearest-exact' | 'area' | 'bicubic' | keyof typeof lines
interface InterpolateOptions {
  /** The extents after the channels, or one for all. */
  readonly size?: number | readonly number[]
  /** By how much each extent grows, instead of `size`. */
  readonly scaleFactor?: number | readonly number[]
  /** 'nearest' by default. */
  readonly mode?: Mode
  /** Of linear modes and 'bicubic': whether the corners' middles keep their places; false by default. */
  readonly alignCorners?: boolean
  /** Whether places are found by the sizes, not by scaleFactor. */
  readonly recomputeScaleFactor?: boolean
}
/**
 * [N, C, …] in another size, each element that of the nearest place ('nearest' takes the one before, 'nearest-exact' the one
 * nearest to the middle), the mean of an area, or on a line between neighbors (bilinear in images, trilinear in volumes) or a cubic curve (bicubic, in images). Source: torch.nn.functional.interpolate.
 * Errors: a RangeError where size and scaleFactor are both given, or neither, and for modes that the engine has not got.
 */
export const interpolate = defineWithOptions({
  name: 'interpolate',
  ...place,
  positional: ['size', 'scaleFactor', 'mode', 'alignCorners', 'recomputeScaleFactor'],
  call(input: Tensor, options: InterpolateOptions): Tensor {
    const { size, scaleFactor, mode = 'nearest', recomputeScaleFactor = false } = options
    const isLinear = mode in lines
    const isCubic = mode === 'bicubic'
    if (!isLinear && !isCubic && mode !== 'nearest' && mode !== 'nearest-exact' && mode !== 'area')
      throw new RangeError(`interpolate cannot have mode '${String(mode)}' here yet.`)
    if ((isLinear || isCubic) && (isCubic ? 2 : lines[mode as keyof typeof lines]) !== input.ndim - 2)
      throw new RangeError(`interpolate: mode '${mode}' is not for ${formatShape(input.shape)}.`)
    if ((size === undefined) === (scaleFactor === undefined))
      throw new RangeError('interpolate needs a size or a scaleFactor, and not both.')
    const extents = input.shape.slice(2)
    const each = (given: number | readonly number[]): readonly number[] =>
      typeof given === 'number' ? extents.map(() => given) : given
    const factors = scaleFactor === undefined ? null : each(scaleFactor)
    const sizes = factors ? extents.map((n, i) => Math.floor(n * factors[i]!)) : each(size!)
    if (sizes.length !== extents.length || !sizes.every((n) => Number.isInteger(n) && n > 0))
      throw new RangeError(`interpolate: ${sizes.join(' × ')} is no size for ${formatShape(input.shape)}.`)
    if (mode === 'area') return meansOfAreas(input, sizes)
    return sizes.reduce((x, n, i) => {
      const extent = extents[i]!
      const scale = factors && !recomputeScaleFactor ? Math.fround(1 / factors[i]!) : Math.fround(extent / n)
      if (isCubic) return curved(x, 2 + i, n, options.alignCorners === true ? null : scale)
      if (isLinear) return between(x, 2 + i, n, options.alignCorners === true ? null : scale)
      const offset = mode === 'nearest' ? 0 : 0.5
      const places = x
        .newArange(n)
        .add(offset)
        .mul(scale)
        .floor()
        .clamp({ max: extent - 1 })
        .to('int32')
      return x.indexSelect(2 + i, places)
    }, input)
  },
  samples: [
    [uniform([2, 3, 4]), 6],
    [uniform([1, 2, 3, 4]), { scaleFactor: 2 }],
    [uniform([1, 2, 4, 3]), [3, 5], null, 'nearest-exact'],
    [uniform([1, 2, 3, 4]), [5, 2], null, 'bilinear', false],
    [uniform([1, 2, 3, 4]), { scaleFactor: [2, 1.5], mode: 'bilinear', alignCorners: true }],
    [uniform([2, 1, 5]), 3, null, 'linear', false],
    [uniform([1, 1, 2, 3, 2]), [3, 2, 4], null, 'trilinear', false],
    [uniform([1, 2, 5, 4]), [2, 3], null, 'area'],
    [uniform([1, 2, 3, 4]), [5, 2], null, 'bicubic', false],
    [uniform([1, 2, 4, 3]), { scaleFactor: 1.5, mode: 'bicubic', alignCorners: true }],
  ],
})

const meansOfAreas = (input: Tensor, sizes: readonly number[]): Tensor =>
  adaptiveMeans('interpolate', input, sizes, sizes.length)

/** n elements along a dimension on lines between its elements; without a scale from the first's middle to the last's. */
function between(x: Tensor, d: number, n: number, scale: number | null): Tensor {
  const last = x.shape[d]! - 1
  const count = x.newArange(n)
  const at =
    scale === null
      ? count.mul(n > 1 ? last / (n - 1) : 0)
      : count.add(0.5).mul(scale).sub(0.5).clamp({ min: 0 })
  const before = at.floor().clamp({ max: last })
  const along = x.shape.map((_, i) => (i === d ? n : 1))
  const share = at.sub(before).reshape(along)
  const left = x.indexSelect(d, before.to('int32'))
  const right = x.indexSelect(d, before.add(1).clamp({ max: last }).to('int32'))
  return left.mul(share.neg().add(1)).add(right.mul(share))
}

/** How sharply the curve bends; PyTorch's choice for Keys's kernel (1981, https://doi.org/10.1109/TASSP.1981.1163711). */
const bend = -0.75

/** The parts of the four neighbors of a place, which stands this far after the second. */
export function cubicWeights(share: Tensor): Tensor[] {
  const near = (x: Tensor): Tensor =>
    x
      .mul(bend + 2)
      .sub(bend + 3)
      .mul(x)
      .mul(x)
      .add(1)
  const far = (x: Tensor): Tensor =>
    x
      .mul(bend)
      .sub(5 * bend)
      .mul(x)
      .add(8 * bend)
      .mul(x)
      .sub(4 * bend)
  const rest = share.neg().add(1)
  return [far(share.add(1)), near(share), near(rest), far(rest.add(1))]
}

/** n elements along a dimension on cubic curves through its elements, of which the outermost go on for ever; as between. */
function curved(x: Tensor, d: number, n: number, scale: number | null): Tensor {
  const last = x.shape[d]! - 1
  const count = x.newArange(n)
  const at = scale === null ? count.mul(n > 1 ? last / (n - 1) : 0) : count.add(0.5).mul(scale).sub(0.5)
  const before = at.floor()
  const along = x.shape.map((_, i) => (i === d ? n : 1))
  return cubicWeights(at.sub(before))
    .map((weight, i) => {
      const places = before
        .add(i - 1)
        .clamp(0, last)
        .to('int32')
      return x.indexSelect(d, places).mul(weight.reshape(along))
    })
    .reduce((a, b) => a.add(b))
}
