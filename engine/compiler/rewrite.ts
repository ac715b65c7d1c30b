/** Copies of a kernel with other slots, loops or loads. */
import { ExprBuilder, type Expr } from './expr.ts'
import { substitute, type Index } from './index-expr.ts'
import type { LoopKernel } from './kernel.ts'

export interface Rewrite {
  readonly slot?: (slot: number) => number
  /** What stands for loop i; null keeps it. */
  readonly loop?: (loop: number) => Index | null
  /** What stands for a load (seen before renaming); null keeps it. */
  readonly load?: (load: Expr) => Expr | null
  /** What stands for any other expression; `move` rewrites its arguments. null keeps it. */
  readonly node?: (expr: Expr, move: (expr: Expr) => Expr) => Expr | null
  /** Shared between kernels that are to become one. */
  readonly exprs?: ExprBuilder
}

export function rewriteKernel(kernel: LoopKernel, how: Rewrite): LoopKernel {
  const exprs = how.exprs ?? new ExprBuilder()
  const slot = how.slot ?? ((s: number) => s)
  const loop = how.loop ?? (() => null)
  const stays = ({ terms }: Index): boolean => !how.loop && terms.every(({ atom }) => atom.kind === 'loop')
  const memo = new Map<Expr, Expr>()
  const move = (expr: Expr): Expr => exprs.rewrite(expr, leaf, memo)
  const address = (index: Index): Index => (stays(index) ? index : substitute(index, loop, move))
  const leaf = (expr: Expr): Expr | null => {
    const { spec } = expr
    if (spec.op === 'index') return exprs.make({ op: 'index', index: address(spec.index) }, expr.dtype)
    if (spec.op !== 'load') return how.node?.(expr, move) ?? null
    const replaced = how.load?.(expr)
    if (replaced) return replaced
    return exprs.make(
      { op: 'load', slot: slot(spec.slot), index: address(spec.index) },
      expr.dtype,
      expr.args.map(move),
    )
  }
  return {
    ...kernel,
    reduce: kernel.reduce && {
      ...kernel.reduce,
      terms: kernel.reduce.terms.map(({ fn, value }) => ({ fn, value: move(value) })),
    },
    stores: kernel.stores.map((s) => ({ slot: slot(s.slot), index: address(s.index), value: move(s.value) })),
  }
}
