/** Looking closer at a part of an axis. */
import type { Point } from './chart-data.ts'

export interface Range {
  readonly min: number
  readonly max: number
}

/** Within the whole, as wide as it was; as the whole where it is wider. */
export function held({ min, max }: Range, whole: Range): Range {
  const width = max - min
  if (!(width < whole.max - whole.min)) return whole
  if (min < whole.min) return { min: whole.min, max: whole.min + width }
  if (max > whole.max) return { min: whole.max - width, max: whole.max }
  return { min, max }
}

/** So many times as wide, where `at` stays in its place; never narrower than `least`. */
export function widened(range: Range, whole: Range, factor: number, at: number, least: number): Range {
  const width = range.max - range.min
  const next = Math.max(width * factor, Math.min(least, width))
  const share = width === 0 ? 0.5 : (at - range.min) / width
  const min = at - share * next
  return held({ min, max: min + next }, whole)
}

/** By a share of its width. */
export function shifted({ min, max }: Range, whole: Range, share: number): Range {
  const by = share * (max - min)
  return held({ min: min + by, max: max + by }, whole)
}

export const isWhole = (range: Range, whole: Range): boolean =>
  range.min <= whole.min && range.max >= whole.max

/** The first place whose x is not below the bound. */
function placeOf(points: readonly Point[], bound: number): number {
  let [low, high] = [0, points.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (points[middle]!.x < bound) low = middle + 1
    else high = middle
  }
  return low
}

/** In order of x: those in the range, and one on each side, to which lines lead. */
export function pointsWithin(points: Point[], { min, max }: Range): Point[] {
  const from = Math.max(0, placeOf(points, min) - 1)
  const to = Math.min(points.length, placeOf(points, max) + 1)
  return from === 0 && to === points.length ? points : points.slice(from, to)
}

/** What is known in more detail, and before and after it what is known of the whole. */
export function withDetail(whole: readonly Point[], detail: Point[]): Point[] {
  const [first, last] = [detail[0], detail.at(-1)]
  if (first === undefined || last === undefined) return [...whole]
  const from = whole.findIndex(({ x }) => x >= first.x)
  const to = whole.findIndex(({ x }) => x > last.x)
  return [...whole.slice(0, from < 0 ? whole.length : from), ...detail, ...(to < 0 ? [] : whole.slice(to))]
}
