/** Which contractions are products of plain matrices, and which of their sides is packed. */
import type { ContractKernel, MatrixView } from '../../compiler/kernel.ts'
import { tileRows } from './contraction.ts'

/** A matrix of two strides. */
export interface PlainView {
  /** The function's parameter that has its address. */
  readonly parameter: number
  readonly offset: number
  readonly batchStrides: readonly number[]
  readonly rowStride: number
  readonly columnStride: number
}

export interface PlainKernel {
  readonly batch: readonly number[]
  readonly m: number
  readonly n: number
  readonly k: number
  readonly a: PlainView
  readonly b: PlainView
  /** Elements from a row of the output to the next, and from a column to the next. */
  readonly out: { readonly row: number; readonly column: number }
}

/**
 * Rows of k that columns of a may be walked along: more of them crowd each other out of the first cache, and to copy them
 * together pays where they meet many columns; very long walks miss a page at every step, and it always pays.
 */
const longWalk = 32
const veryLongWalk = 256
const manyColumns = 64

/**
 * The contraction as a product of plain matrices, the better way first; none where rows or columns run over several axes, or
 * where packing blocks of both sides pays.
 */
export function asMatmuls({ batch, m, n, k, a, b }: ContractKernel): PlainKernel[] {
  const plain = (view: MatrixView, parameter: number): PlainView | null => {
    const { offset, batchStrides, rows, columns } = view
    if (rows.length > 1 || columns.length > 1) return null
    return { parameter, offset, batchStrides, rowStride: rows[0]!.stride, columnStride: columns[0]!.stride }
  }
  const [left, right] = [plain(a, 0), plain(b, 1)]
  if (!left || !right) return []
  if (left.columnStride !== 1 && k > (n < manyColumns ? veryLongWalk : longWalk)) return []
  return bothWays({ batch, m, n, k, a: left, b: right, out: { row: n, column: 1 } })
}

/** Sums of at least so many terms: turning a tile of them around when they are stored costs little beside them. */
const longSum = 256

/**
 * A right side that must be turned to be packed, and is larger than the left, gives its place to it: the output is
 * computed the other way around, and fewer elements are packed.
 */
function bothWays(kernel: PlainKernel): PlainKernel[] {
  const { m, n, k, a, b, out } = kernel
  // Its rows are packed then; those of windows one element apart would be read where they lie.
  const isTurned = a.columnStride === 1 && a.rowStride !== 1 && b.rowStride === 1 && b.columnStride !== 1
  if (!isTurned) return [kernel]
  const other = {
    ...kernel,
    m: n,
    n: m,
    a: turned(b),
    b: turned(a),
    out: { row: out.column, column: out.row },
  }
  return k < longSum || m < tileRows || n < 2 * m ? [kernel, other] : [other, kernel]
}

const turned = (view: PlainView): PlainView => ({
  ...view,
  rowStride: view.columnStride,
  columnStride: view.rowStride,
})
