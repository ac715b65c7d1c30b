/** Networks for photographs as documents; names are torchvision's, so that its weights load by name. */
import { DescentError, type Model, type NetworkDocument } from '../../contract/index.ts'
import { Drawing } from './draw.ts'
import type { InputOf } from './input.ts'

type Knobs<T extends Model['template']> = Omit<Extract<Model, { template: T }>, 'template'>
type Pixels = InputOf<'pixels'>

/** Convolutions start as torchvision's do: normal, by fan-out. */
const start = { weight: { name: 'kaimingNormal' } } as const

interface Shape {
  readonly from: number
  readonly to: number
  readonly kernel: number
  readonly stride?: number
}
function normalized(
  drawing: Drawing,
  [convolution, normalization]: readonly [string, string],
  at: string,
  { from, to, kernel, stride = 1 }: Shape,
): string {
  const options = {
    inChannels: from,
    outChannels: to,
    kernelSize: kernel,
    stride,
    padding: (kernel - 1) / 2,
    bias: false,
  }
  const made = drawing.layer(convolution, 'Conv2d', options, at, start)
  return drawing.layer(normalization, 'BatchNorm2d', { numFeatures: to }, made)
}

function mean(drawing: Drawing, at: string): string {
  const pooled = drawing.layer('avgpool', 'AdaptiveAvgPool2d', { outputSize: 1 }, at)
  return drawing.op('flat', 'flatten', { startDim: 1 }, pooled)
}

/** Blocks of each stage; of 50 layers each is a narrow convolution of 3 × 3 between two of 1 × 1, of which the last has four times as many filters. */
const residualBlocks = {
  18: { counts: [2, 2, 2, 2], grows: 1 },
  34: { counts: [3, 4, 6, 3], grows: 1 },
  50: { counts: [3, 4, 6, 3], grows: 4 },
} as const

/** He et al. 2015, https://arxiv.org/abs/1512.03385, table 1. */
export function resnet18(
  input: Pixels,
  classes: number,
  { depth, width }: Knobs<'resnet18'>,
): NetworkDocument {
  const drawing = new Drawing()
  const first = normalized(drawing, ['conv1', 'bn1'], input.name, {
    from: input.channels,
    to: width,
    kernel: 7,
    stride: 2,
  })
  const bent = drawing.op('relu', 'relu', {}, first)
  let at = drawing.layer('maxpool', 'MaxPool2d', { kernelSize: 3, stride: 2, padding: 1 }, bent)
  let from = width
  const { counts, grows } = residualBlocks[depth]
  counts.forEach((blocks, stage) => {
    const narrow = width * 2 ** stage
    const to = grows * narrow
    for (let block = 0; block < blocks; block++) {
      const prefix = `layer${stage + 1}.${block}.`
      const stride = block === 0 && stage > 0 ? 2 : 1
      const names = (i: number) => [`${prefix}conv${i}`, `${prefix}bn${i}`] as const
      const shapes =
        grows === 1
          ? [
              { from, to, kernel: 3, stride },
              { from: to, to, kernel: 3 },
            ]
          : [
              { from, to: narrow, kernel: 1 },
              { from: narrow, to: narrow, kernel: 3, stride },
              { from: narrow, to, kernel: 1 },
            ]
      let made = at
      shapes.forEach((shape, i) => {
        const bent = i === 0 ? made : drawing.op(`${prefix}relu${i}`, 'relu', {}, made)
        made = normalized(drawing, names(i + 1), bent, shape)
      })
      const past =
        stride === 1 && from === to
          ? at
          : normalized(drawing, [`${prefix}downsample.0`, `${prefix}downsample.1`], at, {
              from,
              to,
              kernel: 1,
              stride,
            })
      const sum = drawing.op(`${prefix}sum`, 'add', {}, made, past)
      at = drawing.op(`${prefix}relu${shapes.length}`, 'relu', {}, sum)
      from = to
    }
  })
  const fc = drawing.layer('fc', 'Linear', { inFeatures: from, outFeatures: classes }, mean(drawing, at))
  return drawing.document([input], fc)
}

const plainStages = { 11: [1, 1, 2, 2, 2], 16: [2, 2, 3, 3, 3] } as const
const growth = [1, 2, 4, 8, 8] as const

/** At most so many, of equal size: torchvision's grid where pictures have 224 pixels, and one that every format can say elsewhere. */
function partsOf(extent: number, most: number): number {
  for (let parts = Math.min(most, extent); parts > 1; parts--) if (extent % parts === 0) return parts
  return 1
}

/** Simonyan & Zisserman 2014, https://arxiv.org/abs/1409.1556. Errors: badRecipe for pictures that five halvings leave nothing of. */
export function vgg(
  input: Pixels,
  classes: number,
  { depth, width, hidden, dropout }: Knobs<'vgg'>,
): NetworkDocument {
  const least = 2 ** growth.length
  if (Math.min(input.height, input.width) < least)
    throw new DescentError(
      'badRecipe',
      `VGG halves pictures five times, and nothing would be left of ${input.height} × ${input.width} pixels. Choose another network, or pictures of at least ${least} pixels.`,
      'model.template',
    )
  const drawing = new Drawing()
  let [at, from, place] = [input.name, input.channels, 0]
  const add = (layer: string, options: Record<string, number>, init?: typeof start): void => {
    at = drawing.layer(`features.${place++}`, layer, options, at, init)
  }
  plainStages[depth].forEach((count, stage) => {
    const to = width * growth[stage]!
    for (let i = 0; i < count; i++) {
      add('Conv2d', { inChannels: from, outChannels: to, kernelSize: 3, padding: 1 }, start)
      add('ReLU', {})
      from = to
    }
    add('MaxPool2d', { kernelSize: 2 })
  })
  const grid = [input.height, input.width].map((side) => partsOf(Math.floor(side / least), 7))
  const pooled = drawing.layer('avgpool', 'AdaptiveAvgPool2d', { outputSize: grid }, at)
  at = drawing.op('flat', 'flatten', { startDim: 1 }, pooled)
  const sizes = [grid.reduce((all, parts) => all * parts, from), hidden, hidden, classes]
  sizes.slice(1).forEach((outFeatures, i) => {
    at = drawing.layer(`classifier.${3 * i}`, 'Linear', { inFeatures: sizes[i]!, outFeatures }, at)
    if (i === sizes.length - 2) return
    at = drawing.layer(`classifier.${3 * i + 1}`, 'ReLU', {}, at)
    at = drawing.layer(`classifier.${3 * i + 2}`, 'Dropout', { p: dropout }, at)
  })
  return drawing.document([input], at)
}

/** What a convolution or a pooling leaves of a side. */
const left = (side: number, kernel: number, stride: number, padding = 0): number =>
  Math.floor((side + 2 * padding - kernel) / stride) + 1
/** Below it, the last pooling of AlexNet has nothing to pool. */
const leastForAlexnet = 63

/** Krizhevsky 2014, https://arxiv.org/abs/1404.5997, as torchvision has it. Errors: badRecipe for pictures of which nothing would be left. */
export function alexnet(
  input: Pixels,
  classes: number,
  { width, hidden, dropout }: Knobs<'alexnet'>,
): NetworkDocument {
  if (Math.min(input.height, input.width) < leastForAlexnet)
    throw new DescentError(
      'badRecipe',
      `AlexNet makes pictures 32 times smaller in four steps, and nothing would be left of ${input.height} × ${input.width} pixels. Choose another network, or pictures of at least ${leastForAlexnet} pixels.`,
      'model.template',
    )
  const drawing = new Drawing()
  let [at, from, place] = [input.name, input.channels, 0]
  const add = (layer: string, options: Record<string, number>): void => {
    at = drawing.layer(`features.${place++}`, layer, options, at)
  }
  const convolve = (times: number, kernelSize: number, padding: number, stride = 1): void => {
    const to = times * width
    add('Conv2d', { inChannels: from, outChannels: to, kernelSize, stride, padding })
    add('ReLU', {})
    from = to
  }
  const pool = (): void => add('MaxPool2d', { kernelSize: 3, stride: 2 })
  convolve(1, 11, 2, 4)
  pool()
  convolve(3, 5, 2)
  pool()
  convolve(6, 3, 1)
  convolve(4, 3, 1)
  convolve(4, 3, 1)
  pool()
  const sideOf = (side: number): number => left(left(left(left(side, 11, 4, 2), 3, 2), 3, 2), 3, 2)
  const grid = [input.height, input.width].map((side) => partsOf(sideOf(side), 6))
  const pooled = drawing.layer('avgpool', 'AdaptiveAvgPool2d', { outputSize: grid }, at)
  at = drawing.op('flat', 'flatten', { startDim: 1 }, pooled)
  const sizes = [grid.reduce((all, parts) => all * parts, from), hidden, hidden]
  sizes.slice(1).forEach((outFeatures, i) => {
    at = drawing.layer(`classifier.${3 * i}`, 'Dropout', { p: dropout }, at)
    at = drawing.layer(`classifier.${3 * i + 1}`, 'Linear', { inFeatures: sizes[i]!, outFeatures }, at)
    at = drawing.layer(`classifier.${3 * i + 2}`, 'ReLU', {}, at)
  })
  const head = { inFeatures: hidden, outFeatures: classes }
  return drawing.document([input], drawing.layer('classifier.6', 'Linear', head, at))
}
