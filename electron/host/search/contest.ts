/**
 * Several that were trained from the same seeds: whether each is better than the first, or nobody can tell. The differences
 * are taken seed by seed, as the rows, the order of them and the first weights are the same, and their mean may be off by what
 * Student's t allows for so few of them.
 */
import { meanAndDeviation, type PairedVerdict } from '../../contract/index.ts'
import { verdictOf } from '../evaluate/paired.ts'
import { studentBound } from '../evaluate/student.ts'

/** Values by their seeds. */
export type BySeed = ReadonlyMap<number, number>

export interface Difference {
  readonly mean: number
  /** Between these it lies with 95 % confidence. */
  readonly low: number
  readonly high: number
  readonly seeds: number
}

const confidence = 0.95

/** null: fewer than two seeds have both. */
export function pairedDifference(first: BySeed, second: BySeed): Difference | null {
  const differences = [...second].flatMap(([seed, value]) => {
    const before = first.get(seed)
    return before === undefined ? [] : [value - before]
  })
  if (differences.length < 2) return null
  const { mean, deviation } = meanAndDeviation(differences)
  const half =
    (studentBound(confidence, differences.length - 1) * (deviation ?? 0)) / Math.sqrt(differences.length)
  return { mean, low: mean - half, high: mean + half, seeds: differences.length }
}

/** Two differences are the same by chance easily enough, and then look certain. */
const leastSeeds = 3

export const verdictOn = (difference: Difference, higherIsBetter: boolean): PairedVerdict =>
  difference.seeds < leastSeeds ? 'cannotTell' : verdictOf(difference, higherIsBetter)
