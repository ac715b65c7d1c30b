/** The lines of a graph, each with its way and the room that it takes. */
import { curveThrough, middleOf, type Point } from '../../lib/graph/curve.ts'
import type { Layout, Rect } from '../../lib/graph/layout.ts'
import type { Link, Visible } from '../../lib/graph/visible.ts'
import { roomOf } from '../../lib/graph/window.ts'

export interface Line<E = unknown> {
  readonly link: Link<E>
  readonly points: readonly Point[]
  readonly path: string
  readonly middle: Point
  readonly room: Rect
}

/** How a line is drawn. */
export interface LineLook {
  readonly marked: boolean
  readonly dashed: boolean
  readonly arrow: 'start' | 'end' | null
  readonly label: string
}

export function linesOf<E>({
  visible,
  places,
  ways,
}: Layout & { readonly visible: Pick<Visible<unknown, E>, 'links'> }): Line<E>[] {
  return visible.links.flatMap((link): Line<E>[] => {
    const [a, b] = [places.get(link.from), places.get(link.to)]
    if (!a || !b) return []
    const points = [
      { x: a.x + a.width / 2, y: a.y + a.height },
      ...(ways.get(link.id) ?? []),
      { x: b.x + b.width / 2, y: b.y },
    ]
    return [{ link, points, path: curveThrough(points), middle: middleOf(points), room: roomOf(points) }]
  })
}
