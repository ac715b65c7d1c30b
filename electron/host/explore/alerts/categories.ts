/** Alerts about columns of categories. */
import { fixes, formatCount, plural, type alerts } from '../../../contract/index.ts'
import type { Rules } from '../findings.ts'
import { about, isFeature, isTarget, type Evidence } from './evidence.ts'

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
      (one) => one.caseVariants > 0 && (isFeature(one) || isTarget(one)),
      ({ profile: { name }, caseVariants }) => ({
        message: `“${name}” has ${plural(caseVariants, 'category that differs', 'categories that differ')} from another only in upper and lower case.`,
        evidence: { variants: caseVariants },
      }),
    ),
} satisfies Partial<Rules<typeof alerts, Evidence>>
