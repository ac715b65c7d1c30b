/** Networks for images as documents. */
import { DescentError, plural, type Model, type NetworkDocument } from '../../contract/index.ts'
import { Drawing } from './draw.ts'
import type { InputOf } from './input.ts'

type Knobs<T extends Model['template']> = Omit<Extract<Model, { template: T }>, 'template'>

/** Convolutions with pooling, then linear layers: the classic first network for small images. Errors: a DescentError for more filters than pictures can be halved. */
export function cnn(input: InputOf<'pixels'>, classes: number, knobs: Knobs<'cnn'>): NetworkDocument {
  const { filters, hidden, dropout } = knobs
  const { height, width } = input
  const least = 2 ** filters.length
  const most = Math.floor(Math.log2(Math.min(height, width)))
  if (filters.length > most) {
    const advice =
      most > 0
        ? `use at most ${plural(most, 'filter')} for ${height} × ${width}`
        : `${height} × ${width} is too small for it; choose another network`
    throw new DescentError(
      'badRecipe',
      `Each of the ${plural(filters.length, 'filter')} halves the picture, and nothing would be left of it: ${advice}.`,
      'model.filters',
    )
  }
  const drawing = new Drawing()
  let [at, count] = [input.name, 0]
  const add = (layer: string, options: Record<string, number>): void => {
    at = drawing.layer(String(count++), layer, options, at)
  }
  let inChannels = input.channels
  for (const outChannels of filters) {
    add('Conv2d', { inChannels, outChannels, kernelSize: 3, padding: 1 })
    add('ReLU', {})
    add('MaxPool2d', { kernelSize: 2 })
    inChannels = outChannels
  }
  add('Flatten', {})
  let inFeatures = inChannels * Math.floor(height / least) * Math.floor(width / least)
  for (const outFeatures of hidden) {
    add('Linear', { inFeatures, outFeatures })
    add('ReLU', {})
    if (dropout > 0) add('Dropout', { p: dropout })
    inFeatures = outFeatures
  }
  add('Linear', { inFeatures, outFeatures: classes })
  return drawing.document([input], at)
}

/** Convolutions start as torchvision's do: normal, by fan-out. */
const residualInit = { weight: { name: 'kaimingNormal' } } as const

/** Each with half the height and width of the one before it, and twice the filters. */
const stages = [
  { name: 'layer1', times: 1, stride: 1 },
  { name: 'layer2', times: 2, stride: 2 },
  { name: 'layer3', times: 4, stride: 2 },
] as const

/** At the start 20 layers, 0.27 million parameters (He et al. 2015, https://arxiv.org/abs/1512.03385, section 4.2); names are torchvision's. */
export function resnet20(
  input: InputOf<'pixels'>,
  classes: number,
  knobs: Knobs<'resnet20'>,
): NetworkDocument {
  const { width: start, blocks } = knobs
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
  let at = drawing.op('relu1', 'relu', {}, normalized('', 1, input.name, [input.channels, start], 1))
  let from: number = start
  for (const { name, times, stride } of stages) {
    const channels = start * times
    for (let block = 0; block < blocks; block++) {
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
