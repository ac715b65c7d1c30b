/** A network's document, with the weights of its module, as a graph in ONNX. */
import { OnnxNodes, type nn, type OnnxGraph, type OnnxPort } from '../../../engine/index.ts'
import { isLayer, orderOf, type NetworkDocument, type NetworkInput } from '../../contract/index.ts'
import { flowOf } from './check.ts'
import { functionOf, type FlowValue } from './functions.ts'
import { shapeOfInput } from './input.ts'
import type { Network } from './module.ts'

export const portOfInput = (input: NetworkInput): Required<OnnxPort> => ({
  name: input.name,
  dtype: input.kind === 'tokens' || input.kind === 'codes' ? 'int32' : 'float32',
  shape: ['N', ...shapeOfInput(input)],
})

/**
 * Adds the nodes of a network as it predicts, to those that make its inputs, and gives the name of what comes out. Errors: an
 * Error for a layer that ONNX cannot say, and for a document that has a problem.
 */
export async function addNetwork(
  nodes: OnnxNodes,
  document: NetworkDocument,
  network: Network,
  inputs: readonly string[],
): Promise<string> {
  const flow = await flowOf(document)
  const values = new Map<string, FlowValue>(
    document.inputs.map(({ name }, i) => [name, { ...flow.get(name)!, name: inputs[i]! }]),
  )
  for (const node of orderOf(document).order) {
    const x = node.inputs.map((name) => values.get(name)!)
    const [name] = isLayer(node)
      ? nodes.module(network.getSubmodule(node.id) as nn.AnyModule, ...x)
      : [functionOf(node.op, node.options).onnx(nodes, x)]
    values.set(node.id, { ...flow.get(node.id)!, name: name! })
  }
  return values.get(document.output)!.name
}

/** The network alone. Errors: as `addNetwork`. */
export async function onnxOfNetwork(document: NetworkDocument, network: Network): Promise<OnnxGraph> {
  const nodes = new OnnxNodes()
  const inputs = document.inputs.map(portOfInput)
  const output = await addNetwork(
    nodes,
    document,
    network,
    inputs.map(({ name }) => name),
  )
  return {
    name: 'network',
    nodes: nodes.nodes,
    inputs,
    outputs: [{ name: output, dtype: 'float32' }],
    constants: await nodes.values(),
  }
}
