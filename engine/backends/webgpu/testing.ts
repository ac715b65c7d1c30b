/** For tests of this backend: the machine's WebGPU device, or why there is none. */
import { describe } from 'vitest'
import { createReferenceDevice } from '../reference/device.ts'
import type { Device } from '../device.ts'
import { createWebGPUDevice, describeWebGPU, type WebGPUDevice } from './device.ts'

const found = await describeWebGPU()

/** A suite that needs the device. Without one it is skipped, and says why; DESCENT_REQUIRE_WEBGPU=1 makes that a failure. */
export function onWebGPU(title: string, suite: (open: () => Promise<WebGPUDevice>) => void): void {
  if (!found.available && process.env['DESCENT_REQUIRE_WEBGPU'] === '1') throw new Error(found.description)
  const name = found.available ? `${title} (${found.description})` : `${title}: not run. ${found.description}`
  describe.skipIf(!found.available)(name, () => suite(createWebGPUDevice))
}

export const reference: Device = createReferenceDevice()
