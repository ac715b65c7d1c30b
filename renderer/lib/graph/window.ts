/** Which part of a large picture is there: what is seen, and some around it, so that moving a little changes nothing. */
import type { Point } from './curve.ts'
import type { Rect } from './layout.ts'

export interface View {
  readonly x: number
  readonly y: number
  readonly zoom: number
}
type Size = Pick<Rect, 'width' | 'height'>

/** What is seen, in the picture's own measure. */
export const seenIn = ({ x, y, zoom }: View, { width, height }: Size): Rect => ({
  x: -x / zoom,
  y: -y / zoom,
  width: width / zoom,
  height: height / zoom,
})

/** A third of it more on each side. */
export const wider = ({ x, y, width, height }: Rect): Rect => ({
  x: x - width / 3,
  y: y - height / 3,
  width: (width * 5) / 3,
  height: (height * 5) / 3,
})

export const holds = (outer: Rect, inner: Rect): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height

export const meets = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

/** The part that is to be there, the one from before as long as it holds what is seen and is not far larger. */
export function windowAround(before: Rect | null, seen: Rect): Rect {
  const isNear = before !== null && holds(before, seen) && before.width < 4 * seen.width
  return isNear ? before : wider(seen)
}

/** The room that a line takes. */
export function roomOf(points: readonly Point[]): Rect {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)]
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  // What is upright has some width, too.
  return { x: x - 1, y: y - 1, width: Math.max(...xs) - x + 2, height: Math.max(...ys) - y + 2 }
}
