/** Images blurred and sharpened, as torchvision.transforms.functional does; each with a strength of its own. */
import { pad } from '../../nn/functional/pad.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { blend } from './color.ts'
import { extents, imageFunction, spread, type Each } from './define.ts'

/** The sum of an image moved along a dimension by 0, 1, …, each times its weight. */
function weighed(images: Tensor, dim: number, size: number, weights: readonly Tensor[]): Tensor {
  return weights.map((weight, i) => images.slice(dim, i, i + size).mul(weight)).reduce((a, b) => a.add(b))
}

/** How much each of an odd number of neighbors counts, for each image. */
function bell(images: Tensor, size: number, sigma: Each): Tensor[] {
  const by = spread(images, sigma)
  const heights = Array.from({ length: size }, (_, i) =>
    by
      .reciprocal()
      .mul(i - (size - 1) / 2)
      .square()
      .mul(-0.5)
      .exp(),
  )
  const sum = heights.reduce((a, b) => a.add(b))
  return heights.map((height) => height.div(sum))
}

/**
 * Blurred by a bell of deviation `sigma`, in pixels, that is cut off at `kernelSize` (across, down), odd. Edges are mirrored.
 * Source: torchvision.transforms.functional.gaussian_blur.
 */
export const gaussianBlur = imageFunction(
  'gaussianBlur',
  [
    { args: [[3, 5], { each: [0.5, 1.7] }], python: 'F.gaussian_blur(x, a0, a1)' },
    { args: [3, 0.8], python: 'F.gaussian_blur(x, a0, a1)', images: 'gray' },
  ],
  (images, kernelSize: number | readonly [number, number], sigma: Each) => {
    const [across, down] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize
    const [, , h, w] = extents(images)
    if (![across, down].every((size) => Number.isInteger(size) && size > 0 && size % 2 === 1))
      throw new RangeError(`gaussianBlur: kernelSize must be odd, not ${across} × ${down}.`)
    if (across >> 1 >= w || down >> 1 >= h)
      throw new RangeError(
        `gaussianBlur: a kernel of ${across} × ${down} needs images larger than ${w} × ${h}.`,
      )
    const framed = pad(images, [across >> 1, across >> 1, down >> 1, down >> 1], 'reflect')
    return weighed(weighed(framed, 2, h, bell(images, down, sigma)), 3, w, bell(images, across, sigma))
  },
)

/** Smoothed a little (a pixel counts 5, its neighbors 1 of 13), but for the edges, which stay. */
export function smoothed(images: Tensor): Tensor {
  const [, , h, w] = extents(images)
  if (h <= 2 || w <= 2) return images
  const framed = images.pad([[0, 0], [0, 0], [1, 1], [1, 1]]) // prettier-ignore
  const at = (down: number, across: number): Tensor =>
    framed.slice(2, down, down + h).slice(3, across, across + w)
  const ring = [0, 1, 2]
    .flatMap((down) => [0, 1, 2].map((across) => at(down, across)))
    .reduce((a, b) => a.add(b))
  const rows = images.newArange(h).reshape([1, 1, h, 1])
  const columns = images.newArange(w).reshape([1, 1, 1, w])
  const within = (place: Tensor, extent: number): Tensor => place.gt(0).logicalAnd(place.lt(extent - 1))
  return within(rows, h)
    .logicalAnd(within(columns, w))
    .choose(ring.add(images.mul(4)).div(13), images)
}

/** 0 is smoothed, 1 as it was, 2 sharpened. Source: torchvision.transforms.functional.adjust_sharpness. */
export const adjustSharpness = imageFunction(
  'adjustSharpness',
  [
    { args: [{ each: [0.2, 1.9] }], python: 'F.adjust_sharpness(x, a0)' },
    { args: [0.5], python: 'F.adjust_sharpness(x, a0)', images: 'gray' },
  ],
  (images, factor: Each) => blend(images, smoothed(images), factor),
)
