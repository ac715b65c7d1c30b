import { integers, uniform, values } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { embeddingBag } from './functional.ts'
import { paddingRow } from './functional/sparse.ts'
import { Module } from './module.ts'
import { choice, device, fixed, flag, index, lengths, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import {
  lookingUp,
  pretrained,
  printedLookingUp,
  refuseMaxNorm,
  startingTable,
  type PretrainedOptions,
} from './sparse.ts'

const bagOptions = optionList(
  'EmbeddingBag',
  whole('numEmbeddings', { help: 'How many different words, or categories, there are.' }),
  whole('embeddingDim', { help: 'How many numbers stand for each of them.' }),
  ...lengths,
  choice(
    'mean',
    'sum',
    'max',
  )('mode', {
    default: 'mean',
    help: 'What is made of the numbers of all words of a row.',
  }),
  fixed('sparse', false),
  flag('includeLastOffset', {
    default: false,
    help: 'Whether the last offset is the end of the last row.',
  }),
  index('paddingIdx', {
    default: null,
    nullable: true,
    help: 'The one that stands for nothing: it does not count, and is not trained.',
  }),
  device,
)

export interface PretrainedBagOptions extends PretrainedOptions {
  /** What is made of the vectors of all words of a row; their mean by default. */
  readonly mode?: 'mean' | 'sum' | 'max'
  /** Whether the last offset is the end of the last row; false by default. */
  readonly includeLastOffset?: boolean
}

/**
 * Maps rows of indices [rows, words] (int32), or a list [words] with offsets at which rows begin, to one vector each,
 * [rows, embeddingDim]: the mean, sum or largest of their words' vectors; zeros of a row without words. perSampleWeights, of
 * the input's shape, weigh words of sums. weight [numEmbeddings, embeddingDim] starts normal with variance 1; the row
 * `paddingIdx` starts, and stays, zero. Source: torch.nn.EmbeddingBag. Errors: as nn.functional.embeddingBag.
 */
export class EmbeddingBag extends Module<
  [input: Tensor, offsets?: Tensor | null, perSampleWeights?: Tensor | null],
  Tensor
> {
  readonly numEmbeddings: number
  readonly embeddingDim: number
  readonly maxNorm: number | null
  readonly normType: number
  readonly scaleGradByFreq: boolean
  readonly mode: 'mean' | 'sum' | 'max'
  readonly includeLastOffset: boolean
  readonly paddingIdx: number | undefined
  readonly weight: Tensor
  constructor(numEmbeddings: number, embeddingDim: number, ...rest: Rest<typeof bagOptions>) {
    super()
    const options = configure(this, bagOptions, [numEmbeddings, embeddingDim, ...rest])
    const { paddingIdx, device } = options
    this.numEmbeddings = numEmbeddings
    this.embeddingDim = embeddingDim
    this.maxNorm = options.maxNorm
    this.normType = options.normType
    this.scaleGradByFreq = options.scaleGradByFreq
    this.mode = options.mode
    this.includeLastOffset = options.includeLastOffset
    this.paddingIdx = paddingIdx === null ? undefined : paddingRow(numEmbeddings, paddingIdx)
    this.weight = startingTable(numEmbeddings, embeddingDim, this.paddingIdx, device)
  }

  /**
   * With a copy of a table [numEmbeddings, embeddingDim], on its device; the row `paddingIdx` is kept as it is there. Source:
   * torch.nn.EmbeddingBag.from_pretrained. Errors: RangeError where it is no table.
   */
  static fromPretrained(embeddings: Tensor, options: PretrainedBagOptions = {}): EmbeddingBag {
    return pretrained(embeddings, options, (rows, width, given) => new EmbeddingBag(rows, width, given))
  }

  forward(input: Tensor, offsets?: Tensor | null, perSampleWeights?: Tensor | null): Tensor {
    const { mode, includeLastOffset, paddingIdx } = this
    return embeddingBag(input, this.weight, {
      ...lookingUp(this),
      mode,
      includeLastOffset,
      ...(paddingIdx === undefined ? {} : { paddingIdx }),
      ...(offsets ? { offsets } : {}),
      ...(perSampleWeights ? { perSampleWeights } : {}),
    })
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === undefined ? '' : `, padding_idx=${this.paddingIdx}`
    const { numEmbeddings, embeddingDim, mode } = this
    return `${numEmbeddings}, ${embeddingDim}${printedLookingUp(this)}, mode=${mode}${padding}`
  }
}

type Mode = EmbeddingBag['mode']

/** Of vectors [N, L, width]. */
function onnxBag(nodes: OnnxNodes, each: string, mode: Mode): string {
  // Axes became an input of sums first.
  if (mode === 'sum') return nodes.add('ReduceSum', [each, nodes.list([1])], { keepdims: { int: 0 } })
  return nodes.add(mode === 'max' ? 'ReduceMax' : 'ReduceMean', [each], {
    axes: { ints: [1] },
    keepdims: { int: 0 },
  })
}

/** 1 where a word counts and 0 where it is padding, [N, L, 1]. */
function onnxCounts(nodes: OnnxNodes, x: OnnxValue, paddingIdx: number): string {
  const words = nodes.add('Cast', [x], { to: { int: 7 } })
  const isWord = nodes.add('Not', [nodes.add('Equal', [words, nodes.list([paddingIdx])])])
  return nodes.add('Unsqueeze', [nodes.add('Cast', [isWord], { to: { int: 1 } }), nodes.list([2])])
}

/** Of a row without words all are 0, as in PyTorch. */
function onnxPaddedBag(nodes: OnnxNodes, each: string, counts: string, mode: Mode): string {
  const number = nodes.add('ReduceSum', [counts, nodes.list([1])], { keepdims: { int: 0 } })
  const some = nodes.add('Cast', [number], { to: { int: 9 } })
  if (mode === 'max') {
    const words = nodes.add('Where', [
      nodes.add('Cast', [counts], { to: { int: 9 } }),
      each,
      nodes.number(-Infinity),
    ])
    return nodes.add('Where', [some, onnxBag(nodes, words, 'max'), nodes.number(0)])
  }
  const sum = onnxBag(nodes, nodes.add('Mul', [each, counts]), 'sum')
  if (mode === 'sum') return sum
  return nodes.add('Div', [sum, nodes.add('Where', [some, number, nodes.number(1)])])
}

defineModule(EmbeddingBag, bagOptions, {
  family: 'Embeddings',
  help: 'One vector for all words of a text, whatever their order.',
  onnx(module, nodes, x) {
    const { weight, mode, paddingIdx } = module
    refuseMaxNorm(module)
    const each = nodes.add('Gather', [nodes.weight(weight), x!])
    return paddingIdx === undefined
      ? onnxBag(nodes, each, mode)
      : onnxPaddedBag(nodes, each, onnxCounts(nodes, x!, paddingIdx), mode)
  },
  samples: [
    { make: () => new EmbeddingBag(9, 4), inputs: [integers([2, 3], 0, 9)] },
    { make: () => new EmbeddingBag(9, 3, { mode: 'sum' }), inputs: [integers([1, 4], 0, 9)] },
    { make: () => new EmbeddingBag(9, 3, { mode: 'max' }), inputs: [integers([3, 2], 0, 9)] },
    ...(['mean', 'sum', 'max'] as const).map((mode) => ({
      make: () => new EmbeddingBag(4, 3, { mode, paddingIdx: 1 }),
      inputs: [values([3, 3], [0, 1, 2, 1, 1, 1, 3, 3, 1], 'int32')],
      // Row 1 is not trained, though it matters to differences.
      without: ['slopes'] as const,
    })),
    {
      make: () => new EmbeddingBag(5, 3, { mode: 'sum', paddingIdx: 1 }),
      inputs: [integers([6], 0, 5), values([3], [0, 2, 2], 'int32'), uniform([6])],
      // Row 1 is not trained, though it matters to differences.
      without: ['slopes', 'onnx'],
    },
    {
      make: () => new EmbeddingBag(5, 3, 1.5, 1, { includeLastOffset: true }),
      inputs: [integers([6], 0, 5), values([3], [0, 2, 6], 'int32')],
      without: ['slopes', 'onnx'],
    },
  ],
})
