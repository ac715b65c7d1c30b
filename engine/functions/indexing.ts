/** Elements looked up by position. What an index out of range gives is said with the op: a device cannot raise. */
import * as ops from '../ops/index.ts'
import { booleans, integers, uniform, values } from '../ops/samples.ts'
import { wholeNumber } from '../tensor/arguments.ts'
import { apply, Tensor } from '../tensor/core.ts'
import { isFloating } from '../tensor/dtype.ts'
import { broadcastShapes, formatShape, numel, sameShape, type Shape } from '../tensor/shape.ts'
import { defineFunction, defineVariadic, defineWithOptions, type OrByName } from './define.ts'
import {
  atLeastList,
  dimOf,
  heldBy,
  isReadable,
  knownNumbers,
  listed,
  operand,
  refuseLarger,
  wrapped,
  type Operand,
} from './operands.ts'
import { signed } from './samples.ts'

interface Sparse {
  /** Taken for the sake of PyTorch's programs: gradients are dense. */
  readonly sparseGrad?: boolean
}

/**
 * out[…i…] = self[…index[…i…]…] along `dim`: in the shape of the index, int32. An index out of range gives NaN, or −2³¹ of whole numbers: a
 * device cannot raise. Errors: a RangeError for a dimension that is none, a TypeError for an index of another type. Source: torch.gather.
 */
export const gather = defineWithOptions({
  name: 'gather',
  positional: [],
  named: ['sparseGrad'],
  call: (self: Tensor, dim: number, index: Tensor, options: Sparse): Tensor => {
    if (options.sparseGrad) throw new TypeError('gather: gradients are dense here; leave sparseGrad out.')
    const d = dimOf(dim, self.ndim)
    if (self.ndim === 0 || index.ndim === 0)
      return apply(ops.gather, [atLeastList(self), atLeastList(index)], { dim: d }).reshape(index.shape)
    return apply(ops.gather, [self, index], { dim: d })
  },
  samples: [
    [uniform([3, 5]), 1, integers([3, 2], 0, 5)],
    [uniform([4, 3]), 0, integers([6, 3], 0, 4)],
    [uniform([]), 0, integers([3], 0, 1)],
    [uniform([]), -1, integers([], 0, 1)],
  ],
})

/**
 * The rows (or columns …) along `dim` that a list int32 [n] names, in its order. An index out of range gives NaN, or −2³¹ of whole numbers:
 * a device cannot raise. Errors: a RangeError for a dimension that is none, a TypeError for an index of another type. Source:
 * torch.index_select.
 */
export const indexSelect = defineFunction({
  name: 'indexSelect',
  call: (self: Tensor, dim: number, index: Tensor): Tensor =>
    listed(self, (x) => apply(ops.indexSelect, [x, atLeastList(index)], { dim: dimOf(dim, self.ndim) })),
  samples: [
    [uniform([5, 3]), 0, integers([4], 0, 5)],
    [uniform([3, 5]), -1, integers([7], 0, 5)],
    [uniform([]), 0, integers([1], 0, 1)],
    [uniform([3, 5]), 1, integers([], 0, 5)],
  ],
})

/** self with every src[…i…] added at […index[…i…]…] along `dim`, first to last. Source: torch.scatter_add. */
export const scatterAdd = defineFunction({
  name: 'scatterAdd',
  call(self: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
    const d = dimOf(dim, self.ndim)
    return listed(self, (x) => {
      const at = atLeastList(index)
      refuseLarger('scatterAdd', at, x, d)
      const used = atLeastList(src).shrink(at.shape.map((n) => [0, n] as const))
      return x.add(used.scatterSum(d, at, x.shape))
    })
  },
  samples: [
    [uniform([3, 6]), 1, integers([3, 4], 0, 6), uniform([3, 4])],
    [uniform([3, 2]), 0, integers([5, 2], 0, 3), uniform([5, 2])],
    [uniform([]), 0, integers([], 0, 1), uniform([])],
  ],
})

/** The int32 position along `dim` at each place of an index of this shape, as a tensor of that shape. */
function counted(model: Tensor, shape: Shape, dim: number): Tensor {
  const along = shape.map((n, i) => (i === dim ? n : 1))
  return model.newArange(shape[dim]!).reshape(along).expand(shape)
}

interface ScatterOptions {
  /** What becomes of what was there: it is replaced by default, or added to, or multiplied. */
  readonly reduce?: 'add' | 'multiply'
}
type Scatter = (
  ...args: OrByName<
    [self: Tensor, dim: number, index: Tensor, src: Operand, options?: ScatterOptions],
    ScatterOptions & { readonly dim: number; readonly index: Tensor } & (
        { readonly src: Operand } | { readonly value: number }
      )
  >
) => Tensor

/**
 * self with src[…i…], a tensor or a number, at […index[…i…]…] along `dim`; of several for one place the last stands.
 * All arguments may be given by name. Source: torch.scatter.
 * Errors: a RangeError for an index and a src that do not fit, a TypeError for another reduce.
 */
export const scatter = defineWithOptions({
  name: 'scatter',
  lead: ['dim', 'index', 'src|value'],
  positional: [],
  named: ['reduce'],
  call(self: Tensor, dim: number, index: Tensor, src: Operand, { reduce }: ScatterOptions): Tensor {
    const d = dimOf(dim, self.ndim)
    return listed(self, (x) => {
      const at = atLeastList(index)
      refuseLarger('scatter', at, x, d)
      const given = atLeastList(operand(src, x)).to(x.dtype)
      const from =
        src instanceof Tensor ? given.shrink(at.shape.map((n) => [0, n] as const)) : given.expand(at.shape)
      if (reduce === 'add') return x.add(from.scatterSum(d, at, x.shape))
      if (reduce === 'multiply') return x.scatterReduce(d, at, from, 'prod')
      if (reduce !== undefined)
        throw new TypeError(
          `scatter: reduce can be 'add' or 'multiply', or left out, not '${String(reduce)}'.`,
        )
      if (at.numel() === 0) return x
      return placed(x, d, at, from)
    })
  },
  samples: [
    [uniform([3, 6]), 1, values([3, 2], [0, 5, 3, 1, 2, 4], 'int32'), uniform([3, 2])],
    [uniform([4, 2]), 0, values([2, 2], [0, 3, 2, 1], 'int32'), 1.5],
    [
      integers([4, 2], 0, 9),
      0,
      values([2, 2], [0, 3, 0, 1], 'int32'),
      integers([2, 2], 0, 9),
      { reduce: 'add' },
    ],
    [integers([4, 2], 1, 9), 0, values([2, 2], [0, 3, 0, 1], 'int32'), 3, { reduce: 'multiply' }],
    [uniform([4, 2]), { dim: 0, index: values([2, 2], [0, 3, 2, 1], 'int32'), value: 3 }],
    [uniform([]), 0, integers([], 0, 1), uniform([])],
  ],
}) as Scatter

/** `from` at its places in x. Which element is the last for a place is found by counting: each place takes one. */
function placed(x: Tensor, d: number, at: Tensor, from: Tensor): Tensor {
  const order = counted(x, at.shape, d)
  const one = at.newFull(at.shape, 1, 'int32')
  const taken = one.scatterSum(d, at, x.shape)
  // Later ones for the same place: those whose number equals theirs and that stand further on.
  const later = at
    .unsqueeze(d)
    .eq(at.unsqueeze(d + 1))
    .logicalAnd(order.unsqueeze(d).gt(order.unsqueeze(d + 1)))
    .any(d + 1)
  // What is overwritten still passes its place's gradient on, as in PyTorch.
  const kept = later.choose(from.sub(from.detach()).nanToNum(), from)
  return taken.gt(0).choose(kept.scatterSum(d, at, x.shape), x)
}

/** Of all elements in a row, those listed. Source: torch.take. */
export const take = defineFunction({
  name: 'take',
  call: (self: Tensor, index: Tensor): Tensor =>
    indexSelect(self.reshape([-1]), 0, wrapped(index, self.numel()).reshape([-1])).reshape(index.shape),
  samples: [
    [signed, integers([2, 3], 0, 12)],
    [signed, integers([2, 3], -12, 12)],
    [uniform([]), integers([1], 0, 1)],
  ],
})

/**
 * Truth at each class: [..] (integers from 0) to [.., numClasses], int32; by default as many as there are on the CPU, where values are
 * known at once. A class of numClasses and more has no 1. Errors: a RangeError for negative classes where they are known, and for less
 * than one class. Source: torch.nn.functional.one_hot.
 */
export const oneHot = defineWithOptions({
  name: 'oneHot',
  isMethod: false,
  torch: 'torch.nn.functional',
  positional: ['numClasses'],
  call(self: Tensor, { numClasses = -1 }: { readonly numClasses?: number }): Tensor {
    if (isFloating(self.dtype))
      throw new TypeError(`oneHot takes class numbers, which are int32, not ${self.dtype}.`)
    if (numClasses !== -1) wholeNumber('oneHot: numClasses', numClasses, 1)
    const isAsked = numClasses === -1 || isReadable(self.device)
    const most = isAsked ? classesAmong(knownNumbers('oneHot', self, 'give numClasses')) : 0
    if (numClasses === -1 && most === 0)
      throw new RangeError(
        'oneHot: an empty tensor does not say how many classes there are; give numClasses.',
      )
    const classes = numClasses === -1 ? most : numClasses
    return self.unsqueeze(-1).eq(self.newArange(classes)).to('int32')
  },
  samples: [[integers([5], 0, 4), 4], [integers([2, 3], 0, 4)], [integers([5], 0, 4), -1]],
})

/** One more than the largest class. Errors: a RangeError for a negative one. */
function classesAmong(numbers: readonly number[]): number {
  const negative = numbers.find((n) => n < 0)
  if (negative !== undefined) throw new RangeError(`oneHot: classes are numbered from 0, not ${negative}.`)
  return numbers.reduce((most, n) => Math.max(most, n), -1) + 1
}

/** Parts of an index: a number, null for a new dimension, [start, end, step] or 'start:end:step' for a slice, a tensor, or '...' for all between. */
export type Index =
  | number
  | null
  | '...'
  | `${string}:${string}`
  | readonly [start?: number | null, end?: number | null, step?: number]
  | Tensor

/** A slice as Python writes it. Errors: a RangeError for anything else. */
function sliceOf(text: string): readonly [number | null, number | null, number] {
  const found = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?$/.exec(text)
  if (!found) throw new RangeError(`index: '${text}' is no slice such as '1:3', ':-1' or '::2'.`)
  const [start, end, step] = found.slice(1).map((part) => (part === undefined ? null : Number(part)))
  return [start!, end!, step ?? 1]
}

/** An index of one dimension, as what stands there in a tensor's shape so far. */
interface Looked {
  readonly dim: number
  readonly positions: Tensor
}

/**
 * x[…] as in Python: `x.index(0)`, `x.index(':', '1:3')` or `x.index(':', [1, 3])` for x[:, 1:3], `x.index('...', -1)`, `x.index(rows)` with a
 * tensor of positions, int32, or of truth values, bool, which stands for as many dimensions as it has. Several tensors
 * broadcast to each other and are read together: x[[0, 1], [2, 3]] has two elements. Source: torch.Tensor.__getitem__.
 * Errors: a RangeError for parts that do not fit; a TypeError for a bool tensor whose values are not known yet.
 */
export const index = defineVariadic({
  name: 'index',
  torch: 'x[…]',
  call(self: Tensor, ...parts: readonly Index[]): Tensor {
    // Bytes are truth values here, in PyTorch too.
    const isMask = (p: Index): p is Tensor =>
      p instanceof Tensor && (p.dtype === 'bool' || p.dtype === 'uint8')
    const taken = parts.reduce<number>(
      (n, p) => n + (p === null || p === '...' ? 0 : isMask(p) ? p.ndim : 1),
      0,
    )
    const rest = self.ndim - taken
    if (rest < 0 || parts.filter((p) => p === '...').length > 1)
      throw new RangeError(`index: ${parts.length} parts do not fit ${formatShape(self.shape)}.`)
    const looked: Looked[] = []
    let out = self
    let d = 0
    for (const part of parts) {
      if (part === null) out = out.unsqueeze(d++)
      else if (part === '...') d += rest
      else if (part === ':') d++
      else if (typeof part === 'number') out = out.select(d, part)
      else if (isMask(part)) {
        const shown = out.shape.slice(d, d + part.ndim)
        if (!sameShape(shown, part.shape))
          throw new RangeError(
            `index: a mask of ${formatShape(part.shape)} does not fit ${formatShape(shown)} of ${formatShape(self.shape)}.`,
          )
        for (const positions of heldBy('index', part.to('bool'))) looked.push({ dim: d++, positions })
      } else if (part instanceof Tensor) looked.push({ dim: d++, positions: part })
      else {
        const [start, end, step] = typeof part === 'string' ? sliceOf(part) : part
        out = out.slice(d++, start ?? 0, end ?? undefined, step ?? 1)
      }
    }
    return looked.length === 0 ? out : lookedUp(out, looked)
  },
  samples: [
    [uniform([2, 3, 4]), 1],
    [uniform([2, 3, 4]), ':', -1],
    [uniform([2, 3, 4]), '...', 0],
    [uniform([2, 3, 4]), [null, null], [1, 3]],
    [uniform([2, 3, 4]), ':', [0, null, 2], null, 2],
    [uniform([2, 3, 4]), ':', integers([2, 2], -3, 3)],
    [uniform([5]), integers([3], 0, 5)],
    [uniform([3, 4]), integers([2], 0, 3), integers([2], -4, 4)],
    [uniform([3, 4, 2]), ':', integers([2, 1], 0, 4), integers([3], 0, 2)],
    [uniform([3, 4, 2]), integers([2], 0, 3), ':', integers([3, 2], 0, 2)],
    [uniform([3, 4]), booleans([3])],
    [uniform([3, 4]), booleans([3, 4])],
    [uniform([3, 4, 2]), ':', booleans([4]), 1],
    [uniform([2, 2, 3]), '...', booleans([2, 3])],
  ],
})

/** Elements of x at positions of several dimensions at once, which stand where these stood, or first where they stood apart. */
function lookedUp(x: Tensor, looked: readonly Looked[]): Tensor {
  const dims = looked.map(({ dim }) => dim)
  const extents = dims.map((d) => x.shape[d]!)
  const shape = looked
    .map(({ positions }) => positions.shape)
    .reduce((a, b) => broadcastShapes(a, b, 'tensors of an index'))
  const places = looked
    .map(({ positions }, i) => wrapped(positions, extents[i]!))
    .reduce((sofar, positions, i) => sofar.mul(extents[i]!).add(positions))
  const others = x.shape.map((_, i) => i).filter((i) => !dims.includes(i))
  const rows = x.permute([...dims, ...others]).reshape([numel(extents), ...others.map((i) => x.shape[i]!)])
  const picked = rows.indexSelect(0, places.expand(shape).reshape([-1]))
  const found = picked.reshape([...shape, ...rows.shape.slice(1)])
  const isTogether = dims.every((d, i) => d === dims[0]! + i)
  const from = shape.map((_, i) => i)
  return isTogether
    ? found.movedim(
        from,
        from.map((i) => i + dims[0]!),
      )
    : found
}
