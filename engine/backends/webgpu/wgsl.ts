/** A plan's kernel → WGSL. Equal texts are equal kernels: slots appear only as binding numbers. */
import type { Kernel, SlotInfo } from '../../compiler/kernel.ts'
import { loopShader } from './loop.ts'
import { contractShader, type PlannedProducts } from './contract.ts'
import { scatterShader } from './scatter.ts'
import type { Shader } from './shader.ts'

/** products: how contractions are computed; by default as plain sums. */
export function kernelShader(
  kernel: Kernel,
  slots: readonly SlotInfo[],
  products: PlannedProducts['variants'] = new Map(),
): Shader {
  switch (kernel.kind) {
    case 'loop':
      return loopShader(kernel, slots)
    case 'contract':
      return contractShader(kernel, slots, products.get(kernel) ?? { kind: 'sum' })
    case 'scatter':
      return scatterShader(kernel, slots)
  }
}
