/** Elements in order along a dimension, and what follows from their order. NaN is above all else; equal elements keep their places. */
import * as ops from '../ops/index.ts'
import { edge, integers, uniform, values } from '../ops/samples.ts'
import { apply, Tensor } from '../tensor/core.ts'
import { isFloating } from '../tensor/dtype.ts'
import { formatShape } from '../tensor/shape.ts'
import { defineFunction, defineVariadic, defineWithOptions, results, type Results } from './define.ts'
import { dimOf, listed } from './operands.ts'
import { readArguments, wholeNumber } from '../tensor/arguments.ts'
import { signed, whole } from './samples.ts'

type Picked = Results<'values' | 'indices'>

interface Order {
  /** −1 by default. */
  readonly dim?: number
  readonly descending?: boolean
  /** Sorting is stable in any case. */
  readonly stable?: boolean
}

const cube = uniform([2, 70, 3])
/** Values of which no two are equal, so that their order is the only one, with what is no number. */
const distinct = edge([3, -Infinity, NaN, 0.5, Infinity, -2, 7])
const orders = [
  [signed],
  [signed, 0],
  [signed, 1, true],
  [cube, 1],
  [distinct],
  [distinct, { descending: true }],
  [uniform([])],
  [uniform([0, 3]), 0],
] as const

/** Positions along `dim` that put self in order, int32. Source: torch.argsort. */
export const argsort = defineWithOptions({
  name: 'argsort',
  positional: ['dim', 'descending'],
  named: ['stable'],
  call: (self: Tensor, { dim = -1, descending = false }: Order): Tensor =>
    listed(self, (x) => apply(ops.argsort, [x], { dim: dimOf(dim, x.ndim), descending })),
  samples: orders,
})

/** { values, indices }: self in order along `dim`, and where each element stood, int32. Source: torch.sort. */
export const sort = defineWithOptions({
  name: 'sort',
  positional: ['dim', 'descending'],
  named: ['stable'],
  call(self: Tensor, order: Order): Picked {
    const indices = argsort(self, order)
    if (self.ndim === 0) return results({ values: self.clone(), indices })
    return results({ values: self.takeAlongDim(indices, sortedDim(self, order.dim)), indices })
  },
  samples: [...orders, [integers([4, 6], 0, 3), { stable: true }]],
})

const sortedDim = (self: Tensor, dim = -1): number => dimOf(dim, self.ndim)

/** Rows in order along the first dimension. Source: torch.msort. */
export const msort = defineFunction({
  name: 'msort',
  call: (self: Tensor): Tensor => sort(self, 0).values,
  samples: [[signed], [cube]],
})

interface Largest {
  readonly dim?: number
  /** false: the smallest. */
  readonly largest?: boolean
  /** They come in order in any case. */
  readonly sorted?: boolean
}

/** { values, indices } of the k largest along `dim` (the last by default), the largest first. Source: torch.topk. */
export const topk = defineWithOptions({
  name: 'topk',
  positional: ['dim', 'largest', 'sorted'],
  call(self: Tensor, k: number, { dim = -1, largest = true }: Largest): Picked {
    const d = dimOf(dim, self.ndim)
    const extent = self.shape[d] ?? 1
    if (wholeNumber('topk: k', k, 0) > extent)
      throw new RangeError(`topk: k is ${k}, and there are ${extent} elements along dimension ${d}.`)
    const { values: sorted, indices } = sort(self, d, largest)
    if (self.ndim === 0) return results({ values: sorted, indices })
    return results({ values: sorted.narrow(d, 0, k), indices: indices.narrow(d, 0, k) })
  },
  samples: [
    [signed, 2],
    [signed, 3, 0],
    [signed, 1, 1, false],
    [cube, 5, 1],
    [distinct, 3],
    [uniform([]), 1],
  ],
})

interface Kept {
  readonly dim?: number
  readonly keepdim?: boolean
}

/** The elements that stand at `position` (int32, extent 1 along `dim`) once self is in order there. */
function ranked(self: Tensor, dim: number, keepdim: boolean, positionOf: (sorted: Tensor) => Tensor): Picked {
  if (self.ndim === 0) return results({ values: self.clone(), indices: self.newFull([], 0, 'int32') })
  const { values: sorted, indices } = sort(self, dim)
  const position = positionOf(sorted)
  const shown = (t: Tensor): Tensor => (keepdim ? t : t.squeeze(dim))
  return results({
    values: shown(sorted.gather(dim, position)),
    indices: shown(indices.gather(dim, position)),
  })
}

/** { values, indices } of the k-th smallest element, counted from 1. Source: torch.kthvalue. */
export const kthvalue = defineWithOptions({
  name: 'kthvalue',
  positional: ['dim', 'keepdim'],
  call(self: Tensor, k: number, { dim = -1, keepdim = false }: Kept): Picked {
    const d = dimOf(dim, self.ndim)
    const extent = self.shape[d] ?? 1
    if (wholeNumber('kthvalue: k', k, 1) > extent)
      throw new RangeError(`kthvalue: k is ${k}, and there are ${extent} elements along dimension ${d}.`)
    return ranked(self, d, keepdim, (sorted) => sorted.newFull(sorted.shape.with(d, 1), k - 1, 'int32'))
  },
  samples: [
    [signed, 2],
    [signed, 3, 0, true],
    [cube, 9, 1],
    [uniform([]), 1],
  ],
})

/** How many elements along `dim` are numbers. */
const numbers = (x: Tensor, dim: number): Tensor => x.eq(x).sum(dim, true)

/** The lower of both elements in the middle; of a row with NaN, its first NaN. */
const middle = (sorted: Tensor, dim: number): Tensor => {
  const extent = sorted.shape[dim]!
  const count = numbers(sorted, dim)
  return count
    .lt(extent)
    .choose(count, Math.floor((extent - 1) / 2))
    .to('int32')
}
/** Of the numbers alone; NaN where there are none. */
const middleOfNumbers = (sorted: Tensor, dim: number): Tensor =>
  numbers(sorted, dim).sub(1).maximum(0).floorDivide(2).to('int32')

interface MedianCalls {
  (self: Tensor): Tensor
  (self: Tensor, dim: number, keepdim?: boolean): Picked
  (self: Tensor, options: Kept): Picked
}
interface MedianMethod {
  (): Tensor
  (dim: number, keepdim?: boolean): Picked
  (options: Kept): Picked
}

export interface MedianMethods {
  readonly median: MedianMethod
  readonly nanmedian: MedianMethod
}

/** A number among those of a list, whose gradient all that are equal to it share evenly. */
function shared(flat: Tensor, found: Tensor): Tensor {
  if (!found.requiresGrad) return found
  const value = found.detach()
  const isHit = flat.eq(value).logicalOr(flat.isnan().logicalAnd(value.isnan()))
  // Turned about where it is −∞, so that what is no hit is less.
  const isLowest = value.eq(-Infinity)
  const largest = isHit.choose(isLowest.choose(flat.neg(), flat), -Infinity).amax()
  return isLowest.choose(largest.neg(), largest)
}

function medianBy(name: string, position: (sorted: Tensor, dim: number) => Tensor): MedianCalls {
  const call = (self: Tensor, ...rest: readonly unknown[]): Tensor | Picked => {
    const { dim, keepdim = false } = readArguments<Kept>({ name, positional: ['dim', 'keepdim'] }, rest)
    if (dim === undefined) {
      const flat = self.reshape([-1])
      if (flat.numel() === 0 && isFloating(self.dtype)) return flat.sum().add(NaN)
      return shared(flat, ranked(flat, 0, false, (sorted) => position(sorted, 0)).values)
    }
    const d = dimOf(dim, self.ndim)
    return ranked(self, d, keepdim, (sorted) => position(sorted, d))
  }
  // The overloads say which result belongs to which arguments.
  return call as MedianCalls
}

const medians = [
  [signed],
  [signed, 1],
  [uniform([5, 4]), 0, true],
  [cube, { dim: 1 }],
  [edge([1, NaN, 3, 2, 5, NaN, 4, 8], [2, 4]), 1],
  [uniform([])],
] as const

/**
 * The middle element, the lower of two: of all elements, equal ones of which share the gradient evenly, or along `dim`
 * { values, indices }. NaN where there is one. Errors: a RangeError for an empty dimension.
 * Source: torch.median.
 */
export const median = defineVariadic({
  name: 'median',
  call: medianBy('median', middle),
  samples: medians,
}) as MedianCalls

/** As median, of the elements that are not NaN. Source: torch.nanmedian. */
export const nanmedian = defineVariadic({
  name: 'nanmedian',
  call: medianBy('nanmedian', middleOfNumbers),
  samples: [...medians, [edge([NaN, NaN, NaN, 1], [2, 2]), 1]],
}) as MedianCalls

/**
 * { values, indices } of the most frequent element along `dim`, the smallest of several, and where it stands last. Errors: a RangeError
 * for a dimension that is none, or empty.
 * Source: torch.mode.
 */
export const mode = defineWithOptions({
  name: 'mode',
  positional: ['dim', 'keepdim'],
  call(self: Tensor, { dim = -1, keepdim = false }: Kept): Picked {
    const d = dimOf(dim, self.ndim)
    if (self.shape[d] === 0)
      throw new RangeError(`mode: dimension ${d} of ${formatShape(self.shape)} is empty.`)
    return ranked(self, d, keepdim, (sorted) => longestRun(sorted, d))
  },
  samples: [
    [integers([4, 9], 0, 3)],
    [integers([9, 4], 0, 4), 0, true],
    [edge([2, 1, 2, 1, 3, 0])],
    [uniform([])],
  ],
})

/** Where the longest run of equal elements ends. */
function longestRun(sorted: Tensor, dim: number): Tensor {
  const extent = sorted.shape[dim]!
  const before = sorted.narrow(dim, 0, extent - 1)
  const positions = sorted
    .newArange(extent)
    .reshape(sorted.shape.map((_, i) => (i === dim ? extent : 1)))
    .expand(sorted.shape)
  const isNew = sorted.narrow(dim, 1, extent - 1).ne(before)
  const starts = positions.narrow(dim, 0, 1)
  const from = apply(ops.cat, [starts, isNew.choose(positions.narrow(dim, 1, extent - 1), 0)], { dim })
  return positions.sub(from.cummax(dim).values).argmax(dim, true)
}

interface QuantileOptions extends Kept {
  /** Between two elements: 'linear' by default. */
  readonly interpolation?: 'linear' | 'lower' | 'higher' | 'nearest' | 'midpoint'
}

/** Of a float position between elements, the share of the upper one. */
const weights: Record<NonNullable<QuantileOptions['interpolation']>, (rest: Tensor) => Tensor> = {
  linear: (rest) => rest,
  lower: (rest) => rest.mul(0),
  higher: (rest) => rest.ceil(),
  nearest: (rest) => rest.round(),
  midpoint: (rest) => rest.ceil().mul(0.5),
}

function quantileBy(name: string, ignoresNaN: boolean) {
  return (self: Tensor, q: number | Tensor, options: QuantileOptions): Tensor => {
    const { dim, keepdim = false, interpolation = 'linear' } = options
    if (self.dtype !== 'float32')
      throw new TypeError(`${name} takes float32, not ${self.dtype}: use to('float32').`)
    if (!Object.hasOwn(weights, interpolation))
      throw new RangeError(
        `${name}: interpolation is one of ${Object.keys(weights).join(', ')}, not ${interpolation}.`,
      )
    if (typeof q === 'number' && !(q >= 0 && q <= 1))
      throw new RangeError(`${name}: q must be between 0 and 1, not ${q}.`)
    const at = q instanceof Tensor ? q : self.newFull([], q)
    const isWhole = dim === undefined || self.ndim === 0
    const d = isWhole ? 0 : dimOf(dim, self.ndim)
    // The ranks come last, and leave as the first dimension.
    const sorted = sort(isWhole ? self.reshape([-1]) : self.movedim(d, -1)).values
    const last = sorted.ndim - 1
    const extent = sorted.shape[last]!
    if (extent === 0) throw new RangeError(`${name}: there are no elements along dimension ${d}.`)
    const count = numbers(sorted, last)
    const shares = at.reshape([-1])
    // NaN stands last.
    const rank = ignoresNaN
      ? shares.mul(count.sub(1).maximum(0).to('float32'))
      : count.lt(extent).choose(extent - 1, shares.mul(extent - 1))
    const below = rank.floor()
    const element = (position: Tensor): Tensor => sorted.gather(last, position.to('int32'))
    const [low, high] = [element(below), element(rank.ceil())]
    const share = weights[interpolation](rank.sub(below))
    const found = low.add(high.sub(low).mul(share)).movedim(-1, 0)
    const kept = isWhole ? self.shape.map(() => 1) : self.shape.with(d, 1)
    return found.reshape([...(at.ndim === 0 ? [] : [at.numel()]), ...(keepdim ? kept : found.shape.slice(1))])
  }
}

const quantiles = [
  [signed, 0.5],
  [signed, 0.3, 1],
  [uniform([5, 4]), 0.9, { dim: 0, keepdim: true }],
  [cube, edge([0, 0.25, 1]), 1],
  [signed, 0.4, { dim: 1, interpolation: 'lower' }],
  [signed, 0.4, { dim: 1, interpolation: 'higher' }],
  [signed, 0.4, { dim: 1, interpolation: 'midpoint' }],
  [signed, 0.4, { dim: 1, interpolation: 'nearest' }],
  [edge([1, NaN, 3, 2, 5, 6, 4, 8], [2, 4]), 0.5, 1],
  [uniform([]), 0.5],
] as const

/**
 * The element below which a share q of those along `dim` (or of all) lies; between two, by `interpolation`. A list of
 * shares gives a first dimension. NaN where there is one. Source: torch.quantile.
 */
export const quantile = defineWithOptions({
  name: 'quantile',
  positional: ['dim', 'keepdim'],
  named: ['interpolation'],
  call: quantileBy('quantile', false),
  samples: quantiles,
})

/** As quantile, of the elements that are not NaN. Source: torch.nanquantile. */
export const nanquantile = defineWithOptions({
  name: 'nanquantile',
  positional: ['dim', 'keepdim'],
  named: ['interpolation'],
  call: quantileBy('nanquantile', true),
  samples: quantiles,
})

interface Search {
  /** true: behind equal elements; false: before them. */
  readonly right?: boolean
  /** 'right' as `right`. */
  readonly side?: 'left' | 'right'
  /** Indices are int32 in any case. */
  readonly outInt32?: boolean
  /** Positions that put the sequence in order, as argsort gives them. */
  readonly sorter?: Tensor
}

/** Where elements of `wanted` [.., m] would go in rows [.., n] that rise, int32: by halving, for all of them at once. */
function placesIn(rows: Tensor, wanted: Tensor, isRight: boolean): Tensor {
  const last = wanted.ndim - 1
  const extent = rows.shape.at(-1)!
  let low = wanted.newFull(wanted.shape, 0, 'int32')
  let high = wanted.newFull(wanted.shape, extent, 'int32')
  for (let step = 0; 2 ** step <= extent; step++) {
    const half = low.add(high).floorDivide(2).to('int32')
    const element = rows.gather(last, half.minimum(extent - 1))
    // A comparison with NaN is false: it goes to the end.
    const goesOn = low.lt(high).logicalAnd((isRight ? element.gt(wanted) : element.ge(wanted)).logicalNot())
    high = goesOn.logicalOr(low.ge(high)).choose(high, half)
    low = goesOn.choose(half.add(1), low)
  }
  return low
}

const isRight = (name: string, { right = false, side }: Search): boolean => {
  if (side === undefined) return right
  if (side !== 'left' && side !== 'right')
    throw new RangeError(`${name}: side is 'left' or 'right', not '${String(side)}'.`)
  if (side === 'left' && right) throw new RangeError(`${name}: side 'left' and right true say the opposite.`)
  return side === 'right'
}

const rising = values([5], [-1, 0, 0, 1.5, 3])

/**
 * Where elements of `input`, a tensor or a number, would go in a sequence that rises along its last dimension, int32. A
 * sequence of several dimensions has input's but for the last. Source: torch.searchsorted.
 */
export const searchsorted = defineWithOptions({
  name: 'searchsorted',
  isMethod: false,
  positional: [],
  named: ['right', 'side', 'outInt32', 'sorter'],
  call(sortedSequence: Tensor, input: Tensor | number, options: Search): Tensor {
    const { sorter } = options
    const rows = sorter ? sortedSequence.gather(-1, sorter) : sortedSequence
    const given = input instanceof Tensor ? input : rows.newFull([], input)
    const right = isRight('searchsorted', options)
    const lead = rows.shape.slice(0, -1)
    if (rows.ndim === 1) {
      const flat = given.reshape([-1])
      return placesIn(rows, flat, right).reshape(given.shape)
    }
    if (lead.length !== given.ndim - 1 || lead.some((n, i) => n !== given.shape[i]))
      throw new RangeError(
        'searchsorted: a sequence of several dimensions has those of the input but for the last.',
      )
    return placesIn(rows, given, right)
  },
  samples: [
    [rising, uniform([2, 3], -2, 4)],
    [rising, edge([0, 3, 4, NaN, -2]), { right: true }],
    [rising, 0, { side: 'right' }],
    [values([2, 3], [1, 2, 3, 0, 4, 8]), values([2, 2], [2, 2.5, 9, -1])],
  ],
})

/**
 * In which of the ranges between rising `boundaries` [n] each element lies: int32 from 0 to n, in self's shape. Errors: a RangeError for
 * boundaries that are no list. Source: torch.bucketize.
 */
export const bucketize = defineWithOptions({
  name: 'bucketize',
  isMethod: false,
  positional: [],
  named: ['right', 'outInt32'],
  call(input: Tensor | number, boundaries: Tensor, options: Search): Tensor {
    if (boundaries.ndim !== 1) throw new RangeError('bucketize: boundaries must have one dimension.')
    return searchsorted(boundaries, input, options)
  },
  samples: [
    [uniform([2, 3], -2, 4), rising],
    [edge([0, 3, 4, NaN, -2]), rising, { right: true }],
    [whole, values([3], [-2, 0, 3], 'int32')],
  ],
})
