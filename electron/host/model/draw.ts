/** Writing down a network's document, node by node. */
import type { NetworkDocument, NetworkInput, NetworkNode, LayerNode } from '../../contract/index.ts'

type Options = NetworkNode['options']

/** Collects nodes; each call gives the new node's id. */
export class Drawing {
  readonly #nodes: NetworkNode[] = []

  layer(
    id: string,
    layer: string,
    options: Options,
    inputs: string | string[],
    init?: LayerNode['init'],
  ): string {
    this.#nodes.push({ id, layer, options, inputs: [inputs].flat(), ...(init ? { init } : {}) })
    return id
  }

  op(id: string, op: string, options: Options, ...inputs: string[]): string {
    this.#nodes.push({ id, op, options, inputs })
    return id
  }

  document(inputs: readonly NetworkInput[], output: string): NetworkDocument {
    return { inputs, nodes: this.#nodes, output }
  }
}
