/** Elements looked up by position. What an index out of range gives is said with the op: a device cannot raise. */
import * as ops from '../ops/index.ts'
import { integers, uniform } from '../ops/samples.ts'
import { apply, Tensor } from '../tensor/core.ts'
import { formatShape, normalizeDim } from '../tensor/shape.ts'
import { defineFunction, defineVariadic, defineWithOptions } from './define.ts'
import { signed } from './samples.ts'

interface Sparse {
  /** Taken for the sake of PyTorch's programs: gradients are dense. */
  readonly sparseGrad?: boolean
}

/** out[…i…] = self[…index[…i…]…] along `dim`. Source: torch.gather. */
export const gather = defineWithOptions({
  name: 'gather',
  positional: [],
  named: ['sparseGrad'],
  call: (self: Tensor, dim: number, index: Tensor, options: Sparse): Tensor => {
    if (options.sparseGrad) throw new TypeError('gather: gradients are dense here; leave sparseGrad out.')
    return apply(ops.gather, [self, index], { dim: normalizeDim(dim, self.ndim) })
  },
  samples: [
    [uniform([3, 5]), 1, integers([3, 2], 0, 5)],
    [uniform([4, 3]), 0, integers([6, 3], 0, 4)],
  ],
})

/** The rows (or columns…) listed by a one-dimensional index. Source: torch.index_select. */
export const indexSelect = defineFunction({
  name: 'indexSelect',
  call: (self: Tensor, dim: number, index: Tensor): Tensor =>
    apply(ops.indexSelect, [self, index], { dim: normalizeDim(dim, self.ndim) }),
  samples: [
    [uniform([5, 3]), 0, integers([4], 0, 5)],
    [uniform([3, 5]), -1, integers([7], 0, 5)],
  ],
})

/** self with every src[…i…] added at […index[…i…]…] along `dim`, first to last. Source: torch.scatter_add. */
export const scatterAdd = defineFunction({
  name: 'scatterAdd',
  call(self: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
    const used = src.shrink(index.shape.map((n) => [0, n] as const))
    return self.add(used.scatterSum(normalizeDim(dim, self.ndim), index, self.shape))
  },
  samples: [
    [uniform([3, 6]), 1, integers([3, 4], 0, 6), uniform([3, 4])],
    [uniform([3, 2]), 0, integers([5, 2], 0, 3), uniform([5, 2])],
  ],
})

/** Of all elements in a row, those listed. Source: torch.take. */
export const take = defineFunction({
  name: 'take',
  call: (self: Tensor, index: Tensor): Tensor =>
    indexSelect(self.reshape([-1]), 0, index.reshape([-1])).reshape(index.shape),
  samples: [[signed, integers([2, 3], 0, 12)]],
})

/** Truth at each class: [..] (integers from 0) to [.., numClasses], int32. Source: torch.nn.functional.one_hot. */
export const oneHot = defineFunction({
  name: 'oneHot',
  isMethod: false,
  torch: 'torch.nn.functional',
  call: (self: Tensor, numClasses: number): Tensor =>
    self.unsqueeze(-1).eq(self.newArange(numClasses)).to('int32'),
  samples: [[integers([5], 0, 4), 4]],
})

/** Parts of an index: a number, null for a new dimension, [start, end, step] for a slice, a tensor, or '...' for all between. */
export type Index =
  number | null | '...' | ':' | readonly [start?: number | null, end?: number | null, step?: number] | Tensor

/**
 * x[…] as in Python: `x.index(0)`, `x.index(':', [1, 3])` for x[:, 1:3], `x.index('...', -1)`, `x.index(rows)` with a
 * tensor of positions, int32 or bool. Source: torch.Tensor.__getitem__.
 */
export const index = defineVariadic({
  name: 'index',
  torch: 'x[…]',
  call(self: Tensor, ...parts: readonly Index[]): Tensor {
    const taken = parts.filter((p) => p !== null && p !== '...').length
    const rest = self.ndim - taken
    if (rest < 0 || parts.filter((p) => p === '...').length > 1)
      throw new RangeError(`index: ${parts.length} parts do not fit ${formatShape(self.shape)}.`)
    let out = self
    let d = 0
    for (const part of parts) {
      if (part === null) out = out.unsqueeze(d++)
      else if (part === '...') d += rest
      else if (part === ':') d++
      else if (typeof part === 'number') out = out.select(d, part)
      else if (part instanceof Tensor) {
        out = lookedUp(out, d, part)
        d += part.ndim
      } else {
        const [start, end, step] = part
        out = out.slice(d++, start ?? 0, end ?? undefined, step ?? 1)
      }
    }
    return out
  },
  samples: [
    [uniform([2, 3, 4]), 1],
    [uniform([2, 3, 4]), ':', -1],
    [uniform([2, 3, 4]), '...', 0],
    [uniform([2, 3, 4]), [null, null], [1, 3]],
    [uniform([2, 3, 4]), ':', [0, null, 2], null, 2],
    [uniform([2, 3, 4]), ':', integers([2, 2], -3, 3)],
    [uniform([5]), integers([3], 0, 5)],
  ],
})

function lookedUp(x: Tensor, d: number, positions: Tensor): Tensor {
  if (positions.dtype === 'bool')
    throw new TypeError(
      'index: how many elements a bool tensor picks is not known before it is computed; use where or maskedFill.',
    )
  const extent = x.shape[d]!
  const wrapped = positions.lt(0).choose(positions.add(extent), positions)
  const picked = x.indexSelect(d, wrapped.reshape([-1]))
  return picked.reshape([...x.shape.slice(0, d), ...positions.shape, ...x.shape.slice(d + 1)])
}
