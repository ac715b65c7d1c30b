/** Pictures of all runs that are found: what a setting does to a metric, and many settings beside each other. */
import { seriesOf, type ListedRun, type SettingValue } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { axisTitle } from './chart-data.ts'
import type { Axis, ChartModel, Thread } from './chart-model.ts'
import { formatNumber } from './format.ts'
import { settingName } from './settings.ts'
import type { TableData } from './table-data.ts'

const words = strings.compare.found

type Value = string | number
/** What stands at axes of a run. */
export type Placed = Pick<ListedRun, 'name' | 'metrics' | 'settings'>

/** `setting:` and a path, or `series:` and a name: what stands at an axis. */
export type AxisChoice = `${'setting' | 'series'}:${string}`
const nameIn = (choice: AxisChoice): string => choice.slice(choice.indexOf(':') + 1)

export const axisLabel = (choice: AxisChoice): string =>
  choice.startsWith('series:') ? seriesOf(nameIn(choice)).label : settingName(nameIn(choice))

export const valueAt = ({ metrics, settings }: Placed, choice: AxisChoice): Value | null =>
  (choice.startsWith('series:') ? metrics[nameIn(choice)] : settings[nameIn(choice)]) ?? null

/** Places of values on an axis: numbers where all are, else one beside the other. */
export interface Places {
  /** null: numbers. */
  readonly names: readonly string[] | null
  readonly logarithmic: boolean
  at(value: Value): number
}

/** More names than can be told apart. */
const mostNames = 40
/** From the least to the most so many times as much: then steps are factors. */
const factors = 50

export function placesOf(values: readonly Value[]): Places {
  if (values.every((value) => typeof value === 'number')) {
    const [low, high] = [Math.min(...values), Math.max(...values)]
    return { names: null, logarithmic: low > 0 && high / low >= factors, at: (value) => Number(value) }
  }
  const names = [...new Set(values.map(String))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const places = new Map(names.slice(0, mostNames).map((name, place) => [name, place]))
  // Those that are too many stand together at the end.
  return {
    names: names.length > mostNames ? [...names.slice(0, mostNames), words.others] : names,
    logarithmic: false,
    at: (value) => places.get(String(value)) ?? mostNames,
  }
}

/** Factors are between settings; what was measured is compared as it is. */
const axisOf = (choice: AxisChoice, { names, logarithmic }: Places): Axis => ({
  title: choice.startsWith('series:') ? axisTitle(seriesOf(nameIn(choice))) : axisLabel(choice),
  logarithmic: logarithmic && choice.startsWith('setting:'),
  ...(names && { categories: [...names] }),
})

/** Those that have both values, as points; in the same order the runs that they are. */
export function scatterOf(
  runs: readonly ListedRun[],
  x: AxisChoice,
  y: AxisChoice,
): { model: ChartModel; runs: readonly ListedRun[]; table: TableData } {
  const able = runs.flatMap((run) => {
    const [across, up] = [valueAt(run, x), valueAt(run, y)]
    return across === null || up === null ? [] : [{ run, across, up }]
  })
  const [xs, ys] = [placesOf(able.map(({ across }) => across)), placesOf(able.map(({ up }) => up))]
  return {
    model: {
      series: [
        {
          label: words.runs,
          color: 1,
          kind: 'points',
          data: able.map(({ across, up }) => ({ x: xs.at(across), y: ys.at(up) })),
        },
      ],
      x: axisOf(x, xs),
      y: axisOf(y, ys),
    },
    runs: able.map(({ run }) => run),
    table: {
      columns: [{ name: words.run }, { name: axisLabel(x) }, { name: axisLabel(y) }],
      rows: able.map(({ run, across, up }) => [run.name, across, up]),
    },
  }
}

/** Where a value stands between the least and the most of its axis. */
function shareOn(places: Places, values: readonly Value[]): (value: Value) => number {
  const scale = (value: Value): number => (places.logarithmic ? Math.log(places.at(value)) : places.at(value))
  const all = values.map(scale)
  const [low, high] = [Math.min(...all), Math.max(...all)]
  return (value) => (high === low ? 0.5 : (scale(value) - low) / (high - low))
}

/** The settings that differ between the runs, those that are told by fewest runs last. */
export function differingSettings(runs: readonly ListedRun[]): string[] {
  const values = new Map<string, { seen: Set<SettingValue>; runs: number }>()
  for (const { settings } of runs)
    for (const [path, value] of Object.entries(settings)) {
      const one = values.get(path) ?? { seen: new Set(), runs: 0 }
      one.seen.add(value)
      one.runs++
      values.set(path, one)
    }
  return [...values]
    .filter(([, { seen, runs: having }]) => seen.size > 1 || having < runs.length)
    .sort(([, a], [, b]) => b.runs - a.runs)
    .map(([path]) => path)
}

/** Names of places on an axis: all of a few, else the ends. */
function marksOf(places: Places, values: readonly Value[], share: (value: Value) => number) {
  const distinct = [...new Set(values)]
  const text = (value: Value): string => (typeof value === 'number' ? formatNumber(value, 3) : value)
  const sorted = distinct.sort((a, b) => places.at(a) - places.at(b))
  const shown =
    sorted.length <= 6
      ? sorted
      : places.names
        ? sorted.filter((_, i) => i % Math.ceil(sorted.length / 6) === 0)
        : [sorted[0]!, sorted.at(-1)!]
  return shown.map((value) => ({ y: share(value), text: text(value) }))
}

/** Each run a line through its values; the better it is in the metric, the more it stands out. */
export function parallelOf(
  runs: readonly Placed[],
  settings: readonly string[],
  metric: string,
): { model: ChartModel; table: TableData } {
  const axes: AxisChoice[] = [...settings.map((path) => `setting:${path}` as const), `series:${metric}`]
  const able = runs.filter((run) => valueAt(run, `series:${metric}`) !== null)
  const scales = axes.map((axis) => {
    const values = able.flatMap((run) => valueAt(run, axis) ?? [])
    const places = { ...placesOf(values), ...(axis.startsWith('series:') && { logarithmic: false }) }
    const share = shareOn(places, values)
    return { share, marks: marksOf(places, values, share) }
  })
  const { higherIsBetter } = seriesOf(metric)
  const threads = able.map((run): Thread => {
    const places = axes.flatMap((axis, x) => {
      const value = valueAt(run, axis)
      return value === null ? [] : [{ x, y: scales[x]!.share(value) }]
    })
    const end = places.at(-1)!.y
    return {
      x: places.map(({ x }) => x),
      y: places.map(({ y }) => y),
      worth: higherIsBetter === false ? 1 - end : end,
    }
  })
  return {
    model: {
      series: [],
      // The best lie above the others.
      threads: threads.sort((a, b) => a.worth! - b.worth!),
      names: scales.flatMap(({ marks }, x) => marks.map(({ y, text }) => ({ x, y, text }))),
      x: { title: words.axes, categories: axes.map(axisLabel) },
      y: { title: words.lowToHigh, min: -0.02, max: 1.02, unmarked: true },
    },
    table: {
      columns: [{ name: words.run }, ...axes.map((axis) => ({ name: axisLabel(axis) }))],
      rows: able.map((run) => [run.name, ...axes.map((axis) => valueAt(run, axis))]),
    },
  }
}
