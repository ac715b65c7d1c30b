/**
 * Where boxes stand: by dagre, group by group, from the inside out. An open group is one box to those around it, so that each
 * layout is small however large the graph is, and the window is free between two of them.
 */
import dagre from '@dagrejs/dagre'
import type { Point } from './curve.ts'
import { childrenOf, type Boxed, type IsOpen, type Link } from './visible.ts'

export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export const boxSize = {
  op: { width: 168, height: 48 },
  value: { width: 160, height: 44 },
  group: { width: 184, height: 52 },
}
/** Of graphs of single numbers, which need little room. */
export const smallBoxSize = {
  op: { width: 132, height: 46 },
  value: { width: 104, height: 42 },
  group: boxSize.group,
}
const header = 32
const padding = 16
/** Longer than this nobody may wait for the window to answer. */
const turnMs = 8
/** More boxes beside each other take a turn of their own, and are put in ranks by the quicker of dagre's ways. */
const fewBoxes = 24

const turnOfOthers = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

export type Size = Pick<Rect, 'width' | 'height'>
interface Inside extends Size {
  readonly places: ReadonlyMap<string, Rect>
  /** By `from>to`: the points between two boxes by which a line goes around others. */
  readonly ways: ReadonlyMap<string, readonly Point[]>
}
export type Layout = Inside

/** By id, from the upper left corner of all. `pause` lets others have their turn. */
export async function layoutOf<I extends Boxed>(
  root: I,
  isOpen: IsOpen,
  links: readonly Pick<Link, 'id' | 'from' | 'to'>[],
  sizeOfBox: (item: I) => Size,
  pause: () => Promise<void> = turnOfOthers,
): Promise<Layout> {
  const insides = new Map<string, Inside>()
  let turn = performance.now()
  /** The box among a group's children that holds each box. */
  const holders = new Map<string, { readonly group: string; readonly child: string }[]>()
  const isGroup = (item: I): boolean => item.children !== undefined && isOpen(item)
  const note = (item: I, within: readonly { group: string; child: string }[]): void => {
    holders.set(item.id, [...within])
    if (isGroup(item))
      for (const child of childrenOf(item)) note(child, [...within, { group: item.id, child: child.id }])
  }
  for (const child of childrenOf(root)) note(child, [{ group: root.id, child: child.id }])

  /** Of each group the links between its own children, which of these lines from outside lead to, and which lead outside. */
  const within = new Map<string, Within>()
  const inGroup = (group: string): Within => {
    const known = within.get(group) ?? { links: new Map(), entered: new Set(), left: new Set() }
    within.set(group, known)
    return known
  }
  /** For each link the ways that it goes along, one group after the other. */
  const along = new Map<string, readonly { readonly group: string; readonly way: string }[]>()
  for (const { id, from, to } of links) {
    const [a, b] = [holders.get(from) ?? [], holders.get(to) ?? []]
    const shared = a.findLastIndex(({ group }, i) => b[i]?.group === group)
    const [here, there] = [a[shared], b[shared]]
    if (!here || !there || here.child === there.child) continue
    inGroup(here.group).links.set(`${here.child}>${there.child}`, [here.child, there.child])
    const [leaving, entering] = [a.slice(shared + 1).toReversed(), b.slice(shared + 1)]
    for (const { group, child } of leaving) inGroup(group).left.add(child)
    for (const { group, child } of entering) inGroup(group).entered.add(child)
    along.set(id, [
      ...leaving.map(({ group, child }) => ({ group, way: `${child}>${outside.below}` })),
      { group: here.group, way: `${here.child}>${there.child}` },
      ...entering.map(({ group, child }) => ({ group, way: `${outside.above}>${child}` })),
    ])
  }

  const sizeOf = (item: I): Size => {
    const inside = insides.get(item.id)
    if (!inside) return sizeOfBox(item)
    return { width: inside.width + 2 * padding, height: inside.height + header + padding }
  }
  const lay = async (group: I): Promise<void> => {
    for (const child of childrenOf(group)) if (isGroup(child)) await lay(child)
    if (childrenOf(group).length > fewBoxes || performance.now() - turn > turnMs) {
      await pause()
      turn = performance.now()
    }
    insides.set(group.id, arranged(childrenOf(group), sizeOf, inGroup(group.id)))
  }
  await lay(root)

  const places = new Map<string, Rect>()
  const origins = new Map<string, Point>()
  const put = (group: I, left: number, top: number): void => {
    origins.set(group.id, { x: left, y: top })
    for (const child of childrenOf(group)) {
      const { x, y, ...size } = insides.get(group.id)!.places.get(child.id)!
      places.set(child.id, { x: left + x, y: top + y, ...size })
      if (isGroup(child)) put(child, left + x + padding, top + y + header)
    }
  }
  put(root, 0, 0)
  const { width, height } = insides.get(root.id)!
  const ways = new Map(
    [...along].map(([id, parts]) => {
      const points = parts.flatMap(({ group, way }) => {
        const { x: left, y: top } = origins.get(group)!
        const inside = insides.get(group)!.ways.get(way) ?? []
        return inside.map(({ x, y }) => ({ x: x + left, y: y + top }))
      })
      return [id, points] as const
    }),
  )
  return { places, ways, width, height }
}

interface Within {
  readonly links: Map<string, readonly [string, string]>
  readonly entered: Set<string>
  readonly left: Set<string>
}
/** The edges of a group, where lines come in and go out: no box is called so. */
const outside = { above: '\u0000above', below: '\u0000below' }

function arranged<I extends Boxed>(items: readonly I[], sizeOf: (item: I) => Size, within: Within): Inside {
  if (items.length === 0) return { places: new Map(), ways: new Map(), width: 0, height: 0 }
  const links = [...within.links.values()]
  const graph = new dagre.graphlib.Graph()
  const ranker = items.length > fewBoxes ? 'tight-tree' : 'network-simplex'
  graph.setGraph({ rankdir: 'TB', nodesep: 16, ranksep: 36, ranker })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const item of items) graph.setNode(item.id, { ...sizeOf(item) })
  for (const [from, to] of links) graph.setEdge(from, to)
  // A line that passes others on its way in or out goes around them, from the edge or to it.
  const [read, reading] = [new Set(links.map(([from]) => from)), new Set(links.map(([, to]) => to))]
  const ids = items.map(({ id }) => id)
  const passing = [
    ...edgeLinks(
      [...within.entered].filter((id) => reading.has(id)),
      ids.filter((id) => !reading.has(id)),
    ).map((id) => [outside.above, id] as const),
    ...edgeLinks(
      [...within.left].filter((id) => read.has(id)),
      ids.filter((id) => !read.has(id)),
    ).map((id) => [id, outside.below] as const),
  ]
  for (const [from, to] of passing) {
    for (const end of [from, to]) if (!graph.hasNode(end)) graph.setNode(end, { width: 1, height: 1 })
    graph.setEdge(from, to)
  }
  dagre.layout(graph)
  const middles = items.map((item) => {
    const { x, y } = graph.node(item.id) as Point
    return { id: item.id, x, y, ...sizeOf(item) }
  })
  const wayOf = ([from, to]: readonly [string, string]): readonly Point[] => {
    const { points } = graph.edge(from, to) as { points: readonly Point[] }
    // The first and the last are at the boxes themselves.
    return points.length > 3 ? points.slice(1, -1) : []
  }
  const around = passing.map((link) => [link, wayOf(link)] as const)
  const outer = around.flatMap(([, points]) => points)
  // Of dagre, it is the middle.
  const left = Math.min(...middles.map(({ x, width }) => x - width / 2), ...outer.map(({ x }) => x))
  const right = Math.max(...middles.map(({ x, width }) => x + width / 2), ...outer.map(({ x }) => x))
  const top = Math.min(...middles.map(({ y, height }) => y - height / 2))
  const bottom = Math.max(...middles.map(({ y, height }) => y + height / 2))
  const moved = (points: readonly Point[]) => points.map(({ x, y }) => ({ x: x - left, y: y - top }))
  return {
    places: new Map(
      middles.map(({ id, x, y, width, height }) => [
        id,
        { x: x - width / 2 - left, y: y - height / 2 - top, width, height },
      ]),
    ),
    ways: new Map([
      ...links.map((link) => [link.join('>'), moved(wayOf(link))] as const),
      ...around.map(([link, points]) => [link.join('>'), moved(points)] as const),
    ]),
    width: right - left,
    height: bottom - top,
  }
}

/** Where some lines go to the edge, all that stands at it is held beside them: so the edge is above or below all. */
const edgeLinks = (lines: readonly string[], atEdge: readonly string[]): readonly string[] =>
  lines.length > 0 ? [...lines, ...atEdge] : []
