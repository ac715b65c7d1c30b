/** From what was measured before a training to what is said of it. */
import {
  budgetLines,
  fixes,
  formatCount,
  formatNumber,
  formatPercent,
  plural,
  type Budget,
  type BudgetLine,
  type preflight,
  type Taken,
} from '../../../contract/index.ts'
import type { Rules } from '../../explore/findings.ts'
import { slower } from '../alarms/remedies.ts'
import { listed, most, named } from '../layer-words.ts'
import type { PreflightEvidence } from './evidence.ts'

export const preflightRules = {
  notFiniteInputs: ({ notFinite: { values, feature, example } }) =>
    values === 0
      ? []
      : [
          {
            columns: [],
            message: `${plural(values, 'input')} of the training examples ${values === 1 ? 'is' : 'are'} infinite or not a number, the first in “${feature}” of example ${formatCount(example + 1)}: the first step that sees it spoils every weight.`,
            evidence: { values, example: example + 1 },
          },
        ],

  unscaledInputs: ({ scales }, { deviation, mean }) => {
    const far = scales.filter((one) => one.deviation >= deviation || Math.abs(one.mean) > mean)
    if (far.length === 0) return []
    const worst = far.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a))
    return [
      {
        columns: [],
        message: `“${worst.feature}” comes in with a mean of ${formatNumber(worst.mean)} and a standard deviation of ${formatNumber(worst.deviation)}${far.length > 1 ? `, and ${plural(far.length - 1, 'other feature')} are far from 0 and 1 as well` : ''}: it drowns what is scaled, and makes steps jump.`,
        evidence: { features: far.length, mean: worst.mean, deviation: worst.deviation },
        fixes: [fixes.scaleInputs],
      },
    ]
  },

  batchOfOne: ({ normalizesBatches, recipe: { training } }, { least }) =>
    !normalizesBatches || training.batchSize >= least
      ? []
      : [
          {
            columns: [],
            message: `The network normalizes each batch by its own deviation, and batches of ${formatCount(training.batchSize)} have none.`,
            evidence: { batchSize: training.batchSize },
          },
        ],

  startLossOff: ({ startLoss, expectedLoss, guessLoss, recipe }, { ratio }) =>
    expectedLoss === null || !(startLoss > ratio * Math.max(expectedLoss, guessLoss))
      ? []
      : [
          {
            columns: [],
            message: `Before any training the network loses ${formatNumber(startLoss)}, where guessing loses ${formatNumber(expectedLoss)}: look at how inputs and target are scaled, and at the first weights.`,
            evidence: { start: startLoss, expected: expectedLoss },
            fixes: [fixes.scaleTarget, fixes.scaleInputs, slower(recipe)],
          },
        ],

  alreadyProbabilities: ({ probabilities }) =>
    probabilities === null
      ? []
      : [
          {
            columns: [],
            message: `“${probabilities.layer}” has turned the outputs into probabilities already, from ${formatNumber(probabilities.least)} to ${formatNumber(probabilities.most)}, and the loss does it once more. Take it out: the loss wants what stands before it.`,
            evidence: { least: probabilities.least, most: probabilities.most },
            layer: probabilities.layer,
          },
        ],

  examplesMixed: ({ mixing }, { share }) =>
    mixing <= share
      ? []
      : [
          {
            columns: [],
            message: `What the network says of an example changes by ${formatPercent(mixing)} with the other examples of its batch: they are mixed up somewhere, mostly by a reshape or a transpose.`,
            evidence: { change: mixing },
          },
        ],

  cutOff: ({ unreached }) =>
    unreached.length === 0
      ? []
      : [
          {
            columns: [],
            message: `No gradient reaches ${listed(unreached)}: nothing they do counts for the loss, or the way back is cut.`,
            evidence: { parameters: unreached.length },
            layer: unreached[0]!,
          },
        ],

  gradientOff: ({ slope }, { share }) => {
    if (slope === null) return []
    const { promised, measured } = slope
    const off = Math.abs(promised - measured) / Math.max(Math.abs(promised), Math.abs(measured))
    if (!(off > share)) return []
    return [
      {
        columns: [],
        message: `The gradient promises that the loss falls by ${formatNumber(promised)} for a small step, and it falls by ${formatNumber(measured)}: a function’s gradient does not belong to it.`,
        evidence: { promised, measured },
      },
    ]
  },

  deadFromStart: ({ dead }, { share }) => {
    const found = dead.filter(({ value }) => value >= share)
    if (found.length === 0) return []
    const worst = most(found)
    return [
      {
        columns: [],
        message: `${formatPercent(worst.value)} of the units of ${named(found, worst)} let nothing through for any example, before training has begun.`,
        evidence: { dead: worst.value },
        fixes: [fixes.bendSmoothly, fixes.scaleInputs],
        layer: worst.layer,
      },
    ]
  },

  saturatedFromStart: ({ saturated }, { share }) => {
    const found = saturated.filter(({ value }) => value >= share)
    if (found.length === 0) return []
    const worst = most(found)
    return [
      {
        columns: [],
        message: `${formatPercent(worst.value)} of what ${named(found, worst)} answers lies at its ends before training has begun: next to no gradient comes through.`,
        evidence: { saturated: worst.value },
        fixes: [fixes.bendSmoothly, fixes.scaleInputs],
        layer: worst.layer,
      },
    ]
  },

  staleStatistics: ({ stale }, { share }) =>
    stale === null || stale <= share
      ? []
      : [
          {
            columns: [],
            message: `The averages that batch normalization gathered are not those of the batches: as it predicts, the network’s answers are ${formatPercent(stale)} away from those it trains with.`,
            evidence: { difference: stale },
          },
        ],

  cannotOverfit: ({ tiny, recipe }, { share }) => {
    if (tiny === null || tiny.after <= share * tiny.before) return []
    return [
      {
        columns: [],
        message: `${plural(tiny.steps, 'step')} on ${formatCount(tiny.examples)} examples brought the loss from ${formatNumber(tiny.before)} to ${formatNumber(tiny.after)}: the network cannot learn even these by heart.`,
        evidence: { before: tiny.before, after: tiny.after, steps: tiny.steps },
        fixes: [fixes.scaleInputs, slower(recipe)],
      },
    ]
  },

  inputsTellNothing: ({ signal }, { least }) => {
    if (signal === null || signal.examples < least || signal.better >= 1) return []
    return [
      {
        columns: [],
        message: `On ${formatCount(signal.examples)} examples that it had not seen, a network that saw the inputs lost ${formatNumber(signal.seeing)}, and one that saw the same input every time ${formatNumber(signal.blind)}: the inputs tell nothing of the target. Were labels shuffled, or joined to the wrong rows?`,
        evidence: { seeing: signal.seeing, blind: signal.blind, examples: signal.examples },
      },
    ]
  },

  overSize: ({ recipe: { budget }, taken }) =>
    overBudget(budget, taken, 'size', () => ({
      megabytes: taken!.bytes / 2 ** 20,
      allowed: budget!.megabytes,
    })),

  overTime: ({ recipe: { budget }, taken }) =>
    overBudget(budget, taken, 'time', () => ({
      milliseconds: taken!.milliseconds!,
      allowed: budget!.milliseconds,
    })),
} satisfies Rules<typeof preflight, PreflightEvidence>

function overBudget<Evidence>(
  budget: Budget | undefined,
  taken: Taken | null,
  of: BudgetLine['of'],
  evidence: () => Evidence,
) {
  if (taken === null) return []
  return budgetLines(budget, taken)
    .filter((line) => line.of === of && !line.isWithin)
    .map(({ text }) => ({ columns: [], message: text, evidence: evidence() }))
}

const sizeOf = ({ mean, deviation }: { mean: number; deviation: number }): number =>
  Math.max(Math.abs(mean), deviation)
