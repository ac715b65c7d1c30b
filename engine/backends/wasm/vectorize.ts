/** Decides which loop of a kernel runs four elements at a time. */
import { exprChildren, exprOrder, type Expr } from '../../compiler/expr.ts'
import { atomUses, loopIndex, type Index } from '../../compiler/index-expr.ts'
import { kernelExprs, reducedValues, type LoopKernel } from '../../compiler/kernel.ts'
import { rewriteKernel } from '../../compiler/rewrite.ts'
import { numel } from '../../tensor/shape.ts'
import { accessOf, isRow, laneOffsets, lanes } from './lanes.ts'

export interface VectorPlan {
  /** `outer`: four outputs at once; `reduce`: four terms of the sum at once; `none`: one by one. */
  readonly kind: 'outer' | 'reduce' | 'none'
  readonly loop: number
  /** The last, incomplete four: computed one by one, or as a four that overlaps the one before. */
  readonly tail: 'scalar' | 'overlap'
}

const none: VectorPlan = { kind: 'none', loop: -1, tail: 'scalar' }

/**
 * The kernel with the loop to be vectorised innermost, which the order of independent loops leaves free. `fewest`: as if
 * the outermost loop of the kernel, and that of its reduction, had at least so many iterations. `outermost`: where the
 * kernel's is afterwards.
 */
export function vectorize(
  kernel: LoopKernel,
  speculative: (load: Expr) => boolean,
  fewest: { readonly outer: number; readonly reduced: number } = { outer: 0, reduced: 0 },
): { kernel: LoopKernel; plan: VectorPlan; outermost: number } {
  const outer = kernel.extents.length
  const reduce = kernel.reduce?.extents ?? []
  // What is left over of the outermost loops, which may be over a batch, decides nothing.
  const rounded = (extent: number): number => (extent < lanes ? extent : Math.ceil(extent / lanes) * lanes)
  const extents = [...kernel.extents, ...reduce].map((extent, loop) => {
    if (loop !== 0 && loop !== outer) return extent
    return rounded(Math.max(extent, loop === outer ? fewest.reduced : fewest.outer))
  })
  const candidates: VectorPlan[] = []
  // The innermost first: among equals it stays where it is.
  for (let loop = outer - 1; loop >= 0; loop--) {
    if (extents[loop]! >= lanes) candidates.push({ kind: 'outer', loop, tail: tailOf(kernel, loop) })
  }
  if (reduce.length > 0 && extents.at(-1)! >= lanes)
    candidates.push({ kind: 'reduce', loop: outer + reduce.length - 1, tail: 'scalar' })
  let best = none
  const share = sharesOf(kernel, numel(extents.slice(outer)))
  let least = scalarCost(kernel, share)
  for (const plan of candidates) {
    const price = cost(kernel, plan, extents[plan.loop]!, speculative, share)
    if (price !== null && price < least) [best, least] = [plan, price]
  }
  if (best.kind !== 'outer') return { kernel, plan: best, outermost: 0 }
  return {
    kernel: toInnermost(kernel, best.loop),
    plan: { ...best, loop: outer - 1 },
    outermost: best.loop === 0 ? outer - 1 : 0,
  }
}

function toInnermost(kernel: LoopKernel, loop: number): LoopKernel {
  const last = kernel.extents.length - 1
  if (loop === last) return kernel
  const extents = [...kernel.extents.toSpliced(loop, 1), kernel.extents[loop]!]
  const moved = (from: number): number =>
    from === loop ? last : from > loop && from <= last ? from - 1 : from
  const rename = (from: number): Index | null =>
    from <= last && moved(from) !== from ? loopIndex(moved(from), kernel.extents[from]!) : null
  return { ...rewriteKernel(kernel, { loop: rename }), extents }
}

/** A four may be computed twice where nothing reads what the kernel overwrites. */
function tailOf(kernel: LoopKernel, loop: number): VectorPlan['tail'] {
  const written = new Set(kernel.stores.map((s) => s.slot))
  const exprs = kernelExprs(kernel)
  const readsOwn = exprs.some(({ spec }) => spec.op === 'load' && written.has(spec.slot))
  const indices = exprs.flatMap(({ spec }) => (spec.op === 'load' || spec.op === 'index' ? [spec.index] : []))
  return !readsOwn && indices.every((index) => !hasQuotient(index, loop)) ? 'overlap' : 'scalar'
}

export const hasQuotient = (index: Index, loop: number): boolean =>
  index.terms.some(({ atom }) => (atom.kind === 'div' || atom.kind === 'mod') && atomUses(atom, loop))

/** How often things are computed for each element that a kernel goes over. */
interface Shares {
  of(expr: Expr): number
  /** What waits for a sum: once for all its terms. */
  readonly store: number
}

function sharesOf(kernel: LoopKernel, terms: number): Shares {
  const summed = kernel.reduce && new Set(exprOrder(reducedValues(kernel)))
  return { of: (expr) => (!summed || summed.has(expr) ? 1 : 1 / terms), store: 1 / terms }
}

/** In instructions an element. */
const scalarCost = (kernel: LoopKernel, share: Shares): number =>
  kernelExprs(kernel).reduce((sum, expr) => sum + share.of(expr), kernel.stores.length * share.store)

function cost(
  kernel: LoopKernel,
  plan: VectorPlan,
  extent: number,
  speculative: (load: Expr) => boolean,
  share: Shares,
): number | null {
  let once = 0
  for (const expr of kernelExprs(kernel)) {
    if (!expr.loops.has(plan.loop)) continue
    const { spec } = expr
    const add = (price: number): unknown => (once += price * share.of(expr))
    if (spec.op === 'load') {
      const guard = expr.args[0]
      if (guard?.loops.has(plan.loop) && !speculative(expr)) return null
      add(accessCost(spec.index, plan.loop, extent))
    } else if (spec.op === 'index' && hasQuotient(spec.index, plan.loop))
      add(accessCost(spec.index, plan.loop, extent))
    else if (spec.op === 'binary' && !hasVectorForm(expr)) return null
    else add(1)
    if ((spec.op === 'load' || spec.op === 'index') && mixes(spec.index, plan.loop)) return null
  }
  if (plan.kind === 'outer')
    for (const { index } of kernel.stores) once += accessCost(index, plan.loop, extent) * share.store
  const whole = Math.floor(extent / lanes)
  const rest = extent % lanes
  if (plan.tail === 'overlap') return (once * (whole + Math.min(1, rest))) / extent
  return (once * whole + scalarCost(kernel, share) * rest) / extent
}

/** A quotient that varies from lane to lane is computed lane by lane, which cannot wait for a vector's value. */
const mixes = (index: Index, loop: number): boolean =>
  hasQuotient(index, loop) &&
  laneOffsets(index, loop, true) === null &&
  index.terms.some(({ atom }) => usesValue(atom, loop))

function usesValue(atom: Index['terms'][number]['atom'], loop: number): boolean {
  if (atom.kind === 'loop') return false
  if (atom.kind === 'value') return atom.expr.loops.has(loop)
  return atom.of.terms.some((term) => usesValue(term.atom, loop))
}

/** Elements in a cache line; lanes further apart touch one each. */
const line = 16
/** Lines that stay in the first-level cache until a neighbouring loop comes back to them. */
const cachedLines = 256

/** In instructions for four elements, waiting counted as such. */
function accessCost(index: Index, loop: number, extent: number): number {
  const offsets = laneOffsets(index, loop, true)
  if (offsets === null) return 12
  if (isRow(offsets)) return 1
  const access = accessOf(offsets)
  if (access.kind === 'vectors') return 2 * access.loads
  if (Math.abs(offsets[1]) < line) return 6
  return extent <= cachedLines ? 9 : 40
}

function hasVectorForm(expr: Expr): boolean {
  if (expr.spec.op !== 'binary') return true
  const { fn } = expr.spec
  const type = expr.args[0]!.dtype
  if (fn === 'shl' || fn === 'shr') return expr.args[1]!.spec.op === 'const'
  if (fn === 'div') return type === 'float32'
  return true
}

/** Whether anything below an expression is the finished reduction. */
export function usesReduced(expr: Expr, memo: Map<Expr, boolean>): boolean {
  const known = memo.get(expr)
  if (known !== undefined) return known
  const uses = expr.spec.op === 'reduced' || exprChildren(expr).some((child) => usesReduced(child, memo))
  memo.set(expr, uses)
  return uses
}
