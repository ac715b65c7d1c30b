/** Contractions → kernels of a variant: one, or where k is split, parts and their sum. */
import type { ContractKernel, Kernel, Plan, SlotInfo } from '../../compiler/kernel.ts'
import { splitProduct, stretchesOf } from '../../compiler/split.ts'
import { loopShader } from './loop.ts'
import { productAsSum } from './products/sum.ts'
import { matrixShader } from './products/matrices.ts'
import { tileShader } from './products/tiles.ts'
import type { Variant } from './products/variant.ts'
import type { Shader } from './shader.ts'

/** How each product of a plan is computed. */
export interface PlannedProducts {
  readonly plan: Plan
  readonly variants: ReadonlyMap<Kernel, Variant>
}

/** Chooses a variant for each product; those whose k is split become several kernels, with temporaries between them. */
export function planProducts(plan: Plan, choose: (kernel: ContractKernel) => Variant): PlannedProducts {
  const slots: SlotInfo[] = [...plan.slots]
  const variants = new Map<Kernel, Variant>()
  const kernels = plan.kernels.flatMap((kernel): readonly Kernel[] => {
    if (kernel.kind !== 'contract') return [kernel]
    const variant = choose(kernel)
    const stretches =
      variant.kind !== 'sum' && variant.splits > 1 ? stretchesOf(kernel, variant.splits) : null
    const split = stretches && splitProduct(kernel, stretches, slots.length)
    const parts = split?.kernels ?? [kernel]
    slots.push(...(split?.temporaries ?? []))
    for (const part of parts) if (part.kind === 'contract') variants.set(part, variant)
    return parts
  })
  return { plan: { ...plan, slots, kernels }, variants }
}

export function contractShader(kernel: ContractKernel, slots: readonly SlotInfo[], variant: Variant): Shader {
  switch (variant.kind) {
    case 'sum':
      return loopShader(productAsSum(kernel), slots)
    case 'tile':
      return tileShader(kernel, slots, variant)
    case 'matrix':
      return matrixShader(kernel, slots, variant)
  }
}
