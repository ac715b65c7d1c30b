/** Vision transformers (Dosovitskiy et al. 2020, https://arxiv.org/abs/2010.11929). */
import * as nn from '../../nn/index.ts'
import { noGrad } from '../../tensor/grad-mode.ts'
import { randn } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { cat } from '../../functions/movement.ts'
import { zeros } from '../../functions/creation.ts'
import type { DeviceOption } from '../../nn/init.ts'
import { formatShape } from '../../tensor/shape.ts'

export interface TransformerOptions extends DeviceOption {
  readonly classes?: number
  readonly channels?: number
  /** Pixels, of squares. */
  readonly imageSize?: number
  readonly patchSize?: number
  readonly layers?: number
  readonly heads?: number
  readonly width?: number
  /** Of the perceptron in each layer. */
  readonly mlpWidth?: number
  readonly dropout?: number
}

/** Attention and a perceptron, each behind a normalization and beside a shortcut; names are torchvision's. */
class EncoderBlock extends nn.Module {
  readonly ln_1: nn.LayerNorm
  readonly selfAttention: nn.MultiheadAttention
  readonly dropout: nn.Dropout
  readonly ln_2: nn.LayerNorm
  readonly mlp: nn.Sequential
  constructor(heads: number, width: number, mlpWidth: number, dropout: number, on: DeviceOption) {
    super()
    this.ln_1 = new nn.LayerNorm(width, { eps: 1e-6, ...on })
    this.selfAttention = new nn.MultiheadAttention(width, heads, { batchFirst: true, ...on })
    this.dropout = new nn.Dropout(dropout)
    this.ln_2 = new nn.LayerNorm(width, { eps: 1e-6, ...on })
    this.mlp = new nn.Sequential(
      new nn.Linear(width, mlpWidth, on),
      new nn.GELU(),
      new nn.Dropout(dropout),
      new nn.Linear(mlpWidth, width, on),
      new nn.Dropout(dropout),
    )
  }
  forward(input: Tensor): Tensor {
    const x = this.ln_1.forward(input)
    const attended = this.dropout
      .forward(this.selfAttention.forward(x, x, x, { needWeights: false })[0])
      .add(input)
    return attended.add(this.mlp.forward(this.ln_2.forward(attended)))
  }
}

class Encoder extends nn.Module {
  readonly posEmbedding: nn.Parameter
  readonly dropout: nn.Dropout
  readonly layers: nn.Sequential
  readonly ln: nn.LayerNorm
  constructor(
    places: number,
    layers: readonly nn.Module[],
    width: number,
    dropout: number,
    on: DeviceOption,
  ) {
    super()
    this.posEmbedding = new nn.Parameter(randn([1, places, width], on).mul(0.02))
    this.dropout = new nn.Dropout(dropout)
    this.layers = new nn.Sequential(
      Object.fromEntries(layers.map((layer, i) => [`encoder_layer_${i}`, layer])),
    )
    this.ln = new nn.LayerNorm(width, { eps: 1e-6, ...on })
  }
  forward(input: Tensor): Tensor {
    return this.ln.forward(this.layers.forward(this.dropout.forward(input.add(this.posEmbedding))))
  }
}

/** Takes [N, channels, imageSize, imageSize]. Source: torchvision.models.VisionTransformer. */
export class VisionTransformer extends nn.Module {
  readonly classToken: nn.Parameter
  readonly convProj: nn.Conv2d
  readonly encoder: Encoder
  readonly heads: nn.Sequential
  readonly imageSize: number
  constructor({
    classes = 1000,
    channels = 3,
    imageSize = 224,
    patchSize = 16,
    layers = 12,
    heads = 3,
    width = 192,
    mlpWidth = 4 * width,
    dropout = 0,
    device,
  }: TransformerOptions = {}) {
    super()
    if (imageSize % patchSize !== 0)
      throw new RangeError(`Patches of ${patchSize} pixels do not divide images of ${imageSize}.`)
    const on = { device }
    this.imageSize = imageSize
    this.classToken = new nn.Parameter(zeros([1, 1, width], on))
    this.convProj = new nn.Conv2d(channels, width, patchSize, { stride: patchSize, device })
    this.encoder = new Encoder(
      (imageSize / patchSize) ** 2 + 1,
      Array.from({ length: layers }, () => new EncoderBlock(heads, width, mlpWidth, dropout, on)),
      width,
      dropout,
      on,
    )
    this.heads = new nn.Sequential({ head: new nn.Linear(width, classes, on) })
    const { convProj } = this
    noGrad(() => {
      const deviation = 1 / Math.sqrt(channels * patchSize * patchSize)
      convProj.weight.copy_(randn(convProj.weight.shape, on).mul(deviation))
      convProj.bias?.zero_()
    })
  }
  forward(input: Tensor): Tensor {
    const { imageSize } = this
    if (input.shape[2] !== imageSize || input.shape[3] !== imageSize)
      throw new RangeError(
        `This transformer takes images of ${imageSize} × ${imageSize} pixels, not ${formatShape(input.shape)}.`,
      )
    const patches = this.convProj.forward(input).flatten(2).transpose(1, 2)
    const [n, , width] = patches.shape as readonly [number, number, number]
    const x = cat([this.classToken.expand([n, 1, width]), patches], 1)
    return this.heads.forward(this.encoder.forward(x).select(1, 0))
  }
}

/** Width 192, 12 layers of 3 heads (Touvron et al. 2020, https://arxiv.org/abs/2012.12877, DeiT-tiny): 5.7 million parameters at 224 pixels. */
export const vitTiny = (
  options: Omit<TransformerOptions, 'layers' | 'heads' | 'width'> = {},
): VisionTransformer => new VisionTransformer(options)
