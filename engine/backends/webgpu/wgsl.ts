/** A plan's kernel → WGSL. Equal texts are equal kernels: slots appear only as binding numbers. */
import type { CodeKernel, Kernel, SlotInfo } from '../../compiler/kernel.ts'
import { loopShader } from './loop.ts'
import { contractShader, type PlannedProducts } from './contract.ts'
import { scatterShader } from './scatter.ts'
import { routineShaders } from './routines/index.ts'
import type { Shader } from './shader.ts'

/** products: how contractions are computed; by default as plain sums. */
function kernelShader(
  kernel: CodeKernel,
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

/** The dispatches of a kernel, in order. */
export const kernelShaders = (
  kernel: Kernel,
  slots: readonly SlotInfo[],
  products?: PlannedProducts['variants'],
): Shader[] =>
  kernel.kind === 'routine' ? routineShaders(kernel, slots) : [kernelShader(kernel, slots, products)]
