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

  /** Of each group the links between its own children, and for each link the one of these that it goes along. */
  const along = new Map<string, { readonly group: string; readonly way: string }>()
  const linksWithin = new Map<string, Map<string, readonly [string, string]>>()
  for (const { id, from, to } of links) {
    const [a, b] = [holders.get(from) ?? [], holders.get(to) ?? []]
    const shared = a.findLastIndex(({ group }, i) => b[i]?.group === group)
    const [here, there] = [a[shared], b[shared]]
    if (!here || !there || here.child === there.child) continue
    const known = linksWithin.get(here.group) ?? new Map<string, readonly [string, string]>()
    known.set(`${here.child}>${there.child}`, [here.child, there.child])
    linksWithin.set(here.group, known)
    along.set(id, { group: here.group, way: `${here.child}>${there.child}` })
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
    insides.set(
      group.id,
      arranged(childrenOf(group), sizeOf, [...(linksWithin.get(group.id)?.values() ?? [])]),
    )
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
    [...along].map(([id, { group, way }]) => {
      const { x: left, y: top } = origins.get(group)!
      const points = insides.get(group)!.ways.get(way) ?? []
      return [id, points.map(({ x, y }) => ({ x: x + left, y: y + top }))] as const
    }),
  )
  return { places, ways, width, height }
}

function arranged<I extends Boxed>(
  items: readonly I[],
  sizeOf: (item: I) => Size,
  links: readonly (readonly [string, string])[],
): Inside {
  const graph = new dagre.graphlib.Graph()
  const ranker = items.length > fewBoxes ? 'tight-tree' : 'network-simplex'
  graph.setGraph({ rankdir: 'TB', nodesep: 16, ranksep: 36, ranker })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const item of items) graph.setNode(item.id, { ...sizeOf(item) })
  for (const [from, to] of links) graph.setEdge(from, to)
  dagre.layout(graph)
  const places = new Map<string, Rect>()
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0]
  for (const item of items) {
    const { x, y } = graph.node(item.id) as { x: number; y: number }
    const { width, height } = sizeOf(item)
    // Of dagre, it is the middle.
    const rect = { x: x - width / 2, y: y - height / 2, width, height }
    places.set(item.id, rect)
    left = Math.min(left, rect.x)
    top = Math.min(top, rect.y)
    right = Math.max(right, rect.x + width)
    bottom = Math.max(bottom, rect.y + height)
  }
  if (items.length === 0) return { places, ways: new Map(), width: 0, height: 0 }
  for (const [id, rect] of places) places.set(id, { ...rect, x: rect.x - left, y: rect.y - top })
  const ways = new Map(
    links.map(([from, to]) => {
      const { points } = graph.edge(from, to) as { points: readonly Point[] }
      // The first and the last are at the boxes themselves.
      const between = points.length > 3 ? points.slice(1, -1) : []
      return [`${from}>${to}`, between.map(({ x, y }) => ({ x: x - left, y: y - top }))] as const
    }),
  )
  return { places, ways, width: right - left, height: bottom - top }
}
