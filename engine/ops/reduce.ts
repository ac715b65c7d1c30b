/** Fewer elements out than in. `dims` are normalised and sorted; `keepdim` leaves them with extent 1. */
import { reducedShape, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { defineOp, type TensorType } from './define.ts'
import { uniform, values } from './samples.ts'

export interface ReduceAttrs {
  readonly dims: readonly number[]
  readonly keepdim: boolean
}

const reduced = ([x]: readonly TensorType[], { dims, keepdim }: ReduceAttrs): TensorType => ({
  shape: reducedShape(x!.shape, dims, keepdim),
  dtype: x!.dtype === 'bool' ? 'int32' : x!.dtype,
})

/** Puts the reduced dimensions back as 1 and stretches them over `shape`. */
function stretch(t: Tensor, shape: Shape, dims: readonly number[]): Tensor {
  return t.reshape(reducedShape(shape, dims, true)).expand(shape)
}

const reductions = [
  { inputs: [uniform([3, 4])], attrs: { dims: [0, 1], keepdim: false } },
  { inputs: [uniform([3, 4])], attrs: { dims: [0], keepdim: false } },
  { inputs: [uniform([3, 5])], attrs: { dims: [1], keepdim: true } },
  { inputs: [uniform([2, 3, 7])], attrs: { dims: [0, 2], keepdim: false } },
  { inputs: [uniform([5, 33])], attrs: { dims: [1], keepdim: false } },
]

export const sum = defineOp<ReduceAttrs>({
  name: 'sum',
  infer: reduced,
  lower: (k, [x], { dims }, output) => k.reshape(k.sum(k.cast(x!, output.dtype), dims), output.shape),
  gradient: ({ inputs: [x], attrs: { dims } }, grad) => [stretch(grad, x!.shape, dims)],
  samples: reductions,
  torch: 'torch.sum(x0, dims, keepdim=keepdim)',
})

/** Where several elements are largest they share the gradient evenly, as PyTorch's amax does. */
export const amax = defineOp<ReduceAttrs>({
  name: 'amax',
  infer: reduced,
  lower: (k, [x], { dims }, output) =>
    k.reshape(k.reduce('max', k.cast(x!, output.dtype), dims), output.shape),
  gradient: ({ inputs: [x], output, attrs: { dims } }, grad) => {
    const largest = x!.eq(stretch(output, x!.shape, dims)).to('float32')
    const share = largest.div(stretch(largest.sum(dims as number[]), x!.shape, dims))
    return [share.mul(stretch(grad, x!.shape, dims))]
  },
  samples: [
    ...reductions,
    { inputs: [values([2, 3], [1, 3, 3, -5, -5, -5])], attrs: { dims: [1], keepdim: false } },
  ],
  torch: 'torch.amax(x0, dims, keepdim=keepdim)',
})

/** Index of the first largest element along `dim`, int32. */
export const argmax = defineOp<{ dim: number; keepdim: boolean }>({
  name: 'argmax',
  infer: ([x], { dim, keepdim }) => ({ shape: reducedShape(x!.shape, [dim], keepdim), dtype: 'int32' }),
  lower: (k, [x], { dim }, output) => {
    const extent = x!.shape[dim]!
    const largest = k.expand(k.reduce('max', x!, [dim]), x!.shape)
    // The first match is the largest count-down from the end.
    const fromEnd = k.sub(k.const(extent, x!.shape, 'int32'), k.iota(x!.shape, dim))
    const first = k.reduce('max', k.where(k.eq(x!, largest), fromEnd, k.const(0, x!.shape, 'int32')), [dim])
    return k.reshape(k.sub(k.const(extent, first.shape, 'int32'), first), output.shape)
  },
  samples: [
    { inputs: [uniform([3, 4])], attrs: { dim: 1, keepdim: false } },
    { inputs: [uniform([5, 3])], attrs: { dim: 0, keepdim: true } },
  ],
  torch: 'torch.argmax(x0, dim, keepdim=keepdim).to(torch.int32)',
})
