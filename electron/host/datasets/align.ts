/** Which rows of one table are which of another, where no column names them: by what is in them. */

export interface Alignment {
  /** By row of the first table, the row of the second that holds the same; -1: there is none. */
  readonly same: Int32Array
  /** Rows between the same neighbors: taken for one row of which some cells changed. */
  readonly changed: readonly (readonly [before: number, after: number])[]
  readonly removed: readonly number[]
  readonly added: readonly number[]
  /** Rows that are the same in another order. */
  readonly moved: number
}

/** Of numbers that are all different, the most that stand in rising order. */
function longestRising(values: readonly number[]): number {
  const ends: number[] = []
  for (const value of values) {
    let low = 0
    for (let high = ends.length; low < high;) {
      const middle = (low + high) >> 1
      if (ends[middle]! < value) low = middle + 1
      else high = middle
    }
    ends[low] = value
  }
  return ends.length
}

/** Of rows that are there several times, the first is the first, and so on. */
function matchSame(before: BigUint64Array, after: BigUint64Array): { same: Int32Array; taken: Uint8Array } {
  const places = new Map<bigint, number[]>()
  for (let row = after.length - 1; row >= 0; row--) {
    const known = places.get(after[row]!)
    if (known === undefined) places.set(after[row]!, [row])
    else known.push(row)
  }
  const same = new Int32Array(before.length).fill(-1)
  const taken = new Uint8Array(after.length)
  before.forEach((hash, row) => {
    const found = places.get(hash)?.pop()
    if (found === undefined) return
    same[row] = found
    taken[found] = 1
  })
  return { same, taken }
}

/** Hashes of rows, in the order of the rows. */
export function align(before: BigUint64Array, after: BigUint64Array): Alignment {
  const { same, taken } = matchSame(before, after)
  const changed: [number, number][] = []
  const removed: number[] = []
  const paired = new Uint8Array(after.length)
  for (let row = 0; row < before.length; row++) {
    if (same[row] !== -1) continue
    let end = row
    while (end < before.length && same[end] === -1) end++
    const from = row === 0 ? 0 : same[row - 1]! + 1
    let to = from
    while (to < after.length && taken[to] === 0) to++
    // As many rows in the same gap: each is the one that stood there. Of others nobody knows which became which.
    const isGap = to - from === end - row && (end === before.length ? to === after.length : same[end] === to)
    for (let at = row; at < end; at++)
      if (isGap) {
        changed.push([at, from + at - row])
        paired[from + at - row] = 1
      } else removed.push(at)
    row = end - 1
  }
  const added = Array.from(after.keys()).filter((row) => taken[row] === 0 && paired[row] === 0)
  const matched = [...same].filter((row) => row !== -1)
  return { same, changed, removed, added, moved: matched.length - longestRising(matched) }
}
