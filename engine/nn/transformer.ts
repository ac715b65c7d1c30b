import {
  readArguments,
  refuseSurplus,
  wholeNumber,
  type Arguments,
  type Signature,
} from '../tensor/arguments.ts'
import { tensor } from '../tensor/creation.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { MultiheadAttention, type AttentionMasks } from './attention.ts'
import { numberWithin, oneOf, yesOrNo } from './checks.ts'
import { ModuleList } from './containers.ts'
import { Dropout } from './dropout.ts'
import { dropout } from './functional.ts'
import type { DeviceOption } from './init.ts'
import { Linear } from './linear.ts'
import { Module } from './module.ts'
import { LayerNorm } from './normalization.ts'

type Activation = 'relu' | 'gelu' | ((input: Tensor) => Tensor)

export interface TransformerEncoderLayerOptions extends DeviceOption {
  /** 2048 by default. */
  readonly dimFeedforward?: number
  /** 0.1 by default. */
  readonly dropout?: number
  /** 'relu' by default. */
  readonly activation?: Activation
  /** 1e-5 by default. */
  readonly layerNormEps?: number
  /** [rows, positions, width] instead of [positions, rows, width]. */
  readonly batchFirst?: boolean
  /** Normalise what goes into each part instead of what comes out of it. */
  readonly normFirst?: boolean
  /** Of linear layers and norms; true by default. */
  readonly bias?: boolean
}
const layerOrder = [
  'dimFeedforward',
  'dropout',
  'activation',
  'layerNormEps',
  'batchFirst',
  'normFirst',
  'bias',
] as const
export const transformerEncoderLayerSignature: Signature<TransformerEncoderLayerOptions> = {
  name: 'TransformerEncoderLayer',
  positional: layerOrder,
  named: ['device'],
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
  readonly #again: () => TransformerEncoderLayer
  constructor(
    dModel: number,
    nhead: number,
    ...rest: Arguments<TransformerEncoderLayerOptions, typeof layerOrder>
  ) {
    super()
    const options = readArguments<TransformerEncoderLayerOptions>(transformerEncoderLayerSignature, rest)
    const { dimFeedforward = 2048, dropout = 0.1, activation = 'relu', layerNormEps = 1e-5 } = options
    const { batchFirst = false, normFirst = false, bias = true, device } = options
    this.activation =
      typeof activation === 'function'
        ? activation
        : oneOf<'relu' | 'gelu'>('activation', activation, ['relu', 'gelu'])
    this.normFirst = yesOrNo('normFirst', normFirst)
    wholeNumber('dModel', dModel, 1)
    wholeNumber('nhead', nhead, 1)
    wholeNumber('dimFeedforward', dimFeedforward, 1)
    this.selfAttn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst, device })
    this.linear1 = new Linear(dModel, dimFeedforward, { bias, device })
    this.dropout = new Dropout(dropout)
    this.linear2 = new Linear(dimFeedforward, dModel, { bias, device })
    this.norm1 = new LayerNorm(dModel, { eps: layerNormEps, bias, device })
    this.norm2 = new LayerNorm(dModel, { eps: layerNormEps, bias, device })
    this.dropout1 = new Dropout(dropout)
    this.dropout2 = new Dropout(dropout)
    this.#again = () =>
      new TransformerEncoderLayer(dModel, nhead, { ...options, device: this.linear1.weight.device })
  }

  forward(input: Tensor, masks: AttentionMasks = {}): Tensor {
    if (this.normFirst) {
      const attended = input.add(this.#attend(this.norm1.forward(input), masks))
      return attended.add(this.#feedForward(this.norm2.forward(attended)))
    }
    const attended = this.norm1.forward(input.add(this.#attend(input, masks)))
    return this.norm2.forward(attended.add(this.#feedForward(attended)))
  }

  #attend(x: Tensor, masks: AttentionMasks): Tensor {
    return this.dropout1.forward(this.selfAttn.forward(x, x, x, masks))
  }

  #feedForward(x: Tensor): Tensor {
    const inner = this.#activate(this.linear1.forward(x))
    return this.dropout2.forward(this.linear2.forward(this.dropout.forward(inner)))
  }

  #activate(x: Tensor): Tensor {
    const { activation } = this
    if (typeof activation === 'function') return activation(x)
    return activation === 'gelu' ? x.gelu() : x.relu()
  }

  /** Another one with the same options and values, as Python's deepcopy. */
  copy(): TransformerEncoderLayer {
    const other = this.#again().train(this.training)
    other.loadStateDict(this.stateDict())
    return other
  }
}

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
    this.layers = new ModuleList(layers)
    this.numLayers = layers.length
    this.norm = norm
  }

  forward(input: Tensor, masks: AttentionMasks = {}): Tensor {
    const output = [...this.layers].reduce((x, layer) => layer.forward(x, masks), input)
    return this.norm ? this.norm.forward(output) : output
  }
}

export interface PositionalEncodingOptions extends DeviceOption {
  /** 0.1 by default. */
  readonly dropout?: number
  /** 5000 by default. */
  readonly maxLength?: number
}
const positionsOrder = ['dropout', 'maxLength'] as const
export const positionalEncodingSignature: Signature<PositionalEncodingOptions> = {
  name: 'PositionalEncoding',
  positional: positionsOrder,
  named: ['device'],
}

/**
 * Adds sines and cosines of the position to [.., positions, width], then drops out (Vaswani et al. 2017, section 3.5).
 * It is not trained, and not saved. Source: PyTorch's tutorial "Language Modeling with nn.Transformer".
 */
export class PositionalEncoding extends Module {
  readonly dropout: number
  /** [maxLength, dModel]. */
  readonly pe: Tensor
  constructor(dModel: number, ...rest: Arguments<PositionalEncodingOptions, typeof positionsOrder>) {
    super()
    const options = readArguments<PositionalEncodingOptions>(positionalEncodingSignature, rest)
    const { dropout: p = 0.1, maxLength = 5000, device } = options
    wholeNumber('dModel', dModel, 1)
    wholeNumber('maxLength', maxLength, 1)
    this.dropout = numberWithin('dropout', p, 0, 1)
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
