/** What matrix functions share. */
import { AutogradFunction, type FunctionContext } from '../tensor/function.ts'
import { transposed } from '../ops/matrices.ts'
import { broadcastShapes, formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

export { identity, transposed } from '../ops/matrices.ts'

/** Where PyTorch has these functions, none of them a method. */
export const place = { isMethod: false, torch: 'torch.linalg' } as const

/** Matrices' rows in an order [.., rows]. */
export const reordered = (order: Tensor, matrices: Tensor): Tensor =>
  matrices.gather(matrices.ndim - 2, order.unsqueeze(-1).expand(matrices.shape))

/** 0 for each matrix of which all numbers came out finite, else 1: where PyTorch counts the step that failed. */
export const infoOf = (result: Tensor): Tensor =>
  result.detach().isfinite().all(-1).all(-1).logicalNot().to('int32')

/** Errors: a RangeError that names the function, for what are no square matrices. */
export function requireSquare(name: string, { shape }: Tensor): void {
  if (shape.length < 2 || shape.at(-1) !== shape.at(-2))
    throw new RangeError(`${name} takes square matrices [.., n, n], not ${formatShape(shape)}.`)
}

/** The batch dimensions of both, and the tensors stretched over them. */
export function batched(name: string, a: Tensor, b: Tensor): [Tensor, Tensor] {
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2), `batches of ${name}`)
  return [a, b].map((x) => x.expand([...batch, ...x.shape.slice(-2)])) as [Tensor, Tensor]
}

/** One half and its mirror image. */
class Mirror extends AutogradFunction {
  readonly #upper: boolean
  constructor(upper: boolean) {
    super()
    this.#upper = upper
  }
  forward(_: FunctionContext, x: Tensor): Tensor {
    const [half, rest] = this.#upper ? [x.triu(), x.triu(1)] : [x.tril(), x.tril(-1)]
    return half.add(transposed(rest))
  }
  backward(_: FunctionContext, grad: Tensor): readonly [Tensor] {
    return [grad]
  }
}

/**
 * Symmetric matrices of which only one half is read. As in PyTorch the gradient is that of the whole matrix: both halves
 * have it.
 */
export function mirrored(name: string, self: Tensor, upper: boolean): Tensor {
  requireSquare(name, self)
  return new Mirror(upper).apply(self)
}
