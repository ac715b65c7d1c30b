/** LoopKernel → WebAssembly: a loop nest whose invariants are computed as far out as they go, vectorised along one loop. */
import { exprOrder, type Expr } from '../../compiler/expr.ts'
import { range } from '../../compiler/index-expr.ts'
import { kernelSlots, type LoopKernel, type SlotInfo } from '../../compiler/kernel.ts'
import { expandMath } from '../../compiler/math.ts'
import type { UnaryFn } from '../../compiler/primitive.ts'
import { levelOf, type Address } from './addresses.ts'
import { FunctionBuilder, op, simd } from './assembler.ts'
import { emitBinary, isFloatRegister } from './instructions.ts'
import { lanes } from './lanes.ts'
import { slackBytes } from './memory.ts'
import { Values } from './values.ts'
import { vectorize, type VectorPlan } from './vectorize.ts'

const formulas: ReadonlySet<UnaryFn> = new Set(['exp', 'log', 'tanh', 'erf', 'sin', 'cos'])
/** Sums kept at once where a long reduction runs in lanes: one alone would wait for itself. */
const accumulators = 4
/** Of expressions in a reduction; longer ones keep the machine busy by themselves. */
const shortExpression = 24
/** A cache line of elements, so that threads do not write to the same one. */
const lineElements = 16

export interface CompiledLoop {
  readonly code: FunctionBuilder
  /**
   * A loop of independent iterations. The function's last two parameters choose a range of them, which starts at a
   * multiple of `grain`. null: there is none, and no such parameters.
   */
  readonly parallel: { readonly extent: number; readonly grain: number } | null
}

/** The function takes the address of each of the kernel's slots, in the order of `kernelSlots`, then the range. */
export function compileLoopKernel(kernel: LoopKernel, slots: readonly SlotInfo[]): CompiledLoop {
  const speculative = (load: Expr): boolean => isSpeculative(load, slots)
  const { kernel: turned, plan } = vectorize(expandMath(kernel, formulas), speculative)
  return new LoopEmitter(turned, plan, speculative).emit()
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

  constructor(kernel: LoopKernel, plan: VectorPlan, speculative: (load: Expr) => boolean) {
    this.#kernel = kernel
    this.#plan = plan
    this.#parallel = parallelLoop(kernel)
    const slots = kernelSlots(kernel)
    const f = new FunctionBuilder(slots.length + (this.#parallel === null ? 0 : 2))
    this.#f = f
    ;[this.#from, this.#to] = [slots.length, slots.length + 1]
    const loops = kernel.extents.length + (kernel.reduce?.extents.length ?? 0)
    this.#counters = Array.from({ length: loops }, () => f.local('i32'))
    this.#reduceOrder = kernel.reduce ? exprOrder([kernel.reduce.value]) : []
    this.#storeOrder = exprOrder(kernel.stores.map((s) => s.value))
    this.#order = new Set([...this.#reduceOrder, ...this.#storeOrder])
    this.#values = new Values(f, kernel, this.#order, {
      plan,
      slots: new Map(slots.map((slot, i) => [slot, i])),
      counters: this.#counters,
      speculative,
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
    if (loop === this.#parallel) this.#rangeLoop(loop, inside)
    else if (!this.#isVectorLoop(loop)) this.#scalars(loop, 0, extent, inside)
    else if (this.#plan.tail === 'overlap') this.#overlapping(loop, extent, inside)
    else {
      const whole = extent - (extent % lanes)
      this.#vectors(loop, whole, inside)
      this.#scalars(loop, whole, extent, inside)
    }
  }

  #scalars(loop: number, start: number, end: number, inside: () => void): void {
    if (start < end)
      this.#values.scoped(false, () => this.#f.loop(this.#counters[loop]!, start, end, 1, inside))
  }

  #vectors(loop: number, end: number, inside: () => void, step: number = lanes): void {
    if (end > 0) this.#values.scoped(true, () => this.#f.loop(this.#counters[loop]!, 0, end, step, inside))
  }

  /** In fours, the last of which starts early enough to be whole. */
  #overlapping(loop: number, extent: number, inside: () => void): void {
    if (extent % lanes === 0) {
      this.#vectors(loop, extent, inside)
      return
    }
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

  /** The caller's range, in fours where it is the vectorised loop, the rest one by one. */
  #rangeLoop(loop: number, inside: () => void): void {
    const f = this.#f
    const counter = this.#counters[loop]!
    f.get(this.#from).set(counter)
    const run = (step: number): void =>
      this.#values.scoped(step === lanes, () => f.range(counter, this.#to, step, inside))
    if (this.#isVectorLoop(loop)) run(lanes)
    run(1)
  }

  #innermost(): void {
    const values = this.#values
    values.reduced = {}
    if (this.#kernel.reduce) this.#reduction()
    for (const expr of this.#storeOrder) {
      if (values.needsReduced(expr) && expr.spec.op !== 'reduced' && values.isShared(expr)) values.keep(expr)
    }
    const { stores } = this.#kernel
    // A store may overwrite what a later value reads (in-place updates): all values come first.
    if (stores.length > 1) for (const { value } of stores) values.keep(value)
    for (const { slot, index, value } of stores) values.store({ slot, index }, value)
  }

  // ---- the reduction ----

  #reduction(): void {
    const { fn, value } = this.#kernel.reduce!
    const f = this.#f
    const isFloat = isFloatRegister(value.dtype)
    const identity = fn === 'sum' ? 0 : isFloat ? -Infinity : value.dtype === 'uint32' ? 0 : -(2 ** 31)
    const outerWide = this.#values.wide
    const scalar = f.local(isFloat ? 'f32' : 'i32')
    const sums = Array.from({ length: this.#sumsAtOnce() }, () => f.local('v128'))
    for (const sum of sums)
      (isFloat ? f.f32x4(identity) : f.i32x4(identity, identity, identity, identity)).set(sum)
    if (!outerWide) (isFloat ? f.f32(identity) : f.i32(identity)).set(scalar)
    const combine = (wide: boolean): void => emitBinary(f, fn === 'sum' ? 'add' : 'max', value.dtype, wide)

    this.#reduceLoop(0, (which) => {
      const into = this.#values.wide ? sums[which]! : scalar
      f.get(into)
      this.#values.emit(value)
      combine(this.#values.wide)
      f.set(into)
    })

    for (const sum of sums.slice(1)) {
      f.get(sums[0]!).get(sum)
      combine(true)
      f.set(sums[0]!)
    }
    if (outerWide) {
      this.#values.reduced = { vector: sums[0]! }
      return
    }
    if (sums.length > 0) {
      for (let lane = 0; lane < lanes; lane++) {
        f.get(scalar)
          .get(sums[0]!)
          .simd(isFloat ? simd.f32x4ExtractLane : simd.i32x4ExtractLane, lane)
        combine(false)
        f.set(scalar)
      }
    }
    this.#values.reduced = { scalar }
  }

  /** Vectors of partial results. */
  #sumsAtOnce(): number {
    if (this.#values.wide) return 1
    if (this.#plan.kind !== 'reduce') return 0
    const long = this.#kernel.reduce!.extents.at(-1)! >= 2 * accumulators * lanes
    return long && this.#reduceOrder.length <= shortExpression ? accumulators : 1
  }

  /** `term(i)` adds one term, or four of them, to partial result i. */
  #reduceLoop(j: number, term: (which: number) => void): void {
    const extent = this.#kernel.reduce!.extents[j]
    if (extent === undefined) {
      term(0)
      return
    }
    const loop = this.#kernel.extents.length + j
    const counter = this.#counters[loop]!
    const inside = (): void => {
      this.#enter(loop + 1)
      this.#reduceLoop(j + 1, term)
    }
    if (this.#values.wide) {
      this.#values.scoped(true, () => this.#f.loop(counter, 0, extent, 1, inside))
      return
    }
    if (!this.#isVectorLoop(loop)) {
      this.#scalars(loop, 0, extent, inside)
      return
    }
    const sums = this.#sumsAtOnce()
    const several = extent - (extent % (sums * lanes))
    this.#vectors(
      loop,
      several,
      () => {
        for (let which = 0; which < sums; which++) {
          this.#values.scoped(true, () => {
            this.#enter(loop + 1)
            term(which)
          })
          if (which < sums - 1) this.#f.get(counter).i32(lanes).emit(op.i32Add).set(counter)
        }
      },
      lanes,
    )
    const whole = extent - (extent % lanes)
    if (several < whole) this.#values.scoped(true, () => this.#f.loop(counter, several, whole, lanes, inside))
    this.#scalars(loop, whole, extent, inside)
  }

  // ---- what is known at a level ----

  /** Entering a level: everything whose value is now known and is needed further in, or more than once, is computed here. */
  #enter(level: number): void {
    const outer = this.#kernel.extents.length
    const values = this.#values
    for (const expr of level <= outer ? this.#order : this.#reduceOrder) {
      if (levelOf(expr.loops) !== level || expr.spec.op === 'const' || values.needsReduced(expr)) continue
      if (values.usedInside(expr, level) || this.#isRootInside(expr, level) || values.isShared(expr))
        values.keep(expr)
    }
    values.addresses.advance(level, this.#usedInside(level))
  }

  /** A reduction's or store's value that does not vary with the innermost loops. */
  #isRootInside(expr: Expr, level: number): boolean {
    const { reduce, stores, extents } = this.#kernel
    if (reduce?.value === expr) return level < extents.length + reduce.extents.length
    return stores.some((s) => s.value === expr) && (level < extents.length || reduce !== null)
  }

  *#usedInside(level: number): Generator<Address> {
    const { reduce, stores, extents } = this.#kernel
    for (const { spec } of level < extents.length || reduce === null ? this.#order : this.#reduceOrder)
      if (spec.op === 'load') yield { slot: spec.slot, index: spec.index }
    if (level < extents.length) for (const { slot, index } of stores) yield { slot, index }
  }
}
