/** Kernels in words and figures: what they do, and how many operations and bytes that takes at least. */
import { bytesPerElement } from '../tensor/dtype.ts'
import { numel, type Shape } from '../tensor/shape.ts'
import { exprOrder, type Expr } from './expr.ts'
import { kernelExprs, kernelWrites, reducedValues } from './kernel.ts'
import type { ContractKernel, Kernel, LoopKernel, MatrixView, SlotInfo } from './kernel.ts'
import { originOf, type Origin } from './origin.ts'
import type { Prim } from './primitive.ts'
import type { Routine } from './routines.ts'

export interface KernelDescription {
  /** Kind and sizes, such as `matmul 64×784×256` (rows × inner × columns) or `sum [64] over 10`. */
  readonly name: string
  /** Floating-point operations; an exponential counts as one. */
  readonly flops: number
  /** Bytes that must be read and written, each once. */
  readonly bytes: number
  readonly origin: Origin
}

/** Without the axes of one element that it ends in. */
const shapeText = (shape: Shape): string =>
  `[${shape.slice(0, Math.max(1, shape.findLastIndex((extent) => extent !== 1) + 1)).join(', ') || 1}]`
const times = (extents: readonly number[]): string => extents.filter((e) => e !== 1).join('×') || '1'

export function describeKernel(kernel: Kernel, slots: readonly SlotInfo[]): KernelDescription {
  const elements = (slot: number): number => slots[slot]!.elements
  const written = kernelWrites(kernel).reduce((sum, slot) => sum + elements(slot), 0)
  switch (kernel.kind) {
    case 'contract': {
      const { batch, m, k, n } = kernel
      const seen = (view: MatrixView, matrix: number): number =>
        Math.min(elements(view.slot), numel(batch) * matrix)
      const windows = [kernel.a, kernel.b].some((view) => overlaps(kernel, view, elements(view.slot)))
      return {
        name: `${windows ? 'conv' : 'matmul'} ${[...batch.filter((b) => b !== 1), m, k, n].join('×')}`,
        flops: 2 * numel(batch) * m * k * n,
        bytes: bytesPerElement * (written + seen(kernel.a, m * k) + seen(kernel.b, k * n)),
        origin: kernel.origin ?? originOf([...batch, m, n], []),
      }
    }
    case 'scatter': {
      const { outer, rows, inner, extent } = kernel
      const source = outer * rows * inner
      const { strides } = kernel.index
      const indices = (strides.outer ? outer : 1) * rows * (strides.inner ? inner : 1)
      return {
        name: `scatter ${shapeText([outer, rows, inner])} into ${extent}`,
        flops: source,
        bytes: bytesPerElement * (written + source + indices),
        origin: kernel.origin ?? originOf([outer, extent, inner], []),
      }
    }
    case 'routine': {
      const read = kernel.inputs.reduce((sum, { slot }) => sum + elements(slot), 0)
      const { shape } = kernel.inputs[0]!
      return {
        name: `${kernel.routine.name} ${shapeText(shape)}`,
        flops: routineOperations(kernel.routine, shape),
        bytes: bytesPerElement * (written + read),
        origin: kernel.origin ?? originOf(shape, []),
      }
    }
    case 'loop':
      return describeLoop(kernel, elements)
  }
}

/** Floating-point operations, their leading term; comparing is none. */
function routineOperations({ name }: Routine, shape: Shape): number {
  const [batch, rows, columns] = shape as readonly [number, number, number]
  switch (name) {
    case 'argsort':
      return 0
    case 'scan':
      return numel(shape)
    case 'cholesky':
      return (batch * rows ** 3) / 3
    case 'lu':
      return (2 * batch * rows * columns * Math.min(rows, columns)) / 3
    case 'solveTriangular':
      return batch * rows ** 2
    case 'qr':
      return 2 * batch * rows * columns * Math.min(rows, columns)
    case 'eigh':
      return 9 * batch * rows ** 3
    case 'svd':
      return 14 * batch * rows * columns ** 2
  }
}

/** Whether a matrix shows elements of its buffer more than once: the windows of a convolution. */
function overlaps({ batch }: ContractKernel, view: MatrixView, elements: number): boolean {
  const axes = [
    ...batch.map((extent, i) => ({ extent, stride: view.batchStrides[i]! })),
    ...view.rows,
    ...view.columns,
  ]
  return numel(axes.filter(({ stride }) => stride !== 0).map(({ extent }) => extent)) > elements
}

const isArithmetic = ({ spec, dtype }: Expr): boolean =>
  dtype === 'float32' && (spec.op === 'unary' || spec.op === 'binary')

function describeLoop(kernel: LoopKernel, elements: (slot: number) => number): KernelDescription {
  const { extents, reduce, stores } = kernel
  const [outer, inner] = [numel(extents), numel(reduce?.extents ?? [])]
  const inside = new Set(exprOrder(reducedValues(kernel)))
  const iterations = (expr: Expr): number => outer * (inside.has(expr) ? inner : 1)
  const exprs = kernelExprs(kernel)
  const reads = new Map<number, number>()
  for (const expr of exprs) {
    if (expr.spec.op === 'load')
      reads.set(expr.spec.slot, (reads.get(expr.spec.slot) ?? 0) + iterations(expr))
  }
  const read = [...reads].reduce((sum, [slot, most]) => sum + Math.min(most, elements(slot)), 0)
  const written = stores.length * outer
  const folds = outer * inner * reducedValues(kernel).filter(({ dtype }) => dtype === 'float32').length
  const origin = kernel.origin ?? originOf(extents, [])
  return {
    name: reduce
      ? `${[...new Set(reduce.terms.map(({ fn }) => fn))].join('+')} ${shapeText(origin.shape)} over ${times(reduce.extents)}`
      : `map ${shapeText(origin.shape)}`,
    flops: exprs.filter(isArithmetic).reduce((sum, expr) => sum + iterations(expr), folds),
    bytes: bytesPerElement * (read + written),
    origin,
  }
}

/** The same of a primitive that is computed by itself. */
export function describePrim(prim: Prim): KernelDescription {
  const { spec, shape, inputs, dtype } = prim
  const [outputs, read] = [numel(shape), inputs.reduce((sum, input) => sum + numel(input.shape), 0)]
  const inner = (): number =>
    spec.kind === 'contract'
      ? numel(inputs[1]!.shape.slice(spec.batch, spec.batch + spec.inner))
      : read / Math.max(1, outputs)
  const fn = 'fn' in spec ? spec.fn : spec.kind === 'contract' ? 'matmul' : spec.kind
  const over = spec.kind === 'reduce' || spec.kind === 'contract' ? ` over ${inner()}` : ''
  const perOutput = { contract: 2 * inner(), reduce: inner(), unary: 1, binary: 1, scatter: 0 }
  const operations = spec.kind in perOutput ? perOutput[spec.kind as keyof typeof perOutput] : 0
  return {
    name: `${fn} ${shapeText(shape)}${over}`,
    flops: dtype !== 'float32' ? 0 : spec.kind === 'scatter' ? numel(inputs[0]!.shape) : operations * outputs,
    bytes: bytesPerElement * (read + outputs),
    origin: originOf(shape, [prim.origin]),
  }
}
