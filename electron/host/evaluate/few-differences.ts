/**
 * Whether one way to train is better than another, of a few trainings of both: from the same seeds, or on the same folds. Folds share
 * most of their training rows, so that their differences are no independent draws, and an ordinary t-test finds what is not there:
 * the variance of their mean is raised by the ratio of judging to training rows (Nadeau & Bengio 2003,
 * https://doi.org/10.1023/A:1024068626366).
 */
import { meanAndDeviation, type PairedVerdict } from '../../contract/index.ts'
import { verdictOf } from './paired.ts'
import { studentBound } from './student.ts'

export interface FewDifferences {
  readonly mean: number
  /** Between these it lies with 95 % confidence. */
  readonly low: number
  readonly high: number
  readonly count: number
}

const confidence = 0.95
/** Two differences are the same by chance easily enough, and then look certain. */
const fewest = 3

/** `differences`: pair by pair. `ratio`: rows that judge for each that trains, where trainings share rows. null: fewer than two. */
export function fewDifferences(differences: readonly number[], ratio = 0): FewDifferences | null {
  const { mean, deviation } = meanAndDeviation(differences)
  if (deviation === null) return null
  const count = differences.length
  const half = studentBound(confidence, count - 1) * deviation * Math.sqrt(1 / count + ratio)
  return { mean, low: mean - half, high: mean + half, count }
}

/** What comes in coarse steps may be alike in all pairs, which is no certainty either. */
export const verdictOnFew = (difference: FewDifferences, higherIsBetter: boolean): PairedVerdict =>
  difference.count < fewest || difference.low === difference.high
    ? 'cannotTell'
    : verdictOf(difference, higherIsBetter)
