/** Runs of elements made one. */
import { uniform, values } from '../ops/samples.ts'
import type { Tensor } from '../tensor/core.ts'
import { formatShape, normalizeDim, sameShape } from '../tensor/shape.ts'
import { defineWithOptions } from './define.ts'
import { cat } from './movement.ts'

type Reduce = 'sum' | 'mean' | 'max' | 'min' | 'prod'
const neutral: Readonly<Record<Reduce, number>> = { sum: 0, mean: 0, max: -Infinity, min: Infinity, prod: 1 }

interface SegmentOptions {
  /** How long each run is, [.., runs]. */
  readonly lengths?: Tensor
  /** Where each begins and the last ends, [.., runs + 1]; instead of lengths. */
  readonly offsets?: Tensor
  /** 0 by default. */
  readonly axis?: number
  /** Another name for axis. */
  readonly dim?: number
  /** Taken for the sake of PyTorch's programs: nothing is checked that is known only on the device. */
  readonly unsafe?: boolean
  /** What each run begins with. */
  readonly initial?: number
}

/** Where runs begin and end, [.., runs, 1]. */
function bounds({ lengths, offsets }: SegmentOptions): readonly [Tensor, Tensor] {
  if (offsets) {
    const runs = offsets.shape.at(-1)! - 1
    return [offsets.narrow(-1, 0, runs).unsqueeze(-1), offsets.narrow(-1, 1, runs).unsqueeze(-1)]
  }
  const places = lengths!.newArange(lengths!.shape.at(-1)!)
  const starts = places.lt(places.unsqueeze(-1)).choose(lengths!.unsqueeze(-2), 0).sum(-1, true)
  return [starts, starts.add(lengths!.unsqueeze(-1))]
}

/**
 * Runs of elements along `axis` made one by reduce: 'sum', 'mean', 'max', 'min' or 'prod'. The runs' lengths or offsets have
 * the data's extents before `axis`. A run of no elements is `initial`; without it what says nothing, for 'mean' NaN.
 * Source: torch.segment_reduce.
 * Errors: a RangeError for another reduce and extents that do not fit, a TypeError without lengths or offsets, or with both,
 * and for axis and dim at once.
 */
export const segmentReduce = defineWithOptions({
  name: 'segmentReduce',
  isMethod: false,
  positional: [],
  named: ['lengths', 'offsets', 'axis', 'dim', 'unsafe', 'initial'],
  call(data: Tensor, reduce: Reduce, options: SegmentOptions): Tensor {
    if (!Object.hasOwn(neutral, reduce))
      throw new RangeError(
        `segmentReduce: reduce is one of ${Object.keys(neutral).join(', ')}, not ${String(reduce)}.`,
      )
    const { lengths, offsets, initial } = options
    if (options.axis !== undefined && options.dim !== undefined)
      throw new TypeError('segmentReduce: axis and dim are the same; give one of them.')
    const axis = options.axis ?? options.dim ?? 0
    const d = normalizeDim(axis, data.ndim)
    const given = lengths ?? offsets
    if (!given || (lengths && offsets))
      throw new TypeError('segmentReduce needs lengths or offsets, not both.')
    if (given.ndim !== d + 1 || !sameShape(given.shape.slice(0, d), data.shape.slice(0, d)))
      throw new RangeError(
        `segmentReduce: runs of ${formatShape(given.shape)} do not fit dimension ${axis} of ${formatShape(data.shape)}.`,
      )
    const [starts, ends] = bounds(options)
    const places = data.newArange(data.shape[d]!)
    const flat = places.ge(starts).logicalAnd(places.lt(ends))
    const isIn = flat.reshape([...flat.shape, ...data.shape.slice(d + 1).map(() => 1)])
    const runs = isIn.choose(data.unsqueeze(d), neutral[reduce])
    if (reduce === 'max' || reduce === 'min') {
      const first = runs.newFull(runs.shape.with(d + 1, 1), initial ?? neutral[reduce])
      const row = cat([first, runs], d + 1)
      return reduce === 'max' ? row.amax(d + 1) : row.amin(d + 1)
    }
    if (reduce === 'prod') return runs.prod(d + 1).mul(initial ?? 1)
    const total = runs.sum(d + 1).add(initial ?? 0)
    if (reduce === 'sum') return total
    const counts = isIn.sum(d + 1)
    return total.div(initial === undefined ? counts : counts.clamp({ min: 1 }))
  },
  samples: (['sum', 'mean', 'max', 'min', 'prod'] as const).flatMap((reduce) => [
    [uniform([5]), reduce, { lengths: values([3], [1, 2, 2], 'int32') }],
    [uniform([5, 2]), reduce, { lengths: values([4], [0, 3, 1, 1], 'int32'), initial: 0.5 }],
    [uniform([5, 2]), reduce, { offsets: values([3], [0, 2, 5], 'int32'), initial: 1 }],
  ]),
})
