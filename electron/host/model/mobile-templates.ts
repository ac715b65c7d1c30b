/** Networks of separable convolutions, which need few multiplications, as documents; names are torchvision's, so that its weights load by name. */
import type { LayerNode, Model, NetworkDocument } from '../../contract/index.ts'
import { Drawing } from './draw.ts'
import type { InputOf } from './input.ts'

type Knobs<T extends Model['template']> = Omit<Extract<Model, { template: T }>, 'template'>
type Pixels = InputOf<'pixels'>

/** Convolutions start as torchvision's do: normal, by fan-out. */
const start = { weight: { name: 'kaimingNormal' } } as const satisfies LayerNode['init']

/** The nearest multiple of 8 that is not more than a tenth smaller: torchvision's `_make_divisible`. */
function divisible(width: number): number {
  const near = Math.max(8, Math.floor((width + 4) / 8) * 8)
  return near < 0.9 * width ? near + 8 : near
}

/** What the blocks of a network have in common. */
interface Manner {
  readonly activation: string
  readonly norm?: Readonly<Record<string, number>>
}

interface Convolved {
  readonly from: number
  readonly to: number
  readonly kernel?: number
  readonly stride?: number
  readonly groups?: number
}

/** torchvision.ops.Conv2dNormActivation. `activation`: null, none. */
function convNorm(
  drawing: Drawing,
  prefix: string,
  at: string,
  { from, to, kernel = 3, stride = 1, groups = 1 }: Convolved,
  { activation, norm = {} }: { readonly activation: string | null; readonly norm?: Manner['norm'] },
): string {
  const options = {
    inChannels: from,
    outChannels: to,
    kernelSize: kernel,
    stride,
    padding: (kernel - 1) / 2,
    ...(groups > 1 && { groups }),
    bias: false,
  }
  const made = drawing.layer(`${prefix}.0`, 'Conv2d', options, at, start)
  const normed = drawing.layer(`${prefix}.1`, 'BatchNorm2d', { numFeatures: to, ...norm }, made)
  return activation === null ? normed : drawing.layer(`${prefix}.2`, activation, {}, normed)
}

/** Hu et al. 2017, https://arxiv.org/abs/1709.01507: channels weigh each other. */
function weighed(
  drawing: Drawing,
  prefix: string,
  at: string,
  { wide, squeezed }: { readonly wide: number; readonly squeezed: number },
  { activation, scale }: { readonly activation: string; readonly scale: string },
): string {
  const mean = drawing.layer(`${prefix}.avgpool`, 'AdaptiveAvgPool2d', { outputSize: 1 }, at)
  const less = { inChannels: wide, outChannels: squeezed, kernelSize: 1 }
  const fewer = drawing.layer(`${prefix}.fc1`, 'Conv2d', less, mean, start)
  const bent = drawing.layer(`${prefix}.activation`, activation, {}, fewer)
  const more = { inChannels: squeezed, outChannels: wide, kernelSize: 1 }
  const scores = drawing.layer(`${prefix}.fc2`, 'Conv2d', more, bent, start)
  const shares = drawing.layer(`${prefix}.scale_activation`, scale, {}, scores)
  return drawing.op(`${prefix}.weighed`, 'mul', {}, at, shares)
}

interface Block {
  readonly from: number
  readonly to: number
  readonly wide: number
  readonly kernel: number
  readonly stride: number
  /** How channels are weighed; null: they are not. */
  readonly squeeze: {
    readonly squeezed: number
    readonly activation: string
    readonly scale: string
  } | null
}

/** Wide in the middle, and beside a shortcut where its shape allows it. `at`: the names of its parts begin so. */
function inverted(
  drawing: Drawing,
  prefix: string,
  input: string,
  { from, to, wide, kernel, stride, squeeze }: Block,
  manner: Manner,
): string {
  let [at, place] = [input, 0]
  if (wide !== from) at = convNorm(drawing, `${prefix}.${place++}`, at, { from, to: wide, kernel: 1 }, manner)
  const separable = { from: wide, to: wide, kernel, stride, groups: wide }
  at = convNorm(drawing, `${prefix}.${place++}`, at, separable, manner)
  if (squeeze !== null)
    at = weighed(drawing, `${prefix}.${place++}`, at, { wide, squeezed: squeeze.squeezed }, squeeze)
  const narrow = { from: wide, to, kernel: 1 }
  at = convNorm(drawing, `${prefix}.${place}`, at, narrow, { ...manner, activation: null })
  return stride === 1 && from === to ? drawing.op(`${prefix}.sum`, 'add', {}, at, input) : at
}

function averaged(drawing: Drawing, at: string): string {
  const pooled = drawing.layer('avgpool', 'AdaptiveAvgPool2d', { outputSize: 1 }, at)
  return drawing.op('flat', 'flatten', { startDim: 1 }, pooled)
}

/** Ratio, width, blocks and stride of each stage. */
const mobileStages = [
  [1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1],
] as const // prettier-ignore

/** Sandler et al. 2018, https://arxiv.org/abs/1801.04381, table 2. */
export function mobilenetV2(
  input: Pixels,
  classes: number,
  { width, dropout }: Knobs<'mobilenet-v2'>,
): NetworkDocument {
  const drawing = new Drawing()
  const manner = { activation: 'ReLU6' }
  const scaled = (channels: number): number => divisible((channels * width) / 32)
  let from = scaled(32)
  const first = { from: input.channels, to: from, stride: 2 }
  let at = convNorm(drawing, 'features.0', input.name, first, manner)
  let place = 1
  for (const [ratio, channels, count, stride] of mobileStages)
    for (let i = 0; i < count; i++) {
      const to = scaled(channels)
      const wide = Math.round(from * ratio)
      const prefix = `features.${place++}.conv`
      // Its last convolution and normalization stand beside the others, as torchvision has them.
      const outer = at
      let [inner, part] = [outer, 0]
      if (ratio !== 1)
        inner = convNorm(drawing, `${prefix}.${part++}`, inner, { from, to: wide, kernel: 1 }, manner)
      const separable = { from: wide, to: wide, stride: i === 0 ? stride : 1, groups: wide }
      inner = convNorm(drawing, `${prefix}.${part++}`, inner, separable, manner)
      const narrow = { inChannels: wide, outChannels: to, kernelSize: 1, bias: false }
      inner = drawing.layer(`${prefix}.${part++}`, 'Conv2d', narrow, inner, start)
      inner = drawing.layer(`${prefix}.${part}`, 'BatchNorm2d', { numFeatures: to }, inner)
      at =
        separable.stride === 1 && from === to ? drawing.op(`${prefix}.sum`, 'add', {}, outer, inner) : inner
      from = to
    }
  const last = divisible(1280 * Math.max(1, width / 32))
  at = convNorm(drawing, `features.${place}`, at, { from, to: last, kernel: 1 }, manner)
  const dropped = drawing.layer('classifier.0', 'Dropout', { p: dropout }, averaged(drawing, at))
  const head = { inFeatures: last, outFeatures: classes }
  return drawing.document([input], drawing.layer('classifier.1', 'Linear', head, dropped))
}

/** From, kernel, wide, to, whether channels are weighed, whether by hard swish, and stride. */
const smallBlocks = [
  [16, 3, 16, 16, true, false, 2], [16, 3, 72, 24, false, false, 2], [24, 3, 88, 24, false, false, 1],
  [24, 5, 96, 40, true, true, 2], [40, 5, 240, 40, true, true, 1], [40, 5, 240, 40, true, true, 1],
  [40, 5, 120, 48, true, true, 1], [48, 5, 144, 48, true, true, 1], [48, 5, 288, 96, true, true, 2],
  [96, 5, 576, 96, true, true, 1], [96, 5, 576, 96, true, true, 1],
] as const // prettier-ignore

/** Howard et al. 2019, https://arxiv.org/abs/1905.02244, table 2. */
export function mobilenetV3(
  input: Pixels,
  classes: number,
  { width, dropout }: Knobs<'mobilenet-v3'>,
): NetworkDocument {
  const drawing = new Drawing()
  // Its authors' momentum of 0.01 is for hundreds of thousands of steps: after a hundred, validation would still normalize by the first guess.
  const norm = { eps: 0.001, momentum: 0.1 }
  const hard = { activation: 'Hardswish', norm }
  const scaled = (channels: number): number => divisible((channels * width) / 16)
  const first = { from: input.channels, to: scaled(16), stride: 2 }
  let at = convNorm(drawing, 'features.0', input.name, first, hard)
  smallBlocks.forEach(([from, kernel, middle, to, weighs, swish, stride], i) => {
    const wide = scaled(middle)
    const squeezed = divisible(Math.floor(wide / 4))
    const squeeze = weighs ? { squeezed, activation: 'ReLU', scale: 'Hardsigmoid' } : null
    const block = { from: scaled(from), to: scaled(to), wide, kernel, stride, squeeze }
    const manner = swish ? hard : { activation: 'ReLU', norm }
    at = inverted(drawing, `features.${i + 1}.block`, at, block, manner)
  })
  const most = 6 * scaled(96)
  at = convNorm(
    drawing,
    `features.${smallBlocks.length + 1}`,
    at,
    { from: scaled(96), to: most, kernel: 1 },
    hard,
  )
  const inner = divisible((1024 * width) / 16)
  const flat = averaged(drawing, at)
  const units = drawing.layer('classifier.0', 'Linear', { inFeatures: most, outFeatures: inner }, flat)
  const bent = drawing.layer('classifier.1', 'Hardswish', {}, units)
  const dropped = drawing.layer('classifier.2', 'Dropout', { p: dropout }, bent)
  const head = { inFeatures: inner, outFeatures: classes }
  return drawing.document([input], drawing.layer('classifier.3', 'Linear', head, dropped))
}

/** Ratio, kernel, stride, width and blocks of each stage. */
const efficientStages = [
  [1, 3, 1, 16, 1], [6, 3, 2, 24, 2], [6, 5, 2, 40, 2], [6, 3, 2, 80, 3], [6, 5, 1, 112, 3], [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
] as const // prettier-ignore

/** Tan & Le 2019, https://arxiv.org/abs/1905.11946, table 1; without the stochastic depth of torchvision's training, which no layer of PyTorch does. */
export function efficientnet(
  input: Pixels,
  classes: number,
  { width, dropout }: Knobs<'efficientnet'>,
): NetworkDocument {
  const drawing = new Drawing()
  const manner = { activation: 'SiLU' }
  const scaled = (channels: number): number => divisible((channels * width) / 32)
  let from = scaled(32)
  const first = { from: input.channels, to: from, stride: 2 }
  let at = convNorm(drawing, 'features.0', input.name, first, manner)
  efficientStages.forEach(([ratio, kernel, stride, channels, count], stage) => {
    const to = scaled(channels)
    for (let i = 0; i < count; i++) {
      const squeezed = Math.max(1, Math.floor(from / 4))
      const squeeze = { squeezed, activation: 'SiLU', scale: 'Sigmoid' }
      const block = { from, to, wide: divisible(from * ratio), kernel, stride: i === 0 ? stride : 1, squeeze }
      at = inverted(drawing, `features.${stage + 1}.${i}.block`, at, block, manner)
      from = to
    }
  })
  const last = 4 * from
  at = convNorm(drawing, `features.${efficientStages.length + 1}`, at, { from, to: last, kernel: 1 }, manner)
  const dropped = drawing.layer('classifier.0', 'Dropout', { p: dropout }, averaged(drawing, at))
  const head = { inFeatures: last, outFeatures: classes }
  return drawing.document([input], drawing.layer('classifier.1', 'Linear', head, dropped))
}
