/** What a search came to, as tables and pictures. */
import {
  contestOf,
  formatDifference,
  formatPercent,
  seriesOf,
  triedText,
  type SearchDetail,
  type Trial,
  type TriedValue,
} from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatValue } from './chart-data.ts'
import type { ChartModel } from './chart-model.ts'
import { formatNumber, formatSeconds } from './format.ts'
import { parallelOf, type Placed } from './found-runs.ts'
import { settingName } from './settings.ts'
import type { Cell, TableData } from './table-data.ts'

const words = strings.search

const cellOf = (value: TriedValue | undefined): Cell =>
  value === undefined ? null : typeof value === 'number' ? value : triedText(value)

const sameValue = (a: TriedValue, b: TriedValue): boolean => JSON.stringify(a) === JSON.stringify(b)
const among = (values: readonly TriedValue[], value: TriedValue): boolean =>
  values.some((one) => sameValue(one, value))

/** All that is offered, and what was chosen when there was more to choose from. */
export const valuesToTry = (
  chosen: readonly TriedValue[],
  offered: readonly TriedValue[],
): readonly TriedValue[] => [...offered, ...chosen.filter((value) => !among(offered, value))]

/** Those chosen, in the order of all there are, with one put in or taken out; null: fewer than two would be left. */
export function toggled(
  chosen: readonly TriedValue[],
  all: readonly TriedValue[],
  value: TriedValue,
): readonly TriedValue[] | null {
  const next = all.filter((one) => among(chosen, one) !== sameValue(one, value))
  return next.length < 2 && among(chosen, value) ? null : next
}

/** The best first; those without a value last, in the order they began. */
export function orderedTrials({ trials, series }: SearchDetail): Trial[] {
  const sign = seriesOf(series).higherIsBetter === false ? 1 : -1
  const cost = ({ value }: Trial): number => (value === null ? Infinity : sign * value)
  return [...trials].sort((a, b) => (cost(a) === cost(b) ? a.number - b.number : cost(a) - cost(b)))
}

export const triedPaths = ({ trials }: SearchDetail): string[] => [
  ...new Set(trials.flatMap(({ settings }) => Object.keys(settings))),
]

export function trialsTable(search: SearchDetail): TableData {
  const series = seriesOf(search.series)
  const paths = triedPaths(search)
  return {
    columns: [
      { name: words.trials.run },
      { name: words.trials.state },
      { name: series.label, text: (value) => formatValue(series, value) },
      ...paths.map((path) => ({ name: settingName(path), text: (value: number) => formatNumber(value, 4) })),
      { name: words.trials.epochs },
      { name: words.trials.seconds, text: formatSeconds },
      { name: words.trials.why },
    ],
    rows: orderedTrials(search).map((trial) => [
      `${trial.number}${trial.number === search.best ? ` (${words.trials.best})` : ''}`,
      words.trials.states[trial.state],
      trial.value,
      ...paths.map((path) => cellOf(trial.settings[path])),
      trial.epoch,
      trial.seconds,
      trial.why ?? '',
    ]),
  }
}

/** More axes leave no room for their names. */
const mostAxes = 7

export function parallelTrials(search: SearchDetail): { model: ChartModel; table: TableData } {
  const runs = search.trials.flatMap(({ number, settings, value }): Placed[] =>
    value === null
      ? []
      : [
          {
            name: words.status.run(number),
            metrics: { [search.series]: value },
            settings: Object.fromEntries(
              Object.entries(settings).map(([path, tried]) => [
                path,
                typeof tried === 'number' ? tried : triedText(tried),
              ]),
            ),
          },
        ],
  )
  // What matters most stands beside the value.
  const known = search.importance?.settings.map(({ path }) => path).reverse() ?? []
  const paths = [...triedPaths(search).filter((path) => !known.includes(path)), ...known]
  return parallelOf(runs, paths.slice(-(mostAxes - 1)), search.series)
}

const percent = (share: number): string => formatPercent(share, 0)

export function importanceTable({ importance }: SearchDetail): TableData {
  return {
    columns: [
      { name: words.importance.setting },
      { name: words.importance.share, text: percent },
      { name: words.importance.low, text: percent },
      { name: words.importance.high, text: percent },
    ],
    rows: (importance?.settings ?? []).map(({ path, share, low, high }) => [
      settingName(path),
      share,
      low,
      high,
    ]),
  }
}

const rateText = (value: number): string => formatNumber(value, 3)

export function contendersTable({ contenders, search, series: name }: SearchDetail): TableData {
  const series = seriesOf(name)
  const hasRates = contenders.some(({ learningRate }) => learningRate !== null)
  const text = (value: number): string => formatValue(series, value)
  const difference = (value: number): string => formatDifference(series, value, 0)
  return {
    columns: [
      { name: contestOf(search)?.one ?? '' },
      { name: words.contenders.verdict },
      ...(hasRates ? [{ name: words.contenders.rate, text: rateText }] : []),
      { name: series.label, text },
      { name: words.contenders.deviation, text },
      { name: words.contenders.difference, text: difference },
      { name: words.contenders.low, text: difference },
      { name: words.contenders.high, text: difference },
      { name: words.contenders.seeds },
      { name: words.contenders.said },
    ],
    rows: contenders.map((one) => [
      one.label,
      one.verdict === null ? '' : words.contenders.verdicts[one.verdict],
      ...(hasRates ? [one.learningRate] : []),
      one.mean,
      one.deviation,
      one.difference?.mean ?? null,
      one.difference?.low ?? null,
      one.difference?.high ?? null,
      one.runs,
      one.said,
    ]),
  }
}

/** Of contenders that have an order, as parts of the rows have, from the last to the first; null: they have none. */
export function curveOfRows({ search, contenders, series: name }: SearchDetail): {
  readonly model: ChartModel
  readonly table: TableData
} | null {
  if (contestOf(search)?.second === undefined) return null
  const series = seriesOf(name)
  const text = (value: number): string => formatValue(series, value)
  const points = contenders.toReversed().map(({ label, mean, deviation }, x) => {
    const by = deviation ?? 0
    return { label, x, mean, low: mean - by, high: mean + by }
  })
  const few = points.length < 2
  const drawn = few ? [] : points
  const x = drawn.map((one) => one.x)
  const [low, high] = [drawn.map((one) => one.low), drawn.map((one) => one.high)]
  return {
    model: {
      series: [{ label: series.label, color: 1, data: drawn.map((one) => ({ x: one.x, y: one.mean })) }],
      bands: few ? [] : [{ color: 1, x, low, high }],
      x: { title: words.curve.rows, categories: drawn.map(({ label }) => label) },
      y: { title: series.label, text },
    },
    table: {
      columns: [
        { name: words.curve.rows },
        { name: series.label, text },
        { name: words.curve.low, text },
        { name: words.curve.high, text },
      ],
      rows: drawn.map((one) => [one.label, one.mean, one.low, one.high]),
    },
  }
}

/** Lists as they are typed: `[32, 32], [64]`. null: it is none. */
export function listsIn(text: string): number[][] | null {
  try {
    const read: unknown = JSON.parse(`[${text}]`)
    const isList = (one: unknown): one is number[] =>
      Array.isArray(one) && one.every((item) => typeof item === 'number')
    return Array.isArray(read) && read.length > 1 && read.every(isList) ? read : null
  } catch {
    return null
  }
}
