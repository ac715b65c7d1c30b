/** Ideas by which a network weighs what it sees: channels of pictures, and words by other words. */
import { freeId, isLayer, type LayerNode, type NetworkNode } from '../../../contract/index.ts'
import { stemOf } from '../mends.ts'
import { putBehind, type Idea, type Seen } from './seen.ts'

/** One of so many channels in the middle; the paper's 16 leave nothing of small networks. */
const reduction = 8
const fewest = 2

/** Where convolutions end: within blocks with a way around them before the sum, as the paper has it. */
function gridsIn(seen: Seen): string[] {
  const sums = new Set(seen.residuals().map(({ sum }) => sum.id))
  const ends = seen
    .inner()
    .filter(({ id, options }) => 'inChannels' in options && seen.shape(id).length === 4)
    .map((node) => seen.segment(node).at(-1)!.id)
    .filter((id) => seen.document.output !== id && seen.readers(id).length > 0)
  const summed = ends.filter((id) => seen.readers(id).some((reader) => sums.has(reader.id)))
  return summed.length > 0 ? summed : ends
}

export const squeezeExcitation: Idea = (seen) => {
  const grids = gridsIn(seen)
  if (grids.length === 0)
    return 'It weighs the channels of convolutions of pictures, and there are none inside.'
  const isWeighed = (id: string) => seen.readers(id).some((reader) => !isLayer(reader) && reader.op === 'mul')
  const open = grids.filter((id) => !isWeighed(id))
  if (open.length === 0) return 'The channels of its convolutions are weighed already.'
  return open.reduce((document, from) => {
    const channels = seen.shape(from)[1]!
    const squeezed = Math.max(fewest, Math.round(channels / reduction))
    const id = (part: string) => freeId(document, stemOf(from, part))
    const conv = (inChannels: number, outChannels: number): Pick<LayerNode, 'layer' | 'options'> => ({
      layer: 'Conv2d',
      options: { inChannels, outChannels, kernelSize: 1 },
    })
    const [pool, squeeze, bend, excite, gate] = ['mean', 'squeeze', 'bent', 'excite', 'gate'].map(id) as [
      string,
      string,
      string,
      string,
      string,
    ]
    return putBehind(document, from, [
      { id: pool, layer: 'AdaptiveAvgPool2d', options: { outputSize: 1 }, inputs: [from] },
      { id: squeeze, ...conv(channels, squeezed), inputs: [pool] },
      { id: bend, layer: 'ReLU', options: {}, inputs: [squeeze] },
      { id: excite, ...conv(squeezed, channels), inputs: [bend] },
      { id: gate, layer: 'Sigmoid', options: {}, inputs: [excite] },
      { id: id('weighed'), op: 'mul', options: {}, inputs: [from, gate] },
    ])
  }, seen.document)
}

const headCounts = [4, 2, 1]

export const attention: Idea = (seen) => {
  const { document, order } = seen
  const looks = ({ options }: NetworkNode) => 'numHeads' in options || 'nhead' in options
  if (order.some(looks)) return 'Its words look at each other already.'
  const texts = new Map(
    document.inputs.flatMap((one) => (one.kind === 'tokens' ? [[one.name, one] as const] : [])),
  )
  const vectors = order.filter(
    ({ id, inputs: [from], options }) =>
      'numEmbeddings' in options && texts.has(from!) && seen.shape(id).length === 3,
  )
  if (vectors.length === 0)
    return 'There are no words with vectors of their own that could look at each other.'
  return vectors.reduce((at, { id: from, inputs: [name] }) => {
    const embedDim = seen.shape(from)[2]!
    const numHeads = headCounts.find((heads) => embedDim % heads === 0)!
    const made: NetworkNode[] = []
    const add = (part: string, node: NetworkNode): string => {
      const id = freeId({ ...at, nodes: [...at.nodes, ...made] }, stemOf(from, part))
      made.push({ ...node, id })
      return id
    }
    const op = (part: string, name: string, options: NetworkNode['options'], ...inputs: string[]): string =>
      add(part, { id: '', op: name, options, inputs })
    const isWord = op('is_word', 'ne', { other: texts.get(name!)!.padding }, name!)
    const places = op('places', 'arange', { dim: 1 }, name!)
    // A text without words has at least a first place: softmax needs something.
    const isFirst = op('is_first', 'eq', { other: 0 }, places)
    const counts = op('counts', 'logicalOr', {}, isWord, isFirst)
    const isPadding = op('is_padding', 'logicalNot', {}, counts)
    const options = { embedDim, numHeads, batchFirst: true }
    const seenBy = add('attention', {
      id: '',
      layer: 'MultiheadAttention',
      options,
      inputs: [from, from, from, isPadding],
    })
    const sum = op('sum', 'add', {}, from, seenBy)
    add('norm', { id: '', layer: 'LayerNorm', options: { normalizedShape: embedDim }, inputs: [sum] })
    return putBehind(at, from, made)
  }, document)
}
