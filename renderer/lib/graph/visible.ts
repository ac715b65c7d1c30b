/** What is seen of a graph's tree while some of its groups are open: boxes, and the lines between them. */
import type { ComputationGraph, GraphEdgeInfo } from '../../../electron/contract/index.ts'
import { opId, valueId, type GroupItem, type Item } from './tree.ts'

/** All edges of the graph that go from something in one box to something in the other. */
export interface Link {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly edges: readonly GraphEdgeInfo[]
}

export interface Visible {
  /** Operations, values and closed groups, in the order in which they are computed. */
  readonly boxes: readonly Item[]
  readonly open: readonly GroupItem[]
  readonly links: readonly Link[]
  /** The box in which an operation or a value is seen, by its id. */
  readonly boxOf: ReadonlyMap<string, string>
}

export function visibleOf(
  graph: ComputationGraph,
  root: GroupItem,
  isOpen: (group: GroupItem) => boolean,
): Visible {
  const boxes: Item[] = []
  const open: GroupItem[] = []
  const boxOf = new Map<string, string>()
  const hide = (item: Item, box: string): void => {
    boxOf.set(item.id, box)
    if (item.kind === 'group') for (const child of item.children) hide(child, box)
  }
  const show = (item: Item): void => {
    if (item.kind === 'group' && isOpen(item)) {
      open.push(item)
      item.children.forEach(show)
      return
    }
    boxes.push(item)
    hide(item, item.id)
  }
  root.children.forEach(show)

  const producers = new Map(graph.values.map(({ id, producer }) => [id, producer]))
  const links = new Map<string, { from: string; to: string; edges: GraphEdgeInfo[] }>()
  for (const edge of graph.edges) {
    const producer = producers.get(edge.from)
    const source = producer === null || producer === undefined ? valueId(edge.from) : opId(producer)
    const [from, to] = [boxOf.get(source), boxOf.get(opId(edge.node))]
    if (from === undefined || to === undefined || from === to) continue
    const id = `${from}>${to}`
    const link = links.get(id)
    if (link) link.edges.push(edge)
    else links.set(id, { from, to, edges: [edge] })
  }
  return {
    boxes: boxes.toSorted((a, b) => a.at - b.at),
    open,
    links: [...links].map(([id, link]) => ({ id, ...link })),
    boxOf,
  }
}

/** The groups around something, the outermost first. */
export function groupsAround(root: GroupItem, id: string): readonly GroupItem[] {
  const find = (group: GroupItem): GroupItem[] | null => {
    for (const child of group.children) {
      if (child.id === id) return [group]
      const inside = child.kind === 'group' ? find(child) : null
      if (inside) return [group, ...inside]
    }
    return null
  }
  return find(root)?.slice(1) ?? []
}
