/**
 * Whether one way to train is better than another over the folds of a cross-validation. Folds share most of their training rows, so
 * that their differences are no independent draws, and an ordinary t-test finds what is not there: the variance of their mean is raised
 * by the ratio of judging to training rows (Nadeau & Bengio 2003, https://doi.org/10.1023/A:1024068626366).
 */
import { meanAndDeviation } from '../../contract/index.ts'
import { studentBound } from './student.ts'

export interface PairedDifference {
  readonly mean: number
  /** How far off the mean may be, with 95 %; null: of one fold, or of none. */
  readonly within: number | null
  readonly verdict: 'more' | 'less' | 'cannotTell'
}

const confidence = 0.95

/** `differences`: fold by fold. `ratio`: rows that judge, for each that trains. */
export function pairedDifference(differences: readonly number[], ratio: number): PairedDifference {
  const { mean, deviation } = meanAndDeviation(differences)
  if (deviation === null) return { mean, within: null, verdict: 'cannotTell' }
  const error = deviation * Math.sqrt(1 / differences.length + ratio)
  const within = studentBound(confidence, differences.length - 1) * error
  if (Math.abs(mean) <= within) return { mean, within, verdict: 'cannotTell' }
  return { mean, within, verdict: mean > 0 ? 'more' : 'less' }
}
