/** Elements looked up by position. Indices are int32; out of range they are clamped on the device. */
import { formatShape, numel, type Shape } from '../tensor/shape.ts'
import { defineOp } from './define.ts'
import { integers, uniform } from './samples.ts'

function requireIndex(dtype: string): void {
  if (dtype !== 'int32' && dtype !== 'uint32') throw new TypeError(`An index must be int32, not ${dtype}.`)
}

/** Clamping needs an element to clamp to. */
function requireSource(shape: Shape, dim: number, index: Shape): void {
  if (shape[dim] === 0 && numel(index) > 0)
    throw new RangeError(`Dimension ${dim} of ${formatShape(shape)} is empty: there is nothing to look up.`)
}

/** out[…i…] = x[…index[…i…]…] along `dim` (torch.gather). */
export const gather = defineOp<{ dim: number }>({
  name: 'gather',
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
  ],
  torch: 'torch.gather(x0, dim, x1.long())',
})

/** The rows (or columns…) listed by a one-dimensional index. */
export const indexSelect = defineOp<{ dim: number }>({
  name: 'indexSelect',
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
    return [grad.scatterSum(dim, column.expand(grad.shape), x!.shape), null]
  },
  samples: [
    { inputs: [uniform([5, 3]), integers([4], 0, 5)], attrs: { dim: 0 } },
    { inputs: [uniform([3, 5]), integers([7], 0, 5)], attrs: { dim: 1 } },
  ],
  torch: 'torch.index_select(x0, dim, x1.long())',
})

/**
 * Zeros of `shape`, with every x[…i…] added at […index[…i…]…] along `dim` (torch.scatter_add into zeros).
 * Computed as a sum over matches, so the order of addition, and with it every bit, is fixed; float atomics would not be.
 */
export const scatterSum = defineOp<{ dim: number; shape: Shape }>({
  name: 'scatterSum',
  infer: ([x, index], { shape }) => {
    requireIndex(index!.dtype)
    return { shape, dtype: x!.dtype }
  },
  lower: (k, [x, index], { dim, shape }) => {
    // One extra axis after `dim`: [.., target position, source position, ..].
    const spread = [...x!.shape.slice(0, dim), shape[dim]!, ...x!.shape.slice(dim)]
    const column = x!.shape.toSpliced(dim, 0, 1)
    const at = k.expand(k.reshape(k.cast(index!, 'int32'), column), spread)
    const from = k.expand(k.reshape(x!, column), spread)
    const matches = k.where(k.eq(at, k.iota(spread, dim)), from, 0)
    const summed = k.reshape(k.sum(matches, [dim + 1]), x!.shape.with(dim, shape[dim]!))
    return k.pad(
      summed,
      summed.shape.map((n, i) => [0, shape[i]! - n] as const),
    )
  },
  gradient: ({ inputs: [, index], attrs: { dim } }, grad) => [grad.gather(dim, index!), null],
  samples: [
    { inputs: [uniform([3, 4]), integers([3, 4], 0, 6)], attrs: { dim: 1, shape: [3, 6] } },
    { inputs: [uniform([5, 2]), integers([5, 2], 0, 3)], attrs: { dim: 0, shape: [3, 2] } },
  ],
  torch: 'torch.zeros(shape).scatter_add(dim, x1.long(), x0)',
})
