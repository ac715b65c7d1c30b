/** What a training's next run may do otherwise, in the steps in which people try it. */
import { fixes, lengthOptions, type Fix, type Recipe } from '../../../contract/index.ts'

/** Two digits: nobody tries 0.0003333. */
const rounded = (value: number): number => Number(value.toPrecision(2))

/** As the learning rate's advice says: by factors of three. */
const factor = 3

export const slower = ({ training: { optimizer } }: Recipe): Fix =>
  fixes.lowerLearningRate(rounded(optimizer.learningRate / factor))
export const faster = ({ training: { optimizer } }: Recipe): Fix =>
  fixes.raiseLearningRate(rounded(factor * optimizer.learningRate))

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

export const twiceAsLong = ({ training: { epochs } }: Recipe): Fix =>
  fixes.trainLonger(Math.min(2 * epochs, lengthOptions.epochs.most!))
