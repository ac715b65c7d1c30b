/** An op graph with its numbers, as data that leaves the process; and what is asked of it afterwards. */
import {
  exactData,
  PathFinder,
  type GraphEdge,
  type GraphNode,
  type GraphValue,
  type OpGraph,
  type Tensor,
} from '../../../engine/index.ts'
import {
  DescentError,
  type ComputationGraph,
  type GradientPaths,
  type ValueNumbers,
} from '../../contract/index.ts'
import { numbersOf, statisticsOf } from './statistics.ts'

/** Each costs a small backward of its op; who asks for more waits for what nobody can look through. */
const mostEdges = 1500

export interface GraphNames {
  readonly value: (value: GraphValue) => string | null
  readonly module: (node: GraphNode) => { readonly module: string; readonly type: string }
}

export interface OpenGraph {
  describe(progress?: (share: number) => void): Promise<ComputationGraph>
  numbers(value: number): Promise<ValueNumbers>
  paths(value: number, element: number, progress?: (share: number) => void): Promise<GradientPaths>
}

function optionText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text === undefined ? String(value) : text.length > 60 ? `${text.slice(0, 57)}…` : text
}

const optionsText = (attrs: Readonly<Record<string, unknown>>): string =>
  Object.entries(attrs)
    .filter(([, value]) => value !== undefined && value !== null && typeof value !== 'function')
    .map(([name, value]) => `${name} ${optionText(value)}`)
    .join(', ')

const isTracked = ({ from, node }: GraphEdge): boolean =>
  node.inputs.some((value, i) => value === from && node.tracked[i])

/** `loss`: a single number, which all gradients are of. Errors: a DescentError where it depends on nothing that learns. */
export function openGraph(graph: OpGraph, loss: GraphValue, names: GraphNames): OpenGraph {
  const gradients: ReadonlyMap<GraphValue, Tensor> = (() => {
    try {
      return graph.gradients(loss)
    } catch {
      return new Map<GraphValue, Tensor>()
    }
  })()
  const byId = new Map(graph.values.map((value) => [value.id, value]))
  const valueOf = (id: number): GraphValue => {
    const value = byId.get(id)
    if (value) return value
    throw new DescentError('notFound', `The graph has no value ${id}. Build it again.`, 'value')
  }
  let finder: PathFinder | null = null

  return {
    async describe(progress = () => undefined) {
      const { nodes, edges } = graph
      const total = 2 * graph.values.length + Math.min(edges.length, mostEdges)
      let done = 0
      const step = (): void => progress(++done / total)
      // In their order and backward in the other: what the next one needs is there when its turn comes.
      const forward = new Map<GraphValue, ComputationGraph['values'][number]['forward']>()
      for (const value of graph.values) {
        forward.set(value, statisticsOf(await exactData(value.tensor)))
        step()
      }
      const slopes = new Map<GraphValue, ComputationGraph['values'][number]['forward']>()
      for (const value of graph.values.toReversed()) {
        const slope = gradients.get(value)
        if (slope) slopes.set(value, statisticsOf(await exactData(slope)))
        step()
      }
      let unmeasured = 0
      const measured: ComputationGraph['edges'][number][] = []
      for (const edge of edges) {
        const flows = isTracked(edge) && gradients.has(edge.to)
        const within = measured.length < mostEdges
        if (flows && !within) unmeasured++
        const local = flows && within ? statisticsOf(await exactData(graph.localGradient(edge))) : null
        measured.push({ from: edge.from.id, to: edge.to.id, node: edge.node.id, local })
        step()
      }
      return {
        nodes: nodes.map((node) => {
          const { module, type } = names.module(node)
          return {
            id: node.id,
            op: node.op,
            options: optionsText(node.attrs),
            module,
            moduleType: type,
            inputs: node.inputs.map(({ id }) => id),
            outputs: node.outputs.map(({ id }) => id),
            multiplyAdds: node.multiplyAdds,
          }
        }),
        values: graph.values.map((value) => ({
          id: value.id,
          kind: value.kind,
          name: names.value(value),
          shape: [...value.shape],
          dtype: value.dtype,
          producer: value.producer?.id ?? null,
          forward: forward.get(value)!,
          gradient: slopes.get(value) ?? null,
        })),
        edges: measured,
        loss: loss.id,
        unmeasured,
      }
    },

    async numbers(id) {
      const value = valueOf(id)
      const slope = gradients.get(value)
      return {
        value: numbersOf(await exactData(value.tensor)),
        gradient: slope ? numbersOf(await exactData(slope)) : null,
      }
    },

    async paths(id, element, progress) {
      const value = valueOf(id)
      if (!gradients.has(value))
        throw new DescentError(
          'badRequest',
          'No gradient flows to this value: the loss does not depend on it, or it is a constant. Choose a weight, an input or a value between.',
          'value',
        )
      finder ??= new PathFinder(graph, loss, gradients)
      const { elements } = { elements: value.shape.reduce((product, extent) => product * extent, 1) }
      if (element >= elements)
        throw new DescentError(
          'badRequest',
          `There is no element ${element}: the value has ${elements}, counted from 0.`,
          'element',
        )
      const found = await finder.of(value, element, { onProgress: progress })
      return {
        value: id,
        element,
        paths: found.paths.map(({ steps, product }) => ({
          steps: steps.map(({ edge, element: at, derivative }) => ({
            node: edge.node.id,
            from: edge.from.id,
            to: edge.to.id,
            element: at,
            derivative,
          })),
          product,
        })),
        remainder: found.remainder,
        complete: found.complete,
        gradient: found.gradient,
      }
    },
  }
}
