/** Singular values and what follows from them, as in torch.linalg. */
import { defineFunction, defineWithOptions, results, type Results } from '../functions/define.ts'
import * as ops from '../ops/index.ts'
import { edge, uniform, values } from '../ops/samples.ts'
import { apply, applyMulti } from '../tensor/core.ts'
import { AutogradFunction, type FunctionContext } from '../tensor/function.ts'
import { isGradEnabled } from '../tensor/grad-mode.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { eigh, eigvalsh } from './factorizations.ts'
import { place, transposed } from './matrices.ts'

const matrix = values([3, 3], [2, 1, -0.5, 1, -3, 0.7, -0.5, 0.4, 1.5])
/** No difference quotient judges the gradient where something is cut off. */
const cut = edge([2, 1, -0.5, 1, -3, 0.7, -0.5, 0.4, 1.5], [3, 3])
const tall = uniform([5, 3])
const wide = uniform([2, 3, 4])

const extents = (name: string, { shape }: Tensor): [number, number] => {
  if (shape.length < 2) throw new RangeError(`${name} takes matrices [.., m, n], not ${formatShape(shape)}.`)
  return [shape.at(-2)!, shape.at(-1)!]
}

/** U [.., m, k], S [.., k] and V [.., n, k] with U·diag(S)·Vᵀ = A. */
function reduced(name: string, A: Tensor): { readonly U: Tensor; readonly S: Tensor; readonly V: Tensor } {
  const [rows, columns] = extents(name, A)
  const [U, S, V] = applyMulti(ops.svd, [rows < columns ? transposed(A) : A], null) as [
    Tensor,
    Tensor,
    Tensor,
  ]
  return rows < columns ? { U: V, S, V: U } : { U, S, V }
}

/** With as many orthonormal columns beside those of [.., m, k] as make it square. They have no gradient. */
function completed(columns: Tensor): Tensor {
  const [rows, count] = columns.shape.slice(-2) as [number, number]
  if (rows === count) return columns
  const [Q] = applyMulti(ops.qr, [columns.detach()], { complete: true })
  return apply(ops.cat, [columns, Q!.narrow(-1, count, rows - count)], { dim: columns.ndim - 1 })
}

interface SVDOptions {
  /** true by default: U and Vh are square. */
  readonly fullMatrices?: boolean
}

/**
 * { U, S, Vh } with U·diag(S)·Vh = A [.., m, n], S falling. In U, or of wide matrices in Vh, the element largest in size of
 * each vector is positive, where PyTorch leaves signs open. Source: torch.linalg.svd.
 */
export const svd = defineWithOptions({
  name: 'linalg.svd',
  ...place,
  positional: ['fullMatrices'],
  call(A: Tensor, { fullMatrices = true }: SVDOptions): Results<'U' | 'S' | 'Vh'> {
    const { U, S, V } = reduced('linalg.svd', A)
    const shown = (columns: Tensor): Tensor => (fullMatrices ? completed(columns) : columns)
    return results({ U: shown(U), S, Vh: transposed(shown(V)) })
  },
  // PyTorch leaves the vectors' signs open: those of the op's samples are settled before they are compared.
  samples: [[edge([3, 0, 0, 2], [2, 2])], [uniform([1, 1], 0.5, 2)]],
})

/**
 * Norms made of the singular values of the matrices that lie in two dimensions: 'nuc' their sum, 2 the largest and −2 the
 * smallest.
 */
export function singularNorm(
  name: string,
  x: Tensor,
  order: 'nuc' | 2 | -2,
  [rows, columns]: readonly [number, number],
  keepdim: boolean,
): Tensor {
  const { S } = reduced(name, x.movedim([rows, columns], [-2, -1]))
  const found = order === 'nuc' ? S.sum(-1) : order === 2 ? S.amax(-1) : S.amin(-1)
  return keepdim ? found.reshape(x.shape.map((n, i) => (i === rows || i === columns ? 1 : n))) : found
}

/** Singular values, falling. Source: torch.linalg.svdvals. */
export const svdvals = defineFunction({
  name: 'linalg.svdvals',
  ...place,
  call: (A: Tensor): Tensor => reduced('linalg.svdvals', A).S,
  samples: [[matrix], [tall], [wide]],
})

interface Tolerance {
  /** What is less counts as 0; by default rtol times the largest. */
  readonly atol?: number | null
  /** By default max(m, n) times the distance from 1 to the next float32, or 0 where atol is given. */
  readonly rtol?: number | null
  readonly hermitian?: boolean
}

const float32Epsilon = 2 ** -23

/** Which of a matrix's values count as more than 0. */
function isThere(values: Tensor, shape: readonly number[], { atol, rtol }: Tolerance): Tensor {
  if (values.numel() === 0) return values.gt(0)
  const least = atol ?? 0
  const share = rtol ?? (least > 0 ? 0 : Math.max(shape.at(-2)!, shape.at(-1)!) * float32Epsilon)
  return values.gt(values.amax(-1, true).mul(share).maximum(least))
}

/** How many singular values are not 0, int32. Source: torch.linalg.matrix_rank. */
export const matrixRank = defineWithOptions({
  name: 'linalg.matrixRank',
  ...place,
  positional: ['hermitian'],
  named: ['atol', 'rtol'],
  call(A: Tensor, options: Tolerance): Tensor {
    const S = options.hermitian ? eigvalsh(A).abs() : reduced('linalg.matrixRank', A).S
    return isThere(S, A.shape, options).sum(-1)
  },
  samples: [[matrix], [edge([1, 2, 2, 4], [2, 2])], [tall], [wide], [matrix, { atol: 2 }]],
})

/** 1 / values where they count, 0 elsewhere. */
const inverted = (values: Tensor, counts: Tensor): Tensor =>
  counts.choose(counts.choose(values, 1).reciprocal(), 0)

/** Its gradient needs no vectors, whose own is no number where two values are equal (Golub & Pereyra 1973). */
class Pseudoinverse extends AutogradFunction {
  readonly #tolerance: Tolerance
  constructor(tolerance: Tolerance) {
    super()
    this.#tolerance = tolerance
  }
  forward(context: FunctionContext, A: Tensor): Tensor {
    const found = this.#computed(A)
    context.saved = [A, found]
    return found
  }
  #computed(A: Tensor): Tensor {
    if (this.#tolerance.hermitian) {
      const { eigenvalues, eigenvectors } = eigh(A)
      const inverse = inverted(eigenvalues, isThere(eigenvalues.abs(), A.shape, this.#tolerance))
      return eigenvectors.mul(inverse.unsqueeze(-2)).matmul(transposed(eigenvectors))
    }
    const { U, S, V } = reduced('linalg.pinv', A)
    const inverse = inverted(S, isThere(S, A.shape, this.#tolerance))
    return V.mul(inverse.unsqueeze(-2)).matmul(transposed(U))
  }
  // ∂P = −P·∂A·P + P·Pᵀ·∂Aᵀ·(1 − A·P) + (1 − P·A)·∂Aᵀ·Pᵀ·P.
  backward({ saved: [a, found] }: FunctionContext, grad: Tensor): readonly [Tensor] {
    const A = a!
    // A gradient of the gradient sees how the pseudoinverse depends on A.
    const P = isGradEnabled() ? this.apply(A) : found!
    const [turned, up] = [transposed(P), transposed(grad)]
    const outside = up.sub(A.matmul(P.matmul(up))).matmul(P.matmul(turned))
    const beside = turned.matmul(P).matmul(up.sub(up.matmul(P).matmul(A)))
    return [outside.add(beside).sub(turned.matmul(grad).matmul(turned))]
  }
}

/**
 * The pseudoinverse (Moore & Penrose): singular values that count as 0 stay 0. The gradient is, as in PyTorch, that of a
 * matrix of which they are 0. Source: torch.linalg.pinv.
 */
export const pinv = defineWithOptions({
  name: 'linalg.pinv',
  ...place,
  positional: ['rcond', 'hermitian'],
  named: ['atol', 'rtol'],
  call(A: Tensor, { rcond, ...options }: Tolerance & { readonly rcond?: number }): Tensor {
    const tolerance = rcond === undefined ? options : { rtol: rcond, ...options }
    extents('linalg.pinv', A)
    return A.numel() === 0 ? transposed(A).clone() : new Pseudoinverse(tolerance).apply(A)
  },
  samples: [[matrix], [tall], [wide], [cut, { rtol: 0.5 }], [edge([2, 1, 1, 2], [2, 2]), { hermitian: true }], [uniform([3, 0])]], // prettier-ignore
})
