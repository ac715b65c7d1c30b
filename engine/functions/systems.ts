/** Matrix functions that PyTorch has outside torch.linalg too. What they do, and where they differ, is said there. */
import { exponential } from '../linalg/exponential.ts'
import { cholesky as factorized, eigh, qr as orthogonal, reflected } from '../linalg/factorizations.ts'
import { batched, identity } from '../linalg/matrices.ts'
import { pinv, svd as decomposed } from '../linalg/singular.ts'
import * as systems from '../linalg/solve.ts'
import { edge, uniform, values } from '../ops/samples.ts'
import { AutogradFunction, type FunctionContext } from '../tensor/function.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { defineFunction, defineWithOptions, results, type Results } from './define.ts'

const matrix = values([3, 3], [2, 1, -0.5, 1, -3, 0.7, -0.5, 0.4, 1.5])
const matrices = values([2, 2, 2], [3, 1, 1, -2, 0.5, -1, -1, 4])
const definite = edge([4, 1, -0.5, 1, 3, 0.7, -0.5, 0.7, 5], [3, 3])
/** No difference quotient judges the half that is not read. */
const factor = edge([2, 0, 0, 0.5, 1.5, 0, -0.3, 0.4, 2], [3, 3])

/** As linalg.inv. Source: torch.inverse. */
export const inverse = defineFunction({
  name: 'inverse',
  call: (self: Tensor): Tensor => systems.inv(self),
  samples: [[matrix], [matrices]],
})

/** As linalg.det. Source: torch.det. */
export const det = defineFunction({
  name: 'det',
  call: (self: Tensor): Tensor => systems.det(self),
  samples: [[matrix], [matrices]],
})

/** As linalg.slogdet. Source: torch.slogdet. */
export const slogdet = defineFunction({
  name: 'slogdet',
  call: (self: Tensor): Results<'sign' | 'logabsdet'> => systems.slogdet(self),
  samples: [[matrix], [matrices]],
})

/** Logarithm of the determinant, NaN of a negative one. Source: torch.logdet. */
export const logdet = defineFunction({
  name: 'logdet',
  call(self: Tensor): Tensor {
    const { sign, logabsdet } = systems.slogdet(self)
    return sign.lt(0).choose(NaN, logabsdet)
  },
  samples: [[factor], [edge([1, 2, 3, 1], [2, 2])]],
})

/** As linalg.cholesky. Source: torch.cholesky. */
export const cholesky = defineWithOptions({
  name: 'cholesky',
  positional: ['upper'],
  call: (self: Tensor, options: { readonly upper?: boolean }): Tensor => factorized(self, options),
  samples: [[definite], [definite, true]],
})

/** Both solutions one after the other. The gradient of a factor is that of the whole matrix, as in PyTorch, not of the half that is read. */
class CholeskySolve extends AutogradFunction {
  readonly #upper: boolean
  constructor(upper: boolean) {
    super()
    this.#upper = upper
  }
  forward(context: FunctionContext, b: Tensor, factor: Tensor): Tensor {
    context.saved = [b, factor]
    const turned = factor.transpose(-2, -1)
    const [lower, raised] = this.#upper ? [turned, factor] : [factor, turned]
    const down = systems.solveTriangular(lower, b, { upper: false })
    return systems.solveTriangular(raised, down, { upper: true })
  }
  // ∂A⁻¹b = −A⁻¹·∂A·A⁻¹b, with A = L·Lᵀ.
  backward({ saved: [b, factor] }: FunctionContext, grad: Tensor): readonly [Tensor, Tensor] {
    const right = this.apply(grad, factor!)
    const half = right.matmul(this.apply(b!, factor!).transpose(-2, -1))
    const both = half.add(half.transpose(-2, -1)).neg()
    return [right, this.#upper ? factor!.matmul(both) : both.matmul(factor!)]
  }
}

/** x with A·x = self, where L·Lᵀ = A, or with `upper` Uᵀ·U = A. Source: torch.cholesky_solve. */
export const choleskySolve = defineWithOptions({
  name: 'choleskySolve',
  positional: ['upper'],
  call: (self: Tensor, L: Tensor, { upper = false }: { readonly upper?: boolean }): Tensor =>
    new CholeskySolve(upper).apply(...batched('choleskySolve', self, L)),
  samples: [
    [uniform([3, 2]), factor],
    [uniform([3, 2]), edge([2, 0.5, -0.3, 0, 1.5, 0.4, 0, 0, 2], [3, 3]), true],
  ],
})

/** (L·Lᵀ)⁻¹, or with `upper` (Uᵀ·U)⁻¹, of a Cholesky factor. Source: torch.cholesky_inverse. */
export const choleskyInverse = defineWithOptions({
  name: 'choleskyInverse',
  positional: ['upper'],
  call: (self: Tensor, options: { readonly upper?: boolean }): Tensor =>
    choleskySolve(identity(self), self, options),
  samples: [[factor]],
})

interface TriangularOptions {
  /** true by default. */
  readonly upper?: boolean
  readonly transpose?: boolean
  readonly unitriangular?: boolean
}

/** { solution, clonedCoefficient }: x with A·x = self for triangular A. Source: torch.triangular_solve. */
export const triangularSolve = defineWithOptions({
  name: 'triangularSolve',
  positional: ['upper', 'transpose', 'unitriangular'],
  call(self: Tensor, A: Tensor, options: TriangularOptions): Results<'solution' | 'clonedCoefficient'> {
    const { upper = true, transpose = false, unitriangular = false } = options
    const solution = transpose
      ? systems.solveTriangular(A.transpose(-2, -1), self, { upper: !upper, unitriangular })
      : systems.solveTriangular(A, self, { upper, unitriangular })
    return results({ solution, clonedCoefficient: A.clone() })
  },
  samples: [
    [uniform([3, 2]), matrix],
    [uniform([3, 2]), matrix, false],
    [uniform([3, 2]), matrix, { upper: false, transpose: true }],
    [uniform([3, 2]), matrix, true, false, true],
  ],
})

/** As linalg.qr: `some` is true by default, and must be. Source: torch.qr. */
export const qr = defineWithOptions({
  name: 'qr',
  positional: ['some'],
  call(self: Tensor, { some = true }: { readonly some?: boolean }): Results<'Q' | 'R'> {
    if (!some) throw new RangeError('qr: all of Q is not computed here; leave `some` out.')
    return orthogonal(self)
  },
  samples: [[uniform([5, 3])], [matrix]],
})

/** As linalg.matrixExp. Source: torch.matrix_exp. */
export const matrixExp = defineFunction({
  name: 'matrixExp',
  widens: true,
  call: (self: Tensor): Tensor => exponential('matrixExp', self),
  samples: [[matrix], [uniform([2, 2, 2])]],
})

/** As linalg.pinv with this rcond, 1e-15 by default. Source: torch.pinverse. */
export const pinverse = defineWithOptions({
  name: 'pinverse',
  positional: ['rcond'],
  call: (self: Tensor, { rcond = 1e-15 }: { readonly rcond?: number }): Tensor => pinv(self, { rcond }),
  samples: [[matrix], [uniform([5, 3])], [edge([2, 1, -0.5, 1, -3, 0.7, -0.5, 0.4, 1.5], [3, 3]), 0.5]],
})

/** As linalg.householderProduct. Source: torch.orgqr. */
export const orgqr = defineFunction({
  name: 'orgqr',
  widens: true,
  call: (self: Tensor, tau: Tensor): Tensor => reflected('orgqr', self, tau),
  samples: [[uniform([4, 3]), uniform([3])]],
})

interface SymmetricOptions {
  /** false by default: eigenvectors are empty. */
  readonly eigenvectors?: boolean
  /** Which half is read, true by default. */
  readonly upper?: boolean
}

/** { eigenvalues, eigenvectors } of symmetric matrices, as linalg.eigh. Source: torch.symeig. */
export const symeig = defineWithOptions({
  name: 'symeig',
  positional: ['eigenvectors', 'upper'],
  call(
    self: Tensor,
    { eigenvectors = false, upper = true }: SymmetricOptions,
  ): Results<'eigenvalues' | 'eigenvectors'> {
    const found = eigh(self, upper ? 'U' : 'L')
    return eigenvectors
      ? found
      : results({ eigenvalues: found.eigenvalues, eigenvectors: self.newZeros([0]) })
  },
  // PyTorch leaves the vectors' signs open, and gives values alone no gradient.
  samples: [
    [edge([2, 0, 0, 3], [2, 2]), true],
    [edge([2, 0, 0, 3], [2, 2]), { eigenvectors: true, upper: false }],
    [uniform([1, 1]), true],
  ],
})

interface SingularOptions {
  /** true by default: U and V have as many columns as there are singular values. */
  readonly some?: boolean
  /** false: U and V are zeros. */
  readonly computeUv?: boolean
}

/** { U, S, V } with U·diag(S)·Vᵀ = self, as linalg.svd. Source: torch.svd. */
export const svd = defineWithOptions({
  name: 'svd',
  positional: ['some', 'computeUv'],
  call(self: Tensor, { some = true, computeUv = true }: SingularOptions): Results<'U' | 'S' | 'V'> {
    const { U, S, Vh } = decomposed(self, !some)
    const V = Vh.transpose(-2, -1)
    return results(computeUv ? { U, S, V } : { U: U.zerosLike(), S, V: V.zerosLike() })
  },
  // PyTorch leaves the vectors' signs open.
  samples: [[edge([3, 0, 0, 2], [2, 2])], [uniform([1, 1], 0.5, 2)]],
})
