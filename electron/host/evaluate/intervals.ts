/**
 * How far a metric may be off because only so many rows were looked at, and whether two models differ by more than that: the
 * bootstrap (Efron & Tibshirani 1993, chapters 13 and 8). Rows are drawn anew with replacement, the same ones for every model, and
 * between which values 95 % of the draws lie is said, by percentiles. A draw is how often each row counts.
 */
import {
  metricOf,
  type MetricDifference,
  type MetricInterval,
  type MetricName,
  type Metrics,
} from '../../contract/index.ts'
import { randomSource } from '../prepare/random.ts'
import { drawnEvidence, placesIn, type Evidence } from './evidence.ts'
import { measuredBy } from './metrics.ts'
import { drawsFor, percentile, verdictOf } from './paired.ts'

export interface DrawOptions {
  /** Absent: as many as the size of the models' evidence allows. */
  readonly draws?: number
  readonly seed?: number
}

/** Values that all draws together look at: a few seconds of them. */
const mostLookedAt = 2e7
const mostDraws = 1000
const confidence = 0.95
const tail = (1 - confidence) / 2
/** A class of fewer rows would be missing from some draws. */
const fewestOfClass = 10

/** The rows of each class where one of them is rare, else all of them together. */
function strata(evidence: Evidence, rows: number): Int32Array[] {
  const all = Int32Array.from({ length: rows }, (_, row) => row)
  if (!('confusion' in evidence)) return [all]
  const groups = [...Map.groupBy(all, (row) => evidence.truth[row]!).values()]
  return groups.some(({ length }) => length < fewestOfClass) ? groups.map((of) => Int32Array.from(of)) : [all]
}

/** Of each model, metric by metric, what came of each draw; NaN where it does not define the metric. */
export type Draws = ReadonlyMap<string, Float64Array>

/** Values that a metric of it looks at: most look at each row once, and then at a table of classes. */
const sizeOf = (evidence: Evidence): number =>
  'targets' in evidence
    ? evidence.targets.length * placesIn(evidence)
    : 'labels' in evidence
      ? evidence.truth.length
      : evidence.truth.length + evidence.classes ** 2

/** The same number for the same rows and models, whatever the machine. */
export const drawsOver = (models: readonly Evidence[]): number =>
  drawsFor(
    mostLookedAt,
    models.reduce((sum, one) => sum + sizeOf(one), 0),
    mostDraws,
  )

/** Of models on the same rows. `strata` follow the truth, which is the same for all of them. */
export function drawsOf(
  models: readonly Evidence[],
  names: readonly MetricName[],
  { draws = drawsOver(models), seed = 0 }: DrawOptions = {},
): Draws[] {
  const rows = models[0] === undefined ? 0 : placesIn(models[0])
  if (rows === 0) return models.map(() => new Map())
  const metrics = names.map((name) => metricOf(name)!)
  const random = randomSource(seed)
  const groups = strata(models[0]!, rows)
  const found = models.map(() => names.map((): number[] => []))
  const times = new Int32Array(rows)
  for (let draw = 0; draw < draws; draw++) {
    times.fill(0)
    for (const group of groups)
      for (let i = 0; i < group.length; i++) times[group[Math.floor(random() * group.length)]!]!++
    models.forEach((model, at) => {
      const measured = measuredBy(metrics, drawnEvidence(model, times))
      names.forEach((name, k) => found[at]![k]!.push(measured[name] ?? NaN))
    })
  }
  return found.map((of) => new Map(names.map((name, k) => [name, Float64Array.from(of[k]!)])))
}

/** Draws that lack the metric say nothing of it; where most lack it, nothing is said. */
function within(values: Float64Array): MetricInterval | null {
  const defined = values.filter((value) => !Number.isNaN(value)).sort()
  if (defined.length < values.length / 2 || defined.length === 0) return null
  return { low: percentile(defined, tail), high: percentile(defined, 1 - tail) }
}

/**
 * Where all rows are right, or none, each draw says the same, and yet the next row may be otherwise: what share of others would give
 * so many rows in a row with 2.5 % (Clopper & Pearson 1934).
 */
function atTheEdge(value: number, rows: number): MetricInterval | null {
  const far = tail ** (1 / rows)
  if (value === 1) return { low: far, high: 1 }
  return value === 0 ? { low: 0, high: 1 - far } : null
}

/** By the metrics' names; a metric that cannot be told lacks one. */
export function intervalsOf(metrics: Metrics, rows: number, draws: Draws): Record<string, MetricInterval> {
  return Object.fromEntries(
    [...draws].flatMap(([name, values]) => {
      const found = within(values)
      if (found === null || metrics[name] === undefined) return []
      if (found.low < found.high) return [[name, found]]
      const edge = metricOf(name)?.counted === true ? atTheEdge(metrics[name], rows) : null
      return edge === null ? [] : [[name, edge]]
    }),
  )
}

/** How much more the first has than the second, draw by draw, and what may be said of the first. */
export function differencesOf(
  first: Metrics,
  second: Metrics,
  ofFirst: Draws,
  ofSecond: Draws,
): Record<string, MetricDifference> {
  return Object.fromEntries(
    [...ofFirst].flatMap(([name, values]) => {
      const [a, b] = [first[name], second[name]]
      const found = within(values.map((value, draw) => value - (ofSecond.get(name)?.[draw] ?? NaN)))
      if (a === undefined || b === undefined || found === null) return []
      const verdict = verdictOf(found, metricOf(name)?.higherIsBetter !== false)
      return [[name, { difference: a - b, ...found, verdict }]]
    }),
  )
}
