/** The batch-size finder: steps of twice as many examples each, until more of them are no faster, or do not fit. */
import type { BatchSizeSearch } from '../../../contract/index.ts'
import { measureStep } from '../measured-step.ts'
import { sampled } from '../preflight/trial.ts'
import type { TrainOptions } from '../train.ts'

const smallest = 8
/** Twice the size must be faster by this share to be worth it; after two that are not, no larger one is tried. */
const leastGain = 0.05
/** An epoch of fewer steps than these learns little, however fast it is. */
const fewestSteps = 20
/** A size is as good as the fastest from this share of its speed on. */
const goodEnough = 0.9
const mostRows = 2048

/** The smallest that is nearly as fast as the fastest: smaller batches learn more from an epoch. */
export function bestSize(tried: BatchSizeSearch['tried']): number {
  const fastest = Math.max(...tried.map(({ throughput }) => throughput))
  return tried.find(({ throughput }) => throughput >= goodEnough * fastest)!.batchSize
}

/** Sizes that are worth trying. */
export function sizesFor(rows: number, most: number): number[] {
  const largest = Math.min(Math.max(smallest, Math.floor(rows / fewestSteps)), rows, most)
  const sizes: number[] = []
  for (let size = Math.min(smallest, largest); size <= largest; size *= 2) sizes.push(size)
  return sizes
}

/** Whether the last two brought nothing. */
function isNoFaster(tried: BatchSizeSearch['tried']): boolean {
  if (tried.length < 3) return false
  const before = Math.max(...tried.slice(0, -2).map(({ throughput }) => throughput))
  return tried.slice(-2).every(({ throughput }) => throughput < (1 + leastGain) * before)
}

const isOutOfMemory = (error: unknown): error is Error =>
  error instanceof Error && (error instanceof RangeError || /out of memory/i.test(error.message))

export async function findBatchSize(
  options: TrainOptions,
  { most = 65_536, budgetMs = 15_000, mostMemory = Infinity, onShare = (_: number): void => undefined } = {},
): Promise<BatchSizeSearch> {
  const begun = performance.now()
  const { recipe, data } = options
  const sample = sampled(data.train, mostRows, recipe.seed)
  const sizes = sizesFor(data.train.rows, most)
  const tried: BatchSizeSearch['tried'] = []
  let refused: BatchSizeSearch['refused'] = null
  let ended: BatchSizeSearch['ended'] = 'rows'
  for (const [i, batchSize] of sizes.entries()) {
    const spent = performance.now() - begun
    // The next one takes as long again as all before it.
    if (tried.length > 1 && 2 * spent > budgetMs) {
      ended = 'time'
      break
    }
    const training = { ...recipe.training, batchSize, accumulate: 1 }
    try {
      const { seconds, rows, memory } = await measureStep(
        { ...options, recipe: { ...recipe, training } },
        sample,
      )
      if (memory > mostMemory) throw new RangeError(`It would take ${Math.round(memory / 2 ** 20)} MiB.`)
      tried.push({ batchSize: rows, seconds, throughput: rows / seconds, memory })
    } catch (error) {
      if (tried.length === 0 || !isOutOfMemory(error)) throw error
      refused = { batchSize, message: error.message }
      ended = 'memory'
      break
    }
    onShare((i + 1) / sizes.length)
    if (!isNoFaster(tried)) continue
    ended = 'noFaster'
    break
  }
  return { tried, suggested: bestSize(tried), ended, refused, seconds: (performance.now() - begun) / 1000 }
}
