/** Networks for texts as documents. */
import type { Model } from '../../contract/index.ts'
import type { LayerNode, NetworkDocument } from '../../contract/index.ts'
import { Drawing } from './draw.ts'
import type { InputOf } from './input.ts'

type Knobs<T extends Model['template']> = Omit<Extract<Model, { template: T }>, 'template'>
type Tokens = InputOf<'tokens'>

const embedding = (
  drawing: Drawing,
  input: Tokens,
  embeddingDim: number,
  init?: LayerNode['init'],
): string => {
  const { vocabulary: numEmbeddings, padding: paddingIdx } = input
  return drawing.layer(
    'embedding',
    'Embedding',
    { numEmbeddings, embeddingDim, paddingIdx },
    input.name,
    init,
  )
}

/**
 * Of the word vectors at the start, as that of the paper's uniform ±0.25. With nn.Embedding's 1 the filters learn the
 * vectors' chance similarities: on TREC's questions that costs four points of accuracy.
 */
const spread = 0.25 / Math.sqrt(3)

/** Filters over neighboring words, the largest answer of each, and one linear layer (Kim 2014, https://arxiv.org/abs/1408.5882). */
export function textCnn(input: Tokens, classes: number, knobs: Knobs<'text-cnn'>): NetworkDocument {
  const { embedding: inChannels, filters, widths, dropout } = knobs
  const drawing = new Drawing()
  const vectors = embedding(drawing, input, inChannels, { weight: { name: 'scaled', by: spread } })
  const words = drawing.op('words', 'transpose', { dim0: 1, dim1: 2 }, vectors)
  const largest = widths.map((kernelSize, i) => {
    const options = { inChannels, outChannels: filters, kernelSize }
    const answers = drawing.layer(`convs.${i}`, 'Conv1d', options, words)
    const most = drawing.op(`largest.${i}`, 'amax', { dim: 2 }, answers)
    // The largest of what is cut off at zero is the largest, cut off at zero.
    return drawing.op(`found.${i}`, 'relu', {}, most)
  })
  const all = drawing.op('phrases', 'cat', { dim: 1 }, ...largest)
  const dropped = drawing.layer('dropout', 'Dropout', { p: dropout }, all)
  const head = { inFeatures: filters * widths.length, outFeatures: classes }
  return drawing.document([input], drawing.layer('fc', 'Linear', head, dropped))
}

/** The mean of the word vectors, whatever their order, and one linear layer (Joulin et al. 2016, https://arxiv.org/abs/1607.01759). */
export function embeddingBag(
  input: Tokens,
  classes: number,
  { embedding: embeddingDim, mode, dropout }: Knobs<'embedding-bag'>,
): NetworkDocument {
  const drawing = new Drawing()
  const { vocabulary: numEmbeddings, padding: paddingIdx } = input
  const options = { numEmbeddings, embeddingDim, mode, paddingIdx }
  const mean = drawing.layer('embedding', 'EmbeddingBag', options, input.name)
  const dropped = drawing.layer('dropout', 'Dropout', { p: dropout }, mean)
  const head = { inFeatures: embeddingDim, outFeatures: classes }
  return drawing.document([input], drawing.layer('fc', 'Linear', head, dropped))
}

/**
 * GRUs over the words from both ends, and attention over what they make of each (Yang et al. 2016, section 2.2,
 * https://aclanthology.org/N16-1174). The way back begins at each text's last word, wherever it was padded.
 */
export function gruAttention(input: Tokens, classes: number, knobs: Knobs<'gru'>): NetworkDocument {
  const { embedding: inputSize, hidden, layers, dropout } = knobs
  const drawing = new Drawing()
  const vectors = embedding(drawing, input, inputSize)
  const options = { inputSize, hiddenSize: hidden, numLayers: layers, dropout, batchFirst: true }
  const there = drawing.layer('gru', 'GRU', options, vectors)
  const isWord = drawing.op('is_word', 'ne', { other: input.padding }, input.name)
  const places = drawing.op('places', 'arange', { dim: 1 }, input.name)
  const isFirst = drawing.op('is_first', 'eq', { other: 0 }, places)
  // A line without words has at least a first position: softmax needs something.
  const counts = drawing.op('counts', 'logicalOr', {}, isWord, isFirst)
  const count = drawing.op('count', 'sum', { dim: 1, keepdim: true }, counts)
  const last = drawing.op('last', 'sub', { other: 1 }, count)
  const mirrored = drawing.op('mirrored', 'sub', {}, last, places)
  // Behind the text the first word stands again, which nobody looks at.
  const order = drawing.op('order', 'clamp', { min: 0 }, mirrored)
  const index = drawing.op('index', 'unsqueeze', { dim: 2 }, order)
  const backwards = drawing.op('backwards', 'takeAlongDim', { dim: 1 }, vectors, index)
  const read = drawing.layer('back', 'GRU', options, backwards)
  const back = drawing.op('turned', 'takeAlongDim', { dim: 1 }, read, index)
  const states = drawing.op('states', 'cat', { dim: 2 }, there, back)
  const width = 2 * hidden
  const seen = drawing.layer('attention', 'Linear', { inFeatures: width, outFeatures: width }, states)
  const bent = drawing.layer('bent', 'Tanh', {}, seen)
  // Without a bias: it would count for all words alike.
  const context = { inFeatures: width, outFeatures: 1, bias: false }
  const scores = drawing.layer('context', 'Linear', context, bent)
  const score = drawing.op('score', 'squeeze', { dim: 2 }, scores)
  const isPadding = drawing.op('is_padding', 'logicalNot', {}, counts)
  const padding = drawing.op('padding', 'float', {}, isPadding)
  const far = drawing.op('far', 'mul', { other: -1e9 }, padding)
  const masked = drawing.op('masked', 'add', {}, score, far)
  const weights = drawing.layer('weights', 'Softmax', { dim: 1 }, masked)
  const share = drawing.op('share', 'unsqueeze', { dim: 2 }, weights)
  const weighted = drawing.op('weighted', 'mul', {}, states, share)
  const attended = drawing.op('attended', 'sum', { dim: 1 }, weighted)
  const dropped = drawing.layer('dropout', 'Dropout', { p: dropout }, attended)
  const head = { inFeatures: width, outFeatures: classes }
  return drawing.document([input], drawing.layer('fc', 'Linear', head, dropped))
}

/** An LSTM over the words; what it knows after the last one is classified. */
export function lstm(input: Tokens, classes: number, knobs: Knobs<'lstm'>): NetworkDocument {
  const { embedding: inputSize, hidden, dropout } = knobs
  const drawing = new Drawing()
  const vectors = embedding(drawing, input, inputSize)
  const options = { inputSize, hiddenSize: hidden, batchFirst: true }
  const states = drawing.layer('lstm', 'LSTM', options, vectors)
  const isWord = drawing.op('is_word', 'ne', { other: input.padding }, input.name)
  const count = drawing.op('count', 'sum', { dim: 1, keepdim: true }, isWord)
  // Of a line without words it is the first step.
  const before = drawing.op('before', 'sub', { other: 1 }, count)
  const last = drawing.op('last', 'clamp', { min: 0 }, before)
  const place = drawing.op('place', 'unsqueeze', { dim: 2 }, last)
  const taken = drawing.op('taken', 'takeAlongDim', { dim: 1 }, states, place)
  const state = drawing.op('state', 'squeeze', { dim: 1 }, taken)
  const dropped = drawing.layer('dropout', 'Dropout', { p: dropout }, state)
  const head = { inFeatures: hidden, outFeatures: classes }
  return drawing.document([input], drawing.layer('fc', 'Linear', head, dropped))
}

/** The Transformer's encoder (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762); the mean of what it makes of the words is classified. */
export function transformer(input: Tokens, classes: number, knobs: Knobs<'transformer'>): NetworkDocument {
  const { width, heads, layers, feedForward, dropout } = knobs
  const drawing = new Drawing()
  const vectors = embedding(drawing, input, width)
  const positions = { dModel: width, dropout, maxLength: input.length }
  let encoded = drawing.layer('positions', 'PositionalEncoding', positions, vectors)
  const isWord = drawing.op('is_word', 'ne', { other: input.padding }, input.name)
  const places = drawing.op('places', 'arange', { dim: 1 }, input.name)
  const isFirst = drawing.op('is_first', 'eq', { other: 0 }, places)
  // A line without words has at least a first position: softmax and mean need something.
  const counts = drawing.op('counts', 'logicalOr', {}, isWord, isFirst)
  const isPadding = drawing.op('is_padding', 'logicalNot', {}, counts)
  const options = { dModel: width, nhead: heads, dimFeedforward: feedForward, dropout, batchFirst: true }
  for (let i = 0; i < layers; i++)
    encoded = drawing.layer(`encoder.layers.${i}`, 'TransformerEncoderLayer', options, [encoded, isPadding])
  const weight = drawing.op('weight', 'float', {}, counts)
  const share = drawing.op('share', 'unsqueeze', { dim: 2 }, weight)
  const weighted = drawing.op('weighted', 'mul', {}, encoded, share)
  const sum = drawing.op('sum', 'sum', { dim: 1 }, weighted)
  const number = drawing.op('number', 'sum', { dim: 1 }, share)
  const mean = drawing.op('mean', 'div', {}, sum, number)
  return drawing.document(
    [input],
    drawing.layer('fc', 'Linear', { inFeatures: width, outFeatures: classes }, mean),
  )
}
