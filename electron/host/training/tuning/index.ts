/** Before a training: a learning rate and a batch size that suit the network, the data and the device. */
import { freemem } from 'node:os'
import type { Tuning } from '../../../contract/index.ts'
import type { TrainOptions } from '../train.ts'
import { findBatchSize } from './batch-size.ts'
import { findLearningRate } from './learning-rate.ts'

/** WebAssembly has 4 GiB, of which some is lost to rounding. */
const mostMemory = 3 * 2 ** 30
/** Of what is free; other programs want some. */
const usable = 0.8

/** `progress`: the share that is done. */
export async function tuningOf(
  options: TrainOptions,
  progress: (share: number) => void = () => undefined,
): Promise<Tuning> {
  const batchSize = await findBatchSize(options, {
    mostMemory: Math.min(mostMemory, usable * freemem()),
    onShare: (share) => progress(share / 2),
  })
  // For the size that is proposed: a rate is good for one size only.
  const training = { ...options.recipe.training, batchSize: batchSize.suggested }
  const rate = await findLearningRate(
    { ...options, recipe: { ...options.recipe, training } },
    { onShare: (share) => progress((1 + share) / 2) },
  )
  return { rate, batchSize }
}
