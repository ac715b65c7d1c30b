/** Fewer, flatter kernels: elementwise neighbours become one kernel, adjacent loops become one loop. */
import { sameShape } from '../tensor/shape.ts'
import { ExprBuilder, type Expr } from './expr.ts'
import { atomUses, coefficientOf, constant, loopIndex, type Index } from './index-expr.ts'
import {
  kernelExprs,
  kernelReads,
  kernelSlots,
  kernelWrites,
  type Kernel,
  type LoopKernel,
} from './kernel.ts'
import { rewriteKernel } from './rewrite.ts'

/** Folds every elementwise kernel into a later one over the same elements that uses it or the same inputs. */
export function mergeKernels(kernels: readonly Kernel[], bufferLimit: number): Kernel[] {
  const list: Kernel[] = [...kernels]
  for (let i = list.length - 1; i > 0; i--) {
    for (let j = i - 1; j >= 0; j--) {
      const [early, late] = [list[j]!, list[i]!]
      if (early.kind !== 'loop' || late.kind !== 'loop' || !canMerge(early, late)) continue
      if (!canDelay(early, list.slice(j + 1, i))) continue
      const merged = merge(early, late)
      if (kernelSlots(merged).length > bufferLimit) continue
      list[i] = merged
      list.splice(j, 1)
      i--
    }
  }
  return list
}

function canMerge(early: LoopKernel, late: LoopKernel): boolean {
  if (early.reduce || late.reduce || !sameShape(early.extents, late.extents)) return false
  const reads = kernelReads(late)
  const produced = early.stores.filter((s) => reads.has(s.slot))
  const related = produced.length > 0 || [...kernelReads(early)].some((slot) => reads.has(slot))
  if (!related) return false
  return kernelExprs(late).every((expr) => {
    if (expr.spec.op !== 'load') return true
    const { slot, index } = expr.spec
    const store = produced.find((s) => s.slot === slot)
    return !store || (store.index.key === index.key && expr.args.length === 0)
  })
}

/** Nothing in between needs what `early` writes or rewrites what it reads. */
function canDelay(early: LoopKernel, between: readonly Kernel[]): boolean {
  const writes = new Set(kernelWrites(early))
  const reads = kernelReads(early)
  return between.every(
    (k) =>
      ![...kernelReads(k)].some((s) => writes.has(s)) &&
      !kernelWrites(k).some((s) => reads.has(s) || writes.has(s)),
  )
}

function merge(early: LoopKernel, late: LoopKernel): LoopKernel {
  const exprs = new ExprBuilder()
  const first = rewriteKernel(early, { exprs })
  const value = new Map<number, Expr>(first.stores.map((s) => [s.slot, s.value]))
  const second = rewriteKernel(late, {
    exprs,
    load: (load) => (load.spec.op === 'load' ? (value.get(load.spec.slot) ?? null) : null),
  })
  return { ...late, stores: [...first.stores, ...second.stores] }
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
