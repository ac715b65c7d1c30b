/** Before a training: a learning rate and a batch size that suit the network, the data and the device. */
import type { Tuning } from '../../../contract/index.ts'
import type { TrainOptions } from '../train.ts'
import { findBatchSize } from './batch-size.ts'
import { findLearningRate } from './learning-rate.ts'

/** `progress`: the share that is done. */
export async function tuningOf(
  options: TrainOptions,
  progress: (share: number) => void = () => undefined,
): Promise<Tuning> {
  const rate = await findLearningRate(options, { onShare: (share) => progress(share / 2) })
  const batchSize = await findBatchSize(options, { onShare: (share) => progress((1 + share) / 2) })
  return { rate, batchSize }
}
