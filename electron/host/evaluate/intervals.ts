/**
 * How far a metric may be off because only so many rows were looked at, and whether two models differ by more than that: the
 * bootstrap (Efron & Tibshirani 1993, chapters 13 and 8). Rows are drawn anew with replacement, the same ones for every model, and
 * between which values 95 % of the draws lie is said, by percentiles. A draw is how often each row counts.
 *
 * Of very many rows a bag of them stands for all, each of which counts as often as all rows would (Kleiner et al. 2014, “A scalable
 * bootstrap for massive data”): how far the draws of the bag lie from what the bag comes to is how far those of all rows lie from
 * what these come to.
 */
import {
  metricOf,
  type Metric,
  type MetricDifference,
  type MetricInterval,
  type MetricName,
  type Metrics,
} from '../../contract/index.ts'
import { randomSource } from '../prepare/random.ts'
import { countUpTo } from '../prepare/statistics.ts'
import { drawnEvidence, partOf, placesIn, type Evidence } from './evidence.ts'
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
/** Rows in a bag, from how many on there is one, and how many of each class, and of errors, it has to have to say enough of them. */
const bag = { rows: 20_000, from: 40_000, fewest: 100 }

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

/** How many rows there are of each class, or with each label and without it. */
function countsOfTruth(evidence: Evidence): number[] {
  if ('targets' in evidence) return []
  const width = 'labels' in evidence ? evidence.labels : 1
  const kinds = 'labels' in evidence ? 2 : evidence.classes
  const counts = new Array<number>(width * kinds).fill(0)
  for (let i = 0; i < evidence.truth.length; i++) counts[(i % width) * kinds + evidence.truth[i]!]!++
  return counts
}

/** Of what happens once in a bag nobody can say how often it happens. What happens nowhere is missing from every draw alike. */
const isEnough = (inBag: number, inAll: number): boolean => inAll === 0 || inBag >= bag.fewest

const errorsIn = (evidence: Evidence): number => ('classes' in evidence ? evidence.rows - evidence.hits : 0)

/** Each model on the rows that stand for all, evenly taken; null: all of them are drawn from. */
function bagOf(models: readonly Evidence[]): readonly Evidence[] | null {
  const [first] = models
  const rows = first === undefined ? 0 : placesIn(first)
  if (first === undefined || rows < bag.from) return null
  const places = Int32Array.from({ length: bag.rows }, (_, i) => Math.floor((i * rows) / bag.rows))
  const parts = models.map((model) => partOf(model, places))
  const all = countsOfTruth(first)
  const isFair =
    countsOfTruth(parts[0]!).every((count, k) => isEnough(count, all[k]!)) &&
    parts.every((part, at) => isEnough(errorsIn(part), errorsIn(models[at]!)))
  return isFair ? parts : null
}

const drawsOn = (models: readonly Evidence[]): number =>
  drawsFor(
    mostLookedAt,
    models.reduce((sum, one) => sum + sizeOf(one), 0),
    mostDraws,
  )

/** The same number for the same rows and models, whatever the machine. */
export const drawsOver = (models: readonly Evidence[]): number => drawsOn(bagOf(models) ?? models)

/** From a uniform number to one of Poisson's with this mean, by its distribution function. */
function poisson(mean: number): (uniform: number) => number {
  const upTo: number[] = []
  // By logarithms: e^−mean of large ones is 0.
  let [log, sum] = [-mean, 0]
  for (let k = 0; sum < 1 - 1e-12 && k < mean + 20 * Math.sqrt(mean) + 20; k++) {
    if (k > 0) log += Math.log(mean / k)
    upTo.push((sum += Math.exp(log)))
  }
  const table = Float64Array.from(upTo)
  return (uniform) => Math.min(table.length - 1, countUpTo(table, uniform))
}

/** Draws of a bag, as those of all rows: around what all rows come to. */
function drawsOfBag(
  models: readonly Evidence[],
  parts: readonly Evidence[],
  metrics: readonly Metric<MetricName>[],
  { draws, seed }: Required<DrawOptions>,
): Draws[] {
  const random = randomSource(seed)
  const rows = placesIn(parts[0]!)
  const timesOf = poisson(placesIn(models[0]!) / rows)
  const bags = parts.map((evidence, at) => {
    const [whole, own] = [measuredBy(metrics, models[at]!), measuredBy(metrics, evidence)]
    return { evidence, off: metrics.map(({ name }) => (whole[name] ?? NaN) - (own[name] ?? NaN)) }
  })
  const found = models.map(() => metrics.map(() => new Float64Array(draws)))
  const times = new Int32Array(rows)
  for (let draw = 0; draw < draws; draw++) {
    for (let i = 0; i < times.length; i++) times[i] = timesOf(random())
    bags.forEach(({ evidence, off }, at) => {
      const measured = measuredBy(metrics, drawnEvidence(evidence, times))
      metrics.forEach(({ name, higherIsBetter }, k) => {
        const value = (measured[name] ?? NaN) + off[k]!
        // None is better than perfect.
        found[at]![k]![draw] = higherIsBetter ? Math.min(1, value) : Math.max(0, value)
      })
    })
  }
  return found.map((of) => new Map(metrics.map(({ name }, k) => [name, of[k]!])))
}

/** Of models on the same rows. `strata` follow the truth, which is the same for all of them. */
export function drawsOf(
  models: readonly Evidence[],
  names: readonly MetricName[],
  { draws: asked, seed = 0 }: DrawOptions = {},
): Draws[] {
  const rows = models[0] === undefined ? 0 : placesIn(models[0])
  if (rows === 0) return models.map(() => new Map())
  const metrics = names.map((name) => metricOf(name)!)
  const parts = bagOf(models)
  const draws = asked ?? drawsOn(parts ?? models)
  if (parts !== null) return drawsOfBag(models, parts, metrics, { draws, seed })
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
