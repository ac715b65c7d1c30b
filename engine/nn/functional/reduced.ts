/** What becomes of losses: their mean (default), their sum, or each. */
import type { Tensor } from '../../tensor/tensor.ts'
import { formatShape, sameShape } from '../../tensor/shape.ts'
import { oneOf } from '../checks.ts'

export type Reduction = 'mean' | 'sum' | 'none'
export interface Reduced {
  readonly reduction?: Reduction
}
export const reductions: readonly Reduction[] = ['mean', 'sum', 'none']

/**
 * Errors: a RangeError, for what would broadcast silently, such as predictions [N, 1] beside targets [N]; PyTorch warns
 * there, and goes on.
 */
export function requireAlike(name: string, { shape }: Tensor, target: Tensor): void {
  if (!sameShape(shape, target.shape))
    throw new RangeError(
      `${name}: input ${formatShape(shape)} and target ${formatShape(target.shape)} differ in shape.`,
    )
}

/** The losses' sum over that of what they count; NaN where nothing counts, whose gradient is 0 as in PyTorch. */
export function meanOf(losses: Tensor, shares: Tensor): Tensor {
  const total = shares.sum()
  const isNothing = total.eq(0)
  return losses.sum().div(isNothing.choose(1, total)).add(isNothing.choose(NaN, 0))
}

export function reduced(losses: Tensor, { reduction = 'mean' }: Reduced): Tensor {
  oneOf('reduction', reduction, reductions)
  if (reduction === 'none') return losses
  return reduction === 'sum' ? losses.sum() : losses.mean()
}
