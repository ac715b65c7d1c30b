/** Products made of matmul and mul. */
import { inv } from '../linalg/solve.ts'
import { uniform, values } from '../ops/samples.ts'
import { Tensor } from '../tensor/core.ts'
import { wholeNumber } from '../tensor/arguments.ts'
import { broadcastShapes, formatShape, normalizeDim, numel, type Shape } from '../tensor/shape.ts'
import { defineFunction, defineVariadic, defineWithOptions } from './define.ts'
import { blended, bmm, matmul, mm, outer, dot, weights, type Weights } from './linalg.ts'
import { signed } from './samples.ts'

/** beta · self + alpha · vec1 × vec2ᵀ. Source: torch.addr. */
export const addr = defineWithOptions({
  name: 'addr',
  widens: 'alone',
  ...weights,
  call: (self: Tensor, vec1: Tensor, vec2: Tensor, options: Weights): Tensor =>
    blended(self, outer(vec1, vec2), options),
  samples: [
    [signed, uniform([3]), uniform([4])],
    [uniform([]), uniform([3]), uniform([4]), { beta: 0.6, alpha: 0.2 }],
  ],
})

/** beta · self + alpha · Σ batch1 × batch2, of [b, n, k] and [b, k, m]. Source: torch.addbmm. */
export const addbmm = defineWithOptions({
  name: 'addbmm',
  widens: 'alone',
  ...weights,
  call: (self: Tensor, batch1: Tensor, batch2: Tensor, options: Weights): Tensor =>
    blended(self, bmm(batch1, batch2).sum(0), options),
  samples: [
    [uniform([3, 5]), uniform([2, 3, 4]), uniform([2, 4, 5])],
    [uniform([1]), uniform([2, 3, 4]), uniform([2, 4, 5]), { beta: 0.6, alpha: 0.2 }],
    [uniform([3, 5]), uniform([0, 3, 4]), uniform([0, 4, 5])],
  ],
})

/**
 * Sum of products of two vectors [n], a single number; numbers here are real. Errors: a RangeError for other shapes. Source: torch.vdot.
 */
export const vdot = defineFunction({
  name: 'vdot',
  call: (self: Tensor, other: Tensor): Tensor => dot(self, other),
  samples: [[uniform([4]), uniform([4], -1, 1)]],
})

type Dims = number | readonly [readonly number[], readonly number[]] | readonly (readonly number[])[]

function contracted(a: Tensor, b: Tensor, dims: Dims): readonly [number[], number[]] {
  if (typeof dims !== 'number') {
    const [left, right] = dims
    if (dims.length !== 2 || !Array.isArray(left) || !Array.isArray(right) || left.length !== right.length)
      throw new RangeError('tensordot: dims is a number, or two lists of as many dimensions.')
    return [left.map((d) => normalizeDim(d, a.ndim)), right.map((d) => normalizeDim(d, b.ndim))]
  }
  wholeNumber('tensordot: dims', dims, 0)
  if (dims > Math.min(a.ndim, b.ndim))
    throw new RangeError(
      `tensordot: there are no ${dims} dimensions to sum over in ${formatShape(a.shape)} and ${formatShape(b.shape)}.`,
    )
  const count = Array.from({ length: dims }, (_, i) => i)
  return [count.map((i) => a.ndim - dims + i), count]
}

/**
 * Sum of products over the last `dims` dimensions of the one and the first of the other, or over those listed for each; an
 * extent of 1 broadcasts. Source: torch.tensordot. Errors: a RangeError for dimensions that do not fit.
 */
export const tensordot = defineWithOptions({
  name: 'tensordot',
  isMethod: false,
  positional: ['dims'],
  call(a: Tensor, b: Tensor, { dims = 2 }: { readonly dims?: Dims }): Tensor {
    const [left, right] = contracted(a, b, dims)
    const extents = broadcastShapes(
      left.map((d) => a.shape[d]!),
      right.map((d) => b.shape[d]!),
      'dimensions that tensordot sums over',
    )
    const free = (x: Tensor, taken: readonly number[]): number[] =>
      x.shape.flatMap((_, i) => (taken.includes(i) ? [] : [i]))
    const stretched = (x: Tensor, taken: readonly number[]): Tensor =>
      x.expand(x.shape.map((n, i) => (taken.includes(i) ? extents[taken.indexOf(i)]! : n)))
    const [rows, columns] = [free(a, left), free(b, right)]
    const shapeOf = (x: Tensor, of: readonly number[]): Shape => of.map((d) => x.shape[d]!)
    const inner = numel(extents)
    const first = stretched(a, left)
      .permute([...rows, ...left])
      .reshape([numel(shapeOf(a, rows)), inner])
    const second = stretched(b, right)
      .permute([...right, ...columns])
      .reshape([inner, numel(shapeOf(b, columns))])
    return matmul(first, second).reshape([...shapeOf(a, rows), ...shapeOf(b, columns)])
  },
  samples: [
    [uniform([2, 3, 4]), uniform([3, 4, 5])],
    [uniform([2, 3]), uniform([3, 4]), 1],
    [uniform([2, 3]), uniform([4]), 0],
    [uniform([2, 3, 4]), uniform([4, 5, 2]), { dims: [[0, 2], [2, 0]] }], // prettier-ignore
    [uniform([2, 1]), uniform([3, 2]), { dims: [[1], [0]] }],
    [uniform([2, 0]), uniform([0, 3]), 1],
  ],
})

/** Sum of products along both last dimensions; with a single number the product. Source: torch.inner. */
export const inner = defineFunction({
  name: 'inner',
  call: (self: Tensor, other: Tensor): Tensor =>
    self.ndim === 0 || other.ndim === 0 ? self.mul(other) : tensordot(self, other, { dims: [[-1], [-1]] }),
  samples: [
    [uniform([4]), uniform([4], -1, 1)],
    [signed, uniform([2, 4])],
    [uniform([]), signed],
    [uniform([2, 3, 4]), uniform([4])],
  ],
})

/** Every element of self times all of other, block by block: extents multiply. Source: torch.kron. */
export const kron = defineFunction({
  name: 'kron',
  call(self: Tensor, other: Tensor): Tensor {
    if (!(self instanceof Tensor) || !(other instanceof Tensor))
      throw new TypeError('kron takes two tensors: use mul for a number.')
    const rank = Math.max(self.ndim, other.ndim)
    const whole = ({ shape }: Tensor): number[] => [
      ...new Array<number>(rank - shape.length).fill(1),
      ...shape,
    ]
    const [a, b] = [whole(self), whole(other)]
    const left = self.reshape(a.flatMap((n) => [n, 1]))
    const right = other.reshape(b.flatMap((n) => [1, n]))
    return left.mul(right).reshape(a.map((n, i) => n * b[i]!))
  },
  samples: [
    [uniform([2, 3]), uniform([2, 2])],
    [uniform([3]), uniform([2, 2])],
    [uniform([]), signed],
    [uniform([0, 2]), uniform([2, 2])],
  ],
})

/** Errors: a RangeError where the extent along `dim` is not 3. */
export function crossProduct(name: string, self: Tensor, other: Tensor, dim: number): Tensor {
  const shape = broadcastShapes(self.shape, other.shape, `operands of ${name}`)
  const d = normalizeDim(dim, shape.length)
  const [a, b] = [self.expand(shape), other.expand(shape)]
  if (shape[d] !== 3)
    throw new RangeError(`${name} needs an extent of 3 along dimension ${dim}, not ${formatShape(shape)}.`)
  return a
    .roll(-1, d)
    .mul(b.roll(-2, d))
    .sub(a.roll(-2, d).mul(b.roll(-1, d)))
}

/** Cross product along `dim`, by default the first of extent 3; the others broadcast. Source: torch.cross. Errors: a RangeError where there is none. */
export const cross = defineWithOptions({
  name: 'cross',
  widens: true,
  positional: ['dim'],
  call(self: Tensor, other: Tensor, { dim }: { readonly dim?: number }): Tensor {
    const found = dim ?? broadcastShapes(self.shape, other.shape, 'operands of cross').indexOf(3)
    if (found === -1 && dim === undefined)
      throw new RangeError(`cross needs a dimension of extent 3, which ${formatShape(self.shape)} has not.`)
    return crossProduct('cross', self, other, found)
  },
  samples: [
    [uniform([2, 3]), uniform([2, 3], -1, 1)],
    [uniform([3, 3, 4]), uniform([3, 3, 4], -1, 1), 1],
    [uniform([1, 3]), uniform([2, 3]), { dim: -1 }],
  ],
})

/** Errors: a RangeError for what is no square matrix, and an n that is no whole number. */
export function powerOfMatrix(name: string, a: Tensor, n: number): Tensor {
  const [rows, columns] = a.shape.slice(-2)
  if (a.ndim < 2 || rows !== columns)
    throw new RangeError(`${name} takes square matrices, not ${formatShape(a.shape)}.`)
  if (!Number.isInteger(n)) throw new RangeError(`${name}: n must be a whole number, not ${n}.`)
  if (n < 0) return powerOfMatrix(name, inv(a), -n)
  if (n === 0) {
    const places = a.newArange(rows!)
    const unit = places.unsqueeze(1).eq(places)
    // Constant in a, and still a function of it.
    return unit.choose(1, a.newFull([], 0, 'bool').choose(a, 0)).to(a.dtype)
  }
  const half = n > 1 ? powerOfMatrix(name, a, Math.floor(n / 2)) : null
  if (half === null) return a.clone()
  const square = matmul(half, half)
  return n % 2 === 1 ? matmul(square, a) : square
}

/** self × … n times, of each square matrix; the unit matrix for 0, of the inverse for a negative n. Source: torch.matrix_power. Errors: a RangeError for what is no square matrix and an n that is no whole number. */
export const matrixPower = defineFunction({
  name: 'matrixPower',
  widens: true,
  call: (self: Tensor, n: number): Tensor => powerOfMatrix('matrixPower', self, n),
  samples: [
    [uniform([3, 3]), 2],
    [uniform([2, 2, 2]), 3],
    [uniform([0, 0]), 3],
    [values([3, 3], [2, 1, -0.5, 1, -3, 0.7, -0.5, 0.4, 1.5]), -2],
  ],
})

/** Where to cut each run of matrices so that the fewest numbers are multiplied (Hu & Shing 1982 call it the chain problem). */
function cuts(extents: readonly number[]): (first: number, last: number) => number {
  const count = extents.length - 1
  const cost = Array.from({ length: count }, () => new Array<number>(count).fill(0))
  const at = cost.map((row) => [...row])
  for (let length = 1; length < count; length++) {
    for (let i = 0; i + length < count; i++) {
      const j = i + length
      const tried = Array.from(
        { length },
        (_, k) =>
          cost[i]![i + k]! + cost[i + k + 1]![j]! + extents[i]! * extents[i + k + 1]! * extents[j + 1]!,
      )
      cost[i]![j] = Math.min(...tried)
      at[i]![j] = i + tried.indexOf(cost[i]![j]!)
    }
  }
  return (first, last) => at[first]![last]!
}

/** Errors: a RangeError for fewer than two tensors, what are no matrices, and shapes that do not fit. */
export function chainProduct(name: string, tensors: readonly Tensor[]): Tensor {
  if (!Array.isArray(tensors) || tensors.length < 2)
    throw new RangeError(`${name} needs a list of at least two tensors.`)
  const end = tensors.length - 1
  const matrices = tensors.map((x: Tensor, i) => {
    if (x.ndim === 2) return x
    if (x.ndim !== 1 || (i !== 0 && i !== end))
      throw new RangeError(
        `${name}: tensor ${i} must be a matrix${i === 0 || i === end ? ' or a vector' : ''}, not ${formatShape(x.shape)}.`,
      )
    return x.unsqueeze(i === 0 ? 0 : 1)
  })
  const extents = [matrices[0]!.shape[0]!, ...matrices.map(({ shape }) => shape[1]!)]
  matrices.forEach(({ shape }, i) => {
    if (shape[0] !== extents[i])
      throw new RangeError(
        `${name}: ${formatShape(shape)} does not fit behind a matrix of ${extents[i]} columns.`,
      )
  })
  const cut = cuts(extents)
  const product = (first: number, last: number): Tensor =>
    first === last
      ? matrices[first]!
      : mm(product(first, cut(first, last)), product(cut(first, last) + 1, last))
  const whole = product(0, end)
  const kept = [
    ...(tensors[0]!.ndim === 1 ? [] : [extents[0]!]),
    ...(tensors[end]!.ndim === 1 ? [] : [extents.at(-1)!]),
  ]
  return whole.reshape(kept)
}

/** Product of matrices, in the order that takes the fewest multiplications. Source: torch.chain_matmul. Errors: a RangeError for shapes that do not fit. */
export const chainMatmul = defineVariadic({
  name: 'chainMatmul',
  isMethod: false,
  call: (...matrices: readonly Tensor[]): Tensor =>
    matrices.length === 1 ? matrices[0]! : chainProduct('chainMatmul', matrices),
  samples: [[uniform([2, 3]), uniform([3, 4]), uniform([4, 2])], [signed]],
})
