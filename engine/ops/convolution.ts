/**
 * Convolution and pooling over images [N, C, H, W]. Convolution is one contraction over a view of windows, so its
 * gradients are contractions too; nothing is unrolled into memory.
 */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { windowCount } from '../compiler/primitive.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'
import { defineOp, type TensorType } from './define.ts'
import { uniform } from './samples.ts'

type Pair = readonly [number, number]

export interface ConvAttrs {
  /** Down, across; all of them. */
  readonly stride: Pair
  readonly padding: Pair
  readonly dilation: Pair
}

const plain: ConvAttrs = { stride: [1, 1], padding: [0, 0], dilation: [1, 1] }
const strided: ConvAttrs = { stride: [2, 2], padding: [1, 1], dilation: [1, 1] }
const spread: ConvAttrs = { stride: [1, 2], padding: [2, 1], dilation: [2, 1] }

function requireImages(what: string, { shape, dtype }: TensorType): void {
  if (shape.length !== 4) throw new RangeError(`${what} takes [N, C, H, W], not ${formatShape(shape)}.`)
  if (dtype !== 'float32') throw new TypeError(`${what} takes float32, not ${dtype}.`)
}

/** Zeros around the last two axes. */
const padImage = (k: Primitives, x: Prim, [h, w]: Pair, [bottom, right]: Pair = [h, w]): Prim =>
  k.pad(x, [[0, 0], [0, 0], [h, bottom], [w, right]]) // prettier-ignore

function windows(k: Primitives, x: Prim, size: Pair, stride: Pair, dilation: Pair): Prim {
  const along = (i: 0 | 1) => ({ axis: 2 + i, size: size[i], stride: stride[i], dilation: dilation[i] })
  return k.window(x, [along(0), along(1)])
}

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
export const conv2d = defineOp<ConvAttrs>({
  name: 'conv2d',
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
  gradient: ({ inputs: [x, weight], attrs }, grad) => [
    grad.convTranspose2dTo(weight!, x!.shape, attrs),
    x!.convWeight2d(grad, weight!.shape, attrs),
  ],
  samples: [
    { inputs: [uniform([2, 3, 5, 6]), uniform([4, 3, 3, 3])], attrs: plain },
    { inputs: [uniform([2, 1, 7, 7]), uniform([3, 1, 3, 3])], attrs: { ...plain, padding: [1, 1] } },
    { inputs: [uniform([1, 2, 8, 7]), uniform([5, 2, 3, 3])], attrs: strided },
    { inputs: [uniform([2, 2, 9, 8]), uniform([3, 2, 3, 2])], attrs: spread },
    { inputs: [uniform([2, 6, 4, 4]), uniform([9, 6, 1, 1])], attrs: plain },
  ],
  torch: 'torch.nn.functional.conv2d(x0, x1, None, stride, padding, dilation)',
})

/** Zeros between the elements of the last two axes, so that they stand `stride` apart. */
function dilate(k: Primitives, x: Prim, stride: Pair): Prim {
  let out = x
  for (const axis of [2, 3]) {
    const step = stride[axis - 2]!
    if (step === 1) continue
    const shape = out.shape
    const apart = k.pad(
      k.reshape(out, shape.toSpliced(axis + 1, 0, 1)),
      [...shape, 1].map((_, i) => [0, i === axis + 1 ? step - 1 : 0] as const),
    )
    out = k.reshape(apart, shape.with(axis, shape[axis]! * step))
    out = k.shrink(
      out,
      out.shape.map((n, i) => [0, i === axis ? n - step + 1 : n] as const),
    )
  }
  return out
}

/** The gradient of conv2d in its input: sends g [N, O, H', W'] back to `shape` [N, C, H, W] (a transposed convolution). */
export const convTranspose2dTo = defineOp<ConvAttrs & { readonly shape: Shape }>({
  name: 'convTranspose2dTo',
  infer: (_, { shape }) => ({ shape, dtype: 'float32' }),
  lower: (k, [g, weight], { stride, padding, dilation, shape }) => {
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
  gradient: ({ inputs: [g, weight], attrs }, grad) => [
    grad.conv2d(weight!, attrs),
    grad.convWeight2d(g!, weight!.shape, attrs),
  ],
  samples: [
    { inputs: [uniform([2, 4, 3, 4]), uniform([4, 3, 3, 3])], attrs: { ...plain, shape: [2, 3, 5, 6] } },
    { inputs: [uniform([1, 5, 4, 4]), uniform([5, 2, 3, 3])], attrs: { ...strided, shape: [1, 2, 8, 7] } },
    { inputs: [uniform([2, 3, 9, 5]), uniform([3, 2, 3, 2])], attrs: { ...spread, shape: [2, 2, 9, 8] } },
  ],
  torch: 'torch.nn.grad.conv2d_input(shape, x1, x0, stride, padding, dilation)',
})

/** Padding where positive, cropping where negative. */
function frame(k: Primitives, x: Prim, before: Pair, after: Pair): Prim {
  const cropped = k.shrink(
    x,
    x.shape.map(
      (n, i) =>
        [i < 2 ? 0 : Math.max(0, -before[i - 2]!), i < 2 ? n : n - Math.max(0, -after[i - 2]!)] as const,
    ),
  )
  const positive = ([h, w]: Pair): Pair => [Math.max(0, h), Math.max(0, w)]
  return padImage(k, cropped, positive(before), positive(after))
}

/** The gradient of conv2d in its weight `shape` [O, C, KH, KW], from x [N, C, H, W] and g [N, O, H', W']. */
export const convWeight2d = defineOp<ConvAttrs & { readonly shape: Shape }>({
  name: 'convWeight2d',
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
  gradient: ({ inputs: [x, g], attrs }, grad) => [
    g!.convTranspose2dTo(grad, x!.shape, attrs),
    x!.conv2d(grad, attrs),
  ],
  samples: [
    { inputs: [uniform([2, 3, 5, 6]), uniform([2, 4, 3, 4])], attrs: { ...plain, shape: [4, 3, 3, 3] } },
    { inputs: [uniform([1, 2, 8, 7]), uniform([1, 5, 4, 4])], attrs: { ...strided, shape: [5, 2, 3, 3] } },
  ],
  torch: 'torch.nn.grad.conv2d_weight(x0, shape, x1, stride, padding, dilation)',
})

export interface PoolAttrs {
  readonly kernel: Pair
  readonly stride: Pair
}

const pooled = ([x]: readonly TensorType[], { kernel, stride }: PoolAttrs): TensorType => {
  requireImages('pooling', x!)
  const size = (i: 0 | 1): number =>
    windowCount(x!.shape[2 + i]!, { size: kernel[i], stride: stride[i], dilation: 1 })
  const shape = [...x!.shape.slice(0, 2), size(0), size(1)]
  if (shape[2]! < 1 || shape[3]! < 1) {
    throw new RangeError(`A ${kernel.join(' × ')} pooling window does not fit into ${formatShape(x!.shape)}.`)
  }
  return { shape, dtype: x!.dtype }
}

const poolSamples = [
  { inputs: [uniform([2, 3, 4, 6])], attrs: { kernel: [2, 2], stride: [2, 2] } as PoolAttrs },
  { inputs: [uniform([1, 2, 7, 7])], attrs: { kernel: [2, 2], stride: [2, 2] } as PoolAttrs },
  { inputs: [uniform([2, 2, 7, 6])], attrs: { kernel: [3, 3], stride: [2, 2] } as PoolAttrs },
]

/** Where in its window each output's largest element stands, counted from 1; the first of equals. */
function winner(k: Primitives, seen: Prim, largest: Prim, [kh, kw]: Pair): Prim {
  const place = k.add(k.mul(k.iota(seen.shape, 4), kw), k.iota(seen.shape, 5))
  const fromEnd = k.sub(k.const(kh * kw, seen.shape, 'int32'), place)
  const isLargest = k.eq(seen, k.expand(k.reshape(largest, [...largest.shape, 1, 1]), seen.shape))
  const best = k.reduce('max', k.where(isLargest, fromEnd, k.const(0, seen.shape, 'int32')), [4, 5])
  return k.reshape(k.sub(k.const(kh * kw + 1, best.shape, 'int32'), best), largest.shape)
}

/** Largest element of each window (torch.nn.functional.max_pool2d without padding). */
export const maxPool2d = defineOp<PoolAttrs>({
  name: 'maxPool2d',
  infer: pooled,
  lower: (k, [x], { kernel, stride }, output) =>
    k.reshape(k.reduce('max', windows(k, x!, kernel, stride, [1, 1]), [4, 5]), output.shape),
  gradient: ({ inputs: [x], output, attrs }, grad) => [grad.maxUnpool2d(x!, output, attrs)],
  samples: poolSamples,
  torch: 'torch.nn.functional.max_pool2d(x0, kernel, stride)',
})

/** The gradient of maxPool2d: inputs g, x and the pooled values. The first of equal elements gets it all. */
export const maxUnpool2d = defineOp<PoolAttrs>({
  name: 'maxUnpool2d',
  infer: ([, x]) => x!,
  lower: (k, [g, x, output], { kernel, stride }) => {
    const seen = windows(k, x!, kernel, stride, [1, 1])
    const place = winner(k, seen, output!, kernel)
    const spreadOver = (t: Prim, dtype: 'float32' | 'int32'): Prim =>
      overlay(k, k.cast(t, dtype), kernel, stride, x!.shape)
    const [grads, places] = [spreadOver(g!, 'float32'), spreadOver(place, 'int32')]
    // Element (e, f) of the window that starts e, f before here.
    const mine = k.add(
      k.add(k.mul(flipped(k, places.shape, 4, kernel[0]), kernel[1]), flipped(k, places.shape, 5, kernel[1])),
      1,
    )
    const routed = k.where(k.eq(places, mine), grads, 0)
    return k.reshape(k.sum(routed, [4, 5]), x!.shape)
  },
  samples: [],
  torch: '',
})

/** A coordinate counted from the end. */
const flipped = (k: Primitives, shape: Shape, axis: number, extent: number): Prim =>
  k.sub(k.const(extent - 1, shape, 'int32'), k.iota(shape, axis))

/** For each element of the input, what stands at the windows that cover it: [N, C, H, W, KH, KW], zero where there is none. */
function overlay(k: Primitives, t: Prim, kernel: Pair, stride: Pair, shape: Shape): Prim {
  const apart = dilate(k, t, stride)
  const before = [kernel[0] - 1, kernel[1] - 1] as const
  const after = [0, 1].map((i) => shape[2 + i]! - apart.shape[2 + i]!) as unknown as Pair
  return windows(k, frame(k, apart, before, after), kernel, [1, 1], [1, 1])
}

/** Mean of each window (torch.nn.functional.avg_pool2d without padding). */
export const avgPool2d = defineOp<PoolAttrs>({
  name: 'avgPool2d',
  infer: pooled,
  lower: (k, [x], { kernel, stride }, output) => {
    const total = k.sum(windows(k, x!, kernel, stride, [1, 1]), [4, 5])
    return k.reshape(k.mul(total, 1 / (kernel[0] * kernel[1])), output.shape)
  },
  gradient: ({ inputs: [x], attrs }, grad) => [grad.avgUnpool2d(x!.shape, attrs)],
  samples: poolSamples,
  torch: 'torch.nn.functional.avg_pool2d(x0, kernel, stride)',
})

/** The gradient of avgPool2d: every element gets its share of each window that covers it. */
export const avgUnpool2d = defineOp<PoolAttrs & { readonly shape: Shape }>({
  name: 'avgUnpool2d',
  infer: (_, { shape }) => ({ shape, dtype: 'float32' }),
  lower: (k, [g], { kernel, stride, shape }) => {
    const total = k.sum(overlay(k, g!, kernel, stride, shape), [4, 5])
    return k.reshape(k.mul(total, 1 / (kernel[0] * kernel[1])), shape)
  },
  gradient: ({ attrs }, grad) => [grad.avgPool2d(attrs)],
  samples: [],
  torch: '',
})
