/** Ideas that put layers behind or before others, or exchange them. */
import {
  freeId,
  isLayer,
  mostUnits,
  type LayerNode,
  type NetworkDocument,
  type NetworkNode,
} from '../../../contract/index.ts'
import { stemOf } from '../mends.ts'
import { scaledDocument } from '../widths.ts'
import { isOf, isReLU, putBehind, type Idea, type Seen } from './seen.ts'

/** One layer behind each of these. */
function behindEach(
  { document }: Seen,
  nodes: readonly NetworkNode[],
  suffix: string,
  make: (node: NetworkNode) => Pick<LayerNode, 'layer' | 'options'>,
): NetworkDocument {
  return nodes.reduce((at, node) => {
    const id = freeId(at, stemOf(node.id, suffix))
    return putBehind(at, node.id, [{ id, ...make(node), inputs: [node.id] }])
  }, document)
}

const isNormalized = (seen: Seen, { id }: NetworkNode): boolean =>
  seen.readers(id).every((reader) => isOf(reader, 'normalization')) && seen.readers(id).length > 0
/** Layers that a normalization could follow, and does not. */
function unnormalized(seen: Seen, fits: (node: LayerNode) => boolean): LayerNode[] | string {
  const fitting = seen.inner().filter(fits)
  if (fitting.length === 0) return 'There is no inner layer that it could stand behind.'
  const open = fitting.filter((node) => !isNormalized(seen, node))
  return open.length === 0 ? 'Every inner layer that it could stand behind is normalized already.' : open
}

export const batchNorm: Idea = (seen) => {
  // A batch norm counts channels in the second dimension: of rows of numbers, and of grids.
  const open = unnormalized(seen, ({ id, options }) => 'inChannels' in options || seen.shape(id).length === 2)
  if (typeof open === 'string') return open
  return behindEach(seen, open, 'norm', ({ id }) => {
    const shape = seen.shape(id)
    return { layer: shape.length === 4 ? 'BatchNorm2d' : 'BatchNorm1d', options: { numFeatures: shape[1]! } }
  })
}

export const layerNorm: Idea = (seen) => {
  const open = unnormalized(seen, ({ id }) => seen.shape(id).length > 1)
  if (typeof open === 'string') return open
  return behindEach(seen, open, 'norm', ({ id, options }): Pick<LayerNode, 'layer' | 'options'> =>
    'inChannels' in options
      ? { layer: 'GroupNorm', options: { numGroups: 1, numChannels: seen.shape(id)[1]! } }
      : { layer: 'LayerNorm', options: { normalizedShape: seen.shape(id).at(-1)! } },
  )
}

const dropped = 0.3
export const dropout: Idea = (seen) => {
  const heads = seen.order.filter(({ id }) => seen.heads.has(id))
  const open = heads.filter(({ inputs: [from] }) => {
    const before = from === undefined ? undefined : seen.node(from)
    return before !== undefined && !isOf(before, 'dropout') && seen.isFloat(before.id)
  })
  if (heads.length === 0) return 'No layer with weights gives the output.'
  if (open.length === 0)
    return heads.some(({ inputs: [from] }) => isOf(seen.node(from!), 'dropout'))
      ? 'What the last layer reads is dropped already.'
      : 'There is nothing before the last layer but the data.'
  return open.reduce((at, head) => {
    const [from, ...others] = head.inputs
    const id = freeId(at, stemOf(head.id, 'dropout'))
    const node: NetworkNode = { id, layer: 'Dropout', options: { p: dropped }, inputs: [from!] }
    const nodes = at.nodes.flatMap((one) =>
      one.id === head.id ? [node, { ...one, inputs: [id, ...others] }] : [one],
    )
    return { ...at, nodes }
  }, seen.document)
}

const isFlatten = (node: NetworkNode): boolean =>
  isLayer(node) ? node.layer === 'Flatten' : node.op === 'flatten'
export const globalPooling: Idea = (seen) => {
  const flat = seen.order.filter((node) => {
    const [from] = node.inputs
    if (!isFlatten(node) || from === undefined) return false
    const [, , height, width, ...rest] = seen.shape(from)
    const isGrid = height !== undefined && width !== undefined && rest.length === 0 && height * width > 1
    return isGrid && [...seen.behind(from)].some((id) => 'inChannels' in (seen.node(id)?.options ?? {}))
  })
  if (flat.length === 0)
    return 'No pixels of convolutions are flattened into a row: there is nothing to take the mean of.'
  return flat.reduce((at, node) => {
    const id = freeId(at, stemOf(node.id, 'pool'))
    const pool: NetworkNode = {
      id,
      layer: 'AdaptiveAvgPool2d',
      options: { outputSize: 1 },
      inputs: node.inputs,
    }
    const nodes = at.nodes.flatMap((one) => (one.id === node.id ? [pool, { ...one, inputs: [id] }] : [one]))
    return { ...at, nodes }
  }, seen.document)
}

/** `inside`: of layers that bend within themselves, the name of the option's choice; null: they have none like it. */
const insteadOfReLU =
  (layer: string, inside: string | null): Idea =>
  ({ document, order }) => {
    const needed = new Set(order.map(({ id }) => id))
    const nodes = document.nodes.map((node): NetworkNode => {
      if (!needed.has(node.id)) return node
      if (isReLU(node)) return { id: node.id, layer, options: {}, inputs: node.inputs }
      const bent = node.options['activation'] ?? 'relu'
      return inside !== null && 'dModel' in node.options && 'nhead' in node.options && bent === 'relu'
        ? { ...node, options: { ...node.options, activation: inside } }
        : node
    })
    return nodes.every((node, i) => node === document.nodes[i])
      ? 'There is no ReLU to exchange.'
      : { ...document, nodes }
  }
export const gelu = insteadOfReLU('GELU', 'gelu')
export const silu = insteadOfReLU('SiLU', null)

export const wider: Idea = ({ document }) => {
  const scaled = scaledDocument(document, 2, mostUnits)
  if (scaled === null) return 'There is no inner layer whose width is its own to choose.'
  return 'refusal' in scaled ? scaled.refusal : scaled.document
}
