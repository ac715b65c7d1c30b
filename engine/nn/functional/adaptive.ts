import { defineFunction } from '../../functions/define.ts'
import { uniform } from '../../ops/samples.ts'
import { formatShape } from '../../tensor/shape.ts'
import { cat, type Tensor } from '../../tensor/tensor.ts'
import { place } from './place.ts'
import { avgPool2d, type Size1d } from './pooling.ts'

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
export const adaptiveAvgPool2d = defineFunction({
  name: 'adaptiveAvgPool2d',
  ...place,
  call(
    input: Tensor,
    outputSize: number | null | readonly [number | null, number | null] | readonly [number | null],
  ): Tensor {
    const grid = gridOf('adaptiveAvgPool2d', input, outputSize, 2)
    if (grid.every((n) => n === 1)) return input.mean([-2, -1], true)
    const [height, width] = input.shape.slice(-2) as [number, number]
    // Equal parts are windows side by side.
    if (grid.every((n, i) => n > 0 && [height, width][i]! % n === 0))
      return avgPool2d(input, [height / grid[0]!, width / grid[1]!])
    return adaptiveMeans('adaptiveAvgPool2d', input, grid, 2)
  },
  samples: [
    [uniform([2, 4, 6, 5]), [null, 1]],
    [uniform([2, 4, 6, 5]), [2, 5]],
    [uniform([1, 2, 5, 4]), 3],
    [uniform([3, 4, 4]), 1],
  ],
})

/** [N, C, L] or [C, L] to means of outputSize parts. Source: torch.nn.functional.adaptive_avg_pool1d. Errors: as adaptiveAvgPool2d. */
export const adaptiveAvgPool1d = defineFunction({
  name: 'adaptiveAvgPool1d',
  ...place,
  call: (input: Tensor, outputSize: Size1d): Tensor =>
    adaptiveMeans('adaptiveAvgPool1d', input, outputSize, 1),
  samples: [
    [uniform([2, 3, 6]), 2],
    [uniform([2, 7]), 3],
  ],
})

/** [N, C, D, H, W] or [C, D, H, W] to means of outputSize parts. Source: torch.nn.functional.adaptive_avg_pool3d. Errors: as adaptiveAvgPool2d. */
export const adaptiveAvgPool3d = defineFunction({
  name: 'adaptiveAvgPool3d',
  ...place,
  call: (input: Tensor, outputSize: OutputSize): Tensor =>
    adaptiveMeans('adaptiveAvgPool3d', input, outputSize, 3),
  samples: [
    [uniform([1, 2, 4, 3, 2]), [2, null, 1]],
    [uniform([2, 3, 3, 3]), 2],
  ],
})
