/** Memory for temporaries: slots whose lifetimes do not overlap share one buffer. */
import { kernelReads, kernelWrites, type Plan } from './kernel.ts'

export interface Temporaries {
  /** Temporary slot → number of its physical buffer. Slots no kernel touches have none. */
  readonly bufferOf: ReadonlyMap<number, number>
  /** Elements of each physical buffer. */
  readonly sizes: readonly number[]
}

/** The kernels a slot lives through: from the one that writes it to the last that reads it. */
interface Lifetime {
  readonly slot: number
  readonly from: number
  to: number
}

/**
 * The largest slots choose first, each the smallest buffer that is free all its life ("greedy by size for shared objects",
 * Pisarchyk & Lee 2020, https://arxiv.org/abs/2001.03288). A kernel's results never share memory with anything it reads,
 * so one that reads an element after another was written stays correct.
 */
export function planTemporaries(plan: Plan): Temporaries {
  const lifetimes = [...lifetimesOf(plan).values()]
  const size = ({ slot }: Lifetime): number => plan.slots[slot]!.elements
  const bufferOf = new Map<number, number>()
  const sizes: number[] = []
  const tenants: Lifetime[][] = []
  for (const lifetime of lifetimes.toSorted((a, b) => size(b) - size(a))) {
    const isFree = (others: readonly Lifetime[]): boolean =>
      others.every((other) => lifetime.to < other.from || other.to < lifetime.from)
    let buffer = tenants.findLastIndex(isFree)
    if (buffer < 0) {
      buffer = sizes.push(size(lifetime)) - 1
      tenants.push([])
    }
    tenants[buffer]!.push(lifetime)
    bufferOf.set(lifetime.slot, buffer)
  }
  return { bufferOf, sizes }
}

/**
 * Plans of programs that differ in sizes alone: one for a smaller batch shares memory as the one for a larger did, so that
 * their kernels wait for each other alike.
 */
export class TemporariesCache {
  readonly #kept = new Map<
    string,
    { readonly bufferOf: Temporaries['bufferOf']; readonly elements: number }
  >()
  readonly #most = 256

  plan(plan: Plan): Temporaries {
    const key = JSON.stringify([
      plan.inputs,
      plan.outputs,
      plan.kernels.map((kernel) => [[...kernelReads(kernel)], kernelWrites(kernel)]),
    ])
    const elements = plan.slots.reduce((sum, slot) => sum + slot.elements, 0)
    const known = this.#kept.get(key)
    this.#kept.delete(key)
    if (known && known.elements >= elements) {
      this.#kept.set(key, known)
      return withSizes(plan, known.bufferOf)
    }
    const planned = planTemporaries(plan)
    this.#kept.set(key, { bufferOf: planned.bufferOf, elements })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > this.#most) this.#kept.delete(oldest!)
    return planned
  }
}

function withSizes({ slots }: Plan, bufferOf: Temporaries['bufferOf']): Temporaries {
  const sizes: number[] = []
  for (const [slot, buffer] of bufferOf) sizes[buffer] = Math.max(sizes[buffer] ?? 0, slots[slot]!.elements)
  return { bufferOf, sizes }
}

function lifetimesOf(plan: Plan): Map<number, Lifetime> {
  const first = plan.inputs + plan.outputs
  const lifetimes = new Map<number, Lifetime>()
  plan.kernels.forEach((kernel, at) => {
    for (const slot of [...kernelReads(kernel), ...kernelWrites(kernel)]) {
      if (slot < first) continue
      const known = lifetimes.get(slot)
      if (known) known.to = at
      else lifetimes.set(slot, { slot, from: at, to: at })
    }
  })
  return lifetimes
}
