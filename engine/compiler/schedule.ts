/**
 * Fusion: decides which primitives get memory of their own, and turns each of those into one kernel
 * that computes everything between it and its stored inputs.
 */
import { computeType } from '../tensor/dtype.ts'
import { numel } from '../tensor/shape.ts'
import { decide, splitPoint, type CostLimits, type Decisions } from './decide.ts'
import { copyKernel, dropUnreadTemporaries, updateInPlace } from './in-place.ts'
import { KernelBuilder } from './kernel-builder.ts'
import { kernelSlots, type Kernel, type Plan, type SlotInfo } from './kernel.ts'
import { mergeKernels, mergeLoops } from './merge.ts'
import { contractKernel, routineKernel, scatterKernel } from './operands.ts'
import { topological, type Prim, type Program } from './primitive.ts'
import { routineOutputs } from './routines.ts'

export interface ScheduleLimits {
  /** Buffers one kernel may touch. */
  readonly buffers: number
  /** What is computed where it is needed; usually `usualCosts`. */
  readonly costs?: CostLimits
}

export function schedule(program: Program, limits: ScheduleLimits): Plan {
  const forced = new Set<Prim>()
  for (;;) {
    const order = topological(program.outputs)
    const decisions = decide(order, program.outputs, forced, limits.costs)
    const result = emit(program, order, decisions)
    const tooWide = result.kernels.find((k) => kernelSlots(k.kernel).length > limits.buffers)
    if (!tooWide) return finish(program, result, limits)
    const cut = splitPoint(tooWide.root, decisions.stored)
    if (cut === null) throw new Error(`One kernel needs more than this device's ${limits.buffers} buffers.`)
    forced.add(cut)
  }
}

/** What computes a stored primitive; null where nothing is left to do. */
function kernelOf(
  prim: Prim,
  decisions: Decisions,
  slotOf: (prim: Prim) => number,
  credited: Set<Prim>,
): Kernel | null {
  switch (prim.spec.kind) {
    case 'buffer':
    case 'assemble':
    // One kernel computes all outputs of a routine.
    case 'routine':
      return null
    case 'contract':
      return contractKernel(prim, decisions.stored, slotOf)
    case 'scatter':
      return scatterKernel(prim, decisions.stored, slotOf)
    default:
      return new KernelBuilder(prim, decisions, slotOf, credited).build(slotOf(prim))
  }
}

/** The same for all outputs of one routine. */
const routineKey = ({ spec, inputs }: Prim): string =>
  spec.kind === 'routine' ? `${JSON.stringify(spec.routine)} ${inputs.map(({ id }) => id).join()}` : ''

interface Emitted {
  readonly kernels: { readonly kernel: Kernel; readonly root: Prim }[]
  readonly slots: SlotInfo[]
}

function emit(program: Program, order: readonly Prim[], decisions: Decisions): Emitted {
  const slots: SlotInfo[] = [
    ...program.inputs.map((i) => ({ elements: numel(i.shape), dtype: computeType(i.dtype) })),
    ...program.outputs.map((o) => ({ elements: numel(o.shape), dtype: o.dtype })),
  ]
  const slotOf = new Map<Prim, number>()
  const copies: { output: Prim; slot: number }[] = []
  program.outputs.forEach((output, i) => {
    const slot = program.inputs.length + i
    if (output.spec.kind === 'buffer' || slotOf.has(output)) copies.push({ output, slot })
    else slotOf.set(output, slot)
  })
  const find = (prim: Prim): number => {
    if (prim.spec.kind === 'buffer') return prim.spec.slot
    let slot = slotOf.get(prim)
    if (slot === undefined) {
      slot = slots.push({ elements: numel(prim.shape), dtype: prim.dtype }) - 1
      slotOf.set(prim, slot)
    }
    return slot
  }
  const kernels: Emitted['kernels'] = []
  const credited = new Set<Prim>()
  const placesOf = new Map<Prim, { whole: Prim; offset: readonly number[] }[]>()
  for (const whole of order) {
    const { spec } = whole
    if (spec.kind !== 'assemble') continue
    whole.inputs.forEach((part, k) => {
      placesOf.set(part, [...(placesOf.get(part) ?? []), { whole, offset: spec.offsets[k]! }])
    })
  }
  /** Routines whose kernel there is already, by their name and inputs. */
  const begun = new Set<string>()
  const routineOf = (prim: Prim): Kernel | null => {
    const { spec } = prim
    if (spec.kind !== 'routine') return null
    const key = routineKey(prim)
    if (begun.has(key)) return null
    begun.add(key)
    const outputs = routineOutputs(spec.routine, prim.inputs).map(({ shape, dtype }, i) => {
      const wanted = order.find(
        (p) => p.spec.kind === 'routine' && p.spec.output === i && routineKey(p) === key,
      )
      return wanted ? find(wanted) : slots.push({ elements: numel(shape), dtype }) - 1
    })
    return routineKernel(prim, decisions.stored, find, outputs)
  }
  for (const prim of order) {
    if (decisions.stored.has(prim)) {
      const kernel = routineOf(prim) ?? kernelOf(prim, decisions, find, credited)
      if (kernel) kernels.push({ kernel, root: prim })
    }
    // A part is put in its place where it is computed, so that both can be one kernel.
    for (const { whole, offset } of placesOf.get(prim) ?? []) {
      const place = { slot: find(whole), shape: whole.shape, offset }
      kernels.push({
        kernel: new KernelBuilder(prim, decisions, find, credited).buildPart(place),
        root: prim,
      })
    }
  }
  for (const { output, slot } of copies)
    kernels.push({ kernel: copyKernel(output, find(output), slot), root: output })
  return { kernels, slots }
}

function finish(program: Program, emitted: Emitted, limits: ScheduleLimits): Plan {
  const merged = mergeKernels(
    emitted.kernels.map((k) => k.kernel),
    limits.buffers,
  )
  const needed = dropUnreadTemporaries(merged, program.inputs.length + program.outputs.length)
  const { kernels, aliases } = updateInPlace(program, needed)
  return {
    slots: emitted.slots,
    inputs: program.inputs.length,
    outputs: program.outputs.length,
    kernels: kernels.map((k) => (k.kind === 'loop' ? mergeLoops(k) : k)),
    aliases,
  }
}
