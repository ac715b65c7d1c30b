/** Memory for temporaries: slots whose lifetimes do not overlap share one buffer. */
import { kernelReads, kernelWrites, type Plan } from './kernel.ts'

export interface Temporaries {
  /** Temporary slot → number of its physical buffer. Slots no kernel touches have none. */
  readonly bufferOf: ReadonlyMap<number, number>
  /** Elements of each physical buffer. */
  readonly sizes: readonly number[]
}

/**
 * Linear scan over kernel lifetimes (Poletto & Sarkar 1999, https://doi.org/10.1145/330249.330250). A kernel's results
 * never share memory with anything it reads, so one that reads an element after another was written stays correct.
 */
export function planTemporaries(plan: Plan): Temporaries {
  const first = plan.inputs + plan.outputs
  const touched = plan.kernels.map((k) =>
    [...new Set([...kernelReads(k), ...kernelWrites(k)])].filter((slot) => slot >= first),
  )
  const lastUse = new Map<number, number>()
  touched.forEach((slots, at) => slots.forEach((slot) => lastUse.set(slot, at)))

  const bufferOf = new Map<number, number>()
  const sizes: number[] = []
  const free = new Set<number>()
  touched.forEach((slots, at) => {
    for (const slot of slots) {
      if (bufferOf.has(slot)) continue
      const needed = plan.slots[slot]!.elements
      const buffer = bestFit(sizes, free, needed) ?? sizes.push(needed) - 1
      sizes[buffer] = Math.max(sizes[buffer]!, needed)
      free.delete(buffer)
      bufferOf.set(slot, buffer)
    }
    for (const slot of slots) if (lastUse.get(slot) === at) free.add(bufferOf.get(slot)!)
  })
  return { bufferOf, sizes }
}

/** The smallest free buffer that is large enough; where none is, the largest, to be grown. */
function bestFit(sizes: readonly number[], free: ReadonlySet<number>, needed: number): number | null {
  const bySize = [...free].sort((a, b) => sizes[a]! - sizes[b]!)
  return bySize.find((buffer) => sizes[buffer]! >= needed) ?? bySize.at(-1) ?? null
}
