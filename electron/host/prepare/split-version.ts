/**
 * The split of corrected data. Rows that were split when the data was imported stay where they were, whatever their target
 * is now; dropped rows are missing from theirs. Only rows that were in no split then — appended ones, and those whose
 * target was missing — are given one, each by its own number: no other row has a say in it.
 */
import type { Split } from '../../contract/index.ts'
import type { TargetColumn } from './fit.ts'
import { randomSource } from './random.ts'
import { hasEnough, isMissing, rowsOf, tooFew, type RowSplit } from './split.ts'

export interface Version {
  /** Of each row, its number in the import. */
  readonly numbers: Int32Array
  /** The target as it was imported. */
  readonly imported: TargetColumn
  /** Row numbers of the import; null: there were too few with a target to be split. */
  readonly before: RowSplit | null
}

const shareNames = ['train', 'validation', 'test'] as const
type ShareName = (typeof shareNames)[number]

/** 0 to 1; another number for each row, and for each seed. */
function chanceOf(row: number, seed: number): number {
  const random = randomSource((Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b)) >>> 0)
  // The first number of neighboring seeds is not as independent as the second.
  random()
  return random()
}

function shareOf(chance: number, { train, validation }: Split): ShareName {
  if (chance < train) return 'train'
  return chance < train + validation ? 'validation' : 'test'
}

/** `limit`: so many rows of the import are used; of the new ones as large a part. */
export function splitVersion(
  target: TargetColumn,
  { numbers, imported, before }: Version,
  shares: Split,
  limit: number | null,
): RowSplit {
  const total = rowsOf(target)
  if (!hasEnough(target))
    throw tooFew(target, numbers.filter((_, at) => !isMissing(target, at)).length, total)
  const known = new Map<number, ShareName>()
  for (const name of shareNames) for (const row of before?.[name] ?? []) known.set(row, name)
  const importedRows = rowsOf(imported)
  const present = importedRows - (before?.dropped ?? importedRows)
  const used = limit === null || present === 0 ? 1 : Math.min(1, limit / present)
  /** Also where it was not drawn: a quick try on some rows stays one on these. */
  const wasSplit = (row: number): boolean =>
    before !== null && row < importedRows && !isMissing(imported, row)

  const parts: Record<ShareName, number[]> = { train: [], validation: [], test: [] }
  let dropped = 0
  numbers.forEach((row, at) => {
    const share = known.get(row)
    if (isMissing(target, at)) dropped++
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
