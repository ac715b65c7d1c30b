/** What Explore tells of groups of people and of time, as text. */
import {
  formatCount,
  formatNumber,
  formatPercent,
  meanInterval,
  plural,
  wilson,
  type OverTime,
  type Profile,
  type SensitiveColumn,
} from '../../contract/index.ts'
import { textTable } from './text-table.ts'

const from = (low: string, high: string): string => `${low} to ${high}`

function groupRows({ groups }: SensitiveColumn, classes: readonly string[], all: number): string[][] {
  return groups.map(({ label, rows, known, classes: counts, mean, deviation }) => [
    label ?? '(no value)',
    formatCount(rows),
    formatPercent(rows / Math.max(1, all)),
    ...counts.slice(0, classes.length).map((count) => {
      const interval = wilson(count, known)
      return interval === null
        ? '–'
        : `${formatPercent(count / known)} (${from(formatPercent(interval.low), formatPercent(interval.high))})`
    }),
    ...(classes.length > 0 || mean === null
      ? []
      : [
          formatNumber(mean) +
            ((interval) =>
              interval === null ? '' : ` (${from(formatNumber(interval.low), formatNumber(interval.high))})`)(
              meanInterval(mean, deviation, known),
            ),
        ]),
  ])
}

/** A table for each column that is marked sensitive: of classes at most as many as a line holds. */
export function describeSensitive({ sensitive = [], targetClasses = [], rows }: Profile): string[] {
  const shown = targetClasses.length === 2 ? targetClasses.slice(1) : targetClasses.slice(0, 4)
  // Of two classes one is told: the other is what is left.
  const skipped = targetClasses.length === 2 ? 1 : 0
  return sensitive.flatMap((column) => {
    const measured = column.groups.some(({ mean }) => mean !== null)
    const head = [
      column.column,
      'rows',
      'share',
      ...shown.map((name) => `${name} (95 % interval)`),
      ...(shown.length === 0 && measured ? ['mean of the target (95 % interval)'] : []),
    ]
    const groups = column.groups.map((group) => ({ ...group, classes: group.classes.slice(skipped) }))
    return [
      `Groups of “${column.column}”, which is marked sensitive:`,
      textTable([head, ...groupRows({ ...column, groups }, shown, rows)], (at) => at === 0).trimEnd(),
      ...(column.left > 0
        ? [`  ${plural(column.left, 'further group is', 'further groups are')} not told.`]
        : []),
      '',
    ]
  })
}

const many = { day: 'days', month: 'months', year: 'years' } as const
const gapsShown = 3

/** From when to when there are rows, and when there are none. */
export const describeTimes = ({ overTime = [] }: Profile): string[] =>
  overTime.flatMap(({ column, unit, periods, gaps }: OverTime) => {
    const [first, last] = [periods[0], periods.at(-1)]
    if (first === undefined || last === undefined) return []
    const most = periods.reduce((a, b) => (b.rows > a.rows ? b : a))
    const named = gaps
      .slice(0, gapsShown)
      .map((gap) => (gap.from === gap.to ? gap.from : from(gap.from, gap.to)))
      .join(', ')
    const rest = gaps.length > gapsShown ? ', …' : ''
    return [
      `“${column}” runs from ${first.label} to ${last.label}, most rows in ${most.label} (${formatCount(most.rows)}).` +
        (gaps.length === 0
          ? ''
          : ` No rows in ${plural(gaps.length, 'stretch', 'stretches')} of ${many[unit]}: ${named}${rest}.`),
      '',
    ]
  })
