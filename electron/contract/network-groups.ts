/**
 * Groups of layers. A group is what it is in PyTorch: a first part that names have in common. `block.conv` and `block.bn` are
 * the group `block`, a module of its own in the source and in the state dict; so nothing has to be kept beside the layers.
 */
import { isReserved } from './network-names.ts'
import { isLayer, type NetworkDocument, type NetworkNode } from './network.ts'

/** What an edit came to: the document, with the layers to look at next; or why there is none. */
export type NetworkEdit =
  { readonly document: NetworkDocument; readonly chosen: readonly string[] } | { readonly refused: string }

export const refused = (sentence: string): NetworkEdit => ({ refused: sentence })

export const kindName = (node: NetworkNode): string => (isLayer(node) ? node.layer : node.op)

/** `layer1.0.conv1` stands in `layer1.0`; '' is the network itself. */
export const layerGroup = (id: string): string => id.slice(0, Math.max(0, id.lastIndexOf('.')))
/** `conv1` in `layer1.0` is `layer1.0.conv1`. */
export const within = (group: string, name: string): string => (group === '' ? name : `${group}.${name}`)
export const isWithin = (id: string, group: string): boolean => group === '' || id.startsWith(`${group}.`)

/** The innermost group that all of them stand in. */
export function commonGroup(ids: readonly string[]): string {
  let [common = ''] = ids.map(layerGroup)
  while (!ids.every((id) => isWithin(id, common))) common = layerGroup(common)
  return common
}

/** Whether a layer can be called so: nothing is, and no group is called like a layer. */
export const isFree = ({ inputs, nodes }: NetworkDocument, id: string): boolean =>
  inputs.every(({ name }) => name !== id) &&
  nodes.every((node) => node.id !== id && !isWithin(node.id, id) && !isWithin(id, node.id))

/** `conv2d`, or the first of `conv2d_2`, `conv2d_3`, … that is free, and no name that modules have for something else. */
export function freeId(document: NetworkDocument, id: string): string {
  const isTaken = isReserved(id.slice(id.lastIndexOf('.') + 1))
  if (!isTaken && isFree(document, id)) return id
  const [, stem] = /^(.*?)(?:_\d+)?$/.exec(id) as unknown as [string, string]
  for (let i = 2; ; i++) if (isFree(document, `${stem}_${i}`)) return `${stem}_${i}`
}

/** Ids by others: in nodes, in what they read, and as the output. */
function renamed(document: NetworkDocument, names: ReadonlyMap<string, string>): NetworkDocument {
  const now = (id: string): string => names.get(id) ?? id
  return {
    ...document,
    nodes: document.nodes.map((node) => ({ ...node, id: now(node.id), inputs: node.inputs.map(now) })),
    output: now(document.output),
  }
}

/** The layers under one name, inside the group that they share already. */
export function grouped(document: NetworkDocument, ids: readonly string[], name: string): NetworkEdit {
  const chosen = document.nodes.filter(({ id }) => ids.includes(id)).map(({ id }) => id)
  if (chosen.length === 0) return refused('Choose the layers that become a group first.')
  if (!/^[a-z0-9_]+$/.test(name))
    return refused(`“${name}” is no name for a group: small letters, digits and _ make one.`)
  if (isReserved(name))
    return refused(`Every module has something else by the name “${name}”: choose another name.`)
  const around = commonGroup(chosen)
  const group = within(around, name)
  if (!isFree(document, group))
    return refused(`There is a group or layer “${group}” already: choose another name.`)
  const inside = (id: string) => within(group, around === '' ? id : id.slice(around.length + 1))
  const names = new Map(chosen.map((id) => [id, inside(id)]))
  const taken = [...names.values()].find((id) => document.inputs.some((input) => input.name === id))
  if (taken !== undefined) return refused(`The data has an input “${taken}” already: choose another name.`)
  return { document: renamed(document, names), chosen: [...names.values()] }
}

/** The layers of a group in the one around it. */
export function ungrouped(document: NetworkDocument, group: string): NetworkEdit {
  const members = document.nodes.filter(({ id }) => group !== '' && isWithin(id, group))
  if (members.length === 0) return refused(`There is no group “${group}”.`)
  const around = layerGroup(group)
  const names = new Map<string, string>()
  let at = { ...document, nodes: document.nodes.filter((node) => !members.includes(node)) }
  for (const node of members) {
    const rest = node.id.slice(group.length + 1)
    const plain = within(around, rest)
    // Where a layer is called like a group inside, the name is made one part.
    const id = isFree(at, plain) ? plain : freeId(at, within(around, rest.replaceAll('.', '_')))
    names.set(node.id, id)
    at = { ...at, nodes: [...at.nodes, { ...node, id }] }
  }
  return { document: renamed(document, names), chosen: [...names.values()] }
}
