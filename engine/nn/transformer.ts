import { tensor } from '../tensor/creation.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { MultiheadAttention, type AttentionMasks } from './attention.ts'
import { dropout } from './functional.ts'
import type { DeviceOption } from './init.ts'
import { Linear } from './linear.ts'
import { Module, ModuleList } from './module.ts'
import { LayerNorm } from './normalization.ts'

export interface TransformerEncoderLayerOptions extends DeviceOption {
  /** 2048 by default. */
  readonly dimFeedforward?: number
  /** 0.1 by default. */
  readonly dropout?: number
  readonly activation?: 'relu' | 'gelu'
  readonly layerNormEps?: number
  /** [rows, positions, width] instead of [positions, rows, width]. */
  readonly batchFirst?: boolean
  /** Normalise what goes into each part instead of what comes out of it. */
  readonly normFirst?: boolean
}

/**
 * Self-attention, then a feed-forward network for each position, each added to what it was given and normalised (Vaswani
 * et al. 2017, https://arxiv.org/abs/1706.03762). Source: torch.nn.TransformerEncoderLayer.
 */
export class TransformerEncoderLayer extends Module<[input: Tensor, masks?: AttentionMasks], Tensor> {
  readonly selfAttn: MultiheadAttention
  readonly linear1: Linear
  readonly linear2: Linear
  readonly norm1: LayerNorm
  readonly norm2: LayerNorm
  readonly dropout: number
  readonly activation: 'relu' | 'gelu'
  readonly normFirst: boolean
  constructor(dModel: number, nhead: number, options: TransformerEncoderLayerOptions = {}) {
    super()
    const { dimFeedforward = 2048, layerNormEps = 1e-5 } = options
    const on: DeviceOption = options.device ? { device: options.device } : {}
    this.dropout = options.dropout ?? 0.1
    this.activation = options.activation ?? 'relu'
    this.normFirst = options.normFirst ?? false
    this.selfAttn = new MultiheadAttention(dModel, nhead, {
      ...on,
      dropout: this.dropout,
      batchFirst: options.batchFirst ?? false,
    })
    this.linear1 = new Linear(dModel, dimFeedforward, on)
    this.linear2 = new Linear(dimFeedforward, dModel, on)
    this.norm1 = new LayerNorm(dModel, { ...on, eps: layerNormEps })
    this.norm2 = new LayerNorm(dModel, { ...on, eps: layerNormEps })
  }

  forward(input: Tensor, masks: AttentionMasks = {}): Tensor {
    if (this.normFirst) {
      const attended = input.add(this.#attend(this.norm1.forward(input), masks))
      return attended.add(this.#feedForward(this.norm2.forward(attended)))
    }
    const attended = this.norm1.forward(input.add(this.#attend(input, masks)))
    return this.norm2.forward(attended.add(this.#feedForward(attended)))
  }

  #drop(x: Tensor): Tensor {
    return dropout(x, this.dropout, this.training)
  }

  #attend(x: Tensor, masks: AttentionMasks): Tensor {
    return this.#drop(this.selfAttn.forward(x, x, x, masks))
  }

  #feedForward(x: Tensor): Tensor {
    const inner = this.linear1.forward(x)
    const active = this.activation === 'gelu' ? inner.gelu() : inner.relu()
    return this.#drop(this.linear2.forward(this.#drop(active)))
  }
}

/** Layers one after the other, then `norm` if there is one. Source: torch.nn.TransformerEncoder. */
export class TransformerEncoder extends Module<[input: Tensor, masks?: AttentionMasks], Tensor> {
  readonly layers: ModuleList<TransformerEncoderLayer>
  readonly norm: LayerNorm | undefined
  constructor(layers: readonly TransformerEncoderLayer[], norm?: LayerNorm) {
    super()
    this.layers = new ModuleList(...layers)
    this.norm = norm
  }

  forward(input: Tensor, masks: AttentionMasks = {}): Tensor {
    const output = this.layers.modules.reduce((x, layer) => layer.forward(x, masks), input)
    return this.norm ? this.norm.forward(output) : output
  }
}

/**
 * Adds sines and cosines of the position to [.., positions, width], then drops out (Vaswani et al. 2017, section 3.5).
 * It is not trained, and not saved. Source: PyTorch's tutorial "Language Modeling with nn.Transformer".
 */
export class PositionalEncoding extends Module {
  readonly dropout: number
  readonly #table: Tensor
  constructor(
    dModel: number,
    options: DeviceOption & { readonly dropout?: number; readonly maxLength?: number } = {},
  ) {
    super()
    const { dropout: p = 0.1, maxLength = 5000, ...on } = options
    this.dropout = p
    this.#table = tensor(sinusoids(maxLength, dModel), { ...on, shape: [maxLength, dModel] })
  }

  forward(input: Tensor): Tensor {
    const [positions = 0, width = 0] = input.shape.slice(-2)
    const [longest, dModel] = this.#table.shape as [number, number]
    if (positions > longest || width !== dModel) {
      throw new RangeError(
        `PositionalEncoding is made for up to ${longest} positions of ${dModel}; the input is ${formatShape(input.shape)}.`,
      )
    }
    return dropout(input.add(this.#table.slice(0, 0, positions)), this.dropout, this.training)
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
