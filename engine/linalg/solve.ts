/** Systems of equations, inverses and determinants, as in torch.linalg. A singular matrix gives infinities or NaN where PyTorch raises an error. */
import { defineFunction, defineWithOptions, results, type Results } from '../functions/define.ts'
import * as ops from '../ops/index.ts'
import { uniform, values } from '../ops/samples.ts'
import { apply, applyMulti } from '../tensor/core.ts'
import { formatShape, numel } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { batched, identity, infoOf, place, reordered, requireSquare, transposed } from './matrices.ts'

const matrix = values([3, 3], [2, 1, -0.5, 1, -3, 0.7, -0.5, 0.4, 1.5])
const matrices = values([2, 2, 2], [3, 1, 1, -2, 0.5, -1, -1, 4])
const lower = values([3, 3], [2, 9, 9, 1, -3, 9, -0.5, 0.4, 1.5])

interface Side {
  /** false: x·A = B in place of A·x = B. */
  readonly left?: boolean
}

interface Triangle extends Side {
  readonly upper?: boolean
  /** The diagonal is taken to be 1, and not read. */
  readonly unitriangular?: boolean
}

/**
 * x with A·x = B, A [.., n, n] triangular, of which the other half is not read; `upper` must be said.
 * Source: torch.linalg.solve_triangular.
 */
export const solveTriangular = defineWithOptions({
  name: 'linalg.solveTriangular',
  ...place,
  positional: [],
  named: ['upper', 'left', 'unitriangular'],
  call(A: Tensor, B: Tensor, { upper, left = true, unitriangular = false }: Triangle): Tensor {
    if (upper === undefined)
      throw new TypeError(
        'linalg.solveTriangular: say which half is read, { upper: true } or { upper: false }.',
      )
    if (!left)
      return transposed(solveTriangular(transposed(A), transposed(B), { upper: !upper, unitriangular }))
    return apply(ops.solveTriangular, batched('linalg.solveTriangular', A, B), { upper, unitriangular })
  },
  samples: [
    [lower, uniform([3, 2]), { upper: false }],
    [lower, uniform([3, 2]), { upper: true, unitriangular: true }],
    [lower, uniform([2, 3]), { upper: false, left: false }],
    [matrices, uniform([2, 1]), { upper: true }],
  ],
})

/** x with A·x = b for matrices b of the same batch. */
function solved(A: Tensor, b: Tensor): Tensor {
  const [packed, order] = applyMulti(ops.lu, [A], null) as [Tensor, Tensor]
  const down = apply(ops.solveTriangular, [packed, reordered(order, b)], {
    upper: false,
    unitriangular: true,
  })
  return apply(ops.solveTriangular, [packed, down], { upper: true, unitriangular: false })
}

/**
 * x with A·x = B: A [.., n, n], B [.., n, k], or a vector for each matrix. Source: torch.linalg.solve.
 * Errors: a RangeError where they do not fit.
 */
export const solve = defineWithOptions({
  name: 'linalg.solve',
  ...place,
  positional: [],
  named: ['left'],
  call(A: Tensor, B: Tensor, { left = true }: Side): Tensor {
    requireSquare('linalg.solve', A)
    // As PyTorch decides: a batch of vectors has the matrices' shape but for the last dimension.
    const isVector = B.ndim === 1 || (B.ndim === A.ndim - 1 && B.shape.every((n, i) => n === A.shape[i]))
    if (isVector) return solve(A, B.unsqueeze(-1), { left: true }).squeeze(-1)
    if (!left) return transposed(solve(transposed(A), transposed(B)))
    if (A.shape.at(-1) !== B.shape.at(-2))
      throw new RangeError(`linalg.solve: ${formatShape(A.shape)} does not fit ${formatShape(B.shape)}.`)
    return solved(...batched('linalg.solve', A, B))
  },
  samples: [
    [matrix, uniform([3, 2])],
    [matrix, uniform([3])],
    [matrices, uniform([2, 1])],
    [matrices, uniform([2, 2])],
    [matrix, uniform([2, 3]), { left: false }],
  ],
})

/** The matrix that undoes each of A [.., n, n]. Source: torch.linalg.inv. */
export const inv = defineFunction({
  name: 'linalg.inv',
  ...place,
  call(A: Tensor): Tensor {
    requireSquare('linalg.inv', A)
    return solved(A, identity(A).expand(A.shape))
  },
  samples: [[matrix], [matrices], [uniform([1, 1])]],
})

interface Checked {
  /** Errors are in `info` in any case. */
  readonly checkErrors?: boolean
}

/** { inverse, info }: info is not 0 where there is none. Source: torch.linalg.inv_ex. */
export const invEx = defineWithOptions({
  name: 'linalg.invEx',
  ...place,
  positional: [],
  named: ['checkErrors'],
  call(A: Tensor, _: Checked): Results<'inverse' | 'info'> {
    const inverse = inv(A)
    return results({ inverse, info: infoOf(inverse) })
  },
  samples: [[matrix], [matrices]],
})

/** { result, info }: info is not 0 where A is singular. Source: torch.linalg.solve_ex. */
export const solveEx = defineWithOptions({
  name: 'linalg.solveEx',
  ...place,
  positional: [],
  named: ['left', 'checkErrors'],
  call(A: Tensor, B: Tensor, { left }: Side & Checked): Results<'result' | 'info'> {
    const result = solve(A, B, left === undefined ? {} : { left })
    const whole = result.ndim < A.ndim ? result.unsqueeze(-1) : result
    return results({ result, info: infoOf(whole) })
  },
  samples: [
    [matrix, uniform([3, 2])],
    [matrices, uniform([2, 2])],
  ],
})

/** Of an order of rows: −1 where an odd number of exchanges makes it, else 1. */
function sign(order: Tensor): Tensor {
  const positions = order.newArange(order.shape.at(-1)!)
  const isBehind = positions.unsqueeze(-1).lt(positions)
  const isTurned = order.unsqueeze(-1).gt(order.unsqueeze(-2)).logicalAnd(isBehind)
  const turns = isTurned.sum([-2, -1])
  return turns.remainder(2).mul(-2).add(1).to('float32')
}

/** Determinants of A [.., n, n]. Source: torch.linalg.det. */
export const det = defineFunction({
  name: 'linalg.det',
  ...place,
  call(A: Tensor): Tensor {
    requireSquare('linalg.det', A)
    const [packed, order] = applyMulti(ops.lu, [A], null) as [Tensor, Tensor]
    return packed.diagonal(0, -2, -1).prod(-1).mul(sign(order))
  },
  samples: [[matrix], [matrices], [uniform([1, 1])]],
})

/** { sign, logabsdet }: det(A) = sign · exp(logabsdet), also where that overflows. Source: torch.linalg.slogdet. */
export const slogdet = defineFunction({
  name: 'linalg.slogdet',
  ...place,
  call(A: Tensor): Results<'sign' | 'logabsdet'> {
    requireSquare('linalg.slogdet', A)
    const [packed, order] = applyMulti(ops.lu, [A], null) as [Tensor, Tensor]
    const diagonal = packed.diagonal(0, -2, -1)
    return results({
      sign: diagonal.sign().prod(-1).mul(sign(order)),
      logabsdet: diagonal.abs().log().sum(-1),
    })
  },
  samples: [[matrix], [matrices], [uniform([1, 1])]],
})

/**
 * x with tensordot(A, x, x.ndim) = B: A has B's extents and then x's, as many elements in both; `dims` of A go to its end
 * first. Source: torch.linalg.tensorsolve. Errors: a RangeError where they do not fit.
 */
export const tensorsolve = defineWithOptions({
  name: 'linalg.tensorsolve',
  ...place,
  positional: ['dims'],
  call(A: Tensor, B: Tensor, { dims }: { readonly dims?: readonly number[] }): Tensor {
    const moved = dims ? A.movedim([...dims], dims.map((_, i) => A.ndim - dims.length + i)) : A // prettier-ignore
    const unknowns = moved.shape.slice(B.ndim)
    const count = B.numel()
    if (numel(unknowns) !== count || moved.numel() !== count * count)
      throw new RangeError(
        `linalg.tensorsolve: ${formatShape(moved.shape)} does not fit ${formatShape(B.shape)}.`,
      )
    return solve(moved.reshape([count, count]), B.reshape([-1])).reshape(unknowns)
  },
  samples: [
    [uniform([2, 3, 6]), uniform([2, 3])],
    [uniform([2, 3, 2, 3]), uniform([2, 3])],
    [uniform([2, 6, 3]), uniform([2, 3]), [1]],
    [uniform([2, 3, 6]), uniform([2, 3]), { dims: [0, 2] }],
  ],
})

/**
 * The tensor X with tensordot(X, B, ind) = tensorsolve(A, B): A's extents from `ind` on come first, and make as many elements
 * as those before. Source: torch.linalg.tensorinv. Errors: a RangeError where they do not.
 */
export const tensorinv = defineWithOptions({
  name: 'linalg.tensorinv',
  ...place,
  positional: ['ind'],
  call(A: Tensor, { ind = 2 }: { readonly ind?: number }): Tensor {
    if (!Number.isInteger(ind) || ind < 1)
      throw new RangeError(`linalg.tensorinv: ind must be a whole number from 1, not ${ind}.`)
    const [before, after] = [A.shape.slice(0, ind), A.shape.slice(ind)]
    if (numel(before) !== numel(after))
      throw new RangeError(
        `linalg.tensorinv: the extents before dimension ${ind} of ${formatShape(A.shape)} make other than those from it on.`,
      )
    return inv(A.reshape([numel(before), numel(after)])).reshape([...after, ...before])
  },
  samples: [[uniform([2, 3, 6])], [uniform([6, 3, 2]), 1], [uniform([2, 2, 1, 4]), { ind: 2 }]],
})
