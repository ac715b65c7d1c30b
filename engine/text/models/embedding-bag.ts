import * as nn from '../../nn/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { TextModelOptions } from './options.ts'

export interface EmbeddingBagClassifierOptions extends TextModelOptions {
  /** Width of the word vectors; 128 by default. */
  readonly embedding?: number
  /** What is made of the vectors of a text; their mean by default. */
  readonly mode?: 'mean' | 'sum' | 'max'
  /** Before the last layer; 0 by default. */
  readonly dropout?: number
}

/**
 * The mean of the word vectors, whatever their order, and one linear layer (fastText's: Joulin et al. 2016,
 * https://arxiv.org/abs/1607.01759). Maps tokens [rows, length] to scores [rows, classes].
 */
export class EmbeddingBagClassifier extends nn.Module {
  readonly embedding: nn.EmbeddingBag
  readonly dropout: nn.Dropout
  readonly fc: nn.Linear
  constructor(options: EmbeddingBagClassifierOptions) {
    super()
    const { vocabulary, paddingIdx, embedding = 128, mode = 'mean', dropout = 0, classes } = options
    const on = options.device ? { device: options.device } : {}
    this.embedding = new nn.EmbeddingBag(vocabulary, embedding, { ...on, mode, paddingIdx })
    this.dropout = new nn.Dropout(dropout)
    this.fc = new nn.Linear(embedding, classes, on)
  }

  forward(tokens: Tensor): Tensor {
    return this.fc.forward(this.dropout.forward(this.embedding.forward(tokens)))
  }
}

/** The same as `new EmbeddingBagClassifier(options)`. Takes tokens int32 [rows, length], gives scores [rows, classes]. */
export const embeddingBagClassifier = (options: EmbeddingBagClassifierOptions): EmbeddingBagClassifier =>
  new EmbeddingBagClassifier(options)
