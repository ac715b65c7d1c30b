import * as ops from '../../ops/index.ts'
import { place } from './place.ts'
import { defineWithOptions } from '../../functions/define.ts'
import { uniform } from '../../ops/samples.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'

/**
 * Convolves [N, L, C] (channels last) with weight [O, C, K] over L, adds bias [O], and gives the largest answer of each
 * filter, [N, O]: conv1d(input.transpose(1, 2), weight, bias).max(2), at a third of the work of its backward pass or less.
 */
export const conv1dMax = defineWithOptions({
  name: 'conv1dMax',
  ...place,
  widens: 'alone',
  torch: '',
  python: 'lambda x, *rest: torch.nn.functional.conv1d(x.transpose(1, 2), *rest).amax(2)',
  positional: ['bias'],
  call(input: Tensor, weight: Tensor, { bias }: { readonly bias?: Tensor | undefined }): Tensor {
    const largest = apply(ops.convMax, [input, weight], null)
    return bias ? largest.add(bias) : largest
  },
  samples: [
    [uniform([2, 6, 3]), uniform([4, 3, 2]), uniform([4])],
    [uniform([1, 3, 2]), uniform([1, 2, 3])],
  ],
})
