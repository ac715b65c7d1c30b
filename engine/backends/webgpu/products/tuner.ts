/** Chooses a variant for each product: the one that was measured to be best, or else the one that is likely best. */
import type { ContractKernel, Plan } from '../../../compiler/kernel.ts'
import type { TextStore } from '../../store.ts'
import { candidates, knownVariants } from './candidates.ts'
import { deviceKey, productClass, readTunings, withChoices, type Choices } from './tuning.ts'
import { canTile, fits, variantName, type ProductDevice, type Variant } from './variant.ts'

/** One product on the device, with memory for it. */
export interface Trial {
  /** Starts compiling these; drivers compile side by side. */
  prepare(variants: readonly Variant[]): void
  /** Milliseconds that it takes when computed as this variant. */
  time(variant: Variant): Promise<number>
  release(): void
}

/** Variants this much slower than the best after one round are not measured again. */
const hopeless = 1.3
const rounds = 4

export class Tuner {
  readonly #device: ProductDevice
  readonly #key: string
  readonly #store: TextStore | null
  /** By name: a store of another version of the engine may name others. */
  readonly #known: ReadonlyMap<string, Variant>
  #choices: Choices

  private constructor(device: ProductDevice, key: string, store: TextStore | null, choices: Choices) {
    this.#device = device
    this.#key = key
    this.#store = store
    this.#choices = choices
    this.#known = new Map(knownVariants(device).map((variant) => [variantName(variant), variant]))
  }

  /** store: null where nothing is kept beyond this process. */
  static async open(device: ProductDevice, info: GPUAdapterInfo, store: TextStore | null): Promise<Tuner> {
    const key = deviceKey(info)
    const tunings = readTunings(store && (await store.load()))
    return new Tuner(device, key, store, tunings[key] ?? {})
  }

  variantOf(kernel: ContractKernel): Variant {
    const name = canTile(kernel) ? this.#choices[productClass(kernel)] : undefined
    const measured = name === undefined ? undefined : this.#known.get(name)
    return measured && (measured.kind === 'sum' || fits(measured, this.#device))
      ? measured
      : candidates(kernel, this.#device)[0]!
  }

  /**
   * Measures the products of a plan that were not measured before, the largest first, for about so many milliseconds, and keeps
   * what was best. Those there was no time for stay as they are, for good: what computes otherwise in the next run would give
   * other bits there. begin: null for a product that does not fit beside what is in memory.
   */
  async tune(plan: Plan, begin: (product: Plan) => Trial | null, milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds
    const found: Record<string, string> = {}
    for (const kernel of this.#unknown(plan)) {
      const trial = begin(productPlan(kernel, plan))
      if (trial === null) continue
      try {
        const best = await fastest(candidates(kernel, this.#device), deadline, trial)
        found[productClass(kernel)] = variantName(best)
      } finally {
        trial.release()
      }
    }
    if (Object.keys(found).length === 0) return
    this.#choices = { ...this.#choices, ...found }
    await this.#store?.update((text) => withChoices(text, this.#key, found))
  }

  /** One product of each class, the longest first. */
  #unknown(plan: Plan): ContractKernel[] {
    const byClass = new Map<string, ContractKernel>()
    for (const kernel of plan.kernels) {
      if (kernel.kind !== 'contract' || candidates(kernel, this.#device).length < 2) continue
      const name = productClass(kernel)
      if (this.#choices[name] === undefined && !byClass.has(name)) byClass.set(name, kernel)
    }
    const work = ({ m, n, k }: ContractKernel): number => m * n * k
    return [...byClass.values()].sort((a, b) => work(b) - work(a))
  }
}

/** The first where time ran out before it was measured. In turns, so that a clock that speeds up or slows down hits all alike. */
async function fastest(variants: readonly Variant[], deadline: number, trial: Trial): Promise<Variant> {
  const times = new Map<Variant, number>()
  let left = [...variants]
  if (performance.now() < deadline) trial.prepare(variants)
  for (let round = 0; round < rounds && left.length > 1; round++) {
    for (const variant of left) {
      if (performance.now() > deadline) break
      // What a driver refuses to compile is not chosen; a device that was lost says so by itself.
      const time = await trial.time(variant).catch(() => Infinity)
      times.set(variant, Math.min(time, times.get(variant) ?? Infinity))
    }
    const best = Math.min(...times.values())
    left = left.filter((variant) => (times.get(variant) ?? Infinity) < hopeless * best)
  }
  return [...times].reduce((a, b) => (b[1] < a[1] ? b : a), [variants[0]!, Infinity] as const)[0]
}

/** A plan of one product alone: its factors are the inputs, and its result is the output. */
function productPlan(kernel: ContractKernel, { slots }: Plan): Plan {
  const factors = [...new Set([kernel.a.slot, kernel.b.slot])]
  const at = (slot: number): number => factors.indexOf(slot)
  return {
    slots: [...factors, kernel.out].map((slot) => slots[slot]!),
    inputs: factors.length,
    outputs: 1,
    kernels: [
      {
        ...kernel,
        a: { ...kernel.a, slot: at(kernel.a.slot) },
        b: { ...kernel.b, slot: at(kernel.b.slot) },
        out: factors.length,
      },
    ],
    aliases: [null],
  }
}
