/**
 * Where a network does much worse than in all rows: parts by one column, and by two together, held against all other rows, as
 * many as are looked at kept in mind (Bonferroni).
 */
import type { FrameColumn } from '../../datasets/frame.ts'
import { normalCdf } from '../../prepare/normal.ts'
import { inWords, partsOf, type Part } from './parts.ts'

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

/** How rarely chance makes the part so much worse than the others (Welch). */
function rarity(
  { values, higherIsBetter }: Scored,
  inside: Uint8Array,
): { readonly here: number; readonly p: number } {
  const sums = [0, 0]
  const squares = [0, 0]
  const counts = [0, 0]
  for (let i = 0; i < values.length; i++) {
    const at = inside[i]!
    sums[at]! += values[i]!
    squares[at]! += values[i]! ** 2
    counts[at]!++
  }
  const mean = (at: number): number => sums[at]! / Math.max(1, counts[at]!)
  // A part that is all right or all wrong has no spread: one more of each is thought of, as Agresti and Coull do.
  const spread = (at: number): number => {
    const n = counts[at]!
    const variance = Math.max(0, squares[at]! / Math.max(1, n) - mean(at) ** 2)
    return Math.max(variance, higherIsBetter ? 1 / (4 * (n + 4)) : 0) / Math.max(1, n)
  }
  const worse = higherIsBetter ? mean(0) - mean(1) : mean(1) - mean(0)
  const width = Math.sqrt(spread(0) + spread(1))
  return { here: mean(1), p: width === 0 ? 1 : 1 - normalCdf(worse / width) }
}

export function weakSegments(
  columns: readonly FrameColumn[],
  rows: Int32Array,
  scored: Scored,
  bounds: SegmentBounds,
): Segment[] {
  const total = rows.length
  const least = Math.max(bounds.rows, Math.ceil(bounds.share * total))
  const parts = columns
    .slice(0, mostColumns)
    .map((column) => partsOf(column, rows).filter(({ places }) => places.length >= least))
  const masks = new Map<Part, Uint8Array>()
  const maskOf = (part: Part): Uint8Array => {
    const known = masks.get(part)
    if (known !== undefined) return known
    const mask = new Uint8Array(total)
    for (const place of part.places) mask[place] = 1
    masks.set(part, mask)
    return mask
  }
  const candidates: { readonly of: readonly Part[]; readonly inside: Uint8Array }[] = parts
    .flat()
    .filter(({ places }) => places.length < total)
    .map((part) => ({ of: [part], inside: maskOf(part) }))
  const paired = parts.slice(0, mostPaired)
  paired.forEach((some, i) => {
    for (const others of paired.slice(i + 1))
      for (const a of some)
        for (const b of others) {
          const [first, second] = [maskOf(a), maskOf(b)]
          const inside = first.map((one, row) => one & second[row]!)
          const count = inside.reduce((sum, one) => sum + one, 0)
          if (count >= least && count < total) candidates.push({ of: [a, b], inside })
        }
  })
  const all = scored.values.reduce((sum, value) => sum + value, 0) / Math.max(1, total)
  const isWorse = (here: number): boolean =>
    scored.higherIsBetter ? here < (1 - bounds.drop) * all : here > (1 + bounds.drop) * all
  const looked = candidates.length
  const weak = candidates
    .map(({ of, inside }) => ({ of, inside, ...rarity(scored, inside) }))
    .filter(({ here, p }) => isWorse(here) && p * looked < bounds.chance)
    // One column before two, and the surest first.
    .toSorted((a, b) => a.of.length - b.of.length || a.p - b.p)
  const told: typeof weak = []
  for (const one of weak) {
    // What is part of a weak part is told by that.
    const known = told.some((other) => {
      const both = one.inside.reduce((sum, is, row) => sum + (is & other.inside[row]!), 0)
      return both > 0.5 * one.inside.reduce((sum, is) => sum + is, 0)
    })
    if (!known) told.push(one)
  }
  return told.map(({ of, inside, here }) => ({
    columns: of.map(({ column }) => column),
    words: of.map(inWords).join(' and '),
    places: Int32Array.from(rows.keys()).filter((place) => inside[place] === 1),
    here,
    all,
    looked,
  }))
}
