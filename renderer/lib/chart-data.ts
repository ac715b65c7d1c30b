/** From what the host sends to what charts and their table views show. */
import { formatMetric as metricText, formatValue as valueText } from '../../electron/contract/index.ts'
import type { Series } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatCount, formatFixed, formatNumber, withMarks } from './format.ts'
import type { Cell, TableData } from './table-data.ts'

const words = strings.charts.data

export interface Point {
  x: number
  y: number
}
/** Eight colors, then the same eight with other strokes: no two of the first 56 series look alike. */
const strokes: readonly (readonly number[])[] = [
  [],
  [6, 4],
  [2, 3],
  [8, 3, 2, 3],
  [12, 4],
  [12, 3, 2, 3, 2, 3],
  [4, 2, 4, 7],
]
/** So many series can be told apart. */
export const mostLooks = 8 * strokes.length
export interface SeriesLook {
  /** Number of the token `--series-…`, from 1. */
  token: number
  /** Lengths of strokes and gaps; none for a whole line. */
  dash: readonly number[]
}
/** `color`: the series' place in the palette, from 1. */
export function seriesLook(color: number, dashed = false): SeriesLook {
  const index = Math.max(0, Math.floor(color) - 1)
  const stroke = Math.floor(index / 8) % strokes.length
  return { token: (index % 8) + 1, dash: strokes[dashed && stroke === 0 ? 1 : stroke] ?? [] }
}

export interface Histogram {
  edges: number[]
  counts: number[]
}

/** Bars of a histogram: one point at each bin's centre. */
export function histogramBars(histogram: Histogram): Point[] {
  return histogram.counts.map((count, index) => ({
    x: ((histogram.edges[index] ?? 0) + (histogram.edges[index + 1] ?? 0)) / 2,
    y: count,
  }))
}

/** The axis of a histogram begins and ends with its bins. */
export function histogramRange({ edges }: Histogram): { min?: number; max?: number } {
  return { min: edges[0], max: edges.at(-1) }
}

/** `count`: what the bars count. */
export function histogramTable(
  { edges, counts }: Histogram,
  count: string,
  text: (value: number) => string = formatNumber,
): TableData {
  return {
    columns: [
      { name: words.from, text },
      { name: words.to, text },
      { name: count, text: formatCount },
    ],
    rows: counts.map((rows, index) => [edges[index] ?? null, edges[index + 1] ?? null, rows]),
  }
}

/** Several curves over one x as a table: a row per x, a column per curve, nothing where a curve has no point. */
export function curvesTable(
  xName: string,
  curves: readonly { label: string; data: readonly Point[] }[],
): TableData {
  const rows = new Map<number, Cell[]>()
  curves.forEach((one, index) => {
    for (const { x, y } of one.data) {
      const row = rows.get(x) ?? [x, ...curves.map(() => null)]
      row[index + 1] = y
      rows.set(x, row)
    }
  })
  return {
    columns: [
      { name: xName, text: formatCount, numeric: true },
      ...curves.map(({ label }) => ({ name: label, text: formatAligned, numeric: true })),
    ],
    rows: [...rows.entries()].sort(([a], [b]) => a - b).map(([, row]) => row),
  }
}

/** Five decimals where they say enough, so that a column lines up. */
function formatAligned(value: number): string {
  const size = Math.abs(value)
  return value === 0 || (size >= 1e-3 && size < 1e3) ? formatFixed(value, 5) : formatNumber(value, 5)
}

/** The diagonal of a predicted-versus-actual plot. */
export function identityLine(points: readonly { actual: number; predicted: number }[]): Point[] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const { actual, predicted } of points) {
    low = Math.min(low, actual, predicted)
    high = Math.max(high, actual, predicted)
  }
  return low <= high
    ? [
        { x: low, y: low },
        { x: high, y: high },
      ]
    : []
}

export interface ConfusedPair {
  readonly truth: number
  readonly predicted: number
  readonly count: number
  /** Of the true class. */
  readonly share: number
}

/** Classes that are taken for others, the most rows first. */
export function confusedPairs(confusion: readonly (readonly number[])[], most: number): ConfusedPair[] {
  return confusion
    .flatMap((row, truth) => {
      const all = row.reduce((sum, count) => sum + count, 0)
      return row.flatMap((count, predicted) =>
        count > 0 && predicted !== truth ? [{ truth, predicted, count, share: count / all }] : [],
      )
    })
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, most)
}

/** An axis that holds them all, and begins and ends at a round number. */
export function roundRange(
  low: number | undefined,
  high: number | undefined,
): { min?: number; max?: number } {
  if (low === undefined || high === undefined || !(low < high)) return {}
  const about = (high - low) / 5
  const power = 10 ** Math.floor(Math.log10(about))
  const step = power * ([1, 2, 5].find((times) => times * power >= about) ?? 10)
  // Without the last bits: 3 · 0.2 is 0.6000000000000001.
  const round = (times: number): number => Number((times * step).toPrecision(12))
  return { min: round(Math.floor(low / step)), max: round(Math.ceil(high / step)) }
}

export interface ConfusionCell {
  count: number
  /** Share of the true class. */
  share: number
  correct: boolean
}

export function confusionCells(confusion: readonly (readonly number[])[]): ConfusionCell[][] {
  return confusion.map((row, i) => {
    const total = row.reduce((a, b) => a + b, 0)
    return row.map((count, j) => ({ count, share: total === 0 ? 0 : count / total, correct: i === j }))
  })
}

/** What stands at the axis of a series: what it is, and in what. */
export function axisTitle({ measure, format, unit, higherIsBetter }: Series): string {
  if (unit !== undefined) return `${measure} (${unit})`
  if (format === 'share') return words.share(measure)
  if (format === 'target') return words.target(measure)
  return format === 'number' && higherIsBetter === true ? words.perfect(measure) : measure
}

export const formatMetric = (name: string, value: number | null | undefined, like?: number | null): string =>
  withMarks(metricText(name, value, like))

/** As its definition has it written; the unit stands where there is one. */
export const formatValue = (
  series: Pick<Series, 'format' | 'decimals'>,
  value: number | null | undefined,
): string => withMarks(valueText(series, value))

/** Index of the best value; -1 when fewer than two differ, for then there is no best. */
export function bestIndex(values: readonly (number | null | undefined)[], higherIsBetter: boolean): number {
  let best = -1
  let different = false
  values.forEach((value, index) => {
    if (value === null || value === undefined || !Number.isFinite(value)) return
    const champion = values[best]
    if (champion === null || champion === undefined) best = index
    else {
      if (value !== champion) different = true
      if (higherIsBetter ? value > champion : value < champion) best = index
    }
  })
  return different ? best : -1
}
