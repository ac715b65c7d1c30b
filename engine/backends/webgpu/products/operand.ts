/** How a workgroup reads one factor of a product: which way its vectors lie, and where in memory their elements are. */
import type { Axis, ContractKernel, MatrixView } from '../../../compiler/kernel.ts'
import { numel } from '../../../tensor/shape.ts'
import type { Bindings } from '../shader.ts'

/** A factor's lines are the rows of a, or the columns of b; along k they are multiplied and added up. */
export interface Operand {
  readonly name: 'a' | 'b'
  readonly view: MatrixView
  readonly lines: number
  readonly lineAxes: readonly Axis[]
  readonly depthAxes: readonly Axis[]
  /** What a vector of four holds: neighbours along k, or four lines at one k. */
  readonly layout: 'k' | 'line'
  /** Whether these four lie in memory as an aligned vector; otherwise they are read one by one. */
  readonly vectors: boolean
}

const fourfold = (n: number): boolean => n % 4 === 0

/** Whether aligned groups of four along `axes` are aligned vectors in memory, wherever the `others` stand. */
const liesInVectors = (
  axes: readonly Axis[],
  others: readonly Axis[],
  { offset, batchStrides }: MatrixView,
): boolean =>
  axes.at(-1)!.stride === 1 &&
  fourfold(axes.at(-1)!.extent) &&
  [...axes.slice(0, -1), ...others].every(({ stride }) => fourfold(stride)) &&
  [offset, ...batchStrides].every(fourfold)

function operand(
  name: 'a' | 'b',
  view: MatrixView,
  [lineAxes, depthAxes]: readonly [readonly Axis[], readonly Axis[]],
): Omit<Operand, 'lines'> {
  const read = { name, view, lineAxes, depthAxes }
  if (liesInVectors(depthAxes, lineAxes, view)) return { ...read, layout: 'k', vectors: true }
  if (liesInVectors(lineAxes, depthAxes, view)) return { ...read, layout: 'line', vectors: true }
  // Threads that stand side by side read what lies side by side.
  const along = depthAxes.at(-1)!.stride === 1 && lineAxes.at(-1)!.stride !== 1
  return { ...read, layout: along ? 'k' : 'line', vectors: false }
}

/** Both factors. One buffer is bound once, so a product of a matrix with itself reads it in one way. */
export function operandsOf({ a, b, m, n }: ContractKernel): { readonly a: Operand; readonly b: Operand } {
  const left = { ...operand('a', a, [a.rows, a.columns]), lines: m }
  const right = { ...operand('b', b, [b.columns, b.rows]), lines: n }
  const vectors = a.slot !== b.slot || (left.vectors && right.vectors)
  return {
    a: { ...left, vectors: vectors && left.vectors },
    b: { ...right, vectors: vectors && right.vectors },
  }
}

/** Where a group of axes stands, as a u32 expression of the number `at` within it (a u32 expression). */
export type Along = (at: string) => string

/**
 * divisors: whether what is divided by is given too, which takes longer. Along k that would be done for each step, and there
 * a batch is the outermost axis, by which nothing is divided.
 */
export function addressAlong(
  axes: readonly Axis[],
  bindings: Bindings,
  { divisors }: { readonly divisors: boolean },
): Along {
  const size = (n: number): string => (divisors ? bindings.divisor(n) : `${n}u`)
  let inner = 1
  const terms: Along[] = []
  for (const [i, { extent, stride }] of axes.toReversed().entries()) {
    const by = inner === 1 ? null : size(inner)
    const isOutermost = i === axes.length - 1
    inner *= extent
    if (stride === 0) continue
    const length = isOutermost ? null : size(extent)
    const times = stride === 1 ? '' : ` * ${bindings.size(stride)}`
    terms.push((at) => {
      const quotient = by === null ? `(${at})` : `((${at}) / ${by})`
      return `${length === null ? quotient : `(${quotient} % ${length})`}${times}`
    })
  }
  return (at) => terms.map((term) => term(at)).join(' + ') || '0u'
}

/** Where the matrices of one batch start; `batch` names the batch's coordinates, u32s. */
export const baseAddress = (
  { offset, batchStrides }: MatrixView,
  batch: readonly string[],
  bindings: Bindings,
): string =>
  [
    bindings.size(offset),
    ...batchStrides.flatMap((stride, i) => (stride === 0 ? [] : [`${batch[i]!} * ${bindings.size(stride)}`])),
  ].join(' + ')

export const batchSize = ({ batch }: ContractKernel): number => numel(batch)
