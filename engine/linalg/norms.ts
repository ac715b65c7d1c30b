/** Norms of vectors and matrices, as in torch.linalg. */
import { defineWithOptions } from '../functions/define.ts'
import { orders, vectorLength, type Kept } from '../functions/norms.ts'
import { edge, uniform, values } from '../ops/samples.ts'
import { formatShape, normalizeDim } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { singularNorm, svdvals } from './singular.ts'
import { inv } from './solve.ts'
import { place } from './matrices.ts'

const matrix = uniform([3, 4])
const cube = uniform([2, 3, 4])

/** (Σ|x|^ord)^(1/ord) of all elements, or along `dim`. Source: torch.linalg.vector_norm. Errors: a TypeError for whole numbers and an order that is no number. */
export const vectorNorm = defineWithOptions({
  name: 'linalg.vectorNorm',
  widens: true,
  ...place,
  positional: ['ord', 'dim', 'keepdim'],
  named: ['dtype'],
  call: (x: Tensor, { ord = 2, ...rest }: Kept & { readonly ord?: number }): Tensor =>
    vectorLength('linalg.vectorNorm', x, ord, rest),
  samples: [
    [matrix],
    ...orders.map((ord) => [matrix, { ord }] as const),
    [uniform([]), { ord: 4, dim: 0, keepdim: true }],
    [cube, 3, [0, 2], true],
    [edge([0, 0, 0]), 1.5],
    [uniform([0, 3]), { dim: 0 }],
  ],
})

type MatrixOrder = number | 'fro' | 'nuc'
interface MatrixOptions {
  /** 'fro' (the default), 'nuc', 1, −1, 2, −2, ∞ or −∞. */
  readonly ord?: MatrixOrder
  /** Rows and columns; the last two by default. */
  readonly dim?: readonly [number, number] | readonly number[]
  readonly keepdim?: boolean
  readonly dtype?: Kept['dtype']
}

/** Sums along one of both dimensions, and of these the largest or the smallest along the other. */
function extremeSum(a: Tensor, summed: number, left: number, isLargest: boolean, keepdim: boolean): Tensor {
  const sums = a.abs().sum(summed, true)
  const found = isLargest ? sums.amax(left, true) : sums.amin(left, true)
  return keepdim ? found : found.reshape(a.shape.filter((_, i) => i !== summed && i !== left))
}

/**
 * Norm of each matrix: 'fro' the root of the sum of squares, 1 the largest sum of a column's sizes, ∞ that of a row's,
 * −1 and −∞ the smallest; of singular values 2 the largest, −2 the smallest and 'nuc' the sum.
 * Source: torch.linalg.matrix_norm. Errors: a RangeError for other orders, and for two dimensions that are none.
 */
export const matrixNorm = defineWithOptions({
  name: 'linalg.matrixNorm',
  widens: true,
  ...place,
  positional: ['ord', 'dim', 'keepdim'],
  named: ['dtype'],
  call(a: Tensor, { ord = 'fro', dim = [-2, -1], keepdim = false, dtype }: MatrixOptions): Tensor {
    const x = dtype ? a.to(dtype) : a
    if (x.ndim < 2 || dim.length !== 2)
      throw new RangeError(
        `linalg.matrixNorm needs two dimensions of at least two, not [${dim.join(', ')}] of ${formatShape(a.shape)}.`,
      )
    const [rows, columns] = [normalizeDim(dim[0]!, x.ndim), normalizeDim(dim[1]!, x.ndim)]
    if (rows === columns)
      throw new RangeError(`linalg.matrixNorm needs two different dimensions, not ${dim.join(' and ')}.`)
    if (ord === 'fro') return vectorLength('linalg.matrixNorm', x, 2, { dim: [rows, columns], keepdim })
    if (ord === 1 || ord === -1) return extremeSum(x, rows, columns, ord > 0, keepdim)
    if (ord === Infinity || ord === -Infinity) return extremeSum(x, columns, rows, ord > 0, keepdim)
    if (ord === 2 || ord === -2 || ord === 'nuc')
      return singularNorm('linalg.matrixNorm', x, ord, [rows, columns], keepdim)
    throw new RangeError(
      `linalg.matrixNorm: ord is 'fro', 'nuc', 1, -1, 2, -2, Infinity or -Infinity, not ${String(ord)}.`,
    )
  },
  samples: [
    [matrix],
    ...[1, -1, Infinity, -Infinity].map((ord) => [matrix, ord] as const),
    [cube, 'fro', [0, 2], true],
    [cube, 1, [2, 0]],
    [cube, Infinity, [0, 1], true],
    [cube, { ord: -1, dim: [-1, -2], keepdim: true }],
    [uniform([0, 3, 4])],
    ...(['nuc', 2, -2] as const).map((ord) => [matrix, ord] as const),
    [cube, 'nuc', [0, 2], true],
    [cube, 2, [2, 0]],
    [cube, -2, [1, 2], true],
  ],
})

interface NormOptions extends Kept {
  readonly ord?: MatrixOrder
}

/**
 * Without `ord` the root of the sum of squares; with it the norm of a vector (one dimension) or of a matrix (two).
 * Source: torch.linalg.norm. Errors: as vectorNorm and matrixNorm, and a RangeError for an order of more than two dimensions.
 */
export const norm = defineWithOptions({
  name: 'linalg.norm',
  widens: true,
  ...place,
  positional: ['ord', 'dim', 'keepdim'],
  named: ['dtype'],
  call(a: Tensor, { ord, dim, ...rest }: NormOptions): Tensor {
    const dims = typeof dim === 'number' ? [dim] : dim
    if (ord === undefined) return vectorNorm(a, { ...rest, ...(dims ? { dim: dims } : {}) })
    const over = dims ?? a.shape.map((_, i) => i)
    if (over.length === 2) return matrixNorm(a, { ord, dim: over, ...rest })
    if (over.length !== 1)
      throw new RangeError(
        `linalg.norm: an order is of one or two dimensions, not of ${over.length} of ${formatShape(a.shape)}; name them with dim.`,
      )
    if (typeof ord !== 'number')
      throw new RangeError(`linalg.norm: the order '${ord}' is of matrices, not of one dimension.`)
    return vectorNorm(a, { ord, dim: over, ...rest })
  },
  samples: [
    [matrix],
    [cube],
    [uniform([5]), 3],
    [uniform([5]), -Infinity],
    [matrix, 1],
    [matrix, 'fro'],
    [cube, 0.5, 1, true],
    [cube, Infinity, [0, 2]],
    [cube, { dim: [0, 1], keepdim: true }],
  ],
})

const regular = values([3, 3], [2, 1, -0.5, 1, -3, 0.7, -0.5, 0.4, 1.5])

/**
 * How far relative errors can grow on the way through each matrix: with p = 2 (the default) or −2 its largest singular value
 * by its smallest or the other way round; with the other orders of matrixNorm that norm times the inverse's, of square ones.
 * Infinite where there is no inverse. Source: torch.linalg.cond. Errors: as matrixNorm, and inv.
 */
export const cond = defineWithOptions({
  name: 'linalg.cond',
  widens: true,
  ...place,
  // PyTorch 1.13 cannot differentiate its own with orders that take an inverse.
  python:
    'lambda A, p=2: torch.linalg.cond(A, p) if abs(p if p not in ("fro", "nuc") else 1) == 2 else torch.linalg.matrix_norm(A, p) * torch.linalg.matrix_norm(torch.linalg.inv(A), p)',
  positional: ['p'],
  call(A: Tensor, { p = 2 }: { readonly p?: MatrixOrder }): Tensor {
    if (A.ndim >= 2 && A.numel() === 0) return A.detach().sum([-2, -1])
    if (p === 2 || p === -2) {
      const S = svdvals(A)
      return p === 2 ? S.amax(-1).div(S.amin(-1)) : S.amin(-1).div(S.amax(-1))
    }
    const inverse = inv(A)
    const exists = inverse.detach().isfinite().all(-1).all(-1)
    const size = matrixNorm(exists.unsqueeze(-1).unsqueeze(-1).choose(inverse, 0), { ord: p })
    return exists.choose(matrixNorm(A, { ord: p }).mul(size), Infinity)
  },
  samples: [
    [regular],
    [matrix],
    [uniform([2, 4, 3])],
    ...(['fro', 'nuc', 1, -1, -2, Infinity, -Infinity] as const).map((p) => [regular, p] as const),
    [uniform([0, 2, 2])],
  ],
})
