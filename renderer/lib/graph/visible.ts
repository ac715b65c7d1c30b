/** What is seen of a tree of boxes while some of its groups are open: boxes, and the lines between them. */

/** A box, or a group of them. `at`: its place in the order of all. */
export interface Boxed {
  readonly id: string
  readonly at: number
  readonly children?: readonly Boxed[]
}
/** A group's children are of its own type: trees are of one. */
export const childrenOf = <I extends Boxed>(item: I): readonly I[] => (item.children ?? []) as readonly I[]
export type GroupIn<I> = Extract<I, { readonly children: readonly unknown[] }>
export type IsOpen = (group: Pick<Boxed, 'id'>) => boolean

/** From something to something in the tree, by their ids. */
export interface Flow<E> {
  readonly from: string
  readonly to: string
  readonly of: E
}

/** All that flows from something in one box to something in the other. */
export interface Link<E = unknown> {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly edges: readonly E[]
}

export interface Visible<I, E = unknown> {
  /** What is no group, and closed groups, in their order. */
  readonly boxes: readonly I[]
  readonly open: readonly GroupIn<I>[]
  readonly links: readonly Link<E>[]
  /** The box in which something is seen, by its id. */
  readonly boxOf: ReadonlyMap<string, string>
}

export function visibleOf<I extends Boxed, E>(
  root: I,
  isOpen: IsOpen,
  flows: readonly Flow<E>[],
): Visible<I, E> {
  const boxes: I[] = []
  const open: GroupIn<I>[] = []
  const boxOf = new Map<string, string>()
  const hide = (item: I, box: string): void => {
    boxOf.set(item.id, box)
    for (const child of childrenOf(item)) hide(child, box)
  }
  const show = (item: I): void => {
    if (item.children !== undefined && isOpen(item)) {
      open.push(item as GroupIn<I>)
      childrenOf(item).forEach(show)
      return
    }
    boxes.push(item)
    hide(item, item.id)
  }
  childrenOf(root).forEach(show)

  const links = new Map<string, { from: string; to: string; edges: E[] }>()
  for (const flow of flows) {
    const [from, to] = [boxOf.get(flow.from), boxOf.get(flow.to)]
    if (from === undefined || to === undefined || from === to) continue
    const id = `${from}>${to}`
    const link = links.get(id)
    if (link) link.edges.push(flow.of)
    else links.set(id, { from, to, edges: [flow.of] })
  }
  return {
    boxes: boxes.toSorted((a, b) => a.at - b.at),
    open,
    links: [...links].map(([id, link]) => ({ id, ...link })),
    boxOf,
  }
}

/** The groups around something, the outermost first. */
export function groupsAround<I extends Boxed>(root: I, id: string): readonly I[] {
  const find = (group: I): I[] | null => {
    for (const child of childrenOf(group)) {
      if (child.id === id) return [group]
      const inside = find(child)
      if (inside) return [group, ...inside]
    }
    return null
  }
  return find(root)?.slice(1) ?? []
}
