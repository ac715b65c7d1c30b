/**
 * The nearest training rows of each row, by squared distance, ties by the order of the data. Trees of cells save nothing where rows
 * have more than a dozen numbers, so all are gone through, and one is left as soon as it is farther than those that were found.
 */

import type { Bounds } from './data.ts'

/** Rows × width, row-major. */
export interface Points {
  readonly rows: number
  readonly width: number
  readonly values: Float32Array
}

/** Differences are added up so many at a time, before it is asked whether they are too many. */
const stride = 8

/** queries × count, nearest first; null: the time was over. Errors: a RangeError for fewer points than are asked for. */
export function nearestRows(
  points: Points,
  queries: Points,
  count: number,
  { deadline, progress }: Omit<Bounds, 'budget'> = { deadline: Infinity, progress: () => undefined },
): Int32Array | null {
  const { rows, width, values } = points
  if (count > rows) throw new RangeError(`There are ${rows} points, of which ${count} are to be near.`)
  const found = new Int32Array(queries.rows * count)
  const distances = new Float64Array(count)
  const places = new Int32Array(count)
  for (let query = 0; query < queries.rows; query++) {
    distances.fill(Infinity)
    const start = query * width
    for (let row = 0; row < rows; row++) {
      const from = row * width
      const farthest = distances[count - 1]!
      let distance = 0
      for (let j = 0; j < width && distance < farthest;) {
        const end = Math.min(width, j + stride)
        for (; j < end; j++) {
          const off = values[from + j]! - queries.values[start + j]!
          distance += off * off
        }
      }
      if (distance >= farthest) continue
      let at = count - 1
      while (at > 0 && distances[at - 1]! > distance) {
        distances[at] = distances[at - 1]!
        places[at] = places[at - 1]!
        at--
      }
      distances[at] = distance
      places[at] = row
    }
    found.set(places, query * count)
    if (query % 64 !== 0) continue
    progress(query / queries.rows)
    if (performance.now() > deadline) return null
  }
  return found
}
