/** Alerts about columns of numbers. */
import { fixes, formatNumber, formatPercent, plural, type alerts, type Fix } from '../../../contract/index.ts'
import type { Rules } from '../findings.ts'
import type { Measured } from '../measure.ts'
import { about, isFeature, isTarget, type Evidence } from './evidence.ts'

interface Gap {
  readonly share: number
  readonly most: number
  readonly gap: number
  readonly distinct: number
}

const zeroShare = ({ profile: { numeric, count } }: Measured): number =>
  count === 0 ? 0 : (numeric?.zeros ?? 0) / count

/** A gap between zero and the next value, in a measured quantity. */
function hasGap(one: Measured, { share, most, gap, distinct }: Gap): boolean {
  const { profile, smallestPositive } = one
  const { numeric } = profile
  if (numeric === null || smallestPositive === null || numeric.min !== 0 || profile.distinct <= distinct)
    return false
  const zeros = zeroShare(one)
  return zeros >= share && zeros <= most && smallestPositive >= gap * Math.max(numeric.median, numeric.mean)
}

const spread = ({ profile: { numeric } }: Measured): number => (numeric ? numeric.q75 - numeric.q25 : 0)

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
        message: `“${one.profile.name}” is 0 in ${formatPercent(zeroShare(one))} of the rows, and never between 0 and ${formatNumber(one.smallestPositive)}: zero may stand for “missing” here.`,
        evidence: {
          zeros: one.profile.numeric!.zeros,
          share: zeroShare(one),
          next: one.smallestPositive!,
        },
      }),
    ),

  outliers: ({ measured }, { share }) =>
    about(
      measured,
      (one) =>
        (isFeature(one) || isTarget(one)) &&
        one.fences !== null &&
        spread(one) > 0 &&
        one.fences.outside > share * one.profile.count,
      (one) => {
        const { outside, low, high } = one.fences!
        const part = outside / one.profile.count
        return {
          message: `“${one.profile.name}” has ${formatPercent(part)} of its values far outside: below ${formatNumber(low)} or above ${formatNumber(high)}.`,
          evidence: { outside, share: part, low, high },
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
} satisfies Partial<Rules<typeof alerts, Evidence>>
