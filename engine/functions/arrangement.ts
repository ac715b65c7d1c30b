/** Tensors taken apart, put together and written into at places, made of movement and indexing. */
import * as ops from '../ops/index.ts'
import { integers, uniform, values } from '../ops/samples.ts'
import { apply, type Tensor } from '../tensor/core.ts'
import { wholeNumber } from '../tensor/arguments.ts'
import { checkOptions, deviceOf, finish, type TensorOptions } from '../tensor/default-device.ts'
import { formatShape, normalizeDim, normalizeRange, sameShape, type Shape } from '../tensor/shape.ts'
import { defineFunction, defineVariadic, defineWithOptions, sizesOf, type Sizes } from './define.ts'
import { cat, diagonal, flip, movedim, narrow, transpose } from './movement.ts'
import { dimOf, knownNumbers, listed, replacement, wrapped, type Operand } from './operands.ts'
import { signed, whole } from './samples.ts'

const cube = uniform([2, 3, 4])

const lifted = (x: Tensor, shape: (given: Shape) => Shape): Tensor => {
  const to = shape(x.shape)
  return sameShape(to, x.shape) ? x : x.reshape(to)
}

interface Each {
  (tensor: Tensor): Tensor
  (...tensors: readonly Tensor[] | readonly [readonly Tensor[]]): Tensor[]
}

/** Of one tensor one, of several or of a list a list. */
const ofEach =
  (change: (x: Tensor) => Tensor) =>
  (...args: readonly (Tensor | readonly Tensor[])[]): Tensor | Tensor[] => {
    const list = args.flat() as Tensor[]
    return args.length === 1 && list[0] === args[0] ? change(list[0]!) : list.map(change)
  }

/** With at least one dimension: a number is [1]. Of several tensors a list. Source: torch.atleast_1d. */
export const atleast1d = defineVariadic({
  name: 'atleast1d',
  isMethod: false,
  call: ofEach((x) => lifted(x, (s) => (s.length === 0 ? [1] : s))),
  samples: [[uniform([])], [signed], [uniform([]), signed]],
}) as Each

/** With at least two dimensions: a list [n] is a row [1, n]. Of several tensors a list. Source: torch.atleast_2d. */
export const atleast2d = defineVariadic({
  name: 'atleast2d',
  isMethod: false,
  call: ofEach((x) => lifted(x, (s) => (s.length < 2 ? [1, ...atLeast(1, s)] : s))),
  samples: [[uniform([])], [uniform([3])], [signed]],
}) as Each

/** With at least three dimensions: a matrix is [rows, columns, 1]. Source: torch.atleast_3d. */
export const atleast3d = defineVariadic({
  name: 'atleast3d',
  isMethod: false,
  call: ofEach((x) =>
    lifted(x, (s) => (s.length === 2 ? [...s, 1] : s.length < 2 ? [1, ...atLeast(1, s), 1] : s)),
  ),
  samples: [[uniform([])], [uniform([3])], [signed], [cube]],
}) as Each

const atLeast = (rank: number, shape: Shape): Shape => (shape.length < rank ? [1] : shape)

/** One behind the other, along the third dimension: two of [2, 3] make [2, 3, 2]. Errors: as cat. Source: torch.dstack. */
export const dstack = defineFunction({
  name: 'dstack',
  isMethod: false,
  call: (tensors: readonly Tensor[]): Tensor =>
    cat(
      tensors.map((x) => atleast3d(x)),
      2,
    ),
  samples: [[[signed, signed]], [[uniform([3]), uniform([3], 0, 1)]]],
})

/** Side by side, vectors [n] as columns [n, 1]: two of [3] make [3, 2]. Errors: as cat. Source: torch.column_stack. */
export const columnStack = defineFunction({
  name: 'columnStack',
  isMethod: false,
  call: (tensors: readonly Tensor[]): Tensor =>
    cat(
      tensors.map((x) => (x.ndim < 2 ? x.reshape([x.numel(), 1]) : x)),
      1,
    ),
  samples: [[[uniform([3]), signed]], [[uniform([2]), uniform([2], 0, 1)]]],
})

/** As vstack. Source: torch.row_stack. */
export const rowStack = defineFunction({
  name: 'rowStack',
  isMethod: false,
  call: (tensors: readonly Tensor[]): Tensor =>
    cat(
      tensors.map((x) => atleast2d(x)),
      0,
    ),
  samples: [[[uniform([4]), signed]]],
})

/** Turned by 90° so many times, from the first of two dimensions toward the second. Source: torch.rot90. */
export const rot90 = defineWithOptions({
  name: 'rot90',
  positional: ['k', 'dims'],
  call(
    self: Tensor,
    { k = 1, dims = [0, 1] }: { readonly k?: number; readonly dims?: readonly number[] },
  ): Tensor {
    if (dims.length !== 2) throw new RangeError(`rot90 turns two dimensions, not ${dims.length}.`)
    const [d0, d1] = [normalizeDim(dims[0]!, self.ndim), normalizeDim(dims[1]!, self.ndim)]
    const turns = ((k % 4) + 4) % 4
    if (turns === 0) return self.clone()
    if (turns === 2) return flip(self, [d0, d1])
    return turns === 1 ? flip(transpose(self, d0, d1), [d0]) : flip(transpose(self, d0, d1), [d1])
  },
  samples: [[signed], [signed, 2], [cube, 3, [1, 2]], [cube, -1, [2, 0]]],
})

/** The last dimension on the diagonal of matrices, zeros beside it. Source: torch.diag_embed. */
export const diagEmbed = defineWithOptions({
  name: 'diagEmbed',
  positional: ['offset', 'dim1', 'dim2'],
  call(
    self: Tensor,
    {
      offset = 0,
      dim1 = -2,
      dim2 = -1,
    }: { readonly offset?: number; readonly dim1?: number; readonly dim2?: number },
  ): Tensor {
    const size = self.shape.at(-1)! + Math.abs(offset)
    const row = self.pad(
      self.shape.map((_, i) => (i === self.ndim - 1 ? [Math.max(0, -offset), Math.max(0, offset)] : [0, 0])),
    )
    const distance = self.newArange(size).sub(self.newArange(size).unsqueeze(1))
    const matrices = distance.eq(offset).choose(row.unsqueeze(-1), 0)
    const rank = self.ndim + 1
    return movedim(matrices, [-2, -1], [normalizeDim(dim1, rank), normalizeDim(dim2, rank)])
  },
  samples: [[uniform([3])], [signed, 1], [signed, { offset: -2, dim1: 0, dim2: 2 }]],
})

/** All elements on the diagonal of one matrix. Source: torch.diagflat. */
export const diagflat = defineWithOptions({
  name: 'diagflat',
  positional: ['offset'],
  call: (self: Tensor, { offset = 0 }: { readonly offset?: number }): Tensor =>
    diagEmbed(self.reshape([-1]), offset),
  samples: [[uniform([3])], [uniform([2, 2]), 1], [uniform([])]],
})

/** A grid's coordinates, one tensor for each list: rows first with 'ij' (the default), columns first with 'xy'. Source: torch.meshgrid. */
export const meshgrid = defineVariadic({
  name: 'meshgrid',
  isMethod: false,
  call(...args: readonly (Tensor | readonly Tensor[] | { readonly indexing?: 'ij' | 'xy' })[]): Tensor[] {
    const last = args.at(-1)
    const isTensor = (v: unknown): v is Tensor => typeof v === 'object' && v !== null && 'gradFn' in v
    if (typeof last === 'string')
      throw new TypeError(`meshgrid takes indexing by name: { indexing: '${last}' }.`)
    const options =
      !isTensor(last) && !Array.isArray(last) ? (last as { indexing?: string } | undefined) : undefined
    const { indexing = 'ij' } = options ?? {}
    if (indexing !== 'ij' && indexing !== 'xy')
      throw new TypeError(`meshgrid: indexing is 'ij' or 'xy', not ${indexing}.`)
    const lists = (options ? args.slice(0, -1) : args).flat() as Tensor[]
    const swapped = indexing === 'xy' && lists.length > 1
    const ordered = swapped ? [lists[1]!, lists[0]!, ...lists.slice(2)] : lists
    const shape = ordered.map((x) => x.numel())
    const grids = ordered.map((x, i) => x.reshape(shape.map((n, j) => (i === j ? n : 1))).expand(shape))
    return swapped ? [grids[1]!, grids[0]!, ...grids.slice(2)] : grids
  },
  samples: [
    [[uniform([3]), uniform([2])], { indexing: 'ij' }],
    [[uniform([3]), uniform([2])], { indexing: 'xy' }],
    [uniform([3]), uniform([])],
  ],
})

/** Every window of `size` elements of a dimension, `step` apart, in a dimension more at the end. Source: torch.Tensor.unfold. */
export const unfold = defineFunction({
  name: 'unfold',
  torch: 'torch.Tensor',
  call(self: Tensor, dim: number, size: number, step: number): Tensor {
    const d = dimOf(dim, self.ndim)
    const x = self.ndim === 0 ? self.reshape([1]) : self
    const extent = x.shape[d]!
    if (!Number.isInteger(size) || size < 0 || size > extent || !Number.isInteger(step) || step < 1)
      throw new RangeError(
        `unfold: no windows of ${size}, ${step} apart, in dimension ${dim} of ${formatShape(x.shape)}.`,
      )
    const count = Math.floor((extent - size) / step) + 1
    const places = x.newArange(count).mul(step).unsqueeze(1).add(x.newArange(size)).reshape([-1])
    const windows = x.indexSelect(d, places).unflatten(d, [count, size])
    const list = movedim(windows, d + 1, -1)
    return self.ndim === 0 ? list.reshape([size]) : list
  },
  samples: [
    [cube, 2, 2, 1],
    [cube, 1, 3, 2],
    [cube, -1, 2, 2],
    [uniform([]), 0, 1, 1],
  ],
})

/** Where parts begin and end: of so many sections nearly equal ones, else cut before each index. */
function cuts(extent: number, at: number | readonly number[]): readonly (readonly [number, number])[] {
  if (typeof at !== 'number')
    return [...at, extent].map((end, i) => normalizeRange(i === 0 ? 0 : at[i - 1]!, end, extent))
  if (!Number.isInteger(at) || at < 1)
    throw new RangeError(`tensorSplit needs a whole number of sections from 1, not ${at}.`)
  const [least, larger] = [Math.floor(extent / at), extent % at]
  return Array.from({ length: at }, (_, i) => {
    const start = i * least + Math.min(i, larger)
    return [start, start + least + (i < larger ? 1 : 0)]
  })
}

/** So many parts, as equal as can be, or parts cut before each of the indices listed. Source: torch.tensor_split. */
export const tensorSplit = defineWithOptions({
  name: 'tensorSplit',
  positional: ['dim'],
  call(
    self: Tensor,
    sections: number | readonly number[] | Tensor,
    { dim = 0 }: { readonly dim?: number },
  ): Tensor[] {
    const d = normalizeDim(dim, self.ndim)
    const isTensor = typeof sections === 'object' && 'gradFn' in sections
    const known = isTensor ? knownNumbers('tensorSplit: sections', sections) : sections
    const at = isTensor && sections.ndim === 0 ? (known as readonly number[])[0]! : known
    return cuts(self.shape[d]!, at).map(([start, end]) => narrow(self, d, start, end - start))
  },
  samples: [
    [uniform([7, 2]), 3],
    [cube, [1, 3], 2],
    [cube, 2, { dim: 1 }],
    [uniform([5]), values([2], [1, 3], 'int32')],
  ],
})

const splitAlong = (self: Tensor, name: string, at: number | readonly number[], d: number): Tensor[] => {
  const least = name === 'hsplit' ? 1 : name === 'vsplit' ? 2 : 3
  if (self.ndim < least)
    throw new RangeError(`${name} needs at least ${least} dimensions, not ${formatShape(self.shape)}.`)
  if (typeof at === 'number') wholeNumber(`${name}: sections`, at, 1)
  if (typeof at === 'number' && self.shape[d]! % at !== 0)
    throw new RangeError(`${name}: ${at} sections do not divide ${self.shape[d]} elements evenly.`)
  return tensorSplit(self, at, d)
}

/**
 * So many equal parts side by side, or parts cut before the columns listed; of a vector along itself. Errors: a RangeError for a single
 * number, and for a number of parts that does not divide. Source: torch.hsplit.
 */
export const hsplit = defineFunction({
  name: 'hsplit',
  call: (self: Tensor, at: number | readonly number[]): Tensor[] =>
    splitAlong(self, 'hsplit', at, self.ndim === 1 ? 0 : 1),
  samples: [
    [signed, 2],
    [signed, [1, 3]],
    [uniform([4]), 2],
  ],
})

/**
 * So many equal parts one under the other, or parts cut before the rows listed. Errors: a RangeError for less than two dimensions, and
 * for a number of parts that does not divide. Source: torch.vsplit.
 */
export const vsplit = defineFunction({
  name: 'vsplit',
  call: (self: Tensor, at: number | readonly number[]): Tensor[] => splitAlong(self, 'vsplit', at, 0),
  samples: [
    [signed, 3],
    [signed, [1]],
  ],
})

/**
 * So many equal parts one behind the other, along the third dimension, or parts cut before the places listed. Errors: a RangeError for
 * less than three dimensions, and for a number of parts that does not divide. Source: torch.dsplit.
 */
export const dsplit = defineFunction({
  name: 'dsplit',
  call: (self: Tensor, at: number | readonly number[]): Tensor[] => splitAlong(self, 'dsplit', at, 2),
  samples: [
    [cube, 2],
    [cube, [1, 2]],
  ],
})

/** As gather, with the index and self broadcast to each other but for `dim`; without `dim` of all in a row. Source: torch.take_along_dim. */
export const takeAlongDim = defineWithOptions({
  name: 'takeAlongDim',
  positional: ['dim'],
  call(self: Tensor, indices: Tensor, { dim }: { readonly dim?: number }): Tensor {
    if (dim === undefined) return self.reshape([-1]).gather(0, indices.reshape([-1]))
    const d = normalizeDim(dim, self.ndim)
    const wide = self.shape.map((n, i) => (i === d ? 1 : Math.max(n, indices.shape[i]!)))
    const fitted = (x: Tensor): Tensor => x.expand(wide.with(d, x.shape[d]!))
    return fitted(self).gather(d, fitted(indices))
  },
  samples: [
    [signed, integers([3, 2], 0, 4), 1],
    [signed, integers([1, 2], 0, 4), 1],
    [signed, integers([2], 0, 12)],
  ],
})

/** self with `src` where `show` shows; src has its shape. */
function written(self: Tensor, src: Tensor, at: (places: Tensor) => Tensor): Tensor {
  const places = self.newArange(self.numel()).reshape(self.shape)
  const shown = at(places).reshape([-1])
  if (shown.numel() === 0) return self.clone()
  const put = self.reshape([-1]).scatter(0, shown, src.to(self.dtype).reshape([-1]))
  return put.reshape(self.shape)
}

function requireShape(name: string, src: Tensor, shape: Shape): void {
  if (!sameShape(src.shape, shape))
    throw new RangeError(`${name}: src must be ${formatShape(shape)}, not ${formatShape(src.shape)}.`)
}

/** self with `src` at one index of a dimension. Source: torch.select_scatter. */
export const selectScatter = defineFunction({
  name: 'selectScatter',
  call(self: Tensor, src: Tensor, dim: number, index: number): Tensor {
    return written(self, src, (places) => {
      const shown = places.select(dim, index)
      requireShape('selectScatter', src, shown.shape)
      return shown
    })
  },
  samples: [
    [cube, uniform([2, 4]), 1, 1],
    [cube, uniform([2, 3]), -1, -1],
  ],
})

/** self with `src` at a slice of a dimension. Source: torch.slice_scatter. */
export const sliceScatter = defineWithOptions({
  name: 'sliceScatter',
  positional: ['dim', 'start', 'end', 'step'],
  call(
    self: Tensor,
    src: Tensor,
    {
      dim = 0,
      start = 0,
      end,
      step = 1,
    }: { readonly dim?: number; readonly start?: number; readonly end?: number; readonly step?: number },
  ): Tensor {
    return written(self, src, (places) => {
      const shown = places.slice(dim, start, end, step)
      requireShape('sliceScatter', src, shown.shape)
      return shown
    })
  },
  samples: [
    [integers([2, 3, 4], 0, 9), integers([2, 2, 4], 0, 9), 1, 1, 3, 1],
    [integers([2, 3, 4], 0, 9), integers([2, 3, 2], 0, 9), 2, 0, 4, 2],
  ],
})

/** self with `src`, of the diagonal's shape, on its diagonal. Errors: a RangeError for another shape. Source: torch.diagonal_scatter. */
export const diagonalScatter = defineWithOptions({
  name: 'diagonalScatter',
  positional: ['offset', 'dim1', 'dim2'],
  call(
    self: Tensor,
    src: Tensor,
    {
      offset = 0,
      dim1 = 0,
      dim2 = 1,
    }: { readonly offset?: number; readonly dim1?: number; readonly dim2?: number },
  ): Tensor {
    return written(self, src, (places) => {
      const shown = diagonal(places, offset, dim1, dim2)
      requireShape('diagonalScatter', src, shown.shape)
      return shown
    })
  },
  samples: [
    [signed, uniform([3])],
    [signed, uniform([3]), 1],
  ],
})

const column = (index: Tensor, rank: number, d: number): Tensor =>
  index.reshape(Array.from({ length: rank }, (_, i) => (i === d ? index.numel() : 1)))

/** self with alpha · source[…i…] added at […index[i]…] along `dim`. Source: torch.index_add. */
export const indexAdd = defineWithOptions({
  name: 'indexAdd',
  positional: [],
  named: ['alpha'],
  call(
    self: Tensor,
    dim: number,
    index: Tensor,
    source: Tensor,
    { alpha = 1 }: { readonly alpha?: number },
  ): Tensor {
    const d = dimOf(dim, self.ndim)
    return listed(self, (x) => {
      const from = source.ndim === 0 ? source.reshape([1]) : source
      const added = from.scatterSum(d, column(index, x.ndim, d), x.shape)
      return x.add(added, { alpha })
    })
  },
  samples: [
    [signed, 0, integers([4], 0, 3), uniform([4, 4])],
    [signed, 1, integers([2], 0, 4), uniform([3, 2]), { alpha: 2 }],
  ],
})

/**
 * self with `value` at each place along `dim` that a list int32 [n] names; negative ones count from the end. Errors: a RangeError for a
 * dimension that is none. Source: torch.index_fill.
 */
export const indexFill = defineFunction({
  name: 'indexFill',
  call(self: Tensor, dim: number, index: Tensor, value: Operand): Tensor {
    const d = dimOf(dim, self.ndim)
    return listed(self, (x) => {
      const along = x.shape.map((n, i) => (i === d ? n : 1))
      const places = wrapped(index.reshape([-1, 1]), x.shape[d]!)
      const hit = places.eq(x.newArange(x.shape[d]!)).any(0).reshape(along)
      return hit.choose(replacement(value, x), x)
    })
  },
  samples: [
    [signed, 0, values([2], [0, 2], 'int32'), 5],
    [signed, 1, values([1], [3], 'int32'), -1],
    [signed, 0, values([2], [-1, 0], 'int32'), 2],
  ],
})

/** self with source[…i…] at […index[i]…] along `dim`. Source: torch.index_copy. */
export const indexCopy = defineFunction({
  name: 'indexCopy',
  call(self: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    const d = dimOf(dim, self.ndim)
    return listed(self, (x) => {
      const from = source.ndim === 0 ? source.reshape([1]) : source
      return x.scatter(d, column(index, x.ndim, d).expand(from.shape), from)
    })
  },
  samples: [[signed, 0, values([2], [2, 0], 'int32'), uniform([2, 4])]],
})

/** Summed back to a shape that broadcasts to self's. Source: torch.Tensor.sum_to_size. */
export const sumToSize = defineVariadic({
  name: 'sumToSize',
  torch: 'torch.Tensor',
  call(self: Tensor, ...sizes: Sizes): Tensor {
    const shape = sizesOf('sumToSize', sizes)
    const lead = self.ndim - shape.length
    const dims = self.shape.flatMap((n, i) => (i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []))
    return dims.length === 0 ? self : self.sum(dims).reshape(shape)
  },
  samples: [
    [signed, 1, 4],
    [cube, [3, 1]],
  ],
})

type New = readonly [shape: Shape, options?: TensorOptions] | readonly number[]

function newFilled(name: string, self: Tensor, args: readonly unknown[], value: number): Tensor {
  const last = args.at(-1)
  const options = typeof last === 'object' && !Array.isArray(last) ? (last as TensorOptions) : {}
  checkOptions(name, options)
  const shape = sizesOf(name, options === last ? args.slice(0, -1) : args)
  const device = options.device === undefined ? self.device : deviceOf(options)
  const made = apply(ops.full, [], { shape, value, dtype: options.dtype ?? self.dtype }, device)
  return finish(made, options)
}

/** Zeros of another shape, in self's type and on its device. Source: torch.Tensor.new_zeros. */
export const newZeros = defineVariadic({
  name: 'newZeros',
  torch: 'torch.Tensor',
  call: (self: Tensor, ...args: New): Tensor => newFilled('newZeros', self, args, 0),
  samples: [
    [signed, [2, 3]],
    [whole, 2, 2],
  ],
})

/** Ones of another shape, in self's type and on its device. Source: torch.Tensor.new_ones. */
export const newOnes = defineVariadic({
  name: 'newOnes',
  torch: 'torch.Tensor',
  call: (self: Tensor, ...args: New): Tensor => newFilled('newOnes', self, args, 1),
  samples: [
    [signed, [2, 3]],
    [whole, 2, 2],
  ],
})

/** A tensor for values to come, in self's type and on its device: zeros here. Source: torch.Tensor.new_empty. */
export const newEmpty = defineVariadic({
  name: 'newEmpty',
  torch: 'torch.Tensor',
  call: (self: Tensor, ...args: New): Tensor => newFilled('newEmpty', self, args, 0),
  samples: [
    [signed, [0, 3]],
    [whole, 2, 0],
  ],
})
