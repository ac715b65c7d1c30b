/** GPUs find out which kernels are best for a step, as they do before a training. */
import { tuneStep, type Device, type Tensor } from '../../../index.ts'

/** Within everybody's patience. */
const milliseconds = 2500

/** A prelude that tunes `step` the first time it is to run more than once: who runs it once wants to know how long that takes. */
export function tunedOnce(
  device: Device,
  step: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
): (iterations: number) => Promise<void> {
  let done = device.tune === undefined
  return async (iterations) => {
    if (done || iterations < 2) return
    done = true
    await tuneStep(step, inputs, milliseconds)
  }
}
