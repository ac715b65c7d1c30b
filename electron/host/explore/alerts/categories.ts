/** Alerts about columns of categories. */
import { fixes, formatCount, plural, type alerts } from '../../../contract/index.ts'
import { listed, type Rules } from '../findings.ts'
import { about, isFeature, isTarget, type Evidence } from './evidence.ts'

/** Values that another one is spelled like but for its case. */
function alikeBut(values: readonly { readonly value: string }[]): string[] {
  const groups = Map.groupBy(values, ({ value }) => value.toLowerCase())
  return [...groups.values()].flatMap((alike) => (alike.length > 1 ? alike.map(({ value }) => value) : []))
}

export const categoryAlerts = {
  highCardinality: ({ measured, rows }, { categories }) =>
    about(
      measured,
      (one) =>
        isFeature(one) &&
        one.profile.kind === 'category' &&
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
        message: `“${name}” has ${plural(caseVariants, 'category that differs', 'categories that differ')} from another only in upper and lower case.`,
        evidence: { variants: caseVariants },
      }),
    ),

  classVariants: ({ measured }) =>
    about(
      measured,
      (one) => one.caseVariants > 0 && isTarget(one),
      ({ profile: { name, top }, caseVariants }) => ({
        message: `The target “${name}” has classes that differ only in upper and lower case, and are learned as different ones: ${listed(alikeBut(top).map((value) => `“${value}”`))}.`,
        evidence: { variants: caseVariants },
      }),
    ),
} satisfies Partial<Rules<typeof alerts, Evidence>>
