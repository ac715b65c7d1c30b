/** Splits that keep rows of one group together: by a column, in folds, and of rows that are alike. */
import { DescentError, formatCount, formatPercent, plural } from '../../contract/index.ts'
import type { FrameColumn } from '../datasets/frame.ts'
import { dealGroups } from './deal.ts'
import { randomSource } from './random.ts'
import type { LearnRule, SplitData } from './split-rule.ts'
import { shareNames, strata, type Drawn, type ShareName } from './split.ts'
import { chanceOf, shareOf } from './split-version.ts'

/** The value of a row, as text; null: it has none. */
function valueOf(column: FrameColumn, row: number): string | null {
  switch (column.kind) {
    case 'category': {
      const code = column.codes[row]!
      return code === -1 ? null : column.categories[code]!
    }
    case 'number':
    case 'date':
      return Number.isNaN(column.values[row]) ? null : String(column.values[row])
    case 'text':
      return column.values[row] === '' ? null : column.values[row]!
    case 'image':
      return null
  }
}

/** 0 to 1, another for each text. FNV-1a, by which texts of one letter's difference are far apart. */
export function chanceOfText(text: string, seed: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return chanceOf(hash >>> 1, seed)
}

/** What keeps rows together: null for a row that is a group of its own. */
type KeyOf = (data: SplitData, row: number) => string | null

const keyByColumn: KeyOf = ({ by }, row) => (by ? valueOf(by, row) : null)
const keyByLikeness: KeyOf = ({ alike }, row) => (alike && alike[row] !== -1 ? String(alike[row]) : null)

interface Groups {
  readonly rows: number[][]
  readonly keys: (string | null)[]
}
function groupsIn(data: SplitData, rows: Int32Array, keyOf: KeyOf): Groups {
  const at = new Map<string, number>()
  const groups: Groups = { rows: [], keys: [] }
  for (const row of rows) {
    const key = keyOf(data, row)
    const known = key === null ? undefined : at.get(key)
    if (known !== undefined) {
      groups.rows[known]!.push(row)
      continue
    }
    if (key !== null) at.set(key, groups.rows.length)
    groups.rows.push([row])
    groups.keys.push(key)
  }
  return groups
}

/** Of every row, its class; -1 for rows that are not asked about. */
function strataOfRows(data: SplitData, rows: Int32Array, stratify: boolean): Int32Array | null {
  if (!stratify) return null
  const classes = new Int32Array(data.target.rows).fill(-1)
  strata(data.target, rows, true).forEach((members, index) =>
    members.forEach((row) => void (classes[row] = index)),
  )
  return classes
}

const partNames = { train: 'train', validation: 'validate', test: 'test' } as const

/** Shares that whole groups could not meet. */
export function shareNotes(asked: readonly number[], got: readonly number[], what: string): string[] {
  const far = asked.some((share, i) => Math.abs(share - got[i]!) > 0.01)
  if (!far) return []
  const said = shareNames.map((name, i) => `${formatPercent(got[i]!)} ${partNames[name]}`)
  return [`By whole ${what} the shares are as near as they get: ${said.join(', ')}.`]
}

export const learnGroups =
  (shares: Drawn, keyOf: KeyOf = keyByColumn): LearnRule =>
  (data, rows) => {
    const { rows: groups, keys } = groupsIn(data, rows, keyOf)
    const asked = [shares.train, shares.validation, shares.test]
    const name = data.by?.name ?? ''
    const needed = asked.filter((share) => share > 0).length
    if (groups.length < needed)
      throw new DescentError(
        'badData',
        keyOf === keyByLikeness
          ? `The rows are so alike that they fall into ${plural(groups.length, 'set')} of duplicates: too few for ${needed} splits. Turn off “Duplicates on one side” (split.together), or drop duplicates.`
          : `The rows fall into ${plural(groups.length, 'group')} by “${name}”: too few for ${needed} splits. Choose another column, or another split.`,
        keyOf === keyByLikeness ? 'split.together' : 'split.column',
      )
    const classes = strataOfRows(data, rows, shares.stratify)
    const part = dealGroups({ groups, strata: classes, shares: asked }, randomSource(shares.seed))
    const ofKey = new Map<string, ShareName>()
    const ofRow = new Map<number, ShareName>()
    const sizes = [0, 0, 0]
    groups.forEach((members, i) => {
      const place = shareNames[part[i]!]!
      const key = keys[i]!
      if (key === null) ofRow.set(members[0]!, place)
      else ofKey.set(key, place)
      sizes[part[i]!]! += members.length
    })
    const got = sizes.map((size) => size / rows.length)
    const alone = keys.filter((key) => key === null).length
    const byColumn = keyOf === keyByColumn
    return {
      placeOf: (now, row, number) => {
        const key = keyOf(now, row)
        if (key === null) return ofRow.get(number) ?? shareOf(chanceOf(number, shares.seed), shares)
        return ofKey.get(key) ?? shareOf(chanceOfText(key, shares.seed), shares)
      },
      notes: [
        ...(byColumn ? [`The ${formatCount(ofKey.size)} groups by “${name}” are each on one side.`] : []),
        ...(byColumn && alone > 0
          ? [`${plural(alone, 'row has', 'rows have')} no value in “${name}”: each is a group of its own.`]
          : []),
        ...shareNotes(asked, got, byColumn ? `groups of “${name}”` : 'sets of duplicates'),
      ],
    }
  }

/**
 * Rows that are alike stay together. Which are is found anew in every version: a row that comes later goes where those are
 * that it is alike to.
 */
export const learnAlike =
  (shares: Drawn): LearnRule =>
  (data, rows) => {
    const { placeOf, notes } = learnGroups(shares, keyByLikeness)(data, rows)
    const known = new Map(Array.from(rows, (row) => [row, placeOf(data, row, row)]))
    const found = new WeakMap<SplitData, Map<number, ShareName | null>>()
    const placesIn = (now: SplitData): Map<number, ShareName | null> => {
      const places = found.get(now) ?? new Map<number, ShareName | null>()
      if (!found.has(now))
        now.alike?.forEach((group, row) => {
          const place = known.get(now.numbers?.[row] ?? row)
          if (group !== -1 && place !== undefined && !places.has(group)) places.set(group, place)
        })
      found.set(now, places)
      return places
    }
    return {
      placeOf: (now, row, number) =>
        known.get(number) ??
        placesIn(now).get(now.alike?.[row] ?? -1) ??
        shareOf(chanceOf(number, shares.seed), shares),
      notes: data.alikeBounded
        ? [
            ...notes,
            'The rows are too many, or too close to each other, to compare each with all others: equal ones are on one side, but nearly equal ones may be on two.',
          ]
        : notes,
    }
  }

interface Folds {
  readonly folds: number
  readonly fold: number
  readonly validation: number
  readonly stratify: boolean
  readonly seed: number
}

export const learnFolds =
  ({ folds, fold, validation, stratify, seed }: Folds): LearnRule =>
  (data, rows) => {
    const { rows: groups, keys } = groupsIn(data, rows, keyByColumn)
    if (groups.length <= folds)
      throw new DescentError(
        'badData',
        data.by
          ? `The rows fall into ${plural(groups.length, 'group')} by “${data.by.name}”: too few for ${folds} folds, and rows to validate by. Use fewer folds.`
          : `${plural(groups.length, 'row')} cannot be dealt into ${folds} folds. Use fewer.`,
        'split.folds',
      )
    const classes = strataOfRows(data, rows, stratify)
    const equal = Array.from({ length: folds }, () => 1 / folds)
    const part = dealGroups({ groups, strata: classes, shares: equal }, randomSource(seed))
    const tested = fold - 1
    const others = groups.map((_, i) => i).filter((i) => part[i] !== tested)
    // Another drawing for each fold, the same one for the same fold.
    const held = dealGroups(
      { groups: others.map((i) => groups[i]!), strata: classes, shares: [1 - validation, validation] },
      randomSource(seed + 7919 * fold),
    )
    const validates = new Set(others.filter((_, i) => held[i] === 1))
    const placeOfGroup = (i: number): ShareName => {
      if (part[i] === tested) return 'test'
      return validates.has(i) ? 'validation' : 'train'
    }
    const ofKey = new Map<string, ShareName>()
    const ofRow = new Map<number, ShareName>()
    keys.forEach((key, i) => {
      if (key === null) ofRow.set(groups[i]![0]!, placeOfGroup(i))
      else ofKey.set(key, placeOfGroup(i))
    })
    /** Of what came later: a fold by chance, and of those that do not test a share that validates. */
    const chosen = (chance: number, second: number): ShareName => {
      if (Math.floor(chance * folds) === tested) return 'test'
      return second < validation ? 'validation' : 'train'
    }
    return {
      placeOf: (now, row, number) => {
        const key = keyByColumn(now, row)
        if (key !== null)
          return ofKey.get(key) ?? chosen(chanceOfText(key, seed), chanceOfText(key, seed + 7919 * fold))
        return ofRow.get(number) ?? chosen(chanceOf(number, seed), chanceOf(number, seed + 7919 * fold))
      },
      notes: [
        `Fold ${fold} of ${folds} tests${data.by ? `; the groups by “${data.by.name}” are whole` : ''}.`,
      ],
    }
  }
