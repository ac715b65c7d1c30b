/** What gradients of matrix ops are made of, and the functions beside them. */
import type { Tensor } from '../tensor/core.ts'

export const transposed = (x: Tensor): Tensor => x.transpose(-2, -1)

/** Ones on the diagonal of matrices like these. */
export function identity(like: Tensor): Tensor {
  const positions = like.newArange(like.shape.at(-1)!)
  return positions.unsqueeze(-1).eq(positions).to('float32')
}
