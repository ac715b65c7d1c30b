/** Alerts about columns that are marked sensitive. */
import {
  areApart,
  formatCount,
  formatFixed,
  formatNumber,
  formatPercent,
  meanInterval,
  plural,
  wilson,
  type alerts,
  type Interval,
  type SensitiveColumn,
} from '../../../contract/index.ts'
import { listed, type Rules } from '../findings.ts'
import type { Evidence } from './evidence.ts'

type Group = SensitiveColumn['groups'][number]

interface Told {
  readonly group: Group
  readonly value: number
  readonly interval: Interval
}

const nameOf = ({ label }: Group): string => (label === null ? 'rows without a value' : `“${label}”`)

/** The two that lie furthest apart. */
function furthest(told: readonly Told[]): { readonly low: Told; readonly high: Told } | null {
  const sorted = told.toSorted((a, b) => a.value - b.value)
  const [low, high] = [sorted[0], sorted.at(-1)]
  return low && high && areApart(low.interval, high.interval) ? { low, high } : null
}

const sharesOf = (groups: readonly Group[], k: number): Told[] =>
  groups.flatMap((group) => {
    const interval = wilson(group.classes[k]!, group.known)
    return interval ? [{ group, value: group.classes[k]! / group.known, interval }] : []
  })
const meansOf = (groups: readonly Group[]): Told[] =>
  groups.flatMap((group) => {
    const interval = group.mean === null ? null : meanInterval(group.mean, group.deviation, group.known)
    return interval ? [{ group, value: group.mean!, interval }] : []
  })

/** Of all classes the one in which groups differ most; of numbers the mean, in units of its spread. */
function gapOf(
  { groups }: SensitiveColumn,
  { target, targetClasses = [], measured }: Evidence,
  rows: number,
) {
  const large = groups.filter(({ known }) => known >= rows)
  const spread = measured.find(({ profile }) => profile.name === target)?.profile.numeric?.std ?? 0
  const found =
    targetClasses.length > 0
      ? targetClasses.flatMap((name, k) => {
          // Of two classes the second is the one that is looked for, and the first is what is left.
          if (targetClasses.length === 2 && k === 0) return []
          const pair = furthest(sharesOf(large, k))
          return pair ? [{ ...pair, name, difference: pair.high.value - pair.low.value }] : []
        })
      : [furthest(meansOf(large))].flatMap((pair) =>
          pair && spread > 0
            ? [{ ...pair, name: null, difference: (pair.high.value - pair.low.value) / spread }]
            : [],
        )
  return found.toSorted((a, b) => b.difference - a.difference)[0] ?? null
}

const share = ({ value, interval, group }: Told): string =>
  `${formatPercent(value)} of ${nameOf(group)} (${formatPercent(interval.low)} to ${formatPercent(interval.high)})`
const mean = ({ value, interval, group }: Told): string =>
  `${formatNumber(value)} for ${nameOf(group)} (${formatNumber(interval.low)} to ${formatNumber(interval.high)})`

export const sensitiveAlerts = {
  sensitiveGap: (evidence, { gap, rows }) =>
    (evidence.sensitive ?? []).flatMap((column) => {
      const found = gapOf(column, evidence, rows)
      if (found === null || found.difference < gap) return []
      const { low, high, name, difference } = found
      const message =
        name === null
          ? `By “${column.column}”, the mean of “${evidence.target}” is ${mean(low)} and ${mean(high)}: ${formatFixed(difference, 2)} standard deviations apart.`
          : `By “${column.column}”, “${name}” is the class of ${share(low)} and of ${share(high)}.`
      return [
        {
          columns: [column.column],
          message,
          evidence: { low: low.group.label ?? '–', high: high.group.label ?? '–', difference },
          rows: low.group.where,
        },
      ]
    }),

  sensitiveGroup: (evidence, { rows }) =>
    (evidence.sensitive ?? []).flatMap(({ column, groups, left, leftFewest = Infinity }) => {
      const tiny = groups.filter((group) => group.rows < rows)
      // None of those that are not told is larger than the last that is.
      const further = (groups.at(-1)?.rows ?? Infinity) < rows ? left : 0
      const count = tiny.length + further
      const unnamed = leftFewest < rows
      if (count === 0 && !unnamed) return []
      const named = tiny.map((group) => `${nameOf(group)} (${formatCount(group.rows)})`)
      const groupsOf =
        count === 0
          ? `groups of fewer than ${rows} rows among the ${formatCount(left)} that are not listed`
          : `${plural(count, 'group')} of fewer than ${rows} rows: ${listed(named)}${further === 0 ? '' : `; ${plural(further, 'further group is', 'further groups are')} not listed`}`
      return [
        {
          columns: [column],
          message: `“${column}” has ${groupsOf}. No figure about ${count === 1 ? 'it' : 'them'} means much.`,
          evidence: {
            groups: Math.max(1, count),
            fewest: Math.min(leftFewest, ...tiny.map((group) => group.rows)),
          },
          ...(tiny.length === 1 && count === 1 && { rows: tiny[0]!.where }),
        },
      ]
    }),
} satisfies Partial<Rules<typeof alerts, Evidence>>
