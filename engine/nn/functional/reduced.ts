/** What becomes of losses: their mean (default), their sum, or each. */
import type { Tensor } from '../../tensor/tensor.ts'
import { oneOf } from '../checks.ts'

export type Reduction = 'mean' | 'sum' | 'none'
export interface Reduced {
  readonly reduction?: Reduction
}
export const reductions: readonly Reduction[] = ['mean', 'sum', 'none']

export function reduced(losses: Tensor, { reduction = 'mean' }: Reduced): Tensor {
  oneOf('reduction', reduction, reductions)
  if (reduction === 'none') return losses
  return reduction === 'sum' ? losses.sum() : losses.mean()
}
