/** Where in its memory a kernel begins: those that differ in nothing else, as the steps of a sequence do, are one function. */
import { kernelExprs, type LoopKernel } from './kernel.ts'

/** The element of each slot from which on a kernel counts; the first where none is named. */
export type Bases = ReadonlyMap<number, number>

/** The lowest of a loop kernel's constant offsets in each slot. What is read behind a guard is held against the whole memory. */
export function loopBases(kernel: LoopKernel): Bases {
  const bases = new Map<number, number>()
  const note = (slot: number, offset: number): unknown =>
    bases.set(slot, Math.min(offset, bases.get(slot) ?? Infinity))
  const guarded = new Set<number>()
  for (const { spec, args } of kernelExprs(kernel)) {
    if (spec.op !== 'load') continue
    note(spec.slot, spec.index.offset)
    if (args.length > 0) guarded.add(spec.slot)
  }
  for (const { slot, index } of kernel.stores) note(slot, index.offset)
  for (const slot of guarded) bases.set(slot, 0)
  return bases
}
