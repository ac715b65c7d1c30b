/** A plan's kernel → WGSL. Equal texts are equal kernels: slots appear only as binding numbers. */
import type { Kernel, SlotInfo } from '../../compiler/kernel.ts'
import { loopShader } from './loop.ts'
import { contractShader } from './contract.ts'
import { scatterShader } from './scatter.ts'
import type { Shader } from './shader.ts'

export function kernelShader(kernel: Kernel, slots: readonly SlotInfo[]): Shader {
  switch (kernel.kind) {
    case 'loop':
      return loopShader(kernel, slots)
    case 'contract':
      return contractShader(kernel, slots)
    case 'scatter':
      return scatterShader(kernel, slots)
  }
}
