/** From what Explore measured to charts and tables: plain functions, so that they are tested without a page. */
import { extentOf } from '../../electron/contract/index.ts'
import type {
  AgainstTarget,
  Association,
  Pictures,
  RowFilter,
  Scatter,
} from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import type { ChartModel, Series } from './chart-model.ts'
import { formatCount, formatNumber, formatPercent, numberTextOf } from './format.ts'
import type { TableData } from './table-data.ts'

const words = strings.explore

export type How = 'counts' | 'shares'

/** Rows of each class by value; of a target that is a number its mean and spread; without a target, rows alone. */
export function againstModel(
  { column, bins }: AgainstTarget,
  classes: readonly string[],
  target: string | null,
  how: How,
): ChartModel {
  const categories = bins.map(({ label }) => label)
  const x = { title: column, categories, named: bins.every(({ low }) => low === null) }
  if (classes.length > 0) {
    const part = (count: number, all: number) =>
      how === 'counts' ? count : all === 0 ? 0 : (100 * count) / all
    return {
      series: classes.map((label, k): Series => ({
        label,
        kind: 'bars',
        color: k + 1,
        data: bins.map(({ classes: counts }, i) => ({
          x: i,
          y: part(
            counts[k] ?? 0,
            counts.reduce((sum, count) => sum + count, 0),
          ),
        })),
      })),
      x,
      y:
        how === 'counts'
          ? { title: words.against.rows, integer: true, min: 0 }
          : { title: `${words.against.share} (%)`, min: 0, max: 100 },
      stacked: true,
    }
  }
  const isMeasured = target !== null && bins.some(({ mean }) => mean !== null)
  if (!isMeasured)
    return {
      series: [
        {
          label: words.against.rows,
          kind: 'bars',
          color: 1,
          data: bins.map(({ count }, i) => ({ x: i, y: count })),
        },
      ],
      x,
      y: { title: words.against.rows, integer: true, min: 0 },
    }
  const line = (
    label: string,
    color: number,
    of: (mean: number, deviation: number) => number,
    dashed: boolean,
  ) => ({
    label,
    color,
    dashed,
    data: bins.flatMap(({ mean, deviation }, i) =>
      // One row has no spread: the lines around the mean would seem to say that it has none.
      mean === null || (dashed && deviation === null) ? [] : [{ x: i, y: of(mean, deviation ?? 0) }],
    ),
  })
  return {
    series: [
      line(words.against.meanOf(target), 1, (mean) => mean, false),
      line(words.against.above(target), 2, (mean, deviation) => mean + deviation, true),
      line(words.against.below(target), 3, (mean, deviation) => mean - deviation, true),
    ],
    x,
    y: { title: words.against.meanOf(target) },
  }
}

export function againstTable(
  { column, bins }: AgainstTarget,
  classes: readonly string[],
  target: string | null,
): TableData {
  const number = (value: number) => formatNumber(value)
  const isMeasured = bins.some(({ mean }) => mean !== null)
  return {
    columns: [
      { name: column },
      { name: words.against.rows, text: formatCount },
      ...classes.flatMap((label) => [
        { name: label, text: formatCount },
        { name: `${label} (%)`, text: number },
      ]),
      ...(isMeasured && target !== null
        ? [
            { name: words.against.meanOf(target), text: number },
            { name: words.against.spread, text: number },
          ]
        : []),
    ],
    rows: bins.map(({ label, count, classes: counts, mean, deviation }) => [
      label,
      count,
      ...classes.flatMap((_, k) => [counts[k] ?? 0, count === 0 ? null : (100 * (counts[k] ?? 0)) / count]),
      ...(isMeasured && target !== null ? [mean, deviation] : []),
    ]),
  }
}

/** The rows of a bar; of “others” nobody knows which they are. */
export function filterOf({ column, bins }: AgainstTarget, index: number): RowFilter | null {
  const bin = bins[index]
  if (bin === undefined) return null
  if (bin.low !== null)
    return { is: 'between', column, low: bin.low, high: bin.high, closed: index === bins.length - 1 }
  return /^\d+ others$/.test(bin.label) && index === bins.length - 1
    ? null
    : { is: 'among', column, values: [bin.label] }
}

export const measures = ['pearson', 'spearman', 'cramersV', 'mutualInformation'] as const
export type Measure = (typeof measures)[number]

/** The strongest first. */
export function pairsOf(
  association: Association,
  measure: Measure,
): { a: string; b: string; value: number }[] {
  const { columns } = association
  const values = association[measure]
  return columns
    .flatMap(({ name: a }, i) =>
      columns.slice(i + 1).flatMap(({ name: b }, k) => {
        const value = values[i]?.[i + 1 + k]
        return typeof value === 'number' ? [{ a, b, value }] : []
      }),
    )
    .sort((one, other) => Math.abs(other.value) - Math.abs(one.value))
}

/** Columns that the measure says anything of. */
export function columnsOf(association: Association, measure: Measure): number[] {
  const values = association[measure]
  return association.columns.flatMap((_, i) =>
    values[i]!.some((value, j) => j !== i && value !== null) ? [i] : [],
  )
}

/** Of each column with gaps the share that is missing in all. */
export const missingShares = ({
  columns,
  overall,
}: Pictures['missing']): { column: string; share: number }[] =>
  columns.map((column, i) => ({ column, share: overall[i] ?? 0 }))

// ---- points ----

const mostColors = 7
/** Numbers are told apart by so many colors. */
const steps = 5

type Axis = Scatter['x']

const textOf = ({ name, values }: Axis) => numberTextOf(name, extentOf(values))

function colorsOf(color: Axis): { names: string[]; of: (value: number | null) => number } {
  const present = color.values.filter((value) => value !== null)
  if (color.labels.length > 0) {
    const counts = new Map<number, number>()
    for (const value of present) counts.set(value, (counts.get(value) ?? 0) + 1)
    const order = [...counts].sort((a, b) => b[1] - a[1]).map(([code]) => code)
    const kept = order.slice(0, order.length > mostColors ? mostColors - 1 : mostColors)
    const names = kept.map((code) => color.labels[code]!)
    if (kept.length < order.length) names.push(words.scatter.others)
    return {
      names,
      of: (value) => (value === null ? -1 : kept.includes(value) ? kept.indexOf(value) : kept.length),
    }
  }
  const text = textOf(color)
  const sorted = present.toSorted((a, b) => a - b)
  const bounds = [
    ...new Set(
      Array.from({ length: steps + 1 }, (_, i) => sorted[Math.round((i / steps) * (sorted.length - 1))]!),
    ),
  ]
  const names = bounds
    .slice(0, -1)
    .map((from, i) => words.scatter.range(text(from, 3), text(bounds[i + 1]!, 3)))
  if (names.length === 0 && sorted.length > 0) names.push(text(sorted[0]!, 3))
  return {
    names,
    of: (value) => {
      if (value === null) return -1
      const at = bounds.findLastIndex((bound) => value >= bound)
      return Math.min(Math.max(0, at), names.length - 1)
    },
  }
}

export interface Cloud {
  readonly model: ChartModel
  /** Of each point of each series, its row. */
  readonly rows: readonly (readonly number[])[]
}

const axisOf = (axis: Axis): ChartModel['x'] => ({
  title: axis.name,
  ...(axis.labels.length > 0 ? { categories: [...axis.labels], named: true } : { text: textOf(axis) }),
})

export function cloudOf({ x, y, color, rows }: Scatter): Cloud {
  const colors = color === null ? null : colorsOf(color)
  const series: Series[] = (colors?.names ?? [words.scatter.points]).map((label, k) => ({
    label,
    kind: 'points',
    color: k + 1,
    data: [],
  }))
  if (colors !== null && color!.values.includes(null))
    series.push({ label: words.scatter.missing, kind: 'points', color: 8, data: [] })
  const behind = series.map((): number[] => [])
  // Chart.js takes the ends of what it draws for the ends of the axis.
  const order = [...rows.keys()].sort((a, b) => (x.values[a] ?? 0) - (x.values[b] ?? 0))
  order.forEach((i) => {
    const row = rows[i]!
    const [px, py] = [x.values[i] ?? null, y.values[i] ?? null]
    if (px === null || py === null) return
    const found = colors === null ? 0 : colors.of(color!.values[i] ?? null)
    const at = found === -1 ? series.length - 1 : found
    series[at]!.data.push({ x: px, y: py })
    behind[at]!.push(row)
  })
  return {
    model: { series, x: axisOf(x), y: axisOf(y) },
    rows: behind,
  }
}

export function scatterTable({ x, y, color, rows }: Scatter): TableData {
  const cell = (axis: Axis, i: number) => {
    const value = axis.values[i] ?? null
    return value === null || axis.labels.length === 0 ? value : (axis.labels[value] ?? null)
  }
  const axes = [x, y, ...(color === null ? [] : [color])]
  return {
    columns: [
      { name: words.scatter.row, text: formatCount },
      ...axes.map((axis) => ({ name: axis.name, text: textOf(axis) })),
    ],
    rows: rows.map((row, i) => [row + 1, ...axes.map((axis) => cell(axis, i))]),
  }
}

/** The map of the rows as points of two columns. */
export function mapAsScatter({ map, classes, of }: Pictures, target: string | null): Scatter | null {
  if (map === null) return null
  const share = (at: number) => formatPercent(map.explained[at] ?? 0)
  const axis = (name: string, at: number, values: number[]): Axis => ({
    name: `${name} (${share(at)})`,
    kind: 'number',
    values,
    labels: [],
  })
  return {
    x: axis(words.map.x, 0, map.x),
    y: axis(words.map.y, 1, map.y),
    color:
      target === null
        ? null
        : {
            name: target,
            kind: classes.length > 0 ? 'category' : 'number',
            values: map.color,
            labels: classes,
          },
    rows: map.rows,
    of,
  }
}
