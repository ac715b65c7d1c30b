/**
 * New rows beside those of the training, by the same measures as the checks of splits: of numbers the largest distance between the
 * distribution functions, of categories Cramér's V; and of both, whether more or fewer are missing. Rows are only counted, so that
 * a server may watch as long as it runs.
 */
import type { Frame, FrameColumn } from '../datasets/frame.ts'
import { cramersV, isRare, smirnovAt, usualLevel } from '../explore/checks/drift.ts'
import { countBelow } from '../prepare/statistics.ts'
import type { Reference, ReferenceColumn } from './reference.ts'

export interface ColumnDrift {
  readonly column: string
  readonly statistic: 'Kolmogorov–Smirnov D' | 'Cramér’s V' | 'missing'
  readonly distance: number
  /** Chance would hardly make it. */
  readonly rare: boolean
  /** Of what was missing: which share now, and in training. */
  readonly missing: readonly [now: number, training: number]
}

/** In the order of `levels` or `edges`, then what is beyond them, then what is missing. */
type Counts = Float64Array

const widthOf = (one: ReferenceColumn): number =>
  (one.kind === 'number' ? one.edges.length : one.levels.length) + 2

function inTraining(one: ReferenceColumn): Counts {
  const counts = new Float64Array(widthOf(one))
  if (one.kind === 'number') one.upTo.forEach((end, k) => (counts[k] = end - (one.upTo[k - 1] ?? 0)))
  else {
    counts.set(one.counts)
    counts[one.levels.length] = one.others
  }
  counts[counts.length - 1] = one.missing
  return counts
}

function countInto(
  counts: Counts,
  one: ReferenceColumn,
  places: ReadonlyMap<string, number>,
  column: FrameColumn,
): void {
  const missing = counts.length - 1
  if (one.kind === 'number') {
    if (column.kind !== 'number') return
    for (const value of column.values) counts[Number.isNaN(value) ? missing : countBelow(one.edges, value)]!++
  } else {
    if (column.kind !== 'category') return
    const placeOf = column.categories.map((level) => places.get(level) ?? one.levels.length)
    for (const code of column.codes) counts[placeOf[code] ?? missing]!++
  }
}

const total = (counts: Counts): number => counts.reduce((sum, some) => sum + some, 0)

function byDistribution(train: Counts, now: Counts, level: number) {
  const [n, m] = [total(train.subarray(0, -1)), total(now.subarray(0, -1))]
  if (n === 0 || m === 0) return { distance: 0, rare: false }
  let [distance, a, b] = [0, 0, 0]
  for (let k = 0; k < train.length - 1; k++) {
    a += train[k]!
    b += now[k]!
    distance = Math.max(distance, Math.abs(a / n - b / m))
  }
  return { distance, rare: distance > smirnovAt(level) * Math.sqrt((n + m) / (n * m)) }
}
/** Of fewer, χ² tells nothing: one row with a value that training never saw would be as good as a proof. */
const fewest = 5

/** What is rare, together with the least of what is not. Source: Cochran 1954, Some Methods for Strengthening the Common χ² Tests. */
function pooled(train: Counts, now: Counts): [Counts, Counts] {
  const share = total(now) / (total(train) + total(now))
  const sizes = Array.from(now, (some, k) => Math.max(some, (some + train[k]!) * share))
  const kept = sizes.flatMap((size, k) => (size >= fewest ? [k] : []))
  const rest = sizes.flatMap((size, k) => (size < fewest ? [k] : []))
  const least = kept.reduce<number | undefined>((a, b) => (a === undefined || sizes[b]! < sizes[a]! ? b : a), undefined) // prettier-ignore
  const of = (counts: Counts): Counts =>
    Float64Array.from(kept, (k) => counts[k]! + (k === least ? rest.reduce((sum, one) => sum + counts[one]!, 0) : 0)) // prettier-ignore
  return [of(train), of(now)]
}

/**
 * Cramér's V as it were of as many rows on both sides: as they are, a few rows beside very many would never be far from them, and
 * their distance would grow with each row that comes. What chance alone makes of it is taken off (Bergsma 2013, as in `cramersV`).
 */
function betweenShares(train: Counts, now: Counts): number {
  const [n, m] = [total(train), total(now)]
  let [phi2, freedom] = [0, -1]
  train.forEach((count, k) => {
    const [p, q] = [count / n, now[k]! / m]
    if (!(p + q > 0)) return
    freedom++
    phi2 += (p - q) ** 2 / (p + q) / 2
  })
  return freedom < 1 ? 0 : Math.sqrt(Math.max(0, phi2 - (freedom / 4) * (1 / n + 1 / m)))
}

function byFrequency(train: Counts, now: Counts, level: number) {
  const pair = pooled(train, now)
  const { chi2, freedom } = cramersV(...pair)
  return { distance: betweenShares(...pair), rare: freedom > 0 && isRare(chi2, freedom, level) }
}

function between({ kind, column }: ReferenceColumn, train: Counts, now: Counts, level: number): ColumnDrift {
  const shareMissing = (counts: Counts): number => counts.at(-1)! / Math.max(1, total(counts))
  const missing = [shareMissing(now), shareMissing(train)] as const
  if (kind === 'category')
    return { column, missing, statistic: 'Cramér’s V', ...byFrequency(train, now, level) }
  const values = { statistic: 'Kolmogorov–Smirnov D' as const, ...byDistribution(train, now, level) }
  const pair = (counts: Counts): Counts => Float64Array.of(total(counts) - counts.at(-1)!, counts.at(-1)!)
  const gaps = { statistic: 'missing' as const, ...byFrequency(pair(train), pair(now), level) }
  const worse = gaps.rare && (!values.rare || gaps.distance > values.distance) ? gaps : values
  return { column, missing, ...worse }
}

interface Window {
  rows: number
  readonly counts: readonly Counts[]
}

/** Fewer rows are like any. */
export const leastWatched = 50

export class DriftWatch {
  readonly #reference: Reference
  readonly #train: readonly Counts[]
  readonly #places: readonly ReadonlyMap<string, number>[]
  readonly #most: number
  readonly #looks: number
  #now: Window
  #before: Window | null = null

  /** `most`: after so many rows older ones are forgotten. `looks`: how often somebody looks at rows that go on coming. */
  constructor(reference: Reference, { most = Infinity, looks = 1 } = {}) {
    this.#reference = reference
    this.#train = reference.map(inTraining)
    this.#places = reference.map((one) => new Map(one.kind === 'category' ? one.levels.map((level, k) => [level, k]) : [])) // prettier-ignore
    this.#most = most
    this.#looks = looks
    this.#now = this.#empty()
  }

  #empty(): Window {
    return { rows: 0, counts: this.#reference.map((one) => new Float64Array(widthOf(one))) }
  }

  /** That are remembered. */
  get rows(): number {
    return this.#now.rows + (this.#before?.rows ?? 0)
  }

  add({ rows, columns }: Frame): void {
    if (this.#now.rows >= this.#most) {
      this.#before = this.#now
      this.#now = this.#empty()
    }
    this.#now.rows += rows
    const byName = new Map(columns.map((column) => [column.name, column]))
    this.#reference.forEach((one, i) => {
      const column = byName.get(one.column)
      if (column) countInto(this.#now.counts[i]!, one, this.#places[i]!, column)
    })
  }

  /** How far each column is from the training. */
  columns(): ColumnDrift[] {
    const level = usualLevel / Math.max(1, this.#looks * this.#reference.length)
    return this.#reference.map((one, i) => {
      const before = this.#before?.counts[i]
      const now = this.#now.counts[i]!.map((some, k) => some + (before?.[k] ?? 0))
      return between(one, this.#train[i]!, now, level)
    })
  }

  /** Whether it is beyond chance and beyond the distance that is worth a word. */
  isDrift({ rare, distance }: ColumnDrift, least: number): boolean {
    return this.rows >= leastWatched && rare && distance >= least
  }

  /** Those that drift, the farthest first. */
  drifts(least: number): ColumnDrift[] {
    if (this.rows < leastWatched) return []
    return this.columns()
      .filter((one) => this.isDrift(one, least))
      .sort((a, b) => b.distance - a.distance)
  }
}
