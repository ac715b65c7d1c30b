/** Decoders of Transformers: what is written so far looks at itself, and at what was read. */
import { uniform, values } from '../ops/samples.ts'
import { wholeNumber } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { MultiheadAttention, type AttentionMasks } from './attention.ts'
import { ModuleList } from './containers.ts'
import { configure, defineModule } from './define.ts'
import { Dropout } from './dropout.ts'
import { Linear } from './linear.ts'
import { Module } from './module.ts'
import { LayerNorm } from './normalization.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import { child, whole, type Given, type Rest } from './options.ts'
import { optionList } from './settle.ts'
import {
  feedingOptions,
  onnxActivated,
  orderOptions,
  widened,
  widthOptions,
  type Activation,
} from './transformer.ts'

const family = 'Attention'

/** Each as `attnMask` and `keyPaddingMask` of MultiheadAttention: of what is written (tgt), and of what was read (memory). */
export interface DecoderMasks {
  /** [targets, targets], such as Transformer.generateSquareSubsequentMask gives. */
  readonly tgtMask?: Tensor
  /** [targets, sources]. */
  readonly memoryMask?: Tensor
  /** [rows, targets]. */
  readonly tgtKeyPaddingMask?: Tensor
  /** [rows, sources]. */
  readonly memoryKeyPaddingMask?: Tensor
}

const masksOf = (attnMask?: Tensor, keyPaddingMask?: Tensor): AttentionMasks => ({
  ...(attnMask ? { attnMask } : {}),
  ...(keyPaddingMask ? { keyPaddingMask } : {}),
})

const layerOptions = optionList(
  'TransformerDecoderLayer',
  ...widthOptions,
  ...feedingOptions,
  ...orderOptions,
)
export type TransformerDecoderLayerOptions = Given<typeof layerOptions.options>

/**
 * Self-attention of the target, attention to the memory, then a feed-forward network for each position, each added to what it
 * was given and normalised (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762): target [targets, rows, dModel] and memory
 * [sources, rows, dModel] to [targets, rows, dModel]; with `batchFirst` rows come first.
 * Source: torch.nn.TransformerDecoderLayer. Errors: a RangeError for widths and masks that do not fit.
 */
export class TransformerDecoderLayer extends Module<
  [target: Tensor, memory: Tensor, masks?: DecoderMasks],
  Tensor
> {
  readonly selfAttn: MultiheadAttention
  readonly multiheadAttn: MultiheadAttention
  readonly linear1: Linear
  readonly dropout: Dropout
  readonly linear2: Linear
  readonly normFirst: boolean
  readonly norm1: LayerNorm
  readonly norm2: LayerNorm
  readonly norm3: LayerNorm
  readonly dropout1: Dropout
  readonly dropout2: Dropout
  readonly dropout3: Dropout
  readonly activation: Activation
  constructor(dModel: number, nhead: number, ...rest: Rest<typeof layerOptions>) {
    super()
    const options = configure(this, layerOptions, [dModel, nhead, ...rest])
    const { dimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst, bias, device } = options
    const attention = (): MultiheadAttention =>
      new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst, device })
    const norm = (): LayerNorm => new LayerNorm(dModel, { eps: layerNormEps, bias, device })
    this.activation = activation
    this.normFirst = normFirst
    this.selfAttn = attention()
    this.multiheadAttn = attention()
    this.linear1 = new Linear(dModel, dimFeedforward, { bias, device })
    this.dropout = new Dropout(dropout)
    this.linear2 = new Linear(dimFeedforward, dModel, { bias, device })
    this.norm1 = norm()
    this.norm2 = norm()
    this.norm3 = norm()
    this.dropout1 = new Dropout(dropout)
    this.dropout2 = new Dropout(dropout)
    this.dropout3 = new Dropout(dropout)
  }

  forward(target: Tensor, memory: Tensor, masks: DecoderMasks = {}): Tensor {
    const own = masksOf(masks.tgtMask, masks.tgtKeyPaddingMask)
    const other = masksOf(masks.memoryMask, masks.memoryKeyPaddingMask)
    const itself = (x: Tensor): Tensor =>
      this.dropout1.forward(this.selfAttn.forward(x, x, x, { ...own, needWeights: false })[0])
    const looked = (x: Tensor): Tensor =>
      this.dropout2.forward(
        this.multiheadAttn.forward(x, memory, memory, { ...other, needWeights: false })[0],
      )
    if (this.normFirst) {
      const first = target.add(itself(this.norm1.forward(target)))
      const second = first.add(looked(this.norm2.forward(first)))
      return second.add(this.feedForward(this.norm3.forward(second)))
    }
    const first = this.norm1.forward(target.add(itself(target)))
    const second = this.norm2.forward(first.add(looked(first)))
    return this.norm3.forward(second.add(this.feedForward(second)))
  }

  private feedForward(x: Tensor): Tensor {
    return this.dropout3.forward(widened(this, x))
  }

  /** Another one with the same options and values, as Python's deepcopy. */
  copy(): TransformerDecoderLayer {
    return this.deepCopy()
  }
}

function onnxLayer(
  layer: TransformerDecoderLayer,
  nodes: OnnxNodes,
  target: OnnxValue,
  memory: OnnxValue,
): string {
  const { activation, normFirst, selfAttn, multiheadAttn, linear1, linear2, norm1, norm2, norm3 } = layer
  const like = (name: string): OnnxValue => ({ name, shape: target.shape })
  const of = (module: Module, input: string): string => nodes.module(module, like(input))[0]!
  const itself = (y: string): string => nodes.module(selfAttn, like(y), like(y), like(y))[0]!
  const looked = (y: string): string => nodes.module(multiheadAttn, like(y), memory, memory)[0]!
  const feed = (y: string): string => of(linear2, onnxActivated(activation, nodes, like(of(linear1, y))))
  const added = (a: string, b: string): string => nodes.add('Add', [a, b])
  if (normFirst) {
    const first = added(target.name, itself(of(norm1, target.name)))
    const second = added(first, looked(of(norm2, first)))
    return added(second, feed(of(norm3, second)))
  }
  const first = of(norm1, added(target.name, itself(target.name)))
  const second = of(norm2, added(first, looked(first)))
  return of(norm3, added(second, feed(second)))
}

const pair = [uniform([3, 2, 4]), uniform([5, 2, 4], -1, 1)]
const causal = values([3, 3], [0, -Infinity, -Infinity, 0, 0, -Infinity, 0, 0, 0])
const padded = values([2, 5], [0, 0, 0, 1, 1, 0, 0, 0, 0, 0], 'bool')

defineModule(TransformerDecoderLayer, layerOptions, {
  family,
  help: 'Positions look at each other and at another sequence, then each goes through a small network.',
  onnx: (layer, nodes, target, memory) => onnxLayer(layer, nodes, target!, memory!),
  samples: [
    { make: () => new TransformerDecoderLayer(4, 2, 8, 0), inputs: pair },
    {
      make: () => new TransformerDecoderLayer(4, 2, 6, 0, 'gelu', 1e-3, true, true),
      inputs: [uniform([1, 3, 4]), uniform([1, 2, 4])],
    },
    {
      make: () => new TransformerDecoderLayer(4, 2, 3, 0),
      inputs: [...pair, causal, padded],
      call: {
        ours: (layer, [x, memory, tgtMask, memoryKeyPaddingMask]) =>
          layer.forward(x!, memory!, {
            tgtMask: tgtMask!.detach(),
            memoryKeyPaddingMask: memoryKeyPaddingMask!,
          }),
        python: 'm(x0, x1, tgt_mask=x2.detach(), memory_key_padding_mask=x3)',
      },
      without: ['onnx', 'slopes'],
    },
    { make: () => new TransformerDecoderLayer(4, 1, 3), inputs: pair, without: ['training'] },
  ],
})

const decoderOptions = optionList(
  'TransformerDecoder',
  child<TransformerDecoderLayer>()('decoderLayer', { help: 'The layer that is copied.' }),
  whole('numLayers', { help: 'How many copies follow each other.' }),
  child<LayerNorm>()('norm', { default: null, nullable: true, help: 'Normalizes what the last one gives.' }),
)

/** Copies of a decoder layer, one after the other, then `norm` if there is one. Source: torch.nn.TransformerDecoder. */
export class TransformerDecoder extends Module<
  [target: Tensor, memory: Tensor, masks?: DecoderMasks],
  Tensor
> {
  readonly layers: ModuleList<TransformerDecoderLayer>
  readonly numLayers: number
  readonly norm: LayerNorm | null
  /** A layer that is copied, or all of them: those are taken as they are. */
  constructor(
    layer: TransformerDecoderLayer | readonly TransformerDecoderLayer[],
    numLayers: number,
    ...rest: Rest<typeof decoderOptions>
  ) {
    super()
    const first = layer instanceof TransformerDecoderLayer ? layer : layer[0]!
    const { norm } = configure(this, decoderOptions, [first, numLayers, ...rest])
    if (norm !== null && !(norm instanceof LayerNorm))
      throw new TypeError(`norm must be a LayerNorm or null, not ${String(norm)}.`)
    const copies = wholeNumber('numLayers', numLayers, 1)
    this.layers = new ModuleList(
      layer instanceof TransformerDecoderLayer
        ? Array.from({ length: copies }, () => layer.copy())
        : [...layer],
    )
    this.numLayers = numLayers
    this.norm = norm
  }

  forward(target: Tensor, memory: Tensor, masks: DecoderMasks = {}): Tensor {
    const output = [...this.layers].reduce((x, layer) => layer.forward(x, memory, masks), target)
    return this.norm ? this.norm.forward(output) : output
  }
}

defineModule(TransformerDecoder, decoderOptions, {
  family,
  help: 'Several decoder layers, one after the other.',
  onnx: ({ layers, norm }, nodes, target, memory) => {
    const like = (name: string): OnnxValue => ({ name, shape: target!.shape })
    const decoded = [...layers].reduce(
      (name, layer) => nodes.module(layer, like(name), memory!)[0]!,
      target!.name,
    )
    return norm ? nodes.module(norm, like(decoded))[0]! : decoded
  },
  samples: [
    {
      make: () =>
        new TransformerDecoder(new TransformerDecoderLayer(4, 2, 3, 0, 'gelu'), 2, new LayerNorm(4)),
      inputs: pair,
    },
    {
      make: () => new TransformerDecoder(new TransformerDecoderLayer(4, 1, 3, 0, { batchFirst: true }), 1),
      inputs: [uniform([1, 2, 4]), uniform([1, 3, 4])],
    },
  ],
})
