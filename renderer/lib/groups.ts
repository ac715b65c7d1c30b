/** Groups of rows, by who they are about or by when they were, as charts and tables show them. */
import { meanInterval, wilson } from '../../electron/contract/index.ts'
import type { OverTime, SensitiveColumn } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import type { ChartModel } from './chart-model.ts'
import { formatCount, formatNumber, formatPercent } from './format.ts'
import type { TableData } from './table-data.ts'

const words = strings.explore

type Group = SensitiveColumn['groups'][number]

export interface ToldGroup {
  readonly group: Group
  readonly label: string
  /** Of all rows of the column. */
  readonly share: number
  /** The share of the class, or the mean; null: no row of the group has a target. */
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
}

/** `at`: the place of the class; null: the target is a number. */
export function toldGroups({ groups }: SensitiveColumn, at: number | null): ToldGroup[] {
  const all = groups.reduce((sum, { rows }) => sum + rows, 0)
  return groups.map((group) => {
    const { label, rows, known, classes, mean, deviation } = group
    const hits = at === null ? 0 : (classes[at] ?? 0)
    const value = at === null ? mean : known === 0 ? null : hits / known
    const interval = at === null ? mean !== null && meanInterval(mean, deviation, known) : wilson(hits, known)
    return {
      group,
      label: label ?? words.sensitive.none,
      share: rows / Math.max(1, all),
      value,
      low: interval ? interval.low : null,
      high: interval ? interval.high : null,
    }
  })
}

/** What the bars are drawn on: of shares from nothing to all, of means around all of them. */
export function scaleOf(told: readonly ToldGroup[], isShare: boolean): { low: number; high: number } {
  if (isShare) return { low: 0, high: 1 }
  const all = told.flatMap(({ value, low, high }) => [value, low, high].filter((one) => one !== null))
  if (all.length === 0) return { low: 0, high: 1 }
  const [low, high] = [Math.min(...all), Math.max(...all)]
  return low === high ? { low: low - 1, high: high + 1 } : { low, high }
}

export const groupText = (value: number, isShare: boolean): string =>
  isShare ? formatPercent(value) : formatNumber(value)

/** Lowest and highest of the groups that have a target. */
export function summaryOf(column: string, told: readonly ToldGroup[], isShare: boolean): string {
  const known = told.filter(({ value }) => value !== null).toSorted((a, b) => a.value! - b.value!)
  const [low, high] = [known[0], known.at(-1)]
  if (!low || !high || low === high) return words.sensitive.plain(told.length, column)
  const say = ({ label, value }: ToldGroup): string => `${label} (${groupText(value!, isShare)})`
  return words.sensitive.summary(told.length, column, say(low), say(high))
}

export function groupsTable(
  column: string,
  told: readonly ToldGroup[],
  value: string,
  isShare: boolean,
): TableData {
  const text = (one: number) => groupText(one, isShare)
  return {
    columns: [
      { name: column },
      { name: words.sensitive.rows, text: formatCount },
      { name: words.sensitive.share, text: (one) => formatPercent(one) },
      { name: value, text },
      { name: words.sensitive.low, text },
      { name: words.sensitive.high, text },
    ],
    rows: told.map(({ label, group, share, value: one, low, high }) => [
      label,
      group.rows,
      share,
      one,
      low,
      high,
    ]),
  }
}

// ---- over time ----

export const rowsModel = ({ unit, periods, column }: OverTime): ChartModel => ({
  series: [
    {
      label: words.time.rows,
      kind: 'bars',
      color: 1,
      data: periods.map(({ rows }, x) => ({ x, y: rows })),
    },
  ],
  x: { title: column, categories: periods.map(({ label }) => label) },
  y: { title: words.time.rowsBy[unit], integer: true, min: 0 },
})

/** Shares of the classes, or the mean; no point where no row has a target. */
export function targetModel(
  { periods, column }: OverTime,
  classes: readonly string[],
  target: string | null,
  /** In the order of the other pictures, so that a class has one color. */
  order: readonly string[] = classes,
): ChartModel {
  const x = { title: column, categories: periods.map(({ label }) => label) }
  if (classes.length === 0)
    return {
      series: [
        {
          label: words.time.mean(target ?? ''),
          color: 1,
          data: periods.flatMap(({ mean }, at) => (mean === null ? [] : [{ x: at, y: mean }])),
        },
      ],
      x,
      y: { title: words.time.mean(target ?? '') },
    }
  // Of two classes the first is what the second leaves.
  const told = classes.map((label, k) => ({ label, k })).slice(classes.length === 2 ? 1 : 0)
  return {
    series: told.map(({ label, k }) => ({
      label,
      color: 1 + (order.includes(label) ? order.indexOf(label) : Math.max(order.length, k)),
      data: periods.flatMap(({ known, classes: counts }, at) =>
        known === 0 ? [] : [{ x: at, y: (100 * counts[k]!) / known }],
      ),
    })),
    x,
    y: {
      title: `${told.length === 1 ? words.sensitive.rate(told[0]!.label) : words.time.share} (%)`,
      min: 0,
      max: 100,
    },
  }
}

export const timeTable = (
  { unit, periods }: OverTime,
  classes: readonly string[],
  target: string | null,
): TableData => ({
  columns: [
    { name: words.time.period[unit] },
    { name: words.time.rows, text: formatCount },
    ...classes.map((name) => ({ name, text: formatCount })),
    ...(classes.length === 0
      ? [{ name: words.time.mean(target ?? ''), text: (one: number) => formatNumber(one) }]
      : []),
  ],
  rows: periods.map(({ label, rows, classes: counts, mean }) => [
    label,
    rows,
    ...classes.map((_, k) => counts[k] ?? 0),
    ...(classes.length === 0 ? [mean] : []),
  ]),
})

const gapsTold = 6
export function gapsText({ gaps }: OverTime): string {
  if (gaps.length === 0) return words.time.whole
  const told = gaps.slice(0, gapsTold).map(({ from, to }) => words.time.gap(from, to))
  return words.time.gaps([...told, ...(gaps.length > gapsTold ? [words.time.more] : [])].join(', '))
}
