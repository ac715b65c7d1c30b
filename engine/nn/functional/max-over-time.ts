import * as ops from '../../ops/index.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'

/**
 * Convolves [N, L, C] (channels last) with weight [O, C, K] over L, adds bias [O], and gives the largest answer of each
 * filter, [N, O]: conv1d(input.transpose(1, 2), weight, bias).max(2), at a third of the work of its backward pass or less.
 */
export function conv1dMax(input: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const largest = apply(ops.convMax, [input, weight], null)
  return bias ? largest.add(bias) : largest
}
