import type { Tensor } from '../../tensor/tensor.ts'
import { pair, type Size2d } from '../size.ts'

export interface ConvOptions<Size> {
  /** 1 by default. */
  readonly stride?: Size
  /** Zeros on each side; 0 by default. */
  readonly padding?: Size
  /** Distance of the kernel's elements; 1 by default. */
  readonly dilation?: Size
}

/**
 * Cross-correlates [N, C, H, W] with weight [O, C, KH, KW] and adds bias [O]; gives [N, O, H', W'] with
 * H' = ⌊(H + 2·padding − dilation·(KH − 1) − 1) / stride⌋ + 1. Without groups. Source: torch.nn.functional.conv2d.
 */
export function conv2d(
  input: Tensor,
  weight: Tensor,
  bias?: Tensor,
  { stride = 1, padding = 0, dilation = 1 }: ConvOptions<Size2d> = {},
): Tensor {
  const output = input.conv2d(weight, {
    stride: pair('stride', stride, 1),
    padding: pair('padding', padding, 0),
    dilation: pair('dilation', dilation, 1),
  })
  return bias ? output.add(bias.reshape([bias.numel(), 1, 1])) : output
}

/** [N, C, L] with weight [O, C, K] and bias [O] to [N, O, L']. Source: torch.nn.functional.conv1d. */
export function conv1d(
  input: Tensor,
  weight: Tensor,
  bias?: Tensor,
  { stride = 1, padding = 0, dilation = 1 }: ConvOptions<number> = {},
): Tensor {
  if (input.ndim !== 3) throw new RangeError(`conv1d takes [N, C, L], not ${input.ndim} dimensions.`)
  const flat = { stride: [1, stride], padding: [0, padding], dilation: [1, dilation] } as const
  return conv2d(input.unsqueeze(2), weight.unsqueeze(2), bias, flat).squeeze(2)
}
