/** What the splits do, by the names of their definitions. */
import { implementationOf, splits, type Implementations, type Split } from '../../contract/index.ts'
import { learnAlike, learnFolds, learnGroups } from './split-groups.ts'
import { splitByRule, versionByRule, type LearnRule, type SplitData } from './split-rule.ts'
import { randomSource } from './random.ts'
import {
  draw,
  fewestRows,
  hasEnough,
  presentRows,
  splitInOrder,
  splitRows,
  tooFew,
  type Drawn,
  type RowSplit,
  type SplitTarget,
} from './split.ts'
import { learnColumn, learnNumbers, learnTime } from './split-values.ts'
import { splitVersion } from './split-version.ts'

export type { SplitData } from './split-rule.ts'

/** How rows are split, and where those go that are added to data which was split before. */
export interface Splitting {
  readonly split: (data: SplitData, limit: number | null) => RowSplit
  /** Of corrected data. `numbers`: of each row, its number in the import. */
  readonly version: (
    data: SplitData,
    imported: SplitData,
    numbers: Int32Array,
    limit: number | null,
  ) => RowSplit
}

/** Rows are drawn; `added`: by which shares those are that come later. */
const drawn = (split: Splitting['split'], added: Drawn): Splitting => ({
  split,
  version: (data, imported, numbers, limit) =>
    splitVersion(
      data.target,
      {
        numbers,
        imported: imported.target,
        before: hasEnough(imported.target, imported.trainRows) ? split(imported, limit) : null,
      },
      added,
      limit,
    ),
})

const ruled = (learn: LearnRule, seed = 0): Splitting => ({
  split: (data, limit) => splitByRule(data, learn, seed, limit),
  version: (data, imported, numbers, limit) => versionByRule(data, imported, numbers, learn, seed, limit),
})

/** Where the data say which rows validate, none are drawn. */
function asGiven(
  target: SplitTarget,
  learned: number,
  from: number,
  seed: number,
  limit: number | null,
): RowSplit {
  const present = presentRows(target, from)
  if (present.length < fewestRows) throw tooFew(target, present.length, from)
  const train = draw(
    present.filter((row) => row < learned),
    limit,
    randomSource(seed),
  )
  return {
    train,
    validation: present.filter((row) => row >= learned),
    test: new Int32Array(),
    dropped: from - present.length,
  }
}

const implementations: Implementations<typeof splits, Splitting> = {
  random: ({ together, ...shares }) =>
    together
      ? ruled(learnAlike(shares), shares.seed)
      : drawn(({ target }, limit) => splitRows(target, shares, { limit }), shares),
  byGroup: ({ column: _, ...shares }) => ruled(learnGroups(shares), shares.seed),
  byTime: (shares) => ruled(learnTime(shares)),
  byColumn: ({ column: _, ...held }) => ruled(learnColumn(held), held.seed),
  folds: ({ column: _, ...options }) => ruled(learnFolds(options), options.seed),
  byRowNumbers: (options) => ruled(learnNumbers(options), options.seed),
  ordered: (shares) =>
    drawn(
      ({ target }, limit) => splitInOrder(target, shares, { limit }),
      // What comes later is tested.
      { train: 0, validation: 0, test: 1, stratify: false, seed: 0 },
    ),
  given: ({ validation, ...held }) => {
    const shares = { train: 1 - validation, validation, test: 0, ...held }
    return drawn(({ target, trainRows, validationRows = 0 }, limit) => {
      const from = trainRows ?? target.rows
      const parts =
        validationRows > 0
          ? asGiven(target, from - validationRows, from, held.seed, limit)
          : splitRows(target, shares, { limit, of: from })
      const tested = Int32Array.from({ length: target.rows - from }, (_, i) => from + i)
      return {
        ...parts,
        test: tested.filter((row) => !target.isMissing(row)),
        dropped: parts.dropped + tested.filter((row) => target.isMissing(row)).length,
      }
    }, shares)
  },
}

export const splittingOf = (split: Split): Splitting => implementationOf(splits, implementations, split)
