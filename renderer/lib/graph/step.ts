/** What happens at one step of a graph, in a sentence: forward a value is computed, backward gradients are passed on. */
import type { ComputationGraph } from '../../../electron/contract/index.ts'
import { strings } from '../../strings/index.ts'
import { formatNumber } from '../format.ts'
import type { Item } from './tree.ts'
import {
  expressionOf,
  isNumber,
  nameOf,
  outputsOf,
  shapeText,
  sizeText,
  spreadText,
  titleOf,
  valuesOf,
} from './words.ts'

const words = strings.graph.step

export function stepText(item: Item, graph: ComputationGraph, mode: 'forward' | 'backward'): string {
  const [output] = outputsOf(item, graph)
  if (!output) return ''
  const value =
    output.shape.length === 0
      ? spreadText(output.forward)
      : `${shapeText(output.shape)}, ${spreadText(output.forward)}`
  const group = item.kind === 'group' ? words.group(titleOf(item), item.operations) : ''
  if (mode === 'forward')
    return words.forward(item.kind === 'op' ? expressionOf(item.node, graph) : group.slice(0, -1), value)
  if (!output.gradient) return `${nameOf(output)}: ${words.nothing}.`
  const arrives = words.arrives(sizeText(output.gradient), nameOf(output))
  if (item.kind !== 'op') return `${group} ${arrives}.`
  const passed = [...new Set(item.node.inputs)].flatMap((id) => {
    const edge = graph.edges.find(({ node, from }) => node === item.node.id && from === id)
    const input = valuesOf(graph).get(id)!
    if (!edge?.local || !input.gradient) return []
    const [arrived, local] = [output.gradient!.mean, edge.local.mean]
    // Of single numbers the chain rule can be read; of tensors how large they are.
    const single = isNumber(output.gradient!) && isNumber(edge.local) && arrived !== null && local !== null
    return single
      ? [words.passes(nameOf(output), nameOf(input), formatNumber(local), formatNumber(arrived * local))]
      : [words.sized(nameOf(input), sizeText(input.gradient))]
  })
  return `${[arrives, ...(passed.length > 0 ? passed : [words.nothing])].join(words.joined)}.`
}
