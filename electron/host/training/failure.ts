/** What a trainer says when it could not go on. */
import type { Device } from '../../../engine/index.ts'
import { DescentError, type DescentErrorValue } from '../../contract/index.ts'

/** `device`: what it computed on; null: it had none yet. */
export function failureOf(error: unknown, device: Pick<Device, 'gone'> | null): DescentErrorValue {
  const message = error instanceof Error ? error.message : String(error)
  // Whatever failed then failed by that.
  if (device?.gone)
    return {
      code: 'deviceLost',
      message: `The GPU went away while it computed, as it may when a computer has slept or its driver is renewed: resume the run, and it goes on from its last checkpoint. (${message})`,
    }
  if (error instanceof DescentError) return error.toValue()
  return { code: 'trainingFailed', message: `The computation failed: ${message}` }
}
