import { noGrad } from '../tensor/grad-mode.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { embedding, paddingRow, type EmbeddingOptions } from './functional.ts'
import { normal, type DeviceOption } from './init.ts'
import { Module } from './module.ts'

/**
 * Maps indices [..] (int32) to vectors [.., embeddingDim]. weight [numEmbeddings, embeddingDim] starts normal with
 * variance 1; the row `paddingIdx` starts, and stays, zero. Source: torch.nn.Embedding.
 */
export class Embedding extends Module {
  readonly weight: Tensor
  readonly paddingIdx: number | undefined
  constructor(numEmbeddings: number, embeddingDim: number, options: DeviceOption & EmbeddingOptions = {}) {
    super()
    this.weight = normal([numEmbeddings, embeddingDim], 1, options)
    if (options.paddingIdx === undefined) return
    const row = paddingRow(numEmbeddings, options.paddingIdx)
    const keep = this.weight.newArange(numEmbeddings).ne(row).unsqueeze(1)
    noGrad(() => this.weight.copy_(keep.choose(this.weight, 0)))
    this.paddingIdx = row
  }

  forward(input: Tensor): Tensor {
    const { paddingIdx } = this
    return embedding(input, this.weight, paddingIdx === undefined ? {} : { paddingIdx })
  }
}
