/** Networks of separable convolutions that need few multiplications: MobileNetV2, MobileNetV3-small and EfficientNet-B0. */
import * as nn from '../../nn/index.ts'
import type { DeviceOption } from '../../nn/init.ts'
import { rand } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import {
  convNorm,
  divisible,
  normalLinear,
  pooled,
  SqueezeExcitation,
  startConvolution,
  uniformLinear,
  type ModelOptions,
} from './layers.ts'

const relu6 = (): nn.Module => new nn.ReLU6()
const relu = (): nn.Module => new nn.ReLU()
const hardswish = (): nn.Module => new nn.Hardswish()
const silu = (): nn.Module => new nn.SiLU()

class Network extends nn.Module {
  readonly features: nn.Sequential
  readonly classifier: nn.Sequential
  constructor(features: nn.Sequential, classifier: nn.Sequential) {
    super()
    this.features = features
    this.classifier = classifier
  }
  forward(input: Tensor): Tensor {
    return this.classifier.forward(pooled(this.features.forward(input), 1))
  }
}

/** Wide in the middle, and beside a shortcut where its shape allows it. */
class InvertedResidual extends nn.Module {
  readonly conv: nn.Sequential
  readonly isResidual: boolean
  constructor(from: number, to: number, stride: number, ratio: number, { device }: DeviceOption) {
    super()
    const wide = Math.round(from * ratio)
    const activation = relu6
    this.isResidual = stride === 1 && from === to
    const narrow = new nn.Conv2d(wide, to, 1, { bias: false, device })
    this.conv = new nn.Sequential(
      ...(ratio === 1 ? [] : [convNorm(from, wide, { kernel: 1, activation, device })]),
      convNorm(wide, wide, { stride, groups: wide, activation, device }),
      startConvolution(narrow, { device }),
      new nn.BatchNorm2d(to, { device }),
    )
  }
  forward(input: Tensor): Tensor {
    const made = this.conv.forward(input)
    return this.isResidual ? input.add(made) : made
  }
}

/** Ratio, width, blocks and stride of each stage. */
const mobileStages = [
  [1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1],
] as const // prettier-ignore

/** Sandler et al. 2018, https://arxiv.org/abs/1801.04381; 3.5 million parameters. Source: torchvision.models.mobilenet_v2. */
export function mobilenetV2({
  classes = 1000,
  channels = 3,
  dropout = 0.2,
  device,
}: ModelOptions = {}): Network {
  let from = 32
  const blocks = mobileStages.flatMap(([ratio, to, count, stride]) =>
    Array.from({ length: count }, (_, i) => {
      const block = new InvertedResidual(from, to, i === 0 ? stride : 1, ratio, { device })
      from = to
      return block
    }),
  )
  return new Network(
    new nn.Sequential(
      convNorm(channels, 32, { stride: 2, activation: relu6, device }),
      ...blocks,
      convNorm(from, 1280, { kernel: 1, activation: relu6, device }),
    ),
    new nn.Sequential(new nn.Dropout(dropout), normalLinear(1280, classes, { device })),
  )
}

interface BlockOptions extends DeviceOption {
  readonly kernel: number
  readonly stride: number
  readonly wide: number
  readonly squeezed: number
  readonly activation: () => nn.Module
  /** Of the weights of channels; null: channels are not weighed. */
  readonly scale: (() => nn.Module) | null
  readonly squeezeActivation: () => nn.Module
  readonly eps?: number
  readonly momentum?: number
  /** With which probability a training image goes past it. */
  readonly drop?: number
}

/** An inverted residual whose channels are weighed. */
class WeighedResidual extends nn.Module {
  readonly block: nn.Sequential
  readonly isResidual: boolean
  readonly drop: number
  constructor(from: number, to: number, o: BlockOptions) {
    super()
    const { kernel, stride, wide, squeezed, activation, scale, eps, momentum, device } = o
    const norm = { eps, momentum, device }
    this.isResidual = stride === 1 && from === to
    this.drop = o.drop ?? 0
    this.block = new nn.Sequential(
      ...(wide === from ? [] : [convNorm(from, wide, { kernel: 1, activation, ...norm })]),
      convNorm(wide, wide, { kernel, stride, groups: wide, activation, ...norm }),
      ...(scale ? [new SqueezeExcitation(wide, squeezed, o.squeezeActivation(), scale(), { device })] : []),
      convNorm(wide, to, { kernel: 1, ...norm }),
    )
  }
  forward(input: Tensor): Tensor {
    const made = this.block.forward(input)
    if (!this.isResidual) return made
    if (!this.training || this.drop === 0) return made.add(input)
    // Stochastic depth by rows (Huang et al. 2016, https://arxiv.org/abs/1603.09382).
    const stays = rand([input.shape[0]!, 1, 1, 1], { device: input.device }).lt(1 - this.drop)
    return stays.choose(made.div(1 - this.drop), 0).add(input)
  }
}

/** From, kernel, wide, to, whether channels are weighed, whether by hard swish, and stride. */
const small = [
  [16, 3, 16, 16, true, false, 2], [16, 3, 72, 24, false, false, 2], [24, 3, 88, 24, false, false, 1],
  [24, 5, 96, 40, true, true, 2], [40, 5, 240, 40, true, true, 1], [40, 5, 240, 40, true, true, 1],
  [40, 5, 120, 48, true, true, 1], [48, 5, 144, 48, true, true, 1], [48, 5, 288, 96, true, true, 2],
  [96, 5, 576, 96, true, true, 1], [96, 5, 576, 96, true, true, 1],
] as const // prettier-ignore

/** Howard et al. 2019, https://arxiv.org/abs/1905.02244; 2.5 million parameters. Source: torchvision.models.mobilenet_v3_small. */
export function mobilenetV3Small({
  classes = 1000,
  channels = 3,
  dropout = 0.2,
  device,
}: ModelOptions = {}): Network {
  const norm = { eps: 0.001, momentum: 0.01, device }
  const blocks = small.map(
    ([from, kernel, wide, to, weighs, hard, stride]) =>
      new WeighedResidual(from, to, {
        kernel,
        stride,
        wide,
        squeezed: divisible(Math.floor(wide / 4)),
        activation: hard ? hardswish : relu,
        squeezeActivation: relu,
        scale: weighs ? () => new nn.Hardsigmoid() : null,
        ...norm,
      }),
  )
  return new Network(
    new nn.Sequential(
      convNorm(channels, 16, { stride: 2, activation: hardswish, ...norm }),
      ...blocks,
      convNorm(96, 576, { kernel: 1, activation: hardswish, ...norm }),
    ),
    new nn.Sequential(
      normalLinear(576, 1024, { device }),
      new nn.Hardswish(),
      new nn.Dropout(dropout),
      normalLinear(1024, classes, { device }),
    ),
  )
}

/** Ratio, kernel, stride, width and blocks of each stage. */
const efficientStages = [
  [1, 3, 1, 16, 1], [6, 3, 2, 24, 2], [6, 5, 2, 40, 2], [6, 3, 2, 80, 3], [6, 5, 1, 112, 3], [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
] as const // prettier-ignore

/** Tan & Le 2019, https://arxiv.org/abs/1905.11946; 5.3 million parameters. Source: torchvision.models.efficientnet_b0. */
export function efficientnetB0({
  classes = 1000,
  channels = 3,
  dropout = 0.2,
  device,
}: ModelOptions = {}): Network {
  const all = efficientStages.reduce((sum, [, , , , count]) => sum + count, 0)
  let [from, made] = [32, 0]
  const stages = efficientStages.map(
    ([ratio, kernel, stride, to, count]) =>
      new nn.Sequential(
        ...Array.from({ length: count }, (_, i) => {
          const block = new WeighedResidual(from, to, {
            kernel,
            stride: i === 0 ? stride : 1,
            wide: divisible(from * ratio),
            squeezed: Math.max(1, Math.floor(from / 4)),
            activation: silu,
            squeezeActivation: silu,
            scale: () => new nn.Sigmoid(),
            drop: (0.2 * made) / all,
            device,
          })
          from = to
          made++
          return block
        }),
      ),
  )
  return new Network(
    new nn.Sequential(
      convNorm(channels, 32, { stride: 2, activation: silu, device }),
      ...stages,
      convNorm(320, 1280, { kernel: 1, activation: silu, device }),
    ),
    new nn.Sequential(new nn.Dropout(dropout), uniformLinear(1280, classes, { device })),
  )
}
