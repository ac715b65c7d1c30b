/** Expressions → instructions, one element or four lanes at a time; what is used again is kept in locals. */
import { exprChildren, type Expr } from '../../compiler/expr.ts'
import { reducedValues, type LoopKernel } from '../../compiler/kernel.ts'
import type { Bases } from '../../compiler/kernel-bases.ts'
import { Addresses, levelOf, type Address, type GivenTerms } from './addresses.ts'
import { op, simd, type FunctionBuilder } from './assembler.ts'
import { emitBinary, emitBitcast, emitCast, emitUnary, isFloatRegister } from './instructions.ts'
import { LaneMemory } from './lane-memory.ts'
import { usesReduced, type VectorPlan } from './vectorize.ts'

export class Values {
  /** Locals with the finished terms of the kernel's reduction: all of them scalars, or all vectors. */
  reduced: readonly number[] = []
  readonly addresses: Addresses
  readonly lanes: LaneMemory
  readonly #f: FunctionBuilder
  readonly #plan: VectorPlan
  readonly #speculative: (load: Expr) => boolean
  readonly #relaxed: boolean
  readonly #constants: ReadonlyMap<Expr, number>
  readonly #uses = new Map<Expr, Expr[]>()
  readonly #roots: ReadonlySet<Expr>
  readonly #reducedUse = new Map<Expr, boolean>()
  /** Whether code is being emitted for four lanes. */
  #wide = false
  /** Values kept in locals: as one element, and as four copies of it or four elements. */
  #scalars = new Map<Expr, number>()
  #vectors = new Map<Expr, number>()

  constructor(
    f: FunctionBuilder,
    kernel: LoopKernel,
    order: Iterable<Expr>,
    {
      plan,
      slots,
      bases,
      counters,
      speculative,
      relaxed,
      constants,
      ...given
    }: {
      readonly plan: VectorPlan
      readonly slots: ReadonlyMap<number, number>
      readonly bases: Bases
      readonly counters: readonly number[]
      /** Whether a guarded load may read memory where its guard fails. */
      readonly speculative: (load: Expr) => boolean
      /** The machine has fused multiply-add. */
      readonly relaxed: boolean
      /** Locals with the constants that are given. */
      readonly constants: ReadonlyMap<Expr, number>
    } & GivenTerms,
  ) {
    this.#f = f
    this.#plan = plan
    this.#speculative = speculative
    this.#relaxed = relaxed
    this.#constants = constants
    this.addresses = new Addresses(f, slots, bases, counters, (expr) => this.#scalar(expr), given)
    this.lanes = new LaneMemory(
      f,
      this.addresses,
      { loop: plan.loop, counter: counters[plan.loop] ?? -1 },
      { varies: (expr) => this.#varies(expr), emit: (expr) => this.emit(expr) },
    )
    this.#roots = new Set([...kernel.stores.map((s) => s.value), ...reducedValues(kernel)])
    for (const expr of order) {
      for (const child of exprChildren(expr)) this.#uses.set(child, [...(this.#uses.get(child) ?? []), expr])
    }
  }

  get wide(): boolean {
    return this.#wide
  }

  /** What is kept inside is forgotten outside. */
  scoped(wide: boolean, body: () => void): void {
    const before = { wide: this.#wide, scalars: this.#scalars, vectors: this.#vectors }
    this.#wide = wide
    this.#scalars = new Map(this.#scalars)
    this.#vectors = new Map(this.#vectors)
    this.addresses.scoped(body)
    this.#wide = before.wide
    this.#scalars = before.scalars
    this.#vectors = before.vectors
  }

  /** Inside, everything stands a number of vectors further on: for kernels whose lanes are `isSteady` alone. */
  ahead(vectors: number, body: () => void): void {
    this.lanes.ahead = vectors
    this.scoped(true, body)
    this.lanes.ahead = 0
  }

  needsReduced(expr: Expr): boolean {
    return usesReduced(expr, this.#reducedUse)
  }

  isShared(expr: Expr): boolean {
    return expr.spec.op !== 'const' && (this.#uses.get(expr)?.length ?? 0) > 1
  }

  /** Whether something further in than `level` waits for the value. */
  usedInside(expr: Expr, level: number): boolean {
    return (this.#uses.get(expr) ?? []).some((u) => levelOf(u.loops) > level || this.needsReduced(u))
  }

  /** Computes the value into a local, unless that is done. */
  keep(expr: Expr): void {
    if (this.#scalars.has(expr) || this.#vectors.has(expr)) return
    const f = this.#f
    if (expr.spec.op === 'const') {
      this.#keepConstant(expr, expr.spec.value)
      return
    }
    if (this.#varies(expr)) {
      this.emit(expr)
      const local = f.local('v128')
      f.set(local)
      this.#vectors.set(expr, local)
      return
    }
    this.#scalar(expr)
    const local = f.local(isFloatRegister(expr.dtype) ? 'f32' : 'i32')
    f.set(local)
    this.#scalars.set(expr, local)
    if (this.#plan.kind !== 'none' && this.#hasVectorUser(expr)) {
      f.get(local)
      this.#splat(expr)
      const copies = f.local('v128')
      f.set(copies)
      this.#vectors.set(expr, copies)
    }
  }

  /** Leaves the value on the stack, in as many lanes as are being computed. */
  emit(expr: Expr): void {
    const f = this.#f
    if (!this.#wide) {
      this.#scalar(expr)
      return
    }
    const kept = this.#vectors.get(expr)
    if (kept !== undefined) f.get(kept)
    else if (this.#varies(expr)) this.#operation(expr, (e) => this.emit(e))
    else {
      this.#scalar(expr)
      this.#splat(expr)
    }
  }

  /** Writes a value to memory: the only thing a kernel leaves behind. */
  store(address: Address, expr: Expr): void {
    const f = this.#f
    if (this.#wide) {
      this.lanes.store(address, expr.dtype, [() => this.emit(expr)])
      return
    }
    this.addresses.emit(address)
    this.#scalar(expr)
    f.memory(isFloatRegister(expr.dtype) ? op.f32Store : op.i32Store)
  }

  /** Differs from lane to lane. */
  #varies(expr: Expr): boolean {
    return this.#wide && this.#isVector(expr)
  }

  #isVector(expr: Expr): boolean {
    return expr.loops.has(this.#plan.loop) || (this.#plan.kind === 'outer' && this.needsReduced(expr))
  }

  #hasVectorUser(expr: Expr): boolean {
    return this.#roots.has(expr) || (this.#uses.get(expr) ?? []).some((user) => this.#isVector(user))
  }

  #splat(expr: Expr): void {
    const f = this.#f
    if (isFloatRegister(expr.dtype)) f.simd(simd.f32x4Splat)
    else {
      if (expr.dtype === 'bool') f.i32(-1).emit(op.i32Mul)
      f.simd(simd.i32x4Splat)
    }
  }

  /** V8 makes a vector constant anew wherever it stands: outside the loops it costs nothing. */
  #keepConstant(expr: Expr, value: number): void {
    if (this.#plan.kind === 'none' || !this.#hasVectorUser(expr)) return
    const given = this.#constants.get(expr)
    const lane = expr.dtype === 'bool' ? -Number(value !== 0) : value
    if (given !== undefined) this.#f.get(given).simd(simd.f32x4Splat)
    else if (isFloatRegister(expr.dtype)) this.#f.f32x4(value)
    else this.#f.i32x4(lane, lane, lane, lane)
    const local = this.#f.local('v128')
    this.#f.set(local)
    this.#vectors.set(expr, local)
  }

  #scalar(expr: Expr): void {
    const f = this.#f
    const kept = this.#scalars.get(expr) ?? this.#constants.get(expr)
    if (kept !== undefined) {
      f.get(kept)
      return
    }
    const before = this.#wide
    this.#wide = false
    if (expr.spec.op === 'const')
      isFloatRegister(expr.dtype) ? f.f32(expr.spec.value) : f.i32(expr.spec.value)
    else this.#operation(expr, (e) => this.#scalar(e))
    this.#wide = before
  }

  #operation(expr: Expr, value: (expr: Expr) => void): void {
    const f = this.#f
    const { spec, args } = expr
    const wide = this.#wide
    switch (spec.op) {
      case 'load':
        this.#load(expr, { slot: spec.slot, index: spec.index })
        return
      case 'index':
        if (wide) this.lanes.index(spec.index)
        else this.addresses.emitIndex(spec.index)
        return
      case 'reduced':
        f.get(this.reduced[spec.term]!)
        return
      case 'unary':
        value(args[0]!)
        emitUnary(f, spec.fn, expr.dtype, wide)
        return
      case 'binary': {
        if (this.#fused(expr, value) || (wide && this.#limited(expr, value))) return
        value(args[0]!)
        const isShift = spec.fn === 'shl' || spec.fn === 'shr'
        if (wide && isShift && args[1]!.spec.op === 'const') f.i32(args[1]!.spec.value)
        else value(args[1]!)
        emitBinary(f, spec.fn, args[0]!.dtype, wide)
        return
      }
      case 'where':
        if (wide && this.#masked(args, value)) return
        value(args[1]!)
        value(args[2]!)
        value(args[0]!)
        // Masks have all or no bits of a lane set, so that both mean the same; the relaxed one is a single instruction.
        if (wide) f.simd(this.#relaxed ? simd.i32x4RelaxedLaneselect : simd.bitselect)
        else f.emit(op.select)
        return
      case 'cast':
        value(args[0]!)
        emitCast(f, args[0]!.dtype, expr.dtype, wide)
        return
      case 'bitcast':
        value(args[0]!)
        emitBitcast(f, args[0]!.dtype, expr.dtype, wide)
        return
      case 'const':
        throw new Error('constants are emitted by their users')
    }
  }

  /** Where one side is zero bits, the condition's mask does it alone: V8 makes three instructions of a bitselect. */
  #masked([condition, ifTrue, ifFalse]: readonly Expr[], value: (expr: Expr) => void): boolean {
    const isZero = ({ spec }: Expr): boolean => spec.op === 'const' && Object.is(spec.value, 0)
    if (!isZero(ifTrue!) && !isZero(ifFalse!)) return false
    value(isZero(ifTrue!) ? ifFalse! : ifTrue!)
    value(condition!)
    this.#f.simd(isZero(ifTrue!) ? simd.andnot : simd.and)
    return true
  }

  /** a · b + c and c - a · b by one instruction, where the product is for nothing else. */
  #fused({ spec, dtype, args: [left, right] }: Expr, value: (expr: Expr) => void): boolean {
    if (!this.#relaxed || spec.op !== 'binary' || dtype !== 'float32') return false
    if (spec.fn !== 'add' && spec.fn !== 'sub') return false
    const isFree = (expr: Expr): boolean =>
      expr.spec.op === 'binary' &&
      expr.spec.fn === 'mul' &&
      !this.isShared(expr) &&
      !this.#scalars.has(expr) &&
      !this.#vectors.has(expr)
    const product = isFree(right!) ? right! : spec.fn === 'add' && isFree(left!) ? left! : null
    if (product === null) return false
    const f = this.#f
    // The machine's only fused instruction is for vectors; alone in one, a number is rounded as it would be among others.
    const operand = (expr: Expr): void => {
      value(expr)
      if (!this.#wide) f.simd(simd.f32x4Splat)
    }
    operand(product.args[0]!)
    operand(product.args[1]!)
    operand(product === right ? left! : right!)
    f.simd(spec.fn === 'add' ? simd.f32x4RelaxedMadd : simd.f32x4RelaxedNmadd)
    if (!this.#wide) f.simd(simd.f32x4ExtractLane, 0)
    return true
  }

  /** The larger or smaller of x and a constant: with x first the processor's own instruction keeps a NaN in x. */
  #limited({ spec, dtype, args }: Expr, value: (expr: Expr) => void): boolean {
    if (spec.op !== 'binary' || dtype !== 'float32' || (spec.fn !== 'max' && spec.fn !== 'min')) return false
    const limit = args.find((arg) => arg.spec.op === 'const' && !Number.isNaN(arg.spec.value))
    if (!limit) return false
    value(args[0] === limit ? args[1]! : args[0]!)
    value(limit)
    this.#f.simd(spec.fn === 'max' ? simd.f32x4Pmax : simd.f32x4Pmin)
    return true
  }

  // ---- loads ----

  #load(expr: Expr, address: Address): void {
    const f = this.#f
    const guard = expr.args[0]
    const type = this.#wide ? 'v128' : isFloatRegister(expr.dtype) ? 'f32' : 'i32'
    const read = (): void => {
      if (this.#wide) this.lanes.load(address)
      else {
        this.addresses.emit(address)
        f.memory(type === 'f32' ? op.f32Load : op.i32Load)
      }
      if (this.#wide && expr.dtype === 'bool') f.i32x4(0, 0, 0, 0).simd(simd.i32x4Ne)
    }
    // Lanes cannot branch: what is read where the guard fails is dropped by the guard's own `where`.
    if (guard === undefined || (this.#wide && this.#speculative(expr))) {
      read()
      return
    }
    const zero = (): void => {
      if (type === 'v128') f.i32x4(0, 0, 0, 0)
      else if (type === 'f32') f.f32(0)
      else f.i32(0)
    }
    this.#scalar(guard)
    f.ifElse(type, read, zero)
  }
}
