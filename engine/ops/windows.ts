/** Views of images [N, C, H, W] through sliding windows, and the ways back: what convolution and pooling share. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'
import type { TensorType } from './define.ts'

/** Down, across. */
export type Pair = readonly [number, number]

export function requireImages(what: string, { shape, dtype }: TensorType): void {
  if (shape.length !== 4) throw new RangeError(`${what} takes [N, C, H, W], not ${formatShape(shape)}.`)
  if (dtype !== 'float32') throw new TypeError(`${what} takes float32, not ${dtype}.`)
}

/** Zeros around the last two axes. */
export const padImage = (k: Primitives, x: Prim, [h, w]: Pair, [bottom, right]: Pair = [h, w]): Prim =>
  k.pad(x, [[0, 0], [0, 0], [h, bottom], [w, right]]) // prettier-ignore

export function windows(k: Primitives, x: Prim, size: Pair, stride: Pair, dilation: Pair): Prim {
  const along = (i: 0 | 1) => ({ axis: 2 + i, size: size[i], stride: stride[i], dilation: dilation[i] })
  return k.window(x, [along(0), along(1)])
}

/** Zeros between the elements of the last two axes, so that they stand `stride` apart. */
export function dilate(k: Primitives, x: Prim, stride: Pair): Prim {
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

/** Padding where positive, cropping where negative. */
export function frame(k: Primitives, x: Prim, before: Pair, after: Pair): Prim {
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

/**
 * For each element of an image of `shape`, what t [N, C, H', W'] has for the windows that cover it, the window that starts
 * furthest before it first: [N, C, H, W, KH, KW], zero where there is none.
 */
export function overlay(
  k: Primitives,
  t: Prim,
  kernel: Pair,
  stride: Pair,
  padding: Pair,
  shape: Shape,
): Prim {
  const apart = dilate(k, t, stride)
  const before: Pair = [kernel[0] - 1 - padding[0], kernel[1] - 1 - padding[1]]
  const after = (i: 0 | 1): number => shape[2 + i]! + kernel[i] - 1 - before[i] - apart.shape[2 + i]!
  return windows(k, frame(k, apart, before, [after(0), after(1)]), kernel, [1, 1], [1, 1])
}
