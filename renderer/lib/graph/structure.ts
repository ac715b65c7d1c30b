/** What a graph is, apart from its numbers. */
import type { ComputationGraph } from '../../../electron/contract/index.ts'

const known = new WeakMap<ComputationGraph, string>()

/** The same text for the same operations, in the same layers, on the same values: the same boxes and lines. */
export function structureOf(graph: ComputationGraph): string {
  const text =
    known.get(graph) ?? JSON.stringify(graph.nodes.map(({ module, op, inputs }) => [module, op, inputs]))
  known.set(graph, text)
  return text
}
