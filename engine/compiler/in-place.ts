/** State is overwritten where it lies, and what nobody reads is not written. */
import { numel } from '../tensor/shape.ts'
import { ExprBuilder, exprOrder } from './expr.ts'
import { loopIndex } from './index-expr.ts'
import {
  kernelExprs,
  kernelReads,
  kernelWrites,
  reducedValues,
  type Kernel,
  type LoopKernel,
  type RoutineOperand,
} from './kernel.ts'
import { originOf } from './origin.ts'
import type { Prim, Program } from './primitive.ts'
import { rewriteKernel } from './rewrite.ts'

/** Merging kernels can leave a temporary that is written but no longer read. */
export function dropUnreadTemporaries(kernels: readonly Kernel[], firstTemporary: number): Kernel[] {
  const read = new Set(kernels.flatMap((k) => [...kernelReads(k)]))
  return kernels.map((k) =>
    k.kind === 'loop'
      ? { ...k, stores: k.stores.filter((s) => s.slot < firstTemporary || read.has(s.slot)) }
      : k,
  )
}

/**
 * State that a step replaces is overwritten where nobody can notice: the writing kernel reads the old value at most
 * at the element it writes, and no later kernel reads the old value. Otherwise it is copied over at the end.
 */
export function updateInPlace(
  program: Program,
  kernels: readonly Kernel[],
): { kernels: Kernel[]; aliases: (number | null)[] } {
  let list = [...kernels]
  const aliases: (number | null)[] = program.outputs.map(() => null)
  program.updates.forEach((input, i) => {
    if (input === null) return
    const output = program.inputs.length + i
    const writer = list.findIndex((k) => kernelWrites(k).includes(output))
    const later = list.slice(writer + 1)
    const free =
      later.every((k) => !kernelReads(k).has(input) && !kernelWrites(k).includes(input)) &&
      readsOnlyInPlace(list[writer]!, input, output) &&
      !list.slice(0, writer).some((k) => kernelWrites(k).includes(input))
    if (free) {
      list = list.map((k, at) => (at >= writer ? renameSlot(k, output, input) : k))
      aliases[i] = input
    } else {
      const prim = program.outputs[i]!
      list.push(copyKernel(prim, output, input))
    }
  })
  return { kernels: list, aliases }
}

function readsOnlyInPlace(kernel: Kernel, input: number, output: number): boolean {
  if (kernel.kind !== 'loop') return !kernelReads(kernel).has(input)
  const store = kernel.stores.find((s) => s.slot === output)!
  const reads = kernelExprs(kernel).filter((e) => e.spec.op === 'load' && e.spec.slot === input)
  if (reads.length === 0) return true
  if (kernel.reduce) {
    const inside = new Set(exprOrder(reducedValues(kernel)))
    if (reads.some((r) => inside.has(r))) return false
  }
  return reads.every((r) => r.spec.op === 'load' && r.spec.index.key === store.index.key)
}

function renameSlot(kernel: Kernel, from: number, to: number): Kernel {
  const name = (slot: number): number => (slot === from ? to : slot)
  if (kernel.kind === 'loop') return rewriteKernel(kernel, { slot: name })
  if (kernel.kind === 'scatter') {
    const index = { ...kernel.index, slot: name(kernel.index.slot) }
    return { ...kernel, source: name(kernel.source), index, out: name(kernel.out) }
  }
  if (kernel.kind === 'routine') {
    const moved = (operands: readonly RoutineOperand[]): RoutineOperand[] =>
      operands.map((operand) => ({ ...operand, slot: name(operand.slot) }))
    return { ...kernel, inputs: moved(kernel.inputs), outputs: moved(kernel.outputs) }
  }
  const { a, b } = kernel
  return {
    ...kernel,
    a: { ...a, slot: name(a.slot) },
    b: { ...b, slot: name(b.slot) },
    out: name(kernel.out),
  }
}

export function copyKernel(prim: Prim, from: number, to: number): LoopKernel {
  const exprs = new ExprBuilder()
  const n = numel(prim.shape)
  const index = loopIndex(0, n)
  const value = exprs.make({ op: 'load', slot: from, index }, prim.dtype)
  const stores = [{ slot: to, index, value }]
  return { kind: 'loop', extents: [n], reduce: null, stores, origin: originOf(prim.shape, [prim.origin]) }
}
