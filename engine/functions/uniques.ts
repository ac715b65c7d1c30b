/** Each value once. What there is, and how much, is known only when the values are: on a GPU these give promises. */
import { booleans, edge, integers, uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/core.ts'
import { normalizeDim } from '../tensor/shape.ts'
import { defineWithOptions } from './define.ts'
import { holding, whenKnown, type Known } from './operands.ts'
import { signed, whole } from './samples.ts'

interface Shown {
  /** Adds where each element is in the result, int32 of self's shape, or [extent along dim]. */
  readonly returnInverse?: boolean
  /** Adds how often each is there, int32. */
  readonly returnCounts?: boolean
  /** Parts along it are compared as wholes. */
  readonly dim?: number
}

interface UniqueOptions extends Shown {
  /** They come in order in any case. */
  readonly sorted?: boolean
}

type Found = Tensor | Tensor[]

/** NaN stands above all else. */
const compared = (a: number, b: number): number =>
  a === b ? 0 : Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b

/**
 * Parts in rows of `width` numbers: in order, or as they stand, with equal ones next to each other made one; no NaN equals
 * another.
 */
function groups(
  numbers: readonly number[],
  count: number,
  width: number,
  isSorted: boolean,
): { readonly firsts: number[]; readonly inverse: number[]; readonly counts: number[] } {
  const order = Array.from({ length: count }, (_, i) => i)
  const columns = Array.from({ length: width }, (_, j) => j)
  const at = (row: number, j: number): number => numbers[row * width + j]!
  const difference = (a: number, b: number): number => {
    for (const j of columns) {
      const found = compared(at(a, j), at(b, j))
      if (found !== 0) return found
    }
    return 0
  }
  if (isSorted) order.sort((a, b) => difference(a, b) || a - b)
  const isEqual = (a: number, b: number): boolean => columns.every((j) => at(a, j) === at(b, j))
  const firsts: number[] = []
  const counts: number[] = []
  const inverse = new Array<number>(count).fill(0)
  for (const [i, row] of order.entries()) {
    if (i === 0 || !isEqual(order[i - 1]!, row)) {
      firsts.push(row)
      counts.push(0)
    }
    counts[counts.length - 1]!++
    inverse[row] = firsts.length - 1
  }
  return { firsts, inverse, counts }
}

function uniques(name: string, self: Tensor, options: Shown, isSorted: boolean): Known<Found> {
  const { returnInverse = false, returnCounts = false, dim } = options
  const d = dim === undefined ? 0 : normalizeDim(dim, self.ndim)
  const x = dim === undefined ? self.detach().reshape([-1]) : self.detach()
  const count = x.shape[d]!
  if (dim !== undefined && count > 0 && x.numel() === 0)
    throw new RangeError(`${name}: parts of no elements cannot be told apart.`)
  const use = (numbers: readonly number[]): Found => {
    const width = count === 0 ? 0 : numbers.length / count
    const { firsts, inverse, counts } = groups(numbers, count, width, isSorted)
    const listed = [
      firsts.length === 0 ? x.narrow(d, 0, 0) : x.indexSelect(d, holding(firsts, x.device)),
      ...(returnInverse ? [holding(inverse, x.device, dim === undefined ? self.shape : [count])] : []),
      ...(returnCounts ? [holding(counts, x.device)] : []),
    ]
    return listed.length === 1 ? listed[0]! : listed
  }
  return whenKnown(name, x.movedim(d, 0), use, 'Call it outside of the step.')
}

const samples = [
  [integers([9], 0, 4)],
  [integers([9], 0, 4), { returnInverse: true }],
  [integers([9], 0, 4), { returnCounts: true }],
  [integers([3, 4], 0, 4), { returnInverse: true, returnCounts: true }],
  [integers([6, 2], 0, 2), { dim: 0, returnInverse: true, returnCounts: true }],
  [integers([2, 6], 0, 2), { dim: -1, returnInverse: true, returnCounts: true }],
  [signed],
  [edge([2, 2, 1, Infinity, -Infinity, 1, 1]), { returnCounts: true }],
  [booleans([5]), { returnInverse: true }],
  [uniform([]), { returnInverse: true, returnCounts: true }],
  [uniform([0]), { returnInverse: true, returnCounts: true }],
  [uniform([0, 3]), { dim: 0 }],
] as const

/**
 * Each value once, in order, or each part along `dim`; with options a list of it and, in this order, what they add. NaN is
 * above all else, and equals nothing. On a GPU a promise. Source: torch.unique. Errors: a RangeError for parts of no
 * elements, a TypeError in a captured step.
 */
export const unique = defineWithOptions({
  name: 'unique',
  positional: ['sorted', 'returnInverse', 'returnCounts', 'dim'],
  call: (self: Tensor, options: UniqueOptions): Known<Found> => uniques('unique', self, options, true),
  samples: [...samples, [whole, true, true, true], [integers([3], 2, 3), { sorted: false }]],
})

/** As unique, of equal values next to each other only, which stay where they are. Source: torch.unique_consecutive. */
export const uniqueConsecutive = defineWithOptions({
  name: 'uniqueConsecutive',
  positional: ['returnInverse', 'returnCounts', 'dim'],
  call: (self: Tensor, options: Shown): Known<Found> => uniques('uniqueConsecutive', self, options, false),
  samples: [...samples, [whole, true, true], [edge([NaN, NaN, 1, 0, 0]), true, true]],
})
