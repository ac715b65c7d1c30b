/** Where the time of a run's step goes, measured before or after the run, never changing it. */
import type { Device, profiler } from '../../../engine/index.ts'
import type { StepProfile } from '../../contract/index.ts'
import { openTraining, type TrainOptions } from './train.ts'

/** What a session measured, with where and when. */
export function measuredProfile(
  measured: profiler.StepProfile,
  { backend, name }: Pick<Device, 'backend' | 'name'>,
  batchSize: number,
): StepProfile {
  return { measuredAt: Date.now(), backend, device: name, batchSize, ...measured }
}

/** Opens the run's session afresh, measures one full batch on the engine's current device and lets go of it. */
export async function profileTraining(options: TrainOptions, device: Device): Promise<StepProfile> {
  const { session } = openTraining(options)
  const batchSize = Math.min(options.recipe.training.batchSize, options.data.train.rows)
  return measuredProfile(await session.profile(firstBatch(batchSize)), device, batchSize)
}

/** Which rows a batch has does not matter for its time. */
export const firstBatch = (batchSize: number): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: batchSize }, (_, row) => row)
