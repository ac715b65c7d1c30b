/** Pooling of volumes [N, C, D, H, W], and by parts whose number is given. Inputs without N are one sample. */
import { type defineFunction, defineWithOptions, type Results } from '../../functions/define.ts'
import { holding } from '../../functions/operands.ts'
import { edge, uniform } from '../../ops/samples.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { gridOf, type OutputSize } from './adaptive.ts'
import { avgPool1d, avgPool2d } from './pooling.ts'
import { placed } from './unpool.ts'
import { each, largestIn, ofBatch, partPlaces, windowPlaces, windowSums, type Along } from './windows.ts'
import { place } from './place.ts'

type Size = number | readonly number[]
type Pooled = Results<'values' | 'indices'>

interface Pool3dOptions {
  /** The kernel's size by default. */
  readonly stride?: Size
  readonly padding?: Size
  readonly dilation?: Size
  readonly ceilMode?: boolean
}

function framesOf(name: string, kernelSize: Size, options: Pool3dOptions): Along[] {
  const { stride = kernelSize, padding = 0, dilation = 1, ceilMode = false } = options
  const kernel = each(`${name}: kernelSize`, kernelSize, 3, 1)
  const steps = each(`${name}: stride`, Array.isArray(stride) && stride.length === 0 ? kernel : stride, 3, 1)
  const around = each(`${name}: padding`, padding, 3, 0)
  const apart = each(`${name}: dilation`, dilation, 3, 1)
  return kernel.map((size, i) => ({
    kernel: size,
    stride: steps[i]!,
    padding: around[i]!,
    dilation: apart[i]!,
    ceilMode,
  }))
}

interface MaxPool3dOptions extends Pool3dOptions {
  readonly kernelSize?: Size
  /** Gives { values, indices }: where in its volume, in row-major order, each largest element stands. */
  readonly returnIndices?: boolean
}

interface MaxPool3d {
  (input: Tensor, kernelSize: Size, options: MaxPool3dOptions & { readonly returnIndices: true }): Pooled
  (
    input: Tensor,
    kernelSize: Size,
    stride?: Size | null,
    padding?: Size,
    dilation?: Size,
    ceilMode?: boolean,
  ): Tensor
  (input: Tensor, kernelSize: Size, options?: MaxPool3dOptions): Tensor
  (input: Tensor, options: MaxPool3dOptions & { readonly kernelSize: Size }): Tensor
}

const volume = uniform([1, 2, 3, 4, 5])

/** Largest element of each window; of equal ones the first gets the gradient. With returnIndices { values, indices }. Source: torch.nn.functional.max_pool3d. Errors: a RangeError for sizes that are none and windows that do not fit. */
export const maxPool3d = defineWithOptions({
  name: 'maxPool3d',
  ...place,
  positional: ['kernelSize', 'stride', 'padding', 'dilation', 'ceilMode', 'returnIndices'],
  call(input: Tensor, { kernelSize, returnIndices = false, ...options }: MaxPool3dOptions): Tensor | Pooled {
    if (kernelSize === undefined) throw new RangeError('maxPool3d needs a kernelSize.')
    const frames = framesOf('maxPool3d', kernelSize, options)
    // Checks the rank.
    ofBatch('maxPool3d', input, 3, (batch) => batch)
    const lead = input.ndim - 3
    const pooled = largestIn(
      input,
      frames.map((frame, i) => windowPlaces('maxPool3d', input.shape[lead + i]!, frame)),
    )
    return returnIndices ? pooled : pooled.values
  },
  samples: [
    [volume, 2],
    [volume, [2, 3, 2], 1, [1, 1, 0]],
    [volume, 2, { stride: 2, ceilMode: true, returnIndices: true }],
    [uniform([2, 3, 6, 5]), { kernelSize: 2, dilation: [1, 2, 1], stride: 1 }],
    [edge([1, 1, 1, NaN, 2, 2, 0, 0], [1, 1, 2, 2, 2]), [1, 1, 2], { returnIndices: true }],
  ],
}) as MaxPool3d

interface AvgPool3dOptions extends Omit<Pool3dOptions, 'dilation'> {
  readonly kernelSize?: Size
  /** Whether the padding's zeros count; true by default. */
  readonly countIncludePad?: boolean
  /** Divides each window's sum, instead of its size. */
  readonly divisorOverride?: number
}

/** How many elements of each window count along one dimension. */
function countsAlong(extent: number, windows: number, frame: Along, withPadding: boolean): number[] {
  const { kernel, stride, padding } = frame
  return Array.from({ length: windows }, (_, i) => {
    const start = i * stride - padding
    const end = Math.min(start + kernel, extent + padding)
    return withPadding ? end - start : Math.min(end, extent) - Math.max(start, 0)
  })
}

/** Mean of each window. Source: torch.nn.functional.avg_pool3d. Errors: a RangeError for sizes that are none, windows that do not fit, and a divisor of 0. */
export const avgPool3d = defineWithOptions({
  name: 'avgPool3d',
  ...place,
  positional: ['kernelSize', 'stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride'],
  call(input: Tensor, options: AvgPool3dOptions): Tensor {
    const { kernelSize, countIncludePad = true, divisorOverride, ...rest } = options
    if (kernelSize === undefined) throw new RangeError('avgPool3d needs a kernelSize.')
    if (divisorOverride === 0) throw new RangeError('avgPool3d: divisorOverride must not be zero.')
    const frames = framesOf('avgPool3d', kernelSize, rest)
    return ofBatch('avgPool3d', input, 3, (batch) => {
      const sums = frames.reduce((x, frame, i) => windowSums('avgPool3d', x, 2 + i, frame), batch)
      if (divisorOverride !== undefined) return sums.div(divisorOverride)
      return frames.reduce((x, frame, i) => {
        const counts = countsAlong(batch.shape[2 + i]!, sums.shape[2 + i]!, frame, countIncludePad)
        const along = sums.shape.map((_, d) => (d === 2 + i ? counts.length : 1))
        return x.div(holding(counts, x.device).reshape(along))
      }, sums)
    })
  },
  samples: [
    [volume, 2],
    [volume, 2, 1, 1, true, false],
    [volume, { kernelSize: [2, 3, 2], padding: 1, countIncludePad: false }],
    [volume, [2, 3, 4], { stride: [1, 2, 2], padding: [0, 1, 2], ceilMode: true }],
    [uniform([2, 3, 4, 4]), 3, { stride: 2, padding: 1, divisorOverride: -2 }],
    [uniform([0, 1, 4, 5, 4]), [2, 3, 1]],
  ],
})

interface Unpool3dOptions {
  readonly kernelSize?: Size
  readonly stride?: Size
  readonly padding?: Size
  /** The pooled tensor's shape, or its last extents; by default the smallest that the windows cover. */
  readonly outputSize?: readonly number[]
}

/** The way back from maxPool3d with returnIndices: each element at its place in zeros. Source: torch.nn.functional.max_unpool3d. */
export const maxUnpool3d = defineWithOptions({
  name: 'maxUnpool3d',
  ...place,
  positional: ['kernelSize', 'stride', 'padding', 'outputSize'],
  call(input: Tensor, indices: Tensor, { kernelSize, outputSize, ...rest }: Unpool3dOptions): Tensor {
    if (kernelSize === undefined) throw new RangeError('maxUnpool3d needs a kernelSize.')
    const usual = framesOf('maxUnpool3d', kernelSize, rest).map(
      ({ kernel, stride, padding }, i) => (input.shape.at(i - 3)! - 1) * stride + kernel - 2 * padding,
    )
    return placed(input, indices, input.ndim - 3, outputSize?.slice(-3) ?? usual)
  },
  samples: [
    [uniform([1, 1, 1, 2, 2]), { shape: [1, 1, 1, 2, 2], dtype: 'int32', values: [3, 5, 30, 17] }, 2],
  ],
})

/** Largest elements of parts, and where they stand. */
function largestOfParts(name: string, input: Tensor, outputSize: OutputSize, count: number): Pooled {
  const grid = gridOf(name, input, outputSize, count)
  const lead = input.ndim - count
  return largestIn(
    input,
    grid.map((n, i) => partPlaces(input.shape[lead + i]!, n)),
  )
}

interface AdaptiveOptions {
  /** Gives { values, indices } as well. */
  readonly returnIndices?: boolean
}

interface AdaptiveMaxPool {
  (input: Tensor, outputSize: OutputSize, returnIndices: true): Pooled
  (input: Tensor, outputSize: OutputSize, options: { readonly returnIndices: true }): Pooled
  (input: Tensor, outputSize: OutputSize, options?: AdaptiveOptions | boolean): Tensor
}

const adaptive = (
  name: string,
  count: number,
  samples: Parameters<typeof defineFunction>[0]['samples'],
): AdaptiveMaxPool =>
  defineWithOptions({
    name,
    ...place,
    positional: ['returnIndices'],
    call(input: Tensor, outputSize: OutputSize, { returnIndices = false }: AdaptiveOptions): Tensor | Pooled {
      const pooled = largestOfParts(name, input, outputSize, count)
      return returnIndices ? pooled : pooled.values
    },
    samples,
  }) as AdaptiveMaxPool

/** [N, C, L] to the largest elements of outputSize parts, which are equal where they can be. Source: torch.nn.functional.adaptive_max_pool1d. Errors: a RangeError for an outputSize that is none. */
export const adaptiveMaxPool1d = adaptive('adaptiveMaxPool1d', 1, [
  [uniform([2, 3, 7]), 3],
  [uniform([3, 4]), 2, true],
])

/** [N, C, H, W] to the largest elements of outputSize parts; null keeps an extent. Source: torch.nn.functional.adaptive_max_pool2d. Errors: as adaptiveMaxPool1d. */
export const adaptiveMaxPool2d = adaptive('adaptiveMaxPool2d', 2, [
  [uniform([2, 3, 5, 7]), [2, 3]],
  [uniform([3, 5, 4]), 3, true],
  [uniform([2, 3, 5, 7]), [null, 3], { returnIndices: true }],
  [edge([1, 1, 1, 1], [1, 1, 2, 2]), 1, true],
])

/** [N, C, D, H, W] to the largest elements of outputSize parts; null keeps an extent. Source: torch.nn.functional.adaptive_max_pool3d. Errors: as adaptiveMaxPool1d. */
export const adaptiveMaxPool3d = adaptive('adaptiveMaxPool3d', 3, [
  [uniform([1, 2, 3, 5, 4]), [2, 3, 3]],
  [uniform([2, 4, 3, 4]), 2, true],
])

interface LpOptions {
  readonly stride?: Size
  readonly ceilMode?: boolean
}

/** (Σ xᵖ)^(1/p) of windows, whose means are given; below 0 it is −0. */
const rooted = (means: Tensor, size: number, p: number): Tensor =>
  means
    .sign()
    .mul(means.abs().relu())
    .mul(size)
    .pow(1 / p)

/** (Σ xᵖ)^(1/p) of each window of [N, C, L]. Source: torch.nn.functional.lp_pool1d. */
export const lpPool1d = defineWithOptions({
  name: 'lpPool1d',
  ...place,
  positional: ['stride', 'ceilMode'],
  call(input: Tensor, normType: number, kernelSize: number, { stride, ceilMode = false }: LpOptions): Tensor {
    const [step] = each('lpPool1d: stride', stride ?? kernelSize, 1, 1)
    return rooted(
      avgPool1d(input.pow(normType), kernelSize, { stride: step!, ceilMode }),
      kernelSize,
      normType,
    )
  },
  samples: [
    [uniform([2, 3, 7], 0.1, 2), 2, 3],
    [uniform([2, 3, 7], 0.1, 2), 3, 2, 1],
  ],
})

/** (Σ xᵖ)^(1/p) of each window of [N, C, H, W]. Source: torch.nn.functional.lp_pool2d. */
export const lpPool2d = defineWithOptions({
  name: 'lpPool2d',
  ...place,
  positional: ['stride', 'ceilMode'],
  call(input: Tensor, normType: number, kernelSize: Size, { stride, ceilMode = false }: LpOptions): Tensor {
    const [height, width] = each('lpPool2d: kernelSize', kernelSize, 2, 1) as [number, number]
    const [down, across] = each('lpPool2d: stride', stride ?? kernelSize, 2, 1) as [number, number]
    const means = avgPool2d(input.pow(normType), [height, width], { stride: [down, across], ceilMode })
    return rooted(means, height * width, normType)
  },
  samples: [
    [uniform([2, 3, 5, 6], 0.1, 2), 2, 2],
    [uniform([2, 3, 5, 6], 0.1, 2), 1.5, [2, 3], 1],
  ],
})
