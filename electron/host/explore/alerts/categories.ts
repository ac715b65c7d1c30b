/** Alerts about columns of categories. */
import {
  fixes,
  formatCount,
  formatPercent,
  plural,
  type alerts,
  isCategorical,
} from '../../../contract/index.ts'
import { listed, type Rules } from '../findings.ts'
import type { Measured } from '../measure.ts'
import { about, isFeature, isTarget, type Evidence } from './evidence.ts'

/** Values that another one is spelled like but for its case. */
function alikeBut(values: readonly { readonly value: string }[]): string[] {
  const groups = Map.groupBy(values, ({ value }) => value.trim().toLowerCase())
  return [...groups.values()].flatMap((alike) => (alike.length > 1 ? alike.map(({ value }) => value) : []))
}

const nothing =
  /^(n\/?a|n\.a\.|nan|null|nil|none|missing|unknown|unk|undefined|not (available|known|applicable)|[-–—.?]+|#n\/a)$/i

/** Categories that say “missing”, where there are several ways of saying it. */
function wordsForNothing({
  profile: { top, missing },
}: Measured): readonly { value: string; count: number }[] | null {
  const words = top.filter(({ value }) => nothing.test(value.trim()))
  return words.length + (missing > 0 ? 1 : 0) > 1 && words.length > 0 ? words : null
}

export const categoryAlerts = {
  highCardinality: ({ measured, rows }, { categories }) =>
    about(
      measured,
      (one) =>
        isFeature(one) &&
        isCategorical(one.profile.kind) &&
        one.profile.distinct > categories &&
        one.profile.distinct < rows,
      ({ profile: { name, distinct, count }, mostFrequent }) => ({
        message: `“${name}” has ${formatCount(distinct)} categories, most of them rare.`,
        evidence: { categories: distinct, share: mostFrequent / count },
        fixes: [fixes.treatAsId(name), fixes.ignore(name)],
      }),
    ),

  caseVariants: ({ measured }) =>
    about(
      measured,
      (one) => one.caseVariants > 0 && isFeature(one),
      ({ profile: { name }, caseVariants }) => ({
        message: `“${name}” has ${plural(caseVariants, 'category that differs', 'categories that differ')} from another only in upper and lower case or in spaces.`,
        evidence: { variants: caseVariants },
      }),
    ),

  classVariants: ({ measured }) =>
    about(
      measured,
      (one) => one.caseVariants > 0 && isTarget(one),
      ({ profile: { name, top }, caseVariants }) => ({
        message: `The target “${name}” has classes that differ only in upper and lower case or in spaces, and are learned as different ones: ${listed(alikeBut(top).map((value) => `“${value}”`))}.`,
        evidence: { variants: caseVariants },
      }),
    ),

  datesAsCategories: ({ looked }, { share: least }) =>
    (looked?.dates ?? [])
      .filter(({ share }) => share >= least)
      .map(({ column, share }) => ({
        columns: [column],
        message: `“${column}” is read as categories, but ${formatPercent(share)} of them are written like dates. Choose the kind “date” for it.`,
        evidence: { share },
      })),

  nullSpellings: ({ measured, unit }) =>
    about(
      measured,
      (one) => isFeature(one) && isCategorical(one.profile.kind) && wordsForNothing(one) !== null,
      (one) => {
        const words = wordsForNothing(one)!
        const rows = words.reduce((sum, { count }) => sum + count, 0)
        const { name, missing } = one.profile
        return {
          message: `“${name}” says in several ways that there is nothing: ${listed(words.map(({ value, count }) => `“${value}” (${formatCount(count)})`))}${missing > 0 ? ` and an empty cell (${formatCount(missing)})` : ''}. Each is a category of its own.`,
          evidence: { spellings: words.length + (missing > 0 ? 1 : 0), rows },
          ...(unit === 'row' && {
            rows: { is: 'among', column: name, values: words.map(({ value }) => value) } as const,
          }),
        }
      },
    ),
} satisfies Partial<Rules<typeof alerts, Evidence>>
