/** What helps against a finding, held against the recipe as it is now. */
import { changesOf, changeText, mainChanges, withFix } from '../../electron/contract/index.ts'
import type { Finding, Fix, Recipe } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

const words = strings.shell.finding

export interface Offer {
  readonly fix: Fix
  /** What it changes: “Role of “id”: feature → ignore”. */
  readonly changes: readonly string[]
}

export interface Offers {
  readonly open: readonly Offer[]
  /** Labels of those whose changes are in the recipe already. */
  readonly done: readonly string[]
}

/** A fix that has nothing to change is done, or no longer applies: its columns have gone, another kind of data came. */
export function offersOf(recipe: Recipe | null, { fixes }: Pick<Finding, 'fixes'>): Offers {
  if (recipe === null) return { open: [], done: [] }
  const all = fixes.map((fix) => ({
    fix,
    changes: mainChanges(changesOf(recipe, withFix(recipe, fix))).map(changeText),
  }))
  return {
    open: all.filter(({ changes }) => changes.length > 0),
    done: all.filter(({ changes }) => changes.length === 0).map(({ fix }) => fix.label),
  }
}

/** “Role of “id”: feature → ignore, and 3 more”. */
export const inOneLine = ([first = '', ...more]: readonly string[]): string =>
  more.length === 0 ? first : words.andMore(first, more.length)
