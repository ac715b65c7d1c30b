/** Rows that are nearly another one: cleanlab's near-duplicates, over what is known of each row but its target. */
import { isFeatureColumn, isNumbers, type Sample } from './sample.ts'
import { standardized } from './standardize.ts'

export interface NearDuplicates {
  /** Places in the sample that have a near one. */
  readonly pairs: readonly (readonly [number, number])[]
  /** Rows that have one, of all different ones that were looked at. */
  readonly near: number
  readonly compared: number
  readonly threshold: number
}

/** A category of so many says little of how near two rows are. */
const mostLabels = 50
/** Rows whose nearest neighbor tells what is near here. */
const asked = 400
const mostPairs = 100_000
/** In one or two numbers many rows are near to each other by chance. */
const fewestNumbers = 3

export interface Points {
  /** Row by row. */
  readonly values: Float32Array
  readonly width: number
  readonly codes: Int32Array
  readonly categories: number
  /** Places in the sample. */
  readonly rows: Int32Array
}

/** Standardized numbers, and categories that are 1 apart or not; each different row once. */
export function pointsOf(sample: Sample): Points {
  const features = sample.columns.filter(isFeatureColumn)
  const numbers = features.filter(isNumbers).flatMap(({ values }) => {
    const scaled = standardized(values, 'median')
    return scaled ? [Float32Array.from(scaled)] : []
  })
  const categories = features.flatMap((column) =>
    !isNumbers(column) && column.labels.length > 1 && column.labels.length <= mostLabels
      ? [column.codes]
      : [],
  )
  const kept: number[] = []
  const seen = new Set<string>()
  for (let row = 0; row < sample.rows.length; row++) {
    const key = `${numbers.map((values) => values[row]).join()}|${categories.map((codes) => codes[row]).join()}`
    if (seen.has(key)) continue
    seen.add(key)
    kept.push(row)
  }
  return {
    values: Float32Array.from(kept.flatMap((row) => numbers.map((values) => values[row]!))),
    width: numbers.length,
    codes: Int32Array.from(kept.flatMap((row) => categories.map((codes) => codes[row]!))),
    categories: categories.length,
    rows: Int32Array.from(kept),
  }
}

/** Squared, and given up once it is beyond `most`. */
function distance({ values, width, codes, categories }: Points, i: number, j: number, most: number): number {
  let sum = 0
  for (let k = 0; k < categories; k++)
    if (codes[i * categories + k] !== codes[j * categories + k] && ++sum > most) return sum
  for (let k = 0; k < width; k++) {
    const away = values[i * width + k]! - values[j * width + k]!
    sum += away * away
    if (sum > most) return sum
  }
  return sum
}

/** By the number that tells most rows apart: neighbors are near in it, too. */
function swept(points: Points): { order: Int32Array; key: Float32Array } {
  const { values, width, rows } = points
  let best = { different: 0, column: 0 }
  for (let column = 0; column < width; column++) {
    const different = new Set(Array.from(rows, (_, i) => values[i * width + column])).size
    if (different > best.different) best = { different, column }
  }
  const of = (i: number) => values[i * width + best.column]!
  const order = Int32Array.from(rows.keys()).sort((a, b) => of(a) - of(b))
  return { order, key: Float32Array.from(order, of) }
}

/** The distance to the nearest other row, of rows that are evenly taken. */
function nearestDistances(points: Points, { order, key }: ReturnType<typeof swept>): number[] {
  const step = Math.max(1, Math.floor(order.length / asked))
  const found: number[] = []
  for (let at = 0; at < order.length; at += step) {
    let best = Infinity
    let [low, high] = [at - 1, at + 1]
    while (low >= 0 || high < order.length) {
      const below = low >= 0 ? key[at]! - key[low]! : Infinity
      const above = high < order.length ? key[high]! - key[at]! : Infinity
      if (Math.min(below, above) ** 2 > best) break
      const other = below <= above ? low-- : high++
      best = Math.min(best, distance(points, order[at]!, order[other]!, best))
    }
    found.push(Math.sqrt(best))
  }
  return found.sort((a, b) => a - b)
}

/** `nearer`: of the median distance to the nearest neighbor. null: there is nothing to compare by. */
export function nearDuplicates(sample: Sample, nearer: number): NearDuplicates | null {
  const points = pointsOf(sample)
  if (points.width < fewestNumbers || points.rows.length < 3) return null
  const sweep = swept(points)
  const distances = nearestDistances(points, sweep)
  const threshold = nearer * (distances[distances.length >> 1] ?? 0)
  const { order, key } = sweep
  const pairs: [number, number][] = []
  const near = new Set<number>()
  for (let at = 0; at < order.length; at++)
    for (let next = at + 1; next < order.length && key[next]! - key[at]! < threshold; next++) {
      const [i, j] = [order[at]!, order[next]!]
      if (distance(points, i, j, threshold ** 2) >= threshold ** 2) continue
      near.add(i).add(j)
      if (pairs.length < mostPairs) pairs.push([points.rows[i]!, points.rows[j]!])
    }
  return { pairs, near: near.size, compared: points.rows.length, threshold }
}
