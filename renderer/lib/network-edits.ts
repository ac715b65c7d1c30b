/** Edits of a network's document as pure functions. What they break, the host tells, layer by layer. */
import { isLayer } from '../../electron/contract/index.ts'
import type { NetworkDocument, NetworkNode, NodeKind } from '../../electron/contract/index.ts'

type OptionJson = NetworkNode['options'][string]

const changed = (
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
  changed(document, id, (node) => {
    const { [option]: _, ...others } = node.options
    // An option that was there keeps its place.
    const options = value === undefined ? others : { ...node.options, [option]: value }
    return { ...node, options }
  })

/** Whoever read `from`, and the output, as reading `to`. */
const redirected = (document: NetworkDocument, from: string, to: string, except = ''): NetworkDocument => ({
  ...document,
  nodes: document.nodes.map((node) =>
    node.id === except
      ? node
      : { ...node, inputs: node.inputs.map((input) => (input === from ? to : input)) },
  ),
  output: document.output === from ? to : document.output,
})

/** Where several values meet, leaving out the place where they do would lose all but one. */
export const canRemove = ({ nodes }: NetworkDocument, { inputs }: NetworkNode): boolean =>
  inputs.length === 1 && nodes.length > 1

/** What read the node reads what it read. */
export function withoutNode(document: NetworkDocument, id: string): NetworkDocument {
  const node = document.nodes.find((one) => one.id === id)
  if (!node || !canRemove(document, node)) return document
  const { nodes, ...rest } = redirected(document, id, node.inputs[0]!)
  return { ...rest, nodes: nodes.filter((one) => one.id !== id) }
}

function freeId({ inputs, nodes }: NetworkDocument, id: string): string {
  const taken = new Set([...inputs.map(({ name }) => name), ...nodes.map((node) => node.id)])
  const [, stem] = /^(.*?)(?:_\d+)?$/.exec(id) as unknown as [string, string]
  for (let i = 2; ; i++) if (!taken.has(`${stem}_${i}`)) return `${stem}_${i}`
}

/** The same once more, right behind the node: what read that reads the copy. Gives the copy's id, too. */
export function withCopy(
  document: NetworkDocument,
  id: string,
): { readonly document: NetworkDocument; readonly id: string } {
  const node = document.nodes.find((one) => one.id === id)
  if (!node) return { document, id }
  const copy: NetworkNode = { ...node, id: freeId(document, id), inputs: [id, ...node.inputs.slice(1)] }
  const { nodes, ...rest } = redirected(document, id, copy.id)
  return {
    document: { ...rest, nodes: nodes.flatMap((one) => (one.id === id ? [one, copy] : [one])) },
    id: copy.id,
  }
}

export const kindName = (node: NetworkNode): string => (isLayer(node) ? node.layer : node.op)

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
  changed(document, id, ({ options, inputs }) => {
    const kept = Object.entries(options).filter(([name]) => kind.options.some((one) => one.name === name))
    return { id, layer: kind.name, options: Object.fromEntries(kept), inputs }
  })
