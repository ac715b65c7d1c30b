/** Norms of vectors and matrices, as in torch.linalg. */
import { defineWithOptions } from '../functions/define.ts'
import { orders, refuseSingular, vectorLength, type Kept } from '../functions/norms.ts'
import { edge, uniform } from '../ops/samples.ts'
import { formatShape, normalizeDim } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

const place = { isMethod: false, torch: 'torch.linalg' } as const

const matrix = uniform([3, 4])
const cube = uniform([2, 3, 4])

/** (Σ|x|^ord)^(1/ord) of all elements, or along `dim`. Source: torch.linalg.vector_norm. Errors: a TypeError for whole numbers and an order that is no number. */
export const vectorNorm = defineWithOptions({
  name: 'linalg.vectorNorm',
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
  /** 'fro' (the default), 1, −1, ∞ or −∞. */
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
 * −1 and −∞ the smallest. Source: torch.linalg.matrix_norm.
 * Errors: a RangeError for orders that need singular values (2, −2, 'nuc'), for others, and for two dimensions that are none.
 */
export const matrixNorm = defineWithOptions({
  name: 'linalg.matrixNorm',
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
    if (ord === 2 || ord === -2 || ord === 'nuc') refuseSingular('linalg.matrixNorm', ord)
    throw new RangeError(`linalg.matrixNorm: ord is 'fro', 1, -1, Infinity or -Infinity, not ${String(ord)}.`)
  },
  samples: [
    [matrix],
    ...[1, -1, Infinity, -Infinity].map((ord) => [matrix, ord] as const),
    [cube, 'fro', [0, 2], true],
    [cube, 1, [2, 0]],
    [cube, Infinity, [0, 1], true],
    [cube, { ord: -1, dim: [-1, -2], keepdim: true }],
    [uniform([0, 3, 4])],
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
