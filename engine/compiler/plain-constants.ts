/** Which constants of a kernel need not stand in its code, so that a mean over other rows is the same code. */
import type { Expr } from './expr.ts'
import { reducedValues, type LoopKernel } from './kernel.ts'

/** Constants that code treats in no special way: those by which something is scaled or moved. `exprs`: all of the kernel. */
export function plainConstants(kernel: LoopKernel, exprs: readonly Expr[]): Set<Expr> {
  const isPlain = ({ spec, dtype }: Expr): boolean =>
    spec.op === 'const' && dtype === 'float32' && Number.isFinite(spec.value) && Math.abs(spec.value) !== 1 && spec.value !== 0 // prettier-ignore
  const found = new Set(exprs.filter(isPlain))
  for (const { spec, args } of exprs) {
    const scales = spec.op === 'binary' && ['add', 'sub', 'mul', 'div'].includes(spec.fn)
    if (!scales) for (const arg of args) found.delete(arg)
  }
  for (const root of [...kernel.stores.map((s) => s.value), ...reducedValues(kernel)]) found.delete(root)
  return found
}
