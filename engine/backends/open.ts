/** Choosing and opening devices. */
import type { BackendName, Device } from './device.ts'
import { createReferenceDevice } from './reference/device.ts'
import { createWasmDevice } from './wasm/device.ts'

export type DeviceChoice = BackendName | 'auto'

export interface DeviceInfo {
  readonly backend: BackendName
  readonly available: boolean
  /** The device's name, or why there is none. */
  readonly description: string
}

/** Errors: an Error that says why the backend is not available here. */
export async function openDevice(choice: DeviceChoice): Promise<Device> {
  switch (choice) {
    case 'reference':
      return createReferenceDevice()
    case 'webgpu':
    case 'auto':
    case 'wasm':
      return createWasmDevice()
  }
}

export async function listDevices(): Promise<DeviceInfo[]> {
  return [{ backend: 'reference', available: true, description: 'Reference interpreter (float64)' }]
}
