/**
 * What is chosen by its value. How much that is decides over a shape, and is known only when the values are: these
 * functions give promises, to be awaited as `item()` is, and cannot be part of a captured step.
 */
import { booleans, edge, integers, uniform } from '../ops/samples.ts'
import { Tensor } from '../tensor/core.ts'
import { isTracing } from '../tensor/realize.ts'
import { sameShape } from '../tensor/shape.ts'
import { isclose, type Tolerances } from './comparison.ts'
import { defineFunction, defineWithOptions } from './define.ts'
import { cat } from './movement.ts'
import { broadcast, coordinates, holding } from './operands.ts'
import { signed, whole } from './samples.ts'

async function valuesOf(name: string, x: Tensor): Promise<ArrayLike<number>> {
  if (isTracing())
    throw new TypeError(
      `${name}: a captured step cannot wait for values. Use where or maskedFill there, which keep the shape.`,
    )
  return await x.data()
}

/** Where, in row-major order, elements are other than 0. */
async function placesOf(name: string, x: Tensor): Promise<number[]> {
  const values = await valuesOf(name, x)
  return Array.from(values).flatMap((v, i) => (v === 0 ? [] : [i]))
}

interface NonzeroOptions {
  /** One list for each dimension, as an index takes them, not one matrix. */
  readonly asTuple?: boolean
}

interface Nonzero {
  (self: Tensor, options: NonzeroOptions & { readonly asTuple: true }): Promise<Tensor[]>
  (self: Tensor, options?: NonzeroOptions): Promise<Tensor>
}

const someZeros = edge([0, 1, 0, 2, NaN, 0], [2, 3])

/**
 * A promise of the indices of all elements other than 0, int32 [count, dimensions] in row-major order; with asTuple a list
 * [count] for each dimension. Source: torch.nonzero. Errors: a TypeError in a captured step.
 */
export const nonzero = defineWithOptions({
  name: 'nonzero',
  positional: [],
  named: ['asTuple'],
  async call(self: Tensor, { asTuple = false }: NonzeroOptions): Promise<Tensor | Tensor[]> {
    const places = await placesOf('nonzero', self)
    const lists = coordinates(self, places)
    if (asTuple) return lists.length === 0 ? [holding(places, self.device)] : lists
    if (lists.length === 0) return self.newFull([places.length, 0], 0, 'int32')
    return cat(
      lists.map((list) => list.unsqueeze(1)),
      1,
    )
  },
  samples: [
    [someZeros],
    [someZeros, { asTuple: true }],
    [booleans([2, 3, 4])],
    [uniform([])],
    [integers([4], 0, 1)],
    [uniform([2, 0])],
  ],
}) as Nonzero

/** A promise of the indices of all elements other than 0, int32 [count, dimensions]. Source: torch.argwhere. Errors: as nonzero. */
export const argwhere = defineFunction({
  name: 'argwhere',
  call: (self: Tensor): Promise<Tensor> => nonzero(self),
  samples: [[someZeros], [uniform([])], [integers([3], 0, 1)]],
})

/**
 * A promise of the elements for which the mask holds, in a list; both broadcast. Source: torch.masked_select.
 * Errors: a TypeError for a mask that is not bool, and in a captured step.
 */
export const maskedSelect = defineFunction({
  name: 'maskedSelect',
  async call(self: Tensor, mask: Tensor): Promise<Tensor> {
    requireMask('maskedSelect', mask)
    const [x, chosen] = broadcast('maskedSelect', self, mask) as [Tensor, Tensor]
    const places = await placesOf('maskedSelect', chosen)
    if (places.length === 0) return x.reshape([-1]).narrow(0, 0, 0)
    return x.reshape([-1]).indexSelect(0, holding(places, self.device))
  },
  samples: [
    [signed, booleans([3, 4])],
    [signed, booleans([4])],
    [uniform([4]), booleans([3, 4])],
    [whole, booleans([3, 1])],
    [uniform([]), booleans([2, 2])],
    [uniform([0, 3]), booleans([3])],
  ],
})

export function requireMask(name: string, mask: Tensor): void {
  if (!(mask instanceof Tensor) || mask.dtype !== 'bool')
    throw new TypeError(
      `${name}: the mask must be bool, not ${mask instanceof Tensor ? mask.dtype : typeof mask}.`,
    )
}

/** A promise of whether all elements are close, as isclose says. Source: torch.allclose. */
export const allclose = defineWithOptions({
  name: 'allclose',
  positional: ['rtol', 'atol', 'equalNan'],
  call: async (self: Tensor, other: Tensor, options: Tolerances): Promise<boolean> =>
    (await valuesOf('allclose', isclose(self, other, options).all()))[0] !== 0,
  samples: [
    [signed, signed],
    [signed, uniform([3, 4], -1, 1)],
    [signed, uniform([3, 4], -2.1, 2), 10, 0.5],
    [edge([NaN, 1]), edge([NaN, 1]), { equalNan: true }],
    [edge([NaN, 1]), edge([NaN, 1])],
    [uniform([0]), uniform([0])],
  ],
})

/** A promise of whether both have the same shape and elements; NaN equals nothing. Source: torch.equal. */
export const equal = defineFunction({
  name: 'equal',
  call: async (self: Tensor, other: Tensor): Promise<boolean> =>
    sameShape(self.shape, other.shape) && (await valuesOf('equal', self.eq(other).all()))[0] !== 0,
  samples: [
    [signed, signed],
    [signed, uniform([3, 4], -1, 1)],
    [signed, uniform([4])],
    [edge([NaN]), edge([NaN])],
    [uniform([0]), uniform([0])],
  ],
})
