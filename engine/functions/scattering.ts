/** Elements put, added or gathered up at places of another tensor. */
import { booleans, integers, uniform, values } from '../ops/samples.ts'
import { type Tensor } from '../tensor/core.ts'
import { broadcastShapes, formatShape, numel, sameShape, type Shape } from '../tensor/shape.ts'
import { isFloating } from '../tensor/dtype.ts'
import { defineFunction, defineWithOptions, type OrByName } from './define.ts'
import { cat } from './movement.ts'
import { atLeastList, broadcast, dimOf, heldBy, listed, refuseLarger, wrapped } from './operands.ts'
import { signed, whole } from './samples.ts'
import { requireMask } from './selection.ts'

type Reduce = 'sum' | 'prod' | 'mean' | 'amax' | 'amin'
const reductions: readonly Reduce[] = ['sum', 'prod', 'mean', 'amax', 'amin']

interface ReduceOptions {
  /** Whether what was there counts too; true by default. */
  readonly includeSelf?: boolean
}

/** What stands for nothing. */
const neutral = (reduce: Reduce): number =>
  reduce === 'prod' ? 1 : reduce === 'amax' ? -Infinity : reduce === 'amin' ? Infinity : 0

/** All that goes to each place of x along d, in a dimension more after d; `otherwise` where it goes elsewhere. */
function gathered(x: Tensor, d: number, at: Tensor, from: Tensor, otherwise: number | Tensor): Tensor {
  const beyond = x.shape.map((n, i): readonly [number, number] => [0, i === d ? 0 : n - at.shape[i]!])
  // What the index has no place for goes nowhere, which is place −1.
  const index = at.add(1).pad(beyond).sub(1).unsqueeze(d)
  const places = x.newArange(x.shape[d]!).reshape([-1, ...x.shape.slice(d).map(() => 1)])
  return index.eq(places).choose(from.pad(beyond).unsqueeze(d), otherwise)
}

function reduceInto(
  name: string,
  self: Tensor,
  d: number,
  at: Tensor,
  from: Tensor,
  reduce: Reduce,
  { includeSelf = true }: ReduceOptions,
): Tensor {
  if (!reductions.includes(reduce))
    throw new RangeError(`${name}: reduce is one of ${reductions.join(', ')}, not ${String(reduce)}.`)
  if (at.numel() === 0) return self.clone()
  const counts = at.newFull(at.shape, 1, 'int32').scatterSum(d, at, self.shape)
  const kept = includeSelf ? self : counts.gt(0).choose(neutral(reduce), self)
  if (reduce === 'sum' || reduce === 'mean') {
    const total = kept.add(from.scatterSum(d, at, self.shape))
    if (reduce === 'sum') return total
    const shares = includeSelf ? counts.add(1) : counts.clamp({ min: 1 })
    return isFloating(self.dtype) ? total.div(shares) : total.floorDivide(shares)
  }
  if (reduce === 'prod') return kept.mul(gathered(self, d, at, from, 1).prod(d + 1))
  // What was there stands first in the row; of what does not count it says nothing.
  const none = isFloating(self.dtype) ? neutral(reduce) : reduce === 'amax' ? -(2 ** 31) : 2 ** 31 - 1
  const first = includeSelf ? self : counts.gt(0).choose(none, self)
  const given = gathered(self, d, at, from, none)
  const row = cat([first.unsqueeze(d + 1), given], d + 1)
  return reduce === 'amax' ? row.amax(d + 1) : row.amin(d + 1)
}

const reduceSamples = reductions.flatMap((reduce) => [
  [uniform([4, 3]), 0, integers([3, 2], 0, 4), uniform([3, 2], -1, 1), reduce],
  [uniform([3, 4]), 1, integers([3, 5], 0, 4), uniform([3, 5], -1, 1), reduce, { includeSelf: false }],
])

type ScatterReduce = (
  ...args: OrByName<
    [self: Tensor, dim: number, index: Tensor, src: Tensor, reduce: Reduce, options?: ReduceOptions],
    ReduceOptions & {
      readonly dim: number
      readonly index: Tensor
      readonly src: Tensor
      readonly reduce: Reduce
    }
  >
) => Tensor

/**
 * self with all src[…i…] that go to one place […index[…i…]…] along `dim` made one by `reduce`: 'sum', 'prod', 'mean',
 * 'amax' or 'amin'. Of equal largest ones each gets its share of the gradient. All arguments may be given by name. Source: torch.scatter_reduce.
 * Errors: a RangeError for another reduce.
 */
export const scatterReduce = defineWithOptions({
  name: 'scatterReduce',
  torch: 'torch.Tensor',
  lead: ['dim', 'index', 'src', 'reduce'],
  positional: [],
  named: ['includeSelf'],
  call(
    self: Tensor,
    dim: number,
    index: Tensor,
    src: Tensor,
    reduce: Reduce,
    options: ReduceOptions,
  ): Tensor {
    const d = dimOf(dim, self.ndim)
    return listed(self, (x) => {
      const at = atLeastList(index)
      refuseLarger('scatterReduce', at, x, d)
      const from = atLeastList(src).shrink(at.shape.map((n) => [0, n] as const))
      return reduceInto('scatterReduce', x, d, at, from, reduce, options)
    })
  },
  samples: [
    ...reduceSamples,
    [uniform([]), 0, integers([], 0, 1), uniform([]), 'prod'],
    [uniform([3]), 0, integers([0], 0, 3), uniform([0]), 'amax'],
    [values([3], [1, 2, 3]), 0, values([2], [0, 0], 'int32'), values([2], [5, 7]), 'amax'],
    [
      uniform([3, 4]),
      { dim: 1, index: integers([3, 5], 0, 4), src: uniform([3, 5]), reduce: 'mean', includeSelf: false },
    ],
  ],
}) as ScatterReduce

/** As scatterReduce with one index for all, as indexAdd: 'prod', 'mean', 'amax' or 'amin'. Source: torch.index_reduce. Errors: as scatterReduce. */
export const indexReduce = defineWithOptions({
  name: 'indexReduce',
  torch: 'torch.Tensor',
  positional: [],
  named: ['includeSelf'],
  call(
    self: Tensor,
    dim: number,
    index: Tensor,
    source: Tensor,
    reduce: Exclude<Reduce, 'sum'>,
    options: ReduceOptions,
  ): Tensor {
    const d = dimOf(dim, self.ndim)
    return listed(self, (x) => {
      const from = atLeastList(source)
      const column = index.reshape(x.shape.map((_, i) => (i === d ? -1 : 1)))
      return reduceInto('indexReduce', x, d, column.expand(from.shape), from, reduce, options)
    })
  },
  samples: [
    ...(['prod', 'mean', 'amax', 'amin'] as const).flatMap((reduce) => [
      [signed, 0, values([4], [0, 2, 0, 2], 'int32'), uniform([4, 4], -1, 1), reduce],
      [signed, 1, integers([2], 0, 4), uniform([3, 2], -1, 1), reduce, { includeSelf: false }],
    ]),
    [uniform([]), 0, integers([1], 0, 1), uniform([]), 'mean'],
  ],
})

/** `source` put into a row at these places, or added there. */
function putInto(row: Tensor, places: Tensor, source: Tensor, accumulate: boolean): Tensor {
  // The sum of nothing, so that the result is a function of the source too.
  if (places.numel() === 0) return row.add(source.sum().to(row.dtype))
  const at = places.reshape([-1])
  const from = source.to(row.dtype).reshape([-1])
  return accumulate ? row.add(from.scatterSum(0, at, row.shape)) : row.scatter(0, at, from)
}

/** self with `source` at the places that `index` has in self as one row, negative ones from its end; or added there. Source: torch.Tensor.put. */
export const put = defineWithOptions({
  name: 'put',
  torch: 'torch.Tensor',
  positional: ['accumulate'],
  call(
    self: Tensor,
    index: Tensor,
    source: Tensor,
    { accumulate = false }: { readonly accumulate?: boolean },
  ): Tensor {
    if (index.numel() !== source.numel())
      throw new RangeError(
        `put: source ${formatShape(source.shape)} must have as many elements as index ${formatShape(index.shape)}.`,
      )
    return putInto(self.reshape([-1]), wrapped(index, self.numel()), source, accumulate).reshape(self.shape)
  },
  samples: [
    [signed, values([3], [4, 2, 8], 'int32'), uniform([3])],
    [signed, values([2, 2], [-1, 0, -1, 5], 'int32'), uniform([2, 2]), true],
    [uniform([]), integers([1], 0, 1), uniform([1])],
    [signed, integers([0], 0, 1), uniform([0])],
  ],
})

/** Where an index of several lists points, each counted from its extent's end where it is negative. */
function pointedAt(
  x: Tensor,
  indices: readonly Tensor[],
): { readonly places: Tensor; readonly shape: Shape } {
  const lists = indices.flatMap((index) => (index.dtype === 'bool' ? heldBy('indexPut', index) : [index]))
  if (lists.length > x.ndim)
    throw new RangeError(`indexPut: ${lists.length} indices do not fit ${formatShape(x.shape)}.`)
  const shape = lists.map((list) => list.shape).reduce((a, b) => broadcastShapes(a, b, 'indices of indexPut'))
  const rest = x.shape.slice(lists.length)
  const inner = numel(rest)
  const rows = lists.reduce<Tensor>(
    (sum, list, i) => sum.mul(x.shape[i]!).add(wrapped(list, x.shape[i]!)),
    x.newFull([], 0, 'int32'),
  )
  const places = rows.expand(shape).unsqueeze(-1).mul(inner).add(x.newArange(inner))
  return { places, shape: [...shape, ...rest] }
}

/**
 * self with `values` at x[…] of these indices, int32 (one list for each leading dimension, which broadcast together) or
 * bool; or added there. Source: torch.index_put. Errors: a RangeError for indices that do not fit, a TypeError for a bool
 * index whose values are not known yet.
 */
export const indexPut = defineWithOptions({
  name: 'indexPut',
  torch: 'torch.Tensor',
  positional: ['accumulate'],
  call(
    self: Tensor,
    indices: readonly Tensor[],
    source: Tensor,
    { accumulate = false }: { readonly accumulate?: boolean },
  ): Tensor {
    if (!Array.isArray(indices) || indices.length === 0)
      throw new TypeError('indexPut takes a list of at least one index.')
    const { places, shape } = pointedAt(self, indices as readonly Tensor[])
    return putInto(self.reshape([-1]), places, source.expand(shape), accumulate).reshape(self.shape)
  },
  samples: [
    [signed, [values([2], [2, 0], 'int32')], uniform([2, 4])],
    [signed, [values([2], [1, 1], 'int32')], uniform([2, 4]), true],
    [signed, [values([2], [0, 2], 'int32'), values([2], [3, -1], 'int32')], uniform([2])],
    [signed, [booleans([3])], uniform([4])],
    [uniform([2, 3, 4]), [integers([2, 1], 0, 2), values([3], [0, 2, 1], 'int32')], uniform([4]), true],
  ],
})

/** Of each place in a row, how many truth values stand before it, by doubling. */
function countBefore(mask: Tensor): Tensor {
  const n = mask.numel()
  const moved = (x: Tensor, by: number): Tensor => x.narrow(0, 0, n - by).pad([[by, 0]])
  let counts = moved(mask.to('int32'), 1)
  for (let by = 1; by < n; by *= 2) counts = counts.add(moved(counts, by))
  return counts
}

/**
 * self with the elements of `source`, in their order, where the mask holds; self and mask broadcast.
 * Source: torch.masked_scatter. Errors: a TypeError for a mask that is not bool. Of a source with too few elements the last
 * places become NaN, since how many are needed is not known before.
 */
export const maskedScatter = defineFunction({
  name: 'maskedScatter',
  call(self: Tensor, mask: Tensor, source: Tensor): Tensor {
    requireMask('maskedScatter', mask)
    const [x, where] = broadcast('maskedScatter', self, mask) as [Tensor, Tensor]
    if (source.numel() === 0 || x.numel() === 0) return x.clone()
    const row = where.reshape([-1])
    // Of what is not taken any place will do.
    const places = row.choose(countBefore(row), 0)
    return where.choose(source.to(x.dtype).reshape([-1]).indexSelect(0, places).reshape(x.shape), x)
  },
  samples: [
    [signed, booleans([3, 4]), uniform([3, 4], -1, 1)],
    [signed, booleans([4]), uniform([12], -1, 1)],
    [signed, booleans([3, 1]), uniform([12], -1, 1)],
    [uniform([]), booleans([]), uniform([1])],
  ],
})

/** self where strides and an offset in elements say, as a copy. Errors: a RangeError for what lies outside. */
function strided(
  name: string,
  self: Tensor,
  size: readonly number[],
  stride: readonly number[],
  offset: number,
): Tensor {
  if (size.length !== stride.length)
    throw new RangeError(`${name}: size and stride must be as long as each other.`)
  const last = size.reduce((sum, n, i) => sum + (n - 1) * stride[i]!, offset)
  const isEmpty = size.includes(0)
  if (!isEmpty && (last >= self.numel() || offset < 0 || stride.some((s) => s < 0)))
    throw new RangeError(
      `${name}: size ${formatShape(size)} with strides ${formatShape(stride)} from ${offset} reaches beyond ${self.numel()} elements.`,
    )
  return size.reduce<Tensor>(
    (at, n, i) => at.unsqueeze(-1).add(self.newArange(n).mul(stride[i]!)),
    self.newFull([], offset, 'int32'),
  )
}

/**
 * Elements of self, which lie in row-major order, at `storageOffset` + Σ index · stride. A copy, not a view: writing to it
 * does not change self. Source: torch.as_strided. Errors: a RangeError for what lies outside.
 */
export const asStrided = defineWithOptions({
  name: 'asStrided',
  positional: ['storageOffset'],
  call(
    self: Tensor,
    size: readonly number[],
    stride: readonly number[],
    { storageOffset = 0 }: { readonly storageOffset?: number },
  ): Tensor {
    const places = strided('asStrided', self, size, stride, storageOffset)
    return self
      .reshape([-1])
      .indexSelect(0, places.reshape([-1]))
      .reshape(size)
  },
  samples: [
    [signed, [2, 2], [1, 2]],
    [signed, [3, 2], [1, 1], 4],
    [signed, [], [], 3],
    [signed, [2, 2], [0, 0]],
  ],
})

/** self with `src` where asStrided would look. Source: torch.as_strided_scatter. Errors: a RangeError for what lies outside and a src of another shape. */
export const asStridedScatter = defineWithOptions({
  name: 'asStridedScatter',
  positional: ['storageOffset'],
  call(
    self: Tensor,
    src: Tensor,
    size: readonly number[],
    stride: readonly number[],
    { storageOffset = 0 }: { readonly storageOffset?: number },
  ): Tensor {
    if (!sameShape(src.shape, size))
      throw new RangeError(
        `asStridedScatter: src must be ${formatShape(size)}, not ${formatShape(src.shape)}.`,
      )
    const places = strided('asStridedScatter', self, size, stride, storageOffset)
    return putInto(self.reshape([-1]), places, src, false).reshape(self.shape)
  },
  // Whole numbers: PyTorch 1.13's gradient of it is what happens to be in memory.
  samples: [
    [whole, integers([2, 2], 0, 9), [2, 2], [1, 2]],
    [whole, integers([2, 3], 0, 9), [2, 3], [4, 1], 1],
  ],
})
