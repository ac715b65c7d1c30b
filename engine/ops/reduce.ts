/** Fewer elements out than in. `dims` are normalised and sorted; `keepdim` leaves them with extent 1. */
import { formatShape, reducedShape, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { defineOp, type TensorType } from './define.ts'
import { cat } from './movement.ts'
import { bytes, edge, specialRows, specials, uniform } from './samples.ts'

export interface ReduceAttrs {
  readonly dims: readonly number[]
  readonly keepdim: boolean
}

const reduced = ([x]: readonly TensorType[], { dims, keepdim }: ReduceAttrs): TensorType => ({
  shape: reducedShape(x!.shape, dims, keepdim),
  dtype: x!.dtype === 'bool' || x!.dtype === 'uint8' ? 'int32' : x!.dtype,
})

function requireElements([x]: readonly TensorType[], dims: readonly number[]): void {
  const empty = dims.find((d) => x!.shape[d] === 0)
  if (empty !== undefined)
    throw new RangeError(`There is no largest element along dimension ${empty} of ${formatShape(x!.shape)}.`)
}

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
  { inputs: [specialRows], attrs: { dims: [1], keepdim: true } },
  ...specials.map((input) => ({ inputs: [input], attrs: { dims: [0], keepdim: false } })),
  { inputs: [uniform([0, 3])], attrs: { dims: [1], keepdim: false } },
  { inputs: [uniform([1])], attrs: { dims: [0], keepdim: false } },
]

export const sum = defineOp<ReduceAttrs>({
  name: 'sum',
  infer: reduced,
  lower: (k, [x], { dims }, output) => k.reshape(k.sum(k.cast(x!, output.dtype), dims), output.shape),
  gradient: ({ inputs: [x], attrs: { dims } }, grad) => [stretch(grad, x!.shape, dims)],
  samples: [
    ...reductions,
    { inputs: [uniform([0, 3])], attrs: { dims: [0], keepdim: false } },
    { inputs: [bytes([3, 40])], attrs: { dims: [1], keepdim: false } },
  ],
  torch: 'torch.sum(x0, dims, keepdim=keepdim)',
})

/**
 * Where several elements are largest they share the gradient evenly, as in PyTorch's amax. NaN counts as the largest: as in
 * torch.max, NaN elements then share the gradient, where torch.amax makes all of it NaN.
 */
export const amax = defineOp<ReduceAttrs>({
  name: 'amax',
  half: 'kept',
  infer: (inputs, attrs) => {
    requireElements(inputs, attrs.dims)
    return reduced(inputs, attrs)
  },
  lower: (k, [x], { dims }, output) =>
    k.reshape(k.reduce('max', k.cast(x!, output.dtype), dims), output.shape),
  gradient: ({ inputs: [x], output, attrs: { dims } }, grad) => {
    const { shape } = x!
    // Beside a NaN nothing equals the largest but the NaNs, which equal nothing.
    const isLargest = x!.eq(stretch(output, shape, dims)).maximum(x!.ne(x!))
    const count = isLargest.to('float32').sum(dims).reshape(grad.shape)
    return [isLargest.choose(stretch(grad.div(count), shape, dims), 0)]
  },
  samples: [
    ...reductions,
    { inputs: [edge([1, 3, 3, -5, -5, -5], [2, 3])], attrs: { dims: [1], keepdim: false } },
  ],
  torch: 'largest(x0, dims, keepdim)',
})

/** As amax, of the smallest elements. */
export const amin = defineOp<ReduceAttrs>({
  name: 'amin',
  half: 'kept',
  infer: amax.infer,
  lower: (k, [x], { dims }, output) =>
    k.reshape(k.reduce('min', k.cast(x!, output.dtype), dims), output.shape),
  gradient: (context, grad) => amax.gradient!(context, grad),
  samples: amax.samples,
  torch: 'smallest(x0, dims, keepdim)',
})

/** Of the elements of the last dimension the product of all before each, by doubling. */
function productsBefore(x: Tensor, cat: (parts: readonly Tensor[]) => Tensor): Tensor {
  const last = x.ndim - 1
  const extent = x.shape[last]!
  const moved = (t: Tensor, by: number): Tensor =>
    cat([t.newFull(t.shape.with(last, by), 1), t.narrow(last, 0, extent - by)])
  let products = moved(x, 1)
  for (let by = 1; by < extent; by *= 2) products = products.mul(moved(products, by))
  return products
}

/** The gradient in each element is the product of the others, which zeros do not hide. */
export const prod = defineOp<ReduceAttrs>({
  name: 'prod',
  infer: reduced,
  lower: (k, [x], { dims }, output) =>
    k.reshape(k.reduce('prod', k.cast(x!, output.dtype), dims), output.shape),
  gradient: ({ inputs: [x], attrs: { dims }, apply }, grad) => {
    const { shape } = x!
    if (dims.every((d) => shape[d]! <= 1) || shape.includes(0)) return [stretch(grad, shape, dims)]
    const kept = shape.map((_, i) => i).filter((i) => !dims.includes(i))
    const order = [...kept, ...dims]
    const sorted = x!.permute(order)
    const rows = sorted.reshape([...kept.map((i) => shape[i]!), -1])
    const last = kept.length
    const joined = (parts: readonly Tensor[]): Tensor => apply(cat, parts, { dim: last })
    const after = productsBefore(rows.flip(last), joined).flip(last)
    const others = productsBefore(rows, joined).mul(after).reshape(sorted.shape)
    return [others.permute(order.map((_, i) => order.indexOf(i))).mul(stretch(grad, shape, dims))]
  },
  samples: [
    { inputs: [uniform([3, 4])], attrs: { dims: [1], keepdim: false } },
    { inputs: [uniform([2, 3, 4], 0.5, 1.5)], attrs: { dims: [0], keepdim: true } },
    { inputs: [uniform([3, 33], 0.8, 1.2)], attrs: { dims: [1], keepdim: false } },
    { inputs: [specialRows], attrs: { dims: [1], keepdim: true } },
    { inputs: [edge([2, 0, 3, 0, 0, 4, 5, 6, 7], [3, 3])], attrs: { dims: [1], keepdim: false } },
    { inputs: [uniform([0, 3])], attrs: { dims: [0], keepdim: false } },
    { inputs: [uniform([1])], attrs: { dims: [0], keepdim: false } },
  ],
  torch: 'torch.prod(x0, dims[0], keepdim=keepdim)',
})

/** Index of the first largest element along `dim`, int32; NaN is larger than all else (torch.argmax). */
export const argmax = defineOp<{ dim: number; keepdim: boolean }>({
  name: 'argmax',
  infer: (inputs, { dim, keepdim }) => {
    requireElements(inputs, [dim])
    return { shape: reducedShape(inputs[0]!.shape, [dim], keepdim), dtype: 'int32' }
  },
  lower: (k, [input], { dim }, output) => {
    const x = input!.dtype === 'bool' ? k.cast(input!, 'int32') : input!
    const extent = x.shape[dim]!
    const largest = k.expand(k.reduce('max', x, [dim]), x.shape)
    // The first match is the largest count-down from the end. Where the largest is NaN, what differs from itself is like it.
    const fromEnd = k.sub(k.const(extent, x.shape, 'int32'), k.iota(x.shape, dim))
    const otherwise = x.dtype === 'float32' ? k.where(k.eq(x, x), 0, fromEnd) : 0
    const first = k.reduce('max', k.where(k.eq(x, largest), fromEnd, otherwise), [dim])
    return k.reshape(k.sub(k.const(extent, first.shape, 'int32'), first), output.shape)
  },
  samples: [
    { inputs: [uniform([3, 4])], attrs: { dim: 1, keepdim: false } },
    { inputs: [uniform([5, 3])], attrs: { dim: 0, keepdim: true } },
    { inputs: [specialRows], attrs: { dim: 1, keepdim: false } },
    ...specials.map((input) => ({ inputs: [input], attrs: { dim: 0, keepdim: false } })),
    { inputs: [edge([2, 5, 5, NaN, 1, NaN, 3, 3], [2, 4])], attrs: { dim: 1, keepdim: false } },
    { inputs: [uniform([0, 3])], attrs: { dim: 1, keepdim: false } },
    { inputs: [uniform([1])], attrs: { dim: 0, keepdim: false } },
  ],
  torch: 'torch.argmax(x0, dim, keepdim=keepdim).to(torch.int32)',
})
