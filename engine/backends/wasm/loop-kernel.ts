/** LoopKernel → WebAssembly: a loop nest whose invariants are computed as far out as they go, vectorised along one loop. */
import { exprChildren, exprOrder, type Expr } from '../../compiler/expr.ts'
import type { Atom, Index, Term } from '../../compiler/index-expr.ts'
import { indexLoops } from '../../compiler/index-expr.ts'
import { kernelSlots, type LoopKernel, type Store } from '../../compiler/kernel.ts'
import { expandMath } from '../../compiler/math.ts'
import type { UnaryFn } from '../../compiler/primitive.ts'
import { FunctionBuilder, op, simd } from './assembler.ts'
import { emitBinary, emitBitcast, emitCast, emitUnary, isFloatRegister } from './instructions.ts'
import { isContiguous, lanes, planVector, usesReduced, type VectorPlan } from './vectorize.ts'

const formulas: ReadonlySet<UnaryFn> = new Set(['exp', 'log', 'tanh', 'erf', 'sin', 'cos'])

/** The function takes the address of each of the kernel's slots, in the order of `kernelSlots`. */
export function compileLoopKernel(kernel: LoopKernel): FunctionBuilder {
  return new LoopEmitter(expandMath(kernel, formulas)).emit()
}

interface Address {
  readonly slot: number
  readonly index: Index
}

/** Where a term's value becomes known: 0 outside all loops, i + 1 inside loop i. */
const levelOf = (loops: ReadonlySet<number>): number => (loops.size === 0 ? 0 : Math.max(...loops) + 1)

function atomLevel(atom: Atom): number {
  if (atom.kind === 'loop') return atom.loop + 1
  return levelOf(atom.kind === 'value' ? atom.expr.loops : indexLoops(atom.of))
}

class LoopEmitter {
  readonly #kernel: LoopKernel
  readonly #f: FunctionBuilder
  readonly #slots: Map<number, number>
  readonly #plan: VectorPlan
  readonly #counters: number[]
  /** Whether code is being emitted for four elements. */
  #vector = false
  /** Values kept in locals: as one element, and as four copies of it or four elements. */
  #scalars = new Map<Expr, number>()
  #vectors = new Map<Expr, number>()
  /** Partial addresses in bytes: those terms known at outer levels already added. */
  #addresses = new Map<string, { local: number; level: number }>()
  readonly #reducedUse = new Map<Expr, boolean>()
  #reducedLocal: { scalar?: number; vector?: number } = {}
  /** The vector loop's counter in bytes. */
  #vectorBytes = -1
  readonly #outerLevel: number
  readonly #reduceOrder: Expr[]
  readonly #storeOrder: Expr[]
  readonly #uses: Map<Expr, Expr[]>

  constructor(kernel: LoopKernel) {
    this.#kernel = kernel
    const slots = kernelSlots(kernel)
    this.#f = new FunctionBuilder(slots.length)
    this.#slots = new Map(slots.map((slot, i) => [slot, i]))
    this.#plan = planVector(kernel)
    const loops = kernel.extents.length + (kernel.reduce?.extents.length ?? 0)
    this.#counters = Array.from({ length: loops }, () => this.#f.local('i32'))
    this.#outerLevel = kernel.extents.length
    this.#reduceOrder = kernel.reduce ? exprOrder([kernel.reduce.value]) : []
    this.#storeOrder = exprOrder(kernel.stores.map((s) => s.value))
    this.#uses = new Map()
    for (const expr of new Set([...this.#reduceOrder, ...this.#storeOrder])) {
      for (const child of exprChildren(expr)) this.#uses.set(child, [...(this.#uses.get(child) ?? []), expr])
    }
  }

  emit(): FunctionBuilder {
    this.#enter(0)
    this.#outerLoop(0)
    return this.#f
  }

  // ---- the nest ----

  #outerLoop(loop: number): void {
    const extent = this.#kernel.extents[loop]
    if (extent === undefined) {
      this.#innermost()
      return
    }
    const isVector = this.#plan.kind === 'outer' && this.#plan.loop === loop
    const inside = (): void => {
      this.#enter(loop + 1)
      this.#outerLoop(loop + 1)
    }
    this.#eachElement(loop, extent, isVector, inside)
  }

  /** The loop, in fours and then one by one where it is the vectorised one. */
  #eachElement(loop: number, extent: number, isVector: boolean, inside: () => void): void {
    const counter = this.#counters[loop]!
    const whole = isVector ? extent - (extent % lanes) : 0
    if (whole > 0) {
      this.#scoped(true, () => {
        this.#vectorBytes = this.#f.local('i32')
        this.#f.loop(counter, 0, whole, lanes, () => {
          this.#f.get(counter).i32(2).emit(op.i32Shl).set(this.#vectorBytes)
          inside()
        })
      })
    }
    if (whole < extent) this.#scoped(false, () => this.#f.loop(counter, whole, extent, 1, inside))
  }

  /** What is kept in locals inside is forgotten outside. */
  #scoped(vector: boolean, body: () => void): void {
    const before = {
      vector: this.#vector,
      scalars: this.#scalars,
      vectors: this.#vectors,
      addresses: this.#addresses,
    }
    this.#vector = vector
    this.#scalars = new Map(this.#scalars)
    this.#vectors = new Map(this.#vectors)
    this.#addresses = new Map(this.#addresses)
    body()
    this.#vector = before.vector
    this.#scalars = before.scalars
    this.#vectors = before.vectors
    this.#addresses = before.addresses
  }

  #innermost(): void {
    this.#reducedLocal = {}
    if (this.#kernel.reduce) this.#reduction()
    for (const expr of this.#storeOrder) {
      if (this.#needsReduced(expr) && expr.spec.op !== 'reduced' && this.#shared(expr)) this.#keepOnce(expr)
    }
    const { stores } = this.#kernel
    // A store may overwrite what a later value reads (in-place updates): all values come first.
    if (stores.length > 1) for (const { value } of stores) this.#keepOnce(value)
    for (const store of stores) this.#store(store)
  }

  #reduction(): void {
    const { fn, value, extents } = this.#kernel.reduce!
    const f = this.#f
    const isFloat = isFloatRegister(value.dtype)
    const identity = fn === 'sum' ? 0 : isFloat ? -Infinity : value.dtype === 'uint32' ? 0 : -(2 ** 31)
    const outerVector = this.#vector
    const inLanes = outerVector || this.#plan.kind === 'reduce'
    const scalar = f.local(isFloat ? 'f32' : 'i32')
    const vector = f.local('v128')
    const constant = (): unknown =>
      isFloat ? f.f32x4(identity) : f.i32x4(identity, identity, identity, identity)
    if (inLanes) {
      constant()
      f.set(vector)
    }
    if (!outerVector) (isFloat ? f.f32(identity) : f.i32(identity)).set(scalar)
    const combine = fn === 'sum' ? 'add' : 'max'
    const reduceLoop = (j: number): void => {
      const loop = this.#outerLevel + j
      if (extents[j] === undefined) {
        f.get(this.#vector ? vector : scalar)
        this.#value(value)
        emitBinary(f, combine, value.dtype, this.#vector)
        f.set(this.#vector ? vector : scalar)
        return
      }
      const inside = (): void => {
        this.#enter(loop + 1)
        reduceLoop(j + 1)
      }
      if (outerVector) this.#scoped(true, () => f.loop(this.#counters[loop]!, 0, extents[j]!, 1, inside))
      else
        this.#eachElement(loop, extents[j]!, this.#plan.kind === 'reduce' && this.#plan.loop === loop, inside)
    }
    reduceLoop(0)
    if (outerVector) {
      this.#reducedLocal = { vector }
      return
    }
    if (inLanes) {
      for (let lane = 0; lane < lanes; lane++) {
        f.get(scalar)
          .get(vector)
          .simd(isFloat ? simd.f32x4ExtractLane : simd.i32x4ExtractLane, lane)
        emitBinary(f, combine, value.dtype, false)
        f.set(scalar)
      }
    }
    this.#reducedLocal = { scalar }
  }

  #store({ slot, index, value }: Store): void {
    const f = this.#f
    this.#address({ slot, index })
    this.#value(value)
    if (this.#vector) {
      if (value.dtype === 'bool') f.i32x4(1, 1, 1, 1).simd(simd.and)
      f.simdMemory(simd.store)
    } else f.memory(isFloatRegister(value.dtype) ? op.f32Store : op.i32Store)
  }

  // ---- keeping values ----

  #needsReduced(expr: Expr): boolean {
    return usesReduced(expr, this.#reducedUse)
  }

  /** Varies between the four elements. */
  #varies(expr: Expr): boolean {
    if (!this.#vector) return false
    return expr.loops.has(this.#plan.loop) || (this.#plan.kind === 'outer' && this.#needsReduced(expr))
  }

  #shared(expr: Expr): boolean {
    return expr.spec.op !== 'const' && (this.#uses.get(expr)?.length ?? 0) > 1
  }

  /** Entering a level: everything whose value is now known and is needed further in, or more than once, is computed here. */
  #enter(level: number): void {
    const order =
      level <= this.#outerLevel ? new Set([...this.#reduceOrder, ...this.#storeOrder]) : this.#reduceOrder
    for (const expr of order) {
      if (levelOf(expr.loops) !== level || expr.spec.op === 'const' || this.#needsReduced(expr)) continue
      const users = this.#uses.get(expr) ?? []
      const deeper =
        users.some((u) => levelOf(u.loops) > level || this.#needsReduced(u)) ||
        this.#isRootDeeper(expr, level)
      if (deeper || this.#shared(expr)) this.#keep(expr)
    }
    this.#advanceAddresses(level)
  }

  /** A reduction's or store's value that does not vary with the innermost loops. */
  #isRootDeeper(expr: Expr, level: number): boolean {
    const { reduce, stores, extents } = this.#kernel
    const innermost = extents.length + (reduce?.extents.length ?? 0)
    if (reduce?.value === expr) return level < innermost
    return stores.some((s) => s.value === expr) && (level < this.#outerLevel || reduce !== null)
  }

  #keepOnce(expr: Expr): void {
    if (expr.spec.op === 'const' || this.#scalars.has(expr) || this.#vectors.has(expr)) return
    this.#keep(expr)
  }

  #keep(expr: Expr): void {
    const f = this.#f
    if (this.#varies(expr)) {
      this.#value(expr)
      const local = f.local('v128')
      f.set(local)
      this.#vectors.set(expr, local)
      return
    }
    this.#scalarValue(expr)
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

  #hasVectorUser(expr: Expr): boolean {
    const isVector = (e: Expr): boolean =>
      e.loops.has(this.#plan.loop) || (this.#plan.kind === 'outer' && this.#needsReduced(e))
    const { reduce, stores } = this.#kernel
    return (
      (this.#uses.get(expr) ?? []).some(isVector) ||
      reduce?.value === expr ||
      stores.some((s) => s.value === expr)
    )
  }

  #splat(expr: Expr): void {
    const f = this.#f
    if (isFloatRegister(expr.dtype)) f.simd(simd.f32x4Splat)
    else {
      if (expr.dtype === 'bool') f.i32(-1).emit(op.i32Mul)
      f.simd(simd.i32x4Splat)
    }
  }

  // ---- values ----

  /** Leaves the value on the stack, in as many lanes as are being computed. */
  #value(expr: Expr): void {
    const f = this.#f
    if (!this.#vector) {
      this.#scalarValue(expr)
      return
    }
    const kept = this.#vectors.get(expr)
    if (kept !== undefined) {
      f.get(kept)
      return
    }
    if (expr.spec.op === 'const') {
      this.#constantLanes(expr, expr.spec.value)
      return
    }
    if (!this.#varies(expr)) {
      this.#scalarValue(expr)
      this.#splat(expr)
      return
    }
    this.#operation(expr, (e) => this.#value(e))
  }

  #constantLanes(expr: Expr, value: number): void {
    if (isFloatRegister(expr.dtype)) this.#f.f32x4(value)
    else {
      const lane = expr.dtype === 'bool' ? -Number(value !== 0) : value
      this.#f.i32x4(lane, lane, lane, lane)
    }
  }

  #scalarValue(expr: Expr): void {
    const f = this.#f
    const kept = this.#scalars.get(expr)
    if (kept !== undefined) {
      f.get(kept)
      return
    }
    const before = this.#vector
    this.#vector = false
    if (expr.spec.op === 'const')
      isFloatRegister(expr.dtype) ? f.f32(expr.spec.value) : f.i32(expr.spec.value)
    else this.#operation(expr, (e) => this.#scalarValue(e))
    this.#vector = before
  }

  #operation(expr: Expr, value: (expr: Expr) => void): void {
    const f = this.#f
    const { spec, args } = expr
    const vector = this.#vector
    switch (spec.op) {
      case 'load':
        this.#load(expr, { slot: spec.slot, index: spec.index }, args[0])
        return
      case 'index':
        this.#indexValue(spec.index)
        return
      case 'reduced':
        f.get(vector ? this.#reducedLocal.vector! : this.#reducedLocal.scalar!)
        return
      case 'unary':
        value(args[0]!)
        emitUnary(f, spec.fn, expr.dtype, vector)
        return
      case 'binary': {
        value(args[0]!)
        const isShift = spec.fn === 'shl' || spec.fn === 'shr'
        if (vector && isShift && args[1]!.spec.op === 'const') f.i32(args[1]!.spec.value)
        else value(args[1]!)
        emitBinary(f, spec.fn, args[0]!.dtype, vector)
        return
      }
      case 'where':
        value(args[1]!)
        value(args[2]!)
        value(args[0]!)
        if (vector) f.simd(simd.bitselect)
        else f.emit(op.select)
        return
      case 'cast':
        value(args[0]!)
        emitCast(f, args[0]!.dtype, expr.dtype, vector)
        return
      case 'bitcast':
        value(args[0]!)
        emitBitcast(f, args[0]!.dtype, expr.dtype, vector)
        return
      case 'const':
        throw new Error('constants are emitted by their users')
    }
  }

  #load(expr: Expr, address: Address, guard: Expr | undefined): void {
    const f = this.#f
    const vector = this.#vector
    const read = (): void => {
      if (!vector) {
        this.#address(address)
        f.memory(isFloatRegister(expr.dtype) ? op.f32Load : op.i32Load)
      } else if (isContiguous(address.index, this.#plan.loop)) {
        this.#address(address)
        f.simdMemory(simd.load)
      } else this.#gatherLanes(address)
      if (vector && expr.dtype === 'bool') f.i32x4(0, 0, 0, 0).simd(simd.i32x4Ne)
    }
    if (guard === undefined) {
      read()
      return
    }
    this.#scalarValue(guard)
    const type = vector ? 'v128' : isFloatRegister(expr.dtype) ? 'f32' : 'i32'
    const zero = (): void => {
      if (type === 'v128') f.i32x4(0, 0, 0, 0)
      else if (type === 'f32') f.f32(0)
      else f.i32(0)
    }
    f.ifElse(type, read, zero)
  }

  /** Four loads from four addresses. */
  #gatherLanes({ slot, index }: Address): void {
    const f = this.#f
    const positions = f.local('v128')
    const out = f.local('v128')
    this.#indexValue(index)
    f.i32(2).simd(simd.i32x4Shl).set(positions)
    f.i32x4(0, 0, 0, 0).set(out)
    for (let lane = 0; lane < lanes; lane++) {
      f.get(positions).simd(simd.i32x4ExtractLane, lane).get(this.#slots.get(slot)!).emit(op.i32Add)
      f.get(out).simdMemory(simd.load32Lane, 0, lane).set(out)
    }
    f.get(out)
  }

  /** An address expression's number, in elements, in as many lanes as are being computed. */
  #indexValue(index: Index): void {
    const f = this.#f
    if (!this.#vector) {
      f.i32(index.offset)
      for (const term of index.terms) {
        this.#term(term, 1)
        f.emit(op.i32Add)
      }
      return
    }
    f.i32x4(index.offset, index.offset, index.offset, index.offset)
    for (const { atom, coefficient } of index.terms) {
      if (atom.kind === 'loop' && atom.loop === this.#plan.loop) {
        f.get(this.#counters[atom.loop]!).simd(simd.i32x4Splat).i32x4(0, 1, 2, 3).simd(simd.i32x4Add)
      } else if (atom.kind === 'value' && this.#varies(atom.expr)) {
        this.#value(atom.expr)
        f.i32x4(0, 0, 0, 0).simd(simd.i32x4MaxS)
        const last = atom.extent - 1
        f.i32x4(last, last, last, last).simd(simd.i32x4MinS)
      } else {
        this.#term({ atom, coefficient: 1 }, 1)
        f.simd(simd.i32x4Splat)
      }
      if (coefficient !== 1) f.i32x4(coefficient, coefficient, coefficient, coefficient).simd(simd.i32x4Mul)
      f.simd(simd.i32x4Add)
    }
  }

  // ---- addresses ----

  #term({ atom, coefficient }: Term, unit: number): void {
    const f = this.#f
    const before = this.#vector
    this.#vector = false
    switch (atom.kind) {
      case 'loop':
        f.get(this.#counters[atom.loop]!)
        break
      case 'value': {
        this.#scalarValue(atom.expr)
        f.i32(0)
        emitBinary(f, 'max', 'int32', false)
        f.i32(atom.extent - 1)
        emitBinary(f, 'min', 'int32', false)
        break
      }
      case 'div':
      case 'mod':
        this.#indexValue(atom.of)
        f.i32(atom.by).emit(atom.kind === 'div' ? op.i32DivU : op.i32RemU)
    }
    this.#vector = before
    if (coefficient * unit !== 1) f.i32(coefficient * unit).emit(op.i32Mul)
  }

  /** The byte address of an element (or of the first of four). */
  #address({ slot, index }: Address): void {
    const f = this.#f
    const known = this.#addresses.get(`${slot}@${index.key}`)
    const from = known?.level ?? -1
    f.get(known?.local ?? this.#slots.get(slot)!)
    if (!known && index.offset !== 0) f.i32(index.offset * 4).emit(op.i32Add)
    for (const term of index.terms) {
      if (atomLevel(term.atom) <= from) continue
      const isVectorLoop = this.#vector && term.atom.kind === 'loop' && term.atom.loop === this.#plan.loop
      if (isVectorLoop && term.coefficient === 1) f.get(this.#vectorBytes)
      else this.#term(term, 4)
      f.emit(op.i32Add)
    }
  }

  /** Adds to every address still to be used further in what this level contributes. */
  #advanceAddresses(level: number): void {
    const f = this.#f
    const order =
      level < this.#outerLevel || this.#kernel.reduce === null
        ? [...this.#reduceOrder, ...this.#storeOrder]
        : this.#reduceOrder
    const wanted = new Map<string, Address>()
    for (const { spec } of order) {
      if (spec.op === 'load')
        wanted.set(`${spec.slot}@${spec.index.key}`, { slot: spec.slot, index: spec.index })
    }
    if (level < this.#outerLevel)
      for (const { slot, index } of this.#kernel.stores) wanted.set(`${slot}@${index.key}`, { slot, index })
    for (const [key, { slot, index }] of wanted) {
      const levels = index.terms.map((t) => atomLevel(t.atom))
      const contributes = levels.includes(level) || (level === 0 && index.offset !== 0)
      if (!contributes || !levels.some((l) => l > level)) continue
      const known = this.#addresses.get(key)
      f.get(known?.local ?? this.#slots.get(slot)!)
      if (!known && index.offset !== 0) f.i32(index.offset * 4).emit(op.i32Add)
      for (const term of index.terms) {
        const at = atomLevel(term.atom)
        if (at > level || at <= (known?.level ?? -1)) continue
        this.#term(term, 4)
        f.emit(op.i32Add)
      }
      const local = f.local('i32')
      f.set(local)
      this.#addresses.set(key, { local, level })
    }
  }
}
