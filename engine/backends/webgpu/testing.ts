/** For tests of this backend: the machine's WebGPU device, or why there is none. */
import { describe } from 'vitest'
import { createReferenceDevice } from '../reference/device.ts'
import type { Device } from '../device.ts'
import { createWebGPUDevice, describeWebGPU, type WebGPUDevice } from './device.ts'

const found = await describeWebGPU()

/** A suite that needs the device. Without one it is skipped, and says why; DESCENT_REQUIRE_WEBGPU=1 makes that a failure. */
export function onWebGPU(
  title: string,
  suite: (open: () => Promise<WebGPUDevice>) => void,
  options: { readonly tags?: 'thorough' } = {},
): void {
  if (!found.available && process.env['DESCENT_REQUIRE_WEBGPU'] === '1') throw new Error(found.description)
  const name = found.available ? `${title} (${found.description})` : `${title}: not run. ${found.description}`
  describe.skipIf(!found.available)(name, options, () => suite(createWebGPUDevice))
}

/** Whether `npm run acceptance -- whole` asks for everything, or a real GPU does it in no time. */
export const takesAll = process.env['DESCENT_WHOLE'] === '1' || (found.available && !found.software)

/**
 * Where software stands in for a GPU each kernel takes long to compile, and what is given to one backend after another takes
 * minutes there: what is needed, and one of every few others. The other backends take all.
 */
export const someOnSoftware = <T>(
  all: readonly T[],
  every: number,
  isNeeded: (one: T) => boolean = () => false,
): readonly T[] => (takesAll ? all : all.filter((one, i) => i % every === 0 || isNeeded(one)))

export { isFirst } from '../../fixtures/apart.ts'

export const reference: Device = createReferenceDevice()
