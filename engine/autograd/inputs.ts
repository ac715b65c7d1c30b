import { Tensor } from '../tensor/tensor.ts'

/** One tensor, or several. */
export const listOf = (inputs: Tensor | readonly Tensor[]): readonly Tensor[] =>
  inputs instanceof Tensor ? [inputs] : inputs
