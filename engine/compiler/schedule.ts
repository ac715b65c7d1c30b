/**
 * Fusion: decides which primitives get memory of their own, and turns each of those into one kernel
 * that computes everything between it and its stored inputs.
 */
import { contiguousStrides, numel, type Shape } from '../tensor/shape.ts'
import { ExprBuilder, exprOrder, type Expr } from './expr.ts'
import {
  add,
  coefficientOf,
  constant,
  flatten,
  loopIndex,
  range,
  substitute,
  valueIndex,
  type Index,
} from './index-expr.ts'
import { kernelExprs, kernelReads, kernelSlots, kernelWrites } from './kernel.ts'
import type {
  Axis,
  ContractKernel,
  Kernel,
  LoopKernel,
  MatrixView,
  Plan,
  ScatterKernel,
  SlotInfo,
} from './kernel.ts'
import { mergeKernels, mergeLoops } from './merge.ts'
import { originOf, type Origin } from './origin.ts'
import { rewriteKernel } from './rewrite.ts'
import { topological, type Prim, type PrimSpec, type Program } from './primitive.ts'
import { isMovement, moveIndices } from './views.ts'

export interface ScheduleLimits {
  /** Buffers one kernel may touch. */
  readonly buffers: number
}

const elementwise = new Set(['unary', 'binary', 'where', 'cast', 'bitcast'])
const computing = new Set([...elementwise, 'reduce', 'gather', 'pad'])
/** Memory, and what has a kernel of its own. */
const alwaysStored = new Set(['buffer', 'contract', 'scatter', 'assemble'])
/** Movements that show all of their input. */
const sourceViews = new Set(['reshape', 'permute', 'expand', 'flip'])
const expensive = new Set(['exp', 'log', 'sqrt', 'sin', 'cos', 'tanh', 'erf'])
/** Above this, computing a value twice costs more than storing it (in units of one addition; a judgement, not a law). */
const recomputeLimit = 12
/** Keeps expressions, and the recursion over them, of bounded depth. */
const depthLimit = 200
/** Longest chain of elementwise primitives folded into a reduction's kernel. */
const epilogueLimit = 50

function ownCost(prim: Prim): number {
  const { spec } = prim
  if (spec.kind === 'unary' && expensive.has(spec.fn)) return 8
  if (spec.kind === 'binary' && spec.fn === 'div') return 4
  if (spec.kind === 'gather') return 4
  return elementwise.has(spec.kind) ? 1 : 0
}

/** A sum of so few terms is written out, and fuses like any expression. */
const smallReduction = 9

const reductionSize = (prim: Prim): number =>
  prim.spec.kind === 'reduce' ? prim.spec.axes.reduce((n, axis) => n * prim.inputs[0]!.shape[axis]!, 1) : 0
const isLoop = (prim: Prim): boolean => reductionSize(prim) > smallReduction

/** What is stored, and which stored primitive finishes which reduction. */
interface Decisions {
  readonly stored: Set<Prim>
  /** stored root → the reduction computed inside its kernel. */
  readonly reductions: Map<Prim, Prim>
}

function decide(order: readonly Prim[], outputs: readonly Prim[], forced: ReadonlySet<Prim>): Decisions {
  const users = new Map<Prim, Set<Prim>>()
  for (const prim of order)
    for (const input of prim.inputs) users.set(input, (users.get(input) ?? new Set()).add(prim))
  const usersOf = (prim: Prim): Set<Prim> => users.get(prim) ?? new Set()
  const stored = new Set<Prim>(forced)
  for (const output of outputs) stored.add(output)
  for (const prim of order) if (alwaysStored.has(prim.spec.kind)) stored.add(prim)

  const reductions = new Map<Prim, Prim>()
  const claimed = new Set<Prim>()
  for (const prim of order) {
    if (!isLoop(prim)) continue
    let root = prim
    claimed.add(root)
    for (let length = 0; length < epilogueLimit; length++) {
      const next = usersOf(root).size === 1 ? [...usersOf(root)][0]! : null
      if (next === null || stored.has(root) || claimed.has(next)) break
      const follows = elementwise.has(next.spec.kind) || next.spec.kind === 'reshape'
      if (!follows || numel(next.shape) !== numel(prim.shape)) break
      claimed.add(next)
      root = next
    }
    stored.add(root)
    reductions.set(root, prim)
  }

  for (const prim of order) {
    if (prim.spec.kind === 'contract')
      for (const operand of prim.inputs) stored.add(viewBase(operand, stored) ?? operand)
    if (prim.spec.kind === 'scatter')
      for (const operand of prim.inputs) stored.add(contiguousBase(operand, stored))
  }

  const cost = new Map<Prim, number>()
  const depth = new Map<Prim, number>()
  for (const prim of order) {
    if (stored.has(prim)) {
      cost.set(prim, 0)
      depth.set(prim, 0)
      continue
    }
    // Expensive functions may become long formulas later.
    const below = Math.max(0, ...prim.inputs.map((i) => depth.get(i)!)) + Math.max(1, ownCost(prim))
    const cut = below > depthLimit && !claimed.has(prim)
    if (cut) stored.add(prim)
    depth.set(prim, cut ? 0 : below)
    const inputs = prim.inputs.reduce((sum, i) => sum + cost.get(i)!, 0)
    cost.set(prim, prim.spec.kind === 'reduce' ? reductionSize(prim) * (inputs + 1) : ownCost(prim) + inputs)
  }

  /** Kernels whose code contains the primitive. */
  const homes = new Map<Prim, Set<Prim>>()
  for (let i = order.length - 1; i >= 0; i--) {
    const prim = order[i]!
    const home = new Set<Prim>()
    let stretched = false
    for (const user of usersOf(prim)) {
      for (const h of stored.has(user) ? [user] : homes.get(user)!) home.add(h)
      const repeats =
        user.spec.kind === 'expand' ||
        user.spec.kind === 'window' ||
        (user.spec.kind === 'gather' && user.inputs[0] === prim)
      stretched ||= repeats && numel(user.shape) > numel(prim.shape)
    }
    homes.set(prim, home)
    // Of a view, what it looks at is stored: that is no larger.
    if (stored.has(prim) || prim.spec.kind === 'const' || sourceViews.has(prim.spec.kind)) continue
    const price = cost.get(prim)!
    if ((home.size > 1 && price > recomputeLimit) || (stretched && price >= 4)) stored.add(prim)
  }
  return { stored, reductions }
}

/** The stored (or storable) primitive of which an operand of a contraction is a strided view, or null. */
function viewBase(operand: Prim, stored: ReadonlySet<Prim>): Prim | null {
  const found = walkView(operand, stored)
  return found && found.base.spec.kind !== 'const' ? found.base : null
}

function walkView(operand: Prim, stored: ReadonlySet<Prim>): { base: Prim; index: Index } | null {
  let prim = operand
  let indices = operand.shape.map((extent, i) => loopIndex(i, extent))
  while (!stored.has(prim) && isMovement(prim)) {
    indices = moveIndices(prim, indices)
    prim = prim.inputs[0]!
  }
  const index = flatten(indices, prim.shape)
  // Contractions walk memory forwards: a flipped operand is stored turned around.
  const linear = operand.shape.every((_, i) => (coefficientOf(index, i) ?? -1) >= 0)
  return linear ? { base: prim, index } : null
}

/** The same elements in the same order, before they were reshaped. */
function contiguousBase(prim: Prim, stored: ReadonlySet<Prim>): Prim {
  let base = prim
  while (!stored.has(base) && base.spec.kind === 'reshape') base = base.inputs[0]!
  return base
}

/** The operand's axes from `first` on, as few as its strides allow. */
function axes(shape: readonly number[], strides: readonly number[], first: number, count: number): Axis[] {
  const out: Axis[] = []
  for (let i = first; i < first + count; i++) {
    const [extent, stride] = [shape[i]!, strides[i]!]
    const last = out.at(-1)
    if (extent === 1) continue
    if (last && last.stride === stride * extent)
      out[out.length - 1] = { extent: last.extent * extent, stride }
    else out.push({ extent, stride })
  }
  return out.length > 0 ? out : [{ extent: 1, stride: 0 }]
}

function matrixView(
  operand: Prim,
  groups: readonly [batch: number, rows: number, columns: number],
  stored: ReadonlySet<Prim>,
  slotOf: (prim: Prim) => number,
): MatrixView {
  const view = walkView(operand, stored)
  if (!view || !stored.has(view.base)) throw new Error('an operand of a contraction was not stored')
  const { shape } = operand
  const strides = shape.map((_, i) => coefficientOf(view.index, i)!)
  const [batch, rows, columns] = groups
  return {
    slot: slotOf(view.base),
    offset: view.index.offset,
    batchStrides: strides.slice(0, batch),
    rows: axes(shape, strides, batch, rows),
    columns: axes(shape, strides, batch + rows, columns),
  }
}

/** Where a part of an assembled primitive goes. */
interface Place {
  readonly slot: number
  /** Of the whole. */
  readonly shape: Shape
  readonly offset: readonly number[]
}

/** Builds the expression of one stored primitive. */
class KernelBuilder {
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
      case 'assemble':
        throw new Error(`a ${spec.kind} is always stored`)
    }
  }

  #pad(prim: Prim, padding: readonly (readonly [number, number])[], indices: readonly Index[]): Expr {
    const source = prim.inputs[0]!
    const e = this.exprs
    const tests: Expr[] = []
    const inner = indices.map((index, i) => add(index, constant(-padding[i]![0])))
    inner.forEach((index, i) => {
      const [lo, hi] = range(index)
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
    const fn = spec.fn === 'sum' ? 'add' : 'max'
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
      this.#reduce = { extents, fn: spec.fn, value: this.#valueAt(source, inner) }
    }
    return e.make({ op: 'reduced' }, prim.dtype)
  }
}

function contractKernel(
  prim: Prim,
  stored: ReadonlySet<Prim>,
  slotOf: (prim: Prim) => number,
): ContractKernel {
  const { spec } = prim
  if (spec.kind !== 'contract') throw new Error(`${spec.kind} is not a contraction`)
  const { batch, inner } = spec
  const [a, b] = [prim.inputs[0]!, prim.inputs[1]!]
  const rows = a.shape.length - batch - inner
  const columns = b.shape.length - batch - inner
  return {
    kind: 'contract',
    batch: prim.shape.slice(0, batch),
    m: numel(prim.shape.slice(batch, batch + rows)),
    n: numel(prim.shape.slice(batch + rows)),
    k: numel(b.shape.slice(batch, batch + inner)),
    a: matrixView(a, [batch, rows, inner], stored, slotOf),
    b: matrixView(b, [batch, inner, columns], stored, slotOf),
    out: slotOf(prim),
    origin: originOf(prim.shape, [prim.origin]),
  }
}

function scatterKernel(prim: Prim, stored: ReadonlySet<Prim>, slotOf: (prim: Prim) => number): ScatterKernel {
  const [source, index] = [prim.inputs[0]!, prim.inputs[1]!]
  const [outer, rows, inner] = source.shape as [number, number, number]
  const strides = contiguousStrides(index.shape).map((stride, i) => (index.shape[i] === 1 ? 0 : stride))
  return {
    kind: 'scatter',
    dtype: prim.dtype,
    outer,
    rows,
    inner,
    extent: prim.shape[1]!,
    source: slotOf(contiguousBase(source, stored)),
    index: {
      slot: slotOf(contiguousBase(index, stored)),
      strides: { outer: strides[0]!, rows: strides[1]!, inner: strides[2]! },
    },
    out: slotOf(prim),
    origin: originOf(prim.shape, [prim.origin]),
  }
}

export function schedule(program: Program, limits: ScheduleLimits): Plan {
  const forced = new Set<Prim>()
  for (;;) {
    const order = topological(program.outputs)
    const decisions = decide(order, program.outputs, forced)
    const result = emit(program, order, decisions)
    const tooWide = result.kernels.find((k) => kernelSlots(k.kernel).length > limits.buffers)
    if (!tooWide) return finish(program, result, limits)
    const cut = splitPoint(tooWide.root, decisions.stored)
    if (cut === null) throw new Error(`One kernel needs more than this device's ${limits.buffers} buffers.`)
    forced.add(cut)
  }
}

/** The largest part of a kernel that can be computed on its own. */
function splitPoint(root: Prim, stored: ReadonlySet<Prim>): Prim | null {
  const known = new Map<Prim, Set<Prim>>()
  const leaves = (prim: Prim): Set<Prim> => {
    if (stored.has(prim)) return new Set([prim])
    let found = known.get(prim)
    if (!found) known.set(prim, (found = new Set(prim.inputs.flatMap((i) => [...leaves(i)]))))
    return found
  }
  let best: Prim | null = null
  let most = 1
  let level: Prim[] = [...root.inputs]
  const total = new Set(root.inputs.flatMap((i) => [...leaves(i)])).size
  while (level.length > 0 && best === null) {
    for (const prim of level) {
      const width = stored.has(prim) ? 0 : leaves(prim).size
      if (width > most && width < total) [best, most] = [prim, width]
    }
    level = [...new Set(level.filter((p) => !stored.has(p)).flatMap((p) => [...p.inputs]))]
  }
  return best
}

/** What computes a stored primitive; null where nothing is left to do. */
function kernelOf(
  prim: Prim,
  decisions: Decisions,
  slotOf: (prim: Prim) => number,
  credited: Set<Prim>,
): Kernel | null {
  switch (prim.spec.kind) {
    case 'buffer':
    case 'assemble':
      return null
    case 'contract':
      return contractKernel(prim, decisions.stored, slotOf)
    case 'scatter':
      return scatterKernel(prim, decisions.stored, slotOf)
    default:
      return new KernelBuilder(prim, decisions, slotOf, credited).build(slotOf(prim))
  }
}

interface Emitted {
  readonly kernels: { readonly kernel: Kernel; readonly root: Prim }[]
  readonly slots: SlotInfo[]
}

function emit(program: Program, order: readonly Prim[], decisions: Decisions): Emitted {
  const slots: SlotInfo[] = [
    ...program.inputs.map((i) => ({ elements: numel(i.shape), dtype: i.dtype })),
    ...program.outputs.map((o) => ({ elements: numel(o.shape), dtype: o.dtype })),
  ]
  const slotOf = new Map<Prim, number>()
  const copies: { output: Prim; slot: number }[] = []
  program.outputs.forEach((output, i) => {
    const slot = program.inputs.length + i
    if (output.spec.kind === 'buffer' || slotOf.has(output)) copies.push({ output, slot })
    else slotOf.set(output, slot)
  })
  const find = (prim: Prim): number => {
    if (prim.spec.kind === 'buffer') return prim.spec.slot
    let slot = slotOf.get(prim)
    if (slot === undefined) {
      slot = slots.push({ elements: numel(prim.shape), dtype: prim.dtype }) - 1
      slotOf.set(prim, slot)
    }
    return slot
  }
  const kernels: Emitted['kernels'] = []
  const credited = new Set<Prim>()
  const placesOf = new Map<Prim, { whole: Prim; offset: readonly number[] }[]>()
  for (const whole of order) {
    const { spec } = whole
    if (spec.kind !== 'assemble') continue
    whole.inputs.forEach((part, k) => {
      placesOf.set(part, [...(placesOf.get(part) ?? []), { whole, offset: spec.offsets[k]! }])
    })
  }
  for (const prim of order) {
    if (decisions.stored.has(prim)) {
      const kernel = kernelOf(prim, decisions, find, credited)
      if (kernel) kernels.push({ kernel, root: prim })
    }
    // A part is put in its place where it is computed, so that both can be one kernel.
    for (const { whole, offset } of placesOf.get(prim) ?? []) {
      const place = { slot: find(whole), shape: whole.shape, offset }
      kernels.push({
        kernel: new KernelBuilder(prim, decisions, find, credited).buildPart(place),
        root: prim,
      })
    }
  }
  for (const { output, slot } of copies)
    kernels.push({ kernel: copyKernel(output, find(output), slot), root: output })
  return { kernels, slots }
}

function copyKernel(prim: Prim, from: number, to: number): LoopKernel {
  const exprs = new ExprBuilder()
  const n = numel(prim.shape)
  const index = loopIndex(0, n)
  const value = exprs.make({ op: 'load', slot: from, index }, prim.dtype)
  const stores = [{ slot: to, index, value }]
  return { kind: 'loop', extents: [n], reduce: null, stores, origin: originOf(prim.shape, [prim.origin]) }
}

function finish(program: Program, emitted: Emitted, limits: ScheduleLimits): Plan {
  const merged = mergeKernels(
    emitted.kernels.map((k) => k.kernel),
    limits.buffers,
  )
  const needed = dropUnreadTemporaries(merged, program.inputs.length + program.outputs.length)
  const { kernels, aliases } = updateInPlace(program, needed)
  return {
    slots: emitted.slots,
    inputs: program.inputs.length,
    outputs: program.outputs.length,
    kernels: kernels.map((k) => (k.kind === 'loop' ? mergeLoops(k) : k)),
    aliases,
  }
}

/** Merging kernels can leave a temporary that is written but no longer read. */
function dropUnreadTemporaries(kernels: readonly Kernel[], firstTemporary: number): Kernel[] {
  const read = new Set(kernels.flatMap((k) => [...kernelReads(k)]))
  return kernels.map((k) =>
    k.kind === 'loop'
      ? { ...k, stores: k.stores.filter((s) => s.slot < firstTemporary || read.has(s.slot)) }
      : k,
  )
}

/**
 * State that a step replaces is overwritten where nobody can notice: the writing kernel reads the old value at most
 * at the element it writes, and no later kernel reads the old value. Otherwise it is copied over at the end.
 */
function updateInPlace(
  program: Program,
  kernels: readonly Kernel[],
): { kernels: Kernel[]; aliases: (number | null)[] } {
  let list = [...kernels]
  const aliases: (number | null)[] = program.outputs.map(() => null)
  program.updates.forEach((input, i) => {
    if (input === null) return
    const output = program.inputs.length + i
    const writer = list.findIndex((k) => kernelWrites(k).includes(output))
    const later = list.slice(writer + 1)
    const free =
      later.every((k) => !kernelReads(k).has(input) && !kernelWrites(k).includes(input)) &&
      readsOnlyInPlace(list[writer]!, input, output) &&
      !list.slice(0, writer).some((k) => kernelWrites(k).includes(input))
    if (free) {
      list = list.map((k, at) => (at >= writer ? renameSlot(k, output, input) : k))
      aliases[i] = input
    } else {
      const prim = program.outputs[i]!
      list.push(copyKernel(prim, output, input))
    }
  })
  return { kernels: list, aliases }
}

function readsOnlyInPlace(kernel: Kernel, input: number, output: number): boolean {
  if (kernel.kind !== 'loop') return !kernelReads(kernel).has(input)
  const store = kernel.stores.find((s) => s.slot === output)!
  const reads = kernelExprs(kernel).filter((e) => e.spec.op === 'load' && e.spec.slot === input)
  if (reads.length === 0) return true
  if (kernel.reduce) {
    const inside = new Set(exprOrder([kernel.reduce.value]))
    if (reads.some((r) => inside.has(r))) return false
  }
  return reads.every((r) => r.spec.op === 'load' && r.spec.index.key === store.index.key)
}

function renameSlot(kernel: Kernel, from: number, to: number): Kernel {
  const name = (slot: number): number => (slot === from ? to : slot)
  if (kernel.kind === 'loop') return rewriteKernel(kernel, { slot: name })
  if (kernel.kind === 'scatter') {
    const index = { ...kernel.index, slot: name(kernel.index.slot) }
    return { ...kernel, source: name(kernel.source), index, out: name(kernel.out) }
  }
  const { a, b } = kernel
  return {
    ...kernel,
    a: { ...a, slot: name(a.slot) },
    b: { ...b, slot: name(b.slot) },
    out: name(kernel.out),
  }
}
