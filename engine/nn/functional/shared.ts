/** What torch has under the same name; here with the arguments of torch.nn.functional. */
import { relu as positivePart } from '../../functions/pointwise.ts'
import { readArguments, type Arguments } from '../../tensor/arguments.ts'
import type { Tensor } from '../../tensor/tensor.ts'

export { oneHot } from '../../functions/indexing.ts'
export { pdist } from '../../functions/norms.ts'
export { gelu, sigmoid, tanh } from '../../functions/pointwise.ts'
export { logSoftmax, softmax } from '../../functions/reduction.ts'

interface InPlace {
  /** Puts the result into the input as well. */
  readonly inplace?: boolean
}

/** x where it is positive, 0 elsewhere, element by element, in x's shape; at 0 there is no slope. Source: torch.nn.functional.relu. */
export function relu(input: Tensor, ...rest: Arguments<InPlace, ['inplace']>): Tensor {
  const { inplace = false } = readArguments<InPlace>({ name: 'relu', positional: ['inplace'] }, rest)
  const output = positivePart(input)
  return inplace ? input.copy_(output) : output
}
