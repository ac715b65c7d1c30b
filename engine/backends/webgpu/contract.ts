/** Contractions → kernels of a variant: one, or where k is split, parts and their sum. */
import type { ContractKernel, Kernel, Plan, SlotInfo } from '../../compiler/kernel.ts'
import { splitPlan } from '../../compiler/split.ts'
import { loopShader, type LoopDevice } from './loop.ts'
import { productAsSum } from './products/sum.ts'
import { matrixShader } from './products/matrices.ts'
import { tileShader } from './products/tiles.ts'
import type { Variant } from './products/variant.ts'
import type { Shader } from './shader.ts'

/** How each product of a plan is computed. */
export interface PlannedProducts {
  readonly plan: Plan
  readonly variants: ReadonlyMap<Kernel, Variant>
  readonly others: (kernel: ContractKernel, variant: Variant) => readonly Variant[]
}

export interface Choices {
  choose(kernel: ContractKernel): Variant
  /** What comes to the same bits and does as well where it is compiled already; by default nothing does. */
  others?(kernel: ContractKernel, variant: Variant): readonly Variant[]
}

/** Chooses a variant for each product; those whose k is split become several kernels, with temporaries between them. */
export function planProducts(plan: Plan, { choose, others = () => [] }: Choices): PlannedProducts {
  const chosen = new Map<ContractKernel, Variant>()
  const split = splitPlan(plan, (kernel) => {
    const variant = choose(kernel)
    chosen.set(kernel, variant)
    return variant.kind === 'sum' ? 1 : variant.splits
  })
  const variants = new Map([...split.partOf].map(([part, whole]) => [part, chosen.get(whole)!]))
  return { plan: split.plan, variants, others }
}

export function contractShader(
  kernel: ContractKernel,
  slots: readonly SlotInfo[],
  { device, products }: { readonly device: LoopDevice; readonly products?: PlannedProducts | undefined },
): Shader {
  const variant = products?.variants.get(kernel) ?? { kind: 'sum' }
  const shader = variantShader(kernel, slots, variant, device)
  const others = (): Shader[] => [
    ...(shader.others?.() ?? []),
    ...(products?.others(kernel, variant) ?? []).map((other) => variantShader(kernel, slots, other, device)),
  ]
  return { ...shader, others }
}

function variantShader(
  kernel: ContractKernel,
  slots: readonly SlotInfo[],
  variant: Variant,
  device: LoopDevice,
): Shader {
  switch (variant.kind) {
    case 'sum':
      return loopShader(productAsSum(kernel), slots, { ...device, fused: true })
    case 'tile':
      return tileShader(kernel, slots, variant)
    case 'matrix':
      return matrixShader(kernel, slots, variant)
  }
}
