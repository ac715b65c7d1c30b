/** What a training's next run may do otherwise, in the steps in which people try it. */
import { fixes, lengthOptions, memberOf, optimizers, type Fix, type Recipe } from '../../../contract/index.ts'

/** Two digits: nobody tries 0.0003333. */
const rounded = (value: number): number => Number(value.toPrecision(2))

/** As the learning rate's advice says: by factors of three. */
const factor = 3
/** So many times away from where the optimizer starts, a rate goes back there instead of in steps. */
const far = 10

const usualRate = ({ training: { optimizer } }: Recipe): number =>
  memberOf(optimizers, optimizer.name).options.learningRate.start
const rateOf = ({ training: { optimizer } }: Recipe): number => optimizer.learningRate
const isFarAbove = (recipe: Recipe): boolean => rateOf(recipe) > far * usualRate(recipe)
const isFarBelow = (recipe: Recipe): boolean => rateOf(recipe) < usualRate(recipe) / far

export const slower = (recipe: Recipe): Fix =>
  fixes.lowerLearningRate(isFarAbove(recipe) ? usualRate(recipe) : rounded(rateOf(recipe) / factor))
const faster = (recipe: Recipe): Fix =>
  fixes.raiseLearningRate(isFarBelow(recipe) ? usualRate(recipe) : rounded(factor * rateOf(recipe)))

/** Where nothing is learned, the rate may be too low as well as too high, unless it is far from the usual. */
export const otherRates = (recipe: Recipe): Fix[] => [
  ...(isFarAbove(recipe) ? [] : [faster(recipe)]),
  ...(isFarBelow(recipe) ? [] : [slower(recipe)]),
]

const mostDropout = 0.5
const leastDecay = 0.01
/** What it advises at most: beyond it decay is all that is learned. */
const mostDecay = 0.1

/** What holds a network back from learning by heart. Nothing of it where it is held back as far as is usual. */
export function heldBack({ model, training: { optimizer } }: Recipe): Fix[] {
  const dropout = 'dropout' in model ? model.dropout : mostDropout
  const { weightDecay } = optimizer
  return [
    ...(dropout < mostDropout ? [fixes.raiseDropout(rounded(Math.min(mostDropout, dropout + 0.2)))] : []),
    ...(weightDecay < mostDecay
      ? [fixes.raiseWeightDecay(rounded(Math.min(mostDecay, Math.max(leastDecay, factor * weightDecay))))]
      : []),
  ]
}

/** Of few examples a batch may be nearly all, and an epoch a step or two. */
const leastBatch = 8
export const smaller = ({ training: { batchSize } }: Recipe): Fix[] => {
  const size = Math.floor(batchSize / 4)
  return size < leastBatch ? [] : [fixes.limitBatch(size)]
}

export const twiceAsLong = ({ training: { epochs } }: Recipe): Fix =>
  fixes.trainLonger(Math.min(2 * epochs, lengthOptions.epochs.most!))
