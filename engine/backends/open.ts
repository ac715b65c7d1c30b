/** Choosing and opening devices. */
import type { BackendName, Device } from './device.ts'
import { createReferenceDevice } from './reference/device.ts'
import { createWasmDevice } from './wasm/device.ts'
import type { Stores } from './store.ts'

export type DeviceChoice = BackendName | 'auto'

export interface DeviceInfo {
  readonly backend: BackendName
  readonly available: boolean
  /** The device's name, or why there is none. */
  readonly description: string
}

/**
 * Floating-point operations a step from which a real GPU overtakes two CPU threads. Measured as a step's fixed cost on
 * Dawn (some 30 dispatches of 2.4 µs and one submit) over what the CPU backend does in that time, rounded up.
 */
const gpuPaysFrom = 2e7

/** Loaded when wanted only: it brings Dawn along. */
const webgpu = () => import('./webgpu/device.ts')

export interface DeviceOptions {
  readonly work?: number
  readonly threads?: number
  readonly stores?: Stores
}

/**
 * `work`: floating-point operations of one step, by which `auto` chooses; small networks are faster on the CPU, and a
 * software GPU never wins. `threads`: those the CPU backend computes with; by default one for each core of the machine, at
 * most eight, or what DESCENT_THREADS in the environment says. Results do not depend on it. `stores`: where
 * devices keep what they find out about themselves; by default it ends with the process. Errors: an Error that says why the backend is not available here.
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
    case 'auto': {
      if ((options.work ?? 0) < gpuPaysFrom) return createWasmDevice({ threads })
      const { createWebGPUDevice, describeWebGPU } = await webgpu()
      const gpu = await describeWebGPU()
      return gpu.available && !gpu.software ? createWebGPUDevice({ tunings }) : createWasmDevice({ threads })
    }
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
