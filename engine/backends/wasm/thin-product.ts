/** Products of a matrix and a vector read the matrix once: a loop over it is all they need. */
import { ExprBuilder, type Expr } from '../../compiler/expr.ts'
import { add, constant, flatten, loopIndex, scale, type Index } from '../../compiler/index-expr.ts'
import type { Axis, CodeKernel, ContractKernel, LoopKernel, MatrixView } from '../../compiler/kernel.ts'
import { mergeLoops } from '../../compiler/merge.ts'

/** A contraction with one row or one column as sums over loops; any other kernel as it is. */
export function asThinProduct(kernel: CodeKernel): CodeKernel {
  if (kernel.kind !== 'contract' || (kernel.m > 1 && kernel.n > 1) || kernel.k === 0) return kernel
  return toLoops(kernel) ?? kernel
}

function toLoops({ batch, a, b, out, m, origin }: ContractKernel): LoopKernel | null {
  // One row: outputs run along b's columns. One column: along a's rows.
  const outputs = m === 1 ? b.columns : a.rows
  // Both sides count through the same inner elements, cut into axes where either side is.
  const inner = commonAxes(a.columns, b.rows)
  if (inner === null) return null
  const extents = [...batch, ...outputs.map((axis) => axis.extent)]
  const exprs = new ExprBuilder()
  const load = (
    view: MatrixView,
    outputStrides: readonly number[],
    innerStrides: readonly number[],
  ): Expr => {
    const strides = [...view.batchStrides, ...outputStrides, ...innerStrides]
    const loops = [...extents, ...inner.map((axis) => axis.extent)]
    const index = loops.reduce<Index>(
      (sum, extent, loop) => add(sum, scale(loopIndex(loop, extent), strides[loop]!)),
      constant(view.offset),
    )
    return exprs.make({ op: 'load', slot: view.slot, index }, 'float32')
  }
  const along = outputs.map((axis) => axis.stride)
  const across = outputs.map(() => 0)
  const left = load(a, m === 1 ? across : along, inner.map((axis) => axis.a)) // prettier-ignore
  const right = load(b, m === 1 ? along : across, inner.map((axis) => axis.b)) // prettier-ignore
  const store = {
    slot: out,
    index: flatten(
      extents.map((extent, loop) => loopIndex(loop, extent)),
      extents,
    ),
    value: exprs.make({ op: 'reduced', term: 0 }, 'float32'),
  }
  const value = exprs.make({ op: 'binary', fn: 'mul' }, 'float32', [left, right])
  const reduce = { extents: inner.map((axis) => axis.extent), terms: [{ fn: 'sum' as const, value }] }
  return mergeLoops({ kind: 'loop', extents, reduce, stores: [store], origin })
}

/** Two lists of axes over the same elements, in the same order, as one list with the strides of both; null where one cuts across the other. */
function commonAxes(
  a: readonly Axis[],
  b: readonly Axis[],
): { readonly extent: number; readonly a: number; readonly b: number }[] | null {
  const out: { extent: number; a: number; b: number }[] = []
  const [left, right] = [[...a], [...b]]
  while (left.length > 0 && right.length > 0) {
    const [x, y] = [left.pop()!, right.pop()!]
    const extent = Math.min(x.extent, y.extent)
    if (x.extent % extent !== 0 || y.extent % extent !== 0) return null
    out.unshift({ extent, a: x.stride, b: y.stride })
    if (x.extent > extent) left.push({ extent: x.extent / extent, stride: x.stride * extent })
    if (y.extent > extent) right.push({ extent: y.extent / extent, stride: y.stride * extent })
  }
  return out
}
