/** Alarms of how the training loss goes. */
import {
  fixes,
  formatCount,
  formatNumber,
  formatPercent,
  plural,
  type alarms,
} from '../../../contract/index.ts'
import type { Rules } from '../../explore/findings.ts'
import type { AlarmEvidence, EpochValue, Line } from './evidence.ts'
import { between, lastEpochOf, lowestOf, meanOfLast, medianOf, valueAt } from './lines.ts'
import { sentenceOf } from '../not-finite.ts'
import { otherRates, slower } from './remedies.ts'

const epochsBefore = (line: Line, epoch: number, window: number): Line =>
  between(line, epoch - 1 - window, epoch - 1)

/** What a loss is small or large beside: guessing, or where it began. */
const startOf = ({ expectedLoss, trainLoss }: AlarmEvidence): number =>
  expectedLoss ?? trainLoss[0]?.value ?? 0

/** A schedule that starts anew makes larger steps again, and the loss rises with them: that is meant. */
const isRaised = ({ learningRate }: AlarmEvidence, from: number, to: number): boolean =>
  (valueAt(learningRate, to) ?? 0) > (valueAt(learningRate, from) ?? Infinity)
const isRaisedLately = ({ learningRate }: AlarmEvidence, epoch: number, window: number): boolean => {
  const before = epochsBefore(learningRate, epoch, window)
  return before.length > 0 && (valueAt(learningRate, epoch) ?? 0) > medianOf(before)
}

const rateOf = ({ recipe, learningRate }: AlarmEvidence, epoch: number): number =>
  valueAt(learningRate, epoch) ?? recipe.training.optimizer.learningRate

interface Jump extends EpochValue {
  /** Times the median of the epochs before it. */
  readonly ratio: number
}

/** Epochs whose value is far above the median of those before them. */
export function jumpsOf(line: Line, ratio: number, window: number): Jump[] {
  return line.flatMap((one) => {
    const before = epochsBefore(line, one.epoch, window)
    // Of two values there is no telling which one is usual.
    if (before.length < 3) return []
    const usual = medianOf(before)
    return one.value >= ratio * usual ? [{ ...one, ratio: one.value / usual }] : []
  })
}

export const trainingLossAlarms = {
  notFinite: (evidence) => {
    if (!evidence.blewUp) return []
    const last = lastEpochOf(evidence.trainLoss)
    const cause = evidence.report.notFinite ?? null
    const learningRate = cause?.learningRate ?? rateOf(evidence, last)
    // Data that is not finite itself is no matter of steps.
    const isGiven = cause?.input != null
    return [
      {
        columns: [],
        message:
          `The loss became infinite or not a number in epoch ${formatCount(last + 1)}${cause === null ? '' : `, step ${formatCount(cause.step)}`}, with a learning rate of ${formatNumber(learningRate)}. ` +
          (cause === null ? 'The steps are too large.' : sentenceOf(cause)),
        evidence: {
          epoch: last + 1,
          learningRate,
          operation: cause?.op ?? cause?.input ?? cause?.parameter ?? 'not known',
          example: cause?.example == null ? 'no single one' : formatCount(cause.example + 1),
        },
        fixes: isGiven ? [] : [slower(evidence.recipe), fixes.scaleInputs],
        ...(cause && { step: cause.step }),
        ...(cause?.layer != null && { layer: cause.layer }),
        ...(cause?.parameter != null && { layer: cause.parameter }),
      },
    ]
  },

  diverging: (evidence, { epochs, rise, leastOfStart }) => {
    const { trainLoss, recipe, blewUp } = evidence
    const lowest = lowestOf(trainLoss)
    const last = lastEpochOf(trainLoss)
    if (blewUp || lowest === null || last - lowest.epoch < epochs) return []
    const now = meanOfLast(trainLoss, epochs)
    const risen = now - lowest.value
    if (risen < rise * lowest.value || risen < leastOfStart * startOf(evidence)) return []
    if (isRaised(evidence, lowest.epoch, last)) return []
    return [
      {
        columns: [],
        message: `The training loss climbs: from ${formatNumber(lowest.value)} in epoch ${formatCount(lowest.epoch)} to ${formatNumber(now)} in the last ${plural(epochs, 'epoch')}. The steps are too large.`,
        evidence: { lowest: lowest.value, epoch: lowest.epoch, now, learningRate: rateOf(evidence, last) },
        fixes: [slower(recipe), fixes.scaleInputs],
      },
    ]
  },

  unstable: (evidence, { ratio, window, jumps: fewest, leastOfStart }) => {
    const { trainLoss, recipe } = evidence
    const jumps = jumpsOf(trainLoss, ratio, window).filter(
      ({ epoch, value }) =>
        value >= leastOfStart * startOf(evidence) && !isRaisedLately(evidence, epoch, window),
    )
    if (jumps.length < fewest) return []
    const largest = jumps.reduce((most, one) => (one.ratio > most.ratio ? one : most))
    return [
      {
        columns: [],
        message: `The training loss jumped ${plural(jumps.length, 'time')}, in epoch ${formatCount(largest.epoch)} to ${formatNumber(largest.ratio, 2)} times what it was before: some steps are too large.`,
        evidence: {
          jumps: jumps.length,
          epoch: largest.epoch,
          ratio: largest.ratio,
          learningRate: rateOf(evidence, largest.epoch),
        },
        fixes: [slower(recipe)],
      },
    ]
  },

  firstLossOff: ({ trainLoss, expectedLoss, recipe }, { ratio }) => {
    const first = trainLoss[0]
    if (first === undefined || first.epoch > 1 || expectedLoss === null) return []
    if (first.value <= ratio * expectedLoss) return []
    return [
      {
        columns: [],
        message: `Training began with a loss of ${formatNumber(first.value)} over the first epoch, where guessing loses ${formatNumber(expectedLoss)}: look at how inputs and target are scaled, and at the learning rate.`,
        evidence: { first: first.value, expected: expectedLoss },
        fixes: [fixes.scaleTarget, fixes.scaleInputs, slower(recipe)],
      },
    ]
  },

  notLearning: (evidence, { epochs, share }) => {
    const { trainLoss, expectedLoss, recipe } = evidence
    const lowest = lowestOf(trainLoss)
    const last = lastEpochOf(trainLoss)
    if (lowest === null || expectedLoss === null || last < epochs) return []
    if (lowest.value <= (1 - share) * expectedLoss) return []
    const fallen = 1 - lowest.value / expectedLoss
    const far = fallen > 0 ? `only ${formatPercent(fallen)} below` : fallen === 0 ? 'no better than' : 'above'
    return [
      {
        columns: [],
        message: `After ${plural(last, 'epoch')} the training loss has come to ${formatNumber(lowest.value)}, ${far} the ${formatNumber(expectedLoss)} of guessing: the network has hardly learned anything.`,
        evidence: { lowest: lowest.value, expected: expectedLoss, learningRate: rateOf(evidence, 1) },
        fixes: [...otherRates(recipe), fixes.scaleInputs],
      },
    ]
  },
} satisfies Partial<Rules<typeof alarms, AlarmEvidence>>
