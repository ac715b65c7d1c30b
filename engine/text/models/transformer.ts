import * as nn from '../../nn/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { embeddingOf, type TextModelOptions } from './options.ts'

export interface TransformerClassifierOptions extends TextModelOptions {
  /** Of the word vectors and everything after; a multiple of `heads`; 128 by default. */
  readonly width?: number
  /** 4 by default. */
  readonly heads?: number
  /** 2 by default. */
  readonly layers?: number
  /** 256 by default. */
  readonly feedForward?: number
  /** 0.1 by default. */
  readonly dropout?: number
  /** Longest line; 512 by default. */
  readonly maxLength?: number
}

/**
 * The Transformer's encoder over the words (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762); the mean of what it
 * makes of them is classified. Maps tokens [rows, length] to scores [rows, classes].
 */
export class TransformerClassifier extends nn.Module {
  readonly embedding: nn.Embedding
  readonly positions: nn.PositionalEncoding
  readonly encoder: nn.TransformerEncoder
  readonly fc: nn.Linear
  readonly paddingIdx: number
  constructor(options: TransformerClassifierOptions) {
    super()
    const { width = 128, heads = 4, layers = 2, feedForward = 256, dropout = 0.1, maxLength = 512 } = options
    const on = options.device ? { device: options.device } : {}
    this.paddingIdx = options.paddingIdx
    this.embedding = embeddingOf(options, width)
    this.positions = new nn.PositionalEncoding(width, { ...on, dropout, maxLength })
    const layer = (): nn.TransformerEncoderLayer =>
      new nn.TransformerEncoderLayer(width, heads, {
        ...on,
        dimFeedforward: feedForward,
        dropout,
        batchFirst: true,
      })
    this.encoder = new nn.TransformerEncoder(Array.from({ length: layers }, layer))
    this.fc = new nn.Linear(width, options.classes, on)
  }

  forward(tokens: Tensor): Tensor {
    const isWord = tokens.ne(this.paddingIdx)
    // A line without words has at least a first position: softmax and mean need something.
    const counts = isWord.maximum(tokens.newArange(tokens.shape[1]!).eq(0))
    const encoded = this.encoder.forward(this.positions.forward(this.embedding.forward(tokens)), {
      keyPaddingMask: counts.logicalNot(),
    })
    const share = counts.to('float32').unsqueeze(2)
    return this.fc.forward(encoded.mul(share).sum(1).div(share.sum(1)))
  }
}

/** The same as `new TransformerClassifier(options)`. Takes tokens int32 [rows, length], gives scores [rows, classes]. */
export const transformerClassifier = (options: TransformerClassifierOptions): TransformerClassifier =>
  new TransformerClassifier(options)
