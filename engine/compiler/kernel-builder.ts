/** Builds the loop kernel of one stored primitive: an expression over everything down to what is stored below it. */
import type { Shape } from '../tensor/shape.ts'
import { elementwise, isLoop, type Decisions } from './decide.ts'
import { ExprBuilder, type Expr } from './expr.ts'
import { add, constant, flatten, loopIndex, range, substitute, valueIndex, type Index } from './index-expr.ts'
import type { LoopKernel } from './kernel.ts'
import { originOf, type Origin } from './origin.ts'
import type { Prim, PrimSpec } from './primitive.ts'
import { reductionRules } from './reductions.ts'
import { moveIndices } from './views.ts'

const computing = new Set([...elementwise, 'reduce', 'gather', 'pad'])

/** Where a part of an assembled primitive goes. */
export interface Place {
  readonly slot: number
  /** Of the whole. */
  readonly shape: Shape
  readonly offset: readonly number[]
}

/** Builds the expression of one stored primitive. */
export class KernelBuilder {
  readonly exprs = new ExprBuilder()
  readonly #memo = new Map<string, Expr>()
  readonly #root: Prim
  readonly #decisions: Decisions
  readonly #slotOf: (prim: Prim) => number
  readonly #outerLoops: number
  readonly #computed = new Set<Prim>()
  readonly #credited: Set<Prim>
  #reduce: LoopKernel['reduce'] = null

  /** `credited`: what kernels before this one were for. */
  constructor(root: Prim, decisions: Decisions, slotOf: (prim: Prim) => number, credited: Set<Prim>) {
    this.#root = root
    this.#decisions = decisions
    this.#slotOf = slotOf
    this.#credited = credited
    this.#outerLoops = root.shape.length
  }

  build(slot: number): LoopKernel {
    const root = this.#root
    const indices = root.shape.map((extent, i) => loopIndex(i, extent))
    const value = this.#compute(root, indices)
    const store = { slot, index: flatten(indices, root.shape), value }
    return {
      kind: 'loop',
      extents: root.shape,
      reduce: this.#reduce,
      stores: [store],
      origin: this.#origin(),
    }
  }

  /** The primitive as a part of something larger. */
  buildPart({ slot, shape, offset }: Place): LoopKernel {
    const root = this.#root
    const indices = root.shape.map((extent, i) => loopIndex(i, extent))
    const at = indices.map((index, i) => add(index, constant(offset[i]!)))
    const store = { slot, index: flatten(at, shape), value: this.#valueAt(root, indices) }
    return { kind: 'loop', extents: root.shape, reduce: null, stores: [store], origin: this.#origin() }
  }

  /** What an earlier kernel has computed already is a means here, not what this one is for. */
  #origin(): Origin {
    const root = this.#root
    const own = [...this.#computed.add(root)].filter(
      (prim) => prim === root || (computing.has(prim.spec.kind) && !this.#credited.has(prim)),
    )
    for (const prim of own) this.#credited.add(prim)
    return originOf(
      root.shape,
      own.reverse().map((prim) => prim.origin),
    )
  }

  #valueAt(prim: Prim, indices: readonly Index[]): Expr {
    if (this.#decisions.stored.has(prim)) {
      return this.exprs.make(
        { op: 'load', slot: this.#slotOf(prim), index: flatten(indices, prim.shape) },
        prim.dtype,
      )
    }
    const key = `${prim.id}@${indices.map((i) => i.key).join()}`
    const known = this.#memo.get(key)
    if (known) return known
    const value = this.#compute(prim, indices)
    this.#memo.set(key, value)
    return value
  }

  #compute(prim: Prim, indices: readonly Index[]): Expr {
    const { spec, dtype, inputs } = prim
    const e = this.exprs
    this.#computed.add(prim)
    const arg = (i: number): Expr => this.#valueAt(inputs[i]!, indices)
    switch (spec.kind) {
      case 'buffer':
        return e.make({ op: 'load', slot: this.#slotOf(prim), index: flatten(indices, prim.shape) }, dtype)
      case 'const':
        return e.make({ op: 'const', value: spec.value }, dtype)
      case 'iota':
        return e.make({ op: 'index', index: indices[spec.axis]! }, dtype)
      case 'unary':
        return e.make({ op: 'unary', fn: spec.fn }, dtype, [arg(0)])
      case 'binary':
        return e.make({ op: 'binary', fn: spec.fn }, dtype, [arg(0), arg(1)])
      case 'where':
        return e.make({ op: 'where' }, dtype, [arg(0), arg(1), arg(2)])
      case 'cast':
        return e.make({ op: 'cast' }, dtype, [arg(0)])
      case 'bitcast':
        return e.make({ op: 'bitcast' }, dtype, [arg(0)])
      case 'reshape':
      case 'permute':
      case 'expand':
      case 'shrink':
      case 'flip':
      case 'window':
        return this.#valueAt(inputs[0]!, moveIndices(prim, indices))
      case 'pad':
        return this.#pad(prim, spec.padding, indices)
      case 'gather': {
        const source = inputs[0]!
        const extent = source.shape[spec.axis]!
        const at = valueIndex(arg(1), extent)
        return this.#valueAt(
          source,
          indices.map((index, i) => (i === spec.axis ? at : index)),
        )
      }
      case 'reduce':
        return this.#reduction(prim, indices)
      case 'contract':
      case 'scatter':
      case 'routine':
      case 'assemble':
        throw new Error(`a ${spec.kind} is always stored`)
    }
  }

  #pad(prim: Prim, padding: readonly (readonly [number, number])[], indices: readonly Index[]): Expr {
    const source = prim.inputs[0]!
    const e = this.exprs
    const tests: Expr[] = []
    const inner = indices.map((index, i) => add(index, constant(-padding[i]![0])))
    const ranges = inner.map(range)
    // Beside the source alone, as a step of a sequence is where the gradient of another one is padded to the whole.
    if (ranges.some(([lo, hi], i) => hi < 0 || lo >= source.shape[i]!))
      return e.make({ op: 'const', value: 0 }, prim.dtype)
    inner.forEach((index, i) => {
      const [lo, hi] = ranges[i]!
      const at = e.make({ op: 'index', index }, 'int32')
      const int = (value: number): Expr => e.make({ op: 'const', value }, 'int32')
      if (lo < 0) tests.push(e.make({ op: 'binary', fn: 'lt' }, 'bool', [int(-1), at]))
      if (hi >= source.shape[i]!)
        tests.push(e.make({ op: 'binary', fn: 'lt' }, 'bool', [at, int(source.shape[i]!)]))
    })
    const value = this.#valueAt(source, inner)
    if (tests.length === 0) return value
    const inside = tests.reduce((a, b) => e.make({ op: 'binary', fn: 'and' }, 'bool', [a, b]))
    // Loads inside run-time addresses as well: they too would reach outside their memory.
    const memo = new Map<Expr, Expr>()
    const guard = (expr: Expr): Expr => e.rewrite(expr, guardLeaf, memo)
    const address = (index: Index): Index => substitute(index, () => null, guard)
    const guardLeaf = (leaf: Expr): Expr | null => {
      const { spec } = leaf
      if (spec.op === 'index') return e.make({ op: 'index', index: address(spec.index) }, leaf.dtype)
      if (spec.op !== 'load') return null
      const before = leaf.args[0] && guard(leaf.args[0])
      const both = before ? e.make({ op: 'binary', fn: 'and' }, 'bool', [before, inside]) : inside
      return e.make({ ...spec, index: address(spec.index) }, leaf.dtype, [both])
    }
    const guarded = guard(value)
    return e.make({ op: 'where' }, prim.dtype, [
      inside,
      guarded,
      e.make({ op: 'const', value: 0 }, prim.dtype),
    ])
  }

  /** Every term by itself, first to last. */
  #writtenOut(prim: Prim, spec: Extract<PrimSpec, { kind: 'reduce' }>, indices: readonly Index[]): Expr {
    const source = prim.inputs[0]!
    let places: Index[][] = [[...indices]]
    for (const axis of spec.axes) {
      const along = Array.from({ length: source.shape[axis]! }, (_, i) => constant(i))
      places = places.flatMap((place) => along.map((at) => place.with(axis, at)))
    }
    const terms = places.map((place) => this.#valueAt(source, place))
    const { combine: fn } = reductionRules[spec.fn]
    return terms.reduce((sum, term) => this.exprs.make({ op: 'binary', fn }, prim.dtype, [sum, term]))
  }

  #reduction(prim: Prim, indices: readonly Index[]): Expr {
    const { spec } = prim
    if (spec.kind !== 'reduce') throw new Error('not a reduction')
    if (!isLoop(prim)) return this.#writtenOut(prim, spec, indices)
    if (this.#decisions.reductions.get(this.#root) !== prim) {
      throw new Error('a reduction appeared in a kernel that does not own it')
    }
    const e = this.exprs
    if (this.#reduce === null) {
      const source = prim.inputs[0]!
      const extents = spec.axes.map((axis) => source.shape[axis]!)
      const inner = indices.map((index, i) => {
        const position = spec.axes.indexOf(i)
        return position < 0 ? index : loopIndex(this.#outerLoops + position, extents[position]!)
      })
      this.#reduce = { extents, terms: [{ fn: spec.fn, value: this.#valueAt(source, inner) }] }
    }
    return e.make({ op: 'reduced', term: 0 }, prim.dtype)
  }
}
