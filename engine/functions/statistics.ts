/** Sums and means that skip NaN, spreads of several variables, and what is made of neighboring differences. */
import { booleans, edge, integers, uniform } from '../ops/samples.ts'
import { wholeNumber } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/core.ts'
import type { DType } from '../tensor/dtype.ts'
import { formatShape, normalizeDim } from '../tensor/shape.ts'
import { defineFunction, defineWithOptions, results, type Results } from './define.ts'
import { mm } from './linalg.ts'
import { cat } from './movement.ts'
import { dimOf, type Dims } from './operands.ts'
import { amax, amin } from './reduction.ts'
import { signed, whole } from './samples.ts'

interface Over {
  readonly dim?: Dims
  readonly keepdim?: boolean
  readonly dtype?: DType
}

const gaps = edge([1, NaN, 3, NaN, 5, 6], [2, 3])
const over = [
  [signed],
  [gaps],
  [gaps, 0],
  [gaps, 1, true],
  [gaps, { dim: [0, 1] }],
  [uniform([]), 0],
  [uniform([2, 3, 4]), [0, 2]],
] as const

const skipping = { positional: ['dim', 'keepdim'], named: ['dtype'] } as const

/** Sum in which NaN counts as 0. Source: torch.nansum. */
export const nansum = defineWithOptions({
  name: 'nansum',
  widens: true,
  ...skipping,
  call: (self: Tensor, { dim, keepdim = false, dtype }: Over): Tensor =>
    self
      .isnan()
      .choose(0, self)
      .sum(dim, keepdim, dtype ? { dtype } : {}),
  samples: [...over, [whole, 0], [edge([NaN, NaN])]],
})

/** Mean of what is not NaN; NaN where there is nothing else. Source: torch.nanmean. Errors: a TypeError for whole numbers. */
export const nanmean = defineWithOptions({
  name: 'nanmean',
  widens: true,
  ...skipping,
  call(self: Tensor, { dim, keepdim = false, dtype }: Over): Tensor {
    const x = dtype ? self.to(dtype) : self
    if (x.dtype !== 'float32')
      throw new TypeError(`nanmean takes float32, not ${x.dtype}: use to('float32').`)
    const counts = x.isnan().logicalNot().sum(dim, keepdim)
    return nansum(x, { ...(dim === undefined ? {} : { dim }), keepdim }).div(counts)
  },
  samples: over,
})

/** { min, max } of all elements, or along `dim`; several share the gradient evenly. Source: torch.aminmax. */
export const aminmax = defineWithOptions({
  name: 'aminmax',
  positional: [],
  named: ['dim', 'keepdim'],
  call(
    self: Tensor,
    { dim, keepdim = false }: { readonly dim?: number; readonly keepdim?: boolean },
  ): Results<'min' | 'max'> {
    const options = { ...(dim === undefined ? {} : { dim }), keepdim }
    // Of a single number PyTorch adds the dimension that it keeps.
    const shown = (x: Tensor): Tensor =>
      self.ndim === 0 && dim !== undefined && keepdim ? x.reshape([1]) : x
    return results({ min: shown(amin(self, options)), max: shown(amax(self, options)) })
  },
  samples: [[whole], [integers([3, 4], 0, 9), { dim: 1 }], [whole, { dim: 0, keepdim: true }]],
})

interface CovarianceOptions {
  /** Divides by n − correction; 1 by default. */
  readonly correction?: number
  /** [observations], whole: how often each was made. */
  readonly fweights?: Tensor
  /** [observations]: how much each counts. */
  readonly aweights?: Tensor
}

function product(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  return a && b ? a.mul(b) : (a ?? b)
}

/**
 * Covariances of variables [rows, observations], to [rows, rows]; of one variable its variance. Source: torch.cov.
 * Errors: a RangeError for more than two dimensions and weights that are no list as long as the observations.
 */
export const cov = defineWithOptions({
  name: 'cov',
  widens: true,
  positional: [],
  named: ['correction', 'fweights', 'aweights'],
  call(self: Tensor, { correction = 1, fweights, aweights }: CovarianceOptions): Tensor {
    if (self.ndim > 2) throw new RangeError(`cov takes [rows, observations], not ${formatShape(self.shape)}.`)
    const rows = self.ndim < 2 ? self.reshape([1, -1]) : self
    const count = rows.shape[1]!
    for (const weight of [fweights, aweights])
      if (weight && (weight.ndim !== 1 || weight.shape[0] !== count))
        throw new RangeError(`cov: weights must be [${count}], not ${formatShape(weight.shape)}.`)
    const weight = product(fweights?.to('float32'), aweights)
    if (!weight) {
      const centered = rows.sub(rows.mean(1, true))
      const degrees = Math.max(0, count - correction)
      return mm(centered, centered.t()).div(degrees).squeeze()
    }
    const total = weight.sum()
    const centered = rows.sub(rows.mul(weight).sum(1, true).div(total))
    const lost = aweights ? weight.mul(aweights).sum().div(total).mul(correction) : correction
    const degrees = total.sub(lost).clamp({ min: 0 })
    return mm(centered, centered.mul(weight).t()).div(degrees).squeeze()
  },
  samples: [
    [signed],
    [uniform([5])],
    [signed, { correction: 0 }],
    [signed, { aweights: uniform([4], 0.1, 2) }],
    [signed, { fweights: integers([4], 1, 5), correction: 0 }],
    [signed, { fweights: integers([4], 1, 5), aweights: uniform([4], 0.1, 2) }],
    [uniform([1, 6])],
  ],
})

/** Correlations of variables [rows, observations], between −1 and 1. Source: torch.corrcoef. Errors: as cov. */
export const corrcoef = defineFunction({
  name: 'corrcoef',
  widens: true,
  call(self: Tensor): Tensor {
    const spreads = cov(self)
    if (spreads.ndim === 0) return spreads.div(spreads)
    const sizes = spreads.diagonal().sqrt()
    return spreads.div(sizes.unsqueeze(1)).div(sizes).clamp(-1, 1)
  },
  samples: [[uniform([2, 5])], [uniform([3, 6])], [uniform([5])]],
})

interface DiffOptions {
  /** How many times; 1 by default. */
  readonly n?: number
  readonly dim?: number
  /** What stands before the first. */
  readonly prepend?: Tensor
  readonly append?: Tensor
}

/** Each element along `dim` less the one before, n times; of truth values whether they differ. Source: torch.diff. Errors: a RangeError for a single number. */
export const diff = defineWithOptions({
  name: 'diff',
  positional: ['n', 'dim', 'prepend', 'append'],
  call(self: Tensor, { n = 1, dim = -1, prepend, append }: DiffOptions): Tensor {
    wholeNumber('diff: n', n, 0)
    if (self.ndim === 0) throw new RangeError('diff takes at least one dimension, not a single number.')
    const d = normalizeDim(dim, self.ndim)
    const parts = [...(prepend ? [prepend] : []), self, ...(append ? [append] : [])]
    const joined = parts.length === 1 ? self.clone() : cat(parts, d)
    return Array.from({ length: Math.min(n, joined.shape[d]!) }).reduce(
      (x: Tensor) => differences(x, d),
      joined,
    )
  },
  samples: [
    [signed],
    [signed, 2],
    [signed, 1, 0],
    [uniform([5]), 0],
    [uniform([3]), 5],
    [signed, 1, 1, uniform([3, 1]), uniform([3, 2])],
    [booleans([5])],
    [whole, { dim: 0 }],
  ],
})

function differences(x: Tensor, d: number): Tensor {
  const left = Math.max(0, x.shape[d]! - 1)
  const [before, after] = [x.narrow(d, 0, left), x.narrow(d, x.shape[d]! - left, left)]
  return x.dtype === 'bool' ? after.logicalXor(before) : after.sub(before)
}

interface TrapezoidOptions {
  /** Where the values stand; instead of dx. */
  readonly x?: Tensor
  /** How far apart they stand; 1 by default. */
  readonly dx?: number
  readonly dim?: number
}

/** By trapezoids, which `sum` adds up along a dimension. */
function area(
  name: string,
  y: Tensor,
  { x, dx, dim = -1 }: TrapezoidOptions,
  sum = (parts: Tensor, along: number): Tensor => parts.sum(along),
): Tensor {
  if (x && dx !== undefined) throw new TypeError(`${name} takes x or dx, not both.`)
  const d = normalizeDim(dim, y.ndim)
  const extent = y.shape[d]!
  // There is no area, and nothing that it depends on.
  if (extent === 0) return sum(y.detach(), d)
  const pairs = y.narrow(d, 0, extent - 1).add(y.narrow(d, 1, extent - 1))
  if (!x) return sum(pairs, d).mul((dx ?? 1) / 2)
  // A list of places is along `dim`, whatever stands behind.
  const placed = x.ndim === 1 ? x.reshape([-1, ...y.shape.slice(d + 1).map(() => 1)]) : x
  const gaps = differences(placed, placed.ndim - (y.ndim - d))
  return sum(pairs.mul(gaps), d).mul(0.5)
}

const trapezoids = [
  [signed],
  [signed, uniform([3, 4], 0, 3)],
  [signed, uniform([4], 0, 3)],
  [signed, uniform([3], 0, 3), { dim: 0 }],
  [uniform([5]), { dx: 0.5 }],
  [signed, { dim: 0 }],
  [uniform([3, 0])],
  [uniform([1])],
] as const

/** The area below values along `dim`, by trapezoids. Source: torch.trapezoid. Errors: a TypeError for x and dx at once. */
export const trapezoid = defineWithOptions({
  name: 'trapezoid',
  widens: true,
  isMethod: false,
  positional: ['x'],
  named: ['dx', 'dim'],
  call: (y: Tensor, options: TrapezoidOptions): Tensor => area('trapezoid', y, options),
  samples: trapezoids,
})

/** As trapezoid. Source: torch.trapz. */
export const trapz = defineWithOptions({
  name: 'trapz',
  widens: true,
  isMethod: false,
  positional: ['x'],
  named: ['dx', 'dim'],
  call: (y: Tensor, options: TrapezoidOptions): Tensor => area('trapz', y, options),
  samples: trapezoids,
})

/**
 * The area below values along `dim` from the first up to each of the others, by trapezoids; one fewer than there are values.
 * Source: torch.cumulative_trapezoid. Errors: a TypeError for x and dx at once.
 */
export const cumulativeTrapezoid = defineWithOptions({
  name: 'cumulativeTrapezoid',
  widens: true,
  isMethod: false,
  positional: ['x'],
  named: ['dx', 'dim'],
  call: (y: Tensor, options: TrapezoidOptions): Tensor =>
    y.numel() === 0
      ? y.clone()
      : area('cumulativeTrapezoid', y, options, (parts, along) => parts.cumsum(along)),
  samples: trapezoids,
})

interface GradientOptions {
  /** Distances: one for all, one for each dimension, or the places along each. */
  readonly spacing?: number | readonly number[] | readonly Tensor[]
  readonly dim?: Dims
  /** Of the estimate at both ends: 1 (default) or 2. */
  readonly edgeOrder?: 1 | 2
}

/** Three neighbors by weights, which are numbers or lists along dimension d. */
const weighed = (
  x: Tensor,
  d: number,
  starts: readonly number[],
  length: number,
  by: readonly Tensor[],
): Tensor => starts.map((start, i) => x.narrow(d, start, length).mul(by[i]!)).reduce((a, b) => a.add(b))

/** The slope along d at every place, from the gaps between places [extent − 1, 1 …]. */
function slopes(x: Tensor, d: number, gaps: Tensor, edgeOrder: 1 | 2): Tensor {
  const n = x.shape[d]!
  const gap = (start: number, length: number): Tensor => gaps.narrow(0, start, length)
  const [a, b] = [gap(0, n - 2), gap(1, n - 2)]
  const both = a.add(b)
  const middle = weighed(x, d, [0, 1, 2], n - 2, [
    b.neg().div(a.mul(both)),
    b.sub(a).div(a.mul(b)),
    a.div(b.mul(both)),
  ])
  if (edgeOrder === 1) {
    const at = (start: number): Tensor =>
      x
        .narrow(d, start + 1, 1)
        .sub(x.narrow(d, start, 1))
        .div(gap(start, 1))
    return cat([at(0), middle, at(n - 2)], d)
  }
  const [first, second, last, beforeLast] = [gap(0, 1), gap(1, 1), gap(n - 2, 1), gap(n - 3, 1)]
  // By the parabola through the three outermost places.
  const start = weighed(x, d, [0, 1, 2], 1, [
    first
      .mul(2)
      .add(second)
      .neg()
      .div(first.mul(first.add(second))),
    first.add(second).div(first.mul(second)),
    first.neg().div(second.mul(first.add(second))),
  ])
  const end = weighed(x, d, [n - 3, n - 2, n - 1], 1, [
    last.div(beforeLast.mul(beforeLast.add(last))),
    beforeLast.add(last).neg().div(beforeLast.mul(last)),
    last
      .mul(2)
      .add(beforeLast)
      .div(last.mul(beforeLast.add(last))),
  ])
  return cat([start, middle, end], d)
}

/**
 * Slopes of values along each dimension, a list of tensors of self's shape: central differences, one-sided ones at both
 * ends. Source: torch.gradient.
 * Errors: a RangeError for fewer than edgeOrder + 1 values along a dimension and spacings that do not fit.
 */
export const gradient = defineWithOptions({
  name: 'gradient',
  widens: true,
  isMethod: false,
  positional: [],
  named: ['spacing', 'dim', 'edgeOrder'],
  call(self: Tensor, { spacing = 1, dim, edgeOrder = 1 }: GradientOptions): Tensor[] {
    if (edgeOrder !== 1 && edgeOrder !== 2)
      throw new RangeError(`gradient: edgeOrder is 1 or 2, not ${String(edgeOrder)}.`)
    const dims = (
      dim === undefined ? self.shape.map((_, i) => i) : typeof dim === 'number' ? [dim] : dim
    ).map((d) => dimOf(d, self.ndim))
    const each = typeof spacing === 'number' ? dims.map(() => spacing) : spacing
    if (each.length !== dims.length)
      throw new RangeError(`gradient: ${each.length} spacings do not fit ${dims.length} dimensions.`)
    const x = self.to('float32')
    return dims.map((d, i) => {
      const extent = x.shape[d]!
      if (extent <= edgeOrder)
        throw new RangeError(
          `gradient needs more than ${edgeOrder} values along dimension ${d} of ${formatShape(self.shape)}.`,
        )
      const given = each[i]!
      if (typeof given === 'object' && (given.ndim !== 1 || given.shape[0] !== extent))
        throw new RangeError(`gradient: places must be [${extent}], not ${formatShape(given.shape)}.`)
      const gaps =
        typeof given === 'number' ? x.newFull([extent - 1], given) : differences(given.to('float32'), 0)
      return slopes(x, d, gaps.reshape([-1, ...x.shape.slice(d + 1).map(() => 1)]), edgeOrder)
    })
  },
  samples: [
    [uniform([5])],
    [uniform([5]), { spacing: 2 }],
    [signed, { edgeOrder: 2 }],
    [signed, { spacing: [2, 0.5], dim: [0, 1] }],
    [uniform([3, 3, 4]), { spacing: [uniform([3], 0, 5), uniform([4], 0, 5)], dim: [0, -1] }],
    [uniform([3, 4]), { spacing: [uniform([4], 0, 5)], dim: 1, edgeOrder: 2 }],
    [uniform([2])],
  ],
})
