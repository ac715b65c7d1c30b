/** What torch has under the same name; here with the arguments of torch.nn.functional. */
import * as functions from '../../functions/index.ts'
import { readArguments, type Arguments } from '../../tensor/arguments.ts'
import type { Tensor } from '../../tensor/tensor.ts'

export { gelu, logSoftmax, oneHot, pdist, sigmoid, softmax, tanh } from '../../functions/index.ts'

interface InPlace {
  /** Puts the result into the input as well. */
  readonly inplace?: boolean
}

/** x where it is positive, 0 elsewhere. Source: torch.nn.functional.relu. */
export function relu(input: Tensor, ...rest: Arguments<InPlace, ['inplace']>): Tensor {
  const { inplace = false } = readArguments<InPlace>({ name: 'relu', positional: ['inplace'] }, rest)
  const output = functions.relu(input)
  return inplace ? input.copy_(output) : output
}
