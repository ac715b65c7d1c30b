/** A network's document, with the weights of its module, as a graph in ONNX. */
import { OnnxNodes, type nn, type OnnxGraph, type OnnxPort } from '../../../engine/index.ts'
import { isLayer, orderOf, type NetworkDocument, type NetworkInput } from '../../contract/index.ts'
import { flowOf } from './check.ts'
import { functionOf, type FlowValue } from './functions.ts'
import { shapeOfInput } from './input.ts'
import type { Network } from './module.ts'

const portOf = (input: NetworkInput): OnnxPort => ({
  name: input.name,
  dtype: input.kind === 'tokens' || input.kind === 'codes' ? 'int32' : 'float32',
  shape: ['N', ...shapeOfInput(input)],
})

/** As it predicts. Errors: an Error for a layer that ONNX cannot say, and for a document that has a problem. */
export async function onnxOfNetwork(document: NetworkDocument, network: Network): Promise<OnnxGraph> {
  const flow = await flowOf(document)
  const nodes = new OnnxNodes()
  const values = new Map<string, FlowValue>(document.inputs.map(({ name }) => [name, flow.get(name)!]))
  for (const node of orderOf(document).order) {
    const x = node.inputs.map((name) => values.get(name)!)
    const [name] = isLayer(node)
      ? nodes.module(network.getSubmodule(node.id) as nn.AnyModule, ...x)
      : [functionOf(node.op, node.options).onnx(nodes, x)]
    values.set(node.id, { ...flow.get(node.id)!, name: name! })
  }
  const constants = new Map(nodes.constants)
  for (const [name, weight] of nodes.weights)
    constants.set(name, { dtype: 'float32', shape: weight.shape, values: await weight.data() })
  return {
    name: 'network',
    nodes: nodes.nodes,
    inputs: document.inputs.map(portOf),
    outputs: [{ name: values.get(document.output)!.name, dtype: 'float32' }],
    constants,
  }
}
