/** Where the time of a training step goes, as torch.profiler tells it. */
import type { AnyModule } from '../nn/module.ts'
import { withModuleScopes } from '../nn/scopes.ts'
import { timeStep } from '../tensor/capture.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { summarise, type StepProfile } from './report.ts'

export interface ProfileOptions {
  /** Its modules are the layers of the profile. Without: everything is one layer, `other`, but for recordFunction and optimizers. */
  readonly model?: AnyModule
  /** Measured runs, of which each kernel's median is taken. Default: 5. */
  readonly steps?: number
}

/**
 * Times one step: `step` is a function such as `capture` takes, `inputs` what it is called with. It is traced anew, run
 * once to warm up and `steps` times to measure, and everything that it changes on the device (weights, the optimizer's
 * state, the random generator) is put back. Nothing else may train the model meanwhile.
 * Errors: those of `capture`.
 * Source: torch.profiler.profile, with the modules of `with_modules`.
 */
export async function profile(
  step: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  { model, steps = 5 }: ProfileOptions = {},
): Promise<StepProfile> {
  if (!(Number.isInteger(steps) && steps > 0))
    throw new RangeError(`A profile takes a whole number of steps from 1, not ${steps}.`)
  const named = model ? (...given: Tensor[]) => withModuleScopes(model, () => step(...given)) : step
  return summarise(await timeStep(named, inputs, steps))
}
