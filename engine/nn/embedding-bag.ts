import { integers } from '../ops/samples.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { embedding } from './functional.ts'
import { normal } from './init.ts'
import { Module } from './module.ts'
import { choice, device, fixed, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'

const bagOptions = optionList(
  'EmbeddingBag',
  whole('numEmbeddings', { help: 'How many different words, or categories, there are.' }),
  whole('embeddingDim', { help: 'How many numbers stand for each of them.' }),
  fixed('maxNorm', null),
  fixed('normType', 2),
  fixed('scaleGradByFreq', false),
  choice(
    'mean',
    'sum',
    'max',
  )('mode', {
    default: 'mean',
    help: 'What is made of the numbers of all words of a row.',
  }),
  fixed('sparse', false),
  fixed('includeLastOffset', false),
  fixed('paddingIdx', null),
  device,
)

/**
 * Maps rows of indices [rows, words] (int32) to one vector each, [rows, embeddingDim]: the mean, sum or largest of their
 * words' vectors. weight [numEmbeddings, embeddingDim] starts normal with variance 1. Source: torch.nn.EmbeddingBag, whose
 * rows of different lengths are not taken. Errors: a RangeError for indices of other than two dimensions.
 */
export class EmbeddingBag extends Module {
  readonly numEmbeddings: number
  readonly embeddingDim: number
  readonly mode: 'mean' | 'sum' | 'max'
  readonly weight: Tensor
  constructor(numEmbeddings: number, embeddingDim: number, ...rest: Rest<typeof bagOptions>) {
    super()
    const { mode, device } = configure(this, bagOptions, [numEmbeddings, embeddingDim, ...rest])
    this.numEmbeddings = numEmbeddings
    this.embeddingDim = embeddingDim
    this.mode = mode
    this.weight = normal([numEmbeddings, embeddingDim], 1, { device })
  }

  forward(input: Tensor): Tensor {
    if (input.ndim !== 2)
      throw new RangeError(`EmbeddingBag takes [rows, words], not ${formatShape(input.shape)}.`)
    const each = embedding(input, this.weight)
    if (this.mode === 'max') return each.max(1).values
    return this.mode === 'sum' ? each.sum(1) : each.mean(1)
  }

  override extraRepr(): string {
    return `${this.numEmbeddings}, ${this.embeddingDim}, mode=${this.mode}`
  }
}

defineModule(EmbeddingBag, bagOptions, {
  family: 'Embeddings',
  help: 'One vector for all words of a text, whatever their order.',
  onnx: ({ weight, mode }, nodes, x) => {
    const each = nodes.add('Gather', [nodes.weight(weight), x!])
    // Axes became an input of sums first.
    if (mode === 'sum') return nodes.add('ReduceSum', [each, nodes.list([1])], { keepdims: { int: 0 } })
    return nodes.add(mode === 'max' ? 'ReduceMax' : 'ReduceMean', [each], {
      axes: { ints: [1] },
      keepdims: { int: 0 },
    })
  },
  samples: [
    { make: () => new EmbeddingBag(9, 4), inputs: [integers([2, 3], 0, 9)] },
    { make: () => new EmbeddingBag(9, 3, { mode: 'sum' }), inputs: [integers([1, 4], 0, 9)] },
    { make: () => new EmbeddingBag(9, 3, { mode: 'max' }), inputs: [integers([3, 2], 0, 9)] },
  ],
})
