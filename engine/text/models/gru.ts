import * as nn from '../../nn/index.ts'
import { cat, type Tensor } from '../../tensor/tensor.ts'
import { embeddingOf, type TextModelOptions } from './options.ts'

export interface GruClassifierOptions extends TextModelOptions {
  /** Width of the word vectors; 128 by default. */
  readonly embedding?: number
  /** Width of the state, in each direction; 128 by default. */
  readonly hidden?: number
  /** Before the last layer, and between layers; 0.5 by default. */
  readonly dropout?: number
  /** 1 by default. */
  readonly layers?: number
  /** Whether texts are read from the end, too; true by default. */
  readonly bidirectional?: boolean
}

/** What is weighed into one vector: how much each step counts is learned with it. */
export interface Attended {
  /** [rows, width]. */
  readonly vector: Tensor
  /** [rows, length]: of each row's words 1 together, of padding 0. */
  readonly weights: Tensor
}

/**
 * GRUs over the words, in both directions, and attention over what they make of each (Yang et al. 2016, "Hierarchical
 * Attention Networks", section 2.2, https://aclanthology.org/N16-1174). Maps tokens [rows, length] to scores [rows, classes].
 */
export class GruClassifier extends nn.Module {
  readonly embedding: nn.Embedding
  readonly gru: nn.GRU
  readonly back: nn.GRU | undefined
  readonly attention: nn.Linear
  /** Without a bias: it would count for all words alike. */
  readonly context: nn.Linear
  readonly dropout: nn.Dropout
  readonly fc: nn.Linear
  readonly paddingIdx: number
  constructor(options: GruClassifierOptions) {
    super()
    const { embedding = 128, hidden = 128, dropout = 0.5, layers = 1, bidirectional = true } = options
    const on = options.device ? { device: options.device } : {}
    const gru = (): nn.GRU =>
      new nn.GRU(embedding, hidden, { ...on, numLayers: layers, dropout, batchFirst: true })
    const width = bidirectional ? 2 * hidden : hidden
    this.paddingIdx = options.paddingIdx
    this.embedding = embeddingOf(options, embedding)
    this.gru = gru()
    this.back = bidirectional ? gru() : undefined
    this.attention = new nn.Linear(width, width, on)
    this.context = new nn.Linear(width, 1, { ...on, bias: false })
    this.dropout = new nn.Dropout(dropout)
    this.fc = new nn.Linear(width, options.classes, on)
  }

  forward(tokens: Tensor): Tensor {
    return this.fc.forward(this.dropout.forward(this.attend(tokens).vector))
  }

  /** What is classified of each text, and how much each of its words counts in it. */
  attend(tokens: Tensor): Attended {
    const isWord = tokens.ne(this.paddingIdx)
    const positions = tokens.newArange(tokens.shape[1]!)
    // A line without words has at least a first position: softmax needs something.
    const counts = isWord.maximum(positions.eq(0))
    const states = this.#read(this.embedding.forward(tokens), counts, positions)
    const scores = this.context.forward(this.attention.forward(states).tanh()).squeeze(2)
    const weights = counts.choose(scores, -1e9).softmax(1)
    return { vector: states.mul(weights.unsqueeze(2)).sum(1), weights }
  }

  /** The way back begins at each text's last word, wherever it was padded. */
  #read(words: Tensor, counts: Tensor, positions: Tensor): Tensor {
    const [there] = this.gru.forward(words)
    if (!this.back) return there
    const last = counts.sum(1, true).sub(1)
    const mirrored = last.sub(positions)
    const order = mirrored.ge(0).choose(mirrored, positions).unsqueeze(2)
    const along = (x: Tensor): Tensor => x.gather(1, order.expand(x.shape))
    const [back] = this.back.forward(along(words))
    return cat([there, along(back)], 2)
  }
}

/** The same as `new GruClassifier(options)`. Takes tokens int32 [rows, length], gives scores [rows, classes]. */
export const gruClassifier = (options: GruClassifierOptions): GruClassifier => new GruClassifier(options)
