/** A plan's kernel → WGSL. Equal texts are equal kernels: slots appear only as binding numbers. */
import type { Kernel, SlotInfo } from '../../compiler/kernel.ts'
import { loopShader } from './loop.ts'
import { contractShader } from './contract.ts'
import type { Shader } from './shader.ts'

export function kernelShader(kernel: Kernel, slots: readonly SlotInfo[]): Shader {
  return kernel.kind === 'loop' ? loopShader(kernel, slots) : contractShader(kernel, slots)
}
