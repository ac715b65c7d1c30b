/** Matrices taken apart, as in torch.linalg. Where PyTorch raises an error over a matrix's values, the result is NaN. */
import { defineFunction, defineWithOptions, results, type Results } from '../functions/define.ts'
import * as ops from '../ops/index.ts'
import { edge, uniform } from '../ops/samples.ts'
import { apply, applyMulti } from '../tensor/core.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { identity, mirrored, transposed } from './matrices.ts'

const place = { isMethod: false, torch: 'torch.linalg' } as const

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
    return results({ L, info: L.detach().isfinite().all(-1).all(-1).logicalNot().to('int32') })
  },
  samples: [[definite], [definites], [definite, { upper: true }]],
})

/**
 * { P, L, U } with P·L·U = self [.., n, n], P a permutation. Source: torch.linalg.lu.
 * Errors: a RangeError for matrices that are not square.
 */
export const lu = defineFunction({
  name: 'linalg.lu',
  ...place,
  call(self: Tensor): Results<'P' | 'L' | 'U'> {
    const [packed, order] = applyMulti(ops.lu, [self], null) as [Tensor, Tensor]
    const one = identity(packed)
    return results({
      P: transposed(
        order
          .unsqueeze(-1)
          .eq(packed.newArange(packed.shape.at(-1)!))
          .to('float32'),
      ),
      L: packed.tril(-1).add(one),
      U: packed.triu(),
    })
  },
  samples: [[general], [uniform([2, 3, 3])], [uniform([1, 1])]],
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
