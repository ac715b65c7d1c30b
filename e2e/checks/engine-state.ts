import { defaultDevice, manualSeed, setDefaultDevice } from '../../engine/index.ts'

/** Asked for once in a process, before any test. */
const device = defaultDevice()

export function beginAnew(): void {
  setDefaultDevice(device)
  manualSeed(0)
}
