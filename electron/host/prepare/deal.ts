/** Groups of rows dealt into parts, whole: no group stands in two of them. */
import { shuffle } from './random.ts'

export interface Dealt {
  /** Row numbers of each group. */
  readonly groups: readonly (readonly number[])[]
  /** Of each row, the class that every part shall have its share of; null: only the sizes count. */
  readonly strata: Int32Array | null
  /** What each part shall have; they add up to 1. */
  readonly shares: readonly number[]
}

/**
 * The part of each group. Largest groups first, each to where it brings the parts nearest to their shares of every class,
 * by the sum of (have − want)² / want; as scikit-learn's StratifiedGroupKFold goes about it. Groups of equal size go by
 * chance. Every part with a share gets at least one group, where there are as many.
 */
export function dealGroups({ groups, strata, shares }: Dealt, random: () => number): Int32Array {
  const order = Int32Array.from(groups.keys())
  shuffle(order, random)
  const bySize = [...order].sort((a, b) => groups[b]!.length - groups[a]!.length)
  /** Class 0 is any row: sizes count beside classes. */
  const classOf = (row: number): number => 1 + (strata?.[row] ?? -1)
  const totals = new Map<number, number>()
  const add = (to: Map<number, number>, key: number, count: number): void =>
    void to.set(key, (to.get(key) ?? 0) + count)
  const contents = groups.map((rows) => {
    const counts = new Map([[0, rows.length]])
    if (strata) for (const row of rows) add(counts, classOf(row), 1)
    for (const [key, count] of counts) add(totals, key, count)
    return counts
  })
  const have = shares.map(() => new Map<number, number>())
  const dealt = shares.map(() => 0)
  const partOf = new Int32Array(groups.length)
  const put = (group: number, part: number): void => {
    partOf[group] = part
    dealt[part]!++
    for (const [key, count] of contents[group]!) add(have[part]!, key, count)
  }
  for (const group of bySize) {
    let [best, least] = [0, Infinity]
    for (const [part, share] of shares.entries()) {
      if (share === 0) continue
      let worse = 0
      for (const [key, count] of contents[group]!) {
        const want = share * totals.get(key)!
        worse += (count * (2 * ((have[part]!.get(key) ?? 0) - want) + count)) / want
      }
      if (worse < least) [best, least] = [part, worse]
    }
    put(group, best)
  }
  for (const [part, share] of shares.entries()) {
    if (share === 0 || dealt[part]! > 0) continue
    const from = dealt.indexOf(Math.max(...dealt))
    if (dealt[from]! < 2) continue
    // The smallest that the fullest part can spare.
    const spare = bySize.findLast((group) => partOf[group] === from)!
    partOf[spare] = part
    dealt[from]!--
    dealt[part]!++
  }
  return partOf
}
