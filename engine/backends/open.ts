/** Choosing and opening devices. */
import { isFasterOnGpu, isForCpu, type StepWork } from './choice.ts'
import type { BackendName, Device } from './device.ts'
import { createReferenceDevice } from './reference/device.ts'
import { createWasmDevice } from './wasm/device.ts'
import { usualThreads } from './wasm/threads.ts'
import { mayHaveGpu } from './webgpu/hardware.ts'
import { rememberedSpeed, speedOf } from './speed.ts'
import type { Stores } from './store.ts'

export type DeviceChoice = BackendName | 'auto'

export interface DeviceInfo {
  readonly backend: BackendName
  readonly available: boolean
  /** The device's name, or why there is none. */
  readonly description: string
}

/** Loaded when wanted only: it brings Dawn along. */
const webgpu = () => import('./webgpu/device.ts')

export interface DeviceOptions {
  readonly work?: StepWork
  readonly threads?: number
  readonly stores?: Stores
}

/**
 * `work`: of one step, by which `auto` chooses between the CPU and the GPU, after measuring both for a moment where it is
 * not clear and `stores` do not know; without it, and without a real GPU, the CPU. `threads`: those the CPU backend computes
 * with; by default one for each core of the machine, at most eight, or what DESCENT_THREADS in the environment says. Results
 * do not depend on it. `stores`: where devices keep what they find out about themselves; by default it ends with the process.
 * Errors: an Error that says why the backend is not available here; `auto` always finds one.
 */
export async function openDevice(choice: DeviceChoice, options: DeviceOptions = {}): Promise<Device> {
  const { threads, stores } = options
  const tunings = stores?.('gpu-tunings.json')
  switch (choice) {
    case 'reference':
      return createReferenceDevice()
    case 'webgpu':
      return (await webgpu()).createWebGPUDevice({ tunings })
    case 'wasm':
      return createWasmDevice({ threads })
    case 'auto':
      return (await gpuPays(options))
        ? (await webgpu()).createWebGPUDevice({ tunings })
        : createWasmDevice({ threads })
  }
}

/** Whether the step is expected to be faster on the machine's GPU. Software never is, and what cannot be measured is not either. */
async function gpuPays({ work, threads, stores }: DeviceOptions): Promise<boolean> {
  if (!work || isForCpu(work) || !mayHaveGpu()) return false
  const store = stores?.('device-speeds.json') ?? null
  const cpu = `CPU, ${threads ?? usualThreads()} threads`
  if (isForCpu(work, await rememberedSpeed(cpu, store))) return false
  try {
    const { createWebGPUDevice, describeWebGPU } = await webgpu()
    const gpu = await describeWebGPU()
    if (!gpu.available || gpu.software) return false
    const onCpu = await speedOf(cpu, store, async () => {
      const device = createWasmDevice({ threads })
      await device.ready()
      return device
    })
    const onGpu = await speedOf(gpu.key, store, () => createWebGPUDevice())
    return isFasterOnGpu(work, onCpu, onGpu)
  } catch {
    return false
  }
}

/** The devices people choose from. The CPU is always there. */
export async function listDevices(): Promise<DeviceInfo[]> {
  const { available, description } = await (await webgpu()).describeWebGPU()
  const { name } = createWasmDevice()
  return [
    { backend: 'wasm', available: true, description: name },
    { backend: 'webgpu', available, description },
  ]
}
