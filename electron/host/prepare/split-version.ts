/**
 * The split of corrected data. Rows that were split when the data was imported stay where they were, whatever their target
 * is now; dropped rows are missing from theirs. Only rows that were in no split then — appended ones, and those whose
 * target was missing — are given one, each by its own number: no other row has a say in it.
 */
import { randomSource } from './random.ts'
import {
  hasEnough,
  shareNames,
  tooFew,
  type Drawn,
  type RowSplit,
  type ShareName,
  type SplitTarget,
} from './split.ts'

export interface Version {
  /** Of each row, its number in the import. */
  readonly numbers: Int32Array
  /** The target as it was imported. */
  readonly imported: SplitTarget
  /** Row numbers of the import; null: there were too few with a target to be split. */
  readonly before: RowSplit | null
}

/** 0 to 1; another number for each row, and for each seed. */
export function chanceOf(row: number, seed: number): number {
  const random = randomSource((Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b)) >>> 0)
  // The first number of neighboring seeds is not as independent as the second.
  random()
  return random()
}

export function shareOf(
  chance: number,
  { train, validation }: Pick<Drawn, 'train' | 'validation'>,
): ShareName {
  if (chance < train) return 'train'
  return chance < train + validation ? 'validation' : 'test'
}

/** `limit`: so many rows of the import are used; of the new ones as large a part. */
export function splitVersion(
  target: SplitTarget,
  { numbers, imported, before }: Version,
  shares: Drawn,
  limit: number | null,
): RowSplit {
  const total = target.rows
  if (!hasEnough(target)) throw tooFew(target, numbers.filter((_, at) => !target.isMissing(at)).length, total)
  const known = new Map<number, ShareName>()
  for (const name of shareNames) for (const row of before?.[name] ?? []) known.set(row, name)
  const importedRows = imported.rows
  const present = importedRows - (before?.dropped ?? importedRows)
  const used = limit === null || present === 0 ? 1 : Math.min(1, limit / present)
  /** Also where it was not drawn: a quick try on some rows stays one on these. */
  const wasSplit = (row: number): boolean => before !== null && row < importedRows && !imported.isMissing(row)

  const parts: Record<ShareName, number[]> = { train: [], validation: [], test: [] }
  let dropped = 0
  numbers.forEach((row, at) => {
    const share = known.get(row)
    if (target.isMissing(at)) dropped++
    else if (share !== undefined) parts[share].push(at)
    else if (!wasSplit(row)) {
      const chance = chanceOf(row, shares.seed) / used
      if (chance < 1) parts[shareOf(chance, shares)].push(at)
    }
  })
  return {
    train: Int32Array.from(parts.train),
    validation: Int32Array.from(parts.validation),
    test: Int32Array.from(parts.test),
    dropped,
  }
}
