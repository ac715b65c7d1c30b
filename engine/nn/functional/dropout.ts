import { rand } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'

/**
 * Zeroes each element with probability p and scales the others by 1/(1 − p), so that the expectation stays
 * (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html).
 */
export function dropout(input: Tensor, p = 0.5, training = true): Tensor {
  if (p < 0 || p > 1) throw new RangeError(`dropout: p must be between 0 and 1, not ${p}.`)
  if (!training || p === 0) return input
  if (p === 1) return input.mul(0)
  const keep = rand(input.shape, { device: input.device }).ge(p)
  return keep.choose(input.mul(1 / (1 - p)), 0)
}
