/** Convolution over words followed by the largest answer over time: only one window for each filter matters afterwards. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { formatShape } from '../tensor/shape.ts'
import { argmax } from './reduce.ts'
import { defineOp, type TensorType } from './define.ts'
import { edge, special, uniform } from './samples.ts'

const sequences = edge([...special, 2], [1, 4, 2])

interface Extents {
  readonly rows: number
  readonly steps: number
  readonly width: number
  readonly filters: number
  readonly size: number
}

function extents([x, weight]: readonly TensorType[]): Extents {
  const [rows = 0, steps = 0, width = 0] = x!.shape
  const [filters = 0, inputs = 0, size = 0] = weight!.shape
  if (x!.shape.length !== 3 || weight!.shape.length !== 3 || inputs !== width || size > steps || size < 1) {
    throw new RangeError(
      `convMax takes [rows, steps, width] and filters [filters, width, size] no longer than the steps, ` +
        `not ${formatShape(x!.shape)} and ${formatShape(weight!.shape)}.`,
    )
  }
  return { rows, steps, width, filters, size }
}

/** Every filter at every position. */
function multiplyAddsOf(inputs: readonly TensorType[]): number {
  const { rows, steps, width, filters, size } = extents(inputs)
  return rows * (steps - size + 1) * filters * width * size
}

/** [rows, positions, filters]; a window of x is one stretch of memory. */
function convolved(k: Primitives, x: Prim, weight: Prim): Prim {
  const { size } = extents([x, weight])
  const windows = k.window(x, [{ axis: 1, size, stride: 1, dilation: 1 }])
  return k.contract(k.permute(windows, [0, 1, 3, 2]), k.permute(weight, [2, 1, 0]), { batch: 0, inner: 2 })
}

/**
 * Largest answer of each filter of weight [filters, width, size] over all positions of x [rows, steps, width], to
 * [rows, filters]: conv1d over channels last, then max (Kim 2014, https://arxiv.org/abs/1408.5882, section 2). The
 * gradient goes to the first largest position alone, as in torch.max, so it costs a position's work, not all positions'.
 */
export const convMax = defineOp({
  name: 'convMax',
  floats: 'all',
  multiplyAdds: multiplyAddsOf,
  infer: (inputs) => {
    const { rows, filters } = extents(inputs)
    return { shape: [rows, filters], dtype: 'float32' }
  },
  lower: (k, [x, weight], _, output) => {
    const scores = convolved(k, x!, weight!)
    return k.reshape(k.reduce('max', scores, [1]), output.shape)
  },
  gradient: ({ inputs: [x, weight], apply }, grad) => {
    const { rows, steps, width, filters, size } = extents([x!, weight!])
    // [rows, filters, size]: the steps of the winning windows.
    const at = apply(convArgmax, [x!, weight!], null).unsqueeze(2).add(x!.newArange(size))
    const line = x!.newArange(rows).mul(steps).reshape([rows, 1, 1])
    const words = x!.reshape([rows * steps, width]).indexSelect(0, at.add(line).flatten())
    const share = grad.reshape([rows, filters, 1, 1])
    const gradWeight = words.reshape([rows, filters, size, width]).mul(share).sum(0).transpose(1, 2)
    const sent = share.mul(weight!.transpose(1, 2)).reshape([rows, filters * size, width])
    const gradX = sent.scatterSum(1, at.reshape([rows, filters * size, 1]), x!.shape)
    return [gradX, gradWeight]
  },
  samples: [
    { inputs: [uniform([3, 6, 4]), uniform([5, 4, 3])], attrs: null },
    { inputs: [uniform([2, 4, 3]), uniform([2, 3, 4])], attrs: null },
    { inputs: [uniform([2, 5, 8]), uniform([4, 8, 1])], attrs: null },
    { inputs: [sequences, uniform([3, 2, 2], 0.5, 1)], attrs: null },
    { inputs: [edge([1, 2, 1, 2, 0, 1, 1, 2], [1, 4, 2]), uniform([3, 2, 1])], attrs: null },
    { inputs: [uniform([0, 4, 3]), uniform([2, 3, 2])], attrs: null },
    { inputs: [uniform([1, 1, 1]), uniform([1, 1, 1])], attrs: null },
  ],
  torch: 'torch.nn.functional.conv1d(x0.transpose(1, 2), x1).max(2)[0]',
})

/** At which position each filter's answer is largest, int32 [rows, filters]. */
export const convArgmax = defineOp({
  name: 'convArgmax',
  floats: 'all',
  multiplyAdds: multiplyAddsOf,
  infer: (inputs) => {
    const { rows, filters } = extents(inputs)
    return { shape: [rows, filters], dtype: 'int32' }
  },
  lower: (k, [x, weight], _, output) =>
    argmax.lower(k, [convolved(k, x!, weight!)], { dim: 1, keepdim: false }, output),
  samples: [
    { inputs: [uniform([3, 6, 4]), uniform([5, 4, 3])], attrs: null },
    { inputs: [sequences, uniform([3, 2, 2], 0.5, 1)], attrs: null },
    { inputs: [uniform([0, 4, 3]), uniform([2, 3, 2])], attrs: null },
    { inputs: [uniform([1, 1, 1]), uniform([1, 1, 1])], attrs: null },
  ],
  torch: 'torch.nn.functional.conv1d(x0.transpose(1, 2), x1).max(2)[1].to(torch.int32)',
})
