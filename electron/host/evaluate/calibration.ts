/**
 * Whether probabilities are what they say: the reliability diagram (Niculescu-Mizil & Caruana 2005, as scikit-learn's
 * `calibration_curve` bins it) and its distances, ECE and MCE (Guo et al. 2017, https://arxiv.org/abs/1706.04599).
 */
import type { Calibration } from '../../contract/index.ts'
import { normalQuantile } from '../prepare/normal.ts'
import { randomSource } from '../prepare/random.ts'
import type { Evidence } from './evidence.ts'
import { percentile } from './paired.ts'
import { keptNames } from './rankings.ts'

const bins = 15
/** As numpy.linspace has them, to the bit. */
const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? 1 : i * (1 / bins)))
const draws = 1000
const promised = 0.95

/** Of a bin, an edge belonging to the bin below it. */
function binOf(probability: number): number {
  const at = Math.min(bins - 1, Math.max(0, Math.ceil(probability * bins) - 1))
  // What rounding may have put one off.
  if (probability <= edges[at]! && at > 0) return at - 1
  return probability > edges[at + 1]! && at + 1 < bins ? at + 1 : at
}

/** What each row was given, and whether it is so. */
export interface Said {
  readonly rows: number
  readonly score: (row: number) => number
  readonly truth: (row: number) => boolean
}

/**
 * What ECE a model stays below whose probabilities are right: in each bin the share of rows that are so varies about their mean
 * by the sum of p(1 − p).
 */
function chanceOf(rows: number, spreads: readonly number[]): number {
  const random = randomSource(0)
  const found = Float64Array.from({ length: draws }, () =>
    spreads.reduce((sum, variance) => {
      const z = variance > 0 ? normalQuantile(Math.max(1e-12, random())) : 0
      return sum + Math.abs(z) * Math.sqrt(variance)
    }, 0),
  ).sort()
  return Math.min(1, percentile(found, promised) / rows)
}

export function calibrationOf(name: string | null, { rows, score, truth }: Said): Calibration {
  const counts = new Float64Array(bins)
  const [said, seen, spread] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(bins)]
  for (let row = 0; row < rows; row++) {
    const p = score(row)
    if (Number.isNaN(p)) continue
    const at = binOf(p)
    counts[at]!++
    said[at]! += p
    spread[at]! += p * (1 - p)
    if (truth(row)) seen[at]!++
  }
  const total = counts.reduce((sum, count) => sum + count, 0)
  const filled = [...counts.keys()].filter((at) => counts[at]! > 0)
  const of = (sums: Float64Array, at: number): number => sums[at]! / counts[at]!
  const gaps = filled.map((at) => Math.abs(of(said, at) - of(seen, at)))
  const all = (sums: Float64Array): number =>
    total === 0 ? 0 : sums.reduce((sum, value) => sum + value, 0) / total
  return {
    name,
    rows: total,
    ece: total === 0 ? 0 : filled.reduce((sum, at, i) => sum + counts[at]! * gaps[i]!, 0) / total,
    mce: Math.max(0, ...gaps),
    chance: total === 0 ? 0 : chanceOf(total, [...spread]),
    said: all(said),
    seen: all(seen),
    bins: filled.map((at) => ({
      low: edges[at]!,
      high: edges[at + 1]!,
      rows: counts[at]!,
      said: of(said, at),
      seen: of(seen, at),
    })),
  }
}

/** Of what is most likely in each row: whichever threshold decides what is predicted, this is how sure the network was. */
function ofTheLikeliest({ probabilities, classes, truth }: Extract<Evidence, { classes: number }>): Said {
  const likeliest = Int32Array.from(truth, (_, row) => {
    let best = 0
    for (let k = 1; k < classes; k++)
      if (probabilities[row * classes + k]! > probabilities[row * classes + best]!) best = k
    return best
  })
  return {
    rows: truth.length,
    score: (row) => probabilities[row * classes + likeliest[row]!]!,
    truth: (row) => truth[row] === likeliest[row],
  }
}

/** Of each class or label that has a curve, and of one class out of several first as a whole; undefined: numbers have none. */
export function calibrationsOf(evidence: Evidence, names: readonly string[]): Calibration[] | undefined {
  if (!('rankingOfEach' in evidence)) return undefined
  const rankings = evidence.rankingOfEach
  return [
    ...('classes' in evidence ? [calibrationOf(null, ofTheLikeliest(evidence))] : []),
    ...keptNames(evidence, names).map(({ name, k }) => calibrationOf(name, rankings[k]!)),
  ]
}
