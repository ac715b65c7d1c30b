/** Fewer, flatter kernels: elementwise neighbours become one kernel, adjacent loops become one loop. */
import { sameShape } from '../tensor/shape.ts'
import { ExprBuilder, exprOrder } from './expr.ts'
import { atomUses, coefficientOf, constant, loopIndex, type Index } from './index-expr.ts'
import {
  kernelExprs,
  kernelReads,
  kernelWrites,
  reducedValues,
  type Kernel,
  type LoopKernel,
} from './kernel.ts'
import { isLoop, KernelSequence, type LoopEntry } from './kernel-sequence.ts'
import { joinOrigins } from './origin.ts'
import { rewriteKernel } from './rewrite.ts'

/** Merging must not undo what keeps expressions, and the recursion over them, of bounded depth. */
const depthLimit = 100

/** Folds every elementwise kernel into a later one over the same elements that uses it or the same inputs. */
export function mergeKernels(kernels: readonly Kernel[], bufferLimit: number): Kernel[] {
  const sequence = new KernelSequence(
    kernels.map((kernel) => ({
      kernel,
      reads: kernelReads(kernel),
      writes: new Set(kernelWrites(kernel)),
      walk: kernel.kind === 'loop' ? kernel.extents.join() : null,
    })),
  )
  // A merged kernel may fit another that its parts, with their readers between, did not.
  for (;;) {
    const before = sequence.size
    mergeOnce(sequence, bufferLimit)
    if (sequence.size === before) return sequence.kernels()
  }
}

function mergeOnce(sequence: KernelSequence, bufferLimit: number): void {
  for (let late = sequence.last(); late !== null;)
    late = sequence.before(mergeInto(sequence, late, bufferLimit))
}

/** Merges earlier kernels into the one at `start`, or that one into them; gives the place before which to go on. */
function mergeInto(sequence: KernelSequence, start: number, bufferLimit: number): number {
  let late = start
  for (let below = start; ;) {
    const found = findPartner(sequence, late, below, bufferLimit)
    if (!found) return late
    const { early, place, merged } = found
    sequence.put(early, null)
    if (place === early) {
      // What was between comes after it now, and the last of that looks further.
      const next = sequence.before(late)!
      sequence.put(late, null)
      late = next
    }
    sequence.put(place, merged)
    below = early
  }
}

/** The last kernel before `below` that can be one with the kernel at `late`, and where: with either, or nowhere. */
function findPartner(
  sequence: KernelSequence,
  late: number,
  below: number,
  bufferLimit: number,
): { readonly early: number; readonly place: number; readonly merged: LoopEntry } | null {
  const second = sequence.at(late)
  if (!isLoop(second)) return null
  for (const early of sequence.sharing(second.reads, below)) {
    const first = sequence.at(early)
    if (!isLoop(first) || first.walk !== second.walk) continue
    const place = sequence.canPass(first, early, late)
      ? late
      : sequence.canPass(second, early, late)
        ? early
        : null
    // To merge two takes as long as they are: whether it would do is asked first.
    const { reads, writes } = touched(first, second)
    if (place === null || reads.union(writes).size > bufferLimit || !canMerge(first, second)) continue
    return { early, place, merged: merge(first, second) }
  }
  return null
}

function canMerge(early: LoopEntry, late: LoopEntry): boolean {
  const [first, second] = [early.kernel, late.kernel]
  if (first.reduce || second.reduce) return canGatherTogether(early, late)
  if (early.writes.isDisjointFrom(late.reads)) return !early.reads.isDisjointFrom(late.reads)
  if (storeDepth(first) + storeDepth(second) > depthLimit) return false
  return kernelExprs(second).every((expr) => {
    if (expr.spec.op !== 'load') return true
    const { slot, index } = expr.spec
    const stores = first.stores.filter((s) => s.slot === slot)
    return stores.length === 0 || (stores.some((s) => s.index.key === index.key) && expr.args.length === 0)
  })
}

/** Terms at a time: each keeps registers of its own. */
const mostTerms = 3

/** Reductions over the same elements, of which each reads something that the other one reads there too. */
function canGatherTogether(early: LoopEntry, late: LoopEntry): boolean {
  const [first, second] = [early.kernel.reduce, late.kernel.reduce]
  if (!first || !second || !sameShape(first.extents, second.extents)) return false
  if (first.terms.length + second.terms.length > mostTerms) return false
  if (!early.writes.isDisjointFrom(late.reads)) return false
  const inner = early.kernel.extents.length
  const walked = ({ kernel }: LoopEntry): Set<string> =>
    new Set(
      exprOrder(reducedValues(kernel)).flatMap(({ spec, loops }) =>
        spec.op === 'load' && [...loops].some((loop) => loop >= inner)
          ? [`${spec.slot}@${spec.index.key}`]
          : [],
      ),
    )
  return !walked(early).isDisjointFrom(walked(late))
}

const storeDepth = (kernel: LoopKernel): number => Math.max(...kernel.stores.map((s) => s.value.depth))

/** What both read and write together: what the first wrote, the second then has at hand. */
const touched = (early: LoopEntry, late: LoopEntry): Pick<LoopEntry, 'reads' | 'writes'> => ({
  reads: early.reads.union(late.reads.difference(early.writes)),
  writes: early.writes.union(late.writes),
})

function merge(early: LoopEntry, late: LoopEntry): LoopEntry {
  const exprs = new ExprBuilder()
  const first = rewriteKernel(early.kernel, { exprs })
  const value = new Map(first.stores.map((s) => [`${s.slot}@${s.index.key}`, s.value]))
  const before = first.reduce?.terms ?? []
  const second = rewriteKernel(late.kernel, {
    exprs,
    node: ({ spec, dtype }) =>
      spec.op === 'reduced' ? exprs.make({ op: 'reduced', term: before.length + spec.term }, dtype) : null,
    load: ({ spec }) => (spec.op === 'load' ? (value.get(`${spec.slot}@${spec.index.key}`) ?? null) : null),
  })
  const origin = joinOrigins(early.kernel.origin, late.kernel.origin)
  return {
    kernel: {
      ...late.kernel,
      reduce: second.reduce && { ...second.reduce, terms: [...before, ...second.reduce.terms] },
      stores: [...first.stores, ...second.stores],
      origin,
    },
    ...touched(early, late),
    walk: late.walk,
  }
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
