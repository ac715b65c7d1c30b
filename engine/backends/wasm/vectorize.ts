/** Decides which loop of a kernel runs four elements at a time. */
import { exprChildren, type Expr } from '../../compiler/expr.ts'
import { atomUses, type Index } from '../../compiler/index-expr.ts'
import { kernelExprs, type LoopKernel } from '../../compiler/kernel.ts'

export interface VectorPlan {
  /** `outer`: four outputs at once; `reduce`: four terms of the sum at once; `none`: one by one. */
  readonly kind: 'outer' | 'reduce' | 'none'
  readonly loop: number
}

export const lanes = 4
const none: VectorPlan = { kind: 'none', loop: -1 }

export function planVector(kernel: LoopKernel): VectorPlan {
  const candidates: VectorPlan[] = []
  const outer = kernel.extents.length
  if ((kernel.extents[outer - 1] ?? 0) >= lanes) candidates.push({ kind: 'outer', loop: outer - 1 })
  const reduce = kernel.reduce?.extents ?? []
  if ((reduce.at(-1) ?? 0) >= lanes) candidates.push({ kind: 'reduce', loop: outer + reduce.length - 1 })
  let best = none
  let most = -1
  for (const plan of candidates) {
    const score = rate(kernel, plan)
    if (score !== null && score > most) [best, most] = [plan, score]
  }
  return best
}

/** Contiguous accesses count for the loop, gathers against it; null where some expression cannot be vectorised. */
function rate(kernel: LoopKernel, plan: VectorPlan): number | null {
  let score = 0
  for (const expr of kernelExprs(kernel)) {
    if (!expr.loops.has(plan.loop)) continue
    const { spec } = expr
    if (spec.op === 'load' || spec.op === 'index') {
      if (
        spec.index.terms.some(
          ({ atom }) => (atom.kind === 'div' || atom.kind === 'mod') && atomUses(atom, plan.loop),
        )
      )
        return null
      if (expr.args.some((guard) => guard.loops.has(plan.loop))) return null
      if (spec.op === 'load') score += isContiguous(spec.index, plan.loop) ? 1 : -3
    }
    if (spec.op === 'binary' && !hasVectorForm(expr)) return null
  }
  return score
}

function hasVectorForm(expr: Expr): boolean {
  if (expr.spec.op !== 'binary') return true
  const { fn } = expr.spec
  const type = expr.args[0]!.dtype
  if (fn === 'shl' || fn === 'shr') return expr.args[1]!.spec.op === 'const'
  if (fn === 'div') return type === 'float32'
  return true
}

/** Neighbouring iterations read neighbouring elements. */
export function isContiguous(index: Index, loop: number): boolean {
  let coefficient = 0
  for (const term of index.terms) {
    if (term.atom.kind === 'loop' && term.atom.loop === loop) coefficient = term.coefficient
    else if (atomUses(term.atom, loop)) return false
  }
  return coefficient === 1
}

/** Whether anything below an expression is the finished reduction. */
export function usesReduced(expr: Expr, memo: Map<Expr, boolean>): boolean {
  const known = memo.get(expr)
  if (known !== undefined) return known
  const uses = expr.spec.op === 'reduced' || exprChildren(expr).some((child) => usesReduced(child, memo))
  memo.set(expr, uses)
  return uses
}
