/** Several that were trained from the same seeds: the rows, the order of them and the first weights are the same for each. */
import { fewDifferences, type FewDifferences } from '../evaluate/few-differences.ts'

/** Values by their seeds. */
export type BySeed = ReadonlyMap<number, number>

/** Second less first, seed by seed. null: fewer than two seeds have both. */
export const differenceBySeed = (first: BySeed, second: BySeed): FewDifferences | null =>
  fewDifferences(
    [...second].flatMap(([seed, value]) => {
      const before = first.get(seed)
      return before === undefined ? [] : [value - before]
    }),
  )
