import type { Dataset } from './dataset.ts'
import { Generator } from './generator.ts'

/** What random numbers of single samples depend on, beside their indices. */
export interface SampleSeed {
  readonly seed: number
  readonly epoch: number
}

/** The samples at the indices, in order, each with random numbers of its own. Errors: the data set's, with the index. */
export async function samplesOf(
  dataset: Dataset,
  indices: readonly number[],
  { seed, epoch }: SampleSeed,
): Promise<unknown[]> {
  return Promise.all(
    indices.map(async (index) => {
      // Neighboring epochs and indices are far apart in the generator's key.
      const random = new Generator((seed + Math.imul(epoch + 1, 0x9e3779b1)) >>> 0, index + 1)
      try {
        return await dataset.at(index, random)
      } catch (error) {
        const { message } = error instanceof Error ? error : new Error(String(error))
        throw new Error(`Sample ${index} could not be loaded: ${message}`, { cause: error })
      }
    }),
  )
}
