/** LoopKernel → WebAssembly: a loop nest whose invariants are computed as far out as they go, vectorised along one loop. */
import { exprOrder, type Expr } from '../../compiler/expr.ts'
import { range } from '../../compiler/index-expr.ts'
import {
  kernelSlots,
  reducedValues,
  type LoopKernel,
  type SlotInfo,
  type Term,
} from '../../compiler/kernel.ts'
import { loopBases, type Bases } from '../../compiler/kernel-key.ts'
import { reductionRules } from '../../compiler/reductions.ts'
import { expandScalars } from '../../compiler/scalars/index.ts'
import { levelOf, type Address } from './addresses.ts'
import { FunctionBuilder, op, simd } from './assembler.ts'
import { emitBinary, isFloatRegister } from './instructions.ts'
import { everyLane, isSteady, lanes } from './lanes.ts'
import { slackBytes } from './memory.ts'
import { Values } from './values.ts'
import { vectorize, type VectorPlan } from './vectorize.ts'

/** Sums kept at once where a long reduction runs in lanes: one alone would wait for itself. */
const accumulators = 4
/** Vectors of neighbouring columns summed at once: rows are read by whole cache lines. */
const columnVectors = 8
/** Of expressions in a reduction; longer ones keep the machine busy by themselves. */
const shortExpression = 24
/** A cache line of elements, so that threads do not write to the same one. */
const lineElements = 16

export interface LoopOptions {
  /** The machine has fused multiply-add behind relaxed SIMD. */
  readonly relaxed: boolean
}

export interface CompiledLoop {
  readonly code: FunctionBuilder
  /**
   * A loop of independent iterations. The function's last two parameters choose a range of them, which starts at a
   * multiple of `grain`. null: there is none, and no such parameters.
   */
  readonly parallel: { readonly extent: number; readonly grain: number } | null
}

/** The function takes the address of each of the kernel's slots from its base on, in the order of `kernelSlots`, then the range. */
export function compileLoopKernel(
  kernel: LoopKernel,
  slots: readonly SlotInfo[],
  options: LoopOptions,
): CompiledLoop {
  const speculative = (load: Expr): boolean => isSpeculative(load, slots)
  const { kernel: turned, plan } = vectorize(expandScalars(kernel, { has: () => false }), speculative)
  return new LoopEmitter(turned, plan, { ...options, speculative, bases: loopBases(kernel) }).emit()
}

/** Memory has slack below and above all tensors: a guarded load that strays no further may run where its guard fails. */
function isSpeculative({ spec }: Expr, slots: readonly SlotInfo[]): boolean {
  if (spec.op !== 'load') return false
  const [lowest, highest] = range(spec.index)
  const slack = slackBytes / 4 - 2 * lanes
  return lowest >= -slack && highest < slots[spec.slot]!.elements + slack
}

/** The loop whose iterations threads share: the outermost that has enough of them. */
function parallelLoop({ extents }: LoopKernel): number | null {
  if (extents.length === 0) return null
  const wide = extents.findIndex((extent) => extent >= lineElements)
  return wide >= 0 ? wide : extents.indexOf(Math.max(...extents))
}

type Reduction = NonNullable<LoopKernel['reduce']>

/** Locals that reductions are gathered in. */
function accumulator(f: FunctionBuilder, { fn, value: { dtype } }: Term) {
  const isFloat = isFloatRegister(dtype)
  const rule = reductionRules[fn]
  // A register's bits: the largest of unsigned integers is all ones.
  const identity = isFloat ? rule.identity(dtype) : rule.identity(dtype) | 0
  const combine = (wide: boolean): void => emitBinary(f, rule.combine, dtype, wide)
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
  readonly #plan: VectorPlan
  readonly #f: FunctionBuilder
  readonly #values: Values
  readonly #counters: number[]
  readonly #parallel: number | null
  /** Parameters: the range of the parallel loop. */
  readonly #from: number
  readonly #to: number
  readonly #reduceOrder: readonly Expr[]
  readonly #storeOrder: readonly Expr[]
  readonly #order: ReadonlySet<Expr>

  constructor(
    kernel: LoopKernel,
    plan: VectorPlan,
    options: LoopOptions & { readonly speculative: (load: Expr) => boolean; readonly bases: Bases },
  ) {
    this.#kernel = kernel
    this.#plan = plan
    this.#parallel = parallelLoop(kernel)
    const slots = kernelSlots(kernel)
    const f = new FunctionBuilder(slots.length + (this.#parallel === null ? 0 : 2))
    this.#f = f
    ;[this.#from, this.#to] = [slots.length, slots.length + 1]
    const loops = kernel.extents.length + (kernel.reduce?.extents.length ?? 0)
    this.#counters = Array.from({ length: loops }, () => f.local('i32'))
    this.#reduceOrder = exprOrder(reducedValues(kernel))
    this.#storeOrder = exprOrder(kernel.stores.map((s) => s.value))
    this.#order = new Set([...this.#reduceOrder, ...this.#storeOrder])
    this.#values = new Values(f, kernel, this.#order, {
      plan,
      slots: new Map(slots.map((slot, i) => [slot, i])),
      counters: this.#counters,
      ...options,
    })
  }

  emit(): CompiledLoop {
    this.#enter(0)
    this.#outerLoop(0)
    const loop = this.#parallel
    if (loop === null) return { code: this.#f, parallel: null }
    const grain = this.#isVectorLoop(loop) ? lineElements : 1
    return { code: this.#f, parallel: { extent: this.#kernel.extents[loop]!, grain } }
  }

  // ---- the nest ----

  #isVectorLoop(loop: number): boolean {
    return this.#plan.kind !== 'none' && this.#plan.loop === loop
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
    if (!this.#isVectorLoop(loop)) this.#plainLoop(loop, extent, inside)
    else if (this.#overlaps(loop, extent)) this.#overlapping(loop, extent, inside)
    else this.#vectorLoop(loop, extent, inside)
  }

  /** In short loops a tail computed one by one weighs more than a four computed twice. */
  #overlaps(loop: number, extent: number): boolean {
    const isShort = extent < 16 * lanes && this.#columnsAtOnce() === 1
    return loop !== this.#parallel && this.#plan.tail === 'overlap' && isShort && extent % lanes !== 0
  }

  #plainLoop(loop: number, extent: number, inside: () => void): void {
    this.#start(loop)
    this.#values.scoped(false, () => this.#f.range(this.#counters[loop]!, this.#end(loop, extent), 1, inside))
  }

  /** In whole groups of vectors, then in fours, then one by one. */
  #vectorLoop(loop: number, extent: number, inside: () => void): void {
    const counter = this.#counters[loop]!
    this.#start(loop)
    const end = this.#end(loop, extent)
    const run = (wide: boolean, step: number, body: () => void): void =>
      this.#values.scoped(wide, () => this.#f.range(counter, end, step, body))
    const columns = this.#columnsAtOnce()
    if (columns > 1) run(true, columns * lanes, () => this.#columnGroup(loop, columns))
    else if (this.#isPairable(loop, extent)) run(true, 2 * lanes, () => this.#pair(loop))
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

  #isPairable(loop: number, extent: number): boolean {
    const { reduce, stores } = this.#kernel
    if (reduce || extent < 8 * lanes) return false
    const inside = this.#storeOrder.flatMap(({ spec }) =>
      spec.op === 'load' || spec.op === 'index' ? [spec.index] : [],
    )
    return [...inside, ...stores.map((s) => s.index)].every((index) => isSteady(index, loop))
  }

  /** Sets the counter to the loop's first iteration: the caller's, where threads share the loop. */
  #start(loop: number): void {
    if (loop === this.#parallel) this.#f.get(this.#from)
    else this.#f.i32(0)
    this.#f.set(this.#counters[loop]!)
  }

  /** A local that holds the loop's end. */
  #end(loop: number, extent: number): number {
    if (loop === this.#parallel) return this.#to
    const end = this.#f.local('i32')
    this.#f.i32(extent).set(end)
    return end
  }

  /** In fours, the last of which starts early enough to be whole. */
  #overlapping(loop: number, extent: number, inside: () => void): void {
    const f = this.#f
    const counter = this.#counters[loop]!
    const last = extent - lanes
    this.#values.scoped(true, () => {
      f.i32(0).set(counter).emit(op.block, 0x40, op.loop, 0x40)
      inside()
      f.get(counter).i32(last).emit(op.i32Eq, op.brIf, 1)
      const [next, end] = [f.local('i32'), f.local('i32')]
      f.get(counter).i32(lanes).emit(op.i32Add).set(next).i32(last).set(end)
      f.get(next).get(end).get(next).get(end).emit(op.i32LtS, op.select).set(counter)
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
    const count = this.#plan.kind === 'reduce' ? this.#sumsAtOnce(extents) : 0
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

  /** Vectors of partial results along a reduction in lanes. */
  #sumsAtOnce(extents: readonly number[]): number {
    const long = extents.at(-1)! >= 2 * accumulators * lanes
    return long && this.#reduceOrder.length <= shortExpression ? accumulators : 1
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
      this.#values.scoped(this.#values.wide, () => this.#f.loop(counter, 0, extent, 1, inside))
      return
    }
    const f = this.#f
    const end = this.#end(loop, extent)
    f.i32(0).set(counter)
    const sums = this.#sumsAtOnce(extents)
    const several = (): void =>
      this.#eachVector(counter, sums, (which) => {
        this.#enter(loop + 1)
        term(which)
      })
    if (sums > 1) f.range(counter, end, sums * lanes, several)
    this.#values.scoped(true, () => f.range(counter, end, lanes, inside))
    this.#values.scoped(false, () => f.range(counter, end, 1, inside))
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

  /** Neighbouring vectors of outputs whose reductions run side by side. */
  #columnsAtOnce(): number {
    const { reduce, extents } = this.#kernel
    const isWide = this.#plan.kind === 'outer' && extents[this.#plan.loop]! >= columnVectors * lanes
    if (!reduce || !isWide || this.#reduceOrder.length > shortExpression) return 1
    return Math.max(1, Math.floor(columnVectors / reduce.terms.length))
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
      else f.loop(this.#counters[loop + 1 + j]!, 0, extents[j]!, 1, () => walk(j + 1))
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
