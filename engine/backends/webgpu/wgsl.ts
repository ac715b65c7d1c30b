/** A plan's kernel → WGSL. Equal texts are equal kernels: slots appear only as binding numbers. */
import type { CodeKernel, Kernel, SlotInfo } from '../../compiler/kernel.ts'
import { loopShader, type LoopDevice } from './loop.ts'
import { contractShader, type PlannedProducts } from './contract.ts'
import { scatterShader } from './scatter.ts'
import { routineShaders } from './routines/index.ts'
import type { Shader } from './shader.ts'

/** How kernels are written: what device they are for, and how products are computed; by default as plain sums. */
export interface Writing {
  readonly device: LoopDevice
  readonly products?: PlannedProducts
}

function kernelShader(kernel: CodeKernel, slots: readonly SlotInfo[], { device, products }: Writing): Shader {
  switch (kernel.kind) {
    case 'loop':
      return loopShader(kernel, slots, device)
    case 'contract':
      return contractShader(kernel, slots, { device, products })
    case 'scatter':
      return scatterShader(kernel, slots)
  }
}

/** The dispatches of a kernel, in order. */
export const kernelShaders = (kernel: Kernel, slots: readonly SlotInfo[], writing: Writing): Shader[] =>
  kernel.kind === 'routine' ? routineShaders(kernel, slots) : [kernelShader(kernel, slots, writing)]
