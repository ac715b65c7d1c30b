/** A computational graph as a tree of modules: what stands inside what, in the order in which it is computed. */
import type {
  ComputationGraph,
  GraphEdgeInfo,
  GraphNodeInfo,
  GraphValueInfo,
} from '../../../electron/contract/index.ts'
import type { Flow } from './visible.ts'

interface Placed {
  readonly id: string
  /** When it is computed: the number of its first operation. */
  readonly at: number
}
export interface OpItem extends Placed {
  readonly kind: 'op'
  readonly node: GraphNodeInfo
}
/** What was there before: an input, a weight, a constant. */
export interface ValueItem extends Placed {
  readonly kind: 'value'
  readonly value: GraphValueInfo
}
export interface GroupItem extends Placed {
  readonly kind: 'group'
  /** The last part of the module's name; null: a stretch of a module with very many operations. */
  readonly name: string | null
  /** Dotted. */
  readonly path: string
  readonly type: string
  readonly children: readonly Item[]
  /** Operations inside, at any depth. */
  readonly operations: number
  readonly parameters: number
}
export type Item = OpItem | ValueItem | GroupItem

export const opId = (node: number): string => `n${node}`
export const valueId = (value: number): string => `v${value}`

/** The graph's edges between the things in its tree. */
export function flowsOf(graph: ComputationGraph): Flow<GraphEdgeInfo>[] {
  const producers = new Map(graph.values.map(({ id, producer }) => [id, producer]))
  return graph.edges.map((edge) => {
    const producer = producers.get(edge.from)
    const isSource = producer === null || producer === undefined
    return { from: isSource ? valueId(edge.from) : opId(producer), to: opId(edge.node), of: edge }
  })
}

/** More boxes beside each other than this nobody looks through, and their layout takes long. */
const mostChildren = 60
const stretch = 40

interface Building {
  readonly path: string
  type: string
  readonly items: (OpItem | ValueItem)[]
  readonly groups: Map<string, Building>
}
const building = (path: string): Building => ({ path, type: '', items: [], groups: new Map() })

/** By their numbers. */
export interface Aside {
  readonly nodes: ReadonlySet<number>
  readonly values: ReadonlySet<number>
}
const nothing: Aside = { nodes: new Set(), values: new Set() }

/**
 * What no gradient flows through: how a mask was drawn, what is counted, and constants that are one number, which the text of
 * an operation has as well. Nothing where nothing has a gradient.
 */
export function aside(graph: ComputationGraph): Aside {
  const flows = new Set(graph.values.filter(({ gradient }) => gradient !== null).map(({ id }) => id))
  const ops = graph.nodes.filter(({ outputs }) => !outputs.some((id) => flows.has(id)))
  if (ops.length === graph.nodes.length) return nothing
  const constants = graph.values.filter(
    ({ producer, forward, gradient }) => producer === null && gradient === null && forward.elements === 1,
  )
  return { nodes: new Set(ops.map(({ id }) => id)), values: new Set(constants.map(({ id }) => id)) }
}

/**
 * Where each operation stands. What belongs to no module — an activation, a sum around a block — stands with those that are
 * computed before and after it, so that a closed group is a stretch of the computation and no line leads back into it.
 */
function pathsOf(nodes: readonly GraphNodeInfo[]): readonly string[] {
  const known = nodes.map(({ module }) => module)
  const before: string[] = []
  for (const [i, path] of known.entries()) before.push(path === '' ? (before[i - 1] ?? '') : path)
  const paths: string[] = []
  let after = ''
  for (let i = known.length - 1; i >= 0; i--) {
    const path = known[i]!
    if (path !== '') after = path
    paths.unshift(path === '' ? sharedHolder(before[i]!, after) : path)
  }
  return paths
}

/** The innermost group that holds both of them, but is neither. */
function sharedHolder(one: string, other: string): string {
  const [a, b] = [one.split('.').slice(0, -1), other.split('.').slice(0, -1)]
  const differs = a.findIndex((part, i) => part !== b[i])
  return (differs === -1 ? a : a.slice(0, differs)).join('.')
}

/** `without`: what is left out, with what only that reads. */
export function treeOf(graph: ComputationGraph, without: Aside = nothing): GroupItem {
  const root = building('')
  const nodes = graph.nodes.filter(({ id }) => !without.nodes.has(id))
  const within = (path: string): Building => {
    let at = root
    for (const part of path === '' ? [] : path.split('.')) {
      let next = at.groups.get(part)
      if (!next) at.groups.set(part, (next = building(at.path === '' ? part : `${at.path}.${part}`)))
      at = next
    }
    return at
  }
  const firstUse = new Map<number, number>()
  const places = pathsOf(nodes)
  for (const [i, node] of nodes.entries()) {
    const holder = within(places[i]!)
    if (node.module === places[i]) holder.type = node.moduleType
    holder.items.push({ kind: 'op', id: opId(node.id), at: node.id, node })
    for (const input of node.inputs) if (!firstUse.has(input)) firstUse.set(input, node.id)
  }
  const paths = new Set(nodes.map(({ module }) => module))
  const modules = [...paths].sort((a, b) => b.length - a.length)
  for (const value of graph.values) {
    const at = firstUse.get(value.id)
    if (value.producer !== null || at === undefined || without.values.has(value.id)) continue
    const owner =
      value.kind === 'parameter' || value.kind === 'buffer'
        ? modules.find((path) => path !== '' && value.name?.startsWith(`${path}.`))
        : undefined
    // Just before the operation that reads it first.
    within(owner ?? '').items.push({ kind: 'value', id: valueId(value.id), at: at - 0.5, value })
  }
  return finished(root)
}

function finished({ path, type, items, groups }: Building): GroupItem {
  const children: Item[] = [...items, ...[...groups.values()].map(finished)].sort((a, b) => a.at - b.at)
  return groupOf(path.split('.').at(-1)!, path, `m${path}`, type, inStretches(path, children))
}

function groupOf(
  name: string | null,
  path: string,
  id: string,
  type: string,
  children: readonly Item[],
): GroupItem {
  const sum = (of: (item: Item) => number): number => children.reduce((total, item) => total + of(item), 0)
  return {
    kind: 'group',
    id,
    at: children[0]?.at ?? 0,
    name,
    path,
    type,
    children,
    operations: sum((item) => (item.kind === 'op' ? 1 : item.kind === 'group' ? item.operations : 0)),
    parameters: sum((item) =>
      item.kind === 'group'
        ? item.parameters
        : item.kind === 'value' && item.value.kind === 'parameter'
          ? item.value.forward.elements
          : 0,
    ),
  }
}

function inStretches(path: string, children: readonly Item[]): readonly Item[] {
  if (children.length <= mostChildren) return children
  const parts: Item[] = []
  for (let i = 0; i < children.length; i += stretch) {
    const part = children.slice(i, i + stretch)
    parts.push(groupOf(null, path, `m${path}#${i / stretch}`, '', part))
  }
  return inStretches(`${path}#`, parts)
}
