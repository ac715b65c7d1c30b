/**
 * torchvision's random transforms, for batches: parameters are drawn for each image by itself from the distributions that
 * torchvision documents.
 */
import { randn } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import * as color from './color.ts'
import { defineTransform, extents, type Batch, type TransformOption } from './define.ts'
import { chosen, coin, uniform, wholeFrom } from './draws.ts'
import { gaussianBlur as blur, adjustSharpness } from './filters.ts'
import { erase, vflip } from './geometry.ts'
import * as warp from './warp.ts'

const page = (name: string): string =>
  `https://docs.pytorch.org/vision/0.14/generated/torchvision.transforms.${name}.html`

const probability = (start = 0.5) =>
  ({ kind: 'number', least: 0, most: 1, start, help: 'The share of images that is changed.' }) as const
const interpolation = (start: 'nearest' | 'bilinear') =>
  ({
    kind: 'choice',
    choices: ['nearest', 'bilinear'],
    start,
    help: 'How values between pixels are found.',
  }) as const satisfies TransformOption
const fill = { kind: 'number', least: 0, most: 1, start: 0, help: 'What comes in from outside.' } as const
const degrees = {
  kind: 'range',
  least: -360,
  most: 360,
  start: [0, 0],
  help: 'By how much it is turned, in degrees.',
} as const

/** Mirrored with probability p. The one in basic.ts, whose draws old runs rest on, is the same of other parameters. */
export const randomVerticalFlip = defineTransform({
  name: 'randomVerticalFlip',
  help: 'Turns images upside down.',
  source: page('RandomVerticalFlip'),
  options: { p: probability() },
  draw: (batch, { p }) => ({ isFlipped: coin(batch, p) }),
  apply: (images, { isFlipped }) => chosen(isFlipped, vflip(images), images),
})

export const randomRotation = defineTransform({
  name: 'randomRotation',
  help: 'Turns images about their middle, counter-clockwise.',
  source: page('RandomRotation'),
  options: { degrees, interpolation: interpolation('nearest'), fill },
  draw: (batch, o) => ({ angle: uniform(batch, o.degrees) }),
  apply: (images, { angle }, o) => warp.rotate(images, angle, o),
})

export const randomAffine = defineTransform({
  name: 'randomAffine',
  help: 'Turns, moves, scales and shears images about their middle.',
  source: page('RandomAffine'),
  options: {
    degrees,
    translate: {
      kind: 'range',
      least: 0,
      most: 1,
      start: [0, 0],
      help: 'How far it is moved at most: across, as a share of the width, and down, as a share of the height.',
    },
    scale: { kind: 'range', least: 0.01, most: 100, start: [1, 1], help: 'By how much it is scaled.' },
    shear: {
      kind: 'range',
      least: -89,
      most: 89,
      start: [0, 0],
      help: 'By how much it is sheared across, in degrees.',
    },
    shearDown: {
      kind: 'range',
      least: -89,
      most: 89,
      start: [0, 0],
      help: 'By how much it is sheared down, in degrees.',
    },
    interpolation: interpolation('nearest'),
    fill,
  },
  draw: (batch, o) => {
    const [across, down] = [o.translate[0] * batch.width, o.translate[1] * batch.height]
    return {
      angle: uniform(batch, o.degrees),
      translateX: uniform(batch, [-across, across]).round(),
      translateY: uniform(batch, [-down, down]).round(),
      scale: uniform(batch, o.scale),
      shearX: uniform(batch, o.shear),
      shearY: uniform(batch, o.shearDown),
    }
  },
  apply: (images, drawn, o) => warp.affine(images, drawn, o),
})

export const randomPerspective = defineTransform({
  name: 'randomPerspective',
  help: 'Moves the corners of images inwards, as if they were seen from elsewhere.',
  source: page('RandomPerspective'),
  options: {
    distortionScale: {
      kind: 'number',
      least: 0,
      most: 1,
      start: 0.5,
      help: 'How far corners are moved at most, as a share of half the width and height.',
    },
    p: probability(),
    interpolation: interpolation('bilinear'),
    fill,
  },
  draw: (batch, o) => {
    const { width, height } = batch
    // Not as far as where corners would meet or pass each other.
    const inwards = (extent: number): number => {
      const half = Math.floor(extent / 2)
      return Math.max(0, Math.min(half - 1, Math.trunc(o.distortionScale * half)))
    }
    const [across, down] = [inwards(width), inwards(height)]
    const left = (): Tensor => wholeFrom(batch, 0, across)
    const right = (): Tensor => wholeFrom(batch, width - across - 1, width - 1)
    const top = (): Tensor => wholeFrom(batch, 0, down)
    const bottom = (): Tensor => wholeFrom(batch, height - down - 1, height - 1)
    return {
      isChanged: coin(batch, o.p),
      x0: left(),
      y0: top(),
      x1: right(),
      y1: top(),
      x2: right(),
      y2: bottom(),
      x3: left(),
      y3: bottom(), // prettier-ignore
    }
  },
  apply: (images, { isChanged, x0, y0, x1, y1, x2, y2, x3, y3 }, o) => {
    const [, , height, width] = extents(images)
    // A line has no corners to move.
    if (Math.min(height, width) === 1) return images
    return chosen(isChanged, warp.perspective(images, [x0, y0, x1, y1, x2, y2, x3, y3], o), images)
  },
})

const logarithm = ([low, high]: readonly [number, number]): readonly [number, number] => [
  Math.log(low),
  Math.log(high),
]

/** The first of ten tries that fits, as [h, w, fits]. */
function boxes(
  batch: Batch,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  shapeOf: (area: Tensor, ratio: Tensor) => readonly [Tensor, Tensor],
  fits: (h: Tensor, w: Tensor) => Tensor,
): { readonly h: Tensor; readonly w: Tensor; readonly isFound: Tensor } {
  const tries = 10
  const many = { ...batch, count: batch.count * tries }
  const area = uniform(many, scale).mul(batch.height * batch.width)
  const [height, width] = shapeOf(area, uniform(many, logarithm(ratio)).exp())
  const table = (x: Tensor): Tensor => x.reshape([batch.count, tries])
  const good = table(fits(height, width).to('float32'))
  // The largest of numbers that fall from try to try.
  const rank = good.mul(good.newArange(tries, 'float32').neg().add(tries).reshape([1, tries]))
  const best = rank.amax([1], true)
  const at = best
    .neg()
    .add(tries)
    .clamp(0, tries - 1)
    .to('int32')
  const one = (x: Tensor): Tensor => table(x).gather(1, at).reshape([batch.count])
  return { h: one(height), w: one(width), isFound: best.reshape([batch.count]).gt(0) }
}

export const randomResizedCrop = defineTransform({
  name: 'randomResizedCrop',
  help: 'Cuts a window of random area and shape out of images and brings it to their size.',
  source: page('RandomResizedCrop'),
  options: {
    scale: {
      kind: 'range',
      least: 0.001,
      most: 1,
      start: [0.08, 1],
      help: 'The window, as a share of the area.',
    },
    ratio: { kind: 'range', least: 0.01, most: 100, start: [3 / 4, 4 / 3], help: 'Its width to its height.' },
  },
  draw: (batch, { scale, ratio }) => {
    const { height, width } = batch
    const found = boxes(
      batch,
      scale,
      ratio,
      (area, shape) => [area.div(shape).sqrt().round(), area.mul(shape).sqrt().round()],
      (h, w) => h.gt(0).logicalAnd(h.le(height)).logicalAnd(w.gt(0)).logicalAnd(w.le(width)),
    )
    // Else the middle, of a shape that is allowed.
    const shape = width / height
    const w0 = shape > ratio[1] ? Math.round(height * ratio[1]) : width
    const h0 = shape < ratio[0] ? Math.round(width / ratio[0]) : height
    const [h, w] = [found.isFound.choose(found.h, h0), found.isFound.choose(found.w, w0)]
    const [top, left] = [wholeFrom(batch, 0, h.neg().add(height)), wholeFrom(batch, 0, w.neg().add(width))]
    return {
      top: found.isFound.choose(top, Math.floor((height - h0) / 2)),
      left: found.isFound.choose(left, Math.floor((width - w0) / 2)),
      height: h,
      width: w,
    }
  },
  apply: (images, { top, left, height, width }) => {
    const [, , h, w] = extents(images)
    return warp.resizedCrop(images, top, left, height, width, [h, w])
  },
})

export const randomErasing = defineTransform({
  name: 'randomErasing',
  help: 'Covers a rectangle of random area and shape.',
  source: page('RandomErasing'),
  options: {
    p: probability(),
    scale: {
      kind: 'range',
      least: 0,
      most: 1,
      start: [0.02, 0.33],
      help: 'The rectangle, as a share of the area.',
    },
    ratio: { kind: 'range', least: 0.01, most: 100, start: [0.3, 3.3], help: 'Its height to its width.' },
    value: { kind: 'choice', choices: ['black', 'noise'], start: 'black', help: 'What stands in it.' },
  },
  draw: (batch, { p, scale, ratio }) => {
    const { height, width } = batch
    const { h, w, isFound } = boxes(
      batch,
      scale,
      ratio,
      (area, shape) => [area.mul(shape).sqrt().round(), area.div(shape).sqrt().round()],
      (rows, columns) => rows.lt(height).logicalAnd(columns.lt(width)),
    )
    const isErased = coin(batch, p).logicalAnd(isFound).to('float32')
    return {
      top: wholeFrom(batch, 0, h.neg().add(height)),
      left: wholeFrom(batch, 0, w.neg().add(width)),
      // Nothing lies in a rectangle without rows.
      height: h.mul(isErased),
      width: w,
    }
  },
  apply: (images, { top, left, height, width }, { value }) => {
    if (value === 'black') return erase(images, top, left, height, width, 0)
    const isIn = erase(images.newFull([1, 1, ...images.shape.slice(2)], 0), top, left, height, width, 1)
    return isIn.gt(0).choose(noise(images, 1), images)
  },
})

const factor = (what: string) =>
  ({
    kind: 'range',
    least: 0,
    most: 10,
    start: [1, 1],
    help: `By how much the ${what} is multiplied.`,
  }) as const

/** In this order always; torchvision's four come in a random order for each image. */
export const colorJitter = defineTransform({
  name: 'colorJitter',
  help: 'Changes brightness, contrast, saturation and hue.',
  source: page('ColorJitter'),
  options: {
    brightness: factor('brightness'),
    contrast: factor('contrast'),
    saturation: factor('saturation'),
    hue: {
      kind: 'range',
      least: -0.5,
      most: 0.5,
      start: [0, 0],
      help: 'By how much of the circle of hues it is turned.',
    },
  },
  draw: (batch, o) => ({
    brightness: uniform(batch, o.brightness),
    contrast: uniform(batch, o.contrast),
    saturation: uniform(batch, o.saturation),
    hue: uniform(batch, o.hue),
  }),
  apply: (images, drawn, o) => {
    const changes = [
      [o.brightness, 1, (x: Tensor) => color.adjustBrightness(x, drawn.brightness)],
      [o.contrast, 1, (x: Tensor) => color.adjustContrast(x, drawn.contrast)],
      [o.saturation, 1, (x: Tensor) => color.adjustSaturation(x, drawn.saturation)],
      [o.hue, 0, (x: Tensor) => color.adjustHue(x, drawn.hue)],
    ] as const
    return changes.reduce(
      (x, [[low, high], nothing, change]) => (low === nothing && high === nothing ? x : change(x)),
      images,
    )
  },
})

/** One that changes images by nothing that is drawn, with probability p. */
const sometimes = <const Name extends string>(
  name: Name,
  torch: string,
  help: string,
  change: (images: Tensor) => Tensor,
) =>
  defineTransform({
    name,
    help,
    source: page(torch),
    options: { p: probability() },
    draw: (batch, { p }) => ({ isChanged: coin(batch, p) }),
    apply: (images, { isChanged }) => chosen(isChanged, change(images), images),
  })

export const randomGrayscale = defineTransform({
  name: 'randomGrayscale',
  help: 'Takes the color out of images.',
  source: page('RandomGrayscale'),
  options: { p: probability(0.1) },
  draw: (batch, { p }) => ({ isChanged: coin(batch, p) }),
  apply: (images, { isChanged }) => chosen(isChanged, color.luminance(images).expand(images.shape), images),
})
export const randomInvert = sometimes(
  'randomInvert',
  'RandomInvert',
  'Makes negatives of images.',
  color.invert,
)
export const randomEqualize = sometimes(
  'randomEqualize',
  'RandomEqualize',
  'Makes all brightnesses about equally frequent.',
  color.equalize,
)
export const randomAutocontrast = sometimes(
  'randomAutocontrast',
  'RandomAutocontrast',
  'Stretches brightness from black to white.',
  color.autocontrast,
)

export const randomPosterize = defineTransform({
  name: 'randomPosterize',
  help: 'Leaves few levels of brightness.',
  source: page('RandomPosterize'),
  options: {
    bits: { kind: 'whole', least: 0, most: 8, start: 4, help: 'Bits that are left of a channel.' },
    p: probability(),
  },
  draw: (batch, { p }) => ({ isChanged: coin(batch, p) }),
  apply: (images, { isChanged }, { bits }) => chosen(isChanged, color.posterize(images, bits), images),
})

export const randomSolarize = defineTransform({
  name: 'randomSolarize',
  help: 'Inverts what is bright.',
  source: page('RandomSolarize'),
  options: {
    threshold: { kind: 'number', least: 0, most: 1, start: 0.5, help: 'From which value on it is inverted.' },
    p: probability(),
  },
  draw: (batch, { p }) => ({ isChanged: coin(batch, p) }),
  apply: (images, { isChanged }, { threshold }) =>
    chosen(isChanged, color.solarize(images, threshold), images),
})

export const randomAdjustSharpness = defineTransform({
  name: 'randomAdjustSharpness',
  help: 'Smooths or sharpens images.',
  source: page('RandomAdjustSharpness'),
  options: {
    sharpnessFactor: {
      kind: 'number',
      least: 0,
      most: 20,
      start: 2,
      help: '0 smooths, 1 leaves them, 2 sharpens.',
    },
    p: probability(),
  },
  draw: (batch, { p }) => ({ isChanged: coin(batch, p) }),
  apply: (images, { isChanged }, { sharpnessFactor }) =>
    adjustSharpness(images, isChanged.choose(sharpnessFactor, 1)),
})

export const gaussianBlur = defineTransform({
  name: 'gaussianBlur',
  help: 'Blurs images, differently strongly.',
  source: page('GaussianBlur'),
  options: {
    kernelSize: {
      kind: 'whole',
      least: 1,
      most: 99,
      start: 3,
      help: 'How many neighbors it takes, across and down; odd.',
    },
    sigma: { kind: 'range', least: 0.01, most: 100, start: [0.1, 2], help: 'Its deviation, in pixels.' },
  },
  draw: (batch, o) => ({ sigma: uniform(batch, o.sigma) }),
  apply: (images, { sigma }, { kernelSize }) => blur(images, kernelSize, sigma),
})

/**
 * Normal numbers of the images' shape, times `sigma`. By a product of matrices, which reads its factors from memory: so they are a
 * kernel of their own, which computes several at once, as one that looks up pixels does not.
 */
const noise = (images: Tensor, sigma: number): Tensor =>
  randn([images.numel(), 1], { device: images.device })
    .matmul(images.newFull([1, 1], sigma))
    .reshape(images.shape)

export const gaussianNoise = defineTransform({
  name: 'gaussianNoise',
  help: 'Adds noise to every value, which stays from 0 to 1.',
  source: 'https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.GaussianNoise.html',
  options: {
    mean: { kind: 'number', least: -1, most: 1, start: 0, help: 'Its mean.' },
    sigma: { kind: 'number', least: 0, most: 10, start: 0.1, help: 'Its deviation.' },
  },
  draw: () => ({}),
  apply: (images, _, { mean, sigma }) => images.add(noise(images, sigma)).add(mean).clamp(0, 1),
})
