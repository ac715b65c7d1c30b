/**
 * Whether one model is better than another on the same rows, or whether chance may have made the difference: the paired
 * bootstrap (Efron & Tibshirani 1993, chapter 8). Rows are drawn anew with replacement, the same ones for both models, as
 * often as there are rows; between which differences 95 % of these draws lie, by percentiles.
 */
import type { PairedVerdict } from '../../contract/index.ts'
import { randomSource } from '../prepare/random.ts'

/** Of rows by their places, which may come several times; null where they do not define it. */
export type Statistic = (rows: Int32Array) => number | null

export interface PairedResult {
  /** On the rows as they are. */
  readonly first: number
  readonly second: number
  /** Second less first. */
  readonly difference: number
  readonly low: number
  readonly high: number
  /** Draws that defined both. */
  readonly draws: number
}

export interface PairedOptions {
  readonly draws?: number
  readonly seed?: number
  readonly confidence?: number
}

const leastDraws = 200

/**
 * How many draws so much work allows, of what a single one takes. By the size of what is drawn and not by the clock: the same rows
 * and seed say the same on every machine.
 */
export const drawsFor = (work: number, ofOne: number, most: number): number =>
  Math.min(most, Math.max(leastDraws, Math.floor(work / Math.max(1, ofOne))))

/** As numpy.percentile has it: linear between the two nearest. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const [low, high] = [sorted[below]!, sorted[Math.min(sorted.length - 1, below + 1)]!]
  return low + (place - below) * (high - low)
}

/** null: the rows do not define the metric for both. */
export function pairedBootstrap(
  rows: number,
  statistics: readonly [Statistic, Statistic],
  { draws = 2000, seed = 0, confidence = 0.95 }: PairedOptions = {},
): PairedResult | null {
  const all = Int32Array.from({ length: rows }, (_, row) => row)
  const [first, second] = statistics.map((of) => of(all)) as [number | null, number | null]
  if (first === null || second === null || rows === 0) return null
  const random = randomSource(seed)
  const drawn = new Int32Array(rows)
  const differences: number[] = []
  for (let draw = 0; draw < draws; draw++) {
    for (let i = 0; i < rows; i++) drawn[i] = Math.floor(random() * rows)
    const [a, b] = [statistics[0](drawn), statistics[1](drawn)]
    if (a !== null && b !== null) differences.push(b - a)
  }
  const sorted = Float64Array.from(differences).sort()
  if (sorted.length === 0) return null
  const tail = (1 - confidence) / 2
  return {
    first,
    second,
    difference: second - first,
    low: percentile(sorted, tail),
    high: percentile(sorted, 1 - tail),
    draws: sorted.length,
  }
}

/** What may be said of the second model: only what the whole interval says. */
export function verdictOf(
  { low, high }: Pick<PairedResult, 'low' | 'high'>,
  higherIsBetter: boolean,
): PairedVerdict {
  if (low > 0) return higherIsBetter ? 'better' : 'worse'
  if (high < 0) return higherIsBetter ? 'worse' : 'better'
  return 'cannotTell'
}
