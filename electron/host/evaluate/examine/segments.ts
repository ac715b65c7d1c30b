/**
 * Where a network does much worse than in all rows: parts by one column, and by two together, held against all other rows, as
 * many as are looked at kept in mind (Bonferroni).
 */
import type { FrameColumn } from '../../datasets/frame.ts'
import { inWords, partsOf, type Part } from './parts.ts'
import { rarityOfErrors, rarityOfWrong } from './rarity.ts'

export interface Segment {
  readonly columns: readonly string[]
  readonly words: string
  /** Places among the rows that were looked at. */
  readonly places: Int32Array
  readonly here: number
  readonly all: number
  /** Parts that were looked at in all. */
  readonly looked: number
}

/** By two columns together, of so many. */
const mostPaired = 12
const mostColumns = 300

export interface Scored {
  /** Of each row: 1 where it is right, or how large its error is. */
  readonly values: Float64Array
  readonly higherIsBetter: boolean
}

export interface SegmentBounds {
  readonly drop: number
  readonly rows: number
  readonly share: number
  readonly chance: number
}

/** Of a part, or of two together: its rows, what they have in the mean, and how rare that is. */
interface Candidate {
  readonly of: readonly Part[]
  readonly rows: number
  readonly here: number
  readonly p: number
}

/** Of each row the part of a column that it is in; -1: none that is looked at. */
function placedIn(parts: readonly Part[], total: number): Int32Array {
  const at = new Int32Array(total).fill(-1)
  parts.forEach(({ places }, k) => {
    for (const place of places) at[place] = k
  })
  return at
}

const inBoth = (a: Int32Array, b: Int32Array): Int32Array => {
  const other = new Set(b)
  return a.filter((place) => other.has(place))
}

export function weakSegments(
  columns: readonly FrameColumn[],
  rows: Int32Array,
  { values, higherIsBetter }: Scored,
  bounds: SegmentBounds,
): Segment[] {
  const total = rows.length
  const least = Math.max(bounds.rows, Math.ceil(bounds.share * total))
  const rarity = higherIsBetter ? rarityOfWrong(values) : rarityOfErrors(values)
  const parts = columns
    .slice(0, mostColumns)
    .map((column) => partsOf(column, rows).filter(({ places }) => places.length >= least))
    .filter((some) => some.length > 0)
  const candidates: Candidate[] = []
  const consider = (of: readonly Part[], count: number, sum: number, weight: number): void => {
    if (count < least || count === total) return
    candidates.push({ of, rows: count, here: sum / count, p: rarity.of(count, weight) })
  }
  for (const part of parts.flat()) {
    let [sum, weight] = [0, 0]
    for (const place of part.places) {
      sum += values[place]!
      weight += rarity.weights[place]!
    }
    consider([part], part.places.length, sum, weight)
  }
  const paired = parts.slice(0, mostPaired).map((some) => ({ some, at: placedIn(some, total) }))
  paired.forEach((one, i) => {
    for (const other of paired.slice(i + 1)) {
      const width = other.some.length
      const cells = one.some.length * width
      const [counts, sums, weights] = [
        new Int32Array(cells),
        new Float64Array(cells),
        new Float64Array(cells),
      ]
      for (let row = 0; row < total; row++) {
        const [a, b] = [one.at[row]!, other.at[row]!]
        if (a < 0 || b < 0) continue
        const cell = a * width + b
        counts[cell]!++
        sums[cell]! += values[row]!
        weights[cell]! += rarity.weights[row]!
      }
      for (let cell = 0; cell < cells; cell++)
        consider(
          [one.some[Math.floor(cell / width)]!, other.some[cell % width]!],
          counts[cell]!,
          sums[cell]!,
          weights[cell]!,
        )
    }
  })
  const all = values.reduce((sum, value) => sum + value, 0) / Math.max(1, total)
  const isWorse = (here: number): boolean =>
    higherIsBetter ? here < (1 - bounds.drop) * all : here > (1 + bounds.drop) * all
  const looked = candidates.length
  const weak = candidates
    .filter(({ here, p }) => isWorse(here) && p * looked < bounds.chance)
    // One column before two, and the surest first.
    .toSorted((a, b) => a.of.length - b.of.length || a.p - b.p)
  const told: { readonly one: Candidate; readonly places: Int32Array }[] = []
  for (const one of weak) {
    const [first, second] = one.of as [Part, Part?]
    const places = second === undefined ? first.places : inBoth(first.places, second.places)
    // What is part of a weak part is told by that.
    const known = told.some((other) => inBoth(places, other.places).length > 0.5 * places.length)
    if (!known) told.push({ one, places })
  }
  return told.map(({ one: { of, here }, places }) => ({
    columns: of.map(({ column }) => column),
    words: of.map(inWords).join(' and '),
    places,
    here,
    all,
    looked,
  }))
}
