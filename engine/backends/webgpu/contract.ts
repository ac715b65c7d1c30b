/** Contractions → kernels of a variant: one, or where k is split, parts and their sum. */
import type { ContractKernel, Kernel, Plan, SlotInfo } from '../../compiler/kernel.ts'
import { splitPlan } from '../../compiler/split.ts'
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
  const chosen = new Map<ContractKernel, Variant>()
  const split = splitPlan(plan, (kernel) => {
    const variant = choose(kernel)
    chosen.set(kernel, variant)
    return variant.kind === 'sum' ? 1 : variant.splits
  })
  const variants = new Map([...split.partOf].map(([part, whole]) => [part, chosen.get(whole)!]))
  return { plan: split.plan, variants }
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
