/** Which rows train, which validate, which stay sealed for the test. */
import { DescentError, type Task } from '../../contract/index.ts'
import { functionsOfTask, type TargetColumns } from '../tasks/index.ts'
import { randomSource, shuffle } from './random.ts'

/** Row numbers of the frame, ascending. */
export interface RowSplit {
  readonly train: Int32Array
  readonly validation: Int32Array
  readonly test: Int32Array
  /** Rows left out because their target is missing. */
  readonly dropped: number
  /** Sentences: what came otherwise than was asked, or does not go without saying. */
  readonly notes?: readonly string[]
}

export const shareNames = ['train', 'validation', 'test'] as const
export type ShareName = (typeof shareNames)[number]

export type Shares = [number, number, number]

/**
 * Shares `n` rows by largest remainder. From 3 rows on every share above zero gets one; fewer go to train, then test.
 * `carry` is what earlier classes were rounded by, so that the shares hold over all classes together.
 */
export function allot(n: number, fractions: Shares, carry: Shares): Shares {
  if (n < 3) return fractions[2] === 0 ? [n, 0, 0] : [Math.min(n, 1), 0, n - Math.min(n, 1)]
  const wanted = fractions.map((fraction, i) => (fraction === 0 ? 0 : Math.max(1, n * fraction + carry[i]!)))
  const counts = wanted.map(Math.floor) as Shares
  const byRemainder = [0, 1, 2]
    .filter((i) => fractions[i]! > 0)
    .sort((a, b) => wanted[b]! - counts[b]! - (wanted[a]! - counts[a]!))
  for (let left = n - sum(counts), i = 0; left > 0; left--, i++)
    counts[byRemainder[i % byRemainder.length]!]!++
  while (sum(counts) > n) counts[counts.indexOf(Math.max(...counts))]!--
  return counts
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** What a split asks of a target. */
export interface SplitTarget {
  readonly name: string
  readonly rows: number
  readonly isMissing: (row: number) => boolean
  /** Of rows with a target: the group of each that every split shall have its share of; null: they have none. */
  readonly strataOf: (rows: Int32Array) => Int32Array | null
}

/** Rows that lack one of several targets lack the target. */
export const splitTargetOf = (columns: TargetColumns, task: Task): SplitTarget => ({
  name: columns.map(({ name }) => name).join('", "'),
  rows: columns[0].kind === 'category' ? columns[0].codes.length : columns[0].values.length,
  isMissing: (row) =>
    columns.some((column) =>
      column.kind === 'category' ? column.codes[row] === -1 : Number.isNaN(column.values[row]),
    ),
  strataOf: (rows) => functionsOfTask(task).strata(columns, rows),
})

export function strata(target: SplitTarget, rows: Int32Array, stratify: boolean): Int32Array[] {
  if (!stratify) return [rows.slice()]
  const groupOf = target.strataOf(rows)
  if (groupOf === null)
    throw new DescentError(
      'badRecipe',
      `Rows cannot be split by “${target.name}”: several numbers form no groups. Turn stratify off.`,
      'split.stratify',
    )
  const groups = new Map<number, number[]>()
  for (const row of rows) {
    const group = groups.get(groupOf[row]!)
    if (group === undefined) groups.set(groupOf[row]!, [row])
    else group.push(row)
  }
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, members]) => Int32Array.from(members))
}

/** Shares that are drawn. */
export interface Drawn {
  readonly train: number
  readonly validation: number
  /** 0: none are tested. */
  readonly test: number
  readonly stratify: boolean
  readonly seed: number
}

interface Rows {
  /** Only the first so many rows are shared out; absent: all. */
  readonly of?: number
  /** Only so many of them, drawn at random; null: all. */
  readonly limit: number | null
}

export function draw(rows: Int32Array, limit: number | null, random: () => number): Int32Array {
  if (limit === null || limit >= rows.length) return rows
  const drawn = rows.slice()
  shuffle(drawn, random)
  return drawn.subarray(0, limit).toSorted()
}

export function presentRows(target: SplitTarget, total: number): Int32Array {
  const present = new Int32Array(total)
  let count = 0
  for (let row = 0; row < total; row++) if (!target.isMissing(row)) present[count++] = row
  return present.slice(0, count)
}

export const fewestRows = 3

/** Whether `splitRows` can split it. */
export const hasEnough = (target: SplitTarget, of = target.rows): boolean =>
  presentRows(target, of).length >= fewestRows

export const tooFew = (target: Pick<SplitTarget, 'name'>, usable: number, total: number): DescentError =>
  new DescentError(
    'badData',
    `Only ${usable} of ${total} rows have a value in the target column "${target.name}": too few to train, validate and test. At least ${fewestRows} are needed, and 200 or more are advisable.`,
  )

/** Shared out by chance, as the shares say; a share of 0 gets none. */
export function shareOut(
  target: SplitTarget,
  usable: Int32Array,
  split: Omit<Drawn, 'seed'>,
  random: () => number,
): Record<ShareName, Int32Array> {
  const fractions: Shares = [split.train, split.validation, split.test]
  const parts: [number[], number[], number[]] = [[], [], []]
  const carry: Shares = [0, 0, 0]
  for (const members of strata(target, usable, split.stratify)) {
    shuffle(members, random)
    const counts = allot(members.length, fractions, carry)
    let from = 0
    shareNames.forEach((_, i) => {
      for (const row of members.subarray(from, from + counts[i]!)) parts[i]!.push(row)
      from += counts[i]!
      carry[i]! += members.length * fractions[i]! - counts[i]!
    })
  }
  // Only where every class is tiny: three rows of three classes would all train.
  for (const i of [0, 1, 2] as const)
    if (parts[i].length === 0 && fractions[i] > 0) {
      const largest = parts.reduce((a, b) => (b.length > a.length ? b : a))
      parts[i].push(largest.pop()!)
    }
  const [train, validation, test] = parts.map((part) => Int32Array.from(part).sort()) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  return { train, validation, test }
}

/** The same target and settings give the same rows, on every machine. A share of 0 gets none. */
export function splitRows(target: SplitTarget, split: Drawn, rows: Rows = { limit: null }): RowSplit {
  const total = rows.of ?? target.rows
  const present = presentRows(target, total)
  const random = randomSource(split.seed)
  const usable = draw(present, rows.limit, random)
  if (usable.length < fewestRows) throw tooFew(target, usable.length, total)
  return { ...shareOut(target, usable, split, random), dropped: total - present.length }
}

/**
 * The same split, of whose training rows this share is kept, of each class as many, at least one: with the same seed all rows of a
 * smaller share are among those of a larger one.
 */
export function withTrainShare(
  split: RowSplit,
  target: SplitTarget,
  { share, stratify, seed }: { readonly share: number; readonly stratify: boolean; readonly seed: number },
): RowSplit {
  const random = randomSource(seed)
  const kept = strata(target, split.train, stratify).flatMap((members) => {
    shuffle(members, random)
    return [...members.subarray(0, Math.max(1, Math.round(share * members.length)))]
  })
  return { ...split, train: Int32Array.from(kept).sort() }
}

/** The first of those with a target train, the next validate, the last test. */
export function splitInOrder(
  target: SplitTarget,
  shares: Omit<Drawn, 'stratify' | 'seed'>,
  rows: Rows,
): RowSplit {
  const total = rows.of ?? target.rows
  const present = presentRows(target, total)
  const usable = present.subarray(0, rows.limit ?? present.length)
  if (usable.length < fewestRows) throw tooFew(target, usable.length, total)
  const [train, validation] = allot(usable.length, [shares.train, shares.validation, shares.test], [0, 0, 0])
  return {
    train: usable.slice(0, train),
    validation: usable.slice(train, train + validation),
    test: usable.slice(train + validation),
    dropped: total - present.length,
  }
}
