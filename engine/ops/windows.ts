/** Views of images [N, C, H, W] through sliding windows, and the ways back: what convolution and pooling share. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'
import type { TensorType } from './define.ts'

/** Down, across. */
export type Pair = readonly [number, number]

export function requireImages(what: string, { shape }: TensorType): void {
  if (shape.length !== 4) throw new RangeError(`${what} takes [N, C, H, W], not ${formatShape(shape)}.`)
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

export interface Covering {
  /** For each element of the image, what stands at the windows that cover it: [N, C, H, W, JH, JW], 0 where there is none. */
  readonly values: (t: Prim) => Prim
  /** The element's place in each of those windows, down and across, in the same shape; past the kernel where it is not covered. */
  readonly places: readonly [Prim, Prim]
  /** Whether `places` can be past the kernel at all. */
  readonly exact: boolean
}

/** The windows of [N, C, H', W'] that cover each element of an image of `shape`: at most JH × JW, fewest where strides are long. */
export function covering(
  k: Primitives,
  windowsShape: Shape,
  { kernel, stride, padding }: { readonly kernel: Pair; readonly stride: Pair; readonly padding: Pair },
  shape: Shape,
): Covering {
  const reach = [0, 1].map((i) => Math.ceil(kernel[i]! / stride[i]!)) as unknown as Pair
  const inImage = [...shape, ...reach]
  // Row p of the padded image lies in windows p / stride, p / stride - 1, …: stretched by the stride, they stand `stride` apart.
  const around = (i: 0 | 1): Pair => {
    const before = (reach[i] - 1) * stride[i] - padding[i]
    return [before, shape[2 + i]! + (reach[i] - 1) * stride[i] - before - windowsShape[2 + i]! * stride[i]]
  }
  const [down, across] = [around(0), around(1)]
  const values = (t: Prim): Prim => {
    const framed = frame(k, stretch(k, t, stride), [down[0], across[0]], [down[1], across[1]])
    return windows(k, framed, reach, [1, 1], stride)
  }
  const place = (i: 0 | 1): Prim => {
    // Counts 0 … stride - 1 again and again, from the padding on.
    const turns = Math.ceil((padding[i] + shape[2 + i]!) / stride[i])
    const counted = k.reshape(k.iota([turns, stride[i]], 1), [turns * stride[i]])
    const along = k.shrink(counted, [[padding[i], padding[i] + shape[2 + i]!]])
    const first = k.expand(
      k.reshape(
        along,
        inImage.map((n, axis) => (axis === 2 + i ? n : 1)),
      ),
      inImage,
    )
    const back = k.sub(k.const(reach[i] - 1, inImage, 'int32'), k.iota(inImage, 4 + i))
    return k.add(first, k.mul(back, stride[i]))
  }
  const exact = ([0, 1] as const).every((i) => kernel[i] % stride[i] === 0)
  return { values, places: [place(0), place(1)], exact }
}

/** Every element of the last two axes `by` times. */
function stretch(k: Primitives, x: Prim, by: Pair): Prim {
  const [n, c, h, w] = x.shape as readonly [number, number, number, number]
  const apart = k.expand(k.reshape(x, [n, c, h, 1, w, 1]), [n, c, h, by[0], w, by[1]])
  return k.reshape(apart, [n, c, h * by[0], w * by[1]])
}
