import { readArguments, type Arguments, type Signature } from '../../tensor/arguments.ts'
import { rand } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { numberWithin } from '../checks.ts'

export interface DropoutOptions {
  /** Of each element; 0.5 by default. */
  readonly p?: number
  /** true by default; without, the input comes back. */
  readonly training?: boolean
  /** Puts the result into the input as well. */
  readonly inplace?: boolean
}

const order = ['p', 'training', 'inplace'] as const
const dropoutSignature: Signature<DropoutOptions> = { name: 'dropout', positional: order }

/**
 * Zeroes each element with probability p and scales the others by 1/(1 − p), so that the expectation stays
 * (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html). Source: torch.nn.functional.dropout.
 */
export function dropout(input: Tensor, ...rest: Arguments<DropoutOptions, typeof order>): Tensor {
  const { p = 0.5, training = true, inplace = false } = readArguments<DropoutOptions>(dropoutSignature, rest)
  numberWithin('dropout: p', p, 0, 1)
  if (!training || p === 0) return input
  const output = p === 1 ? input.mul(0) : dropped(input, p)
  return inplace ? input.copy_(output) : output
}

function dropped(input: Tensor, p: number): Tensor {
  const keep = rand(input.shape, { device: input.device }).ge(p)
  return keep.choose(input.mul(1 / (1 - p)), 0)
}
