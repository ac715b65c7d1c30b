/**
 * How well one column alone predicts another: the predictive power score (Wetschoreck, Krabel & Krishnamurthy, ppscore 2020),
 * that of a decision tree on the one column, cross-validated, where 0 is no better than saying the usual value and 1 is perfect.
 * A tree that is grown to the end gives each value what the training rows with the nearest one have, so none need be grown.
 */
import type { SampledColumn } from './sample.ts'
import { isNumbers } from './sample.ts'

const folds = 4
/** As in ppscore. */
const mostRows = 5000

/** A shuffled order that is the same every time. */
export function shuffled(count: number, seed = 1): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  let state = seed * 2654435761
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    const j = (state >>> 0) % (i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

/** Cells as numbers that can be compared: categories are their codes, no value is one of its own. */
const keysOf = (column: SampledColumn, rows: Int32Array): Float64Array => {
  if (!isNumbers(column)) return Float64Array.from(rows, (row) => column.codes[row]!)
  const present = column.values.filter((value) => !Number.isNaN(value)).sort()
  const median = present[present.length >> 1] ?? 0
  return Float64Array.from(rows, (row) => (Number.isNaN(column.values[row]!) ? median : column.values[row]!))
}

/** Of each test row, the place of the group of training rows that predicts it; −1: none has its category. */
function nearest(
  train: readonly number[],
  test: readonly number[],
  keys: Float64Array,
  ordered: boolean,
): { groups: number[][]; found: Int32Array } {
  const byKey = Map.groupBy(train, (row) => keys[row]!)
  const values = [...byKey.keys()].sort((a, b) => a - b)
  const groups = values.map((value) => byKey.get(value)!)
  const place = new Map(values.map((value, i) => [value, i]))
  const found = Int32Array.from(test, (row) => {
    const key = keys[row]!
    const same = place.get(key)
    if (same !== undefined) return same
    if (!ordered) return -1
    let [low, high] = [0, values.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (values[middle]! < key) low = middle + 1
      else high = middle
    }
    if (low === 0) return 0
    if (low === values.length) return values.length - 1
    // A threshold stands in the middle of two values, and belongs to the lower one.
    return key <= (values[low - 1]! + values[low]!) / 2 ? low - 1 : low
  })
  return { groups, found }
}

/** The F1 of each class, weighted by how frequent it is. */
export function weightedF1(truth: Int32Array, said: Int32Array, classes: number): number {
  const [hits, real, claimed] = [0, 1, 2].map(() => new Float64Array(classes))
  for (let i = 0; i < truth.length; i++) {
    real![truth[i]!]!++
    claimed![said[i]!]!++
    if (truth[i] === said[i]) hits![truth[i]!]!++
  }
  let sum = 0
  for (let k = 0; k < classes; k++)
    if (real![k]! > 0) sum += (real![k]! / truth.length) * ((2 * hits![k]!) / (real![k]! + claimed![k]!))
  return sum
}

/** The most frequent class of these rows, the first of equals; in few rows there are few of many classes. */
function mostIn(group: readonly number[], y: Int32Array): number {
  const counts = new Map<number, number>()
  let [best, most] = [-1, 0]
  for (const i of group) {
    const code = y[i]!
    const count = (counts.get(code) ?? 0) + 1
    counts.set(code, count)
    if (count > most || (count === most && code < best)) [best, most] = [code, count]
  }
  return best
}

const mostOf = (counts: Float64Array): number => counts.indexOf(Math.max(...counts))

/** Rows with a target, in a shuffled order in which each class is spread over the folds. */
function dealt(target: SampledColumn): { rows: Int32Array; fold: Int32Array } {
  const all = shuffled(isNumbers(target) ? target.values.length : target.codes.length)
  const isThere = (row: number) =>
    isNumbers(target) ? !Number.isNaN(target.values[row]!) : target.codes[row]! >= 0
  const rows = all.filter(isThere).slice(0, mostRows)
  if (isNumbers(target)) return { rows, fold: rows.map((_, i) => i % folds) }
  const met = new Map<number, number>()
  const fold = rows.map((row) => {
    const code = target.codes[row]!
    const times = met.get(code) ?? code
    met.set(code, times + 1)
    return times % folds
  })
  return { rows, fold }
}

/** Scores of all features, by name. Quick enough for hundreds of columns; rows are at most five thousand. */
export function predictivePower(
  features: readonly SampledColumn[],
  target: SampledColumn,
): { column: string; score: number }[] {
  const { rows, fold } = dealt(target)
  if (rows.length < 2 * folds) return []
  const places = [...rows.keys()]
  const parts = Array.from({ length: folds }, (_, k) => ({
    train: places.filter((i) => fold[i] !== k),
    test: places.filter((i) => fold[i] === k),
  }))
  if (isNumbers(target)) {
    const y = Float64Array.from(rows, (row) => target.values[row]!)
    const median = Float64Array.from(y).sort()[y.length >> 1]!
    const naive = y.reduce((sum, value) => sum + Math.abs(value - median), 0)
    if (naive === 0) return []
    return features.map((feature) => {
      const keys = keysOf(feature, rows)
      let error = 0
      for (const { train, test } of parts) {
        const { groups, found } = nearest(train, test, keys, isNumbers(feature))
        const means = groups.map((group) => group.reduce((sum, i) => sum + y[i]!, 0) / group.length)
        const all = train.reduce((sum, i) => sum + y[i]!, 0) / train.length
        test.forEach((i, at) => (error += Math.abs(y[i]! - (means[found[at]!] ?? all))))
      }
      return { column: feature.column.name, score: Math.max(0, 1 - error / naive) }
    })
  }
  const classes = target.labels.length
  const y = Int32Array.from(rows, (row) => target.codes[row]!)
  const frequent = new Float64Array(classes)
  for (const code of y) frequent[code]!++
  const usual = mostOf(frequent)
  const chance = shuffled(y.length, 7)
  const naive = Math.max(
    weightedF1(
      y,
      y.map(() => usual),
      classes,
    ),
    weightedF1(
      y,
      y.map((_, i) => y[chance[i]!]!),
      classes,
    ),
  )
  if (naive >= 1) return []
  return features.map((feature) => {
    const keys = keysOf(feature, rows)
    const said = new Int32Array(y.length)
    for (const { train, test } of parts) {
      const { groups, found } = nearest(train, test, keys, isNumbers(feature))
      const answers = groups.map((group) => mostIn(group, y))
      test.forEach((i, at) => (said[i] = answers[found[at]!] ?? usual))
    }
    const score = (weightedF1(y, said, classes) - naive) / (1 - naive)
    return { column: feature.column.name, score: Math.max(0, score) }
  })
}
