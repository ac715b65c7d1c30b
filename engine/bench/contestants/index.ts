/** Who competes with whom: a group for each kind of device, of our backends and of peers that run there too. */
import { describeWebGPU } from '../../backends/webgpu/device.ts'
import { descent } from './descent/index.ts'
import { jaxJs } from './jax-js/index.ts'
import { onnxruntime } from './onnxruntime/index.ts'
import type { Contestant } from './protocol.ts'
import { pytorch, pytorchOnCpu } from './pytorch/index.ts'
import { tfjs, tfjsInChromium } from './tfjs/index.ts'

type Backend = 'wasm' | 'webgpu'
const choices: Record<string, Backend[]> = { wasm: ['wasm'], webgpu: ['webgpu'], all: ['wasm', 'webgpu'] }

export interface Group {
  contestants: readonly Contestant[]
  /** Ours runs on a GPU that is one, and no CPU in truth. */
  gpu: boolean
}

/**
 * `backend`: wasm, webgpu, all, or undefined for those worth measuring here; `threads` of our WebAssembly backend.
 * A software GPU is the CPU in truth, and is held against what the CPU's peers do. Errors: any other backend.
 */
export async function contestantsFor(
  backend: string | undefined,
  threads: string | undefined,
): Promise<Group[]> {
  const gpu = await describeWebGPU()
  const hasGpu = gpu.available && !gpu.software
  const chosen = choices[backend ?? (hasGpu ? 'all' : 'wasm')]
  if (!chosen) throw new Error(`--backend is wasm, webgpu or all, not ${backend}.`)
  const ours = chosen.map((name) => descent(name, threads))
  const [onCpu, onGpu] = hasGpu
    ? [ours.filter((_, i) => chosen[i] === 'wasm'), ours.filter((_, i) => chosen[i] === 'webgpu')]
    : [ours, []]
  return [
    { contestants: [...onCpu, ...pytorchOnCpu(), jaxJs, tfjs, onnxruntime('cpu')], gpu: false, ours: onCpu },
    {
      contestants: [...onGpu, pytorch('gpu'), tfjsInChromium, onnxruntime('webgpu')],
      gpu: true,
      ours: onGpu,
    },
  ].filter(({ ours }) => ours.length > 0)
}
