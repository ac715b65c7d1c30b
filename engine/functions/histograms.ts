/** How many values lie in which range. Nothing here has a gradient. */
import { edge, integers, uniform, values } from '../ops/samples.ts'
import { wholeNumber } from '../tensor/arguments.ts'
import { Tensor } from '../tensor/core.ts'
import { formatShape, numel, sameShape } from '../tensor/shape.ts'
import { defineWithOptions, results, type Results } from './define.ts'
import { whenKnown, type Known } from './operands.ts'
import { signed } from './samples.ts'
import { searchsorted } from './sorting.ts'

/** Both ends as tensors; where they are equal, or of no values, `apart` to both sides. */
function endsOf(
  name: string,
  x: Tensor,
  range: readonly number[] | undefined,
  apart: number,
): readonly [Tensor, Tensor] {
  const [least, most] = range ?? []
  if (least !== undefined && most !== undefined) {
    if (!Number.isFinite(least) || !Number.isFinite(most) || least > most)
      throw new RangeError(`${name}: the range must be finite and rise, not ${least} … ${most}.`)
    const isPoint = least === most ? apart : 0
    return [x.newFull([], least - isPoint), x.newFull([], most + isPoint)]
  }
  if (x.numel() === 0) return [x.newFull([], 0), x.newFull([], 1)]
  const [low, high] = [x.amin(), x.amax()]
  const isPoint = low.eq(high)
  return [isPoint.choose(low.sub(apart), low), isPoint.choose(high.add(apart), high)]
}

function floats(name: string, x: Tensor): Tensor {
  if (x.dtype !== 'float32') throw new TypeError(`${name} takes float32, not ${x.dtype}: use to('float32').`)
  return x.detach()
}

interface CountOptions {
  /** 100 by default. */
  readonly bins?: number
  /** Where min and max are equal, as by default, the values' own. */
  readonly min?: number
  readonly max?: number
}

/**
 * How many values lie in each of `bins` ranges of one width between min and max, both of which belong to them. NaN lies in
 * none. Source: torch.histc. Errors: a RangeError for less than one bin and a range that does not rise, a TypeError for
 * whole numbers.
 */
export const histc = defineWithOptions({
  name: 'histc',
  positional: ['bins', 'min', 'max'],
  call(self: Tensor, { bins = 100, min = 0, max = 0 }: CountOptions): Tensor {
    const x = floats('histc', self).reshape([-1])
    wholeNumber('histc: bins', bins, 1)
    const [low, high] = endsOf('histc', x, min === max ? undefined : [min, max], 1)
    const isIn = x.ge(low).logicalAnd(x.le(high))
    const place = x.sub(low).div(high.sub(low)).mul(bins).floor()
    const at = isIn.choose(place, 0).clamp(0, bins - 1)
    return isIn.to('float32').scatterSum(0, at.to('int32'), [bins])
  },
  samples: [
    [signed],
    [signed, 4],
    [signed, 5, -1, 1.5],
    [edge([1, 2, 2, 3]), { bins: 4, min: 1, max: 3 }],
    [edge([1, 1]), 4],
    [uniform([]), 3],
    [uniform([0]), 4],
  ],
})

/** Edges between `bins` ranges of one width, from both ends to the middle, so that both are exact. */
function evenEdges(low: Tensor, high: Tensor, bins: number): Tensor {
  const places = low.newArange(bins + 1)
  const step = high.sub(low).div(bins)
  const fromHigh = high.sub(step.mul(places.neg().add(bins)))
  return places.lt(Math.floor((bins + 1) / 2)).choose(low.add(step.mul(places)), fromHigh)
}

/** In which range each element lies, and whether in any: the last edge belongs to the last one. */
function located(x: Tensor, edges: Tensor): { readonly at: Tensor; readonly isIn: Tensor } {
  const bins = edges.numel() - 1
  const behind = searchsorted(edges, x, { right: true }).sub(1)
  return {
    at: behind.clamp(0, bins - 1).to('int32'),
    isIn: x.ge(edges.narrow(0, 0, 1)).logicalAnd(x.le(edges.narrow(0, bins, 1))),
  }
}

function requireEdges(name: string, edges: Tensor): Tensor {
  if (edges.ndim !== 1 || edges.numel() < 2)
    throw new RangeError(`${name}: edges are a list of at least two, not ${formatShape(edges.shape)}.`)
  return edges.detach()
}

interface HistogramOptions {
  /** The first and the last edge; by default the least and the greatest value. */
  readonly range?: readonly number[]
  /** How much each value counts, of the values' shape. */
  readonly weight?: Tensor
  /** Divides so that the histogram's area is 1. */
  readonly density?: boolean
}

const weights = (
  name: string,
  isIn: Tensor,
  weight: Tensor | undefined,
  shape: readonly number[],
): Tensor => {
  if (weight === undefined) return isIn.to('float32')
  if (!sameShape(weight.shape, shape))
    throw new RangeError(
      `${name}: the weight must be ${formatShape(shape)}, not ${formatShape(weight.shape)}.`,
    )
  return isIn.choose(weight.detach().reshape([-1]), 0)
}

const widths = (edges: Tensor): Tensor =>
  edges.narrow(0, 1, edges.numel() - 1).sub(edges.narrow(0, 0, edges.numel() - 1))

/**
 * { hist, binEdges }: the weights of values between edges that rise, or in a number of ranges of one width. A range holds
 * its lower edge, the last one both; NaN lies in none. Source: torch.histogram.
 * Errors: a RangeError for less than one bin, a range that does not rise or stands beside edges, and a weight of another
 * shape; a TypeError for whole numbers.
 */
export const histogram = defineWithOptions({
  name: 'histogram',
  positional: [],
  named: ['range', 'weight', 'density'],
  call(self: Tensor, bins: number | Tensor, options: HistogramOptions): Results<'hist' | 'binEdges'> {
    const { range, weight, density = false } = options
    const x = floats('histogram', self).reshape([-1])
    if (bins instanceof Tensor && range)
      throw new RangeError('histogram takes a range with a number of bins only.')
    const edges =
      bins instanceof Tensor
        ? requireEdges('histogram', bins)
        : evenEdges(...endsOf('histogram', x, range, 0.5), wholeNumber('histogram: bins', bins, 1))
    const { at, isIn } = located(x, edges)
    const hist = weights('histogram', isIn, weight, self.shape).scatterSum(0, at, [edges.numel() - 1])
    return results({ hist: density ? hist.div(hist.sum()).div(widths(edges)) : hist, binEdges: edges })
  },
  samples: [
    [signed, 4],
    [signed, values([4], [-1, 0, 0.5, 2])],
    [signed, 3, { range: [-1, 1], density: true }],
    [signed, 3, { weight: uniform([3, 4], 0, 2), density: true }],
    [signed, values([4], [-1, 0, 0.5, 2]), { weight: uniform([3, 4], 0, 2) }],
    [edge([1, 2, 3, 2]), 4],
    [edge([1, 1]), 3],
    [edge([0.75], []), 2],
    [uniform([0]), 3],
  ],
})

/** A list [hist, edges of each dimension] that has both under their names too. */
export type Histogram = readonly [Tensor, readonly Tensor[]] & {
  readonly hist: Tensor
  readonly binEdges: readonly Tensor[]
}

/**
 * { hist, binEdges } of points [.., d]: as histogram along each of the d coordinates, for which `bins` gives one number, or a
 * list of numbers or of edges; `range` has two numbers for each. Source: torch.histogramdd. Errors: as histogram, and a
 * RangeError for lists of another length.
 */
export const histogramdd = defineWithOptions({
  name: 'histogramdd',
  isMethod: false,
  positional: [],
  named: ['range', 'weight', 'density'],
  python: 'lambda *a, **k: (lambda r: [r.hist, *r.bin_edges])(torch.histogramdd(*a, **k))',
  call(
    self: Tensor,
    bins: number | readonly number[] | readonly Tensor[],
    options: HistogramOptions,
  ): Histogram {
    const { range, weight, density = false } = options
    if (self.ndim < 2)
      throw new RangeError(`histogramdd takes points [.., d], not ${formatShape(self.shape)}.`)
    const count = self.shape.at(-1)!
    const points = floats('histogramdd', self).reshape([-1, count])
    const each = typeof bins === 'number' ? Array.from({ length: count }, () => bins) : bins
    if (each.length !== count || (range && range.length !== 2 * count))
      throw new RangeError(
        `histogramdd needs bins for each of ${count} coordinates, and two ends of a range.`,
      )
    const columns = each.map((_, d) => points.narrow(1, d, 1).squeeze(1))
    const binEdges = each.map((given, d) => {
      if (given instanceof Tensor) return requireEdges('histogramdd', given)
      const ends = endsOf('histogramdd', columns[d]!, range?.slice(2 * d, 2 * d + 2), 0.5)
      return evenEdges(...ends, wholeNumber('histogramdd: bins', given, 1))
    })
    const shape = binEdges.map((edges) => edges.numel() - 1)
    const found = columns.map((x, d) => located(x, binEdges[d]!))
    const isIn = found.map((x) => x.isIn).reduce((a, b) => a.logicalAnd(b))
    const at = found.map((x) => x.at).reduce((flat, x, d) => flat.mul(shape[d]!).add(x))
    const counts = weights('histogramdd', isIn, weight, self.shape.slice(0, -1))
    const plain = counts.scatterSum(0, at.to('int32'), [numel(shape)]).reshape(shape)
    const spread = (edges: Tensor, d: number): Tensor =>
      widths(edges).reshape(shape.map((n, i) => (i === d ? n : 1)))
    const hist = density ? binEdges.map(spread).reduce((h, w) => h.div(w), plain.div(plain.sum())) : plain
    const both = [hist, binEdges] as const
    return Object.assign(both, { hist, binEdges })
  },
  samples: [
    [uniform([9, 2]), [2, 3]],
    [uniform([9, 2]), 3, { range: [-1, 1, 0, 2], density: true }],
    [uniform([2, 5, 3]), [values([3], [-1, 0, 1]), values([2], [-2, 1]), values([3], [-2, 0, 2])]],
    [uniform([9, 2]), 2, { weight: uniform([9], 0, 2) }],
  ],
})

interface BincountOptions {
  /** How much each element counts; of the elements' shape. */
  readonly weights?: Tensor
  /** At least as many counts. */
  readonly minlength?: number
}

/**
 * How often each number from 0 up to the greatest is among self [n], whole numbers from 0: int32, with weights float32. On a
 * GPU a promise. Source: torch.bincount. Errors: a RangeError for negative numbers, other shapes and lengths; a TypeError for
 * other types, and in a captured step.
 */
export const bincount = defineWithOptions({
  name: 'bincount',
  positional: ['weights', 'minlength'],
  call(self: Tensor, { weights: given, minlength = 0 }: BincountOptions): Known<Tensor> {
    if (self.dtype !== 'int32' && self.dtype !== 'uint8')
      throw new TypeError(`bincount takes whole numbers, not ${self.dtype}.`)
    if (self.ndim !== 1) throw new RangeError(`bincount takes a list, not ${formatShape(self.shape)}.`)
    if (given && !sameShape(given.shape, self.shape))
      throw new RangeError(
        `bincount: the weights must be ${formatShape(self.shape)}, not ${formatShape(given.shape)}.`,
      )
    wholeNumber('bincount: minlength', minlength, 0)
    const use = (numbers: readonly number[]): Tensor => {
      if (numbers.some((n) => n < 0)) throw new RangeError('bincount: there are negative numbers.')
      const length = numbers.reduce((most, n) => Math.max(most, n + 1), minlength)
      const each = given ? given.detach().to('float32') : self.newFull(self.shape, 1, 'int32')
      if (length === 0 || numbers.length === 0) return each.newFull([length], 0)
      return each.scatterSum(0, self.to('int32'), [length])
    }
    return whenKnown('bincount', self, use, 'Use scatterAdd there, which says how many counts there are.')
  },
  samples: [
    [integers([9], 0, 5)],
    [integers([9], 0, 5), uniform([9])],
    [integers([3], 0, 2), { minlength: 4 }],
    [integers([0], 0, 2)],
    [integers([0], 0, 2), { minlength: 2 }],
  ],
})
