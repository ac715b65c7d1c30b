import { integers, values } from '../ops/samples.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { randomState, withRandomState } from '../tensor/random.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { embedding } from './functional.ts'
import { paddingRow } from './functional/sparse.ts'
import { normal } from './init.ts'
import { Module } from './module.ts'
import { device as deviceOption, fixed, index, lengths, whole, type Rest, type Settled } from './options.ts'
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
  ...lengths,
  fixed('sparse', false),
  deviceOption,
)

type Looking = Settled<typeof lengths>
/** As the functional forms take it. */
export const lookingUp = ({ maxNorm, normType, scaleGradByFreq }: Looking) => ({
  normType,
  scaleGradByFreq,
  ...(maxNorm === null ? {} : { maxNorm }),
})
/** What differs from the defaults. */
export const printedLookingUp = ({ maxNorm, normType, scaleGradByFreq }: Looking): string =>
  [
    ...(maxNorm === null ? [] : [`, max_norm=${maxNorm}`]),
    ...(normType === 2 ? [] : [`, norm_type=${normType}`]),
    ...(scaleGradByFreq ? [', scale_grad_by_freq=True'] : []),
  ].join('')
/** A file cannot change its weights, as maxNorm does. */
export function refuseMaxNorm({ maxNorm }: Looking): void {
  if (maxNorm !== null) throw new Error('ONNX cannot shorten the rows that are looked up: leave out maxNorm.')
}

/** Normal with variance 1, but zeros in the row that stands for nothing. */
export function startingTable(
  rows: number,
  width: number,
  padding: number | undefined,
  device: Device,
): Tensor {
  const table = normal([rows, width], 1, { device })
  if (padding === undefined) return table
  const keep = table.newArange(rows).ne(padding).unsqueeze(1)
  noGrad(() => table.copy_(keep.choose(table, 0)))
  return table
}

export interface PretrainedOptions {
  /** Whether training leaves the table as it is; true by default. */
  readonly freeze?: boolean
  readonly paddingIdx?: number | null
  readonly maxNorm?: number | null
  readonly normType?: number
  readonly scaleGradByFreq?: boolean
}

type Device = Settled<readonly [typeof deviceOption]>['device']

/** A layer with a copy of this table, on its device. Errors: a RangeError where it is no table. */
export function pretrained<
  Layer extends { readonly weight: Tensor },
  Options extends { readonly freeze?: boolean },
>(
  embeddings: Tensor,
  { freeze = true, ...options }: Options,
  make: (
    rows: number,
    width: number,
    options: Omit<Options, 'freeze'> & { readonly device: Device },
  ) => Layer,
): Layer {
  const [rows, width] = embeddings.shape
  if (embeddings.ndim !== 2)
    throw new RangeError(`Pretrained embeddings are [words, width], not ${formatShape(embeddings.shape)}.`)
  const { device } = embeddings
  // What a layer draws for its start must not move the generator: nothing of it is kept.
  const made = withRandomState(device, randomState(device), () => make(rows!, width!, { ...options, device }))
  noGrad(() => made.weight.copy_(embeddings))
  made.weight.requiresGrad = !freeze
  return made
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
  readonly maxNorm: number | null
  readonly normType: number
  readonly scaleGradByFreq: boolean
  constructor(numEmbeddings: number, embeddingDim: number, ...rest: Rest<typeof embeddingOptions>) {
    super()
    const options = configure(this, embeddingOptions, [numEmbeddings, embeddingDim, ...rest])
    const { paddingIdx, device } = options
    const row = paddingIdx === null ? undefined : paddingRow(numEmbeddings, paddingIdx)
    this.numEmbeddings = numEmbeddings
    this.embeddingDim = embeddingDim
    this.weight = startingTable(numEmbeddings, embeddingDim, row, device)
    this.paddingIdx = row
    this.maxNorm = options.maxNorm
    this.normType = options.normType
    this.scaleGradByFreq = options.scaleGradByFreq
  }

  /**
   * With a copy of a table [numEmbeddings, embeddingDim], on its device; the row `paddingIdx` is kept as it is there. Source:
   * torch.nn.Embedding.from_pretrained. Errors: RangeError where it is no table.
   */
  static fromPretrained(embeddings: Tensor, options: PretrainedOptions = {}): Embedding {
    return pretrained(embeddings, options, (rows, width, given) => new Embedding(rows, width, given))
  }

  forward(input: Tensor): Tensor {
    const { paddingIdx } = this
    return embedding(input, this.weight, {
      ...(paddingIdx === undefined ? {} : { paddingIdx }),
      ...lookingUp(this),
    })
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === undefined ? '' : `, padding_idx=${this.paddingIdx}`
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}${printedLookingUp(this)}`
  }
}

defineModule(Embedding, embeddingOptions, {
  family: 'Embeddings',
  help: 'Numbers that are learned for each word or category.',
  onnx(module, nodes, x) {
    refuseMaxNorm(module)
    return nodes.add('Gather', [nodes.weight(module.weight), x!])
  },
  samples: [
    { make: () => new Embedding(9, 4), inputs: [integers([2, 3], 0, 9)] },
    // The last row is not trained, though it matters.
    { make: () => new Embedding(9, 4, -1), inputs: [integers([12], 0, 9)], without: ['slopes'] },
    { make: () => new Embedding(1, 1), inputs: [integers([], 0, 1)] },
    // It changes the table itself, and a gradient that is divided is no slope.
    {
      make: () => new Embedding(9, 4, null, 1.5, 1, true),
      inputs: [values([5], [1, 3, 1, 8, 3], 'int32')],
      without: ['slopes', 'onnx'],
    },
  ],
})
