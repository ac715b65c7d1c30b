/** Products of vectors and matrices. */
import * as ops from '../ops/index.ts'
import { integers, uniform } from '../ops/samples.ts'
import { apply, type Tensor } from '../tensor/core.ts'
import { broadcastShapes, formatShape, numel } from '../tensor/shape.ts'
import { defineFunction, defineWithOptions } from './define.ts'
import { signed } from './samples.ts'

/**
 * Matrix product over the last two dimensions, [.., n, k] × [.., k, m]; the others broadcast. Vectors are rows on the left, columns on
 * the right. int32 of int32. Errors: a RangeError for inner extents that differ and single numbers, a TypeError for two types. Source:
 * torch.matmul.
 */
export const matmul = defineFunction({
  name: 'matmul',
  call(self: Tensor, other: Tensor): Tensor {
    if (self.ndim === 0 || other.ndim === 0)
      throw new RangeError('matmul needs at least one dimension on each side.')
    if (self.ndim === 1) return matmul(self.unsqueeze(0), other).squeeze(other.ndim === 1 ? 0 : -2)
    if (other.ndim === 1) return matmul(self, other.unsqueeze(1)).squeeze(-1)
    const batch = broadcastShapes(
      self.shape.slice(0, -2),
      other.shape.slice(0, -2),
      'batch dimensions of matmul',
    )
    const a = self.expand([...batch, ...self.shape.slice(-2)])
    const b = other.expand([...batch, ...other.shape.slice(-2)])
    if (self.dtype === 'int32' && other.dtype === 'int32') return wholeProduct(a, b)
    return apply(ops.matmul, [a, b], null)
  },
  samples: [
    [signed, uniform([4, 5])],
    [uniform([2, 3, 4]), uniform([4, 5])],
    [uniform([2, 1, 3, 4]), uniform([3, 4, 2])],
    [uniform([4]), uniform([4], -1, 1)],
    [signed, uniform([4])],
    [uniform([3]), signed],
    [uniform([3]), uniform([2, 3, 4])],
    [uniform([0, 4]), uniform([4, 5])],
    [uniform([3, 0]), uniform([0, 5])],
    [integers([2, 3, 4], -9, 9), integers([4, 2], -9, 9)],
    [integers([4], -9, 9), integers([4], -9, 9)],
  ],
})

/** Of whole numbers [.., n, k] × [.., k, m], exact in 32 bits: devices' matrix products are of floats. */
function wholeProduct(a: Tensor, b: Tensor): Tensor {
  const [inner, beside] = [a.shape.at(-1), b.shape.at(-2)]
  if (inner !== beside)
    throw new RangeError(
      `Cannot multiply ${formatShape(a.shape)} by ${formatShape(b.shape)}: inner dimensions ${inner} and ${beside} differ.`,
    )
  // Each block of inner positions as products of all pairs: one tensor, though never in memory, has at most so many.
  const each = numel(a.shape) * b.shape.at(-1)!
  const blocks = Math.ceil(each / mostElements)
  if (blocks <= 1 || inner === undefined) return a.unsqueeze(-1).mul(b.unsqueeze(-3)).sum(-2)
  if (each / inner > mostElements)
    throw new RangeError(
      `matmul: ${formatShape(a.shape)} by ${formatShape(b.shape)} has more than ${mostElements} elements.`,
    )
  const size = Math.floor(inner / blocks)
  let sum = wholeProduct(a.narrow(-1, 0, size), b.narrow(-2, 0, size))
  for (let from = size; from < inner; from += size) {
    const count = Math.min(size, inner - from)
    sum = sum.add(wholeProduct(a.narrow(-1, from, count), b.narrow(-2, from, count)))
  }
  return sum
}

/** Of a shape. */
const mostElements = 2 ** 31 - 1

function requireRank(name: string, tensors: readonly Tensor[], ranks: readonly number[]): void {
  tensors.forEach((t, i) => {
    if (t.ndim !== ranks[i])
      throw new RangeError(`${name}: operand ${i} needs ${ranks[i]} dimensions, not ${formatShape(t.shape)}.`)
  })
}

/** Matrix times matrix: [n, k] × [k, m] is [n, m], without broadcasting. Errors: a RangeError for other shapes. Source: torch.mm. */
export const mm = defineFunction({
  name: 'mm',
  call(self: Tensor, mat2: Tensor): Tensor {
    requireRank('mm', [self, mat2], [2, 2])
    return matmul(self, mat2)
  },
  samples: [[signed, uniform([4, 5])]],
})

/**
 * Matrix times matrix of each of a batch: [b, n, k] × [b, k, m] is [b, n, m], without broadcasting. Errors: a RangeError for other
 * shapes. Source: torch.bmm.
 */
export const bmm = defineFunction({
  name: 'bmm',
  call(self: Tensor, mat2: Tensor): Tensor {
    requireRank('bmm', [self, mat2], [3, 3])
    return apply(ops.matmul, [self, mat2], null)
  },
  samples: [[uniform([2, 3, 4]), uniform([2, 4, 5])]],
})

/** Matrix times vector: [n, k] × [k] is [n]. Errors: a RangeError for other shapes. Source: torch.mv. */
export const mv = defineFunction({
  name: 'mv',
  call(self: Tensor, vec: Tensor): Tensor {
    requireRank('mv', [self, vec], [2, 1])
    return matmul(self, vec)
  },
  samples: [[signed, uniform([4])]],
})

/** Sum of products of two vectors [n], a single number. Errors: a RangeError for other shapes. Source: torch.dot. */
export const dot = defineFunction({
  name: 'dot',
  call(self: Tensor, other: Tensor): Tensor {
    requireRank('dot', [self, other], [1, 1])
    return matmul(self, other)
  },
  samples: [[uniform([4]), uniform([4], -1, 1)]],
})

/** All products of two vectors, [n, m]. Source: torch.outer. */
export const outer = defineFunction({
  name: 'outer',
  call(self: Tensor, vec2: Tensor): Tensor {
    requireRank('outer', [self, vec2], [1, 1])
    return self.unsqueeze(1).mul(vec2)
  },
  samples: [[uniform([3]), uniform([4])]],
})

export interface Weights {
  readonly beta?: number
  readonly alpha?: number
}

/** What is added counts not at all with beta 0, not even NaN. */
export const blended = (self: Tensor, product: Tensor, { beta = 1, alpha = 1 }: Weights): Tensor => {
  const scaled = alpha === 1 ? product : product.mul(alpha)
  // Its gradient is 0 then, and not none.
  if (beta === 0) return self.newFull([], 0, 'bool').choose(self, scaled)
  return scaled.add(beta === 1 ? self : self.mul(beta))
}

export const weights = { positional: [], named: ['beta', 'alpha'] } as const

/** beta · self + alpha · mat1 × mat2. Source: torch.addmm. */
export const addmm = defineWithOptions({
  name: 'addmm',
  widens: 'alone',
  ...weights,
  call: (self: Tensor, mat1: Tensor, mat2: Tensor, options: Weights): Tensor =>
    blended(self, mm(mat1, mat2), options),
  samples: [
    [uniform([5]), signed, uniform([4, 5])],
    [uniform([3, 5]), signed, uniform([4, 5]), { beta: 0.5, alpha: 2 }],
  ],
})

/** beta · self + alpha · mat × vec. Source: torch.addmv. */
export const addmv = defineWithOptions({
  name: 'addmv',
  widens: 'alone',
  ...weights,
  call: (self: Tensor, mat: Tensor, vec: Tensor, options: Weights): Tensor =>
    blended(self, mv(mat, vec), options),
  samples: [[uniform([3]), signed, uniform([4]), { beta: 0.5, alpha: 2 }]],
})

/** beta · self + alpha · batch1 × batch2, of [b, n, k] and [b, k, m]. Source: torch.baddbmm. */
export const baddbmm = defineWithOptions({
  name: 'baddbmm',
  widens: 'alone',
  ...weights,
  call: (self: Tensor, batch1: Tensor, batch2: Tensor, options: Weights): Tensor =>
    blended(self, bmm(batch1, batch2), options),
  samples: [[uniform([2, 3, 5]), uniform([2, 3, 4]), uniform([2, 4, 5]), { beta: 0.5 }]],
})

/** Sum of a matrix's diagonal. Source: torch.trace. Errors: a RangeError for what is no matrix. */
export const trace = defineFunction({
  name: 'trace',
  call(self: Tensor): Tensor {
    if (self.ndim !== 2) throw new RangeError(`trace takes a matrix, not ${formatShape(self.shape)}.`)
    return self.diagonal().sum()
  },
  samples: [[signed]],
})
