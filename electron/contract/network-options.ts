/** Edits of one layer of a document: its options, and what it is. */
import { isLayer, type NetworkDocument, type NetworkNode, type NodeKind } from './network.ts'

type OptionJson = NetworkNode['options'][string]

export const withNode = (
  document: NetworkDocument,
  id: string,
  change: (node: NetworkNode) => NetworkNode,
): NetworkDocument => ({
  ...document,
  nodes: document.nodes.map((node) => (node.id === id ? change(node) : node)),
})

/** `undefined` leaves the option to its default. */
export const withNodeOption = (
  document: NetworkDocument,
  id: string,
  option: string,
  value: OptionJson | undefined,
): NetworkDocument =>
  withNode(document, id, (node) => {
    const { [option]: _, ...others } = node.options
    // An option that was there keeps its place.
    const options = value === undefined ? others : { ...node.options, [option]: value }
    return { ...node, options }
  })

/** Layers that can stand in a layer's place with the options that it has: another activation, another norm. */
export function exchangeable(layers: readonly NodeKind[], node: NetworkNode): NodeKind[] {
  const kind = isLayer(node) ? layers.find(({ name }) => name === node.layer) : undefined
  if (!kind) return []
  return layers.filter(
    ({ name, family, options, inputs }) =>
      name === kind.name ||
      (family === kind.family &&
        inputs.least <= node.inputs.length &&
        node.inputs.length <= (inputs.most ?? Infinity) &&
        options.every((option) => !option.required || option.name in node.options)),
  )
}

/** Keeps the options that both have. First weights of the other kind are its own. */
export const withLayer = (document: NetworkDocument, id: string, kind: NodeKind): NetworkDocument =>
  withNode(document, id, ({ options, inputs }) => {
    const kept = Object.entries(options).filter(([name]) => kind.options.some((one) => one.name === name))
    return { id, layer: kind.name, options: Object.fromEntries(kept), inputs }
  })
