/** Which features a network is given: scores of each by itself, from the training rows alone. */
import {
  DescentError,
  first,
  implementationOf,
  selections,
  type Implementations,
  type Recipe,
  type Selection,
} from '../../contract/index.ts'
import type { Frame, FrameColumn } from '../datasets/frame.ts'
import { columnNamed } from '../datasets/frame.ts'
import { shuffled } from '../explore/predictive.ts'
import {
  contingency,
  correlationRatio,
  cramersV,
  mutualInformation,
  pearson,
  quantileCodes,
} from '../explore/statistics.ts'
import type { TargetValues } from '../tasks/index.ts'

/** Of training rows: numbers, or the codes of categories. */
type Values =
  | { readonly kind: 'numbers'; readonly values: Float64Array }
  | { readonly kind: 'codes'; readonly codes: Int32Array; readonly count: number }

/** How much `feature` tells of `target`. */
type Score = (feature: Values, target: Values) => number

/** As categories, with one more for what is missing where that is to count. */
function asCodes(one: Values, missing: boolean): { codes: Int32Array; count: number } {
  const { codes, count } = one.kind === 'numbers' ? quantileCodes(one.values) : one
  return missing && codes.includes(-1)
    ? { codes: codes.map((code) => (code === -1 ? count : code)), count: count + 1 }
    : { codes, count }
}

const met = (counts: Float64Array): number => counts.reduce((sum, count) => sum + Number(count > 0), 0)

/** So many shuffles say what chance gives. */
const shuffles = 3

/**
 * In nats, less what the same columns show where their rows are shuffled: in few rows, many categories seem to tell much, and
 * a column of names would be the best.
 */
const information: Score = (feature, target) => {
  const [a, b] = [asCodes(feature, true), asCodes(target, false)]
  const of = (codes: Int32Array): number => {
    const counts = contingency(a.codes, a.count, codes, b.count)
    return counts.total === 0 ? 0 : mutualInformation(counts)
  }
  let chance = 0
  for (let seed = 1; seed <= shuffles; seed++) {
    const order = shuffled(b.codes.length, seed)
    chance += of(b.codes.map((_, i) => b.codes[order[i]!]!)) / shuffles
  }
  return Math.max(0, of(b.codes) - chance)
}

/** A share of the variance between so many groups, less what chance explains: adjusted, as R² is. */
const adjusted = (share: number, groups: number, rows: number): number =>
  rows <= groups ? 0 : Math.max(0, 1 - ((1 - share) * (rows - 1)) / (rows - groups))

const ratio = (codes: Int32Array, count: number, values: Float64Array): number => {
  const eta = correlationRatio(codes, count, values)
  if (eta === null) return 0
  const both = codes.filter((code, i) => code >= 0 && !Number.isNaN(values[i]!))
  return adjusted(eta * eta, new Set(both).size, both.length)
}

const variance: Score = (feature, target) => {
  if (feature.kind === 'numbers')
    return target.kind === 'numbers'
      ? (pearson(feature.values, target.values) ?? 0) ** 2
      : ratio(target.codes, target.count, feature.values)
  if (target.kind === 'numbers') return ratio(feature.codes, feature.count, target.values)
  const counts = contingency(feature.codes, feature.count, target.codes, target.count)
  const groups = Math.max(met(counts.rows), met(counts.columns))
  return adjusted((cramersV(counts) ?? 0) ** 2, groups, counts.total)
}

const scores: Readonly<Record<Extract<Selection, { score: unknown }>['score'], Score>> = {
  information,
  variance,
}

const at = (values: Float64Array | Float32Array, rows: Int32Array): Float64Array =>
  Float64Array.from(rows, (row) => values[row]!)

/** null: nothing to be scored by itself. */
function featureValues(column: FrameColumn, rows: Int32Array): Values | null {
  if (column.kind === 'number' || column.kind === 'date')
    return { kind: 'numbers', values: at(column.values, rows) }
  if (column.kind !== 'category') return null
  const codes = Int32Array.from(rows, (row) => column.codes[row]!)
  return { kind: 'codes', codes, count: column.categories.length }
}

function targetValues(values: TargetValues, rows: number, train: Int32Array): Values[] {
  if (values instanceof Int32Array) {
    const codes = Int32Array.from(train, (row) => values[row]!)
    return [{ kind: 'codes', codes, count: Math.max(...codes, 0) + 1 }]
  }
  const width = rows === 0 ? 0 : values.length / rows
  return Array.from({ length: width }, (_, unit) => ({
    kind: 'numbers' as const,
    values: Float64Array.from(train, (row) => values[row * width + unit]!),
  }))
}

export interface Scored {
  readonly name: string
  /** null: it cannot be scored by itself, and is kept. */
  readonly score: number | null
  readonly kept: boolean
}
export interface SelectedFeatures {
  readonly by: string
  /** The best first. */
  readonly features: readonly Scored[]
}

interface Rule {
  readonly by: keyof typeof scores
  /** Of scores in descending order, those that are kept. */
  keeps(score: number, place: number): boolean
}

const implementations: Implementations<typeof selections, Rule | null> = {
  all: () => null,
  best: ({ count, score }) => ({ by: score, keeps: (_, place) => place < count }),
  above: ({ least, score }) => ({ by: score, keeps: (found) => found > least }),
}

/** null: all are kept. Errors: a DescentError where none is. */
export function selectFeatures(
  frame: Frame,
  { selection = first(selections), data }: Recipe,
  train: Int32Array,
  targets: TargetValues,
): SelectedFeatures | null {
  const rule = implementationOf(selections, implementations, selection)
  if (rule === null) return null
  const { by, keeps } = rule
  const wanted = targetValues(targets, frame.rows, train)
  const found = data.columns.flatMap(({ name, role }) => {
    if (role !== 'feature') return []
    const values = featureValues(columnNamed(frame, name), train)
    const score =
      values === null
        ? null
        : wanted.reduce((sum, target) => sum + scores[by](values, target), 0) / Math.max(1, wanted.length)
    return [{ name, score }]
  })
  const scored = found
    .flatMap(({ name, score }) => (score === null ? [] : [{ name, score }]))
    .toSorted((a, b) => b.score - a.score)
    .map(({ name, score }, place) => ({ name, score, kept: keeps(score, place) }))
  const unscored = found.flatMap(({ name, score }) => (score === null ? [{ name, score, kept: true }] : []))
  const features = [...scored, ...unscored]
  if (!features.some(({ kept }) => kept))
    throw new DescentError(
      'badRecipe',
      `No feature tells as much of the target as is asked for: the best is “${scored[0]?.name}” with ${scored[0]?.score.toPrecision(3)}. Lower the bound, or keep a number of the best.`,
      'selection',
    )
  return { by, features }
}
