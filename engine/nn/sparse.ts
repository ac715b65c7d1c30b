import { integers } from '../ops/samples.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { embedding } from './functional.ts'
import { paddingRow } from './functional/sparse.ts'
import { normal } from './init.ts'
import { Module } from './module.ts'
import { device, fixed, index, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'

const embeddingOptions = optionList(
  'Embedding',
  whole('numEmbeddings', { help: 'How many different words, or categories, there are.' }),
  whole('embeddingDim', { help: 'How many numbers stand for each of them.' }),
  index('paddingIdx', {
    default: null,
    nullable: true,
    help: 'The one that stands for nothing: its numbers are zeros, and stay so.',
  }),
  fixed('maxNorm', null),
  fixed('normType', 2),
  fixed('scaleGradByFreq', false),
  fixed('sparse', false),
  device,
)

/**
 * Maps indices [..] (int32) to vectors [.., embeddingDim]. weight [numEmbeddings, embeddingDim] starts normal with
 * variance 1; the row `paddingIdx` starts, and stays, zero. Source: torch.nn.Embedding.
 */
export class Embedding extends Module {
  readonly numEmbeddings: number
  readonly embeddingDim: number
  readonly weight: Tensor
  readonly paddingIdx: number | undefined
  constructor(numEmbeddings: number, embeddingDim: number, ...rest: Rest<typeof embeddingOptions>) {
    super()
    const { paddingIdx, device } = configure(this, embeddingOptions, [numEmbeddings, embeddingDim, ...rest])
    this.numEmbeddings = numEmbeddings
    this.embeddingDim = embeddingDim
    this.weight = normal([numEmbeddings, embeddingDim], 1, { device })
    if (paddingIdx === null) return
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

defineModule(Embedding, embeddingOptions, {
  family: 'Embeddings',
  help: 'Numbers that are learned for each word or category.',
  onnx: ({ weight }, nodes, x) => nodes.add('Gather', [nodes.weight(weight), x!]),
  samples: [
    { make: () => new Embedding(9, 4), inputs: [integers([2, 3], 0, 9)] },
    // The last row is not trained, though it matters.
    { make: () => new Embedding(9, 4, -1), inputs: [integers([12], 0, 9)], without: ['slopes'] },
    { make: () => new Embedding(1, 1), inputs: [integers([], 0, 1)] },
  ],
})
