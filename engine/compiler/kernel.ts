/** The kernel IR: what the scheduler hands to a code generator, free of any backend's language. */
import type { ComputeType } from '../tensor/dtype.ts'
import { exprOrder, type Expr } from './expr.ts'
import type { Index } from './index-expr.ts'
import type { Origin } from './origin.ts'
import type { MatmulPrecision, ReduceFn } from './primitive.ts'
import type { Routine, RoutineType } from './routines.ts'

export interface Store {
  readonly slot: number
  readonly index: Index
  readonly value: Expr
}

/** What is gathered over the loops of a reduction. */
export interface Term {
  readonly fn: ReduceFn
  readonly value: Expr
}

/** A loop nest: outer loops are independent (parallel); the reduction, if any, runs inside them, in order. */
export interface LoopKernel {
  readonly kind: 'loop'
  /** Loop i has extents[i] iterations, outermost first. */
  readonly extents: readonly number[]
  readonly reduce: {
    /** Loops extents.length, extents.length + 1, … */
    readonly extents: readonly number[]
    /** Gathered side by side, over the same elements. */
    readonly terms: readonly Term[]
  } | null
  readonly stores: readonly Store[]
  readonly origin?: Origin | undefined
}

/** One loop over memory: `extent` elements, `stride` apart. */
export interface Axis {
  readonly extent: number
  readonly stride: number
}

/** The same walk over as few axes as the strides allow; one at least. */
export function joinAxes(axes: readonly Axis[]): Axis[] {
  const out: Axis[] = []
  for (const { extent, stride } of axes) {
    const last = out.at(-1)
    if (extent === 1) continue
    if (last && last.stride === stride * extent)
      out[out.length - 1] = { extent: last.extent * extent, stride }
    else out.push({ extent, stride })
  }
  return out.length > 0 ? out : [{ extent: 1, stride: 0 }]
}

/**
 * A matrix in a buffer. Its rows and its columns may each run over several axes (the row number counts through them,
 * last axis fastest); element (b…, row, column) is at offset + Σ b·batchStrides + row's strides + column's strides.
 */
export interface MatrixView {
  readonly slot: number
  readonly offset: number
  readonly batchStrides: readonly number[]
  readonly rows: readonly Axis[]
  readonly columns: readonly Axis[]
}

/** out[b…, m, n] = Σk a[b…, m, k] · b[b…, k, n], float32, out contiguous. */
export interface ContractKernel {
  readonly kind: 'contract'
  readonly batch: readonly number[]
  readonly m: number
  readonly n: number
  readonly k: number
  readonly a: MatrixView
  readonly b: MatrixView
  readonly precision: MatmulPrecision
  readonly out: number
  readonly origin?: Origin | undefined
}

/**
 * out[o, index[o, r, i], i] += source[o, r, i] over zeros [outer, extent, inner], r from first to last; an index out of
 * range adds nothing. Source and out are contiguous.
 */
export interface ScatterKernel {
  readonly kind: 'scatter'
  readonly dtype: ComputeType
  readonly outer: number
  readonly rows: number
  readonly inner: number
  readonly extent: number
  readonly source: number
  readonly index: {
    readonly slot: number
    /** Elements apart; 0 where the same index serves every coordinate. */
    readonly strides: { readonly outer: number; readonly rows: number; readonly inner: number }
  }
  readonly out: number
  readonly origin?: Origin | undefined
}

/** A contiguous tensor in a buffer. */
export interface RoutineOperand extends RoutineType {
  readonly slot: number
}

export interface RoutineKernel {
  readonly kind: 'routine'
  readonly routine: Routine
  readonly inputs: readonly RoutineOperand[]
  readonly outputs: readonly RoutineOperand[]
  /** Memory that a backend wants beside them; the scheduler gives none. */
  readonly workspace: readonly RoutineOperand[]
  readonly origin?: Origin | undefined
}

/** Kernels that are code for one element or one row. */
export type CodeKernel = LoopKernel | ContractKernel | ScatterKernel
export type Kernel = CodeKernel | RoutineKernel

export interface SlotInfo {
  readonly elements: number
  readonly dtype: ComputeType
}

/** Slots: the program's inputs, then its outputs, then temporaries. Kernels run in order. */
export interface Plan {
  readonly slots: readonly SlotInfo[]
  readonly inputs: number
  readonly outputs: number
  readonly kernels: readonly Kernel[]
  /** Output i was written over this input slot in place, so it needs no memory of its own; null: it has its own. */
  readonly aliases: readonly (number | null)[]
}

export function kernelReads(kernel: Kernel): Set<number> {
  if (kernel.kind === 'contract') return new Set([kernel.a.slot, kernel.b.slot])
  if (kernel.kind === 'scatter') return new Set([kernel.source, kernel.index.slot])
  if (kernel.kind === 'routine') return new Set(kernel.inputs.map((i) => i.slot))
  const slots = new Set<number>()
  for (const expr of kernelExprs(kernel)) if (expr.spec.op === 'load') slots.add(expr.spec.slot)
  return slots
}

export function kernelWrites(kernel: Kernel): number[] {
  if (kernel.kind === 'loop') return kernel.stores.map((s) => s.slot)
  if (kernel.kind === 'routine') return [...kernel.outputs, ...kernel.workspace].map((o) => o.slot)
  return [kernel.out]
}

/** What a kernel's reduction gathers; nothing where it has none. */
export const reducedValues = ({ reduce }: LoopKernel): Expr[] => reduce?.terms.map((t) => t.value) ?? []

export function kernelExprs(kernel: LoopKernel): Expr[] {
  const roots = kernel.stores.map((s) => s.value)
  return exprOrder([...reducedValues(kernel), ...roots])
}

export const kernelSlots = (kernel: Kernel): number[] =>
  [...new Set([...kernelReads(kernel), ...kernelWrites(kernel)])].sort((a, b) => a - b)
