/**
 * The primitives: the small language every op lowers to and every backend understands.
 * A program is a graph of them; `Primitives` builds it, sharing equal nodes and folding constants.
 */
import { elementTypes, type ComputeType, type DType } from '../tensor/dtype.ts'
import { numel, sameShape, type Shape } from '../tensor/shape.ts'
import { reductionRules } from './reductions.ts'
import { routineOutputs, type Routine } from './routines.ts'
import { scalars, type ScalarFn } from './scalars/index.ts'
import { stagesOf } from './stages.ts'
import { tiling, type Tile } from './tiling.ts'
import type { PrimOrigin } from './origin.ts'

/** Functions of one number are records of the table of scalars; `not` is for bool and integers. */
export type UnaryFn = ScalarFn | 'not'
export type BinaryFn =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'max'
  | 'min' // arithmetic; integer div truncates, and is 0 by zero
  | 'lt'
  | 'eq' // → bool
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr' // bool and integers
/** `peak`: the largest where none is NaN, and of zeros either; where one is, anything that is among them: to shift by, before a sum of all. */
export type ReduceFn = 'sum' | 'prod' | 'max' | 'min' | 'peak'

export type PrimSpec =
  /** Memory: an input of the program. */
  | { readonly kind: 'buffer'; readonly slot: number }
  /** One number everywhere. */
  | { readonly kind: 'const'; readonly value: number }
  /** The coordinate along `axis`, int32. */
  | { readonly kind: 'iota'; readonly axis: number }
  | { readonly kind: 'unary'; readonly fn: UnaryFn }
  | { readonly kind: 'binary'; readonly fn: BinaryFn }
  /** inputs: condition, if true, if false. */
  | { readonly kind: 'where' }
  | { readonly kind: 'cast' }
  | { readonly kind: 'bitcast' }
  /** Reduced axes stay, with extent 1. */
  | { readonly kind: 'reduce'; readonly fn: ReduceFn; readonly axes: readonly number[] }
  | { readonly kind: 'reshape' }
  /** Output axis i is input axis order[i]. */
  | { readonly kind: 'permute'; readonly order: readonly number[] }
  | { readonly kind: 'expand' }
  /** Zeros before and after each axis. */
  | { readonly kind: 'pad'; readonly padding: readonly (readonly [number, number])[] }
  /** Half-open range of each axis. */
  | { readonly kind: 'shrink'; readonly bounds: readonly (readonly [number, number])[] }
  | { readonly kind: 'flip'; readonly axes: readonly number[] }
  /** inputs: source, index of the output's shape; out[…i…] = source[…index[…i…]…]. Out of range it may be any element. */
  | { readonly kind: 'gather'; readonly axis: number }
  /**
   * Sliding windows over some axes, as a view: the k-th of `axes` becomes its window positions, and an axis of the
   * window's `sizes[k]` elements is added at the end. Position p and element e stand at p·stride + e·dilation.
   */
  | { readonly kind: 'window'; readonly windows: readonly Window[] }
  /**
   * Sum of products over shared axes: [batch…, rows…, inner…] × [batch…, inner…, columns…] → [batch…, rows…, columns…],
   * with `batch` and `inner` axes in the first two groups counted. A matmul has one of each but the batch.
   */
  | {
      readonly kind: 'contract'
      readonly batch: number
      readonly inner: number
      readonly precision: MatmulPrecision
    }
  /** Inputs side by side: the k-th starts at offsets[k]. Together they fill the shape, each element once. */
  | { readonly kind: 'assemble'; readonly offsets: readonly (readonly number[])[] }
  /**
   * inputs: source [outer, rows, inner], index [outer or 1, rows, inner or 1]. Zeros [outer, extent, inner] to which
   * every source row is added at its index, first to last: the sum is the same to the bit each time. Rows whose index
   * is out of range are left out.
   */
  | { readonly kind: 'scatter' }
  /** One of the outputs of a routine; what the others need is computed with it. */
  | { readonly kind: 'routine'; readonly routine: Routine; readonly output: number }

/** How exactly factors are multiplied: see setFloat32MatmulPrecision. */
export type MatmulPrecision = 'highest' | 'high' | 'medium'

export interface Window {
  readonly axis: number
  readonly size: number
  readonly stride: number
  readonly dilation: number
}

/** How many windows of this kind fit into `extent` elements. */
export const windowCount = (extent: number, { size, stride, dilation }: Omit<Window, 'axis'>): number =>
  Math.floor((extent - dilation * (size - 1) - 1) / stride) + 1

export interface Prim {
  readonly id: number
  readonly spec: PrimSpec
  readonly shape: Shape
  readonly dtype: ComputeType
  readonly inputs: readonly Prim[]
  /** No part of its structure: of equal primitives, the first one's. */
  readonly origin: PrimOrigin | null
}

type Operand = Prim | number

/** Arithmetic on truth values, as PyTorch has it: backends need to know logic only. */
const booleanForms: Partial<Record<BinaryFn, BinaryFn>> = { add: 'or', max: 'or', mul: 'and', min: 'and' }

/**
 * What a look-up out of range gives. A device that runs behind cannot raise an error as PyTorch does, so the value tells:
 * NaN, the lowest int32, the highest uint32; bytes and bools have none to spare.
 */
const outOfRange: Readonly<Record<ComputeType, number>> = {
  float32: NaN,
  int32: -(2 ** 31),
  uint32: 2 ** 32 - 1,
  uint8: 0,
  bool: 0,
}

/** What may leave the range of a byte: computed among int32, and cut to eight bits. Backends need to compare bytes only. */
const leavesByte: ReadonlySet<BinaryFn> = new Set(['add', 'sub', 'mul', 'div', 'shl', 'shr'])

export class Primitives {
  readonly #interned = new Map<string, Prim>()
  #nextId = 0
  /** What the primitives made from now on are for. */
  origin: PrimOrigin | null = null
  /** Of products made from now on. */
  precision: MatmulPrecision = 'highest'
  /** What the device makes of a float32 that it computed: constants are computed here, as it would. */
  rounded: (value: number) => number = Math.fround

  #make(spec: PrimSpec, shape: Shape, dtype: ComputeType, inputs: readonly Prim[]): Prim {
    // Without elements there is nothing to compute, and no later pass needs to divide by an extent of zero.
    if (spec.kind !== 'buffer' && spec.kind !== 'const' && numel(shape) === 0)
      return this.const(0, shape, dtype)
    const key = `${JSON.stringify(spec, numberKeys)}|${shape.join()}|${dtype}|${inputs.map((i) => i.id).join()}`
    const known = this.#interned.get(key)
    if (known) return known
    const prim: Prim = { id: this.#nextId++, spec, shape, dtype, inputs, origin: this.origin }
    this.#interned.set(key, prim)
    return prim
  }

  buffer(slot: number, shape: Shape, dtype: ComputeType): Prim {
    return this.#make({ kind: 'buffer', slot }, shape, dtype, [])
  }

  const(value: number, shape: Shape = [], dtype: ComputeType = 'float32'): Prim {
    // Float32 constants stay exact for the float64 reference.
    return this.#make({ kind: 'const', value: elementTypes[dtype].hold(value) }, shape, dtype, [])
  }

  iota(shape: Shape, axis: number): Prim {
    return shape[axis] === 1
      ? this.const(0, shape, 'int32')
      : this.#make({ kind: 'iota', axis }, shape, 'int32', [])
  }

  /** A scalar operand takes the other's shape; a plain number also its dtype. */
  #pair(a: Operand, b: Operand): [Prim, Prim] {
    if (typeof a === 'number') {
      if (typeof b === 'number') return [this.const(a), this.const(b)]
      return [this.const(a, b.shape, b.dtype), b]
    }
    if (typeof b === 'number') return [a, this.const(b, a.shape, a.dtype)]
    return [a, b]
  }

  /** Any function of the table of scalars; those that lowerings use most have a method of their own. */
  unary(fn: UnaryFn, x: Prim): Prim {
    if (x.dtype === 'uint8') {
      if (fn === 'abs' || fn === 'floor') return x
      return this.cast(this.unary(fn, this.cast(x, 'int32')), 'uint8')
    }
    if (x.spec.kind === 'const' && fn !== 'not' && x.dtype === 'float32') {
      return this.const(this.rounded(scalars[fn].exact(x.spec.value)), x.shape, x.dtype)
    }
    return this.#make({ kind: 'unary', fn }, x.shape, x.dtype, [x])
  }

  neg(x: Prim): Prim { return this.unary('neg', x) } // prettier-ignore
  exp(x: Prim): Prim { return this.unary('exp', x) } // prettier-ignore
  log(x: Prim): Prim { return this.unary('log', x) } // prettier-ignore
  sqrt(x: Prim): Prim { return this.unary('sqrt', x) } // prettier-ignore
  sin(x: Prim): Prim { return this.unary('sin', x) } // prettier-ignore
  cos(x: Prim): Prim { return this.unary('cos', x) } // prettier-ignore
  tanh(x: Prim): Prim { return this.unary('tanh', x) } // prettier-ignore
  erf(x: Prim): Prim { return this.unary('erf', x) } // prettier-ignore
  floor(x: Prim): Prim { return this.unary('floor', x) } // prettier-ignore
  abs(x: Prim): Prim { return this.unary('abs', x) } // prettier-ignore
  not(x: Prim): Prim { return this.unary('not', x) } // prettier-ignore
  roundToHalf(x: Prim): Prim { return this.unary('roundToHalf', x) } // prettier-ignore

  #binary(fn: BinaryFn, left: Operand, right: Operand): Prim {
    const [a, b] = this.#pair(left, right)
    if (!sameShape(a.shape, b.shape) || a.dtype !== b.dtype) {
      throw new Error(
        `${fn} of ${a.dtype}[${a.shape.join()}] and ${b.dtype}[${b.shape.join()}]: operands must agree`,
      )
    }
    if (a.dtype === 'bool') {
      if (fn === 'lt') return this.and(this.not(a), b)
      const logical = booleanForms[fn]
      if (logical) return this.#binary(logical, a, b)
    }
    if (a.dtype === 'uint8' && leavesByte.has(fn))
      return this.cast(this.#binary(fn, this.cast(a, 'int32'), this.cast(b, 'int32')), 'uint8')
    const dtype = fn === 'lt' || fn === 'eq' ? 'bool' : a.dtype
    const bConst = b.spec.kind === 'const' ? b.spec.value : undefined
    const aConst = a.spec.kind === 'const' ? a.spec.value : undefined
    if (fn === 'add' && bConst === 0) return a
    if (fn === 'add' && aConst === 0) return b
    if (fn === 'sub' && bConst === 0) return a
    if (fn === 'mul' && bConst === 1) return a
    if (fn === 'mul' && aConst === 1) return b
    if (fn === 'div' && bConst === 1) return a
    if (a.dtype === 'float32' && aConst !== undefined && bConst !== undefined) {
      const folded = {
        add: aConst + bConst,
        sub: aConst - bConst,
        mul: aConst * bConst,
        div: aConst / bConst,
      }
      if (fn in folded) return this.const(this.rounded(folded[fn as keyof typeof folded]), a.shape, a.dtype)
    }
    return this.#make({ kind: 'binary', fn }, a.shape, dtype, [a, b])
  }

  add(left: Operand, right: Operand): Prim {
    const [a, b] = this.#pair(left, right)
    const tiles = sameShape(a.shape, b.shape) ? tiling(a, b) : null
    return tiles ? this.assemble(tiles, a.shape) : this.#binary('add', a, b)
  }
  sub(a: Operand, b: Operand): Prim { return this.#binary('sub', a, b) } // prettier-ignore
  mul(a: Operand, b: Operand): Prim { return this.#binary('mul', a, b) } // prettier-ignore
  div(a: Operand, b: Operand): Prim { return this.#binary('div', a, b) } // prettier-ignore
  max(a: Operand, b: Operand): Prim { return this.#binary('max', a, b) } // prettier-ignore
  min(a: Operand, b: Operand): Prim { return this.#binary('min', a, b) } // prettier-ignore
  lt(a: Operand, b: Operand): Prim { return this.#binary('lt', a, b) } // prettier-ignore
  eq(a: Operand, b: Operand): Prim { return this.#binary('eq', a, b) } // prettier-ignore
  and(a: Operand, b: Operand): Prim { return this.#binary('and', a, b) } // prettier-ignore
  or(a: Operand, b: Operand): Prim { return this.#binary('or', a, b) } // prettier-ignore
  xor(a: Operand, b: Operand): Prim { return this.#binary('xor', a, b) } // prettier-ignore
  shl(a: Operand, b: Operand): Prim { return this.#binary('shl', a, b) } // prettier-ignore
  shr(a: Operand, b: Operand): Prim { return this.#binary('shr', a, b) } // prettier-ignore

  where(condition: Prim, ifTrue: Operand, ifFalse: Operand): Prim {
    const [a, b] = this.#pair(ifTrue, ifFalse)
    const t = sameShape(a.shape, condition.shape) ? a : this.expand(a, condition.shape)
    const f = sameShape(b.shape, condition.shape) ? b : this.expand(b, condition.shape)
    return this.#make({ kind: 'where' }, condition.shape, t.dtype, [condition, t, f])
  }

  cast(x: Prim, dtype: ComputeType): Prim {
    if (x.dtype === dtype) return x
    // A byte that went to a wider type comes back as it was.
    const source = dtype === 'uint8' && x.spec.kind === 'cast' ? x.inputs[0]! : x
    if (source.dtype === 'uint8' && source !== x) return source
    if (x.dtype === 'uint8' && x.spec.kind === 'const') return this.const(x.spec.value, x.shape, dtype)
    return this.#make({ kind: 'cast' }, x.shape, dtype, [x])
  }

  bitcast(x: Prim, dtype: ComputeType): Prim {
    return x.dtype === dtype ? x : this.#make({ kind: 'bitcast' }, x.shape, dtype, [x])
  }

  reduce(fn: ReduceFn, x: Prim, axes: readonly number[]): Prim {
    // A single number has a dimension 0 to name, and none to go along.
    const live = axes.filter((axis) => (x.shape[axis] ?? 1) !== 1)
    if (live.length === 0) return x
    if (x.dtype === 'uint8' && leavesByte.has(reductionRules[fn].combine))
      return this.cast(this.reduce(fn, this.cast(x, 'int32'), axes), 'uint8')
    const shape = x.shape.map((extent, i) => (live.includes(i) ? 1 : extent))
    if (numel(x.shape) === 0) return this.const(reductionRules[fn].identity(x.dtype), shape, x.dtype)
    const stages = stagesOf(x.shape, live)
    if (stages) {
      const bands = this.reduce(fn, this.reshape(x, stages.shape), stages.within)
      // An axis that is left first may be a batch, and is known by that.
      const gone = bands.shape.findIndex((extent) => extent > 1)
      const rest = this.reshape(bands, bands.shape.slice(Math.max(0, gone)))
      const across = stages.across.map((axis) => axis - Math.max(0, gone))
      return this.reshape(this.reduce(fn, rest, across), shape)
    }
    return this.#make({ kind: 'reduce', fn, axes: live }, shape, x.dtype, [x])
  }
  sum(x: Prim, axes: readonly number[]): Prim { return this.reduce('sum', x, axes) } // prettier-ignore

  #moved(spec: PrimSpec, shape: Shape, x: Prim): Prim {
    if (x.spec.kind === 'const') return this.const(x.spec.value, shape, x.dtype)
    return this.#make(spec, shape, x.dtype, [x])
  }

  reshape(x: Prim, shape: Shape): Prim {
    if (numel(shape) !== numel(x.shape)) throw new Error(`reshape [${x.shape.join()}] to [${shape.join()}]`)
    if (sameShape(x.shape, shape)) return x
    const source = x.spec.kind === 'reshape' ? x.inputs[0]! : x
    return sameShape(source.shape, shape) ? source : this.#moved({ kind: 'reshape' }, shape, source)
  }

  permute(x: Prim, order: readonly number[]): Prim {
    if (order.every((axis, i) => axis === i)) return x
    return this.#moved(
      { kind: 'permute', order },
      order.map((axis) => x.shape[axis]!),
      x,
    )
  }

  /** Axes of extent 1 stretch; missing leading axes are added. */
  expand(x: Prim, shape: Shape): Prim {
    const aligned = this.reshape(x, [...new Array<number>(shape.length - x.shape.length).fill(1), ...x.shape])
    return sameShape(aligned.shape, shape) ? aligned : this.#moved({ kind: 'expand' }, shape, aligned)
  }

  pad(x: Prim, padding: readonly (readonly [number, number])[]): Prim {
    if (padding.every(([lo, hi]) => lo === 0 && hi === 0)) return x
    const shape = x.shape.map((n, i) => n + padding[i]![0] + padding[i]![1])
    if (numel(x.shape) === 0) return this.const(0, shape, x.dtype)
    return this.#make({ kind: 'pad', padding }, shape, x.dtype, [x])
  }

  shrink(x: Prim, bounds: readonly (readonly [number, number])[]): Prim {
    if (bounds.every(([lo, hi], i) => lo === 0 && hi === x.shape[i])) return x
    return this.#moved(
      { kind: 'shrink', bounds },
      bounds.map(([lo, hi]) => hi - lo),
      x,
    )
  }

  flip(x: Prim, axes: readonly number[]): Prim {
    return axes.length === 0 ? x : this.#moved({ kind: 'flip', axes }, x.shape, x)
  }

  /** out[…i…] = source[…index[…i…]…] along `axis`, and `outOfRange` where the index (int32) names no element. */
  gather(source: Prim, axis: number, index: Prim): Prim {
    const { dtype } = source
    const found =
      source.spec.kind === 'const'
        ? this.const(source.spec.value, index.shape, dtype)
        : this.#make({ kind: 'gather', axis }, index.shape, dtype, [source, index])
    // A negative index is a huge unsigned number.
    const isInside = this.lt(this.bitcast(index, 'uint32'), source.shape[axis]!)
    if (dtype !== 'float32') return this.where(isInside, found, outOfRange[dtype])
    // -0 changes nothing, and NaN everything: along a row, where the index is the same, an addition is all there is to do.
    return this.add(found, this.where(isInside, this.const(-0, index.shape), NaN))
  }

  window(x: Prim, windows: readonly Window[]): Prim {
    const shape = [...x.shape]
    for (const w of windows) shape[w.axis] = windowCount(x.shape[w.axis]!, w)
    return this.#moved({ kind: 'window', windows }, [...shape, ...windows.map((w) => w.size)], x)
  }

  contract(a: Prim, b: Prim, { batch, inner }: { readonly batch: number; readonly inner: number }): Prim {
    const shape = [...a.shape.slice(0, a.shape.length - inner), ...b.shape.slice(batch + inner)]
    if (b.shape.slice(batch, batch + inner).includes(0)) return this.const(0, shape, a.dtype)
    return this.#make({ kind: 'contract', batch, inner, precision: this.precision }, shape, a.dtype, [a, b])
  }

  assemble(parts: readonly Tile[], shape: Shape): Prim {
    const live = parts.filter(({ part }) => numel(part.shape) > 0)
    if (live.length === 1) return live[0]!.part
    const offsets = live.map(({ offset }) => offset)
    const inputs = live.map(({ part }) => part)
    return this.#make({ kind: 'assemble', offsets }, shape, parts[0]!.part.dtype, inputs)
  }

  /** Inputs of one dtype end to end along `axis`. */
  concat(inputs: readonly Prim[], axis: number): Prim {
    let end = 0
    const parts = inputs.map((part) => {
      const offset = part.shape.map((_, i) => (i === axis ? end : 0))
      end += part.shape[axis]!
      return { part, offset }
    })
    return this.assemble(parts, inputs[0]!.shape.with(axis, end))
  }

  scatter(source: Prim, index: Prim, extent: number): Prim {
    if (source.dtype === 'uint8')
      return this.cast(this.scatter(this.cast(source, 'int32'), index, extent), 'uint8')
    const shape = source.shape.with(1, extent)
    if (numel(source.shape) === 0) return this.const(0, shape, source.dtype)
    return this.#make({ kind: 'scatter' }, shape, source.dtype, [source, index])
  }

  /** All outputs of a routine. */
  routine(routine: Routine, inputs: readonly Prim[]): Prim[] {
    return routineOutputs(routine, inputs).map(({ shape, dtype }, output) =>
      this.#make({ kind: 'routine', routine, output }, shape, dtype, inputs),
    )
  }

  /** [batch…, m, k] × [batch…, k, n]; batches equal. */
  matmul(a: Prim, b: Prim): Prim {
    return this.contract(a, b, { batch: a.shape.length - 2, inner: 1 })
  }
}

/** JSON has no NaN or infinities and calls -0 "0", yet each is a constant of its own. */
function numberKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'number') return value
  return Object.is(value, -0) || !Number.isFinite(value) ? `#${Object.is(value, -0) ? '-0' : value}` : value
}

/** A graph of primitives with named ends: what a device compiles. */
export interface Program {
  /** Slots are numbered: inputs first, as `buffer` prims name them, then outputs in this order. */
  readonly inputs: readonly { readonly shape: Shape; readonly dtype: DType }[]
  readonly outputs: readonly Prim[]
  /** Output i replaces the contents of this input slot (state of a captured step), or null. */
  readonly updates: readonly (number | null)[]
}

/** Every primitive reachable from `roots`, inputs before users. */
export function topological(roots: readonly Prim[]): Prim[] {
  const order: Prim[] = []
  const seen = new Set<Prim>()
  const stack: { prim: Prim; next: number }[] = []
  for (const root of roots) {
    if (seen.has(root)) continue
    seen.add(root)
    stack.push({ prim: root, next: 0 })
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const input = top.prim.inputs[top.next++]
      if (input === undefined) {
        order.push(top.prim)
        stack.pop()
      } else if (!seen.has(input)) {
        seen.add(input)
        stack.push({ prim: input, next: 0 })
      }
    }
  }
  return order
}

/** A full structural key: equal keys compile to the same code. */
export function programKey(program: Program): string {
  const order = topological(program.outputs)
  const number = new Map(order.map((prim, i) => [prim, i]))
  const lines = order.map(
    (p) =>
      `${JSON.stringify(p.spec, numberKeys)}${p.dtype}[${p.shape.join()}](${p.inputs.map((i) => number.get(i)).join()})`,
  )
  const slots = program.inputs.map((i) => `${i.dtype}[${i.shape.join()}]`).join()
  return `${slots};${lines.join(';')};${program.outputs.map((o) => number.get(o)).join()};${program.updates.join()}`
}
