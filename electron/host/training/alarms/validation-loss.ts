/** Alarms of how the validation loss goes beside the training loss. */
import { formatCount, formatNumber, formatPercent, plural, type alarms } from '../../../contract/index.ts'
import type { Rules } from '../../explore/findings.ts'
import { planAfter } from '../plan.ts'
import type { AlarmEvidence } from './evidence.ts'
import { lastEpochOf, lowestOf, meanBetween, meanOfLast, valueAt } from './lines.ts'
import { heldBack, smaller, twiceAsLong } from './remedies.ts'

/** A rate that ends below this share of its highest has nothing left to spoil. */
const comesToRest = 0.1
/** Epochs, evenly spread, with the first and the last. */
const lookedAt = 100

/**
 * It ends without harm, as the recipe or what was changed since has it: early stopping ends it, or its rate comes down to nothing,
 * whatever happens on the way. What is kept is its best.
 */
function endsWell({ recipe, report }: AlarmEvidence): boolean {
  const { earlyStopping, rateAt, epochs } = planAfter(recipe.training, report.adjusted)
  if (earlyStopping !== null) return true
  const rates = Array.from({ length: lookedAt }, (_, i) =>
    rateAt(Math.floor((i * (epochs - 1)) / (lookedAt - 1))),
  )
  return rates.at(-1)! <= comesToRest * Math.max(...rates)
}

/** What is kept says something that guessing does not. */
const isWorthKeeping = (
  { expectedLoss }: AlarmEvidence,
  { lowest }: PastItsBest,
  { keptOfStart }: { readonly keptOfStart: number },
): boolean => expectedLoss === null || lowest < keptOfStart * expectedLoss

type PastItsBest = NonNullable<ReturnType<typeof pastItsBest>>

/** Validation loses more again while training loses less; null: that is not so. */
function pastItsBest(
  { trainLoss, validationLoss, expectedLoss }: AlarmEvidence,
  { epochs, rise: least, leastOfStart }: { epochs: number; rise: number; leastOfStart: number },
) {
  const best = lowestOf(validationLoss)
  if (best === null || lastEpochOf(validationLoss) - best.epoch < epochs) return null
  const now = meanOfLast(validationLoss, epochs)
  const start = expectedLoss ?? validationLoss[0]!.value
  const risen = now - best.value
  if (risen < least * best.value || risen < leastOfStart * start) return null
  const trainThen = valueAt(trainLoss, best.epoch)
  const trainNow = meanOfLast(trainLoss, epochs)
  // Where both rise, or the training examples are hardly known either, nothing was learned by heart.
  if (trainThen === null || trainNow >= Math.min(trainThen, now, start)) return null
  return { epoch: best.epoch, lowest: best.value, now, rise: risen / best.value, trainThen, trainNow }
}

const risen = ({ epoch, rise, lowest, now, trainThen, trainNow }: PastItsBest): string =>
  `Since epoch ${formatCount(epoch)} the validation loss has risen by ${formatPercent(rise)}, from ${formatNumber(lowest)} to ${formatNumber(now)}, while the training loss fell from ${formatNumber(trainThen)} to ${formatNumber(trainNow)}`

export const validationLossAlarms = {
  overfitting: (evidence, thresholds) => {
    const { recipe } = evidence
    const found = pastItsBest(evidence, thresholds)
    if (found === null || (endsWell(evidence) && isWorthKeeping(evidence, found, thresholds))) return []
    return [
      {
        columns: [],
        message: `${risen(found)}: the network learns its examples by heart.`,
        evidence: found,
        fixes: heldBack(recipe),
      },
    ]
  },

  stoppedInTime: (evidence, thresholds) => {
    const { recipe } = evidence
    const found = pastItsBest(evidence, thresholds)
    if (found === null || !endsWell(evidence) || !isWorthKeeping(evidence, found, thresholds)) return []
    return [
      {
        columns: [],
        message: `${risen(found)}: it began to learn its examples by heart. Epoch ${formatCount(found.epoch)} is what is kept.`,
        evidence: found,
        fixes: heldBack(recipe),
      },
    ]
  },

  notCarriedOver: (evidence, thresholds) => {
    const { trainLoss, validationLoss, expectedLoss, recipe, steps } = evidence
    const best = lowestOf(validationLoss)
    if (best === null || expectedLoss === null || lastEpochOf(trainLoss) < thresholds.epochs) return []
    const trainNow = meanOfLast(trainLoss, thresholds.epochs)
    if (trainNow > thresholds.learned * expectedLoss || best.value < thresholds.carried * expectedLoss)
      return []
    const taken = (steps.stepLoss.at(-1)?.step ?? -1) + 1
    const few = taken > 0 && taken < thresholds.steps
    // What goes past its best is told as that.
    if (!few && lastEpochOf(validationLoss) - best.epoch > thresholds.epochs) return []
    const why = few
      ? `Layers that normalize batches predict by averages that ${plural(taken, 'step')} may not have filled: train longer, or in smaller batches. Without such layers it learns by heart: hold it back, or bring more data`
      : 'it learns its examples by heart: hold it back, or bring more data'
    return [
      {
        columns: [],
        message: `The training loss has come to ${formatNumber(trainNow)}, far below the ${formatNumber(expectedLoss)} of guessing, but the validation loss was never below ${formatNumber(best.value)}${few ? '.' : ':'} ${why}.`,
        evidence: { trainNow, lowest: best.value, expected: expectedLoss, steps: taken },
        fixes: few ? [twiceAsLong(recipe), ...smaller(recipe)] : heldBack(recipe),
      },
    ]
  },

  stillImproving: ({ end, validationLoss, recipe }, { epochs, fall: least }) => {
    const last = lastEpochOf(validationLoss)
    const window = Math.min(epochs, Math.floor(last / 2))
    if (end !== 'lastEpoch' || window < 1) return []
    const now = meanOfLast(validationLoss, window)
    const before = meanBetween(validationLoss, last - 2 * window, last - window)
    const fall = (before - now) / before
    // Its lowest lies behind it: what falls there only comes back from a rise.
    if (!(fall >= least) || lowestOf(validationLoss)!.epoch <= last - window) return []
    return [
      {
        columns: [],
        message: `The validation loss was still falling at the last of ${plural(last, 'epoch')}, by ${formatPercent(fall)} over the last ${formatCount(window)}: more epochs are likely to help.`,
        evidence: { before, now, fall, epochs: last },
        fixes: [twiceAsLong(recipe)],
      },
    ]
  },
} satisfies Partial<Rules<typeof alarms, AlarmEvidence>>
