/**
 * Splits that follow a rule about each row: its group, its time, what a column says of it. The rule is learned from the
 * data as it was imported; rows of every later version go where it says, so that a row stays where it was unless what the
 * rule looks at was corrected.
 */
import type { FrameColumn } from '../datasets/frame.ts'
import { randomSource } from './random.ts'
import {
  draw,
  fewestRows,
  hasEnough,
  presentRows,
  tooFew,
  type RowSplit,
  type ShareName,
  type SplitTarget,
} from './split.ts'
import { chanceOf } from './split-version.ts'

/** What a split looks at. */
export interface SplitData {
  readonly target: SplitTarget
  /** The rows behind so many come from test files; absent: none do. */
  readonly trainRows?: number | undefined
  /** The last so many of these came to validate; absent: none did. */
  readonly validationRows?: number | undefined
  /** The column that the split goes by. */
  readonly by?: FrameColumn | undefined
  /** Of each row, the number of those that it is as good as equal to; absent where the split does not ask. */
  readonly alike?: Int32Array | undefined
  /** Not every nearly equal pair was looked for. */
  readonly alikeBounded?: boolean | undefined
  /** Of each row, its number in the import; absent: it is the import. */
  readonly numbers?: Int32Array | undefined
}

export interface Rule {
  /** `number`: the row's in the import. null: it is in no split. */
  readonly placeOf: (data: SplitData, row: number, number: number) => ShareName | null
  readonly notes: readonly string[]
}
/** `rows`: those to be split, each with a target. */
export type LearnRule = (data: SplitData, rows: Int32Array) => Rule

const collect = (): Record<ShareName, number[]> => ({ train: [], validation: [], test: [] })
const settled = (
  parts: Record<ShareName, number[]>,
  dropped: number,
  notes: readonly string[],
): RowSplit => ({
  train: Int32Array.from(parts.train),
  validation: Int32Array.from(parts.validation),
  test: Int32Array.from(parts.test),
  dropped,
  ...(notes.length > 0 && { notes }),
})

function usableRows({ target }: SplitData, seed: number, limit: number | null): Int32Array {
  const present = presentRows(target, target.rows)
  const usable = draw(present, limit, randomSource(seed))
  if (usable.length < fewestRows) throw tooFew(target, usable.length, target.rows)
  return usable
}

export function splitByRule(data: SplitData, learn: LearnRule, seed: number, limit: number | null): RowSplit {
  const usable = usableRows(data, seed, limit)
  const { placeOf, notes } = learn(data, usable)
  const parts = collect()
  for (const row of usable) {
    const place = placeOf(data, row, row)
    if (place !== null) parts[place].push(row)
  }
  return settled(parts, data.target.rows - presentRows(data.target, data.target.rows).length, notes)
}

/** `numbers`: of each row, its number in the import. */
export function versionByRule(
  data: SplitData,
  imported: SplitData,
  numbers: Int32Array,
  learn: LearnRule,
  seed: number,
  limit: number | null,
): RowSplit {
  const { target } = data
  const enough = hasEnough(imported.target)
  const from = enough ? imported : data
  const usable = usableRows(from, seed, limit)
  const { placeOf, notes } = learn(from, usable)
  const present = presentRows(from.target, from.target.rows).length
  const part = limit === null ? 1 : Math.min(1, limit / Math.max(1, present))
  const drawn = new Set(usable)
  const wasDrawn = (number: number): boolean => drawn.has(enough ? number : -1)
  const wasPresent = (number: number): boolean =>
    enough && number < imported.target.rows && !imported.target.isMissing(number)
  const parts = collect()
  let dropped = 0
  numbers.forEach((number, row) => {
    if (target.isMissing(row)) dropped++
    else if (
      wasPresent(number) ? wasDrawn(number) : !enough ? drawn.has(row) : chanceOf(number, seed) < part
    ) {
      const place = placeOf(data, row, enough ? number : row)
      if (place !== null) parts[place].push(row)
    }
  })
  return settled(parts, dropped, notes)
}
