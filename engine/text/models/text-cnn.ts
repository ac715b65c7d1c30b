import * as nn from '../../nn/index.ts'
import { noGrad } from '../../tensor/grad-mode.ts'
import { cat, type Tensor } from '../../tensor/tensor.ts'
import { embeddingOf, type TextModelOptions } from './options.ts'

export interface TextCnnOptions extends TextModelOptions {
  /** Width of the word vectors; 128 by default. */
  readonly embedding?: number
  /** Of each width; 100 by default. */
  readonly filters?: number
  /** Of the filters, in words; 3, 4 and 5 by default. */
  readonly widths?: readonly number[]
  /** Before the last layer; 0.5 by default. */
  readonly dropout?: number
}

/**
 * Of the word vectors at the start, as that of the paper's uniform ±0.25. With nn.Embedding's 1 the filters learn the
 * vectors' chance similarities: on TREC's questions that costs four points of accuracy.
 */
const spread = 0.25 / Math.sqrt(3)

/**
 * Filters over neighbouring words, the largest answer of each, and one linear layer (Kim 2014,
 * https://arxiv.org/abs/1408.5882). Maps tokens [rows, length] to scores [rows, classes]. Errors: a RangeError for lines shorter than
 * the widest filter.
 */
export class TextCnn extends nn.Module {
  readonly embedding: nn.Embedding
  readonly convs: nn.ModuleList<nn.Conv1d>
  readonly dropout: nn.Dropout
  readonly fc: nn.Linear
  private readonly widest: number
  constructor(options: TextCnnOptions) {
    super()
    const { embedding = 128, filters = 100, widths = [3, 4, 5], dropout = 0.5, classes } = options
    const on = options.device ? { device: options.device } : {}
    this.widest = Math.max(...widths)
    this.embedding = embeddingOf(options, embedding)
    noGrad(() => this.embedding.weight.mul_(spread))
    this.convs = new nn.ModuleList(...widths.map((width) => new nn.Conv1d(embedding, filters, width, on)))
    this.dropout = new nn.Dropout(dropout)
    this.fc = new nn.Linear(filters * widths.length, classes, on)
  }

  forward(tokens: Tensor): Tensor {
    const length = tokens.shape[1] ?? 0
    if (length < this.widest) {
      throw new RangeError(
        `This network's widest filter covers ${this.widest} words, more than the ${length} of a line: pad the lines further.`,
      )
    }
    const words = this.embedding.forward(tokens)
    // The largest of what is cut off at zero is the largest, cut off at zero.
    const largest = [...this.convs].map(({ weight, bias }) =>
      nn.functional.conv1dMax(words, weight, bias).relu(),
    )
    return this.fc.forward(this.dropout.forward(cat(largest, 1)))
  }

  /** Shortens each row of the last layer's weight to this length where it is longer (section 2.1); call it after a step. */
  limitNorm(most = 3): void {
    const { weight } = this.fc
    noGrad(() => {
      const length = weight.square().sum(1, true).sqrt()
      weight.copy_(length.gt(most).choose(weight.mul(length.maximum(most).pow(-1).mul(most)), weight))
    })
  }
}

/** The same as `new TextCnn(options)`. Takes tokens int32 [rows, length], gives scores [rows, classes]. */
export const textCnn = (options: TextCnnOptions): TextCnn => new TextCnn(options)
