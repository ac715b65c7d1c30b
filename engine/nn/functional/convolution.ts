import { defineWithOptions } from '../../functions/define.ts'
import { uniform } from '../../ops/samples.ts'
import * as ops from '../../ops/index.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'
import { formatShape } from '../../tensor/shape.ts'
import { pair, type Size2d } from '../checks.ts'
import { place } from './place.ts'
import type { Size1d } from './pooling.ts'

/** 'valid': none; 'same': as much as keeps the size, the odd one after the end. */
type Padding<Size> = Size | 'valid' | 'same'

export interface ConvOptions<Size> {
  /** 1 by default. */
  readonly stride?: Size
  /** Zeros on each side; 0 by default. */
  readonly padding?: Padding<Size>
  /** Distance of the kernel's elements; 1 by default. */
  readonly dilation?: Size
  /** Channels are divided into so many groups, each with filters of its own; 1 by default. */
  readonly groups?: number
}

interface WithBias {
  /** [O]: is added to every element of its channel. */
  readonly bias?: Tensor | undefined
}
const order = ['bias', 'stride', 'padding', 'dilation', 'groups'] as const
const image = uniform([2, 4, 6, 5])

interface Window {
  readonly stride: readonly [number, number]
  readonly padding: readonly [number, number]
  readonly dilation: readonly [number, number]
}

/**
 * Cross-correlates [N, C, H, W], or one [C, H, W], with weight [O, C / groups, KH, KW] and adds bias [O]; gives [N, O, H', W'] with
 * H' = ⌊(H + 2·padding − dilation·(KH − 1) − 1) / stride⌋ + 1. Source: torch.nn.functional.conv2d.
 */
export const conv2d = defineWithOptions({
  name: 'conv2d',
  ...place,
  widens: 'alone',
  positional: order,
  call(input: Tensor, weight: Tensor, { bias, ...options }: ConvOptions<Size2d> & WithBias): Tensor {
    if (input.ndim === 3) return convolve(input.unsqueeze(0), weight, bias, options).squeeze(0)
    return convolve(input, weight, bias, options)
  },
  samples: [
    [image, uniform([6, 2, 3, 2]), uniform([6]), [1, 2], 1, 1, 2],
    [image, uniform([3, 4, 3, 2]), null, { padding: 'same', dilation: [1, 2] }],
    [uniform([4, 3, 3]), uniform([1, 4, 3, 3]), { padding: 'valid' }],
    [uniform([1, 1, 5, 4]), uniform([2, 1, 2, 2]), uniform([2]), 2, [1, 0]],
  ],
})

/** [N, C, L], or one [C, L], with weight [O, C / groups, K] and bias [O] to [N, O, L']. Source: torch.nn.functional.conv1d. */
export const conv1d = defineWithOptions({
  name: 'conv1d',
  ...place,
  widens: 'alone',
  positional: order,
  call(input: Tensor, weight: Tensor, options: ConvOptions<Size1d> & WithBias): Tensor {
    const { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = options
    if (input.ndim !== 2 && input.ndim !== 3)
      throw new RangeError(`conv1d takes [N, C, L] or [C, L], not ${formatShape(input.shape)}.`)
    const along = (size: Size1d): number => (typeof size === 'number' ? size : size[0])
    const rows = input.ndim === 2 ? input.unsqueeze(0) : input
    const flat: ConvOptions<Size2d> = {
      stride: [1, along(stride)],
      padding: typeof padding === 'string' ? padding : [0, along(padding)],
      dilation: [1, along(dilation)],
      groups,
    }
    const made = convolve(rows.unsqueeze(2), weight.unsqueeze(2), bias, flat).squeeze(2)
    return input.ndim === 2 ? made.squeeze(0) : made
  },
  samples: [
    [uniform([2, 4, 7]), uniform([4, 1, 4]), uniform([4]), { padding: 'same', groups: 4 }],
    [uniform([2, 3, 7]), uniform([2, 3, 3]), uniform([2]), 2, 1],
    [uniform([3, 5]), uniform([1, 3, 2]), null, 1, 0, 2],
  ],
})

function convolve(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null | undefined,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions<Size2d>,
): Tensor {
  const steps = { stride: pair('stride', stride, 1), dilation: pair('dilation', dilation, 1) }
  const padded = padding === 'same' ? paddedAlike(input, weight, steps) : input
  const zeros = typeof padding === 'string' ? textPadding(padding) : pair('padding', padding, 0)
  const output = inGroups(padded, weight, { ...steps, padding: zeros }, groups)
  return bias ? output.add(bias.reshape([bias.numel(), 1, 1])) : output
}

function textPadding(padding: string): readonly [number, number] {
  if (padding === 'valid' || padding === 'same') return [0, 0]
  throw new RangeError(`padding must be numbers, 'valid' or 'same', not '${padding}'.`)
}

/** With the zeros around it that keep its size under this kernel. */
function paddedAlike(input: Tensor, weight: Tensor, { stride, dilation }: Omit<Window, 'padding'>): Tensor {
  if (stride.some((step) => step !== 1))
    throw new RangeError(`padding 'same' is for a stride of 1, not ${stride.join(' × ')}.`)
  const around = [0, 1].map((i): readonly [number, number] => {
    const total = dilation[i]! * (weight.shape[i + 2]! - 1)
    return [total >> 1, total - (total >> 1)]
  })
  return input.pad([[0, 0], [0, 0], ...around]) // prettier-ignore
}

function inGroups(input: Tensor, weight: Tensor, window: Window, groups: number): Tensor {
  const [channels, filters] = [input.shape[1] ?? 0, weight.shape[0] ?? 0]
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0 || filters % groups !== 0) {
    throw new RangeError(
      `groups must divide the ${channels} channels of the input and the ${filters} of the output, which ${groups} does not.`,
    )
  }
  return apply(ops.conv2d, [input, weight], { ...window, groups })
}
