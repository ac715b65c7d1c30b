/** Small graphs for tests. */
import type { ComputationGraph, TensorStatistics } from '../../../electron/contract/index.ts'

const one: TensorStatistics = {
  elements: 1,
  mean: 1,
  std: 0,
  least: 1,
  most: 1,
  size: 1,
  zeros: 0,
  notFinite: 0,
}

/** Operations in order, each as [module, what it reads]: `x`, `weight of a module` or the number of an operation before. */
export function chain(
  ...operations: readonly (readonly [module: string, reads: readonly (string | number)[]])[]
): ComputationGraph {
  const values: ComputationGraph['values'][number][] = []
  const nodes: ComputationGraph['nodes'][number][] = []
  const source = (name: string): number => {
    const known = values.find((value) => value.name === name)
    if (known) return known.id
    const kind = name.endsWith('.weight') ? 'parameter' : 'input'
    values.push({
      id: values.length,
      kind,
      name,
      shape: [],
      dtype: 'float32',
      producer: null,
      forward: one,
      gradient: one,
    })
    return values.length - 1
  }
  for (const [module, reads] of operations) {
    const inputs = reads.map((read) => (typeof read === 'string' ? source(read) : nodes[read]!.outputs[0]!))
    const [node, output] = [nodes.length, values.length]
    values.push({
      id: output,
      kind: 'computed',
      name: null,
      shape: [],
      dtype: 'float32',
      producer: node,
      forward: one,
      gradient: one,
    })
    nodes.push({
      id: node,
      op: 'mul',
      options: '',
      module,
      moduleType: module,
      inputs,
      outputs: [output],
      multiplyAdds: 0,
    })
  }
  const edges = nodes.flatMap(({ id, inputs, outputs }) =>
    inputs.map((from) => ({ from, to: outputs[0]!, node: id, local: one })),
  )
  return { nodes, values, edges, loss: nodes.at(-1)!.outputs[0]!, unmeasured: 0 }
}
