/**
 * How rarely chance makes a part of rows so much worse than the others, if it were any rows of them: exact where rows are right or
 * wrong (the hypergeometric tail), by ranks where they are more or less off (Wilcoxon 1945, with ties and continuity), as some large
 * errors make no part a weak one.
 */
import { normalCdf } from '../../prepare/normal.ts'

/** Of so many rows of a part, with what `weights` has for them together: how likely as much or more of it is. */
interface Rarity {
  readonly weights: Float64Array
  readonly of: (rows: number, weight: number) => number
}

/** ln n! of all n up to it. */
function logFactorials(most: number): Float64Array {
  const found = new Float64Array(most + 1)
  for (let n = 2; n <= most; n++) found[n] = found[n - 1]! + Math.log(n)
  return found
}

/** That `rows` drawn from `all`, of which `wrong` are wrong, have so many wrong ones or more. */
export function hypergeometricTail(all: number, wrong: number): (rows: number, from: number) => number {
  const factorials = logFactorials(all)
  const choose = (n: number, k: number): number => factorials[n]! - factorials[k]! - factorials[n - k]!
  return (rows, from) => {
    const most = Math.min(rows, wrong)
    if (from <= Math.max(0, rows - (all - wrong))) return 1
    if (from > most) return 0
    let term = Math.exp(choose(wrong, from) + choose(all - wrong, rows - from) - choose(all, rows))
    let sum = 0
    for (let k = from; k <= most; k++) {
      sum += term
      term *= ((wrong - k) * (rows - k)) / ((k + 1) * (all - wrong - rows + k + 1))
    }
    return Math.min(1, sum)
  }
}

/** From 1 for the smallest; equal values share the mean of their places. */
export function ranksOf(values: Float64Array): Float64Array {
  const order = Int32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!)
  const ranks = new Float64Array(values.length)
  for (let i = 0; i < order.length;) {
    let end = i
    while (end < order.length && values[order[end]!] === values[order[i]!]) end++
    for (let j = i; j < end; j++) ranks[order[j]!] = (i + 1 + end) / 2
    i = end
  }
  return ranks
}

export function rarityOfWrong(right: Float64Array): Rarity {
  const weights = right.map((one) => 1 - one)
  const wrong = weights.reduce((sum, one) => sum + one, 0)
  return { weights, of: hypergeometricTail(right.length, wrong) }
}

export function rarityOfErrors(errors: Float64Array): Rarity {
  const all = errors.length
  const weights = ranksOf(errors)
  const middle = (all + 1) / 2
  const spread = weights.reduce((sum, rank) => sum + (rank - middle) ** 2, 0)
  return {
    weights,
    of: (rows, weight) => {
      const variance = (rows * (all - rows) * spread) / (all * Math.max(1, all - 1))
      return variance === 0 ? 1 : normalCdf(-(weight - rows * middle - 0.5) / Math.sqrt(variance))
    },
  }
}
