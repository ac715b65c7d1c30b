/**
 * The scalar functions: one table for every backend. A logarithm *is* a graph of elementary operations, and so is
 * whatever else a code generator's target has no instruction for.
 */
import { ExprBuilder } from '../expr.ts'
import { kernelExprs, type LoopKernel } from '../kernel.ts'
import type { UnaryFn } from '../primitive.ts'
import { rewriteKernel } from '../rewrite.ts'
import * as bessel from './bessel.ts'
import * as elementary from './elementary.ts'
import * as errorFunction from './error-function.ts'
import { Formula, type ScalarFunction } from './formula.ts'
import * as gamma from './gamma.ts'
import * as half from './half.ts'
import * as hyperbolic from './hyperbolic.ts'
import * as inverse from './inverse.ts'

export const scalars = {
  ...elementary,
  ...inverse,
  ...hyperbolic,
  ...errorFunction,
  ...gamma,
  ...bessel,
  ...half,
}

export type ScalarFn = keyof typeof scalars

const recordOf = (fn: UnaryFn): ScalarFunction | undefined => (fn === 'not' ? undefined : scalars[fn])

/** What a function costs beyond one elementary operation, in exponentials; 0 for one that is an instruction everywhere. */
export function formulaCost(fn: UnaryFn): number {
  const record = recordOf(fn)
  return record?.formula ? (record.cost ?? 1) : 0
}

interface Target {
  /** What the target computes by itself; everything else is spelled out. */
  readonly has: (fn: UnaryFn) => boolean
  /** Its compiler may assume that there is no NaN: one that goes in is found by its bits. */
  readonly assumesNoNaN?: boolean
}

/** The kernel with the functions spelled out that the target lacks. */
export function expandScalars(kernel: LoopKernel, { has, assumesNoNaN = false }: Target): LoopKernel {
  const formulaOf = (fn: UnaryFn): ScalarFunction['formula'] => (has(fn) ? undefined : recordOf(fn)?.formula)
  if (!kernelExprs(kernel).some(({ spec }) => spec.op === 'unary' && formulaOf(spec.fn))) return kernel
  const exprs = new ExprBuilder()
  const f = new Formula(exprs, formulaOf)
  return rewriteKernel(kernel, {
    exprs,
    node: (expr, move) => {
      const formula = expr.spec.op === 'unary' ? formulaOf(expr.spec.fn) : undefined
      if (!formula) return null
      const x = move(expr.args[0]!)
      const value = formula(f, x)
      return assumesNoNaN ? f.where(f.isNaN(x), x, value) : value
    },
  })
}
