/** Fewer, flatter kernels: elementwise neighbours become one kernel, adjacent loops become one loop. */
import { sameShape } from '../tensor/shape.ts'
import { ExprBuilder } from './expr.ts'
import { atomUses, coefficientOf, constant, loopIndex, type Index } from './index-expr.ts'
import {
  kernelExprs,
  kernelReads,
  kernelSlots,
  kernelWrites,
  type Kernel,
  type LoopKernel,
} from './kernel.ts'
import { joinOrigins } from './origin.ts'
import { rewriteKernel } from './rewrite.ts'

/** Merging must not undo what keeps expressions, and the recursion over them, of bounded depth. */
const depthLimit = 100

/** What a kernel touches; asked for once, since every pair of kernels is looked at. */
interface Footprint {
  readonly reads: ReadonlySet<number>
  readonly writes: readonly number[]
}

/** Folds every elementwise kernel into a later one over the same elements that uses it or the same inputs. */
export function mergeKernels(kernels: readonly Kernel[], bufferLimit: number): Kernel[] {
  const list: Kernel[] = [...kernels]
  const known = new Map<Kernel, Footprint>()
  const touches = (kernel: Kernel): Footprint => {
    let footprint = known.get(kernel)
    if (!footprint) {
      footprint = { reads: kernelReads(kernel), writes: kernelWrites(kernel) }
      known.set(kernel, footprint)
    }
    return footprint
  }
  for (let i = list.length - 1; i > 0; i--) {
    for (let j = i - 1; j >= 0; j--) {
      const [early, late] = [list[j]!, list[i]!]
      if (early.kind !== 'loop' || late.kind !== 'loop') continue
      if (!canMerge(early, late, touches(early), touches(late))) continue
      if (!canDelay(touches(early), list.slice(j + 1, i).map(touches))) continue
      const merged = merge(early, late)
      if (kernelSlots(merged).length > bufferLimit) continue
      list[i] = merged
      list.splice(j, 1)
      i--
    }
  }
  return list
}

function canMerge(early: LoopKernel, late: LoopKernel, before: Footprint, after: Footprint): boolean {
  if (early.reduce || late.reduce || !sameShape(early.extents, late.extents)) return false
  const produced = early.stores.filter((s) => after.reads.has(s.slot))
  if (produced.length > 0) {
    if (storeDepth(early) + storeDepth(late) > depthLimit) return false
  } else if (![...before.reads].some((slot) => after.reads.has(slot))) return false
  return kernelExprs(late).every((expr) => {
    if (expr.spec.op !== 'load') return true
    const { slot, index } = expr.spec
    const stores = produced.filter((s) => s.slot === slot)
    return stores.length === 0 || (stores.some((s) => s.index.key === index.key) && expr.args.length === 0)
  })
}

const storeDepth = (kernel: LoopKernel): number => Math.max(...kernel.stores.map((s) => s.value.depth))

/** Nothing in between needs what `early` writes or rewrites what it reads. Two kernels write one slot only as parts of a whole. */
function canDelay({ reads, writes }: Footprint, between: readonly Footprint[]): boolean {
  return between.every(
    (k) => !writes.some((slot) => k.reads.has(slot)) && !k.writes.some((slot) => reads.has(slot)),
  )
}

function merge(early: LoopKernel, late: LoopKernel): LoopKernel {
  const exprs = new ExprBuilder()
  const first = rewriteKernel(early, { exprs })
  const value = new Map(first.stores.map((s) => [`${s.slot}@${s.index.key}`, s.value]))
  const second = rewriteKernel(late, {
    exprs,
    load: ({ spec }) => (spec.op === 'load' ? (value.get(`${spec.slot}@${spec.index.key}`) ?? null) : null),
  })
  const origin = joinOrigins(early.origin, late.origin)
  return { ...late, stores: [...first.stores, ...second.stores], origin }
}

/** Drops loops of one iteration and joins neighbours that every address walks as one. */
export function mergeLoops(kernel: LoopKernel): LoopKernel {
  let current = dropSingles(kernel)
  for (let loop = current.extents.length - 2; loop >= 0; loop--) current = tryJoin(current, loop, false)
  const reduceLoops = current.reduce?.extents.length ?? 0
  for (let loop = reduceLoops - 2; loop >= 0; loop--) current = tryJoin(current, loop, true)
  return current
}

function addresses(kernel: LoopKernel): Index[] {
  const inside = kernelExprs(kernel).flatMap((e) =>
    e.spec.op === 'load' || e.spec.op === 'index' ? [e.spec.index] : [],
  )
  return [...kernel.stores.map((s) => s.index), ...inside]
}

function tryJoin(kernel: LoopKernel, position: number, reduction: boolean): LoopKernel {
  const outer = kernel.extents.length
  const extents = reduction ? kernel.reduce!.extents : kernel.extents
  const base = reduction ? outer : 0
  const [a, b] = [base + position, base + position + 1]
  const inner = extents[position + 1]!
  const joined = addresses(kernel).every((index) => {
    // A run-time address is checked where its own loads stand in the kernel.
    const buried = index.terms.some(
      ({ atom }) => (atom.kind === 'div' || atom.kind === 'mod') && (atomUses(atom, a) || atomUses(atom, b)),
    )
    if (buried) return false
    const linear = { ...index, terms: index.terms.filter((t) => t.atom.kind === 'loop') }
    return coefficientOf(linear, a) === coefficientOf(linear, b)! * inner
  })
  if (!joined) return kernel
  const merged = extents.with(position, extents[position]! * inner).toSpliced(position + 1, 1)
  const rename = (loop: number): Index | null => {
    if (loop === a) return constant(0)
    if (loop === b) return loopIndex(a, merged[position]!)
    return loop > b ? loopIndex(loop - 1, extentOf(kernel, loop)) : null
  }
  const moved = rewriteKernel(kernel, { loop: rename })
  return reduction
    ? { ...moved, reduce: { ...moved.reduce!, extents: merged } }
    : { ...moved, extents: merged }
}

function extentOf(kernel: LoopKernel, loop: number): number {
  return kernel.extents[loop] ?? kernel.reduce!.extents[loop - kernel.extents.length]!
}

function dropSingles(kernel: LoopKernel): LoopKernel {
  const all = [...kernel.extents, ...(kernel.reduce?.extents ?? [])]
  const target = new Map<number, number>()
  all.forEach((extent, loop) => {
    if (extent !== 1) target.set(loop, target.size)
  })
  if (target.size === all.length) return kernel
  const moved = rewriteKernel(kernel, {
    loop: (loop) => (target.has(loop) ? loopIndex(target.get(loop)!, all[loop]!) : constant(0)),
  })
  const live = (extents: readonly number[]): number[] => extents.filter((e) => e !== 1)
  return {
    ...moved,
    extents: live(kernel.extents),
    reduce: moved.reduce && { ...moved.reduce, extents: live(moved.reduce.extents) },
  }
}
