/** Stateless forms, as in torch.nn.functional. */
import * as ops from '../ops/index.ts'
import { apply, type Tensor } from '../tensor/tensor.ts'

export * from './functional/attention.ts'
export * from './functional/convolution.ts'
export * from './functional/dropout.ts'
export * from './functional/max-over-time.ts'
export * from './functional/normalization.ts'
export * from './functional/pooling.ts'
export * from './functional/sparse.ts'

/** x·Wᵀ + b; weight [out, in], bias [out]. Source: torch.nn.functional.linear. */
export function linear(input: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  return apply(ops.linear, bias ? [input, weight, bias] : [input, weight], null)
}

/**
 * Mean cross-entropy in nats of scores [rows, classes] against class indices [rows] (int32).
 * `weight` [classes] weighs each row by its class and divides by the sum of weights.
 */
export function crossEntropy(
  input: Tensor,
  target: Tensor,
  options: { readonly weight?: Tensor } = {},
): Tensor {
  return apply(ops.crossEntropy, options.weight ? [input, target, options.weight] : [input, target], null)
}

/** Mean squared difference, in the square of the inputs' unit. */
export function mseLoss(input: Tensor, target: Tensor): Tensor {
  return apply(ops.mseLoss, [input, target], null)
}
