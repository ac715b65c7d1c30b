/** A network's document as boxes: its inputs, layers, and output, in the groups that their names tell. */
import { edgesOf, inOrder, isWithin } from '../../../../electron/contract/index.ts'
import type {
  NetworkDocument,
  NetworkEdge,
  NetworkInput,
  NetworkNode,
} from '../../../../electron/contract/index.ts'
import type { Flow } from '../../../lib/graph/visible.ts'

interface Placed {
  readonly id: string
  readonly at: number
}
export interface LayerItem extends Placed {
  readonly kind: 'layer'
  readonly node: NetworkNode
}
export interface InputItem extends Placed {
  readonly kind: 'input'
  readonly input: NetworkInput
}
export interface OutputItem extends Placed {
  readonly kind: 'output'
}
export interface LayerGroup extends Placed {
  readonly kind: 'group'
  /** Dotted: what its layers' names begin with. */
  readonly path: string
  /** The last part of it. */
  readonly name: string
  readonly children: readonly NetworkItem[]
  /** Ids of all layers inside, at any depth, in their order. */
  readonly layers: readonly string[]
}
export type NetworkItem = LayerItem | InputItem | OutputItem | LayerGroup

/** No layer can be called so. */
export const outputId = ' output'
export const groupId = (path: string): string => `${path}/`

export function networkTree(document: NetworkDocument): LayerGroup {
  const { order, stuck } = inOrder(
    document.nodes,
    document.inputs.map(({ name }) => name),
  )
  // What waits for itself is seen as well.
  const layers = [...order, ...stuck].map((node, at): LayerItem => ({ kind: 'layer', id: node.id, at, node }))
  const ends: NetworkItem[] = [
    ...document.inputs.map((input): InputItem => ({ kind: 'input', id: input.name, at: -1, input })),
    { kind: 'output', id: outputId, at: layers.length },
  ]
  const root = groupOf('', layers)
  const children = [...ends, ...root.children].sort((a, b) => a.at - b.at)
  return { ...root, children }
}

function groupOf(path: string, layers: readonly LayerItem[]): LayerGroup {
  const start = path === '' ? 0 : path.length + 1
  const own: NetworkItem[] = []
  const inside = new Map<string, LayerItem[]>()
  for (const item of layers) {
    const end = item.id.indexOf('.', start)
    if (end === -1) own.push(item)
    else {
      const below = item.id.slice(0, end)
      const members = inside.get(below) ?? []
      members.push(item)
      inside.set(below, members)
    }
  }
  const groups = [...inside].map(([below, members]) => groupOf(below, members))
  const children = [...own, ...groups].sort((a, b) => a.at - b.at)
  return {
    kind: 'group',
    id: groupId(path),
    at: children[0]?.at ?? 0,
    path,
    name: path.slice(path.lastIndexOf('.') + 1),
    children,
    layers: layers.map(({ id }) => id),
  }
}

export const networkFlows = (document: NetworkDocument): Flow<NetworkEdge>[] =>
  edgesOf(document).map((edge) => ({ from: edge.from, to: edge.to ?? outputId, of: edge }))

/** So many boxes are looked through at once. */
const mostOpen = 40

/** The groups that are open at first, from the outside in, as long as not too much is seen. */
export function openAtFirst(root: LayerGroup): ReadonlySet<string> {
  const open = new Set<string>()
  let seen = root.children.length
  const next: LayerGroup[] = root.children.filter((child) => child.kind === 'group')
  for (let group = next.shift(); group; group = next.shift()) {
    if (seen + group.children.length - 1 > mostOpen) continue
    seen += group.children.length - 1
    open.add(group.id)
    next.push(...group.children.filter((child) => child.kind === 'group'))
  }
  return open
}

/** The group that holds exactly these layers, or the innermost that holds all of them and others; '' is the network. */
export const holdsOnly = (document: NetworkDocument, path: string, ids: readonly string[]): boolean =>
  path !== '' && document.nodes.every(({ id }) => ids.includes(id) === isWithin(id, path))
