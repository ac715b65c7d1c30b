import * as nn from '../../nn/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { embeddingOf, type TextModelOptions } from './options.ts'

export interface LstmClassifierOptions extends TextModelOptions {
  /** Width of the word vectors; 128 by default. */
  readonly embedding?: number
  /** Width of the state; 128 by default. */
  readonly hidden?: number
  /** Before the last layer, and between layers; 0.5 by default. */
  readonly dropout?: number
  /** 1 by default. */
  readonly layers?: number
}

/**
 * An LSTM over the words (Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735); what it knows after the last one
 * is classified. Maps tokens [rows, length] to scores [rows, classes].
 */
export class LstmClassifier extends nn.Module {
  readonly embedding: nn.Embedding
  readonly lstm: nn.LSTM
  readonly dropout: nn.Dropout
  readonly fc: nn.Linear
  readonly paddingIdx: number
  constructor(options: LstmClassifierOptions) {
    super()
    const { embedding = 128, hidden = 128, dropout = 0.5, layers = 1, classes, paddingIdx } = options
    const on = options.device ? { device: options.device } : {}
    this.paddingIdx = paddingIdx
    this.embedding = embeddingOf(options, embedding)
    this.lstm = new nn.LSTM(embedding, hidden, { ...on, numLayers: layers, dropout, batchFirst: true })
    this.dropout = new nn.Dropout(dropout)
    this.fc = new nn.Linear(hidden, classes, on)
  }

  forward(tokens: Tensor): Tensor {
    const [output] = this.lstm.forward(this.embedding.forward(tokens))
    const [rows, , hidden] = output.shape as [number, number, number]
    // Of a line without words it is the first step.
    const words = tokens.ne(this.paddingIdx).sum(1, true).sub(1).maximum(0)
    const last = output.gather(1, words.unsqueeze(2).expand([rows, 1, hidden])).squeeze(1)
    return this.fc.forward(this.dropout.forward(last))
  }
}

/** The same as `new LstmClassifier(options)`. Takes tokens int32 [rows, length], gives scores [rows, classes]. */
export const lstmClassifier = (options: LstmClassifierOptions): LstmClassifier => new LstmClassifier(options)
