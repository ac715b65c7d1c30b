/** Lengths of vectors, and distances as lengths of differences. Of a length of 0 the slope is 0. */
import { singularNorm } from '../linalg/singular.ts'
import { edge, uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/core.ts'
import type { DType } from '../tensor/dtype.ts'
import { broadcastShapes, formatShape, normalizeDim } from '../tensor/shape.ts'
import { defineFunction, defineWithOptions } from './define.ts'
import { cat as joined } from './movement.ts'
import { dimsOf, type Dims } from './operands.ts'
import { signed } from './samples.ts'

export interface Kept {
  readonly dim?: Dims
  readonly keepdim?: boolean
  readonly dtype?: DType
}

/** 0 of 0, else 1, which has a slope: it is 0. */
const counted = (x: Tensor): Tensor => x.eq(0).choose(x, 1).floor()

/** |x|^p, without a slope where x is 0. */
function powered(size: Tensor, p: number): Tensor {
  if (p === 1) return size
  if (p >= 2) return p === 2 ? size.square() : size.pow(p)
  const isZero = size.eq(0)
  return isZero.choose(p > 0 ? 0 : Infinity, isZero.choose(1, size).pow(p))
}

/** (Σ|x|^p)^(1/p): the largest for ∞, the smallest for −∞, for 0 how many are other than 0. Errors: a TypeError for whole numbers. */
export function vectorLength(
  name: string,
  x: Tensor,
  p: number,
  { dim, keepdim = false, dtype }: Kept,
): Tensor {
  const given = dtype ? x.to(dtype) : x
  if (given.dtype !== 'float32')
    throw new TypeError(`${name} takes float32, not ${given.dtype}: use to('float32').`)
  if (typeof p !== 'number' || Number.isNaN(p))
    throw new TypeError(`${name}: the order of a vector's norm is a number, not ${String(p)}.`)
  const dims = dimsOf(given, dim)
  if (p === 0) return counted(given).sum(dims, keepdim)
  const size = given.abs()
  if (p === Infinity) return size.amax(dims, keepdim)
  if (p === -Infinity) return size.amin(dims, keepdim)
  const total = powered(size, p).sum(dims, keepdim)
  if (p === 1) return total
  const isZero = total.eq(0)
  // Negative orders have a length of 0 where the total has none.
  return isZero.choose(p > 0 ? 0 : Infinity, isZero.choose(1, total).pow(1 / p))
}

const matrix = uniform([3, 4])
const zeros = edge([0, 0, 0])

/** Orders that every vector norm has samples of; of 0 PyTorch says that there is a gradient, and gives none. */
export const orders = [0.5, 1, 1.5, 2, 3, -1, -0.5, Infinity, -Infinity] as const

/**
 * ‖self‖ₚ of all elements, or along `dim`. p: any number, or 'fro' (the default), the root of the sum of squares; 'nuc'
 * is the sum of the singular values of matrices in two dimensions. Source: torch.norm.
 * Errors: a RangeError for 'nuc' of other than two dimensions, a TypeError for other names and for whole numbers.
 */
export const norm = defineWithOptions({
  name: 'norm',
  widens: true,
  positional: ['p', 'dim', 'keepdim'],
  named: ['dtype'],
  call(self: Tensor, { p = 'fro', ...rest }: Kept & { readonly p?: number | 'fro' | 'nuc' }): Tensor {
    if (p === 'nuc') return nuclear(self, rest)
    if (typeof p !== 'number' && p !== 'fro')
      throw new TypeError(`norm: p is a number, Infinity or 'fro', not ${String(p)}.`)
    return vectorLength('norm', self, p === 'fro' ? 2 : p, rest)
  },
  samples: [
    [matrix],
    ...orders.map((p) => [matrix, p] as const),
    ...orders.map((p) => [zeros, p] as const),
    [edge([0, -2, 0, 3]), 0.5],
    [edge([0, -2, NaN, 3]), 2],
    [matrix, 'fro', [0, 1]],
    [matrix, 3, 1],
    [matrix, Infinity, -1, true],
    [uniform([2, 3, 4]), 2, [0, 2]],
    [uniform([]), 2],
    [uniform([0, 3]), 2, 0],
    [matrix, { dim: 1, keepdim: true }],
    [matrix, 'nuc'],
    [uniform([2, 3, 4]), 'nuc', [2, 0], true],
  ],
})

function nuclear(self: Tensor, { dim, keepdim = false, dtype }: Kept): Tensor {
  const [rows, columns, ...others] = dimsOf(self, dim)
  if (rows === undefined || columns === undefined || others.length > 0)
    throw new RangeError(
      `norm: 'nuc' is of two dimensions of ${formatShape(self.shape)}; name them with dim.`,
    )
  return singularNorm('norm', dtype ? self.to(dtype) : self, 'nuc', [rows, columns], keepdim)
}

/** ‖self − other‖ₚ of all elements; the shapes broadcast. Source: torch.dist. */
export const dist = defineWithOptions({
  name: 'dist',
  widens: true,
  positional: ['p'],
  call: (self: Tensor, other: Tensor, { p = 2 }: { readonly p?: number }): Tensor =>
    vectorLength('dist', self.sub(other), p, {}),
  samples: [
    [signed, uniform([3, 4], -1, 1)],
    [signed, uniform([4]), 4],
    [signed, uniform([]), Infinity],
    [signed, uniform([3, 1]), 1],
    [uniform([0]), uniform([0])],
  ],
})

const modes = [
  'use_mm_for_euclid_dist_if_necessary',
  'use_mm_for_euclid_dist',
  'donot_use_mm_for_euclid_dist',
] as const

interface PairsOptions {
  /** From 0; 2 by default. */
  readonly p?: number
  /** Taken for the sake of PyTorch's programs: differences are never computed by a product here. */
  readonly computeMode?: (typeof modes)[number]
}

function requireOrder(name: string, p: number): void {
  if (!(p >= 0)) throw new RangeError(`${name}: p must be a number from 0, not ${String(p)}.`)
}

/** Lengths of the rows of `differences`; of no elements they are 0, whatever the order. */
const rowLengths = (name: string, differences: Tensor, p: number): Tensor =>
  differences.shape.at(-1) === 0 ? differences.sum(-1) : vectorLength(name, differences, p, { dim: -1 })

/**
 * ‖x1ᵢ − x2ⱼ‖ₚ of all rows of [.., n, k] and [.., m, k], to [.., n, m]; what stands before broadcasts. Source: torch.cdist.
 * Errors: a RangeError for shapes that do not fit and a negative p.
 */
export const cdist = defineWithOptions({
  name: 'cdist',
  widens: true,
  isMethod: false,
  positional: ['p', 'computeMode'],
  call(x1: Tensor, x2: Tensor, { p = 2, computeMode }: PairsOptions): Tensor {
    requireOrder('cdist', p)
    if (computeMode !== undefined && !modes.includes(computeMode))
      throw new RangeError(`cdist: computeMode is one of ${modes.join(', ')}, not ${String(computeMode)}.`)
    if (x1.ndim < 2 || x2.ndim < 2 || x1.shape.at(-1) !== x2.shape.at(-1))
      throw new RangeError(
        `cdist takes [.., n, k] and [.., m, k], not ${formatShape(x1.shape)} and ${formatShape(x2.shape)}.`,
      )
    broadcastShapes(x1.shape.slice(0, -2), x2.shape.slice(0, -2), 'what stands before the rows of cdist')
    return rowLengths('cdist', x1.unsqueeze(-2).sub(x2.unsqueeze(-3)), p)
  },
  samples: [
    [uniform([3, 2]), uniform([4, 2])],
    ...[0, 1, 1.5, 3, Infinity].map((p) => [uniform([3, 2]), uniform([4, 2]), p] as const),
    [uniform([2, 3, 2]), uniform([1, 4, 2]), 2, 'donot_use_mm_for_euclid_dist'],
    [uniform([0, 2]), uniform([4, 2])],
    [uniform([3, 0]), uniform([4, 0])],
    [edge([1, 2, 1, 2], [2, 2]), edge([1, 2], [1, 2])],
  ],
})

/** ‖xᵢ − xⱼ‖ₚ of all pairs i < j of rows of [n, k], in a list. Source: torch.nn.functional.pdist. Errors: as cdist. */
export const pdist = defineWithOptions({
  name: 'pdist',
  widens: true,
  isMethod: false,
  torch: 'torch.nn.functional',
  positional: ['p'],
  call(input: Tensor, { p = 2 }: { readonly p?: number }): Tensor {
    requireOrder('pdist', p)
    if (input.ndim !== 2) throw new RangeError(`pdist takes [n, k], not ${formatShape(input.shape)}.`)
    const n = input.shape[0]!
    if (n < 2) return input.sum(-1).narrow(0, 0, 0)
    // Row i against those after it; lists of one lead to the next.
    const differences = Array.from({ length: n - 1 }, (_, i) =>
      input.narrow(0, i, 1).sub(input.narrow(0, i + 1, n - 1 - i)),
    )
    return rowLengths('pdist', joined(differences), p)
  },
  samples: [
    [uniform([4, 3])],
    ...[0, 1, 3, Infinity].map((p) => [uniform([4, 3]), p] as const),
    [uniform([1, 3])],
    [uniform([3, 0])],
  ],
})

/** Each part along `dim` shortened to maxnorm, where its norm exceeds that. Source: torch.renorm. Errors: a RangeError for a dim that is none. */
export const renorm = defineFunction({
  name: 'renorm',
  widens: true,
  call(self: Tensor, p: number, dim: number, maxnorm: number): Tensor {
    const d = normalizeDim(dim, self.ndim)
    if (self.ndim < 2)
      throw new RangeError(`renorm needs at least 2 dimensions, not ${formatShape(self.shape)}.`)
    const others = self.shape.flatMap((_, i) => (i === d ? [] : [i]))
    const lengths = vectorLength('renorm', self, p, { dim: others, keepdim: true })
    const isLong = lengths.gt(maxnorm)
    return self.mul(isLong.choose(isLong.choose(lengths, 1).add(1e-7).pow(-1).mul(maxnorm), 1))
  },
  samples: [
    [signed, 2, 0, 1],
    [uniform([2, 3, 4]), 1, -1, 3],
    [uniform([2, 3, 4]), Infinity, 1, 0.5],
    [signed, 2, 1, 100],
  ],
})
