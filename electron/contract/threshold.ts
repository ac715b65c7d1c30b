/** From which probability on the second of two classes is predicted, by a rule that its recipe has: pure, so that window and host choose alike. */
import type { ThresholdRule, Threshold } from './definitions/target.ts'

/** Rows of each class, and those of them that are predicted to be of the second. */
export interface Called {
  readonly first: number
  readonly second: number
  readonly falsely: number
  readonly rightly: number
}

/** What goes from the most likely rows down, as a ranking curve has it. */
export interface Falling {
  readonly yes: number
  readonly no: number
  readonly thresholds: ArrayLike<number>
  readonly hits: ArrayLike<number>
  readonly falseAlarms: ArrayLike<number>
}

export const precisionAt = ({ falsely, rightly }: Called): number =>
  falsely + rightly === 0 ? 0 : rightly / (falsely + rightly)
export const recallAt = ({ second, rightly }: Called): number => rightly / Math.max(1, second)
export const f1At = ({ second, falsely, rightly }: Called): number =>
  (2 * rightly) / Math.max(1, second + rightly + falsely)
export const specificityAt = ({ first, falsely }: Called): number => 1 - falsely / Math.max(1, first)
export const balancedAt = (called: Called): number => (recallAt(called) + specificityAt(called)) / 2
export const accuracyAt = ({ first, second, falsely, rightly }: Called): number =>
  (first - falsely + rightly) / Math.max(1, first + second)
/** Of all rows together. */
export const costAt = (
  { second, falsely, rightly }: Called,
  { falseAlarmCost, missCost }: Pick<ThresholdRule, 'falseAlarmCost' | 'missCost'>,
): number => falsely * falseAlarmCost + (second - rightly) * missCost

/** What is to be as high as can be; a bound that is kept counts more than anything else. null: nothing is chosen by rows. */
const scores: Record<Threshold, ((rule: ThresholdRule) => (called: Called) => number) | null> = {
  half: null,
  f1: () => f1At,
  balancedAccuracy: () => balancedAt,
  cost: (rule) => (called) => -costAt(called, rule),
  recall:
    ({ leastRecall }) =>
    (called) =>
      recallAt(called) >= leastRecall ? 1 + precisionAt(called) : recallAt(called),
  precision:
    ({ leastPrecision }) =>
    (called) =>
      precisionAt(called) >= leastPrecision ? 1 + recallAt(called) : precisionAt(called),
  fixed: null,
}

/** Whether the rule moves it from one half. */
export const movesThreshold = ({ threshold }: Pick<ThresholdRule, 'threshold'>): boolean =>
  threshold !== 'half'

/** Whether a person gave it: nothing was chosen. */
export const givesThreshold = ({ threshold }: Pick<ThresholdRule, 'threshold'>): boolean =>
  threshold === 'fixed'

/** What is predicted from a probability on: the rows above it. */
export function calledAt({ yes, no, thresholds, hits, falseAlarms }: Falling, threshold: number): Called {
  // The last one above: they fall.
  let [low, high] = [0, thresholds.length]
  while (low < high) {
    const at = (low + high) >> 1
    if (thresholds[at]! > threshold) low = at + 1
    else high = at
  }
  return {
    first: no,
    second: yes,
    rightly: low === 0 ? 0 : hits[low - 1]!,
    falsely: low === 0 ? 0 : falseAlarms[low - 1]!,
  }
}

/** In the middle between two probabilities that occur; of equally good ones the nearest to one half. null: the rule leaves it there. */
export function thresholdBy(rule: ThresholdRule, falling: Falling): number | null {
  if (givesThreshold(rule)) return rule.fixedAt
  const score = scores[rule.threshold]?.(rule)
  const { yes, no, thresholds, hits, falseAlarms } = falling
  if (score === undefined || yes + no === 0) return null
  let best = { threshold: 0.5, score: -Infinity }
  const consider = (threshold: number, rightly: number, falsely: number): void => {
    const found = score({ first: no, second: yes, falsely, rightly })
    const nearer = Math.abs(threshold - 0.5) < Math.abs(best.threshold - 0.5)
    if (found > best.score || (found === best.score && nearer)) best = { threshold, score: found }
  }
  const highest = thresholds[0] ?? 1
  // None is called: where an alarm costs much, that may be best.
  if (highest < 1) consider((1 + highest) / 2, 0, 0)
  for (let i = 0; i < thresholds.length; i++) {
    const here = thresholds[i]!
    const next = i + 1 < thresholds.length ? thresholds[i + 1]! : 0
    if (here > next) consider((here + next) / 2, hits[i]!, falseAlarms[i]!)
  }
  return best.threshold
}

/** What rules promise. */
const promises: Partial<Record<Threshold, (rule: ThresholdRule, called: Called) => boolean>> = {
  recall: ({ leastRecall }, called) => recallAt(called) >= leastRecall,
  precision: ({ leastPrecision }, called) => precisionAt(called) >= leastPrecision,
}
/** Whether what a rule promises is kept there; null: it promises nothing. */
export const promiseKept = (rule: ThresholdRule, called: Called): boolean | null =>
  promises[rule.threshold]?.(rule, called) ?? null
