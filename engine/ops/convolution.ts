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
}

const image = edge([...special, ...special, 2, 3], [1, 1, 4, 4])
const plain: ConvAttrs = { stride: [1, 1], padding: [0, 0], dilation: [1, 1] }
const strided: ConvAttrs = { stride: [2, 2], padding: [1, 1], dilation: [1, 1] }
const spread: ConvAttrs = { stride: [1, 2], padding: [2, 1], dilation: [2, 1] }

/** [O, C·KH·KW] × windows of [N, C, H, W] → [N, O, H', W']. Rows are the output's channels, so that images stay whole in memory. */
function correlate(k: Primitives, x: Prim, weight: Prim, stride: Pair, dilation: Pair): Prim {
  const [kh, kw] = weight.shape.slice(2) as [number, number]
  // [N, C, H', W', KH, KW] → [C, KH, KW, N, H', W']
  const columns = k.permute(windows(k, x, [kh, kw], stride, dilation), [1, 4, 5, 0, 2, 3])
  return k.permute(k.contract(weight, columns, { batch: 0, inner: 3 }), [1, 0, 2, 3])
}

const outputSize = (
  extent: number,
  kernel: number,
  i: 0 | 1,
  { stride, padding, dilation }: ConvAttrs,
): number => windowCount(extent + 2 * padding[i], { size: kernel, stride: stride[i], dilation: dilation[i] })

/**
 * Cross-correlation of x [N, C, H, W] with weight [O, C, KH, KW] (torch.nn.functional.conv2d without groups);
 * gives [N, O, H', W'].
 */
export const conv2d: OpRecord<ConvAttrs> = defineOp<ConvAttrs>({
  name: 'conv2d',
  floats: 'all',
  multiplyAdds: ([, weight], [output]) => numel(output!.shape) * numel(weight!.shape.slice(1)),
  infer: ([x, weight], attrs) => {
    requireImages('conv2d', x!)
    const [n, c, h, w] = x!.shape as [number, number, number, number]
    const [o, channels, kh, kw] = weight!.shape as [number, number, number, number]
    if (weight!.shape.length !== 4 || channels !== c) {
      throw new RangeError(
        `conv2d: an input of ${formatShape(x!.shape)} has ${c} channels, a weight of ${formatShape(weight!.shape)} wants ${channels}.`,
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
  lower: (k, [x, weight], { stride, padding, dilation }) =>
    correlate(k, padImage(k, x!, padding), weight!, stride, dilation),
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
    { inputs: [image, uniform([2, 1, 2, 2])], attrs: plain },
    { inputs: [uniform([0, 1, 3, 3]), uniform([2, 1, 2, 2])], attrs: plain },
    { inputs: [uniform([1, 1, 1, 1]), uniform([1, 1, 1, 1])], attrs: plain },
  ],
  torch: 'torch.nn.functional.conv2d(x0, x1, None, stride, padding, dilation)',
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
  { stride, padding, shape }: ConvAttrs & { readonly shape: Shape },
): Prim {
  const [n, c, h, w] = shape as [number, number, number, number]
  const rows = Math.ceil((padding[0] + h) / stride[0])
  const columns = Math.ceil((padding[1] + w) / stride[1])
  const phase = (down: number, across: number): Prim => {
    if (down >= weight.shape[2]! || across >= weight.shape[3]!) return k.const(0, [n, c, rows, columns])
    const part = everyNth(k, everyNth(k, weight, 2, down, stride[0]), 3, across, stride[1])
    const reach: Pair = [part.shape[2]! - 1, part.shape[3]! - 1]
    const framed = frame(k, g, reach, [rows - g.shape[2]!, columns - g.shape[3]!])
    return correlate(k, framed, k.permute(k.flip(part, [2, 3]), [1, 0, 2, 3]), [1, 1], [1, 1])
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
    const { stride, padding, dilation, shape } = attrs
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
    // [O, C, KH, KW] → [C, O, KH, KW], turned about.
    const turned = k.permute(k.flip(weight!, [2, 3]), [1, 0, 2, 3])
    return correlate(k, framed, turned, [1, 1], dilation)
  },
  gradient: ({ inputs: [g, weight], attrs: { shape: _, ...attrs }, apply }, grad) => [
    apply(conv2d, [grad, weight!], attrs),
    apply(convWeight2d, [grad, g!], { ...attrs, shape: weight!.shape }),
  ],
  samples: [
    { inputs: [uniform([2, 4, 3, 4]), uniform([4, 3, 3, 3])], attrs: { ...plain, shape: [2, 3, 5, 6] } },
    { inputs: [uniform([1, 5, 4, 4]), uniform([5, 2, 3, 3])], attrs: { ...strided, shape: [1, 2, 8, 7] } },
    { inputs: [uniform([2, 3, 9, 5]), uniform([3, 2, 3, 2])], attrs: { ...spread, shape: [2, 2, 9, 8] } },
    { inputs: [image, uniform([1, 2, 2, 2])], attrs: { ...plain, shape: [1, 2, 5, 5] } },
    { inputs: [uniform([1, 1, 1, 1]), uniform([1, 1, 1, 1])], attrs: { ...plain, shape: [1, 1, 1, 1] } },
  ],
  torch: 'torch.nn.grad.conv2d_input(shape, x1, x0, stride, padding, dilation)',
})

/** The gradient of conv2d in its weight `shape` [O, C, KH, KW], from x [N, C, H, W] and g [N, O, H', W']. */
export const convWeight2d: OpRecord<ConvAttrs & { readonly shape: Shape }> = defineOp<
  ConvAttrs & { readonly shape: Shape }
>({
  name: 'convWeight2d',
  floats: 'all',
  multiplyAdds: ([, g], [output]) => numel(g!.shape) * numel(output!.shape.slice(1)),
  infer: (_, { shape }) => ({ shape, dtype: 'float32' }),
  lower: (k, [x, g], { stride, padding, dilation, shape }) => {
    const [kh, kw] = shape.slice(2) as [number, number]
    const seen = windows(k, padImage(k, x!, padding), [kh, kw], stride, dilation)
    // Strided windows can stop short of the input's edge: there are exactly as many as g has elements.
    // [N, C, H', W', KH, KW] → [N, H', W', C, KH, KW]
    const columns = k.permute(seen, [0, 2, 3, 1, 4, 5])
    // [N, O, H', W'] → [O, N, H', W']
    return k.contract(k.permute(g!, [1, 0, 2, 3]), columns, { batch: 0, inner: 3 })
  },
  gradient: ({ inputs: [x, g], attrs: { shape: _, ...attrs }, apply }, grad) => [
    apply(convTranspose2dTo, [g!, grad], { ...attrs, shape: x!.shape }),
    apply(conv2d, [x!, grad], attrs),
  ],
  samples: [
    { inputs: [uniform([2, 3, 5, 6]), uniform([2, 4, 3, 4])], attrs: { ...plain, shape: [4, 3, 3, 3] } },
    { inputs: [uniform([1, 2, 8, 7]), uniform([1, 5, 4, 4])], attrs: { ...strided, shape: [5, 2, 3, 3] } },
    { inputs: [image, uniform([1, 2, 4, 4])], attrs: { ...plain, shape: [2, 1, 1, 1] } },
    { inputs: [uniform([1, 1, 1, 1]), uniform([1, 1, 1, 1])], attrs: { ...plain, shape: [1, 1, 1, 1] } },
  ],
  torch: 'torch.nn.grad.conv2d_weight(x0, shape, x1, stride, padding, dilation)',
})
