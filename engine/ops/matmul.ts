/** Products of matrices. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { formatShape, numel, type Shape } from '../tensor/shape.ts'
import { defineOp, type TensorType } from './define.ts'
import { edge, special, uniform } from './samples.ts'

const matrix = edge([...special, 2, 3], [3, 3])

const swapLast = (rank: number): number[] => {
  const order = Array.from({ length: rank }, (_, i) => i)
  return [...order.slice(0, -2), rank - 1, rank - 2]
}

const transposed = (k: Primitives, x: Prim): Prim => k.permute(x, swapLast(x.shape.length))

function product([a, b]: readonly TensorType[]): TensorType {
  const [m, k] = a!.shape.slice(-2)
  const [k2, n] = b!.shape.slice(-2)
  const batch = a!.shape.slice(0, -2)
  const sameBatch = batch.length === b!.shape.length - 2 && batch.every((extent, i) => extent === b!.shape[i])
  if (k !== k2 || !sameBatch) {
    throw new RangeError(
      `Cannot multiply ${formatShape(a!.shape)} by ${formatShape(b!.shape)}: ` +
        (k === k2 ? 'their batch dimensions differ.' : `inner dimensions ${k} and ${k2} differ.`),
    )
  }
  return { shape: [...batch, m!, n!], dtype: 'float32' }
}

/** [batch…, m, k] × [batch…, k, n] (torch.bmm for any number of equal batch dimensions). */
export const matmul = defineOp({
  name: 'matmul',
  half: 'alone',
  floats: 'all',
  multiplyAdds: ([a], [output]) => numel(output!.shape) * a!.shape.at(-1)!,
  infer: product,
  lower: (k, [a, b]) => k.matmul(a!, b!),
  gradient: ({ inputs: [a, b] }, grad) => [
    grad.matmul(b!.transpose(-2, -1)),
    a!.transpose(-2, -1).matmul(grad),
  ],
  samples: [
    { inputs: [uniform([3, 4]), uniform([4, 5])], attrs: null },
    { inputs: [uniform([2, 3, 4]), uniform([2, 4, 5])], attrs: null },
    { inputs: [uniform([7, 33]), uniform([33, 18])], attrs: null },
    { inputs: [uniform([1, 5]), uniform([5, 1])], attrs: null },
    { inputs: [uniform([37, 21]), uniform([21, 70])], attrs: null },
    { inputs: [matrix, uniform([3, 5])], attrs: null },
    { inputs: [matrix, matrix], attrs: null },
    { inputs: [uniform([0, 3]), uniform([3, 2])], attrs: null },
    { inputs: [uniform([2, 0]), uniform([0, 3])], attrs: null },
    { inputs: [uniform([1, 1]), uniform([1, 1])], attrs: null },
  ],
  torch: 'torch.matmul(x0, x1)',
})

/** x·Wᵀ + b, with W [out, in] as torch.nn.functional.linear has it. Known as Gemm elsewhere. */
export const linear = defineOp({
  name: 'linear',
  half: 'alone',
  floats: 'all',
  multiplyAdds: ([x], [output]) => numel(output!.shape) * x!.shape.at(-1)!,
  infer: ([x, weight, bias]) => {
    const [outputs, inputs] = weight!.shape
    if (weight!.shape.length !== 2 || x!.shape.at(-1) !== inputs) {
      throw new RangeError(
        `linear: an input of ${formatShape(x!.shape)} does not fit a weight of ${formatShape(weight!.shape)}; ` +
          `its last dimension must be ${inputs}.`,
      )
    }
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs)) {
      throw new RangeError(`linear: the bias must be [${outputs}], not ${formatShape(bias.shape)}.`)
    }
    return { shape: [...x!.shape.slice(0, -1), outputs!], dtype: 'float32' }
  },
  lower: (k, [x, weight, bias], _, output) => {
    const rows = flatRows(k, x!)
    const y = k.matmul(rows, transposed(k, weight!))
    return k.reshape(bias ? k.add(y, k.expand(bias, y.shape)) : y, output.shape)
  },
  gradient: ({ inputs: [x, weight, bias] }, grad) => {
    const count = numel(grad.shape.slice(0, -1))
    const rows = grad.reshape([count, grad.shape.at(-1)!])
    const gradX = rows.matmul(weight!).reshape(x!.shape)
    const gradWeight = rows.transpose(0, 1).matmul(x!.reshape([count, x!.shape.at(-1)!]))
    if (!bias) return [gradX, gradWeight]
    // Not over `rows`: where it is known which axis may be a batch, another one is summed by the same program.
    const examples = grad.shape.slice(0, -1).map((_, axis) => axis)
    return [gradX, gradWeight, examples.length === 0 ? grad : grad.sum(examples)]
  },
  samples: [
    { inputs: [uniform([3, 4]), uniform([5, 4]), uniform([5])], attrs: null },
    { inputs: [uniform([9, 6]), uniform([2, 6])], attrs: null },
    { inputs: [uniform([2, 3, 4]), uniform([5, 4]), uniform([5], -1, 1)], attrs: null },
    { inputs: [matrix, uniform([5, 3]), edge([0, Infinity, 1, NaN, 2])], attrs: null },
    { inputs: [uniform([0, 3]), uniform([2, 3]), uniform([2])], attrs: null },
    { inputs: [uniform([1, 1]), uniform([1, 1]), uniform([1])], attrs: null },
  ],
  torch: 'torch.nn.functional.linear(*x)',
})

function flatRows(k: Primitives, x: Prim): Prim {
  const columns = x.shape.at(-1)!
  const rows = x.shape.slice(0, -1).reduce((n, extent) => n * extent, 1)
  const flat: Shape = [rows, columns]
  return k.reshape(x, flat)
}
