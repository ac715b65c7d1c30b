/** Alerts about any single column: is there anything in it, and does it name the row? */
import {
  fixes,
  formatCount,
  formatPercent,
  plural,
  type alerts,
  isCategorical,
} from '../../../contract/index.ts'
import { mayBeIdentifier } from '../../kinds/table/infer.ts'
import type { Rules } from '../findings.ts'
import type { Measured } from '../measure.ts'
import { about, isFeature, isTarget, type Evidence } from './evidence.ts'

const gaps = ({ profile: { missing } }: Measured, rows: number) => ({
  missing,
  share: rows === 0 ? 0 : missing / rows,
})

const asFacts = ({ profile, wholeNumbers }: Measured) => ({
  present: profile.count,
  distinct: profile.distinct,
  integers: wholeNumbers ? profile.count : 0,
  min: profile.numeric?.min ?? null,
})

const dominance = ({ mostFrequent, profile: { count } }: Measured): number =>
  count === 0 ? 0 : mostFrequent / count

const isPicture = ({ profile: { kind } }: Measured): boolean => kind === 'image'

export const columnAlerts = {
  noValues: ({ measured }) =>
    about(
      measured,
      (one) => isFeature(one) && one.profile.count === 0,
      ({ profile: { name } }) => ({
        message: `“${name}” has no values: nothing can be learned from it.`,
        evidence: {},
        fixes: [fixes.ignore(name)],
      }),
    ),

  constantColumn: ({ measured }) =>
    about(
      measured,
      (one) => isFeature(one) && one.profile.distinct === 1 && one.profile.missing === 0,
      ({ profile: { name } }) => ({
        message: `“${name}” has the same value in every row: nothing can be learned from it.`,
        evidence: {},
        fixes: [fixes.ignore(name)],
      }),
    ),

  quasiConstant: ({ measured }, { share }) =>
    about(
      measured,
      (one) => isFeature(one) && one.profile.distinct > 1 && dominance(one) >= share,
      (one) => ({
        message: `“${one.profile.name}” has one value in ${formatPercent(dominance(one))} of its rows: hardly anything can be learned from it.`,
        evidence: { share: dominance(one) },
        fixes: [fixes.ignore(one.profile.name)],
      }),
    ),

  mostlyMissing: ({ measured, rows }, { share }) =>
    about(
      measured,
      (one) => isFeature(one) && one.profile.count > 0 && gaps(one, rows).share > share,
      (one) => ({
        message: `“${one.profile.name}” is missing in ${formatPercent(gaps(one, rows).share)} of the rows.`,
        evidence: gaps(one, rows),
        rows: { is: 'missing', column: one.profile.name } as const,
        fixes: [fixes.ignore(one.profile.name)],
      }),
    ),

  missingValues: ({ measured, rows }, { share, most }) =>
    about(
      measured,
      (one) => isFeature(one) && gaps(one, rows).share > share && gaps(one, rows).share <= most,
      (one) => ({
        message: `“${one.profile.name}” is missing in ${formatPercent(gaps(one, rows).share)} of the rows; Prepare fills it in.`,
        evidence: gaps(one, rows),
        rows: { is: 'missing', column: one.profile.name } as const,
      }),
    ),

  missingTarget: ({ measured, rows }) =>
    about(
      measured,
      (one) => isTarget(one) && one.profile.missing > 0,
      (one) => ({
        message: `The target “${one.profile.name}” is missing in ${plural(one.profile.missing, 'row, which is', 'rows, which are')} left out.`,
        evidence: gaps(one, rows),
        rows: { is: 'missing', column: one.profile.name } as const,
      }),
    ),

  idLike: ({ measured }) =>
    about(
      measured,
      (one) => isFeature(one) && one.profile.kind === 'number' && mayBeIdentifier(asFacts(one)),
      ({ profile: { name, distinct, count } }) => ({
        message: `“${name}” looks like an identifier: large whole numbers, ${formatCount(distinct)} different ones in ${plural(count, 'row')}.`,
        evidence: { distinct },
        fixes: [fixes.treatAsId(name), fixes.ignore(name)],
      }),
    ),

  uniqueValues: ({ measured, rows }) =>
    about(
      measured,
      (one) => isFeature(one) && isCategorical(one.profile.kind) && rows > 1 && one.profile.distinct === rows,
      ({ profile: { name, distinct } }) => ({
        message: `“${name}” is different in every row: it names the row, and nothing can be learned from it.`,
        evidence: { distinct },
        fixes: [fixes.treatAsId(name), fixes.ignore(name)],
      }),
    ),

  setAside: ({ measured }) =>
    about(
      measured,
      (one) => one.profile.role === 'id' && one.profile.count > 0 && !isPicture(one),
      ({ profile: { name, distinct } }) => ({
        message: `“${name}” names the row (${formatCount(distinct)} different values), and is set aside.`,
        evidence: { distinct },
      }),
    ),

  leftOut: ({ measured }) =>
    about(
      measured,
      (one) => one.profile.role === 'ignore' && one.profile.distinct < 2,
      ({ profile: { name, distinct } }) => ({
        message: `“${name}” has ${distinct === 0 ? 'no values' : 'the same value in every row'}, and is left out.`,
        evidence: { distinct },
      }),
    ),
} satisfies Partial<Rules<typeof alerts, Evidence>>
