/**
 * Convolution over images [N, C, H, W]: one contraction over a view of windows, so its gradients are contractions too;
 * nothing is unrolled into memory.
 */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { windowCount } from '../compiler/primitive.ts'
import { formatShape, numel, type Shape } from '../tensor/shape.ts'
import { defineOp, type OpRecord } from './define.ts'
import { edge, special, uniform } from './samples.ts'
import { dilate, frame, padImage, requireImages, windows, type Pair } from './windows.ts'

export interface ConvAttrs {
  /** Down, across; all of them. */
  readonly stride: Pair
  readonly padding: Pair
  readonly dilation: Pair
  /** Channels are divided into so many, each with filters of its own. */
  readonly groups: number
}

const image = edge([...special, ...special, 2, 3], [1, 1, 4, 4])
const plain: ConvAttrs = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }
const strided: ConvAttrs = { ...plain, stride: [2, 2], padding: [1, 1] }
const spread: ConvAttrs = { ...plain, stride: [1, 2], padding: [2, 1], dilation: [2, 1] }

/** What filters see: windows [N, G, C, H', W', KH, KW] of images whose channels are divided into groups. */
function groupWindows(k: Primitives, x: Prim, kernel: Pair, { stride, dilation, groups }: ConvAttrs): Prim {
  const seen = windows(k, x, kernel, stride, dilation)
  return k.reshape(seen, seen.shape.toSpliced(1, 1, groups, seen.shape[1]! / groups))
}

/** Of images that have their padding: windows of [N, C, H, W] × weight [O, C / groups, KH, KW] → [N, O, H', W']. */
function correlate(k: Primitives, x: Prim, weight: Prim, attrs: Omit<ConvAttrs, 'padding'>): Prim {
  const { groups, stride, dilation } = attrs
  const [o, c, kh, kw] = weight.shape as [number, number, number, number]
  if (groups === 1) {
    // [N, C, H', W', KH, KW] → [C, KH, KW, N, H', W']; rows are the output's channels, so that images stay whole in memory.
    const columns = k.permute(windows(k, x, [kh, kw], stride, dilation), [1, 4, 5, 0, 2, 3])
    return k.permute(k.contract(weight, columns, { batch: 0, inner: 3 }), [1, 0, 2, 3])
  }
  const seen = groupWindows(k, x, [kh, kw], { ...attrs, padding: [0, 0] })
  const [n, , , h, w] = seen.shape as [number, number, number, number, number]
  const filters = k.reshape(weight, [groups, o / groups, c, kh, kw])
  if (c === 1) {
    // A filter has so few weights that a product would be nothing but overhead: it is a sum of a few terms.
    const shape = [n, groups, o / groups, h, w, kh, kw]
    const terms = k.mul(k.expand(seen, shape), k.expand(k.reshape(filters, [1, groups, o / groups, 1, 1, kh, kw]), shape)) // prettier-ignore
    return k.reshape(k.sum(terms, [5, 6]), [n, o, h, w])
  }
  const columns = k.permute(seen, [1, 2, 5, 6, 0, 3, 4])
  const made = k.contract(filters, columns, { batch: 1, inner: 3 })
  return k.reshape(k.permute(made, [2, 0, 1, 3, 4]), [n, o, h, w])
}

/** Filters the other way: [O, C / groups, KH, KW] → [C, O / groups, KH, KW]. */
function swapped(k: Primitives, weight: Prim, groups: number): Prim {
  const [o, c, kh, kw] = weight.shape as [number, number, number, number]
  const apart = k.reshape(weight, [groups, o / groups, c, kh, kw])
  return k.reshape(k.permute(apart, [0, 2, 1, 3, 4]), [groups * c, o / groups, kh, kw])
}

const outputSize = (
  extent: number,
  kernel: number,
  i: 0 | 1,
  { stride, padding, dilation }: ConvAttrs,
): number => windowCount(extent + 2 * padding[i], { size: kernel, stride: stride[i], dilation: dilation[i] })

/**
 * Cross-correlation of x [N, C, H, W] with weight [O, C / groups, KH, KW] (torch.nn.functional.conv2d); gives
 * [N, O, H', W'].
 */
export const conv2d: OpRecord<ConvAttrs> = defineOp<ConvAttrs>({
  name: 'conv2d',
  floats: 'all',
  multiplyAdds: ([, weight], [output]) => numel(output!.shape) * numel(weight!.shape.slice(1)),
  infer: ([x, weight], attrs) => {
    requireImages('conv2d', x!)
    const [n, c, h, w] = x!.shape as [number, number, number, number]
    const [o, channels, kh, kw] = weight!.shape as [number, number, number, number]
    if (weight!.shape.length !== 4 || channels * attrs.groups !== c || o % attrs.groups !== 0) {
      const wanted = attrs.groups === 1 ? `${channels}` : `${channels} in each of ${attrs.groups} groups`
      throw new RangeError(
        `conv2d: an input of ${formatShape(x!.shape)} has ${c} channels, a weight of ${formatShape(weight!.shape)} wants ${wanted}.`,
      )
    }
    const shape = [n, o, outputSize(h, kh, 0, attrs), outputSize(w, kw, 1, attrs)]
    if (shape[2]! < 1 || shape[3]! < 1) {
      throw new RangeError(
        `conv2d: a ${kh} × ${kw} kernel does not fit into ${formatShape(x!.shape)} with padding ${attrs.padding.join(' × ')}.`,
      )
    }
    return { shape, dtype: 'float32' }
  },
  lower: (k, [x, weight], attrs) => correlate(k, padImage(k, x!, attrs.padding), weight!, attrs),
  gradient: ({ inputs: [x, weight], attrs, apply }, grad) => [
    apply(convTranspose2dTo, [grad, weight!], { ...attrs, shape: x!.shape }),
    apply(convWeight2d, [x!, grad], { ...attrs, shape: weight!.shape }),
  ],
  samples: [
    { inputs: [uniform([2, 3, 5, 6]), uniform([4, 3, 3, 3])], attrs: plain },
    { inputs: [uniform([2, 1, 7, 7]), uniform([3, 1, 3, 3])], attrs: { ...plain, padding: [1, 1] } },
    { inputs: [uniform([1, 2, 8, 7]), uniform([5, 2, 3, 3])], attrs: strided },
    { inputs: [uniform([2, 2, 9, 8]), uniform([3, 2, 3, 2])], attrs: spread },
    { inputs: [uniform([2, 6, 4, 4]), uniform([9, 6, 1, 1])], attrs: plain },
    { inputs: [uniform([2, 4, 5, 6]), uniform([6, 2, 3, 3])], attrs: { ...spread, groups: 2 } },
    {
      inputs: [uniform([2, 4, 5, 6]), uniform([4, 1, 3, 3])],
      attrs: { ...plain, padding: [1, 1], groups: 4 },
    },
    { inputs: [uniform([2, 3, 7, 6]), uniform([6, 1, 5, 3])], attrs: { ...strided, groups: 3 } },
    { inputs: [image, uniform([2, 1, 2, 2])], attrs: plain },
    { inputs: [uniform([0, 1, 3, 3]), uniform([2, 1, 2, 2])], attrs: plain },
    { inputs: [uniform([1, 1, 1, 1]), uniform([1, 1, 1, 1])], attrs: plain },
  ],
  torch: 'torch.nn.functional.conv2d(x0, x1, None, stride, padding, dilation, groups)',
})

/** Every `step`-th element of an axis, from `from` on; what lies past the end is 0. */
function everyNth(k: Primitives, x: Prim, axis: number, from: number, step: number): Prim {
  const count = Math.ceil((x.shape[axis]! - from) / step)
  const end = from + count * step
  const filled = k.pad(
    x,
    x.shape.map((n, i) => [0, i === axis ? Math.max(0, end - n) : 0] as const),
  )
  const within = k.shrink(
    filled,
    filled.shape.map((n, i) => (i === axis ? ([from, end] as const) : ([0, n] as const))),
  )
  const apart = k.reshape(within, within.shape.toSpliced(axis, 1, count, step))
  const first = k.shrink(
    apart,
    apart.shape.map((n, i) => [0, i === axis + 1 ? 1 : n] as const),
  )
  return k.reshape(first, x.shape.with(axis, count))
}

/**
 * A strided convolution sent back: elements `stride` apart meet the same weights of the kernel, so each of these phases is a
 * small convolution of its own, and no zeros are multiplied.
 */
function byPhases(
  k: Primitives,
  g: Prim,
  weight: Prim,
  { stride, padding, groups, shape }: ConvAttrs & { readonly shape: Shape },
): Prim {
  const [n, c, h, w] = shape as [number, number, number, number]
  const rows = Math.ceil((padding[0] + h) / stride[0])
  const columns = Math.ceil((padding[1] + w) / stride[1])
  const phase = (down: number, across: number): Prim => {
    if (down >= weight.shape[2]! || across >= weight.shape[3]!) return k.const(0, [n, c, rows, columns])
    const part = everyNth(k, everyNth(k, weight, 2, down, stride[0]), 3, across, stride[1])
    const reach: Pair = [part.shape[2]! - 1, part.shape[3]! - 1]
    const framed = frame(k, g, reach, [rows - g.shape[2]!, columns - g.shape[3]!])
    const turned = swapped(k, k.flip(part, [2, 3]), groups)
    return correlate(k, framed, turned, { stride: [1, 1], dilation: [1, 1], groups })
  }
  const parts = Array.from({ length: stride[0] * stride[1] }, (_, i) => {
    const [down, across] = [Math.floor(i / stride[1]), i % stride[1]]
    const part = k.reshape(phase(down, across), [n, c, rows, 1, columns, 1])
    return { part, offset: [0, 0, 0, down, 0, across] }
  })
  const whole = k.assemble(parts, [n, c, rows, stride[0], columns, stride[1]])
  return k.shrink(k.reshape(whole, [n, c, rows * stride[0], columns * stride[1]]), [
    [0, n],
    [0, c],
    [padding[0], padding[0] + h],
    [padding[1], padding[1] + w],
  ])
}

/** The gradient of conv2d in its input: sends g [N, O, H', W'] back to `shape` [N, C, H, W] (a transposed convolution). */
export const convTranspose2dTo: OpRecord<ConvAttrs & { readonly shape: Shape }> = defineOp<
  ConvAttrs & { readonly shape: Shape }
>({
  name: 'convTranspose2dTo',
  floats: 'all',
  multiplyAdds: ([g, weight]) => numel(g!.shape) * numel(weight!.shape.slice(1)),
  infer: (_, { shape }) => ({ shape, dtype: 'float32' }),
  lower: (k, [g, weight], attrs) => {
    const { stride, padding, dilation, groups, shape } = attrs
    if (stride.some((step) => step > 1) && dilation.every((step) => step === 1))
      return byPhases(k, g!, weight!, attrs)
    const kernel = weight!.shape.slice(2) as unknown as Pair
    const spreadOut = dilate(k, g!, stride)
    const reach = (i: 0 | 1): number => dilation[i] * (kernel[i] - 1)
    const before = [0, 1].map((i) => reach(i as 0 | 1) - padding[i]!) as unknown as Pair
    const after = [0, 1].map(
      (i) => shape[2 + i]! + reach(i as 0 | 1) - before[i]! - spreadOut.shape[2 + i]!,
    ) as unknown as Pair
    const framed = frame(k, spreadOut, before, after)
    const turned = swapped(k, k.flip(weight!, [2, 3]), groups)
    return correlate(k, framed, turned, { stride: [1, 1], dilation, groups })
  },
  gradient: ({ inputs: [g, weight], attrs: { shape: _, ...attrs }, apply }, grad) => [
    apply(conv2d, [grad, weight!], attrs),
    apply(convWeight2d, [grad, g!], { ...attrs, shape: weight!.shape }),
  ],
  samples: [
    { inputs: [uniform([2, 4, 3, 4]), uniform([4, 3, 3, 3])], attrs: { ...plain, shape: [2, 3, 5, 6] } },
    { inputs: [uniform([1, 5, 4, 4]), uniform([5, 2, 3, 3])], attrs: { ...strided, shape: [1, 2, 8, 7] } },
    { inputs: [uniform([2, 3, 9, 5]), uniform([3, 2, 3, 2])], attrs: { ...spread, shape: [2, 2, 9, 8] } },
    {
      inputs: [uniform([2, 6, 3, 4]), uniform([6, 2, 3, 3])],
      attrs: { ...plain, groups: 2, shape: [2, 4, 5, 6] },
    },
    {
      inputs: [uniform([1, 3, 4, 4]), uniform([3, 1, 3, 3])],
      attrs: { ...strided, groups: 3, shape: [1, 3, 8, 7] },
    },
    { inputs: [image, uniform([1, 2, 2, 2])], attrs: { ...plain, shape: [1, 2, 5, 5] } },
    { inputs: [uniform([1, 1, 1, 1]), uniform([1, 1, 1, 1])], attrs: { ...plain, shape: [1, 1, 1, 1] } },
  ],
  torch: 'torch.nn.grad.conv2d_input(shape, x1, x0, stride, padding, dilation, groups)',
})

/** The gradient of conv2d in its weight `shape` [O, C, KH, KW], from x [N, C, H, W] and g [N, O, H', W']. */
export const convWeight2d: OpRecord<ConvAttrs & { readonly shape: Shape }> = defineOp<
  ConvAttrs & { readonly shape: Shape }
>({
  name: 'convWeight2d',
  floats: 'all',
  multiplyAdds: ([, g], [output]) => numel(g!.shape) * numel(output!.shape.slice(1)),
  infer: (_, { shape }) => ({ shape, dtype: 'float32' }),
  lower: (k, [x, g], attrs) => {
    const { stride, padding, dilation, groups, shape } = attrs
    const [o, c, kh, kw] = shape as [number, number, number, number]
    const image = padImage(k, x!, padding)
    // Strided windows can stop short of the input's edge: there are exactly as many as g has elements.
    if (groups === 1) {
      // [N, C, H', W', KH, KW] → [N, H', W', C, KH, KW], and [N, O, H', W'] → [O, N, H', W']
      const columns = k.permute(windows(k, image, [kh, kw], stride, dilation), [0, 2, 3, 1, 4, 5])
      return k.contract(k.permute(g!, [1, 0, 2, 3]), columns, { batch: 0, inner: 3 })
    }
    const seen = groupWindows(k, image, [kh, kw], attrs)
    const [n, , , h, w] = seen.shape as [number, number, number, number, number]
    const sent = k.reshape(g!, [n, groups, o / groups, h, w])
    if (c === 1) {
      const terms = [n, groups, o / groups, h, w, kh, kw]
      const products = k.mul(k.expand(seen, terms), k.expand(k.reshape(sent, [n, groups, o / groups, h, w, 1, 1]), terms)) // prettier-ignore
      return k.reshape(k.sum(products, [0, 3, 4]), shape)
    }
    const columns = k.permute(seen, [1, 0, 3, 4, 2, 5, 6])
    return k.reshape(k.contract(k.permute(sent, [1, 2, 0, 3, 4]), columns, { batch: 1, inner: 3 }), shape)
  },
  gradient: ({ inputs: [x, g], attrs: { shape: _, ...attrs }, apply }, grad) => [
    apply(convTranspose2dTo, [g!, grad], { ...attrs, shape: x!.shape }),
    apply(conv2d, [x!, grad], attrs),
  ],
  samples: [
    { inputs: [uniform([2, 3, 5, 6]), uniform([2, 4, 3, 4])], attrs: { ...plain, shape: [4, 3, 3, 3] } },
    { inputs: [uniform([1, 2, 8, 7]), uniform([1, 5, 4, 4])], attrs: { ...strided, shape: [5, 2, 3, 3] } },
    {
      inputs: [uniform([2, 4, 5, 6]), uniform([2, 6, 3, 4])],
      attrs: { ...plain, groups: 2, shape: [6, 2, 3, 3] },
    },
    {
      inputs: [uniform([2, 3, 8, 7]), uniform([2, 3, 4, 4])],
      attrs: { ...strided, groups: 3, shape: [3, 1, 3, 3] },
    },
    { inputs: [image, uniform([1, 2, 4, 4])], attrs: { ...plain, shape: [2, 1, 1, 1] } },
    { inputs: [uniform([1, 1, 1, 1]), uniform([1, 1, 1, 1])], attrs: { ...plain, shape: [1, 1, 1, 1] } },
  ],
  torch: 'torch.nn.grad.conv2d_weight(x0, shape, x1, stride, padding, dilation, groups)',
})
