/** Alerts about columns of numbers. */
import {
  extentIn,
  fixes,
  formatCount,
  formatNumber,
  formatPercent,
  numberTextOf,
  plural,
  startsOf,
  zerosMissing,
  type alerts,
  type Fix,
} from '../../../contract/index.ts'
import type { Rules } from '../findings.ts'
import type { Measured } from '../measure.ts'
import { about, isFeature, isTarget, type Evidence } from './evidence.ts'

interface Gap {
  readonly share: number
  readonly most: number
  readonly gap: number
  readonly wide: number
  readonly distinct: number
}

const zeroShare = ({ profile: { numeric, count } }: Measured): number =>
  count === 0 ? 0 : (numeric?.zeros ?? 0) / count

/** A gap between zero and the next value, in a measured quantity. */
function hasGap(one: Measured, { share, most, gap, wide, distinct }: Gap): boolean {
  const { profile, smallestPositive } = one
  const { numeric } = profile
  if (numeric === null || smallestPositive === null || numeric.min !== 0 || profile.distinct <= distinct)
    return false
  // What is counted goes on from 0 with 1.
  if (one.wholeNumbers && smallestPositive === 1) return false
  const zeros = zeroShare(one)
  const relative = smallestPositive / Math.max(numeric.median, numeric.mean)
  return zeros > 0 && zeros <= most && (relative >= wide || (zeros >= share && relative >= gap))
}

const zerosOf = ({ profile: { name } }: Measured) =>
  ({ is: 'between', column: name, low: 0, high: 0, closed: true }) as const

/** Far values; zeros that stand for “missing” are none, and are said to be that. */
const outsideOf = (one: Measured): number => {
  const { outside, low } = one.fences!
  const zeros = one.profile.numeric?.zeros ?? 0
  return low > 0 && isFeature(one) && hasGap(one, startsOf(zerosMissing.options)) ? outside - zeros : outside
}

const spread = ({ profile: { numeric } }: Measured): number => (numeric ? numeric.q75 - numeric.q25 : 0)

const textOf = ({ profile }: Measured) => numberTextOf(profile.name, extentIn(profile))

/** What keeps a few far values from weighing most: where the middle half has no width, robust scaling has nothing to go by. */
const againstFarValues = (one: Measured): Fix[] => {
  if (isTarget(one)) return [fixes.boundErrors]
  return spread(one) > 0 ? [fixes.scaleRobustly] : []
}

export const numberAlerts = {
  infiniteValues: ({ measured }) =>
    about(
      measured,
      ({ profile }) => (profile.numeric?.infinite ?? 0) > 0,
      ({ profile: { name, numeric } }) => ({
        message: `“${name}” has ${plural(numeric!.infinite, 'infinite value', 'infinite values')}, read as missing.`,
        evidence: { infinite: numeric!.infinite },
      }),
    ),

  zerosMissing: ({ measured }, thresholds) =>
    about(
      measured,
      (one) => isFeature(one) && hasGap(one, thresholds),
      (one) => ({
        message: `“${one.profile.name}” is 0 in ${formatPercent(zeroShare(one))} of the rows, and never between 0 and ${textOf(one)(one.smallestPositive)}: zero may stand for “missing” here.`,
        evidence: {
          zeros: one.profile.numeric!.zeros,
          share: zeroShare(one),
          next: one.smallestPositive!,
        },
        rows: zerosOf(one),
      }),
    ),

  outliers: ({ measured }, { share }) =>
    about(
      measured,
      (one) =>
        (isFeature(one) || isTarget(one)) &&
        one.fences !== null &&
        spread(one) > 0 &&
        outsideOf(one) > share * one.profile.count,
      (one) => {
        const { low, high } = one.fences!
        const text = textOf(one)
        const outside = outsideOf(one)
        const part = outside / one.profile.count
        return {
          message: `“${one.profile.name}” has ${formatPercent(part)} of its values far outside: below ${text(low)} or above ${text(high)}.`,
          evidence: { outside, share: part, low, high },
          rows: { is: 'outside', column: one.profile.name, low, high } as const,
          fixes: againstFarValues(one),
        }
      },
    ),

  skewedColumn: ({ measured }, thresholds) =>
    about(
      measured,
      (one) =>
        (isFeature(one) || isTarget(one)) &&
        one.profile.distinct > 2 &&
        Math.abs(one.profile.numeric?.skewness ?? 0) > thresholds.skewness,
      (one) => {
        const skewness = one.profile.numeric!.skewness!
        return {
          message: `“${one.profile.name}” is strongly skewed (skewness ${formatNumber(skewness, 3)}): a few values lie far from the rest.`,
          evidence: { skewness },
          fixes: againstFarValues(one),
        }
      },
    ),

  manyZeros: ({ measured, rows }, { share, distinct }) =>
    about(
      measured,
      (one) =>
        (isFeature(one) || isTarget(one)) &&
        one.profile.distinct > distinct &&
        (one.profile.numeric?.zeros ?? 0) > share * rows,
      (one) => {
        const { zeros } = one.profile.numeric!
        return {
          message: `“${one.profile.name}” is 0 in ${formatPercent(zeros / rows)} of the rows.`,
          evidence: { zeros, share: zeros / rows },
          rows: zerosOf(one),
        }
      },
    ),

  sentinelValues: ({ looked }, { rows: fewest }) =>
    (looked?.sentinels ?? [])
      .filter(({ rows }) => rows >= fewest)
      .map(({ column, value, next, rows }) => ({
        columns: [column],
        message: `“${column}” is ${numberTextOf(column)(value)} again and again, far from the next value, ${numberTextOf(column)(next)}: it may stand for “missing”.`,
        evidence: { value, rows, next },
        rows: { is: 'between', column, low: value, high: value, closed: true } as const,
      })),

  uniformColumn: ({ looked }, { p: least }) =>
    (looked?.uniform ?? [])
      .filter(({ p }) => p > least)
      .map(({ column, p, values }) => ({
        columns: [column],
        message: `“${column}” has each of its ${formatCount(values)} values as often as every other, more evenly than chance would have it.`,
        evidence: { p, values },
      })),
} satisfies Partial<Rules<typeof alerts, Evidence>>
