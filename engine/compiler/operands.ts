/** Contractions, scatters and routines read memory through views, not through expressions: their operands, and their kernels. */
import { contiguousStrides, numel } from '../tensor/shape.ts'
import { coefficientOf, flatten, loopIndex, type Index } from './index-expr.ts'
import {
  joinAxes,
  type Axis,
  type ContractKernel,
  type MatrixView,
  type RoutineKernel,
  type RoutineOperand,
  type ScatterKernel,
} from './kernel.ts'
import { originOf } from './origin.ts'
import type { Prim } from './primitive.ts'
import { routineOutputs } from './routines.ts'
import { isMovement, moveIndices } from './views.ts'

/** The stored (or storable) primitive of which an operand of a contraction is a strided view, or null. */
export function viewBase(operand: Prim, stored: ReadonlySet<Prim>): Prim | null {
  const found = walkView(operand, stored)
  return found && found.base.spec.kind !== 'const' ? found.base : null
}

function walkView(operand: Prim, stored: ReadonlySet<Prim>): { base: Prim; index: Index } | null {
  let prim = operand
  let indices = operand.shape.map((extent, i) => loopIndex(i, extent))
  while (!stored.has(prim) && isMovement(prim)) {
    indices = moveIndices(prim, indices)
    prim = prim.inputs[0]!
  }
  const index = flatten(indices, prim.shape)
  // Contractions walk memory forwards: a flipped operand is stored turned around.
  const linear = operand.shape.every((_, i) => (coefficientOf(index, i) ?? -1) >= 0)
  return linear ? { base: prim, index } : null
}

/** The same elements in the same order, before they were reshaped. */
export function contiguousBase(prim: Prim, stored: ReadonlySet<Prim>): Prim {
  let base = prim
  while (!stored.has(base) && base.spec.kind === 'reshape') base = base.inputs[0]!
  return base
}

/** The operand's axes from `first` on. */
const axes = (shape: readonly number[], strides: readonly number[], first: number, count: number): Axis[] =>
  joinAxes(shape.slice(first, first + count).map((extent, i) => ({ extent, stride: strides[first + i]! })))

function matrixView(
  operand: Prim,
  groups: readonly [batch: number, rows: number, columns: number],
  stored: ReadonlySet<Prim>,
  slotOf: (prim: Prim) => number,
): MatrixView {
  const view = walkView(operand, stored)
  if (!view || !stored.has(view.base)) throw new Error('an operand of a contraction was not stored')
  const { shape } = operand
  const strides = shape.map((_, i) => coefficientOf(view.index, i)!)
  const [batch, rows, columns] = groups
  return {
    slot: slotOf(view.base),
    offset: view.index.offset,
    batchStrides: strides.slice(0, batch),
    rows: axes(shape, strides, batch, rows),
    columns: axes(shape, strides, batch + rows, columns),
  }
}

export function contractKernel(
  prim: Prim,
  stored: ReadonlySet<Prim>,
  slotOf: (prim: Prim) => number,
): ContractKernel {
  const { spec } = prim
  if (spec.kind !== 'contract') throw new Error(`${spec.kind} is not a contraction`)
  const { batch, inner, precision } = spec
  const [a, b] = [prim.inputs[0]!, prim.inputs[1]!]
  const rows = a.shape.length - batch - inner
  const columns = b.shape.length - batch - inner
  return {
    kind: 'contract',
    batch: prim.shape.slice(0, batch),
    m: numel(prim.shape.slice(batch, batch + rows)),
    n: numel(prim.shape.slice(batch + rows)),
    k: numel(b.shape.slice(batch, batch + inner)),
    a: matrixView(a, [batch, rows, inner], stored, slotOf),
    b: matrixView(b, [batch, inner, columns], stored, slotOf),
    precision,
    out: slotOf(prim),
    origin: originOf(prim.shape, [prim.origin]),
  }
}

export function scatterKernel(
  prim: Prim,
  stored: ReadonlySet<Prim>,
  slotOf: (prim: Prim) => number,
): ScatterKernel {
  const [source, index] = [prim.inputs[0]!, prim.inputs[1]!]
  const [outer, rows, inner] = source.shape as [number, number, number]
  const strides = contiguousStrides(index.shape).map((stride, i) => (index.shape[i] === 1 ? 0 : stride))
  return {
    kind: 'scatter',
    dtype: prim.dtype,
    outer,
    rows,
    inner,
    extent: prim.shape[1]!,
    source: slotOf(contiguousBase(source, stored)),
    index: {
      slot: slotOf(contiguousBase(index, stored)),
      strides: { outer: strides[0]!, rows: strides[1]!, inner: strides[2]! },
    },
    out: slotOf(prim),
    origin: originOf(prim.shape, [prim.origin]),
  }
}

/** Computes all of a routine's outputs; `outputSlots` says where each goes. */
export function routineKernel(
  prim: Prim,
  stored: ReadonlySet<Prim>,
  slotOf: (prim: Prim) => number,
  outputSlots: readonly number[],
): RoutineKernel {
  const { spec, inputs } = prim
  if (spec.kind !== 'routine') throw new Error(`${spec.kind} is no routine`)
  return {
    kind: 'routine',
    routine: spec.routine,
    inputs: inputs.map((input): RoutineOperand => ({
      slot: slotOf(contiguousBase(input, stored)),
      shape: input.shape,
      dtype: input.dtype,
    })),
    outputs: routineOutputs(spec.routine, inputs).map((type, i) => ({ ...type, slot: outputSlots[i]! })),
    workspace: [],
    origin: originOf(prim.shape, [prim.origin]),
  }
}
