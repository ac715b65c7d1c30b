/** The same elements in other places: most of these are views, which share the memory of what they show. */
import * as ops from '../ops/index.ts'
import { booleans, integers, uniform } from '../ops/samples.ts'
import { apply, type Tensor } from '../tensor/core.ts'
import { wholeNumber } from '../tensor/arguments.ts'
import {
  broadcastShapes,
  formatShape,
  inferReshape,
  normalizeDim,
  normalizeDims,
  normalizeRange,
  numel,
  sameShape,
  type Shape,
} from '../tensor/shape.ts'
import { defineFunction, defineVariadic, defineWithOptions, sizesOf, type Sizes } from './define.ts'
import { knownNumbers } from './operands.ts'
import { one, signed, whole } from './samples.ts'

const cube = uniform([2, 3, 4])

/** The same elements in row-major order in another shape, of which one extent may be −1. Source: torch.reshape. */
export const reshape = defineVariadic({
  name: 'reshape',
  call(self: Tensor, ...sizes: Sizes): Tensor {
    const shape = inferReshape(self.shape, sizesOf('reshape', sizes))
    return sameShape(shape, self.shape) ? self : apply(ops.reshape, [self], { shape })
  },
  samples: [
    [cube, [4, 6]],
    [cube, [2, -1]],
    [cube, [24]],
    [uniform([]), [1, 1]],
    [uniform([0, 4]), [2, 0]],
  ],
})

/**
 * As reshape; or, with the name of a type of four bytes, the same bits as numbers of that type, a copy without a gradient:
 * `x.view('int32')`. Source: torch.Tensor.view. Errors: a TypeError for types of other widths.
 */
export const view = defineVariadic({
  name: 'view',
  torch: 'torch.Tensor',
  call(self: Tensor, ...sizes: Sizes | readonly [dtype: Wide]): Tensor {
    const [dtype] = sizes
    if (typeof dtype !== 'string') return reshape(self, ...(sizes as Sizes))
    for (const type of [self.dtype, dtype])
      if (!wide.includes(type as Wide))
        throw new TypeError(`view: bits are seen as ${wide.join(', ')}, not ${type}.`)
    return apply(ops.bitsAs, [self], { dtype })
  },
  samples: [
    [cube, 4, 6],
    [cube, [2, -1]],
  ],
})
type Wide = 'float32' | 'int32' | 'uint32'
const wide: readonly Wide[] = ['float32', 'int32', 'uint32']

/** In the shape of another tensor. Source: torch.Tensor.reshape_as. */
export const reshapeAs = defineFunction({
  name: 'reshapeAs',
  torch: 'torch.Tensor',
  call: (self: Tensor, other: Tensor): Tensor => reshape(self, other.shape),
  samples: [[cube, uniform([4, 6])]],
})

/** As reshapeAs. Source: torch.Tensor.view_as. */
export const viewAs = defineFunction({
  name: 'viewAs',
  torch: 'torch.Tensor',
  call: (self: Tensor, other: Tensor): Tensor => reshape(self, other.shape),
  samples: [[cube, uniform([4, 6])]],
})

interface Ends {
  readonly startDim?: number
  readonly endDim?: number
}

/**
 * Dimensions startDim … endDim as one; all of them without: [2, 3, 4].flatten(1) is [2, 12]. Errors: a RangeError for dimensions that are
 * none, or in the wrong order. Source: torch.flatten.
 */
export const flatten = defineWithOptions({
  name: 'flatten',
  positional: ['startDim', 'endDim'],
  call(self: Tensor, { startDim = 0, endDim = -1 }: Ends): Tensor {
    if (self.ndim === 0) return reshape(self, [1])
    const [start, end] = [normalizeDim(startDim, self.ndim), normalizeDim(endDim, self.ndim)]
    if (start > end) throw new RangeError(`flatten: startDim ${startDim} comes after endDim ${endDim}.`)
    const joined = numel(self.shape.slice(start, end + 1))
    return reshape(self, [...self.shape.slice(0, start), joined, ...self.shape.slice(end + 1)])
  },
  samples: [[cube], [cube, 1], [cube, 0, 1], [cube, { endDim: -2 }], [uniform([])]],
})

/** All elements in one dimension, [n], row by row. Source: torch.ravel. */
export const ravel = defineFunction({
  name: 'ravel',
  call: (self: Tensor): Tensor => reshape(self, [-1]),
  samples: [[cube]],
})

/** One dimension as several, of which one extent may be −1. Source: torch.unflatten. */
export const unflatten = defineFunction({
  name: 'unflatten',
  call(self: Tensor, dim: number, sizes: Shape): Tensor {
    const d = normalizeDim(dim, self.ndim)
    const parts = inferReshape([self.shape[d]!], sizes)
    return reshape(self, [...self.shape.slice(0, d), ...parts, ...self.shape.slice(d + 1)])
  },
  samples: [
    [cube, 2, [2, 2]],
    [cube, -1, [-1, 2]],
  ],
})

/** Without dimensions of extent 1: all, or those named. Source: torch.squeeze. */
export const squeeze = defineWithOptions({
  name: 'squeeze',
  positional: ['dim'],
  call(self: Tensor, { dim }: { readonly dim?: number | readonly number[] }): Tensor {
    const dims = normalizeDims(dim, self.ndim)
    return reshape(
      self,
      self.shape.filter((n, i) => n !== 1 || !dims.includes(i)),
    )
  },
  samples: [[uniform([1, 3, 1])], [uniform([1, 3, 1]), 0], [uniform([1, 3, 1]), 1]],
})

/** With a dimension of extent 1 more, before `dim`. Source: torch.unsqueeze. */
export const unsqueeze = defineFunction({
  name: 'unsqueeze',
  call: (self: Tensor, dim: number): Tensor =>
    reshape(self, self.shape.toSpliced(normalizeDim(dim, self.ndim + 1), 0, 1)),
  samples: [
    [cube, 0],
    [cube, -1],
    [cube, 2],
    [uniform([]), 0],
  ],
})

/**
 * Dimensions in another order: [2, 3, 4].permute(2, 0, 1) is [4, 2, 3]. A view. Errors: a RangeError unless each comes once. Source:
 * torch.permute.
 */
export const permute = defineVariadic({
  name: 'permute',
  call(self: Tensor, ...dims: Sizes): Tensor {
    const given = sizesOf('permute', dims)
    const order = given.map((d) => normalizeDim(d, self.ndim))
    if (order.length !== self.ndim || new Set(order).size !== self.ndim)
      throw new RangeError(`permute needs each of ${self.ndim} dimensions once, not [${given.join(', ')}].`)
    return apply(ops.permute, [self], { dims: order })
  },
  samples: [
    [cube, [2, 0, 1]],
    [cube, [0, -1, 1]],
  ],
})

/**
 * Two dimensions exchanged: [2, 3].transpose(0, 1) is [3, 2]. A view. Errors: a RangeError for a dimension that is none. Source:
 * torch.transpose.
 */
export const transpose = defineFunction({
  name: 'transpose',
  call(self: Tensor, dim0: number, dim1: number): Tensor {
    const order = self.shape.map((_, i) => i)
    const [i, j] = [normalizeDim(dim0, self.ndim), normalizeDim(dim1, self.ndim)]
    return self.ndim === 0 ? self : permute(self, order.with(i, j).with(j, i))
  },
  samples: [
    [cube, 0, 2],
    [cube, -1, 1],
    [signed, 0, 0],
  ],
})

/** As transpose. Source: torch.swapaxes. */
export const swapaxes = defineFunction({
  name: 'swapaxes',
  call: (self: Tensor, axis0: number, axis1: number): Tensor => transpose(self, axis0, axis1),
  samples: [[cube, 0, 2]],
})

/** As transpose. Source: torch.swapdims. */
export const swapdims = defineFunction({
  name: 'swapdims',
  call: (self: Tensor, dim0: number, dim1: number): Tensor => transpose(self, dim0, dim1),
  samples: [[cube, 0, 2]],
})

/** Rows as columns, of at most two dimensions. Source: torch.t. */
export const t = defineFunction({
  name: 't',
  call(self: Tensor): Tensor {
    if (self.ndim > 2) throw new RangeError(`t takes at most 2 dimensions, not ${formatShape(self.shape)}.`)
    return self.ndim < 2 ? self : transpose(self, 0, 1)
  },
  samples: [[signed], [uniform([5])]],
})

type Dims = number | readonly number[]
const listOf = (dims: Dims): readonly number[] => (typeof dims === 'number' ? [dims] : dims)

/** Dimensions `source` at the places `destination`; the others keep their order. Source: torch.movedim. */
export const movedim = defineFunction({
  name: 'movedim',
  call(self: Tensor, source: Dims, destination: Dims): Tensor {
    const from = listOf(source).map((d) => normalizeDim(d, self.ndim))
    const to = listOf(destination).map((d) => normalizeDim(d, self.ndim))
    if (from.length !== to.length || new Set(from).size < from.length || new Set(to).size < to.length)
      throw new RangeError('movedim needs as many different places as different dimensions.')
    const order = self.shape.map((_, i) => to.indexOf(i)).map((i) => (i < 0 ? -1 : from[i]!))
    const rest = self.shape.map((_, i) => i).filter((d) => !from.includes(d))
    return permute(
      self,
      order.map((d) => (d < 0 ? rest.shift()! : d)),
    )
  },
  samples: [
    [cube, 0, 2],
    [cube, [0, 1], [1, 2]],
    [cube, -1, 0],
  ],
})

/** Extents of 1 stretched, and leading dimensions added; −1 keeps an extent. Source: torch.Tensor.expand. */
export const expand = defineVariadic({
  name: 'expand',
  torch: 'torch.Tensor',
  call(self: Tensor, ...sizes: Sizes): Tensor {
    const given = sizesOf('expand', sizes)
    const lead = given.length - self.ndim
    const shape = given.map((n, i) => (n === -1 && i >= lead ? self.shape[i - lead]! : n))
    return sameShape(shape, self.shape) ? self : apply(ops.expand, [self], { shape })
  },
  samples: [
    [uniform([3, 1]), 3, 4],
    [uniform([4]), [2, 3, 4]],
    [uniform([3, 1]), [2, -1, 5]],
    [uniform([]), [2]],
  ],
})

/** As expand. Source: torch.broadcast_to. */
export const broadcastTo = defineVariadic({
  name: 'broadcastTo',
  call: (self: Tensor, ...sizes: Sizes): Tensor => expand(self, ...sizes),
  samples: [[uniform([3, 1]), [3, 4]]],
})

/** Expanded to the shape of another tensor. Source: torch.Tensor.expand_as. */
export const expandAs = defineFunction({
  name: 'expandAs',
  torch: 'torch.Tensor',
  call: (self: Tensor, other: Tensor): Tensor => expand(self, other.shape),
  samples: [[uniform([3, 1]), signed]],
})

/** All in the shape they broadcast to. Source: torch.broadcast_tensors. */
export const broadcastTensors = defineVariadic({
  name: 'broadcastTensors',
  isMethod: false,
  call(...tensors: readonly Tensor[]): Tensor[] {
    const shape = tensors.map((x) => x.shape).reduce((a, b) => broadcastShapes(a, b), [])
    return tensors.map((x) => expand(x, shape))
  },
  samples: [[uniform([3, 1]), uniform([4])]],
})

/** What PyTorch copies has memory of its own, also where nothing needs to be computed. */
const owned = (x: Tensor, source: Tensor): Tensor => (x === source || x.isView ? clone(x) : x)

/** Each dimension repeated so many times; leading ones are added. Source: torch.Tensor.repeat. */
export const repeat = defineVariadic({
  name: 'repeat',
  torch: 'torch.Tensor',
  call(self: Tensor, ...repeats: Sizes): Tensor {
    const times = sizesOf('repeat', repeats)
    const lead = times.length - self.ndim
    if (lead < 0)
      throw new RangeError(`repeat needs a number for each of ${self.ndim} dimensions, not ${times.length}.`)
    times.forEach((n) => wholeNumber('repeat: a number of times', n, 0))
    const shape = times.map((_, i) => (i < lead ? 1 : self.shape[i - lead]!))
    const stretchedShape = shape.flatMap((n, i) => [times[i]!, n])
    const apart = expand(
      reshape(
        self,
        shape.flatMap((n) => [1, n]),
      ),
      stretchedShape,
    )
    const repeated = shape.map((n, i) => n * times[i]!)
    return owned(reshape(apart, repeated), self)
  },
  samples: [
    [signed, 2, 3],
    [signed, [2, 1, 2]],
    [uniform([3]), 4],
  ],
})

/** As repeat, with ones added in front of too few numbers. Source: torch.tile. */
export const tile = defineVariadic({
  name: 'tile',
  call(self: Tensor, ...dims: Sizes): Tensor {
    const times = sizesOf('tile', dims)
    return repeat(self, [...new Array<number>(Math.max(0, self.ndim - times.length)).fill(1), ...times])
  },
  samples: [
    [signed, [2]],
    [signed, [2, 3]],
    [signed, [2, 1, 1]],
  ],
})

/** Each element `repeats` times in a row: along `dim`, else of all in one dimension. Source: torch.repeat_interleave. */
export const repeatInterleave = defineWithOptions({
  name: 'repeatInterleave',
  positional: ['dim'],
  call(self: Tensor, repeats: number | Tensor, { dim }: { readonly dim?: number }): Tensor {
    const x = dim === undefined ? reshape(self, [-1]) : self
    const d = dim === undefined ? 0 : normalizeDim(dim, x.ndim)
    const each = typeof repeats === 'object' ? knownNumbers('repeatInterleave: repeats', repeats) : [repeats]
    each.forEach((n) => wholeNumber('repeatInterleave: repeats', n, 0))
    if (each.length !== 1) return repeatedEach(x, d, each)
    const times = each[0]!
    const apart = expand(unsqueeze(x, d + 1), [...x.shape.slice(0, d + 1), times, ...x.shape.slice(d + 1)])
    return owned(reshape(apart, x.shape.with(d, x.shape[d]! * times)), self)
  },
  samples: [
    [signed, 2],
    [signed, 3, 1],
    [signed, 2, { dim: 0 }],
    [signed, integers([3], 0, 4), 0],
  ],
})

/** The i-th element of a dimension so many times as the i-th number says. */
function repeatedEach(x: Tensor, d: number, times: readonly number[]): Tensor {
  if (times.length !== x.shape[d])
    throw new RangeError(
      `repeatInterleave: ${times.length} numbers of times do not fit dimension ${d} of ${formatShape(x.shape)}.`,
    )
  const parts = times.map((n, i) =>
    expand(
      narrowed(x, d, i, 1),
      x.shape.map((extent, j) => (j === d ? n : extent)),
    ),
  )
  return parts.length === 0 ? x : cat(parts, d)
}

interface Range {
  readonly dim?: number
  readonly start?: number
  readonly end?: number
  readonly step?: number
}

/**
 * Every `step`-th element from start to end − 1 of one dimension, as Python's slices: negative ends count from the back,
 * and what lies beyond the dimension is cut off. Source: x[start:end:step].
 */
export const slice = defineWithOptions({
  name: 'slice',
  torch: 'torch.ops.aten',
  positional: ['dim', 'start', 'end', 'step'],
  call(self: Tensor, { dim = 0, start = 0, end, step = 1 }: Range): Tensor {
    const d = normalizeDim(dim, self.ndim)
    const extent = self.shape[d]!
    const [from, to] = normalizeRange(start, end ?? extent, extent)
    wholeNumber('slice: step', step, 1)
    const part = narrowed(self, d, from, to - from)
    return step === 1 ? part : apply(ops.every, [part], { dim: d, step })
  },
  samples: [
    [cube, 1, 1, 3],
    [cube, 2, -3],
    [cube, 2, 0, 4, 2],
    [cube, 2, 0, 100, 3],
    [cube, 0, 5, 9],
  ],
})

function onlyNumber(what: string, given: Tensor): number {
  if (given.numel() !== 1)
    throw new RangeError(`${what} must be one number, not ${formatShape(given.shape)}.`)
  return knownNumbers(what, given)[0]!
}

function narrowed(self: Tensor, d: number, start: number, length: number): Tensor {
  return self.shrink(self.shape.map((n, i) => (i === d ? [start, start + length] : [0, n])))
}

/** `length` elements of a dimension from `start` on. Source: torch.narrow. */
export const narrow = defineFunction({
  name: 'narrow',
  call(self: Tensor, dim: number, start: number | Tensor, length: number): Tensor {
    const d = normalizeDim(dim, self.ndim)
    const extent = self.shape[d]!
    const first = typeof start === 'number' ? start : onlyNumber('narrow: start', start)
    const from = first < 0 ? first + extent : first
    wholeNumber('narrow: length', length, 0)
    if (!Number.isInteger(from) || from < 0 || from + length > extent)
      throw new RangeError(
        `narrow: ${length} elements from ${first} are not in dimension ${dim} of ${formatShape(self.shape)}.`,
      )
    return narrowed(self, d, from, length)
  },
  samples: [
    [cube, 1, 1, 2],
    [cube, 2, -2, 1],
    [cube, 1, integers([], 1, 2), 2],
  ],
})

/** One element of a dimension, without that dimension. Source: torch.select. */
export const select = defineFunction({
  name: 'select',
  call(self: Tensor, dim: number, index: number): Tensor {
    const d = normalizeDim(dim, self.ndim)
    const extent = self.shape[d] ?? 0
    const at = index < 0 ? index + extent : index
    if (!Number.isInteger(at) || at < 0 || at >= extent)
      throw new RangeError(`select: ${index} is no index of dimension ${dim} of ${formatShape(self.shape)}.`)
    return reshape(narrowed(self, d, at, 1), self.shape.toSpliced(d, 1))
  },
  samples: [
    [cube, 1, 1],
    [cube, -1, -1],
  ],
})

/** Parts of a dimension: of `splitSize` each, the last perhaps smaller, or of the sizes listed. Source: torch.split. */
export const split = defineWithOptions({
  name: 'split',
  positional: ['dim'],
  call(
    self: Tensor,
    splitSize: number | readonly number[],
    { dim = 0 }: { readonly dim?: number },
  ): Tensor[] {
    const d = normalizeDim(dim, self.ndim)
    const extent = self.shape[d]!
    const sizes = typeof splitSize === 'number' ? equalParts(extent, splitSize) : splitSize
    if (sizes.reduce((a, b) => a + b, 0) !== extent)
      throw new RangeError(
        `split: sizes ${formatShape(sizes)} do not add up to ${extent}, the extent of dimension ${dim}.`,
      )
    let start = 0
    return sizes.map((size) => {
      start += size
      return narrowed(self, d, start - size, size)
    })
  },
  samples: [
    [uniform([7, 2]), 3],
    [uniform([7, 2]), [2, 5]],
    [cube, 2, 2],
    [cube, 2, { dim: -1 }],
  ],
})

function equalParts(extent: number, size: number): number[] {
  wholeNumber('split: the size', size, 1)
  const count = Math.max(1, Math.ceil(extent / size))
  return Array.from({ length: count }, (_, i) => Math.min(size, extent - i * size))
}

/**
 * At most so many parts of equal size along `dim`, the last perhaps smaller: [7] in 3 is [3], [3], [1]. Errors: a RangeError for less
 * than one part, and a dimension that is none. Source: torch.chunk.
 */
export const chunk = defineWithOptions({
  name: 'chunk',
  positional: ['dim'],
  call(self: Tensor, chunks: number, { dim = 0 }: { readonly dim?: number }): Tensor[] {
    wholeNumber('chunk: chunks', chunks, 1)
    const extent = self.shape[normalizeDim(dim, self.ndim)]!
    // Nothing is divided into as many nothings as were asked for.
    if (extent === 0) return Array.from({ length: chunks }, () => narrow(self, dim, 0, 0))
    return split(self, Math.max(1, Math.ceil(extent / chunks)), { dim })
  },
  samples: [
    [uniform([7, 2]), 3],
    [cube, 2, 2],
    [uniform([6]), 4],
  ],
})

/** Every element of a dimension by itself. Source: torch.unbind. */
export const unbind = defineWithOptions({
  name: 'unbind',
  positional: ['dim'],
  call(self: Tensor, { dim = 0 }: { readonly dim?: number }): Tensor[] {
    const d = normalizeDim(dim, self.ndim)
    return Array.from({ length: self.shape[d]! }, (_, i) => select(self, d, i))
  },
  samples: [[cube], [cube, 1]],
})

/**
 * Elements along one dimension or several in reverse order, in self's shape. Errors: a RangeError for a dimension that is none. Source:
 * torch.flip.
 */
export const flip = defineVariadic({
  name: 'flip',
  call: (self: Tensor, ...dims: Sizes): Tensor =>
    apply(ops.flip, [self], { dims: normalizeDims(sizesOf('flip', dims), self.ndim) }),
  samples: [
    [cube, [0]],
    [cube, [1, -1]],
  ],
})

/** Columns in reverse order, in self's shape. Errors: a RangeError for less than two dimensions. Source: torch.fliplr. */
export const fliplr = defineFunction({
  name: 'fliplr',
  call: (self: Tensor): Tensor => flip(self, [1]),
  samples: [[signed]],
})

/** Rows in reverse order, in self's shape. Source: torch.flipud. */
export const flipud = defineFunction({
  name: 'flipud',
  call: (self: Tensor): Tensor => flip(self, [0]),
  samples: [[signed]],
})

/** Elements moved along dimensions, those that fall off coming back in front; of all in a row without `dims`. Source: torch.roll. */
export const roll = defineWithOptions({
  name: 'roll',
  positional: ['dims'],
  call(self: Tensor, shifts: Dims, { dims }: { readonly dims?: Dims }): Tensor {
    if (dims === undefined || listOf(dims).length === 0) {
      if (listOf(shifts).length !== 1) throw new RangeError('roll without dims takes one shift.')
      return reshape(rolled(reshape(self, [-1]), 0, listOf(shifts)[0]!), self.shape)
    }
    if (listOf(shifts).length !== listOf(dims).length)
      throw new RangeError('roll needs one shift for each dimension.')
    return listOf(dims).reduce((x, d, i) => rolled(x, normalizeDim(d, x.ndim), listOf(shifts)[i]!), self)
  },
  samples: [
    [cube, 1, 1],
    [cube, -5],
    [cube, [1, 2], [0, 2]],
  ],
})

function rolled(x: Tensor, d: number, shift: number): Tensor {
  const extent = x.shape[d]!
  const by = extent === 0 ? 0 : ((shift % extent) + extent) % extent
  return by === 0 ? clone(x) : cat([narrowed(x, d, extent - by, by), narrowed(x, d, 0, extent - by)], d)
}

/**
 * Tensors end to end along `dim`, 0 by default: [2, 3] and [4, 3] make [6, 3]; one of no elements, [0], goes with any. Errors: a
 * RangeError for none, and for extents that differ along other dimensions. Source: torch.cat.
 */
export const cat = defineWithOptions({
  name: 'cat',
  isMethod: false,
  positional: ['dim'],
  call(tensors: readonly Tensor[], { dim = 0 }: { readonly dim?: number }): Tensor {
    if (!Array.isArray(tensors) || tensors.length === 0)
      throw new RangeError('cat needs a list of at least one tensor.')
    // A list of no numbers fits everything, as in PyTorch.
    const list = tensors as readonly Tensor[]
    const model = list.find((x) => !(x.ndim === 1 && x.shape[0] === 0)) ?? list[0]!
    if (list.length === 1) return clone(model)
    const d = normalizeDim(dim, model.ndim)
    const fitting = list.map((x) =>
      x.ndim === 1 && x.shape[0] === 0 ? reshape(x, model.shape.with(d, 0)) : x,
    )
    return apply(ops.cat, fitting, { dim: d })
  },
  samples: [
    [[signed, uniform([2, 4])]],
    [[signed, uniform([3, 1])], 1],
    [[signed, whole], { dim: -1 }],
    [[uniform([0]), uniform([3])]],
    [[signed, uniform([0])]],
  ],
})

/**
 * Tensors of one shape along a new dimension, 0 by default: two of [3] make [2, 3]. Errors: a RangeError for none, and for shapes that
 * differ. Source: torch.stack.
 */
export const stack = defineWithOptions({
  name: 'stack',
  isMethod: false,
  positional: ['dim'],
  call: (tensors: readonly Tensor[], { dim = 0 }: { readonly dim?: number }): Tensor =>
    cat(
      tensors.map((x) => unsqueeze(x, dim)),
      dim < 0 ? dim + (tensors[0]?.ndim ?? 0) + 1 : dim,
    ),
  samples: [[[signed, uniform([3, 4], -1, 1)]], [[signed, signed], 1], [[signed, signed], -1]],
})

/** Side by side, along the second dimension; vectors end to end. Errors: as cat. Source: torch.hstack. */
export const hstack = defineFunction({
  name: 'hstack',
  isMethod: false,
  call: (tensors: readonly Tensor[]): Tensor => {
    const list = tensors.map((x) => (x.ndim === 0 ? reshape(x, [1]) : x))
    return cat(list, list[0]?.ndim === 1 ? 0 : 1)
  },
  samples: [[[signed, uniform([3, 1])]], [[uniform([2]), uniform([3])]]],
})

/** One under the other, vectors [n] as rows [1, n]: two of [3] make [2, 3]. Errors: as cat. Source: torch.vstack. */
export const vstack = defineFunction({
  name: 'vstack',
  isMethod: false,
  call: (tensors: readonly Tensor[]): Tensor =>
    cat(
      tensors.map((x) => (x.ndim < 2 ? reshape(x, [1, x.numel()]) : x)),
      0,
    ),
  samples: [[[signed, uniform([2, 4])]], [[uniform([3]), uniform([3], -1, 1)]]],
})

/** The positions [rows, columns] at which column − row ≥ diagonal. */
function beyond(self: Tensor, diagonal: number): Tensor {
  const [rows, columns] = self.shape.slice(-2) as [number, number]
  const distance = self.newArange(columns).sub(unsqueeze(self.newArange(rows), 1))
  return distance.ge(diagonal)
}

function requireMatrix(name: string, { ndim, shape }: Tensor): void {
  if (ndim < 2) throw new RangeError(`${name} needs at least 2 dimensions, not ${formatShape(shape)}.`)
}

/** Zeros below the diagonal of each matrix. Source: torch.triu. */
export const triu = defineWithOptions({
  name: 'triu',
  positional: ['diagonal'],
  call(self: Tensor, { diagonal = 0 }: { readonly diagonal?: number }): Tensor {
    requireMatrix('triu', self)
    return beyond(self, diagonal).choose(self, 0)
  },
  samples: [[signed], [cube, 1], [cube, -1]],
})

/** Zeros above the diagonal of each matrix. Source: torch.tril. */
export const tril = defineWithOptions({
  name: 'tril',
  positional: ['diagonal'],
  call(self: Tensor, { diagonal = 0 }: { readonly diagonal?: number }): Tensor {
    requireMatrix('tril', self)
    return beyond(self, diagonal + 1).choose(0, self)
  },
  samples: [[signed], [cube, 1], [cube, -1]],
})

/** A number of its own for each position of a matrix's diagonal: [min(rows, columns)] at the end. Source: torch.diagonal. */
export const diagonal = defineWithOptions({
  name: 'diagonal',
  positional: ['offset', 'dim1', 'dim2'],
  call(
    self: Tensor,
    {
      offset = 0,
      dim1 = 0,
      dim2 = 1,
    }: { readonly offset?: number; readonly dim1?: number; readonly dim2?: number },
  ): Tensor {
    const [d1, d2] = [normalizeDim(dim1, self.ndim), normalizeDim(dim2, self.ndim)]
    if (d1 === d2) throw new RangeError('diagonal needs two different dimensions.')
    return apply(ops.diagonal, [movedim(self, [d1, d2], [-2, -1])], { offset })
  },
  samples: [[signed], [signed, 1], [signed, -1], [cube, 0, 1, 2], [cube, { offset: 1, dim1: -1, dim2: 0 }]],
})

/** A vector as the diagonal of a square matrix, or the diagonal of a matrix. Source: torch.diag. */
export const diag = defineWithOptions({
  name: 'diag',
  positional: ['diagonal'],
  call(self: Tensor, { diagonal: offset = 0 }: { readonly diagonal?: number }): Tensor {
    if (self.ndim === 2) return clone(diagonal(self, offset))
    if (self.ndim !== 1)
      throw new RangeError(`diag takes one or two dimensions, not ${formatShape(self.shape)}.`)
    const size = self.shape[0]! + Math.abs(offset)
    const row = self.pad([[Math.max(0, -offset), Math.max(0, offset)]])
    const distance = self.newArange(size).sub(unsqueeze(self.newArange(size), 1))
    return distance.eq(offset).choose(unsqueeze(row, 1), 0)
  },
  samples: [[uniform([3])], [uniform([3]), 1], [uniform([3]), -2], [signed]],
})

/** The same values in memory of their own. Source: torch.clone. */
export const clone = defineFunction({
  name: 'clone',
  call: (self: Tensor): Tensor => apply(ops.clone, [self], null),
  samples: one(signed, whole, booleans([2, 2])),
})

/** This tensor: its elements always lie in row-major order. Source: torch.Tensor.contiguous. */
export const contiguous = defineFunction({
  name: 'contiguous',
  torch: 'torch.Tensor',
  call: (self: Tensor): Tensor => self,
  samples: one(signed, integers([2], 0, 3)),
})
