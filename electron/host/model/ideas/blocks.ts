/** Ideas about blocks of layers: a way around them, and one more of them. */
import {
  freeId,
  isLayer,
  type LayerNode,
  type NetworkDocument,
  type NetworkNode,
} from '../../../contract/index.ts'
import { projection, stemOf } from '../mends.ts'
import { bends, isOf, putBehind, type Idea, type Seen } from './seen.ts'

const sameShape = (seen: Seen, a: string, b: string): boolean =>
  JSON.stringify(seen.shape(a)) === JSON.stringify(seen.shape(b))

// ---- a way around ----

interface Block {
  readonly first: LayerNode
  readonly end: string
  /** What makes the shapes agree; null: they do. */
  readonly between: Pick<LayerNode, 'layer' | 'options'> | null
}

export const residual: Idea = (seen) => {
  const within = new Set(seen.residuals().flatMap(({ nodes, sum }) => [sum.id, ...nodes.map(({ id }) => id)]))
  const blocks = seen.inner().flatMap((first): Block[] => {
    const [from] = first.inputs
    const end = seen.segment(first).at(-1)!.id
    // Of sequences of channels nobody can say which extent is which.
    const [before, after] = [seen.shape(from!), seen.shape(end)]
    const isRead = seen.readers(end).length > 0 || seen.document.output === end
    if (within.has(first.id) || !isRead || !seen.isFloat(from!) || !seen.isFloat(end)) return []
    if (before.length === 3 && 'inChannels' in first.options) return []
    if (sameShape(seen, from!, end)) return [{ first, end, between: null }]
    const between = projection(before, after)
    return between ? [{ first, end, between }] : []
  })
  const alike = blocks.filter(({ between }) => between === null)
  // Where there are blocks already, what is left is the way into them and out of them.
  // Around the first layer would go the data, which is mostly far narrower.
  const one = blocks.find(({ first }) => seen.node(first.inputs[0]!) !== undefined) ?? blocks[0]
  const chosen = alike.length > 0 || within.size > 0 ? alike : one ? [one] : []
  if (chosen.length === 0)
    return within.size > 0
      ? 'Its blocks have a way around them already.'
      : 'No inner layer gives what could be added to what it gets.'
  return chosen.reduce((at, { first, end, between }) => {
    // Behind an earlier block of these it is that block's sum which goes around.
    const [from] = at.nodes.find(({ id }) => id === first.id)!.inputs
    const nodes: NetworkNode[] = []
    let around = from!
    if (between) {
      around = freeId(at, stemOf(end, 'projection'))
      nodes.push({ id: around, ...between, inputs: [from!] })
    }
    nodes.push({ id: freeId(at, stemOf(end, 'sum')), op: 'add', options: {}, inputs: [end, around] })
    return putBehind(at, end, nodes)
  }, seen.document)
}

// ---- one more ----

/** The nodes once more behind `end`, reading it where they read `from`. */
function repeated(
  document: NetworkDocument,
  nodes: readonly NetworkNode[],
  from: string,
  end: string,
): NetworkDocument {
  const names = new Map<string, string>([[from, end]])
  const copies: NetworkNode[] = []
  for (const node of nodes) {
    const id = freeId({ ...document, nodes: [...document.nodes, ...copies] }, stemOf(node.id, 'again'))
    copies.push({ ...node, id, inputs: node.inputs.map((input) => names.get(input) ?? input) })
    names.set(node.id, id)
  }
  return putBehind(document, end, copies)
}

/** What belongs to a block behind its sum: what normalizes it, where nothing inside does, and what bends it. */
function behindSum(seen: Seen, sum: NetworkNode, inside: readonly NetworkNode[]): NetworkNode[] {
  const isNormalized = inside.some((node) => isOf(node, 'normalization'))
  const found: NetworkNode[] = []
  for (const belongs of [(node: NetworkNode) => !isNormalized && isOf(node, 'normalization'), bends]) {
    const [next, ...others] = seen.readers((found.at(-1) ?? sum).id)
    if (next && others.length === 0 && next.inputs.length === 1 && belongs(next)) found.push(next)
  }
  return found
}

/** The last block with a way around it. */
function lastResidual(seen: Seen): NetworkDocument | null {
  for (const { sum, from, nodes: all } of seen.residuals().reverse()) {
    if (from === null) continue
    // What is not computed from the value that goes in, such as a mask, is read again.
    const nodes = all.filter(({ id }) => seen.behind(id).has(from))
    if (nodes.length === 0 || nodes.some(({ id }) => seen.heads.has(id))) continue
    const behind = behindSum(seen, sum, nodes)
    const end = [sum, ...behind].at(-1)!.id
    if (sameShape(seen, from, end) && end !== seen.document.output)
      return repeated(seen.document, [...nodes, sum, ...behind], from, end)
  }
  return null
}

const isOdd = (kernel: unknown): boolean => [kernel].flat().every((extent) => Number(extent) % 2 === 1)
const halfOf = (extent: unknown): number => (Number(extent) - 1) / 2

/** With options that give what they get in the same shape; widths are carried on where the document is mended. */
function keepingShape(node: NetworkNode): NetworkNode {
  const { kernelSize } = node.options
  if (kernelSize === undefined || !('inChannels' in node.options)) return node
  const { stride: _, dilation: __, padding: ___, kernelSize: ____, ...options } = node.options
  const kernel = isOdd(kernelSize) ? kernelSize : 3
  const padding = Array.isArray(kernel) ? kernel.map(halfOf) : halfOf(kernel)
  return { ...node, options: { ...options, kernelSize: kernel, padding } }
}

/** Layers whose width is that of what they get, and those that bend what they give, or keep a memory. */
function lastSegment(seen: Seen): NetworkDocument | null {
  for (const node of seen.order.toReversed()) {
    if (seen.heads.has(node.id) || !isLayer(node) || !seen.isFloat(node.id)) continue
    const isTransformer = 'nhead' in node.options
    const nodes = seen.inner().includes(node) ? seen.segment(node) : isTransformer ? [node] : []
    const end = nodes.at(-1)?.id
    if (end === undefined || end === seen.document.output) continue
    if (!isTransformer && !isOf(node, 'recurrent') && !nodes.some(bends)) continue
    const [first, ...rest] = nodes
    // What it reads beside the value, such as a mask, it reads again.
    const from = node.inputs[0]!
    return repeated(seen.document, [keepingShape(first!), ...rest], from, end)
  }
  return null
}

/** A hidden layer before the output. */
function hidden(seen: Seen): NetworkDocument | null {
  const heads = seen.order.filter(({ id }) => seen.heads.has(id))
  const [head] = heads
  const from = head?.inputs[0]
  if (!head || heads.length > 1 || from === undefined || !('inFeatures' in head.options)) return null
  const features = seen.shape(from).at(-1)!
  if (seen.node(from) === undefined || seen.shape(from).length !== 2) return null
  const { document } = seen
  const linear = freeId(document, stemOf(head.id, 'hidden'))
  const relu = freeId(document, stemOf(head.id, 'bent'))
  const made: NetworkNode[] = [
    { id: linear, layer: 'Linear', options: { inFeatures: features, outFeatures: features }, inputs: [from] },
    { id: relu, layer: 'ReLU', options: {}, inputs: [linear] },
  ]
  const nodes = document.nodes.flatMap((node) =>
    node.id === head.id ? [...made, { ...node, inputs: [relu, ...node.inputs.slice(1)] }] : [node],
  )
  return { ...document, nodes }
}

export const deeper: Idea = (seen) =>
  lastResidual(seen) ??
  lastSegment(seen) ??
  hidden(seen) ??
  'There is no inner block to repeat, and no row of numbers before the last layer.'
