/** Fewer elements out than in. `dim`: one dimension or several, all where none is named; `keepdim` leaves them with extent 1. */
import * as ops from '../ops/index.ts'
import { booleans, edge, integers, uniform } from '../ops/samples.ts'
import { apply, type Tensor } from '../tensor/core.ts'
import { isFloating, type DType } from '../tensor/dtype.ts'
import { normalizeDim } from '../tensor/shape.ts'
import { defineVariadic, defineWithOptions, results, type Results } from './define.ts'
import { readArguments } from '../tensor/arguments.ts'
import { dimOf, dimsOf, listed, type Dims } from './operands.ts'
import { signed, special, whole } from './samples.ts'

interface Over {
  readonly dim?: Dims
  readonly keepdim?: boolean
}

interface OverTyped extends Over {
  readonly dtype?: DType
}

const countOver = (self: Tensor, dims: readonly number[]): number =>
  dims.reduce((n, d) => n * (self.shape[d] ?? 1), 1)

const over = [
  [signed],
  [signed, 1],
  [signed, -2, true],
  [uniform([2, 3, 7]), [0, 2]],
  [uniform([2, 3, 7]), [0, -1], true],
  [uniform([5, 33]), { dim: 1, keepdim: true }],
  [uniform([])],
  [uniform([]), -1],
  [uniform([]), 0, true],
  [uniform([1, 5]), 0],
] as const

/**
 * The sum of all elements or along `dim`, one dimension or a list of them, whose extents go unless `keepdim`; 0 of none. int32 of truth
 * values. Errors: a RangeError for a dimension that is none or comes twice. Source: torch.sum.
 */
export const sum = defineWithOptions({
  name: 'sum',
  positional: ['dim', 'keepdim'],
  named: ['dtype'],
  call(self: Tensor, { dim, keepdim = false, dtype }: OverTyped): Tensor {
    const x = dtype ? self.to(dtype) : self
    return apply(ops.sum, [x], { dims: dimsOf(x, dim), keepdim })
  },
  samples: [...over, [whole, 0], [booleans([3, 4]), 1], [uniform([0, 3]), 0]],
})

/**
 * The product of all elements or along `dim`, whose extent goes unless `keepdim`; 1 of none. int32 of truth values. Errors: a RangeError
 * for a dimension that is none. Source: torch.prod.
 */
export const prod = defineWithOptions({
  name: 'prod',
  positional: ['dim', 'keepdim'],
  named: ['dtype'],
  call(self: Tensor, { dim, keepdim = false, dtype }: OverTyped): Tensor {
    const x = dtype ? self.to(dtype) : self
    return apply(ops.prod, [x], { dims: dimsOf(x, dim), keepdim })
  },
  samples: [
    [signed],
    [signed, 1],
    [signed, -2, true],
    [whole, 0],
    [booleans([3, 4]), 1],
    [uniform([0, 3]), 0],
  ],
})

/**
 * The mean of all elements or along `dim`, one dimension or a list of them, whose extents go unless `keepdim`; NaN of no elements.
 * Errors: a TypeError for whole numbers and truth values, a RangeError for a dimension that is none. Source: torch.mean.
 */
export const mean = defineWithOptions({
  name: 'mean',
  widens: true,
  positional: ['dim', 'keepdim'],
  named: ['dtype'],
  call(self: Tensor, { dim, keepdim = false, dtype }: OverTyped): Tensor {
    const x = dtype ? self.to(dtype) : self
    if (!isFloating(x.dtype)) throw new TypeError(`mean takes float32, not ${x.dtype}: use to('float32').`)
    const dims = dimsOf(x, dim)
    return sum(x, dims.length === 0 ? [] : dims, keepdim).div(countOver(x, dims))
  },
  samples: over,
})

/**
 * The largest of all elements or along `dim`, one dimension or a list of them; several share the gradient evenly. NaN where there is one.
 * Errors: a RangeError for an empty dimension and one that is none. Source: torch.amax.
 */
export const amax = defineWithOptions({
  name: 'amax',
  positional: ['dim', 'keepdim'],
  call(self: Tensor, { dim, keepdim = false }: Over): Tensor {
    const largest = apply(ops.amax, [self], { dims: dimsOf(self, dim), keepdim })
    return largest.to(self.dtype)
  },
  samples: [...over, [whole, 0]],
})

/**
 * The smallest of all elements or along `dim`, one dimension or a list of them; several share the gradient evenly. NaN where there is
 * one. Errors: a RangeError for an empty dimension and one that is none. Source: torch.amin.
 */
export const amin = defineWithOptions({
  name: 'amin',
  positional: ['dim', 'keepdim'],
  call(self: Tensor, { dim, keepdim = false }: Over): Tensor {
    const smallest = apply(ops.amin, [self], { dims: dimsOf(self, dim), keepdim })
    return smallest.to(self.dtype)
  },
  samples: [...over, [whole, 0]],
})

interface Position {
  readonly dim?: number
  readonly keepdim?: boolean
}

/**
 * Where the first largest element stands, int32: among all in a row, or along `dim`. NaN is the largest. Errors: a RangeError for no
 * elements and a dimension that is none. Source: torch.argmax.
 */
export const argmax = defineWithOptions({
  name: 'argmax',
  positional: ['dim', 'keepdim'],
  call(self: Tensor, { dim, keepdim = false }: Position): Tensor {
    if (dim !== undefined && self.ndim > 0)
      return apply(ops.argmax, [self], { dim: normalizeDim(dim, self.ndim), keepdim })
    if (dim !== undefined) dimOf(dim, 0)
    const flat = apply(ops.argmax, [self.reshape([-1])], { dim: 0, keepdim: false })
    return keepdim ? flat.reshape(self.shape.map(() => 1)) : flat
  },
  samples: [
    [signed],
    [signed, 1],
    [signed, 0, true],
    [integers([4, 6], 0, 3), 1],
    [signed, { keepdim: true }],
    [uniform([]), -1],
  ],
})

/**
 * Where the first smallest element stands, int32: among all in a row, or along `dim`. Errors: a RangeError for no elements and a
 * dimension that is none. Source: torch.argmin.
 */
export const argmin = defineWithOptions({
  name: 'argmin',
  positional: ['dim', 'keepdim'],
  call: (self: Tensor, { dim, keepdim = false }: Position): Tensor =>
    argmax(isFloating(self.dtype) ? self.neg() : self.neg().sub(1), {
      ...(dim === undefined ? {} : { dim }),
      keepdim,
    }),
  samples: [[signed], [signed, 1], [signed, 0, true], [integers([4, 6], 0, 3), 1]],
})

type Extreme = Results<'values' | 'indices'>

interface ExtremeCalls {
  (self: Tensor): Tensor
  (self: Tensor, other: Tensor): Tensor
  (self: Tensor, dim: number, keepdim?: boolean): Extreme
  (self: Tensor, options: Position): Extreme
}

interface ExtremeMethod {
  (): Tensor
  (other: Tensor): Tensor
  (dim: number, keepdim?: boolean): Extreme
  (options: Position): Extreme
}

export interface ExtremeMethods {
  readonly max: ExtremeMethod
  readonly min: ExtremeMethod
}

/** max and min are three functions in PyTorch: of all elements, along a dimension with indices, and of two tensors. */
function extreme(
  name: 'max' | 'min',
  all: (self: Tensor) => Tensor,
  position: (self: Tensor, dim: number) => Tensor,
  pair: (self: Tensor, other: Tensor) => Tensor,
): ExtremeCalls {
  const call = (self: Tensor, ...rest: readonly unknown[]): Tensor | Extreme => {
    const [first] = rest
    if (rest.length === 0) return all(self)
    if (isTensor(first)) return pair(self, first)
    const { dim, keepdim = false } = readArguments<Position>({ name, positional: ['dim', 'keepdim'] }, rest)
    if (dim === undefined) return all(self)
    const d = dimOf(dim, self.ndim)
    if (self.ndim === 0) return results({ values: self.clone(), indices: self.newFull([], 0, 'int32') })
    const indices = position(self, d)
    const values = self.gather(d, indices)
    const shown = (t: Tensor): Tensor => (keepdim ? t : t.squeeze(d))
    return results({ values: shown(values), indices: shown(indices) })
  }
  // The overloads say which result belongs to which arguments.
  return call as ExtremeCalls
}

const isTensor = (value: unknown): value is Tensor =>
  typeof value === 'object' && value !== null && 'gradFn' in value

const extremes = [
  [signed],
  [signed, 1],
  [signed, -2, true],
  [signed, uniform([3, 4], -1, 1)],
  [whole, 0],
  [uniform([])],
] as const

/**
 * Of all elements the largest, which share the gradient evenly; along `dim` { values, indices }, the gradient going to the first largest;
 * with another tensor the greater of both. NaN where there is one. Errors: a RangeError for no elements and a dimension that is none.
 * Source: torch.max.
 */
export const max = defineVariadic({
  name: 'max',
  call: extreme(
    'max',
    (x) => amax(x),
    (x, dim) => argmax(x, dim, true),
    (x, y) => x.maximum(y),
  ),
  samples: extremes,
}) as ExtremeCalls

/**
 * As max, of the smallest: of all elements, along `dim` { values, indices }, or of two tensors. Errors: a RangeError for no elements and
 * a dimension that is none. Source: torch.min.
 */
export const min = defineVariadic({
  name: 'min',
  call: extreme(
    'min',
    (x) => amin(x),
    (x, dim) => argmin(x, dim, true),
    (x, y) => x.minimum(y),
  ),
  samples: extremes,
}) as ExtremeCalls

/**
 * Whether every element is other than 0, bool: of all, or along `dim`; true of none. Errors: a RangeError for a dimension that is none.
 * Source: torch.all.
 */
export const all = defineWithOptions({
  name: 'all',
  positional: ['dim', 'keepdim'],
  call: (self: Tensor, { dim, keepdim = false }: Over): Tensor =>
    apply(ops.prod, [self.to('bool')], { dims: dimsOf(self, dim), keepdim }).gt(0),
  samples: [[booleans([3, 4])], [booleans([3, 4]), 1], [booleans([3, 4]), 0, true], [special]],
})

/**
 * Whether any element is other than 0, bool: of all, or along `dim`; false of none. Errors: a RangeError for a dimension that is none.
 * Source: torch.any.
 */
export const any = defineWithOptions({
  name: 'any',
  positional: ['dim', 'keepdim'],
  call: (self: Tensor, { dim, keepdim = false }: Over): Tensor =>
    sum(self.to('bool'), dimsOf(self, dim), keepdim).gt(0),
  samples: [[booleans([3, 4])], [booleans([3, 4]), 1], [booleans([3, 4]), 0, true], [special]],
})

/** How many elements are other than 0, int32. Source: torch.count_nonzero. */
export const countNonzero = defineWithOptions({
  name: 'countNonzero',
  positional: ['dim'],
  call: (self: Tensor, { dim }: Pick<Over, 'dim'>): Tensor => sum(self.to('bool'), dimsOf(self, dim)),
  samples: [[special], [whole, 1]],
})

interface Spread extends Over {
  /** Divides by n − correction: 1 by default, 0 for the variance of a whole population. */
  readonly correction?: number
  readonly unbiased?: boolean
}

/** PyTorch takes `var(unbiased)` too, a truth value in the place of the dimension. */
function spreadOptions(options: Spread & { readonly dim?: unknown }): Spread {
  if (typeof options.dim !== 'boolean') return options
  const { dim: unbiased, ...rest } = options
  return { ...rest, unbiased }
}

/** The mean by distances from the first: exact where all are equal, so that their variance is 0. Not of no elements. */
function middle(self: Tensor, dims: readonly number[]): Tensor {
  if (self.numel() === 0) return mean(self, dims, true)
  const first = self.snapshot().shrink(self.shape.map((n, d) => [0, dims.includes(d) ? 1 : n]))
  return mean(self.sub(first), dims, true).add(first)
}

function variance(self: Tensor, given: Spread): Tensor {
  const { dim, keepdim = false, unbiased, correction = unbiased === false ? 0 : 1 } = spreadOptions(given)
  if (!isFloating(self.dtype)) throw new TypeError(`var takes float32, not ${self.dtype}: use to('float32').`)
  const dims = dimsOf(self, dim)
  const squares = self.sub(middle(self, dims)).square()
  const count = countOver(self, dims)
  const degrees = count === 0 ? 0 : Math.max(0, count - correction)
  const total = sum(squares, dims, keepdim)
  if (degrees > 0 || count === 0) return total.div(degrees)
  // The mean is as steep on both sides, which would make NaN of an endless slope; PyTorch has it without.
  if (count === correction) return sum(self.sub(middle(self, dims).detach()).square(), dims, keepdim).div(0)
  // With fewer than no degree of freedom the slope is still that of the squares over n − correction, as PyTorch has it.
  const slope = total.div(count - correction)
  return total.detach().div(0).add(slope.sub(slope.detach()))
}

/** Beside the variance. */
function meanBeside(self: Tensor, given: Spread): Tensor {
  const { dim, keepdim = false } = spreadOptions(given)
  return mean(self, dimsOf(self, dim), keepdim)
}

/** √self, with a gradient of 0 where it is 0. */
function root(self: Tensor): Tensor {
  const none = self.eq(0)
  return none.choose(0, none.choose(1, self).sqrt())
}

const spread = { positional: ['dim', 'unbiased', 'keepdim'], named: ['correction'] } as const
const spreads = [
  [signed],
  [signed, 1],
  [signed, 1, false, true],
  [signed, { dim: 0, correction: 0, keepdim: true }],
  [uniform([2, 3, 7]), [0, 2]],
  [edge([-Infinity]), 0],
  [edge([], [2, 0]), { dim: 1, correction: -1 }],
] as const

/** Variance, with n − 1 by default. Source: torch.var. */
const varFunction = defineWithOptions({
  name: 'var',
  widens: true,
  ...spread,
  call: (self: Tensor, options: Spread): Tensor => variance(self, options),
  samples: spreads,
})

/** Standard deviation, with n − 1 by default. Source: torch.std. */
export const std = defineWithOptions({
  name: 'std',
  widens: true,
  ...spread,
  call: (self: Tensor, options: Spread): Tensor => root(variance(self, options)),
  samples: spreads,
})

/**
 * { variance, mean } of all elements or along `dim`, of whose shape the dimensions go unless `keepdim`. Errors: as var. Source:
 * torch.var_mean.
 */
export const varMean = defineWithOptions({
  name: 'varMean',
  widens: true,
  ...spread,
  isMethod: false,
  call: (self: Tensor, options: Spread): Results<'var' | 'mean'> =>
    results({ var: variance(self, options), mean: meanBeside(self, options) }),
  samples: spreads,
})

/**
 * { std, mean } of all elements or along `dim`, of whose shape the dimensions go unless `keepdim`. Errors: as std. Source:
 * torch.std_mean.
 */
export const stdMean = defineWithOptions({
  name: 'stdMean',
  widens: true,
  ...spread,
  isMethod: false,
  call: (self: Tensor, options: Spread): Results<'std' | 'mean'> =>
    results({ std: root(variance(self, options)), mean: meanBeside(self, options) }),
  samples: spreads,
})

/**
 * ln Σ eˣ of all elements or along `dim`, without overflow; −∞ of none. Errors: a RangeError for a dimension that is none. Source:
 * torch.logsumexp.
 */
export const logsumexp = defineWithOptions({
  name: 'logsumexp',
  widens: true,
  positional: ['keepdim'],
  call(self: Tensor, dim: Dims, { keepdim = false }: { readonly keepdim?: boolean }): Tensor {
    const dims = dimsOf(self, dim)
    // Of no elements there is no largest.
    if (countOver(self, dims) === 0) return sum(self.exp(), dims, keepdim).log()
    const largest = amax(self.detach(), dims, true)
    // Of an infinite largest element nothing may be taken away.
    const shift = largest.isfinite().choose(largest, 0)
    const total = sum(self.sub(shift).exp(), dims, true).log().add(shift)
    return keepdim ? total : total.reshape(self.shape.filter((_, i) => !dims.includes(i)))
  },
  samples: [
    [signed, 1],
    [signed, [0, 1]],
    [uniform([3, 4], 80, 120), 0, true],
    [uniform([]), 0],
  ],
})

/**
 * eˣ over its sum along `dim`: numbers from 0 to 1 that add up to 1, in self's shape. Errors: a RangeError for a dimension that is none,
 * or not given. Source: torch.softmax.
 */
export const softmax = defineWithOptions({
  name: 'softmax',
  widens: true,
  positional: ['dtype'],
  call: (self: Tensor, dim: number, { dtype }: { readonly dtype?: DType }): Tensor => {
    const x = dtype ? self.to(dtype) : self
    return listed(x, (list) => apply(ops.softmax, [list], { dim: dimOf(dim, x.ndim) }))
  },
  samples: [
    [signed, 1],
    [signed, -2],
    [uniform([2, 3, 4], -40, 40), 1],
    [uniform([]), -1],
  ],
})

/**
 * The logarithm of softmax along `dim`, without overflow, in self's shape. Errors: a RangeError for a dimension that is none, or not
 * given. Source: torch.log_softmax.
 */
export const logSoftmax = defineWithOptions({
  name: 'logSoftmax',
  widens: true,
  positional: ['dtype'],
  call: (self: Tensor, dim: number, { dtype }: { readonly dtype?: DType }): Tensor => {
    const x = dtype ? self.to(dtype) : self
    return listed(x, (list) => apply(ops.logSoftmax, [list], { dim: dimOf(dim, x.ndim) }))
  },
  samples: [
    [signed, 1],
    [signed, -2],
    [uniform([2, 3, 4], -40, 40), 1],
    [uniform([]), -1],
  ],
})

export { varFunction as var }
