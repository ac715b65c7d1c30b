/** LoopKernel → WebAssembly: a loop nest whose invariants are computed as far out as they go, vectorised along one loop. */
import { exprOrder, type Expr } from '../../compiler/expr.ts'
import { kernelSlots, reducedValues, type LoopKernel, type Term } from '../../compiler/kernel.ts'
import { reductionRules } from '../../compiler/reductions.ts'
import { levelOf, type Address } from './addresses.ts'
import { FunctionBuilder, op, simd } from './assembler.ts'
import { push, receive, type Size } from './given-numbers.ts'
import { emitBinary, isFloatRegister } from './instructions.ts'
import { everyLane, lanes } from './lanes.ts'
import type { LoopPlan, LoopSource } from './loop-form.ts'
import { Values } from './values.ts'

export const emitLoop = (source: LoopSource): FunctionBuilder => new LoopEmitter(source).emit()

type Reduction = NonNullable<LoopKernel['reduce']>

/** Locals that reductions are gathered in. */
function accumulator(f: FunctionBuilder, { fn, value: { dtype } }: Term) {
  const isFloat = isFloatRegister(dtype)
  const rule = reductionRules[fn]
  // A register's bits: the largest of unsigned integers is all ones.
  const identity = isFloat ? rule.identity(dtype) : rule.identity(dtype) | 0
  // WebAssembly's maximum, which keeps NaN and knows −0 from 0, is eight instructions of an x86-64; that of C is one.
  const isRough = isFloat && fn === 'peak'
  const combine = (wide: boolean): unknown =>
    isRough && wide ? f.simd(simd.f32x4Pmax) : emitBinary(f, rule.combine, dtype, wide)
  const add = (into: number, wide: boolean, value: () => void): void => {
    f.get(into)
    value()
    combine(wide)
    f.set(into)
  }
  const vectors = (count: number): number[] =>
    Array.from({ length: count }, () => {
      const local = f.local('v128')
      if (isFloat) f.f32x4(identity)
      else f.i32x4(identity, identity, identity, identity)
      f.set(local)
      return local
    })
  const scalar = (): number => {
    const local = f.local(isFloat ? 'f32' : 'i32')
    if (isFloat) f.f32(identity)
    else f.i32(identity)
    f.set(local)
    return local
  }
  /** Adds up the vectors, and then their lanes into the scalar. */
  const fold = ([first, ...others]: readonly number[], into: number): void => {
    if (first === undefined) return
    for (const other of others) add(first, true, () => f.get(other))
    for (const lane of everyLane)
      add(into, false, () => f.get(first).simd(isFloat ? simd.f32x4ExtractLane : simd.i32x4ExtractLane, lane))
  }
  return { add, vectors, scalar, fold }
}

class LoopEmitter {
  readonly #kernel: LoopKernel
  readonly #plan: LoopPlan
  readonly #f: FunctionBuilder
  readonly #values: Values
  readonly #counters: number[]
  /** How often each loop runs; of the parallel one, the parameters say it. */
  readonly #extents: readonly Size[]
  /** Parameters: the range of the parallel loop. */
  readonly #from: number
  readonly #to: number
  readonly #reduceOrder: readonly Expr[]
  readonly #storeOrder: readonly Expr[]
  readonly #order: ReadonlySet<Expr>

  constructor({ kernel, plan, given, ...options }: LoopSource) {
    this.#kernel = kernel
    this.#plan = plan
    const slots = kernelSlots(kernel)
    const f = new FunctionBuilder(slots.length + (plan.parallel === null ? 1 : 3))
    this.#f = f
    ;[this.#from, this.#to] = [slots.length + 1, slots.length + 2]
    const locals = receive(f, slots.length, given.numbers)
    const localOf = (place: number | null): number | null => (place === null ? null : locals[place]!)
    const extents = [...kernel.extents, ...(kernel.reduce?.extents ?? [])]
    this.#extents = extents.map((extent, loop) => {
      const place = given.extent(loop)
      return place === null ? extent : { local: locals[place]! }
    })
    this.#counters = extents.map(() => f.local('i32'))
    this.#reduceOrder = exprOrder(reducedValues(kernel))
    this.#storeOrder = exprOrder(kernel.stores.map((s) => s.value))
    this.#order = new Set([...this.#reduceOrder, ...this.#storeOrder])
    this.#values = new Values(f, kernel, this.#order, {
      plan: plan.vector,
      slots: new Map(slots.map((slot, i) => [slot, i])),
      counters: this.#counters,
      coefficient: (address, term) => localOf(given.coefficient(address, term)),
      divisor: (address, term) => localOf(given.divisor(address, term)),
      constants: new Map([...given.constants].map(([expr, place]) => [expr, locals[place]!])),
      ...options,
    })
  }

  emit(): FunctionBuilder {
    this.#enter(0)
    this.#outerLoop(0)
    return this.#f
  }

  // ---- the nest ----

  #isVectorLoop(loop: number): boolean {
    return this.#plan.vector.kind !== 'none' && this.#plan.vector.loop === loop
  }

  #outerLoop(loop: number): void {
    const extent = this.#kernel.extents[loop]
    if (extent === undefined) {
      this.#innermost()
      return
    }
    const inside = (): void => {
      this.#enter(loop + 1)
      this.#outerLoop(loop + 1)
    }
    if (!this.#isVectorLoop(loop)) this.#plainLoop(loop, inside)
    else if (this.#plan.overlaps) this.#overlapping(loop, inside)
    else this.#vectorLoop(loop, inside)
  }

  #plainLoop(loop: number, inside: () => void): void {
    this.#start(loop)
    this.#values.scoped(false, () => this.#f.range(this.#counters[loop]!, this.#end(loop), 1, inside))
  }

  /** In whole groups of vectors, then in fours, then one by one. */
  #vectorLoop(loop: number, inside: () => void): void {
    const counter = this.#counters[loop]!
    this.#start(loop)
    const end = this.#end(loop)
    const run = (wide: boolean, step: number, body: () => void): void =>
      this.#values.scoped(wide, () => this.#f.range(counter, end, step, body))
    const { columns, pairs } = this.#plan
    if (columns > 1) run(true, columns * lanes, () => this.#columnGroup(loop, columns))
    else if (pairs) run(true, 2 * lanes, () => this.#pair(loop))
    run(true, lanes, inside)
    run(false, 1, inside)
  }

  /** Two neighbouring vectors at once: V8 makes one of eight out of them where the processor has those. */
  #pair(loop: number): void {
    const values = this.#values
    const kept = this.#kernel.stores.map(() => [this.#f.local('v128'), this.#f.local('v128')])
    for (const half of [0, 1]) {
      values.ahead(half, () => {
        this.#enter(loop + 1)
        this.#kernel.stores.forEach(({ value }, i) => {
          values.emit(value)
          this.#f.set(kept[i]![half]!)
        })
      })
    }
    // All that is read has been read: V8 looks for neighbours among the stores.
    this.#kernel.stores.forEach(({ slot, index, value }, i) => {
      const push = (local: number) => (): unknown => this.#f.get(local)
      values.lanes.store({ slot, index }, value.dtype, kept[i]!.map(push))
    })
  }

  /** Sets the counter to the loop's first iteration: the caller's, where threads share the loop. */
  #start(loop: number): void {
    if (loop === this.#plan.parallel) this.#f.get(this.#from)
    else this.#f.i32(0)
    this.#f.set(this.#counters[loop]!)
  }

  /** A local that holds the loop's end. */
  #end(loop: number): number {
    if (loop === this.#plan.parallel) return this.#to
    const extent = this.#extents[loop]!
    if (typeof extent !== 'number') return extent.local
    const end = this.#f.local('i32')
    push(this.#f, extent).set(end)
    return end
  }

  /** In fours, the last of which starts early enough to be whole. */
  #overlapping(loop: number, inside: () => void): void {
    const f = this.#f
    const counter = this.#counters[loop]!
    const [next, last] = [f.local('i32'), f.local('i32')]
    push(f, this.#extents[loop]!).i32(lanes).emit(op.i32Sub).set(last)
    this.#values.scoped(true, () => {
      f.i32(0).set(counter).emit(op.block, 0x40, op.loop, 0x40)
      inside()
      f.get(counter).get(last).emit(op.i32Eq, op.brIf, 1)
      f.get(counter).i32(lanes).emit(op.i32Add).set(next)
      f.get(next).get(last).get(next).get(last).emit(op.i32LtS, op.select).set(counter)
      f.emit(op.br, 0, op.end, op.end)
    })
  }

  #innermost(): void {
    const { reduce } = this.#kernel
    if (reduce) this.#reduction(reduce)
    this.#stores()
  }

  #stores(): void {
    const values = this.#values
    for (const expr of this.#storeOrder) {
      if (values.needsReduced(expr) && expr.spec.op !== 'reduced' && values.isShared(expr)) values.keep(expr)
    }
    const { stores } = this.#kernel
    // A store may overwrite what a later value reads (in-place updates): all values come first.
    if (stores.length > 1) for (const { value } of stores) values.keep(value)
    for (const { slot, index, value } of stores) values.store({ slot, index }, value)
  }

  // ---- the reduction ----

  #reduction({ terms, extents }: Reduction): void {
    const values = this.#values
    const gathered = terms.map((term) => ({ ...term, into: accumulator(this.#f, term) }))
    if (values.wide) {
      const sums = gathered.map(({ into }) => into.vectors(1)[0]!)
      this.#reduceLoop(0, extents, () =>
        gathered.forEach(({ into, value }, i) => into.add(sums[i]!, true, () => values.emit(value))),
      )
      values.reduced = sums
      return
    }
    const scalars = gathered.map(({ into }) => into.scalar())
    const count = this.#plan.vector.kind === 'reduce' ? this.#plan.sums : 0
    const sums = gathered.map(({ into }) => into.vectors(count))
    this.#reduceLoop(0, extents, (which) => {
      const { wide } = values
      gathered.forEach(({ into, value }, i) =>
        into.add(wide ? sums[i]![which]! : scalars[i]!, wide, () => values.emit(value)),
      )
    })
    gathered.forEach(({ into }, i) => into.fold(sums[i]!, scalars[i]!))
    values.reduced = scalars
  }

  /** `term(i)` adds one term, or four of them, to partial result i. */
  #reduceLoop(j: number, extents: readonly number[], term: (which: number) => void): void {
    const extent = extents[j]
    if (extent === undefined) {
      term(0)
      return
    }
    const loop = this.#kernel.extents.length + j
    const counter = this.#counters[loop]!
    const inside = (): void => {
      this.#enter(loop + 1)
      this.#reduceLoop(j + 1, extents, term)
    }
    if (!this.#isVectorLoop(loop)) {
      this.#values.scoped(this.#values.wide, () => this.#repeat(loop, inside))
      return
    }
    const f = this.#f
    const end = this.#end(loop)
    f.i32(0).set(counter)
    const { sums } = this.#plan
    const several = (): void =>
      this.#eachVector(counter, sums, (which) => {
        this.#enter(loop + 1)
        term(which)
      })
    if (sums > 1) f.range(counter, end, sums * lanes, several)
    this.#values.scoped(true, () => f.range(counter, end, lanes, inside))
    this.#values.scoped(false, () => f.range(counter, end, 1, inside))
  }

  /** All of a loop's iterations, one by one. */
  #repeat(loop: number, body: () => void): void {
    const counter = this.#counters[loop]!
    const extent = this.#extents[loop]!
    if (typeof extent === 'number') {
      this.#f.loop(counter, 0, extent, 1, body)
      return
    }
    this.#f.i32(0).set(counter)
    this.#f.range(counter, extent.local, 1, body)
  }

  /** Neighbouring vectors in turn: the counter goes along, and comes back. */
  #eachVector(counter: number, count: number, body: (which: number) => void): void {
    const advance = (vectors: number): unknown =>
      this.#f
        .get(counter)
        .i32(vectors * lanes)
        .emit(op.i32Add)
        .set(counter)
    for (let which = 0; which < count; which++) {
      this.#values.scoped(true, () => body(which))
      advance(1)
    }
    advance(-count)
  }

  /** All of a group's sums over one walk through the rows. What depends on the column is computed for each in turn. */
  #columnGroup(loop: number, columns: number): void {
    const { terms, extents } = this.#kernel.reduce!
    const f = this.#f
    const counter = this.#counters[loop]!
    const gathered = terms.map((term) => ({ ...term, into: accumulator(f, term) }))
    const sums = gathered.map(({ into }) => into.vectors(columns))
    const innermost = loop + extents.length
    const each = (levels: number, body: (which: number) => void): void =>
      this.#eachVector(counter, columns, (which) => {
        for (let level = loop + 1; level <= levels; level++) this.#enter(level)
        body(which)
      })
    const walk = (j: number): void => {
      if (j === extents.length)
        each(innermost + 1, (which) =>
          gathered.forEach(({ into, value }, i) =>
            into.add(sums[i]![which]!, true, () => this.#values.emit(value)),
          ),
        )
      else this.#repeat(loop + 1 + j, () => walk(j + 1))
    }
    walk(0)
    each(loop + 1, (which) => {
      this.#values.reduced = sums.map((vectors) => vectors[which]!)
      this.#stores()
    })
  }

  // ---- what is known at a level ----

  /** Entering a level: everything whose value is now known and is needed further in, or more than once, is computed here. */
  #enter(level: number): void {
    const outer = this.#kernel.extents.length
    const values = this.#values
    for (const expr of level <= outer ? this.#order : this.#reduceOrder) {
      if (levelOf(expr.loops) !== level || values.needsReduced(expr)) continue
      const isKept =
        values.usedInside(expr, level) || this.#isRootInside(expr, level) || values.isShared(expr)
      if (isKept || expr.spec.op === 'const') values.keep(expr)
    }
    values.addresses.advance(level, this.#usedInside(level))
  }

  /** A reduction's or store's value that does not vary with the innermost loops. */
  #isRootInside(expr: Expr, level: number): boolean {
    const { reduce, stores, extents } = this.#kernel
    if (reduce?.terms.some(({ value }) => value === expr))
      return level < extents.length + reduce.extents.length
    return stores.some((s) => s.value === expr) && (level < extents.length || reduce !== null)
  }

  *#usedInside(level: number): Generator<Address> {
    const { reduce, stores, extents } = this.#kernel
    for (const { spec } of level < extents.length || reduce === null ? this.#order : this.#reduceOrder)
      if (spec.op === 'load') yield { slot: spec.slot, index: spec.index }
    if (level < extents.length) for (const { slot, index } of stores) yield { slot, index }
  }
}
