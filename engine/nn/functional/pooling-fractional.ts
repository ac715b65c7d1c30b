/** Pooling by windows whose steps are drawn: outputs of any size below the input's (Graham 2014, https://arxiv.org/abs/1412.6071). */
import { defineWithOptions, results, type Results } from '../../functions/define.ts'
import { uniform } from '../../ops/samples.ts'
import { rand } from '../../tensor/random.ts'
import { formatShape, numel, sameShape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { place } from './place.ts'
import { each, ofBatch } from './windows.ts'

type Size = number | readonly number[]
type Pooled = Results<'values' | 'indices'>

export interface FractionalOptions {
  readonly outputSize?: Size
  /** In place of outputSize: its part of the input's extents, between 0 and 1. */
  readonly outputRatio?: Size
  /** Gives { values, indices }: where in its plane, in row-major order, each largest element stands. */
  readonly returnIndices?: boolean
  /** [N, C, dimensions] from 0 to 1, where windows begin; drawn by default. */
  readonly _randomSamples?: Tensor
}

/** [N, C, windows]: where each window begins along a dimension, of numbers [N, C]. */
function starts(drawn: Tensor, extent: number, windows: number, kernel: number): Tensor {
  const last = extent - kernel
  const step = windows > 1 ? last / (windows - 1) : 0
  const places = drawn.newArange(windows)
  const at = drawn.unsqueeze(-1)
  const begun = places.add(at).mul(step).floor().sub(at.mul(step).floor()).to('int32')
  return places.eq(windows - 1).choose(last, begun)
}

function fractional(
  name: string,
  count: 2 | 3,
  input: Tensor,
  kernelSize: Size,
  options: FractionalOptions,
): Pooled {
  const { outputSize, outputRatio, _randomSamples: given } = options
  const kernel = each(`${name}: kernelSize`, kernelSize, count, 1)
  if ((outputSize === undefined) === (outputRatio === undefined))
    throw new RangeError(`${name} needs either an outputSize or an outputRatio.`)
  // Checks the rank.
  ofBatch(name, input, count, (batch) => batch)
  const batch = input.ndim === count + 1 ? input.unsqueeze(0) : input
  const extents = batch.shape.slice(2)
  const ratios =
    outputRatio === undefined
      ? []
      : typeof outputRatio === 'number'
        ? extents.map(() => outputRatio)
        : outputRatio
  const windows =
    outputSize === undefined
      ? extents.map((extent, i) => Math.floor(extent * ratios[i]!))
      : each(`${name}: outputSize`, outputSize, count, 1)
  if (extents.some((extent, i) => windows[i]! < 1 || windows[i]! + kernel[i]! - 1 > extent))
    throw new RangeError(
      `${name}: ${windows.join(' × ')} windows of ${kernel.join(' × ')} do not fit into ${formatShape(input.shape)}.`,
    )
  const planes = batch.shape.slice(0, 2) as [number, number]
  const wanted = [...planes, count]
  if (given && !sameShape(given.shape, wanted))
    throw new RangeError(
      `${name}: _randomSamples must be ${formatShape(wanted)}, not ${formatShape(given.shape)}.`,
    )
  const drawn = given?.detach() ?? rand(wanted, { device: batch.device })
  // In PyTorch an image's last dimension takes the first number, a volume's first one does.
  const number = (i: number): number => (count === 2 ? count - 1 - i : i)
  // [N, C, windows of all dimensions, elements of a window]: places in the plane, dimension by dimension.
  const shapeOf = (i: number, of: readonly number[]): number[] => of.map((n, j) => (i === j ? n : 1))
  const places = extents
    .map((extent, i) => {
      const begun = starts(drawn.select(2, number(i)), extent, windows[i]!, kernel[i]!)
      const within = begun.newArange(kernel[i]!)
      const one = extents.map(() => 1)
      return begun
        .reshape([...planes, ...shapeOf(i, windows), ...one])
        .add(within.reshape([1, 1, ...one, ...shapeOf(i, kernel)]))
        .mul(numel(extents.slice(i + 1)))
    })
    .reduce((sum, along) => sum.add(along))
    .expand([...planes, ...windows, ...kernel])
    .reshape([...planes, numel(windows), numel(kernel)])
  const seen = batch
    .reshape([...planes, numel(extents)])
    .gather(2, places.reshape([...planes, numel(windows) * numel(kernel)]))
    .reshape(places.shape)
  const winner = seen.detach().argmax(-1, true)
  const shape = [...(input.ndim === count + 1 ? planes.slice(1) : planes), ...windows]
  const pick = (from: Tensor): Tensor => from.gather(-1, winner).reshape(shape)
  return results({ values: pick(seen), indices: pick(places) })
}

interface FractionalMaxPool {
  (input: Tensor, kernelSize: Size, options: FractionalOptions & { readonly returnIndices: true }): Pooled
  (
    input: Tensor,
    kernelSize: Size,
    outputSize: Size | null,
    outputRatio: Size | null,
    returnIndices: true,
  ): Pooled
  (input: Tensor, kernelSize: Size, outputSize?: Size | null, outputRatio?: Size | null): Tensor
  (input: Tensor, kernelSize: Size, options: FractionalOptions): Tensor
}

/** PyTorch refuses to differentiate by what is drawn, and asks for it where nothing may be. */
const inPython = (count: 2 | 3): string =>
  `lambda x, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None: torch.nn.functional.fractional_max_pool${count}d(x, kernel_size, output_size, output_ratio, return_indices, None if _random_samples is None else _random_samples.detach())`

const order = ['outputSize', 'outputRatio', 'returnIndices', '_randomSamples'] as const
const pooled = (found: Pooled, { returnIndices = false }: FractionalOptions): Tensor | Pooled =>
  returnIndices ? found : found.values

/**
 * Largest element of each of outputSize windows of [N, C, H, W] or [C, H, W], which begin at random. With returnIndices { values,
 * indices }. Source: torch.nn.functional.fractional_max_pool2d. Errors: a RangeError for sizes that do not fit.
 */
export const fractionalMaxPool2d = defineWithOptions({
  name: 'fractionalMaxPool2d',
  ...place,
  python: inPython(2),
  positional: order,
  call: (input: Tensor, kernelSize: Size, options: FractionalOptions): Tensor | Pooled =>
    pooled(fractional('fractionalMaxPool2d', 2, input, kernelSize, options), options),
  samples: [
    [uniform([2, 3, 7, 6]), 2, [3, 4], null, true, uniform([2, 3, 2], 0, 0.99)],
    [uniform([3, 7, 6]), [3, 2], { outputRatio: [0.5, 0.7], _randomSamples: uniform([1, 3, 2], 0, 0.99) }],
    [uniform([1, 1, 4, 4]), 4, 1],
  ],
}) as FractionalMaxPool

/**
 * As fractionalMaxPool2d, of volumes [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.functional.fractional_max_pool3d.
 * Errors: a RangeError for sizes that do not fit.
 */
export const fractionalMaxPool3d = defineWithOptions({
  name: 'fractionalMaxPool3d',
  ...place,
  python: inPython(3),
  positional: order,
  call: (input: Tensor, kernelSize: Size, options: FractionalOptions): Tensor | Pooled =>
    pooled(fractional('fractionalMaxPool3d', 3, input, kernelSize, options), options),
  samples: [
    [uniform([1, 2, 5, 6, 4]), 2, [2, 3, 2], null, true, uniform([1, 2, 3], 0, 0.99)],
    [uniform([2, 5, 6, 4]), [1, 2, 2], { outputRatio: 0.5, _randomSamples: uniform([1, 2, 3], 0, 0.99) }],
  ],
}) as FractionalMaxPool
