/** Walking a graph by keyboard: along its lines, and beside them. */
import type { Rect } from './layout.ts'
import type { Link } from './visible.ts'

export type Direction = 'up' | 'down' | 'left' | 'right'

const middle = ({ x, width }: Rect): number => x + width / 2

/**
 * The box that an arrow key goes to, or null: down to what reads this one, up to what it is computed from, the nearest first;
 * left and right to the next box of about the same height.
 */
export function boxTowards(
  from: string,
  direction: Direction,
  links: readonly Pick<Link, 'from' | 'to'>[],
  places: ReadonlyMap<string, Rect>,
  boxes: readonly string[],
): string | null {
  const here = places.get(from)
  if (!here) return null
  const nearest = (ids: readonly string[], distance: (rect: Rect) => number): string | null => {
    let best: { id: string; away: number } | null = null
    for (const id of ids) {
      const rect = places.get(id)
      const away = rect ? distance(rect) : NaN
      if (away > 0 && (best === null || away < best.away)) best = { id, away }
    }
    return best?.id ?? null
  }
  if (direction === 'up' || direction === 'down') {
    const joined = links.flatMap((link) =>
      direction === 'down' ? (link.from === from ? [link.to] : []) : link.to === from ? [link.from] : [],
    )
    // What a line leads to, straight ahead first.
    return nearest(joined, (rect) => 1 + Math.abs(middle(rect) - middle(here)) + Math.abs(rect.y - here.y))
  }
  const sign = direction === 'right' ? 1 : -1
  const beside = boxes.filter((id) => {
    const rect = places.get(id)
    return rect !== undefined && rect.y < here.y + here.height && rect.y + rect.height > here.y
  })
  return nearest(beside, (rect) => sign * (middle(rect) - middle(here)))
}
