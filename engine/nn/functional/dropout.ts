import { defineWithOptions } from '../../functions/define.ts'
import { signed } from '../../functions/samples.ts'
import { rand } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { numberWithin } from '../checks.ts'
import { place } from './place.ts'

interface DropoutOptions {
  /** Of each element; 0.5 by default. */
  readonly p?: number
  /** true by default; without, the input comes back. */
  readonly training?: boolean
  /** Puts the result into the input as well. */
  readonly inplace?: boolean
}

/**
 * Zeroes each element with probability p and scales the others by 1/(1 − p), so that the expectation stays
 * (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html). Source: torch.nn.functional.dropout.
 */
export const dropout = defineWithOptions({
  name: 'dropout',
  ...place,
  positional: ['p', 'training', 'inplace'],
  call(input: Tensor, { p = 0.5, training = true, inplace = false }: DropoutOptions): Tensor {
    numberWithin('dropout: p', p, 0, 1)
    if (!training || p === 0) return input
    const output = p === 1 ? input.mul(0) : dropped(input, p)
    return inplace ? input.copy_(output) : output
  },
  // What is drawn at random is not PyTorch's draw.
  samples: [
    [signed, 0.5, false],
    [signed, 0],
    [signed, 1],
  ],
})

function dropped(input: Tensor, p: number): Tensor {
  const keep = rand(input.shape, { device: input.device }).ge(p)
  return keep.choose(input.mul(1 / (1 - p)), 0)
}
