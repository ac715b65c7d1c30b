import { uniform } from '../ops/samples.ts'
import { refuseSurplus, wholeNumber } from '../tensor/arguments.ts'
import { tensor } from '../tensor/creation.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { MultiheadAttention, type AttentionMasks } from './attention.ts'
import { configure, defineModule } from './define.ts'
import { GELU, ReLU } from './activation.ts'
import { ModuleList } from './containers.ts'
import { Dropout } from './dropout.ts'
import { dropout } from './functional.ts'
import { Linear } from './linear.ts'
import { Module } from './module.ts'
import { LayerNorm } from './normalization.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import { child, choiceOrFunction, device, flag, real, whole, type Given, type Rest } from './options.ts'
import { optionList } from './settle.ts'

export type Activation = 'relu' | 'gelu' | ((input: Tensor) => Tensor)
const family = 'Attention'
const dropoutOption = real('dropout', {
  default: 0.1,
  least: 0,
  most: 1,
  help: 'The probability with which an element is zeroed while training.',
})
const dModel = whole('dModel', { help: 'How many numbers stand at each position.' })

/** The options of a layer after its widths. */
export const feedingOptions = [
  whole('dimFeedforward', {
    default: 2048,
    help: 'Units of the hidden layer that each position goes through.',
  }),
  dropoutOption,
  choiceOrFunction<'relu' | 'gelu', (input: Tensor) => Tensor>('relu', 'gelu')('activation', {
    default: 'relu',
    help: 'Of the hidden layer.',
  }),
] as const
export const orderOptions = [
  real('layerNormEps', {
    default: 1e-5,
    least: 0,
    help: 'Is added to the variance, so that nothing is divided by zero.',
  }),
  flag('batchFirst', {
    default: false,
    help: 'Whether input and output are [rows, positions, width] instead of [positions, rows, width].',
  }),
  flag('normFirst', {
    default: false,
    help: 'Whether what goes into each part is normalized, instead of what comes out of it.',
  }),
  flag('bias', { default: true, newer: true, help: 'Whether linear layers and norms have offsets.' }),
  device,
] as const
export const widthOptions = [
  dModel,
  whole('nhead', { help: 'How many parts of them have attention of their own.' }),
] as const

const layerOptions = optionList(
  'TransformerEncoderLayer',
  ...widthOptions,
  ...feedingOptions,
  ...orderOptions,
)
export type TransformerEncoderLayerOptions = Given<typeof layerOptions.options>

function activated(activation: Activation, x: Tensor): Tensor {
  if (typeof activation === 'function') return activation(x)
  return activation === 'gelu' ? x.gelu() : x.relu()
}

/** By an activation that a file can spell. Errors: an Error for a function of one's own. */
export function onnxActivated(activation: Activation, nodes: OnnxNodes, x: OnnxValue): string {
  if (typeof activation === 'function')
    throw new Error('ONNX cannot spell an activation that is a function of one’s own.')
  return nodes.module(activation === 'relu' ? new ReLU() : new GELU(), x)[0]!
}

/**
 * Self-attention, then a feed-forward network for each position, each added to what it was given and normalised (Vaswani
 * et al. 2017, https://arxiv.org/abs/1706.03762). Source: torch.nn.TransformerEncoderLayer.
 */
export class TransformerEncoderLayer extends Module<[input: Tensor, masks?: AttentionMasks], Tensor> {
  readonly selfAttn: MultiheadAttention
  readonly linear1: Linear
  readonly dropout: Dropout
  readonly linear2: Linear
  readonly normFirst: boolean
  readonly norm1: LayerNorm
  readonly norm2: LayerNorm
  readonly dropout1: Dropout
  readonly dropout2: Dropout
  readonly activation: Activation
  constructor(dModel: number, nhead: number, ...rest: Rest<typeof layerOptions>) {
    super()
    const options = configure(this, layerOptions, [dModel, nhead, ...rest])
    const { dimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst, bias, device } = options
    this.activation = activation
    this.normFirst = normFirst
    this.selfAttn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst, device })
    this.linear1 = new Linear(dModel, dimFeedforward, { bias, device })
    this.dropout = new Dropout(dropout)
    this.linear2 = new Linear(dimFeedforward, dModel, { bias, device })
    this.norm1 = new LayerNorm(dModel, { eps: layerNormEps, bias, device })
    this.norm2 = new LayerNorm(dModel, { eps: layerNormEps, bias, device })
    this.dropout1 = new Dropout(dropout)
    this.dropout2 = new Dropout(dropout)
  }

  forward(input: Tensor, masks: AttentionMasks = {}): Tensor {
    if (this.normFirst) {
      const attended = input.add(this.attend(this.norm1.forward(input), masks))
      return attended.add(this.feedForward(this.norm2.forward(attended)))
    }
    const attended = this.norm1.forward(input.add(this.attend(input, masks)))
    return this.norm2.forward(attended.add(this.feedForward(attended)))
  }

  private attend(x: Tensor, masks: AttentionMasks): Tensor {
    return this.dropout1.forward(this.selfAttn.forward(x, x, x, { ...masks, needWeights: false })[0])
  }

  private feedForward(x: Tensor): Tensor {
    return this.dropout2.forward(widened(this, x))
  }

  /** Another one with the same options and values, as Python's deepcopy. */
  copy(): TransformerEncoderLayer {
    return this.deepCopy()
  }
}

/** What encoder and decoder do to each position by itself, but for the last dropout. */
export function widened(
  {
    activation,
    linear1,
    linear2,
    dropout,
  }: Pick<TransformerEncoderLayer, 'activation' | 'linear1' | 'linear2' | 'dropout'>,
  x: Tensor,
): Tensor {
  return linear2.forward(dropout.forward(activated(activation, linear1.forward(x))))
}

/** `mask`: of positions that are padding, as `keyPaddingMask`. */
function onnxLayer(
  layer: TransformerEncoderLayer,
  nodes: OnnxNodes,
  x: OnnxValue,
  mask: OnnxValue | undefined,
): string {
  const { activation, normFirst, selfAttn, linear1, linear2, norm1, norm2 } = layer
  // Every value here has the input's shape, but for the hidden layer's width.
  const like = (name: string): OnnxValue => ({ name, shape: x.shape })
  const of = (module: Module, input: string): string => nodes.module(module, like(input))[0]!
  const attend = (y: string): string =>
    nodes.module(selfAttn, like(y), like(y), like(y), ...(mask ? [mask] : []))[0]!
  const feed = (y: string): string => of(linear2, onnxActivated(activation, nodes, like(of(linear1, y))))
  const added = (a: string, b: string): string => nodes.add('Add', [a, b])
  if (normFirst) {
    const attended = added(x.name, attend(of(norm1, x.name)))
    return added(attended, feed(of(norm2, attended)))
  }
  const attended = of(norm1, added(x.name, attend(x.name)))
  return of(norm2, added(attended, feed(attended)))
}

defineModule(TransformerEncoderLayer, layerOptions, {
  family,
  help: 'Positions exchange what they know, then each goes through a small network.',
  onnx: (layer, nodes, x, mask) => onnxLayer(layer, nodes, x!, mask),
  samples: [
    { make: () => new TransformerEncoderLayer(4, 2, 8, 0), inputs: [uniform([3, 2, 4])] },
    {
      make: () => new TransformerEncoderLayer(4, 2, 6, 0, 'gelu', 1e-3, true, true),
      inputs: [uniform([1, 3, 4])],
    },
    { make: () => new TransformerEncoderLayer(6, 2, 8), inputs: [uniform([2, 1, 6])], without: ['training'] },
  ],
})

const encoderOptions = optionList(
  'TransformerEncoder',
  child<TransformerEncoderLayer>()('encoderLayer', { help: 'The layer that is copied.' }),
  whole('numLayers', { help: 'How many copies follow each other.' }),
  child<LayerNorm>()('norm', { default: null, nullable: true, help: 'Normalizes what the last one gives.' }),
)

/**
 * Layers one after the other, then `norm` if there is one: so many copies of a layer, as PyTorch has it, or a list of layers
 * that start differently. Source: torch.nn.TransformerEncoder.
 */
export class TransformerEncoder extends Module<[input: Tensor, masks?: AttentionMasks], Tensor> {
  readonly layers: ModuleList<TransformerEncoderLayer>
  readonly numLayers: number
  readonly norm: LayerNorm | null
  constructor(layer: TransformerEncoderLayer, numLayers: number, norm?: LayerNorm | null)
  constructor(layers: readonly TransformerEncoderLayer[], norm?: LayerNorm | null)
  constructor(
    given: TransformerEncoderLayer | readonly TransformerEncoderLayer[],
    ...rest: readonly unknown[]
  ) {
    super()
    const copies = given instanceof TransformerEncoderLayer
    refuseSurplus('TransformerEncoder', copies ? 3 : 2, [given, ...rest])
    const norm = rest[copies ? 1 : 0] ?? null
    if (norm !== null && !(norm instanceof LayerNorm))
      throw new TypeError(`norm must be a LayerNorm or null, not ${String(norm)}.`)
    const layers = copies
      ? Array.from({ length: wholeNumber('numLayers', rest[0], 1) }, () => given.copy())
      : [...given]
    configure(this, encoderOptions, [layers[0], layers.length, norm])
    this.layers = new ModuleList(layers)
    this.numLayers = layers.length
    this.norm = norm
  }

  forward(input: Tensor, masks: AttentionMasks = {}): Tensor {
    const output = [...this.layers].reduce((x, layer) => layer.forward(x, masks), input)
    return this.norm ? this.norm.forward(output) : output
  }
}

defineModule(TransformerEncoder, encoderOptions, {
  family,
  help: 'Several encoder layers, one after the other.',
  onnx: ({ layers, norm }, nodes, x, mask) => {
    const like = (name: string): OnnxValue => ({ name, shape: x!.shape })
    const masks = mask ? [mask] : []
    const encoded = [...layers].reduce(
      (name, layer) => nodes.module(layer, like(name), ...masks)[0]!,
      x!.name,
    )
    return norm ? nodes.module(norm, like(encoded))[0]! : encoded
  },
  samples: [
    {
      make: () =>
        new TransformerEncoder(new TransformerEncoderLayer(4, 2, 8, 0, 'gelu', 1e-3), 2, new LayerNorm(4)),
      inputs: [uniform([3, 2, 4])],
    },
    {
      make: () => new TransformerEncoder(new TransformerEncoderLayer(4, 1, 3, 0, { batchFirst: true }), 1),
      inputs: [uniform([1, 2, 4])],
    },
  ],
})

const positionOptions = optionList(
  'PositionalEncoding',
  dModel,
  dropoutOption,
  whole('maxLength', { default: 5000, help: 'How many positions there can be.' }),
  device,
)

/**
 * Adds sines and cosines of the position to [.., positions, width], then drops out (Vaswani et al. 2017, section 3.5).
 * It is not trained, and not saved. Source: PyTorch's tutorial "Language Modeling with nn.Transformer".
 */
export class PositionalEncoding extends Module {
  readonly dropout: number
  /** [maxLength, dModel]. */
  readonly pe: Tensor
  constructor(dModel: number, ...rest: Rest<typeof positionOptions>) {
    super()
    const { dropout, maxLength, device } = configure(this, positionOptions, [dModel, ...rest])
    this.dropout = dropout
    const table = tensor(sinusoids(maxLength, dModel), { device, shape: [maxLength, dModel] })
    this.pe = this.registerBuffer('pe', table, { persistent: false })
  }

  forward(input: Tensor): Tensor {
    const [positions = 0, width = 0] = input.shape.slice(-2)
    const [longest, dModel] = this.pe.shape as [number, number]
    if (positions > longest || width !== dModel) {
      throw new RangeError(
        `PositionalEncoding is made for up to ${longest} positions of ${dModel}; the input is ${formatShape(input.shape)}.`,
      )
    }
    return dropout(input.add(this.pe.slice(0, 0, positions)), this.dropout, this.training)
  }
}

/** Even columns sin(position / 10000^(column/width)), odd ones the cosine of their left neighbour's angle. */
function sinusoids(positions: number, width: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: positions * width }, (_, i) => {
    const [position, column] = [Math.floor(i / width), i % width]
    const angle = position / 10000 ** ((column - (column % 2)) / width)
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
  })
}

const pythonClass = `class PositionalEncoding(nn.Module):
    def __init__(self, d_model, dropout=0.1, max_length=5000):
        super().__init__()
        self.p = dropout
        column = torch.arange(d_model)
        angle = torch.arange(max_length)[:, None] / 10000 ** ((column - column % 2) / d_model)
        self.register_buffer("pe", torch.where(column % 2 == 0, angle.sin(), angle.cos()), persistent=False)

    def forward(self, x):
        return nn.functional.dropout(x + self.pe[: x.shape[-2]], self.p, self.training)
`

defineModule(PositionalEncoding, positionOptions, {
  family,
  help: 'Tells positions apart: adds waves of different lengths to what stands at each.',
  python: pythonClass,
  onnx: ({ pe }, nodes, x) => {
    // As many positions as there are: the length of a sequence may be another one.
    const extents = nodes.add('Shape', [x!])
    const at = nodes.list([x!.shape.length - 2])
    const positions = nodes.add('Gather', [extents, at])
    const used = nodes.add('Slice', [nodes.weight(pe), nodes.list([0]), positions, nodes.list([0])])
    return nodes.add('Add', [x!, used])
  },
  samples: [
    { make: () => new PositionalEncoding(4, 0, 5), inputs: [uniform([2, 3, 4])] },
    {
      make: () => new PositionalEncoding(5, { maxLength: 3 }),
      inputs: [uniform([1, 3, 5])],
      without: ['training'],
    },
    { make: () => new PositionalEncoding(2, 0, 3), inputs: [uniform([3, 2])] },
  ],
})
