import { backward as fromRoots, type BackwardOptions } from '../tensor/autograd.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { listOf } from './inputs.ts'

/**
 * Gradients of several tensors at once, in one pass, summed into the leaves' `.grad`. `gradTensors` has one for each, of its shape; null
 * is 1, for a tensor of one number. Errors: as Tensor.backward, for each of them. Source: torch.autograd.backward.
 */
export function backward(
  tensors: Tensor | readonly Tensor[],
  gradTensors?: Tensor | readonly (Tensor | null)[] | null,
  options: BackwardOptions = {},
): void {
  const roots = listOf(tensors)
  const given = gradTensors ? (Array.isArray(gradTensors) ? gradTensors : [gradTensors as Tensor]) : []
  if (gradTensors && given.length !== roots.length)
    throw new RangeError(
      `backward takes a gradient for each of the ${roots.length} tensors, not ${given.length}.`,
    )
  fromRoots(roots, given as readonly (Tensor | null)[], options)
}
