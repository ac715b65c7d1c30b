import { readArguments, wholeNumber, type Arguments, type Signature } from '../tensor/arguments.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { embedding } from './functional.ts'
import {
  checkEmbedding,
  embeddingOrder,
  paddingRow,
  type EmbeddingOptions as Lookup,
} from './functional/sparse.ts'
import { normal, type DeviceOption } from './init.ts'
import { Module } from './module.ts'

export interface EmbeddingOptions extends Lookup, DeviceOption {}
export const embeddingSignature: Signature<EmbeddingOptions> = {
  name: 'Embedding',
  positional: embeddingOrder,
  named: ['device'],
}

/**
 * Maps indices [..] (int32) to vectors [.., embeddingDim]. weight [numEmbeddings, embeddingDim] starts normal with
 * variance 1; the row `paddingIdx` starts, and stays, zero. Source: torch.nn.Embedding.
 */
export class Embedding extends Module {
  readonly numEmbeddings: number
  readonly embeddingDim: number
  readonly weight: Tensor
  readonly paddingIdx: number | undefined
  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    ...rest: Arguments<EmbeddingOptions, typeof embeddingOrder>
  ) {
    super()
    const options = readArguments<EmbeddingOptions>(embeddingSignature, rest)
    checkEmbedding('Embedding', options)
    this.numEmbeddings = wholeNumber('numEmbeddings', numEmbeddings, 1)
    this.embeddingDim = wholeNumber('embeddingDim', embeddingDim, 1)
    const { paddingIdx, device } = options
    this.weight = normal([numEmbeddings, embeddingDim], 1, { device })
    if (paddingIdx === undefined) return
    const row = paddingRow(numEmbeddings, paddingIdx)
    const keep = this.weight.newArange(numEmbeddings).ne(row).unsqueeze(1)
    noGrad(() => this.weight.copy_(keep.choose(this.weight, 0)))
    this.paddingIdx = row
  }

  forward(input: Tensor): Tensor {
    return embedding(input, this.weight, this.paddingIdx)
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === undefined ? '' : `, padding_idx=${this.paddingIdx}`
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}`
  }
}
