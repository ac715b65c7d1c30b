/** Pooling over windows of images [N, C, H, W]. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { windowCount } from '../compiler/primitive.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'
import { defineOp, type OpRecord, type TensorType } from './define.ts'
import { edge, integers, special, uniform, type SampleInput } from './samples.ts'
import { covering, padImage, requireImages, windows, type Pair } from './windows.ts'

export interface PoolAttrs {
  /** Down, across; all of them. */
  readonly kernel: Pair
  readonly stride: Pair
  /** On each side; at most half of the kernel, so that every window holds something. */
  readonly padding: Pair
}

function pooled([x]: readonly TensorType[], { kernel, stride, padding }: PoolAttrs): TensorType {
  requireImages('pooling', x!)
  if (padding.some((p, i) => p > kernel[i]! / 2)) {
    throw new RangeError(
      `pooling: padding ${padding.join(' × ')} is more than half of a ${kernel.join(' × ')} window.`,
    )
  }
  const size = (i: 0 | 1): number =>
    windowCount(x!.shape[2 + i]! + 2 * padding[i], { size: kernel[i], stride: stride[i], dilation: 1 })
  const shape = [...x!.shape.slice(0, 2), size(0), size(1)]
  if (shape[2]! < 1 || shape[3]! < 1) {
    throw new RangeError(`A ${kernel.join(' × ')} pooling window does not fit into ${formatShape(x!.shape)}.`)
  }
  return { shape, dtype: x!.dtype }
}

const halves: PoolAttrs = { kernel: [2, 2], stride: [2, 2], padding: [0, 0] }
const overlapping: PoolAttrs = { kernel: [3, 3], stride: [2, 2], padding: [1, 1] }
const uneven: PoolAttrs = { kernel: [3, 2], stride: [1, 3], padding: [0, 1] }

const single: PoolAttrs = { kernel: [1, 1], stride: [1, 1], padding: [0, 0] }
const specialImage = edge([...special, ...special.toReversed(), 3, 3], [1, 1, 4, 4])

const poolSamples = [
  { inputs: [uniform([2, 3, 4, 6])], attrs: halves },
  { inputs: [uniform([1, 2, 7, 7])], attrs: halves },
  { inputs: [uniform([2, 2, 7, 6])], attrs: { ...overlapping, padding: [0, 0] } as PoolAttrs },
  { inputs: [uniform([2, 2, 7, 8], -2, -1)], attrs: overlapping },
  { inputs: [uniform([1, 3, 6, 7])], attrs: uneven },
  { inputs: [edge([...special, ...special, 3, 3], [1, 1, 4, 4])], attrs: halves },
  { inputs: [specialImage], attrs: overlapping },
  { inputs: [edge([NaN, 1, NaN, 2, Infinity, NaN, 3, Infinity, 4], [1, 1, 3, 3])], attrs: overlapping },
  { inputs: [uniform([0, 3, 4, 4])], attrs: halves },
  { inputs: [uniform([1, 1, 1, 1])], attrs: single },
]

/** Windows of x, and of nothing where they reach over its edge: less than any element. */
function maxWindows(k: Primitives, x: Prim, { kernel, stride, padding }: PoolAttrs): Prim {
  const padded = padImage(k, x, padding)
  const framed = padded === x ? x : k.where(inside(k, x, padding), padded, k.const(-Infinity))
  return windows(k, framed, kernel, stride, [1, 1])
}

const inside = (k: Primitives, x: Prim, padding: Pair): Prim =>
  padImage(k, k.const(1, x.shape, 'bool'), padding)

const insideWindows = (k: Primitives, x: Prim, { kernel, stride, padding }: PoolAttrs): Prim =>
  windows(k, inside(k, x, padding), kernel, stride, [1, 1])

/**
 * Where in its window each output's largest element stands, counted from 1: the first of equals, but of NaNs the last, as
 * PyTorch's max_pool2d walks a window.
 */
function winner(k: Primitives, x: Prim, largest: Prim, attrs: PoolAttrs): Prim {
  const seen = maxWindows(k, x, attrs)
  const [kh, kw] = attrs.kernel
  const [place, past] = [placeIn(k, seen, kw), kh * kw + 1]
  const equal = k.eq(seen, k.expand(k.reshape(largest, [...largest.shape, 1, 1]), seen.shape))
  // Where -∞ is all there is, the padding's equals it.
  const isLargest = attrs.padding.some((p) => p > 0) ? k.and(equal, insideWindows(k, x, attrs)) : equal
  const fromEnd = k.sub(k.const(past, seen.shape, 'int32'), place)
  // NaNs, and nothing else, differ from themselves: they rank above all others.
  const rank = k.where(isLargest, fromEnd, k.where(k.eq(seen, seen), 0, k.add(place, past)))
  const best = k.reduce('max', rank, [4, 5])
  return k.reshape(k.abs(k.sub(best, past)), largest.shape)
}

/** The place of each element in its window, counted from 1. */
const placeIn = (k: Primitives, seen: Prim, kw: number): Prim =>
  k.add(k.add(k.mul(k.iota(seen.shape, 4), kw), k.iota(seen.shape, 5)), 1)

const tied = ({ shape, values }: SampleInput): SampleInput => edge(values, shape)

/** Largest element of each window; what the padding adds never wins (torch.nn.functional.max_pool2d). */
export const maxPool2d = defineOp<PoolAttrs>({
  name: 'maxPool2d',
  floats: 'all',
  infer: pooled,
  lower: (k, [x], attrs, output) =>
    k.reshape(k.reduce('max', maxWindows(k, x!, attrs), [4, 5]), output.shape),
  gradient: ({ inputs: [x], output, attrs, apply }, grad) => [apply(maxUnpool2d, [grad, x!, output], attrs)],
  samples: [
    ...poolSamples,
    // Equal elements, as a ReLU leaves them.
    { inputs: [integers([2, 2, 6, 6], 0, 2)].map(tied), attrs: overlapping },
    { inputs: [edge(new Array<number>(16).fill(-Infinity), [1, 1, 4, 4])], attrs: overlapping },
  ],
  torch: 'torch.nn.functional.max_pool2d(x0, kernel, stride, padding)',
})

/** What PyTorch's own backward pass makes of x0, as a Python expression that can be differentiated again. */
const torchBackward = (pool: string, input: string): string =>
  `(lambda z: torch.autograd.grad(torch.nn.functional.${pool}(z, kernel, stride, padding), z, x0, create_graph=True)[0])(${input})`

/** Samples of g, x and the pooled x; the latter as maxPool2d's definition says, element by element. */
const unpoolSample = (x: SampleInput, attrs: PoolAttrs) => {
  const { shape } = pooled([x], attrs)
  const [, , height, width] = x.shape as readonly [number, number, number, number]
  const [planes, rows, columns] = [shape[0]! * shape[1]!, shape[2]!, shape[3]!]
  const largest = (plane: number, row: number, column: number): number => {
    const seen = Array.from({ length: attrs.kernel[0] * attrs.kernel[1] }, (_, i) => {
      const h = row * attrs.stride[0] - attrs.padding[0] + Math.floor(i / attrs.kernel[1])
      const w = column * attrs.stride[1] - attrs.padding[1] + (i % attrs.kernel[1])
      const inside = h >= 0 && h < height && w >= 0 && w < width
      return inside ? x.values[(plane * height + h) * width + w]! : -Infinity
    })
    return Math.max(...seen)
  }
  const values = Array.from({ length: planes * rows * columns }, (_, i) =>
    largest(Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns),
  )
  return { inputs: [uniform(shape), x, { shape, dtype: 'float32' as const, values }], attrs }
}

/** The gradient of maxPool2d: inputs g, x and the pooled values. The first of equal elements gets it all. */
export const maxUnpool2d: OpRecord<PoolAttrs> = defineOp<PoolAttrs>({
  name: 'maxUnpool2d',
  floats: 'all',
  infer: ([, x]) => x!,
  lower: (k, [g, x, output], attrs) => {
    const place = winner(k, x!, output!, attrs)
    const { values, places, exact } = covering(k, output!.shape, attrs, x!.shape)
    const mine = k.add(k.add(k.mul(places[0], attrs.kernel[1]), places[1]), 1)
    const won = k.eq(values(place), mine)
    // Past the end of a row of the window, a place is the next row's.
    const inRow = exact ? won : k.and(won, k.lt(places[1], k.const(attrs.kernel[1], mine.shape, 'int32')))
    const routed = k.where(inRow, values(g!), 0)
    return k.reshape(k.sum(routed, [4, 5]), x!.shape)
  },
  gradient: ({ inputs: [, x, output], attrs, apply }, grad) => [
    apply(maxPoolLike2d, [grad, x!, output!], attrs),
    null,
    null,
  ],
  samples: [
    unpoolSample(uniform([2, 2, 7, 6], -2, 2, 1), overlapping),
    unpoolSample(uniform([1, 3, 6, 7], -2, 2, 1), uneven),
    unpoolSample(specialImage, overlapping),
    unpoolSample(uniform([1, 1, 1, 1]), single),
  ],
  torch: torchBackward('max_pool2d', 'x1.detach().requires_grad_()'),
})

/** From each window of v, the element that stands where x's largest does: inputs v, x and the pooled x. */
export const maxPoolLike2d: OpRecord<PoolAttrs> = defineOp<PoolAttrs>({
  name: 'maxPoolLike2d',
  floats: 'all',
  infer: ([, , output]) => output!,
  lower: (k, [v, x, output], attrs) => {
    const place = winner(k, x!, output!, attrs)
    const seen = windows(k, padImage(k, v!, attrs.padding), attrs.kernel, attrs.stride, [1, 1])
    const won = k.expand(k.reshape(place, [...place.shape, 1, 1]), seen.shape)
    const chosen = k.where(k.eq(won, placeIn(k, seen, attrs.kernel[1])), seen, 0)
    return k.reshape(k.sum(chosen, [4, 5]), output!.shape)
  },
  gradient: ({ inputs: [, x, output], attrs, apply }, grad) => [
    apply(maxUnpool2d, [grad, x!, output!], attrs),
    null,
    null,
  ],
  samples: [
    unpoolSample(uniform([2, 2, 7, 6], -2, 2, 2), overlapping),
    unpoolSample(specialImage, overlapping),
    unpoolSample(uniform([1, 1, 1, 1]), single),
  ].map(({ inputs: [, x, output], attrs }) => ({
    inputs: [uniform(x!.shape, -2, 2, 3), x!, output!],
    attrs,
  })),
  torch:
    'x0.flatten(2).gather(2, torch.nn.functional.max_pool2d(x1.detach(), kernel, stride, padding, return_indices=True)[1].flatten(2)).reshape(x2.shape)',
})

/** Mean of each window, the padding's zeros counted in (torch.nn.functional.avg_pool2d). */
export const avgPool2d: OpRecord<PoolAttrs> = defineOp<PoolAttrs>({
  name: 'avgPool2d',
  floats: 'all',
  infer: pooled,
  lower: (k, [x], { kernel, stride, padding }, output) => {
    const total = k.sum(windows(k, padImage(k, x!, padding), kernel, stride, [1, 1]), [4, 5])
    return k.reshape(k.mul(total, 1 / (kernel[0] * kernel[1])), output.shape)
  },
  gradient: ({ inputs: [x], attrs, apply }, grad) => [
    apply(avgUnpool2d, [grad], { ...attrs, shape: x!.shape }),
  ],
  samples: poolSamples,
  torch: 'torch.nn.functional.avg_pool2d(x0, kernel, stride, padding)',
})

/** The gradient of avgPool2d: every element of `shape` gets its share of each window that covers it. */
export const avgUnpool2d: OpRecord<PoolAttrs & { readonly shape: Shape }> = defineOp<
  PoolAttrs & { readonly shape: Shape }
>({
  name: 'avgUnpool2d',
  floats: 'all',
  infer: (_, { shape }) => ({ shape, dtype: 'float32' }),
  lower: (k, [g], attrs) => {
    const { kernel, shape } = attrs
    const { values, places, exact } = covering(k, g!.shape, attrs, shape)
    const share = values(g!)
    const size = (i: 0 | 1): Prim => k.const(kernel[i], share.shape, 'int32')
    const covered = exact
      ? share
      : k.where(k.and(k.lt(places[0], size(0)), k.lt(places[1], size(1))), share, 0)
    const total = k.sum(covered, [4, 5])
    return k.reshape(k.mul(total, 1 / (kernel[0] * kernel[1])), shape)
  },
  gradient: ({ attrs: { shape: _, ...attrs }, apply }, grad) => [apply(avgPool2d, [grad], attrs)],
  samples: [
    { inputs: [uniform([2, 2, 4, 3])], attrs: { ...overlapping, shape: [2, 2, 7, 6] } },
    { inputs: [specialImage], attrs: { ...overlapping, shape: [1, 1, 7, 7] } },
    { inputs: [uniform([1, 1, 1, 1])], attrs: { ...single, shape: [1, 1, 1, 1] } },
  ],
  torch: torchBackward('avg_pool2d', 'torch.zeros(shape, requires_grad=True)'),
})
