/** Networks for images as documents. */
import type { NetworkDocument } from '../../contract/index.ts'
import { Drawing } from './draw.ts'
import type { InputOf } from './input.ts'

/** Two convolutions and two linear layers: the classic first network for small images. Errors: RangeError for smaller ones. */
export function cnn(input: InputOf<'pixels'>, classes: number, dropout: number): NetworkDocument {
  const { channels, height, width } = input
  const [h, w] = [Math.floor(Math.floor(height / 2) / 2), Math.floor(Math.floor(width / 2) / 2)]
  if (h < 1 || w < 1) throw new RangeError(`cnn needs images of at least 4 × 4, not ${height} × ${width}.`)
  const conv = (inChannels: number, outChannels: number) =>
    [
      ['Conv2d', { inChannels, outChannels, kernelSize: 3, padding: 1 }],
      ['ReLU', {}],
      ['MaxPool2d', { kernelSize: 2 }],
    ] as const
  const layers = [
    ...conv(channels, 32),
    ...conv(32, 64),
    ['Flatten', {}] as const,
    ['Linear', { inFeatures: 64 * h * w, outFeatures: 128 }] as const,
    ['ReLU', {}] as const,
    ...(dropout > 0 ? [['Dropout', { p: dropout }] as const] : []),
    ['Linear', { inFeatures: 128, outFeatures: classes }] as const,
  ]
  const drawing = new Drawing()
  const output = layers.reduce(
    (from, [layer, options], i) => drawing.layer(String(i), layer, options, from),
    input.name,
  )
  return drawing.document([input], output)
}

/** Convolutions start as torchvision's do: normal, by fan-out. */
const residualInit = { weight: { name: 'kaimingNormal' } } as const

const stages = [
  { name: 'layer1', channels: 16, stride: 1 },
  { name: 'layer2', channels: 32, stride: 2 },
  { name: 'layer3', channels: 64, stride: 2 },
] as const
const blocksOfStage = 3

/** 20 layers, 0.27 million parameters (He et al. 2015, https://arxiv.org/abs/1512.03385, section 4.2); names are torchvision's. */
export function resnet20(input: InputOf<'pixels'>, classes: number): NetworkDocument {
  const drawing = new Drawing()
  /** A convolution of 3 × 3 and its normalization, whose ids end in `number`. */
  const normalized = (
    prefix: string,
    number: 1 | 2,
    from: string,
    channels: readonly [number, number],
    stride: number,
  ) => {
    const [inChannels, outChannels] = channels
    const options = { inChannels, outChannels, kernelSize: 3, stride, padding: 1, bias: false }
    const conv = drawing.layer(`${prefix}conv${number}`, 'Conv2d', options, from, residualInit)
    return drawing.layer(`${prefix}bn${number}`, 'BatchNorm2d', { numFeatures: outChannels }, conv)
  }
  /** The paper's option A: every stride-th pixel, and zeros for the channels that are new, after the others. */
  const shortcut = (
    prefix: string,
    from: string,
    channels: readonly [number, number],
    stride: number,
  ): string => {
    const [before, after] = channels
    if (before === after && stride === 1) return from
    const taken = drawing.layer(`${prefix}downsample`, 'AvgPool2d', { kernelSize: 1, stride }, from)
    return drawing.op(`${prefix}widened`, 'pad', { pad: [0, 0, 0, 0, 0, after - before] }, taken)
  }
  let at = drawing.op('relu1', 'relu', {}, normalized('', 1, input.name, [input.channels, 16], 1))
  let from = 16
  for (const { name, channels, stride } of stages) {
    for (let block = 0; block < blocksOfStage; block++) {
      const prefix = `${name}.${block}.`
      const width = [from, channels] as const
      const by = block === 0 ? stride : 1
      const first = drawing.op(`${prefix}relu1`, 'relu', {}, normalized(prefix, 1, at, width, by))
      const second = normalized(prefix, 2, first, [channels, channels], 1)
      const sum = drawing.op(`${prefix}sum`, 'add', {}, second, shortcut(prefix, at, width, by))
      at = drawing.op(`${prefix}relu2`, 'relu', {}, sum)
      from = channels
    }
  }
  const pooled = drawing.layer('pool', 'AdaptiveAvgPool2d', { outputSize: 1 }, at)
  const flat = drawing.op('flat', 'flatten', { startDim: 1 }, pooled)
  const fc = drawing.layer('fc', 'Linear', { inFeatures: from, outFeatures: classes }, flat)
  return drawing.document([input], fc)
}
