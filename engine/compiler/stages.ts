/**
 * Long reductions down the columns of a table, cut into bands of rows: partial results of all bands first, then theirs.
 * A band is walked while it is in the cache, bands are independent of each other, and sums of sums are more exact.
 */
import type { Shape } from '../tensor/shape.ts'

export interface Stages {
  /** The input's shape with one reduced axis perhaps cut in two. */
  readonly shape: Shape
  /** Axes of it that are reduced within a band, and those that number the bands. */
  readonly within: readonly number[]
  readonly across: readonly number[]
}

/** Rows from which on bands pay. */
const manyRows = 512
/** With more columns there is enough to do at a time, and rows are long enough to be read as they lie. */
const mostColumns = 2048
/** Elements of a band: half of a processor's first cache. */
const bandElements = 8192
const fewestRows = 16
const mostRows = 256

/** How to reduce `axes` (increasing, none of extent 1) in two stages, or null where one is as good. */
export function stagesOf(shape: Shape, axes: readonly number[]): Stages | null {
  const kept = shape.flatMap((extent, axis) => (extent > 1 && !axes.includes(axis) ? [axis] : []))
  const product = (of: readonly number[]): number => of.reduce((n, axis) => n * shape[axis]!, 1)
  const columns = product(kept)
  const isDownColumns = kept.length > 0 && kept[0]! > axes.at(-1)!
  if (!isDownColumns || columns > mostColumns || product(axes) < manyRows) return null
  const limit = Math.min(mostRows, Math.max(fewestRows, Math.floor(bandElements / columns)))
  let rows = 1
  let at = axes.length - 1
  while (at >= 0 && rows * shape[axes[at]!]! <= limit) rows *= shape[axes[at--]!]!
  const inner = axes.slice(at + 1)
  if (at < 0) return null
  const cut = axes[at]!
  const part = largestDivisor(shape[cut]!, Math.floor(limit / rows))
  if (rows * part < fewestRows) return null
  if (part === 1) return { shape, within: inner, across: axes.slice(0, at + 1) }
  return {
    shape: [...shape.slice(0, cut), shape[cut]! / part, part, ...shape.slice(cut + 1)],
    within: [cut, ...inner].map((axis) => axis + 1),
    across: axes.slice(0, at + 1),
  }
}

function largestDivisor(of: number, atMost: number): number {
  for (let divisor = Math.min(of, atMost); divisor > 1; divisor--) if (of % divisor === 0) return divisor
  return 1
}
