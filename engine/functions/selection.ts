/**
 * What is chosen by its value. How much that is decides over a shape, and is known only when the values are: on the CPU
 * these functions give it at once, on a GPU a promise, to be awaited as `item()` is. They cannot be part of a captured step.
 */
import { booleans, edge, integers, uniform } from '../ops/samples.ts'
import { Tensor } from '../tensor/core.ts'
import { sameShape } from '../tensor/shape.ts'
import { isclose, type Tolerances } from './comparison.ts'
import { defineFunction, defineWithOptions } from './define.ts'
import { cat } from './movement.ts'
import { broadcast, coordinates, holding, placesIn, whenKnown, type Known } from './operands.ts'
import { signed, whole } from './samples.ts'

const keeping = 'Use isclose or eq with all() there, which give a tensor.'

interface NonzeroOptions {
  /** One list for each dimension, as an index takes them, not one matrix. */
  readonly asTuple?: boolean
}

interface Nonzero {
  (self: Tensor, options: NonzeroOptions & { readonly asTuple: true }): Known<Tensor[]>
  (self: Tensor, options?: NonzeroOptions): Known<Tensor>
}

const someZeros = edge([0, 1, 0, 2, NaN, 0], [2, 3])

/**
 * The indices of all elements other than 0, int32 [count, dimensions] in row-major order; with asTuple a list [count] for
 * each dimension. On a GPU a promise. Source: torch.nonzero. Errors: a TypeError in a captured step.
 */
export const nonzero = defineWithOptions({
  name: 'nonzero',
  positional: [],
  named: ['asTuple'],
  call: (self: Tensor, { asTuple = false }: NonzeroOptions): Known<Tensor | Tensor[]> =>
    whenKnown('nonzero', self, (numbers) => {
      const places = placesIn(numbers)
      const lists = coordinates(self, places)
      if (asTuple) return lists.length === 0 ? [holding(places, self.device)] : lists
      if (lists.length === 0) return self.newFull([places.length, 0], 0, 'int32')
      return cat(
        lists.map((list) => list.unsqueeze(1)),
        1,
      )
    }),
  samples: [
    [someZeros],
    [someZeros, { asTuple: true }],
    [booleans([2, 3, 4])],
    [uniform([])],
    [integers([4], 0, 1)],
    [uniform([2, 0])],
  ],
}) as Nonzero

/** The indices of all elements other than 0, int32 [count, dimensions]. On a GPU a promise. Source: torch.argwhere. Errors: as nonzero. */
export const argwhere = defineFunction({
  name: 'argwhere',
  call: (self: Tensor): Known<Tensor> => nonzero(self),
  samples: [[someZeros], [uniform([])], [integers([3], 0, 1)]],
})

/**
 * The elements for which the mask holds, in a list; both broadcast. On a GPU a promise. Source: torch.masked_select.
 * Errors: a TypeError for a mask that is not bool, and in a captured step.
 */
export const maskedSelect = defineFunction({
  name: 'maskedSelect',
  call(self: Tensor, mask: Tensor): Known<Tensor> {
    requireMask('maskedSelect', mask)
    const [x, chosen] = broadcast('maskedSelect', self, mask) as [Tensor, Tensor]
    return whenKnown('maskedSelect', chosen, (numbers) => {
      const places = placesIn(numbers)
      if (places.length === 0) return x.reshape([-1]).narrow(0, 0, 0)
      return x.reshape([-1]).indexSelect(0, holding(places, self.device))
    })
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

/** Whether all elements are close, as isclose says; on a GPU a promise. Source: torch.allclose. */
export const allclose = defineWithOptions({
  name: 'allclose',
  positional: ['rtol', 'atol', 'equalNan'],
  call: (self: Tensor, other: Tensor, options: Tolerances): Known<boolean> =>
    whenKnown('allclose', isclose(self, other, options).all(), ([holds]) => holds !== 0, keeping),
  samples: [
    [signed, signed],
    [signed, uniform([3, 4], -1, 1)],
    [signed, uniform([3, 4], -2.1, 2), 10, 0.5],
    [edge([NaN, 1]), edge([NaN, 1]), { equalNan: true }],
    [edge([NaN, 1]), edge([NaN, 1])],
    [uniform([0]), uniform([0])],
  ],
})

/** Whether both have the same shape and elements; NaN equals nothing. On a GPU a promise. Source: torch.equal. */
export const equal = defineFunction({
  name: 'equal',
  call: (self: Tensor, other: Tensor): Known<boolean> =>
    sameShape(self.shape, other.shape) &&
    whenKnown('equal', self.eq(other).all(), ([holds]) => holds !== 0, keeping),
  samples: [
    [signed, signed],
    [signed, uniform([3, 4], -1, 1)],
    [signed, uniform([4])],
    [edge([NaN]), edge([NaN])],
    [uniform([0]), uniform([0])],
  ],
})
