/** Products of vectors and matrices that torch.linalg has. */
import { defineFunction, defineWithOptions } from '../functions/define.ts'
import { chainProduct, crossProduct, powerOfMatrix } from '../functions/products.ts'
import { uniform, values } from '../ops/samples.ts'
import { wholeNumber } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { place } from './matrices.ts'

/** self × … n times, of each square matrix; the unit matrix for 0, of the inverse for a negative n. Source: torch.linalg.matrix_power. Errors: as matrixPower. */
export const matrixPower = defineFunction({
  name: 'linalg.matrixPower',
  widens: true,
  ...place,
  call: (a: Tensor, n: number): Tensor => powerOfMatrix('linalg.matrixPower', a, n),
  samples: [
    [uniform([3, 3]), 3],
    [uniform([2, 3, 3]), 5],
    [uniform([3, 3]), 1],
    [uniform([3, 3]), 0],
    [values([2, 2, 2], [3, 1, 1, -2, 0.5, -1, -1, 4]), -1],
  ],
})

/** Product of a list of matrices, in the order that takes the fewest multiplications; the first and the last may be vectors. Source: torch.linalg.multi_dot. Errors: a RangeError for fewer than two and shapes that do not fit. */
export const multiDot = defineFunction({
  name: 'linalg.multiDot',
  ...place,
  call: (tensors: readonly Tensor[]): Tensor => chainProduct('linalg.multiDot', tensors),
  samples: [
    [[uniform([2, 3]), uniform([3, 4])]],
    [[uniform([5, 2]), uniform([2, 6]), uniform([6, 1]), uniform([1, 3])]],
    [[uniform([3]), uniform([3, 4]), uniform([4])]],
    [[uniform([2, 0]), uniform([0, 3])]],
  ],
})

/** Sum of products along `dim`; the shapes broadcast. Source: torch.linalg.vecdot. */
export const vecdot = defineWithOptions({
  name: 'linalg.vecdot',
  widens: true,
  ...place,
  positional: [],
  named: ['dim'],
  call: (x: Tensor, y: Tensor, { dim = -1 }: { readonly dim?: number }): Tensor => x.mul(y).sum(dim),
  samples: [
    [uniform([3, 4]), uniform([3, 4], -1, 1)],
    [uniform([3, 4]), uniform([4]), { dim: 0 }],
    [uniform([0]), uniform([0])],
  ],
})

/** Cross product along `dim`, of extent 3 (the last by default); the others broadcast. Source: torch.linalg.cross. Errors: a RangeError for another extent. */
export const cross = defineWithOptions({
  name: 'linalg.cross',
  widens: true,
  ...place,
  positional: [],
  named: ['dim'],
  call: (input: Tensor, other: Tensor, { dim = -1 }: { readonly dim?: number }): Tensor =>
    crossProduct('linalg.cross', input, other, dim),
  samples: [
    [uniform([2, 3]), uniform([2, 3], -1, 1)],
    [uniform([2, 3, 4]), uniform([2, 3, 4], -1, 1), { dim: 1 }],
    [uniform([1, 3]), uniform([2, 3])],
  ],
})

/** Powers 0 … N−1 of each element, in a dimension more; N is by default the last extent. Source: torch.linalg.vander. Errors: a RangeError for an N below 2. */
export const vander = defineWithOptions({
  name: 'linalg.vander',
  widens: true,
  ...place,
  positional: [],
  named: ['N'],
  call(x: Tensor, { N }: { readonly N?: number }): Tensor {
    const columns = wholeNumber('linalg.vander: N', N ?? x.shape.at(-1) ?? 1, 2)
    const list = x.ndim === 0 ? x.reshape([1]) : x
    return list.unsqueeze(-1).pow(list.newArange(columns))
  },
  samples: [[uniform([4])], [uniform([2, 3]), { N: 5 }], [uniform([]), { N: 2 }]],
})
