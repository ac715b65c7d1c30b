import { defineWithOptions } from '../../functions/define.ts'
import { uniform, values } from '../../ops/samples.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Size2d } from '../checks.ts'
import { place } from './place.ts'
import { alongRow, poolAttributes, type Size1d } from './pooling.ts'

interface UnpoolOptions<Size> {
  readonly kernelSize?: Size
  readonly stride?: Size | readonly []
  readonly padding?: Size
  /** The pooled tensor's shape, or its last extents; by default the smallest that the windows cover. */
  readonly outputSize?: readonly number[]
}
const order = ['kernelSize', 'stride', 'padding', 'outputSize'] as const

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
export const maxUnpool2d = defineWithOptions({
  name: 'maxUnpool2d',
  ...place,
  positional: order,
  call(input: Tensor, indices: Tensor, { kernelSize, outputSize, ...others }: UnpoolOptions<Size2d>): Tensor {
    if (kernelSize === undefined) throw new RangeError('maxUnpool2d needs a kernelSize.')
    const { kernel, stride, padding } = poolAttributes(kernelSize, others)
    const usual = ([0, 1] as const).map(
      (i) => (input.shape.at(i - 2)! - 1) * stride[i] + kernel[i] - 2 * padding[i],
    )
    return placed(input, indices, input.ndim - 2, outputSize?.slice(-2) ?? usual)
  },
  samples: [
    [uniform([1, 1, 2, 2]), values([1, 1, 2, 2], [1, 3, 8, 14], 'int32'), 2],
    [uniform([2, 1, 2]), values([2, 1, 2], [4, 2, 0, 8], 'int32'), 2, 2, 0, [3, 5]],
    [
      uniform([1, 1, 2, 2]),
      values([1, 1, 2, 2], [1, 3, 8, 14], 'int32'),
      { kernelSize: 2, outputSize: [9, 9, 4, 4] },
    ],
  ],
})

/** The way back from maxPool1d with returnIndices. Source: torch.nn.functional.max_unpool1d. */
export const maxUnpool1d = defineWithOptions({
  name: 'maxUnpool1d',
  ...place,
  positional: order,
  call(
    input: Tensor,
    indices: Tensor,
    { kernelSize, outputSize, stride, padding = 0 }: UnpoolOptions<Size1d>,
  ): Tensor {
    if (kernelSize === undefined) throw new RangeError('maxUnpool1d needs a kernelSize.')
    const kernel = alongRow(kernelSize)
    const step =
      stride === undefined || (Array.isArray(stride) && stride.length === 0)
        ? kernel
        : alongRow(stride as Size1d)
    const usual = (input.shape.at(-1)! - 1) * step + kernel - 2 * alongRow(padding)
    return placed(input, indices, input.ndim - 1, outputSize?.slice(-1) ?? [usual])
  },
  samples: [
    [uniform([1, 2, 2]), values([1, 2, 2], [0, 3, 1, 2], 'int32'), 2],
    [uniform([1, 3]), values([1, 3], [1, 4, 5], 'int32'), 3, { stride: 2, outputSize: [7] }],
  ],
})
