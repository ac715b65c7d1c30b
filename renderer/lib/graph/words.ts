/** A graph's values and operations, as they are written. */
import type {
  ComputationGraph,
  GraphEdgeInfo,
  GraphNodeInfo,
  GraphValueInfo,
  TensorStatistics,
} from '../../../electron/contract/index.ts'
import { strings } from '../../strings/index.ts'
import { formatNumber, formatShape } from '../format.ts'
import type { Item } from './tree.ts'

const words = strings.graph

export const shapeText = (shape: readonly number[]): string =>
  shape.length === 0 ? words.inspector.number : formatShape(shape)

/** A weight's or input's name; of what is computed the text it came from, else its number. */
export const nameOf = ({ name, id }: GraphValueInfo): string => name ?? `%${id}`

export const isNumber = ({ elements }: TensorStatistics): boolean => elements === 1

/** The number itself, or how large a tensor's numbers are. */
export function sizeText(statistics: TensorStatistics | null): string {
  if (!statistics) return '–'
  if (isNumber(statistics))
    return statistics.mean === null ? words.view.notFinite : formatNumber(statistics.mean)
  return statistics.size === null ? words.view.notFinite : formatNumber(statistics.size, 3)
}

/** In a box there is little room. */
export const compactShape = (shape: readonly number[]): string => shape.join('×')
export function compactSpread(statistics: TensorStatistics): string {
  if (statistics.mean === null || isNumber(statistics)) return spreadText(statistics)
  return `${formatNumber(statistics.mean, 2)} ± ${formatNumber(statistics.std, 2)}`
}

/** `12`, or `0.1 ± 0.9`. */
export function spreadText(statistics: TensorStatistics | null): string {
  if (!statistics) return '–'
  if (statistics.mean === null) return words.view.notFinite
  if (isNumber(statistics)) return formatNumber(statistics.mean)
  return `${formatNumber(statistics.mean, 3)} ± ${formatNumber(statistics.std, 3)}`
}

/** `%5 = mul(w1, a)`. */
export function expressionOf(node: GraphNodeInfo, graph: ComputationGraph): string {
  const byId = valuesOf(graph)
  const list = (ids: readonly number[]): string => ids.map((id) => nameOf(byId.get(id)!)).join(', ')
  const outputs = node.outputs.map((id) => byId.get(id)!)
  // What has a text of its own, such as `w1 * a`, is said by it.
  const called = outputs.every(({ name }) => name !== null) ? '' : `${list(node.outputs)} = `
  return `${called}${node.op}(${list(node.inputs)})`
}

const known = new WeakMap<ComputationGraph, ReadonlyMap<number, GraphValueInfo>>()
export function valuesOf(graph: ComputationGraph): ReadonlyMap<number, GraphValueInfo> {
  let values = known.get(graph)
  if (!values) known.set(graph, (values = new Map(graph.values.map((value) => [value.id, value]))))
  return values
}

/** What a box is called. */
export function titleOf(item: Item): string {
  if (item.kind === 'op') return item.node.op
  if (item.kind === 'value') return nameOf(item.value)
  if (item.name === null) return words.view.stretch(firstOf(item) + 1, lastOf(item) + 1)
  return item.name
}
const firstOf = (item: Item): number =>
  item.kind === 'group' ? firstOf(item.children[0]!) : Math.max(0, Math.ceil(item.at))
const lastOf = (item: Item): number =>
  item.kind === 'group' ? lastOf(item.children.at(-1)!) : Math.max(0, Math.ceil(item.at))

/** The values that leave a box: of a group those of its last operation. */
export function outputsOf(item: Item, graph: ComputationGraph): readonly GraphValueInfo[] {
  const byId = valuesOf(graph)
  if (item.kind === 'value') return [item.value]
  if (item.kind === 'op') return item.node.outputs.map((id) => byId.get(id)!)
  const last = item.children.findLast((child) => child.kind !== 'value')
  return last ? outputsOf(last, graph) : []
}

/** What stands at a reversed edge; nothing where several meet, or none was measured. */
export function localText(edges: readonly GraphEdgeInfo[]): string {
  const [edge, ...others] = edges
  return edge?.local && others.length === 0 ? sizeText(edge.local) : ''
}

/** `[2, 0]`: the place of a row-major element. */
export function placeOf(element: number, shape: readonly number[]): string {
  if (shape.length === 0) return ''
  const place: number[] = []
  let left = element
  for (const extent of shape.toReversed()) {
    place.unshift(left % Math.max(1, extent))
    left = Math.floor(left / Math.max(1, extent))
  }
  return words.paths.place(place.join(', '))
}
