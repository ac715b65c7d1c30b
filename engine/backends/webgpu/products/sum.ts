/** Small products are ordinary reductions. */
import { ExprBuilder, type Expr } from '../../../compiler/expr.ts'
import {
  add,
  constant,
  flatten,
  loopIndex,
  scale,
  unflatten,
  type Index,
} from '../../../compiler/index-expr.ts'
import type { Axis, ContractKernel, LoopKernel, MatrixView } from '../../../compiler/kernel.ts'
import { mergeLoops } from '../../../compiler/merge.ts'

/** Where the number `at` of a group of axes stands. */
function along(axes: readonly Axis[], at: Index): Index {
  const coordinates = unflatten(
    at,
    axes.map((axis) => axis.extent),
  )
  return axes.reduce((sum, axis, i) => add(sum, scale(coordinates[i]!, axis.stride)), constant(0))
}

export function productAsSum(kernel: ContractKernel): LoopKernel {
  const { batch, m, n, k } = kernel
  const extents = [...batch, m, n]
  const outer = extents.map((extent, i) => loopIndex(i, extent))
  const [row, column] = [outer.at(-2)!, outer.at(-1)!]
  const inner = loopIndex(extents.length, k)
  const e = new ExprBuilder()
  const load = (view: MatrixView, r: Index, c: Index): Expr => {
    const terms = [
      ...view.batchStrides.map((stride, i) => scale(outer[i]!, stride)),
      along(view.rows, r),
      along(view.columns, c),
    ]
    return e.make({ op: 'load', slot: view.slot, index: terms.reduce(add, constant(view.offset)) }, 'float32')
  }
  const product = e.make({ op: 'binary', fn: 'mul' }, 'float32', [
    load(kernel.a, row, inner),
    load(kernel.b, inner, column),
  ])
  return mergeLoops({
    kind: 'loop',
    extents,
    reduce: { extents: [k], terms: [{ fn: 'sum', value: product }] },
    stores: [
      {
        slot: kernel.out,
        index: flatten(outer, extents),
        value: e.make({ op: 'reduced', term: 0 }, 'float32'),
      },
    ],
    origin: kernel.origin,
  })
}
