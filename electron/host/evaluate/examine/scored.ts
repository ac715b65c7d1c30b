/** What of each row is looked at where weak segments are looked for. */
import type { FittedTarget } from '../../tasks/target.ts'
import { placesIn, type Evidence } from '../evidence.ts'
import type { TestEvidence } from './evidence.ts'
import type { Scored } from './segments.ts'

/** Right or wrong, row by row; of numbers how large the error is, of several in the mean of their sizes. */
function scoredBy(evidence: Evidence): Scored & { readonly score: TestEvidence['score'] } {
  if ('targets' in evidence) {
    const { targets } = evidence
    const rows = placesIn(evidence)
    const sizes = targets.map(({ actual, predicted }) => {
      const errors = Float64Array.from({ length: rows }, (_, i) => Math.abs(predicted[i]! - actual[i]!))
      const mean = errors.reduce((sum, one) => sum + one, 0) / Math.max(1, rows)
      // Of several, each counts the same.
      return targets.length === 1 || mean === 0 ? errors : errors.map((one) => one / mean)
    })
    const values = Float64Array.from({ length: rows }, (_, i) =>
      sizes.reduce((sum, of) => sum + of[i]! / sizes.length, 0),
    )
    return { values, higherIsBetter: false, score: targets.length === 1 ? 'off' : 'times' }
  }
  if ('labels' in evidence) {
    const rows = placesIn(evidence)
    const values = Float64Array.from({ length: rows }, (_, row) => {
      for (let k = 0; k < evidence.labels; k++)
        if (evidence.has(row, k) !== evidence.predicts(row, k)) return 0
      return 1
    })
    return { values, higherIsBetter: true, score: 'right' }
  }
  const { predicted, truth } = evidence
  return {
    values: Float64Array.from(predicted, (k, row) => Number(k === truth[row])),
    higherIsBetter: true,
    score: 'right',
  }
}

/** By a threshold that was moved many are wrong on purpose: then by what each row loses. */
export const scoredOf = (
  target: FittedTarget,
  evidence: Evidence,
  losses: ArrayLike<number>,
): ReturnType<typeof scoredBy> =>
  target.kind === 'classes' && target.threshold !== undefined && target.threshold !== 0.5
    ? { values: Float64Array.from(losses), higherIsBetter: false, score: 'loss' }
    : scoredBy(evidence)
