/** Matrices taken apart, as in torch.linalg. Where PyTorch raises an error over a matrix's values, the result is NaN. */
import { defineFunction, defineWithOptions, results, type Results } from '../functions/define.ts'
import * as ops from '../ops/index.ts'
import { edge, uniform } from '../ops/samples.ts'
import { apply, applyMulti } from '../tensor/core.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { identity, infoOf, mirrored, place, reordered, transposed } from './matrices.ts'
import { solveTriangular } from './solve.ts'

const general = uniform([4, 4])
/**
 * Symmetric and positive definite. No difference quotient can judge the gradient, which both halves have where only one
 * is read.
 */
const definite = edge([4, 1, -0.5, 1, 3, 0.7, -0.5, 0.7, 5], [3, 3])
const definites = edge([3, 1, 1, 2, 5, -1, -1, 4], [2, 2, 2])

interface Half {
  /** Which half is read, or made. */
  readonly upper?: boolean
}

/** L with L·Lᵀ = self, of which the lower half is read; with `upper` U with Uᵀ·U = self. Source: torch.linalg.cholesky. */
export const cholesky = defineWithOptions({
  name: 'linalg.cholesky',
  ...place,
  positional: [],
  named: ['upper'],
  call(self: Tensor, { upper = false }: Half): Tensor {
    const lower = apply(ops.cholesky, [mirrored('linalg.cholesky', self, upper)], null)
    return upper ? transposed(lower) : lower
  },
  samples: [[definite], [definites], [definite, { upper: true }], [uniform([0, 0])]],
})

interface CholeskyOptions extends Half {
  /** Errors are in `info` in any case. */
  readonly checkErrors?: boolean
}

/** { L, info }: info is not 0 for a matrix that is not positive definite, whose L is NaN. Source: torch.linalg.cholesky_ex. */
export const choleskyEx = defineWithOptions({
  name: 'linalg.choleskyEx',
  ...place,
  positional: [],
  named: ['upper', 'checkErrors'],
  call(self: Tensor, { upper = false }: CholeskyOptions): Results<'L' | 'info'> {
    const L = cholesky(self, { upper })
    return results({ L, info: infoOf(L) })
  },
  samples: [[definite], [definites], [definite, { upper: true }]],
})

/** The order of rows in which matrices are taken apart, int32. Columns of zeros make a tall matrix square, and move no row. */
function rowOrder(self: Tensor, missing: number): Tensor {
  const zeros = self.newZeros([...self.shape.slice(0, -1), missing])
  return applyMulti(ops.lu, [apply(ops.cat, [self.detach(), zeros], { dim: self.ndim - 1 })], null)[1]!
}

/** L·U = rows [.., m, n] in their order, L [.., m, k] and U [.., k, n]. */
function unpivoted(self: Tensor): { readonly L: Tensor; readonly U: Tensor; readonly order: Tensor } {
  const [m, n] = [self.shape.at(-2)!, self.shape.at(-1)!]
  const split = (square: Tensor): { L: Tensor; U: Tensor; order: Tensor } => {
    const [packed, order] = applyMulti(ops.lu, [square], null) as [Tensor, Tensor]
    return { L: packed.tril(-1).add(identity(packed)), U: packed.triu(), order }
  }
  if (m === n) return split(self)
  if (m < n) {
    const { L, U, order } = split(self.narrow(-1, 0, m))
    const rest = self.narrow(-1, m, n - m)
    const right = solveTriangular(L, reordered(order, rest), { upper: false, unitriangular: true })
    return { L, U: apply(ops.cat, [U, right], { dim: U.ndim - 1 }), order }
  }
  const order = rowOrder(self, m - n)
  const rows = reordered(order, self)
  // Its rows are in order already.
  const { L, U } = split(rows.narrow(-2, 0, n))
  const below = solveTriangular(U, rows.narrow(-2, n, m - n), { upper: true, left: false })
  return { L: apply(ops.cat, [L, below], { dim: L.ndim - 2 }), U, order }
}

/**
 * { P, L, U } with P·L·U = self [.., m, n]: P [.., m, m] a permutation, L [.., m, k] and U [.., k, n] with k = min(m, n). Of
 * more rows than columns the lower part of L is no number where the columns depend on each other. Source: torch.linalg.lu.
 * Errors: a RangeError for what are no matrices.
 */
export const lu = defineFunction({
  name: 'linalg.lu',
  ...place,
  call(self: Tensor): Results<'P' | 'L' | 'U'> {
    if (self.ndim < 2)
      throw new RangeError(`linalg.lu takes matrices [.., m, n], not ${formatShape(self.shape)}.`)
    const { L, U, order } = unpivoted(self)
    const places = order.newArange(order.shape.at(-1)!)
    return results({ P: transposed(order.unsqueeze(-1).eq(places).to('float32')), L, U })
  },
  samples: [
    [general],
    [uniform([2, 3, 3])],
    [uniform([1, 1])],
    [uniform([3, 5])],
    [uniform([5, 3])],
    [uniform([2, 4, 2])],
    [uniform([2, 1, 3])],
  ],
})

interface QROptions {
  /** 'reduced' by default; a 'complete' Q is square; 'r' computes R alone, and its Q is empty. */
  readonly mode?: 'reduced' | 'complete' | 'r'
}

/**
 * { Q, R } with Q·R = self [.., m, n], Q's min(m, n) columns orthonormal and R upper triangular. Source: torch.linalg.qr.
 * Errors: a RangeError for another mode; from backward(), for a complete Q with more rows than columns.
 */
export const qr = defineWithOptions({
  name: 'linalg.qr',
  ...place,
  positional: ['mode'],
  call(self: Tensor, { mode = 'reduced' }: QROptions): Results<'Q' | 'R'> {
    if (mode !== 'reduced' && mode !== 'complete' && mode !== 'r')
      throw new RangeError(`linalg.qr: mode is 'reduced', 'complete' or 'r', not '${String(mode)}'.`)
    const complete = mode === 'complete'
    const [rows, columns] = [self.shape.at(-2) ?? 0, self.shape.at(-1) ?? 0]
    // The first columns make Q; the others follow from it.
    const head = rows < columns ? self.narrow(-1, 0, rows) : self
    const [Q, R] = applyMulti(ops.qr, [head], { complete }) as [Tensor, Tensor]
    const rest = rows < columns ? [transposed(Q).matmul(self.narrow(-1, rows, columns - rows))] : []
    const wide = rest.length > 0 ? apply(ops.cat, [R, ...rest], { dim: R.ndim - 1 }) : R
    const missing = complete ? Math.max(0, rows - columns) : 0
    const below = wide.newZeros([...wide.shape.slice(0, -2), missing, columns])
    const whole = missing > 0 ? apply(ops.cat, [wide, below], { dim: R.ndim - 2 }) : wide
    return results({ Q: mode === 'r' ? self.newZeros([0]) : Q, R: whole })
  },
  samples: [[uniform([5, 3])], [uniform([2, 3, 3])], [uniform([3, 5])], [uniform([4, 1])]],
})

const half = (name: string, uplo: string): boolean => {
  const letter = uplo.toUpperCase()
  if (letter !== 'L' && letter !== 'U') throw new RangeError(`${name}: UPLO is 'L' or 'U', not '${uplo}'.`)
  return letter === 'U'
}

interface Triangle {
  /** Which half is read: 'L' (by default) or 'U'. */
  readonly UPLO?: string
}

/**
 * { eigenvalues, eigenvectors } of symmetric matrices, rising; vectors are columns, of which the element largest in size
 * is positive. Source: torch.linalg.eigh.
 */
export const eigh = defineWithOptions({
  name: 'linalg.eigh',
  ...place,
  positional: ['UPLO'],
  call(self: Tensor, { UPLO = 'L' }: Triangle): Results<'eigenvalues' | 'eigenvectors'> {
    const symmetric = mirrored('linalg.eigh', self, half('linalg.eigh', UPLO))
    const [eigenvalues, eigenvectors] = applyMulti(ops.eigh, [symmetric], null) as [Tensor, Tensor]
    return results({ eigenvalues, eigenvectors })
  },
  // PyTorch leaves the vectors' signs open: those of the op's samples are settled before they are compared.
  samples: [[edge([2, 0, 0, 3], [2, 2])], [uniform([1, 1])]],
})

/** Eigenvalues of symmetric matrices, rising. Source: torch.linalg.eigvalsh. */
export const eigvalsh = defineWithOptions({
  name: 'linalg.eigvalsh',
  ...place,
  positional: ['UPLO'],
  call: (self: Tensor, options: Triangle): Tensor => eigh(self, options).eigenvalues,
  samples: [[definite], [definites], [definite, 'U'], [uniform([1, 1])]],
})

/**
 * The first n columns of H₁·H₂·…, Hᵢ = 1 − τᵢ·vᵢ·vᵢᵀ, for A [.., m, n] and tau [.., k] with m ≥ n ≥ k: vᵢ is what stands in A's
 * column i below the diagonal, with a 1 above it and zeros before. Source: torch.linalg.householder_product.
 * Errors: a RangeError where they do not fit.
 */
export const householderProduct = defineFunction({
  name: 'linalg.householderProduct',
  widens: true,
  ...place,
  call: (A: Tensor, tau: Tensor): Tensor => reflected('linalg.householderProduct', A, tau),
  samples: [
    [uniform([4, 3]), uniform([3])],
    [uniform([2, 3, 3]), uniform([2, 2])],
    [uniform([1, 1]), uniform([1])],
  ],
})

/** A’s columns as reflections, one after the other: [.., m, n] orthonormal. */
export function reflected(name: string, A: Tensor, tau: Tensor): Tensor {
  const [m, n, k] = [A.shape.at(-2) ?? 0, A.shape.at(-1) ?? 0, tau.shape.at(-1) ?? 0]
  const batch = A.shape.slice(0, -2)
  if (A.ndim < 2 || m < n || n < k || !sameShape(tau.shape.slice(0, -1), batch))
    throw new RangeError(`${name}: ${formatShape(A.shape)} does not fit ${formatShape(tau.shape)}.`)
  if (A.numel() === 0) return A.clone()
  const rows = A.newArange(m).unsqueeze(-1)
  const start = rows.eq(A.newArange(n)).to('float32').expand(A.shape)
  // Of no reflections still a function of both.
  if (k === 0)
    return start.add(
      A.narrow(-1, 0, 0)
        .mul(tau.unsqueeze(-2))
        .matmul(start.narrow(-2, 0, 0)),
    )
  return Array.from({ length: k }, (_, i) => k - 1 - i).reduce((product, i) => {
    const v = rows.gt(i).choose(A.narrow(-1, i, 1), rows.eq(i).to('float32'))
    const share = tau.narrow(-1, i, 1).unsqueeze(-1)
    return product.sub(v.mul(share).matmul(transposed(v).matmul(product)))
  }, start)
}
