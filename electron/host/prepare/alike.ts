/**
 * Rows that are as good as equal: in features alone, whatever their target. Nearness follows cleanlab's Datalab, which calls
 * rows near-duplicates from 0.13 of the median distance to the nearest other row on.
 */
import type { FrameColumn } from '../datasets/frame.ts'
import { equalByChance } from './alike-by-chance.ts'
import { momentsOf, usableScale } from './statistics.ts'

/** Share of the usual distance to the nearest row. */
const nearness = 0.13
/** Of one or two numbers many rows are near to each other by chance; only equal ones count. */
const fewestNumbers = 3
/** Rows whose nearest neighbor is looked for, to know what is usual. */
const sampled = 500
/** Numbers that are compared at most, about a second of work. */
const mostNumbers = 200_000_000

export interface Alike {
  /** Of each row, a number that it shares with those it is alike to; -1: with none. */
  readonly group: Int32Array
  /** Not every pair was measured: only equal rows, and some near ones, are known. */
  readonly bounded: boolean
}

const mix = (hash: number, value: number, by: number): number => {
  const mixed = Math.imul(hash ^ value, by)
  return mixed ^ (mixed >>> 15)
}
/** Two hashes at once: of a million texts a single one of 32 bits makes a hundred pairs equal. */
function hashOf(length: number, at: (i: number) => number): readonly [number, number] {
  let [first, second] = [0x811c9dc5, 0x2545f491]
  for (let i = 0; i < length; i++) {
    first = Math.imul(first ^ at(i), 0x01000193)
    second = mix(second, at(i), 0x5bd1e995)
  }
  return [first, second]
}
const hashText = (text: string): readonly [number, number] => hashOf(text.length, (i) => text.charCodeAt(i))
/** As people retype it: case and spaces do not count. */
const plain = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase()

type Measured = Extract<FrameColumn, { kind: 'number' | 'date' }>
const isMeasured = (column: FrameColumn): column is Measured =>
  column.kind === 'number' || column.kind === 'date'

/** Two hashes of each row, of 32 bits each, that every column is mixed into. */
interface Hashes {
  readonly high: Int32Array
  readonly low: Int32Array
}

function mixInto({ high, low }: Hashes, row: number, value: number): void {
  high[row] = mix(high[row]!, value, 0x9e3779b1)
  low[row] = mix(low[row]!, value, 0x85ebca6b)
}

/** Rows that differ in a category, a text, a pixel or in what is missing have others. */
function hashesOf(columns: readonly FrameColumn[], rows: number): Hashes {
  const hashes = { high: new Int32Array(rows).fill(17), low: new Int32Array(rows).fill(91) }
  const take = (row: number, value: number): void => mixInto(hashes, row, value)
  const takeBoth = (row: number, [first, second]: readonly [number, number]): void => {
    take(row, first)
    take(row, second)
  }
  for (const column of columns) {
    if (isMeasured(column)) column.values.forEach((value, row) => take(row, Number.isNaN(value) ? 1 : 2))
    else if (column.kind === 'category') {
      const codes = column.categories.map((category) => hashText(plain(category)))
      column.codes.forEach((code, row) => takeBoth(row, code === -1 ? [0, 0] : codes[code]!))
    } else if (column.kind === 'text')
      column.values.forEach((text, row) => takeBoth(row, hashText(plain(text))))
    else {
      const size = column.pixels.length / rows
      for (let row = 0; row < rows; row++)
        takeBoth(
          row,
          hashOf(size, (i) => column.pixels[row * size + i]!),
        )
    }
  }
  return hashes
}

/** 53 bits for each row. */
function keysOf({ high, low }: Hashes): Float64Array {
  const keys = new Float64Array(high.length)
  for (let row = 0; row < keys.length; row++) keys[row] = (high[row]! >>> 0) * 2 ** 21 + (low[row]! >>> 11)
  return keys
}

/** Standardized, row-major; a missing one is 0, as the others that lack it are. */
function vectorsOf(columns: readonly Measured[], rows: number): Float32Array {
  const vectors = new Float32Array(rows * columns.length)
  columns.forEach(({ values }, at) => {
    const { mean, std } = momentsOf(values.filter((value) => !Number.isNaN(value)))
    const scale = usableScale(std)
    values.forEach((value, row) => {
      if (!Number.isNaN(value)) vectors[row * columns.length + at] = (value - mean) / scale
    })
  })
  return vectors
}

/** `nearer`: near are rows from this share of the usual distance on. */
export function findAlike(columns: readonly FrameColumn[], rows: number, nearer = nearness): Alike {
  const measured = columns.filter(isMeasured)
  const width = measured.length
  const keys = keysOf(hashesOf(columns, rows))
  const vectors = vectorsOf(measured, rows)
  // Rows of one key in a stretch, within it by the sum of their numbers: who is near is near in it, too.
  const along = Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0
    for (let i = 0; i < width; i++) sum += vectors[row * width + i]!
    return sum / Math.sqrt(Math.max(1, width))
  })
  // Equal rows are known by their values; of each only the first is compared with others.
  const firstOf = new Map<number, number>()
  const parent = Int32Array.from(equalKeys(columns, rows), (key, row) => {
    const first = firstOf.get(key) ?? row
    firstOf.set(key, first)
    return first
  })
  const order = Int32Array.from(firstOf.values())
  const compared = order.length
  order.sort((a, b) => keys[a]! - keys[b]! || along[a]! - along[b]! || a - b)
  let left = mostNumbers
  /** Infinite where it is beyond `most`: of most pairs a few numbers tell that. */
  const distance = (a: number, b: number, most: number): number => {
    let sum = 0
    // A little more, so that rounding decides nothing here.
    const square = most * most * (1 + 1e-9)
    const [from, to] = [a * width, b * width]
    for (let i = 0; i < width; i++) {
      const difference = vectors[from + i]! - vectors[to + i]!
      sum += difference * difference
      if (sum > square) {
        left -= i + 2
        return Infinity
      }
    }
    left -= width + 1
    return Math.sqrt(sum)
  }
  /** Distance to the nearest row that is not equal; null: there is none. */
  const nearest = (place: number): number | null => {
    const row = order[place]!
    let best = Infinity
    for (const step of [-1, 1])
      for (let at = place + step; at >= 0 && at < compared && left > 0; at += step) {
        const other = order[at]!
        if (keys[other] !== keys[row] || Math.abs(along[other]! - along[row]!) > best) break
        const far = distance(row, other, best)
        if (far > 0 && far < best) best = far
      }
    return best === Infinity ? null : best
  }
  const stride = Math.max(1, Math.floor(compared / sampled))
  /** Each for as many rows as are equal. */
  const equal = new Int32Array(rows)
  for (let row = 0; row < rows; row++) equal[parent[row]!]!++
  const distances: { readonly far: number; readonly times: number }[] = []
  if (width >= fewestNumbers)
    for (let place = 0; place < compared && left > mostNumbers / 2; place += stride) {
      const far = nearest(place)
      if (far !== null) distances.push({ far, times: equal[order[place]!]! })
    }
  distances.sort((a, b) => a.far - b.far)
  let above = distances.reduce((sum, { times }) => sum + times, 0) >> 1
  const usual = distances.find(({ times }) => (above -= times) < 0)?.far ?? 0
  const limit = width < fewestNumbers ? 0 : nearer * usual
  const rootOf = (row: number): number => {
    let root = row
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!
    return root
  }
  for (let place = 0; place < compared; place++) {
    const row = order[place]!
    for (let at = place + 1; at < compared; at++) {
      const other = order[at]!
      if (keys[other] !== keys[row] || along[other]! - along[row]! > limit) break
      const far = left > 0 || at === place + 1 ? distance(row, other, limit) : Infinity
      if (left <= 0 && at > place + 1) break
      if (far > limit) continue
      const [a, b] = [rootOf(row), rootOf(other)]
      parent[Math.max(a, b)] = Math.min(a, b)
    }
  }
  const sizes = new Int32Array(rows)
  for (let row = 0; row < rows; row++) sizes[rootOf(row)]!++
  const group = Int32Array.from({ length: rows }, (_, row) => (sizes[rootOf(row)]! > 1 ? rootOf(row) : -1))
  return { group, bounded: left <= 0 }
}

/** Of more rows than these only equal ones are looked for. */
const mostCompared = 20_000

/** 53 bits for each row, which rows with equal features share. */
function equalKeys(columns: readonly FrameColumn[], rows: number): Float64Array {
  const hashes = hashesOf(columns, rows)
  const bits = new Int32Array(new Float64Array(1).buffer)
  const number = new Float64Array(bits.buffer)
  for (const column of columns.filter(isMeasured))
    column.values.forEach((value, row) => {
      number[0] = value + 0
      mixInto(hashes, row, bits[0]!)
      mixInto(hashes, row, bits[1]!)
    })
  return keysOf(hashes)
}

/** More than anybody looks through. */
const mostTold = 2000

export interface AcrossSplits {
  /** Test rows with the features of a training row. */
  readonly rows: number
  /** Nearly equal ones count as well. */
  readonly near: boolean
  /** The first of them, each before a training row that it is alike to. */
  readonly places: readonly number[]
  /** So many of them are equal although nobody copied any. */
  readonly byChance: number
}

/** Rows of few combinations of values are equal without being the same: those say nothing. */
export const isBeyondChance = ({ rows, byChance }: Pick<AcrossSplits, 'rows' | 'byChance'>): boolean =>
  rows > byChance + 3 * Math.sqrt(byChance)

export function duplicatesAcross(
  columns: readonly FrameColumn[],
  rows: number,
  { train, test }: { readonly train: Int32Array; readonly test: Int32Array },
): AcrossSplits {
  const alike = rows <= mostCompared ? findAlike(columns, rows) : null
  // Where not every pair was measured only what is equal is known for all rows.
  const near = alike !== null && !alike.bounded
  const keys = near ? alike.group : equalKeys(columns, rows)
  // The test is the smaller part: of the training rows only what it has, too, is kept.
  const tested = new Set<number>()
  for (const row of test) if (keys[row] !== -1) tested.add(keys[row]!)
  const trained = new Map<number, number>()
  for (const row of train)
    if (tested.has(keys[row]!) && !trained.has(keys[row]!)) trained.set(keys[row]!, row)
  const found = [...test].filter((row) => trained.has(keys[row]!))
  return {
    rows: found.length,
    near,
    places: found.slice(0, mostTold).flatMap((row) => [row, trained.get(keys[row]!)!]),
    byChance: found.length === 0 ? 0 : equalByChance(columns, train, test),
  }
}
