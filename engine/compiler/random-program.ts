/** Random programs for tests: every kind of primitive, over extents that meet vector tails, with a bound on each value's rounding error. */
import { elementTypes, type ComputeType } from '../tensor/dtype.ts'
import { numel, sameShape, type Shape } from '../tensor/shape.ts'
import { generator } from '../ops/samples.ts'
import { Primitives, type Prim, type Program } from './primitive.ts'

/** A primitive with what is known of its values. */
interface Value {
  readonly prim: Prim
  /** Largest magnitude. */
  readonly max: number
  /** Bits after the binary point while float32 holds the value exactly; null once it has been rounded. */
  readonly bits: number | null
  /** How far a float32 result may be from the exact one. */
  readonly error: number
}

export interface RandomProgram {
  readonly program: Program
  readonly inputs: readonly { readonly dtype: ComputeType; readonly values: readonly number[] }[]
  /** Per output. */
  readonly tolerances: readonly number[]
}

const extents = [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 33]
const largest = 2500
const epsilon = 2 ** -22
const floatUnary = {
  exp: { bound: Math.exp(3), slope: Math.exp(3) },
  tanh: { bound: 1, slope: 1 },
  erf: { bound: 1, slope: 1.2 },
  sin: { bound: 1, slope: 1 },
  cos: { bound: 1, slope: 1 },
  sqrt: { bound: 3, slope: 0.5 },
  log: { bound: 3, slope: 1 },
} as const

class Builder {
  readonly k = new Primitives()
  readonly #next: () => number
  readonly #inputs: { shape: Shape; dtype: ComputeType; values: number[] }[] = []
  readonly #values: Value[] = []

  constructor(seed: number) {
    this.#next = generator(seed)
  }

  below(n: number): number {
    return Math.floor(this.#next() * n)
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  shape(): Shape {
    const shape: number[] = []
    const rank = this.below(4)
    while (shape.length < rank && numel(shape) < 300) shape.push(this.pick(extents))
    return shape
  }

  input(
    shape = this.shape(),
    dtype: ComputeType = this.pick(['float32', 'float32', 'int32', 'uint32', 'uint8', 'bool']),
  ): Value {
    const values = Array.from({ length: numel(shape) }, () => {
      if (dtype === 'float32') return (this.below(17) - 8) / 4
      if (dtype === 'int32') return this.pick([this.below(12) - 3, this.below(2 ** 32) | 0])
      return this.below(elementTypes[dtype].highest + 1)
    })
    const slot = this.#inputs.push({ shape, dtype, values }) - 1
    return this.add({ prim: this.k.buffer(slot, shape, dtype), max: 2, bits: 2, error: 0 })
  }

  add(value: Value): Value {
    const settled = this.#settle(value)
    this.#values.push(settled)
    return settled
  }

  /** Keeps floats small and tells exact ones from rounded ones. */
  #settle(value: Value): Value {
    if (value.prim.dtype !== 'float32') return { ...value, max: 0, bits: null, error: 0 }
    if (value.bits !== null && value.max * 2 ** value.bits < 2 ** 23) return { ...value, error: 0 }
    const error = value.error + epsilon * value.max
    if (value.max < 64) return { ...value, bits: null, error }
    const down = 2 ** -Math.ceil(Math.log2(value.max))
    return { prim: this.k.mul(value.prim, down), max: value.max * down, bits: null, error: error * down }
  }

  any(dtype?: ComputeType): Value {
    const fitting = this.#values.filter((v) => dtype === undefined || v.prim.dtype === dtype)
    if (fitting.length === 0) return this.input(this.shape(), dtype ?? 'float32')
    // Recent values more often: deep graphs.
    return fitting[Math.max(this.below(fitting.length), this.below(fitting.length))]!
  }

  float(): Value {
    return this.any('float32')
  }

  /** Some value brought to this shape and dtype. */
  like(shape: Shape, dtype: ComputeType): Value {
    const { k } = this
    const start = this.any(dtype)
    const at = (prim: Prim): Value => ({ ...start, prim })
    if (sameShape(start.prim.shape, shape)) return start
    if (numel(start.prim.shape) === numel(shape)) return at(k.reshape(start.prim, shape))
    if (this.below(3) === 0) return this.input(shape, dtype)
    const aligned =
      start.prim.shape.length === shape.length && shape.every((n, i) => n <= start.prim.shape[i]!)
    if (aligned) {
      const from = shape.map((n, i) => this.below(start.prim.shape[i]! - n + 1))
      return at(
        k.shrink(
          start.prim,
          shape.map((n, i) => [from[i]!, from[i]! + n] as const),
        ),
      )
    }
    const one = k.shrink(
      start.prim,
      start.prim.shape.map((n) => {
        const lo = this.below(n)
        return [lo, lo + 1] as const
      }),
    )
    return at(k.expand(k.reshape(one, []), shape))
  }

  step(): void {
    const choice = this.pick([
      this.unary,
      this.binary,
      this.binary,
      this.integers,
      this.compare,
      this.choose,
      this.reduce,
      this.move,
      this.move,
      this.move,
      this.lookup,
      this.scatter,
      this.assemble,
      this.product,
      this.convert,
    ])
    choice.call(this)
  }

  unary(): void {
    const { k } = this
    const x = this.float()
    const exactly = this.pick(['neg', 'abs', 'floor'] as const)
    if (this.below(2) === 0) {
      if (exactly === 'floor' && x.bits === null) return
      this.add({ ...x, prim: k[exactly](x.prim), max: x.max + 1 })
      return
    }
    const fn = this.pick(Object.keys(floatUnary) as (keyof typeof floatUnary)[])
    const { bound, slope } = floatUnary[fn]
    const inner = k.max(k.min(x.prim, 3), -3)
    const argument = fn === 'sqrt' || fn === 'log' ? k.add(k.abs(inner), 1) : inner
    this.add({ prim: k[fn](argument), max: bound, bits: null, error: x.error * slope })
  }

  binary(): void {
    const { k } = this
    const a = this.float()
    const b = this.like(a.prim.shape, 'float32')
    const finer = a.bits === null || b.bits === null ? null : Math.max(a.bits, b.bits)
    switch (this.pick(['add', 'sub', 'mul', 'max', 'min', 'div'] as const)) {
      case 'add':
        this.add({ prim: k.add(a.prim, b.prim), max: a.max + b.max, bits: finer, error: a.error + b.error })
        return
      case 'sub':
        this.add({ prim: k.sub(a.prim, b.prim), max: a.max + b.max, bits: finer, error: a.error + b.error })
        return
      case 'mul':
        this.add({
          prim: k.mul(a.prim, b.prim),
          max: a.max * b.max,
          bits: a.bits === null || b.bits === null ? null : a.bits + b.bits,
          error: a.error * b.max + b.error * a.max,
        })
        return
      case 'div':
        this.add({
          prim: k.div(a.prim, k.add(k.abs(b.prim), 0.5)),
          max: 2 * a.max,
          bits: null,
          error: 2 * a.error + 4 * a.max * b.error,
        })
        return
      default: {
        const prim = this.pick([k.max(a.prim, b.prim), k.min(a.prim, b.prim)])
        this.add({ prim, max: Math.max(a.max, b.max), bits: finer, error: Math.max(a.error, b.error) })
      }
    }
  }

  integers(): void {
    const { k } = this
    const dtype = this.pick(['int32', 'uint32', 'uint8', 'bool'] as const)
    const a = this.any(dtype).prim
    const b = this.like(a.shape, dtype).prim
    const logic = [k.and(a, b), k.or(a, b), k.xor(a, b), k.not(a)]
    const arithmetic = [k.add(a, b), k.mul(a, b), k.max(a, b), k.min(a, b)]
    const numbers =
      dtype === 'bool' ? [] : [k.sub(a, b), k.neg(a), k.shl(a, this.below(32)), k.shr(a, this.below(32))]
    this.add({ prim: this.pick([...logic, ...arithmetic, ...numbers]), max: 0, bits: null, error: 0 })
  }

  compare(): void {
    const a = this.any()
    if (a.prim.dtype === 'float32' && a.bits === null) return
    const b = this.like(a.prim.shape, a.prim.dtype)
    if (a.prim.dtype === 'float32' && b.bits === null) return
    const prim = this.below(2) === 0 ? this.k.lt(a.prim, b.prim) : this.k.eq(a.prim, b.prim)
    this.add({ prim, max: 0, bits: null, error: 0 })
  }

  choose(): void {
    const a = this.any()
    const b = this.like(a.prim.shape, a.prim.dtype)
    const condition = this.like(a.prim.shape, 'bool').prim
    const bits = a.bits === null || b.bits === null ? null : Math.max(a.bits, b.bits)
    const [max, error] = [Math.max(a.max, b.max), Math.max(a.error, b.error)]
    this.add({ prim: this.k.where(condition, a.prim, b.prim), max, bits, error })
  }

  reduce(): void {
    const x = this.pick([this.any(), this.float()])
    if (x.prim.dtype === 'bool') return
    const axes = x.prim.shape.map((_, i) => i).filter(() => this.below(2) === 0)
    const count = axes.reduce((n, axis) => n * x.prim.shape[axis]!, 1)
    const isSum = this.below(3) > 0
    const prim = this.k.reduce(isSum ? 'sum' : this.pick(['max', 'min']), x.prim, axes)
    this.add({
      ...x,
      prim,
      ...(isSum ? { max: x.max * count, error: x.error * count + epsilon * x.max * count } : {}),
    })
  }

  move(): void {
    const { k } = this
    const x = this.any()
    const { shape } = x.prim
    const axes = shape.map((_, i) => i)
    const moved = (): Prim => {
      switch (this.pick(['reshape', 'permute', 'expand', 'pad', 'shrink', 'flip'] as const)) {
        case 'reshape':
          return k.reshape(x.prim, this.refactor(numel(shape)))
        case 'permute': {
          const order = axes.map((axis) => ({ axis, key: this.#next() })).sort((a, b) => a.key - b.key)
          return k.permute(
            x.prim,
            order.map((o) => o.axis),
          )
        }
        case 'expand': {
          const stretched = shape.map((n) => (n === 1 ? this.pick(extents) : n))
          return k.expand(x.prim, this.below(2) === 0 ? stretched : [this.pick(extents), ...stretched])
        }
        case 'pad':
          return k.pad(
            x.prim,
            shape.map(() => [this.below(3), this.below(3)] as const),
          )
        case 'shrink':
          return k.shrink(
            x.prim,
            shape.map((n) => {
              const lo = this.below(n)
              return [lo, lo + 1 + this.below(n - lo)] as const
            }),
          )
        case 'flip':
          return k.flip(
            x.prim,
            axes.filter(() => this.below(2) === 0),
          )
      }
    }
    const prim = moved()
    if (numel(prim.shape) <= largest) this.add({ ...x, prim })
  }

  /** A random shape of `count` elements. */
  refactor(count: number): Shape {
    const shape: number[] = []
    let rest = count
    while (rest > 1 && shape.length < 3) {
      const divisors = Array.from({ length: Math.min(rest, 40) }, (_, i) => i + 1).filter(
        (d) => rest % d === 0,
      )
      const d = this.pick(divisors)
      shape.push(d)
      rest /= d
    }
    if (rest > 1 || this.below(2) === 0) shape.push(rest)
    return shape
  }

  lookup(): void {
    const x = this.any()
    const rank = x.prim.shape.length
    if (rank === 0) return
    const axis = this.below(rank)
    const shape = x.prim.shape.with(axis, this.pick(extents))
    if (numel(shape) > largest) return
    this.add({ ...x, prim: this.k.gather(x.prim, axis, this.like(shape, 'int32').prim) })
  }

  assemble(): void {
    const x = this.any()
    const rank = x.prim.shape.length
    if (rank === 0) return
    const axis = this.below(rank)
    const others = Array.from({ length: 1 + this.below(3) }, () =>
      this.below(4) === 0 ? x : this.like(x.prim.shape.with(axis, this.pick(extents)), x.prim.dtype),
    )
    const parts = [x, ...others]
    const prim = this.k.concat(
      parts.map((p) => p.prim),
      axis,
    )
    if (numel(prim.shape) > largest) return
    this.add({
      prim,
      max: Math.max(...parts.map((p) => p.max)),
      bits: parts.some((p) => p.bits === null) ? null : Math.max(...parts.map((p) => p.bits!)),
      error: Math.max(...parts.map((p) => p.error)),
    })
  }

  scatter(): void {
    const { k } = this
    const x = this.any()
    if (x.prim.dtype === 'bool') return
    const parts = this.refactor(numel(x.prim.shape))
    const [outer, rows, inner] = [parts[0] ?? 1, parts[1] ?? 1, numel(parts.slice(2))]
    const extent = this.pick(extents)
    if (outer * extent * inner > largest) return
    const index = this.like([this.pick([1, outer]), rows, this.pick([1, inner])], 'int32')
    // Most indices in range, some not.
    const near = k.sub(k.and(index.prim, 31), 2)
    this.add({
      ...x,
      prim: k.scatter(k.reshape(x.prim, [outer, rows, inner]), near, extent),
      max: x.max * rows,
      error: x.error * rows + epsilon * x.max * rows,
    })
  }

  product(): void {
    const a = this.float()
    const rank = a.prim.shape.length
    if (rank < 2) return
    const depth = a.prim.shape[rank - 1]!
    const n = this.pick(extents)
    const batch = a.prim.shape.slice(0, -2)
    const order = [...batch.map((_, i) => i), rank - 1, rank - 2]
    const turned = this.below(2) === 0
    const b = this.like([...batch, ...(turned ? [n, depth] : [depth, n])], 'float32')
    const prim = this.k.matmul(a.prim, turned ? this.k.permute(b.prim, order) : b.prim)
    if (numel(prim.shape) > largest) return
    this.add({
      prim,
      max: depth * a.max * b.max,
      bits: a.bits === null || b.bits === null ? null : a.bits + b.bits,
      error: depth * (a.error * b.max + b.error * a.max + epsilon * a.max * b.max),
    })
  }

  convert(): void {
    const { k } = this
    const x = this.any()
    const exact = (prim: Prim, max: number): Value => this.add({ prim, max, bits: 0, error: 0 })
    switch (x.prim.dtype) {
      case 'bool':
        exact(k.cast(x.prim, this.pick(['float32', 'int32', 'uint32'] as const)), 1)
        return
      case 'float32':
        if (x.bits !== null) exact(k.cast(x.prim, this.pick(['int32', 'uint8', 'bool'] as const)), x.max)
        return
      case 'uint8':
        exact(k.cast(x.prim, this.pick(['float32', 'int32', 'uint32', 'bool'] as const)), 255)
        return
      default: {
        const other = x.prim.dtype === 'int32' ? 'uint32' : 'int32'
        const small = k.cast(k.and(x.prim, 255), 'float32')
        const prim = this.pick([
          small,
          k.cast(x.prim, 'bool'),
          k.cast(x.prim, other),
          k.cast(x.prim, 'uint8'),
          k.bitcast(x.prim, other),
        ])
        exact(prim, 255)
        return
      }
    }
  }

  position(): void {
    const shape = this.shape()
    if (shape.length > 0)
      this.add({ prim: this.k.iota(shape, this.below(shape.length)), max: 0, bits: null, error: 0 })
  }

  finish(): RandomProgram {
    const count = 1 + this.below(4)
    const outputs = Array.from({ length: count }, () => this.any())
    const updates: (number | null)[] = outputs.map(() => null)
    // State: some outputs replace inputs of their kind.
    for (const [slot, input] of this.#inputs.entries()) {
      if (this.below(3) > 0) continue
      outputs.push(this.like(input.shape, input.dtype))
      updates.push(slot)
    }
    return {
      program: { inputs: this.#inputs, outputs: outputs.map((o) => o.prim), updates },
      inputs: this.#inputs,
      tolerances: outputs.map((o) => 4 * o.error + 1e-6),
    }
  }
}

export function randomProgram(seed: number): RandomProgram {
  const builder = new Builder(seed)
  builder.input()
  builder.input()
  if (builder.below(2) === 0) builder.position()
  const steps = 2 + builder.below(20)
  for (let i = 0; i < steps; i++) builder.step()
  return builder.finish()
}
