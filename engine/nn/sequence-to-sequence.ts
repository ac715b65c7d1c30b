import { uniform, values } from '../ops/samples.ts'
import { arange } from '../functions/creation.ts'
import { wholeNumber } from '../tensor/arguments.ts'
import type { TensorOptions } from '../tensor/default-device.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { formatShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { TransformerDecoder, TransformerDecoderLayer, type DecoderMasks } from './decoder.ts'
import { configure, defineModule } from './define.ts'
import { xavierUniform } from './init.ts'
import { Module } from './module.ts'
import { LayerNorm } from './normalization.ts'
import type { OnnxValue } from './onnx.ts'
import { child, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'
import { feedingOptions, orderOptions, TransformerEncoder, TransformerEncoderLayer } from './transformer.ts'

/** Beside the decoder's: of what is read. */
export interface TransformerMasks extends DecoderMasks {
  /** [sources, sources], as `attnMask` of MultiheadAttention. */
  readonly srcMask?: Tensor
  /** [rows, sources]. */
  readonly srcKeyPaddingMask?: Tensor
}

const options = optionList(
  'Transformer',
  whole('dModel', { default: 512, help: 'How many numbers stand at each position.' }),
  whole('nhead', { default: 8, help: 'How many parts of them have attention of their own.' }),
  whole('numEncoderLayers', { default: 6, least: 0, help: 'So many layers read.' }),
  whole('numDecoderLayers', { default: 6, least: 0, help: 'So many layers write.' }),
  ...feedingOptions,
  child<TransformerEncoder | null>()('customEncoder', {
    default: null,
    nullable: true,
    help: 'An encoder of one’s own, in the place of the usual one.',
  }),
  child<TransformerDecoder | null>()('customDecoder', {
    default: null,
    nullable: true,
    help: 'A decoder of one’s own, in the place of the usual one.',
  }),
  ...orderOptions,
)

/**
 * An encoder that reads and a decoder that writes (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762): source
 * [sources, rows, dModel] and target [targets, rows, dModel] to [targets, rows, dModel]; with `batchFirst` rows come first.
 * Matrices start Xavier-uniform. Source: torch.nn.Transformer.
 * Errors: a RangeError for widths and numbers of rows that do not fit.
 */
export class Transformer extends Module<[source: Tensor, target: Tensor, masks?: TransformerMasks], Tensor> {
  readonly encoder: TransformerEncoder
  readonly decoder: TransformerDecoder
  readonly dModel: number
  readonly nhead: number
  readonly batchFirst: boolean
  constructor(...rest: Rest<typeof options>) {
    super()
    const settled = configure(this, options, rest)
    const { dModel, nhead, numEncoderLayers, numDecoderLayers, customEncoder, customDecoder } = settled
    const { dimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst, bias, device } = settled
    const layer = { dimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst, bias, device }
    // Each by itself: a copy's weights would be computed, and all of them are drawn anew below.
    const times = <T>(count: number, make: () => T): T[] =>
      Array.from({ length: wholeNumber('layers', count, 1) }, make)
    const norm = (): LayerNorm => new LayerNorm(dModel, { eps: layerNormEps, bias, device })
    this.encoder =
      customEncoder ??
      new TransformerEncoder(
        times(numEncoderLayers, () => new TransformerEncoderLayer(dModel, nhead, layer)),
        norm(),
      )
    this.decoder =
      customDecoder ??
      new TransformerDecoder(
        times(numDecoderLayers, () => new TransformerDecoderLayer(dModel, nhead, layer)),
        numDecoderLayers,
        norm(),
      )
    // In their place, and not by a change in place, which would be computed at once: a layer is also made to be looked at.
    for (const module of this.modules())
      for (const [field, value] of Object.entries(module) as [string, unknown][])
        if (value instanceof Tensor && value.requiresGrad && value.ndim > 1)
          Object.assign(module, { [field]: xavierUniform(value.shape, { device }) })
    this.dModel = dModel
    this.nhead = nhead
    this.batchFirst = batchFirst
  }

  /** [size, size], float32: 0 where a position may look, at itself and what is before it, and −∞ elsewhere. Source: torch.nn.Transformer.generate_square_subsequent_mask. */
  static generateSquareSubsequentMask(size: number, given: Pick<TensorOptions, 'device'> = {}): Tensor {
    const places = arange(wholeNumber('generateSquareSubsequentMask: size', size, 1), given)
    return noGrad(() => places.le(places.unsqueeze(1)).choose(places.newFull([], 0, 'float32'), -Infinity))
  }

  forward(source: Tensor, target: Tensor, masks: TransformerMasks = {}): Tensor {
    const rows = this.batchFirst ? 0 : 1
    if (source.ndim === 3 && target.ndim === 3 && source.shape[rows] !== target.shape[rows])
      throw new RangeError(
        `Transformer: source ${formatShape(source.shape)} and target ${formatShape(target.shape)} need as many rows.`,
      )
    const { srcMask, srcKeyPaddingMask, ...others } = masks
    const memory = this.encoder.forward(source, {
      ...(srcMask ? { attnMask: srcMask } : {}),
      ...(srcKeyPaddingMask ? { keyPaddingMask: srcKeyPaddingMask } : {}),
    })
    return this.decoder.forward(target, memory, others)
  }
}

const two = [uniform([5, 2, 4]), uniform([3, 2, 4], -1, 1)]
const causal = values([3, 3], [0, -Infinity, -Infinity, 0, 0, -Infinity, 0, 0, 0])
const padded = values([2, 5], [0, 0, 0, 1, 1, 0, 0, 0, 0, 0], 'bool')

defineModule(Transformer, options, {
  family: 'Attention',
  help: 'Reads one sequence and writes another.',
  onnx: ({ encoder, decoder }, nodes, source, target) => {
    const memory: OnnxValue = { name: nodes.module(encoder, source!)[0]!, shape: source!.shape }
    return nodes.module(decoder, target!, memory)[0]!
  },
  samples: [
    { make: () => new Transformer(4, 2, 1, 1, 3, 0), inputs: two },
    {
      make: () =>
        new Transformer(4, 2, 1, 1, { dimFeedforward: 3, dropout: 0, normFirst: true, batchFirst: true }),
      inputs: [uniform([1, 3, 4]), uniform([1, 2, 4])],
    },
    {
      make: () => new Transformer(4, 2, 1, 1, 3, 0),
      inputs: [...two, causal, padded],
      call: {
        ours: (model, [source, target, tgtMask, padding]) =>
          model.forward(source!, target!, {
            tgtMask: tgtMask!.detach(),
            srcKeyPaddingMask: padding!,
            memoryKeyPaddingMask: padding!,
          }),
        python: 'm(x0, x1, tgt_mask=x2.detach(), src_key_padding_mask=x3, memory_key_padding_mask=x3)',
      },
      without: ['onnx', 'slopes'],
    },
  ],
})
