/** Lines that go down from box to box, through the gaps that the layout left for them. */

export interface Point {
  readonly x: number
  readonly y: number
}

/** As a path of SVG: smooth, and upright where it begins, ends and passes a point. */
export function curveThrough(points: readonly Point[]): string {
  const [first, ...others] = points
  if (!first) return ''
  let at = first
  const parts = [`M ${first.x} ${first.y}`]
  for (const point of others) {
    const middle = (at.y + point.y) / 2
    parts.push(`C ${at.x} ${middle} ${point.x} ${middle} ${point.x} ${point.y}`)
    at = point
  }
  return parts.join(' ')
}

/** Where a word about the line stands: in the middle of its middle stretch. */
export function middleOf(points: readonly Point[]): Point {
  const at = Math.floor((points.length - 1) / 2)
  const [a, b] = [points[at]!, points[at + 1] ?? points[at]!]
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
}
