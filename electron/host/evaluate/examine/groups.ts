/**
 * How a network does for each group of a column that is marked sensitive, beside all others, with how sure one can be. Of as many
 * gaps as are looked at chance makes one look real in 5 % of all cases, and not each of them (Bonferroni).
 */
import {
  binary,
  metricOf,
  metricsFor,
  wilson,
  type Interval,
  type JudgedColumn,
  type JudgedGroup,
} from '../../../contract/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'
import { normalQuantile } from '../../prepare/normal.ts'
import type { Preparation } from '../../prepare/preparation.ts'
import { functionsOfTask } from '../../tasks/index.ts'
import type { Evidence } from '../evidence.ts'
import { drawsOf, type Draws } from '../intervals.ts'
import { measuredBy } from '../metrics.ts'
import { percentile } from '../paired.ts'
import { partsOf } from './parts.ts'

const mostGroups = 40
/** Fewer rows than these say nothing of a difference. */
const fewest = 20
const mostDraws = 400
/** For how far draws spread these are enough. */
const leastDraws = 100
/** Rows that all draws together look at. */
const mostLookedAt = 2e7
/** A mean over classes is not compared where one of them has fewer rows. */
const fewestOfClass = 5
/** Of each row alone: these can be compared whatever classes there are. */
const ofRows = new Set<string>(['logLoss', 'brier', 'hammingLoss', 'classError', 'f1Micro'])

export interface Judged {
  readonly preparation: Preparation
  /** Of the split, in its order. */
  readonly rows: Int32Array
  readonly targets: ArrayLike<number>
  readonly outputs: ArrayLike<number>
}

const gathered = (from: ArrayLike<number>, width: number, places: Int32Array): Float64Array => {
  const taken = new Float64Array(places.length * width)
  for (let i = 0; i < places.length; i++)
    for (let j = 0; j < width; j++) taken[i * width + j] = from[places[i]! * width + j]!
  return taken
}

export function evidenceAt({ preparation, rows, targets, outputs }: Judged, places: Int32Array): Evidence {
  const { task, target } = preparation
  const width = (all: ArrayLike<number>): number => all.length / Math.max(1, rows.length)
  return functionsOfTask(task).evidence(
    target,
    gathered(targets, width(targets), places),
    gathered(outputs, width(outputs), places),
  )
}

/** Rows that something is true of, among those that it is asked of. */
interface Count {
  readonly hits: number
  readonly of: number
}
interface Share {
  readonly name: string
  readonly label: string
  readonly count: (evidence: Evidence) => Count
}

/** Shares that are counted: of these intervals are known without drawing anything. */
function sharesOf({ task, target }: Preparation): Share[] {
  const counted = metricsFor(task).filter((metric) => metric.counted === true && metric.headline === true)
  const rows = (evidence: Evidence): number =>
    'targets' in evidence ? (evidence.targets[0]?.actual.length ?? 0) : evidence.rows
  const plain = counted.map(({ name, label }): Share => ({
    name,
    label,
    count: (evidence) => {
      const of = rows(evidence)
      return { hits: Math.round((measuredBy([metricOf(name)!], evidence)[name] ?? 0) * of), of }
    },
  }))
  if (task !== binary.name || target.kind !== 'classes') return plain
  const second = target.classes[1] ?? ''
  const confusion = (evidence: Evidence): number[][] => ('confusion' in evidence ? evidence.confusion : [])
  const cell = (evidence: Evidence, truth: number, said: number): number =>
    confusion(evidence)[truth]?.[said] ?? 0
  return [
    ...plain,
    {
      name: 'called',
      label: `Predicted “${second}”`,
      count: (e) => ({ hits: cell(e, 0, 1) + cell(e, 1, 1), of: rows(e) }),
    },
    {
      name: 'found',
      label: `Found of “${second}”`,
      count: (e) => ({ hits: cell(e, 1, 1), of: cell(e, 1, 0) + cell(e, 1, 1) }),
    },
    {
      name: 'falseAlarms',
      label: `False alarms among the others`,
      count: (e) => ({ hits: cell(e, 0, 1), of: cell(e, 0, 0) + cell(e, 0, 1) }),
    },
  ]
}

/** Of two shares that are counted apart, by Newcombe's hybrid of their Wilson intervals (1998, method 10). */
function differenceOf(a: Count, b: Count, z: number): JudgedGroup['gaps'][string] | null {
  const [first, second] = [wilson(a.hits, a.of, z), wilson(b.hits, b.of, z)]
  if (first === null || second === null) return null
  const [p, q] = [a.hits / a.of, b.hits / b.of]
  const difference = p - q
  const low = difference - Math.hypot(p - first.low, second.high - q)
  const high = difference + Math.hypot(first.high - p, q - second.low)
  return { difference, low, high, verdict: verdictOf({ low, high }, Math.min(a.of, b.of)) }
}
const verdictOf = ({ low, high }: Interval, rows: number): 'differs' | 'cannotTell' =>
  rows >= fewest && (low > 0 || high < 0) ? 'differs' : 'cannotTell'

const within = (values: Float64Array): Interval | null => {
  const defined = values.filter((value) => !Number.isNaN(value)).sort()
  if (defined.length < values.length / 2 || defined.length === 0) return null
  return { low: percentile(defined, 0.025), high: percentile(defined, 0.975) }
}

/** Of draws that are apart, by how far they spread: of few draws the far ends are not known. */
function spreadOf(own: Float64Array, other: Float64Array, difference: number, z: number): Interval | null {
  const defined = own.map((one, i) => one - other[i]!).filter((value) => !Number.isNaN(value))
  if (defined.length < own.length / 2 || defined.length < 2) return null
  const mean = defined.reduce((sum, value) => sum + value, 0) / defined.length
  const squares = defined.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const half = z * Math.sqrt(squares / (defined.length - 1))
  return { low: difference - half, high: difference + half }
}

/** Whether a mean over classes says the same of both. */
function sameClasses(a: Evidence, b: Evidence): boolean {
  if (!('perClass' in a && 'perClass' in b)) return true
  return a.perClass.every(({ support }, k) => {
    const other = b.perClass[k]?.support ?? 0
    return support + other === 0 || Math.min(support, other) >= fewestOfClass
  })
}

/** Of each sensitive column that has several groups in these rows. */
export function groupsOf(columns: readonly FrameColumn[], judged: Judged): JudgedColumn[] {
  const { task } = judged.preparation
  const shares = sharesOf(judged.preparation)
  const others = metricsFor(task).filter(
    ({ name, headline }) => headline === true && !shares.some((one) => one.name === name),
  )
  const names = others.map(({ name }) => name)
  const looked = columns.flatMap((column) => {
    const parts = partsOf(column, judged.rows).filter(({ places }) => places.length > 0)
    if (parts.length < 2) return []
    const ordered =
      column.kind === 'category' ? parts.toSorted((a, b) => b.places.length - a.places.length) : parts
    return [{ column, parts, told: ordered.slice(0, mostGroups) }]
  })
  const compared =
    (shares.length + others.length) *
    looked
      .flatMap(({ told }) => told)
      .filter(({ places }) => Math.min(places.length, judged.rows.length - places.length) >= fewest).length
  const z = -normalQuantile(0.025 / Math.max(1, compared))
  const draws = Math.round(
    Math.min(mostDraws, Math.max(leastDraws, mostLookedAt / Math.max(1, compared * judged.rows.length))),
  )
  const drawn = (evidence: Evidence, seed: number): Draws => drawsOf([evidence], names, { draws, seed })[0]!
  return looked.map(({ column, parts, told }): JudgedColumn => {
    const groups = told.map(({ label, where, places }): JudgedGroup => {
      const inside = new Uint8Array(judged.rows.length)
      for (const place of places) inside[place] = 1
      const rest = Int32Array.from(judged.rows.keys()).filter((place) => inside[place] === 0)
      const [own, other] = [evidenceAt(judged, places), evidenceAt(judged, rest)]
      const figures: JudgedGroup['figures'] = {}
      const gaps: JudgedGroup['gaps'] = {}
      for (const { name, count } of shares) {
        const [a, b] = [count(own), count(other)]
        if (a.of === 0) continue
        const { low, high } = wilson(a.hits, a.of)!
        figures[name] = { value: a.hits / a.of, low, high }
        const gap = differenceOf(a, b, z)
        if (gap !== null) gaps[name] = gap
      }
      const [measured, theirs] = [measuredBy(others, own), measuredBy(others, other)]
      const enough = Math.min(places.length, rest.length) >= fewest
      const [ofOwn, ofOther] = enough ? [drawn(own, 1), drawn(other, 2)] : [null, null]
      const alike = sameClasses(own, other)
      for (const name of names) {
        const value = measured[name]
        if (value === undefined) continue
        const draws = ofOwn?.get(name)
        const interval = draws === undefined ? null : within(draws)
        figures[name] = { value, low: interval?.low ?? null, high: interval?.high ?? null }
        const [second, far] = [theirs[name], ofOther?.get(name)]
        if (draws === undefined || second === undefined || far === undefined) continue
        if (!alike && !ofRows.has(name)) continue
        const found = spreadOf(draws, far, value - second, z)
        if (found !== null)
          gaps[name] = { difference: value - second, ...found, verdict: verdictOf(found, places.length) }
      }
      return { label, where, rows: places.length, figures, gaps }
    })
    return {
      column: column.name,
      figures: [
        ...shares.map(({ name, label }) => ({ name, label, format: 'share' as const })),
        ...others.map(({ name, label, format }) => ({ name, label, format })),
      ],
      groups,
      left: Math.max(0, parts.length - mostGroups),
      compared,
    }
  })
}
