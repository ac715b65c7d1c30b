import type { BackwardOptions } from '../tensor/autograd.ts'
import { enableGrad } from '../tensor/grad-mode.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { listOf } from './inputs.ts'

/**
 * Gradients of several tensors at once, in one pass, summed into the leaves' `.grad`. `gradTensors` has one for each, of its shape; null
 * is 1, for a tensor of one number. Errors: an Error for a tensor of several numbers without one, or of another shape.
 * Source: torch.autograd.backward.
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
  const total = enableGrad(() =>
    roots
      .map((root, i) => {
        const above = given[i] as Tensor | null | undefined
        if (!above && root.numel() !== 1)
          throw new Error(
            `A gradient can be left out for a tensor of one number alone; this one is ${formatShape(root.shape)}.`,
          )
        if (above && !sameShape(above.shape, root.shape))
          throw new RangeError(
            `The gradient of a tensor ${formatShape(root.shape)} has its shape, not ${formatShape(above.shape)}.`,
          )
        return above ? root.mul(above).sum() : root.sum()
      })
      .reduce((a, b) => a.add(b)),
  )
  total.backward(options)
}
