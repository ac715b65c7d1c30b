/**
 * Elements looked up by position. Indices are int32 and count from 0. Where PyTorch raises an error for one out of range
 * (negative ones are), a device that computes later cannot: the look-up gives NaN, of integers the lowest int32 or the
 * highest uint32, of bytes 0, of bools false; and there is no gradient.
 */
import { around, formatShape, numel, type Shape } from '../tensor/shape.ts'
import { defineOp } from './define.ts'
import { edge, integers, special, specialRows, uniform, values } from './samples.ts'

/** Two columns of special values, and rows of them that are looked up. */
const table = edge([...special, ...special.toReversed()], [7, 2])
const rows = values([3], [0, 6, 2], 'int32')

function requireIndex(dtype: string): void {
  if (dtype !== 'int32' && dtype !== 'uint32') throw new TypeError(`An index must be int32, not ${dtype}.`)
}

/** Nothing can be looked up in nothing. */
function requireSource(shape: Shape, dim: number, index: Shape): void {
  if (shape[dim] === 0 && numel(index) > 0)
    throw new RangeError(`Dimension ${dim} of ${formatShape(shape)} is empty: there is nothing to look up.`)
}

/** out[…i…] = x[…index[…i…]…] along `dim` (torch.gather). */
export const gather = defineOp<{ dim: number }>({
  name: 'gather',
  half: 'kept',
  infer: ([x, index], { dim }) => {
    requireIndex(index!.dtype)
    const fits =
      x!.shape.length === index!.shape.length && index!.shape.every((n, i) => i === dim || n <= x!.shape[i]!)
    if (!fits) {
      throw new RangeError(
        `Index ${formatShape(index!.shape)} does not fit ${formatShape(x!.shape)} outside dimension ${dim}.`,
      )
    }
    requireSource(x!.shape, dim, index!.shape)
    return { shape: index!.shape, dtype: x!.dtype }
  },
  lower: (k, [x, index], { dim }) => k.gather(x!, dim, k.cast(index!, 'int32')),
  gradient: ({ inputs: [x, index], attrs: { dim } }, grad) => [grad.scatterSum(dim, index!, x!.shape), null],
  samples: [
    { inputs: [uniform([3, 5]), integers([3, 2], 0, 5)], attrs: { dim: 1 } },
    { inputs: [uniform([4, 3]), integers([6, 3], 0, 4)], attrs: { dim: 0 } },
    { inputs: [specialRows, integers([49, 5], 0, 2)], attrs: { dim: 1 } },
    { inputs: [uniform([3, 2]), integers([0, 2], 0, 3)], attrs: { dim: 0 } },
    { inputs: [uniform([1]), integers([1], 0, 1)], attrs: { dim: 0 } },
  ],
  torch: 'torch.gather(x0, dim, x1.long())',
})

/** The rows (or columns…) listed by a one-dimensional index. */
export const indexSelect = defineOp<{ dim: number }>({
  name: 'indexSelect',
  half: 'kept',
  infer: ([x, index], { dim }) => {
    requireIndex(index!.dtype)
    if (index!.shape.length !== 1)
      throw new RangeError(`The index must have one dimension, not ${formatShape(index!.shape)}.`)
    requireSource(x!.shape, dim, index!.shape)
    return { shape: x!.shape.with(dim, index!.shape[0]!), dtype: x!.dtype }
  },
  lower: (k, [x, index], { dim }, output) => {
    const column = k.reshape(
      index!,
      output.shape.map((n, i) => (i === dim ? n : 1)),
    )
    return k.gather(x!, dim, k.expand(k.cast(column, 'int32'), output.shape))
  },
  gradient: ({ inputs: [x, index], attrs: { dim } }, grad) => {
    const column = index!.reshape(grad.shape.map((n, i) => (i === dim ? n : 1)))
    return [grad.scatterSum(dim, column, x!.shape), null]
  },
  samples: [
    { inputs: [uniform([5, 3]), integers([4], 0, 5)], attrs: { dim: 0 } },
    { inputs: [uniform([3, 5]), integers([7], 0, 5)], attrs: { dim: 1 } },
    { inputs: [table, rows], attrs: { dim: 0 } },
    { inputs: [uniform([3, 2]), integers([0], 0, 3)], attrs: { dim: 0 } },
    { inputs: [uniform([1]), integers([1], 0, 1)], attrs: { dim: 0 } },
  ],
  torch: 'torch.index_select(x0, dim, x1.long())',
})

/**
 * Rows of a table [rows, width] by index [..], to [.., width] (torch.nn.functional.embedding). The row `paddingIdx`
 * gets no gradient.
 */
export const embedding = defineOp<{ paddingIdx: number | null }>({
  name: 'embedding',
  half: 'kept',
  infer: ([index, weight]) => {
    requireIndex(index!.dtype)
    if (weight!.shape.length !== 2)
      throw new RangeError(`embedding: the table must be [rows, width], not ${formatShape(weight!.shape)}.`)
    requireSource(weight!.shape, 0, index!.shape)
    return { shape: [...index!.shape, weight!.shape[1]!], dtype: weight!.dtype }
  },
  lower: (k, [index, weight], _, output) => {
    const rows: Shape = [numel(index!.shape), weight!.shape[1]!]
    const column = k.reshape(k.cast(index!, 'int32'), [rows[0]!, 1])
    return k.reshape(k.gather(weight!, 0, k.expand(column, rows)), output.shape)
  },
  gradient: ({ inputs: [index, weight], attrs: { paddingIdx } }, grad) => {
    const [rows, width] = weight!.shape as [number, number]
    const used = paddingIdx === null ? index! : index!.eq(paddingIdx).choose(rows, index!)
    return [
      null,
      grad.reshape([numel(used.shape), width]).scatterSum(0, used.reshape([-1, 1]), weight!.shape),
    ]
  },
  samples: [
    { inputs: [integers([4], 0, 5), uniform([5, 3])], attrs: { paddingIdx: null } },
    { inputs: [integers([3, 7], 0, 6), uniform([6, 5])], attrs: { paddingIdx: null } },
    { inputs: [rows, table], attrs: { paddingIdx: 6 } },
    { inputs: [integers([0], 0, 3), uniform([3, 2])], attrs: { paddingIdx: null } },
    { inputs: [integers([1], 0, 1), uniform([1, 1])], attrs: { paddingIdx: null } },
  ],
  torch: 'torch.nn.functional.embedding(x0.long(), x1, padding_idx=paddingIdx)',
})

/**
 * Zeros of `shape`, with every x[…i…] added at […index[…i…]…] along `dim`, first to last (torch.scatter_add into zeros).
 * The index has x's shape, or 1 where it is the same for all. What it puts out of range is left out.
 */
export const scatterSum = defineOp<{ dim: number; shape: Shape }>({
  name: 'scatterSum',
  infer: ([x, index], { dim, shape }) => {
    requireIndex(index!.dtype)
    const fits =
      x!.shape.length === index!.shape.length &&
      x!.shape.every((n, i) => n === index!.shape[i] || (i !== dim && index!.shape[i] === 1))
    if (!fits)
      throw new RangeError(
        `scatterSum: an index of ${formatShape(index!.shape)} does not fit ${formatShape(x!.shape)} along dimension ${dim}.`,
      )
    return { shape, dtype: x!.dtype === 'bool' ? 'int32' : x!.dtype }
  },
  lower: (k, [x, index], { dim, shape }, output) => {
    const [outer, rows, inner] = around(x!.shape, dim)
    const source = k.reshape(k.cast(x!, output.dtype), [outer, rows, inner])
    // What is the same for all of one side is kept once; any other stretching is written out.
    const serves = (from: number, to: number): boolean => index!.shape.slice(from, to).every((n) => n === 1)
    const single = [serves(0, dim), serves(dim + 1, x!.shape.length)] as const
    const whole = x!.shape.map((n, i) => ((i < dim && single[0]) || (i > dim && single[1]) ? 1 : n))
    const at = k.reshape(k.expand(k.cast(index!, 'int32'), whole), [
      single[0] ? 1 : outer,
      rows,
      single[1] ? 1 : inner,
    ])
    const summed = k.reshape(k.scatter(source, at, shape[dim]!), x!.shape.with(dim, shape[dim]!))
    return k.pad(
      summed,
      summed.shape.map((n, i) => [0, shape[i]! - n] as const),
    )
  },
  gradient: ({ inputs: [x, index], attrs: { dim, shape } }, grad) => {
    const used = grad.shrink(x!.shape.map((n, i) => [0, i === dim ? shape[dim]! : n] as const))
    const inRange = index!.ge(0).logicalAnd(index!.lt(shape[dim]!))
    return [inRange.choose(used.gather(dim, index!.expand(x!.shape)), 0), null]
  },
  samples: [
    { inputs: [uniform([3, 4]), integers([3, 4], 0, 6)], attrs: { dim: 1, shape: [3, 6] } },
    { inputs: [uniform([5, 2]), integers([5, 2], 0, 3)], attrs: { dim: 0, shape: [3, 2] } },
    { inputs: [uniform([9, 6]), integers([9, 1], 0, 4)], attrs: { dim: 0, shape: [4, 6] } },
    { inputs: [uniform([2, 5, 37]), integers([1, 5, 1], 0, 4)], attrs: { dim: 1, shape: [2, 4, 37] } },
    { inputs: [uniform([40, 3]), integers([40, 1], 0, 9)], attrs: { dim: 0, shape: [9, 3] } },
    { inputs: [uniform([2, 3, 5]), integers([2, 1, 5], 0, 7)], attrs: { dim: 2, shape: [2, 3, 7] } },
    { inputs: [uniform([2, 3]), integers([2, 3], 0, 4)], attrs: { dim: 0, shape: [4, 5] } },
    { inputs: [specialRows, integers([49, 2], 0, 3)], attrs: { dim: 1, shape: [49, 3] } },
    { inputs: [uniform([0, 2]), integers([0, 2], 0, 3)], attrs: { dim: 0, shape: [3, 2] } },
    { inputs: [uniform([1]), integers([1], 0, 1)], attrs: { dim: 0, shape: [1] } },
  ],
  torch: 'torch.zeros(shape).scatter_add(dim, x1.long().expand_as(x0), x0)',
})
