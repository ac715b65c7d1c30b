/**
 * The learning-rate finder: one short training whose rate grows from far too small to far too large. It has a network of its own,
 * drawn as the training draws its own, and takes the training's steps, on rows that are each seen as often.
 * Source: Smith 2017, https://arxiv.org/abs/1506.01186, section 3.3.
 */
import { DescentError, type RateSearch } from '../../../contract/index.ts'
import { openTraining, type TrainOptions } from '../train.ts'
import { batchesOf, pick, sampled } from '../preflight/trial.ts'

const [lowestRate, highestRate] = [1e-6, 10]
const [mostSteps, fewestSteps] = [140, 40]
/** Where steps are slow it ends after so many times the time it was given. */
const mostTimes = 3
/** More rows than these are not needed for so few steps. */
const mostRows = 20_000
/** As fastai's does: a loss so many times the lowest says that larger rates are of no use. */
const outOfBounds = 4
/** Losses of so many steps, to either side, are averaged. */
const smoothedOver = 5
/** A fall by less than this share of the loss is none. */
const leastFall = 0.02

/** The mean of the values around each, nearer ones counting more; at the ends of fewer. */
export function smooth(values: readonly number[], reach = smoothedOver): number[] {
  return values.map((_, i) => {
    let [sum, weights] = [0, 0]
    for (let j = Math.max(0, i - reach); j <= Math.min(values.length - 1, i + reach); j++) {
      const weight = Math.exp(-0.5 * ((2 * (j - i)) / reach) ** 2)
      sum += weight * values[j]!
      weights += weight
    }
    return sum / weights
  })
}

/** Where a curve of losses over rates that grow by a factor falls fastest, before it is lowest; null: it does not fall. */
export function steepest(smoothed: readonly number[]): number | null {
  const lowest = smoothed.indexOf(Math.min(...smoothed))
  const start = smoothed[0]!
  if (lowest < 2 || start - smoothed[lowest]! < leastFall * Math.abs(start)) return null
  let best = 1
  const slope = (i: number): number => smoothed[i + 1]! - smoothed[i - 1]!
  for (let i = 1; i < lowest; i++) if (slope(i) < slope(best)) best = i
  return best
}

/** To two digits: more of them would claim more than was found. */
const rounded = (rate: number): number => Number(rate.toPrecision(2))

export async function findLearningRate(
  { recipe, data, start = null }: TrainOptions,
  { budgetMs = 15_000, onShare = (_: number): void => undefined } = {},
): Promise<RateSearch> {
  const begun = performance.now()
  const stepRows = Math.min(recipe.training.batchSize * recipe.training.accumulate, data.train.rows)
  const train = sampled(data.train, Math.max(mostRows, stepRows), recipe.seed)
  const { session } = openTraining({
    recipe,
    start,
    data: { ...data, train, validation: pick(data.validation, [0]) },
  })
  const batches = batchesOf(train.rows, stepRows, recipe.seed)
  const takeStep = async (rate: number): Promise<number> => {
    session.setLearningRate(rate)
    session.trainBatch(batches.next().value)
    return (await session.takeLosses()).at(-1)!
  }
  // Compiles; at this rate it moves next to nothing.
  await takeStep(lowestRate)
  const timed = performance.now()
  await takeStep(lowestRate)
  const stepMs = performance.now() - timed
  const steps = Math.round(Math.min(mostSteps, Math.max(fewestSteps, budgetMs / stepMs)))
  const rateAt = (i: number): number => lowestRate * (highestRate / lowestRate) ** (i / (steps - 1))
  const tried: { rate: number; loss: number }[] = []
  let [mean, lowest, diverged] = [0, Infinity, null as number | null]
  for (let i = 0; i < steps; i++) {
    const rate = rateAt(i)
    const loss = await takeStep(rate)
    onShare((i + 1) / steps)
    if (performance.now() - begun > mostTimes * budgetMs) break
    mean = 0.9 * mean + 0.1 * loss
    const typical = mean / (1 - 0.9 ** (i + 1))
    if (!Number.isFinite(loss) || (i > 5 && typical > outOfBounds * lowest)) {
      diverged = rate
      break
    }
    lowest = Math.min(lowest, typical)
    tried.push({ rate, loss })
  }
  if (tried.length === 0)
    throw new DescentError(
      'trainingFailed',
      'The loss is not finite from the first step on, so there is no rate to look for: try the network before training, which says what is wrong.',
    )
  const smoothed = smooth(tried.map(({ loss }) => loss))
  const at = steepest(smoothed)
  return {
    points: tried.map((point, i) => ({ ...point, smoothed: smoothed[i]! })),
    suggested: at === null ? null : rounded(tried[at]!.rate),
    lowest: tried[smoothed.indexOf(Math.min(...smoothed))]!.rate,
    diverged,
    stepRows,
    seconds: (performance.now() - begun) / 1000,
  }
}
