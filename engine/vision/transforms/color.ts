/**
 * Colors of images with values from 0 to 1, as torchvision.transforms.functional changes those of tensors of floats; each
 * with a number for all images or one for each. What torchvision does to bytes alone is done to the nearest of 256 levels.
 */
import type { Tensor } from '../../tensor/tensor.ts'
import { cat } from '../../functions/movement.ts'
import { extents, imageFunction, perImage, type Each } from './define.ts'

/** ratio · images + (1 − ratio) · other, within 0 to 1. */
export const blend = (images: Tensor, other: Tensor | number, ratio: Each): Tensor => {
  const share = perImage(ratio)
  const rest = typeof share === 'number' ? 1 - share : share.neg().add(1)
  const part =
    typeof other !== 'number' ? other.mul(rest) : typeof rest === 'number' ? other * rest : rest.mul(other)
  return images.mul(share).add(part).clamp(0, 1)
}

const channel = (images: Tensor, at: number): Tensor => images.slice(1, at, at + 1)

/** Errors: a RangeError for images of other than one or three channels. */
function isColor(what: string, images: Tensor): boolean {
  const [, channels] = extents(images)
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`${what} takes images of one or three channels, not of ${channels}.`)
  return channels === 3
}

/** [N, 1, H, W]: how bright; 0.2989 red + 0.587 green + 0.114 blue. */
export const luminance = (images: Tensor): Tensor =>
  isColor('luminance', images)
    ? channel(images, 0).mul(0.2989).add(channel(images, 1).mul(0.587)).add(channel(images, 2).mul(0.114))
    : images

/** As gray, in one channel or in three that are the same. Source: torchvision.transforms.functional.rgb_to_grayscale. */
export const rgbToGrayscale = imageFunction(
  'rgbToGrayscale',
  [
    { args: [], python: 'F.rgb_to_grayscale(x)' },
    { args: [3], python: 'F.rgb_to_grayscale(x, 3)' },
  ],
  (images, channels: 1 | 3 = 1) => {
    const [n, , h, w] = extents(images)
    const gray = luminance(images)
    return channels === 1 ? gray : gray.expand([n, 3, h, w])
  },
)

const factors = (torch: string) =>
  [
    { args: [{ each: [0.4, 1.7] }], python: `F.${torch}(x, a0)` },
    { args: [1.3], python: `F.${torch}(x, a0)`, images: 'gray' },
  ] as const

/** 0 is black, 1 as it was. Source: torchvision.transforms.functional.adjust_brightness. */
export const adjustBrightness = imageFunction(
  'adjustBrightness',
  factors('adjust_brightness'),
  (images, factor: Each) => blend(images, 0, factor),
)

/** The mean brightness of each image, as [N, 1, 1, 1]. */
export const meanLuminance = (images: Tensor): Tensor => luminance(images).mean([1, 2, 3], { keepdim: true })

/** 0 is its mean gray, 1 as it was. Source: torchvision.transforms.functional.adjust_contrast. */
export const adjustContrast = imageFunction(
  'adjustContrast',
  factors('adjust_contrast'),
  (images, factor: Each) => blend(images, meanLuminance(images), factor),
)

/** 0 is gray, 1 as it was; gray images stay as they are. Source: torchvision.transforms.functional.adjust_saturation. */
export const adjustSaturation = imageFunction(
  'adjustSaturation',
  factors('adjust_saturation'),
  (images, factor: Each) =>
    isColor('adjustSaturation', images) ? blend(images, luminance(images), factor) : images,
)

/**
 * Turns the circle of hues by −0.5 to 0.5 of it; gray images stay as they are. By Pillow's HSV; the way back is the closed
 * form v − v · s · max(0, min(k, 4 − k, 1)). Source: torchvision.transforms.functional.adjust_hue.
 */
export const adjustHue = imageFunction(
  'adjustHue',
  [
    { args: [{ each: [0.3, -0.45] }], python: 'F.adjust_hue(x, a0)' },
    { args: [0.2], python: 'F.adjust_hue(x, a0)', images: 'gray' },
  ],
  (images, factor: Each) => {
    if (!isColor('adjustHue', images)) return images
    const [r, g, b] = [channel(images, 0), channel(images, 1), channel(images, 2)]
    const most = r.maximum(g).maximum(b)
    const range = most.sub(r.minimum(g).minimum(b))
    const isGray = range.le(0)
    const by = isGray.choose(1, range)
    const [rest, green, blue] = [most.sub(r).div(by), most.sub(g).div(by), most.sub(b).div(by)]
    // Sixths of a turn.
    const sixths = r
      .eq(most)
      .choose(blue.sub(green), g.eq(most).choose(rest.add(2).sub(blue), green.add(4).sub(rest)))
    const turned = sixths.div(6).add(perImage(factor)).add(2)
    const hue = turned.sub(turned.floor()).mul(6)
    const one = (offset: number): Tensor => {
      const sum = hue.add(offset)
      const k = sum.ge(6).choose(sum.sub(6), sum)
      return most.sub(range.mul(k.minimum(k.neg().add(4)).clamp(0, 1)))
    }
    return cat([one(5), one(3), one(1)], 1)
  },
)

/** The negative: 1 minus each value. Source: torchvision.transforms.functional.invert. */
export const invert = imageFunction('invert', [{ args: [], python: 'F.invert(x)' }], (images) =>
  images.neg().add(1),
)

/** Bytes 0 … 255, as float32. */
export const levels = (images: Tensor): Tensor => images.mul(255).add(0.5).floor()

/** With so many bits for each channel, from 0 to 8. Source: torchvision.transforms.functional.posterize. */
export const posterize = imageFunction(
  'posterize',
  [{ args: [{ each: [2, 5] }], python: 'F.posterize(x, a0)', as: 'bytes' }],
  (images, bits: Each) => {
    const each = perImage(bits)
    const step = typeof each === 'number' ? 2 ** (8 - each) : each.neg().add(8).exp2().round()
    // Half a level more, so that no quotient is rounded below a whole number.
    return levels(images).add(0.5).div(step).floor().mul(step).div(255)
  },
)

/** Values from `threshold` on are inverted. Source: torchvision.transforms.functional.solarize. */
export const solarize = imageFunction(
  'solarize',
  [{ args: [{ each: [0.3, 0.7] }], python: 'F.solarize(x, a0)' }],
  (images, threshold: Each) => images.ge(perImage(threshold)).choose(images.neg().add(1), images),
)

/** What autocontrast does, as a factor and an offset for each channel [N, C, 1, 1]: (images − low) · factor. */
export function contrastOf(images: Tensor): { readonly low: Tensor; readonly factor: Tensor } {
  const [low, high] = [images.amin([2, 3], true), images.amax([2, 3], true)]
  const range = high.sub(low)
  const isFlat = range.le(0)
  return { low: isFlat.choose(0, low), factor: isFlat.choose(1, isFlat.choose(1, range).reciprocal()) }
}

/** The darkest value of each channel becomes 0, the brightest 1. Source: torchvision.transforms.functional.autocontrast. */
export const autocontrast = imageFunction(
  'autocontrast',
  [{ args: [], python: 'F.autocontrast(x)' }],
  (images) => {
    const { low, factor } = contrastOf(images)
    return images.sub(low).mul(factor).clamp(0, 1)
  },
)

/** All levels become about equally frequent in each channel. Source: torchvision.transforms.functional.equalize. */
export const equalize = imageFunction(
  'equalize',
  [{ args: [], python: 'F.equalize(x)', as: 'bytes' }],
  (images) => {
    const [n, channels, h, w] = extents(images)
    const [planes, pixels] = [n * channels, h * w]
    const bytes = levels(images).clamp(0, 255).reshape([planes, pixels])
    const places = bytes.to('int32')
    const counts = images.newFull([planes, pixels], 1).scatterSum(1, places, [planes, 256])
    const last = counts.gather(1, bytes.amax([1], true).to('int32'))
    const step = last.neg().add(pixels).div(255).add(1e-5).floor()
    const upTo = counts.cumsum(1).sub(counts)
    const isFlat = step.le(0)
    const by = isFlat.choose(1, step)
    const table = upTo.add(by.div(2).floor()).add(0.5).div(by).floor().clamp(0, 255)
    const made = table.gather(1, places)
    return isFlat.choose(bytes, made).div(255).reshape([n, channels, h, w])
  },
)

/** Each value to the power of `gamma`, times `gain`, 1 by default: below 1 shadows become brighter. Source: torchvision.transforms.functional.adjust_gamma. */
export const adjustGamma = imageFunction(
  'adjustGamma',
  [{ args: [{ each: [0.5, 2.2] }, 0.9], python: 'F.adjust_gamma(x, a0, a1)' }],
  (images, gamma: Each, gain?: number) =>
    images
      .pow(perImage(gamma))
      .mul(gain ?? 1)
      .clamp(0, 1),
)
