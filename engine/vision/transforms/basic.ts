/**
 * What happens to batches of images [N, C, H, W] between data set and network, as in torchvision.transforms, but on the
 * device and a batch at a time. Chance comes from the engine's generator, for each image by itself, and anew at every call
 * of a captured step.
 */
import { tensor } from '../../tensor/creation.ts'
import { rand } from '../../tensor/random.ts'
import { formatShape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { pair, type Size2d } from '../../nn/checks.ts'

/** Bytes 0 … 255 as float32 in [0, 1], of the same shape. Source: torchvision.transforms.ToTensor. */
export function toFloat(images: Tensor): Tensor {
  return images.to('float32').div(255)
}

/**
 * (images − mean) / std of images [N, C, H, W], one of each per channel or one for all. Errors: a RangeError for another number of them,
 * and for a std that is not above 0. Source: torchvision.transforms.Normalize.
 */
export function normalize(images: Tensor, mean: readonly number[], std: readonly number[]): Tensor {
  const channels = extents(images)[1]
  if (mean.length !== std.length || (mean.length !== 1 && mean.length !== channels)) {
    throw new RangeError(
      `normalize needs one mean and std for all or one for each of ${channels} channels, not ${mean.length} and ${std.length}.`,
    )
  }
  if (!std.every((s) => s > 0))
    throw new RangeError(`normalize: a std must be positive, not ${std.join(', ')}.`)
  if (mean.length === 1) return images.sub(mean[0]!).div(std[0]!)
  const perChannel = (values: readonly number[]): Tensor =>
    tensor(values, { device: images.device }).reshape([channels, 1, 1])
  return images.sub(perChannel(mean)).div(perChannel(std))
}

/** Mirrors each image of [N, C, H, W] left to right with probability p. Errors: a RangeError for another shape or a p outside 0 … 1. Source: torchvision.transforms.RandomHorizontalFlip. */
export function randomHorizontalFlip(images: Tensor, p = 0.5): Tensor {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`randomHorizontalFlip: p must be between 0 and 1, not ${p}.`)
  const mirrored = rand([extents(images)[0], 1, 1, 1], { device: images.device }).lt(p)
  return mirrored.choose(images.flip(3), images)
}

/**
 * Cuts a window of `size` out of each image at a place of its own, all places being equally likely, after adding `padding`
 * zeros on each side. Takes [N, C, H, W], gives [N, C, …size]. Errors: a RangeError for a window that does not fit.
 * Source: torchvision.transforms.RandomCrop.
 */
export function randomCrop(
  images: Tensor,
  size: Size2d,
  options: { readonly padding?: Size2d } = {},
): Tensor {
  const [n, channels, height, width] = extents(images)
  const [h, w] = pair('size', size, 1)
  const [down, across] = pair('padding', options.padding ?? 0, 0)
  const [rooms, aisles] = [height + 2 * down - h, width + 2 * across - w]
  if (rooms < 0 || aisles < 0) {
    throw new RangeError(
      `randomCrop: ${h} × ${w} does not fit into images of ${height} × ${width} with padding ${down} × ${across}.`,
    )
  }
  const rows = images
    .newArange(h)
    .reshape([1, h, 1])
    .add(starts(images, n, rooms, down))
  const columns = images.newArange(w).add(starts(images, n, aisles, across))
  const within = (at: Tensor, extent: number): Tensor => at.gt(-1).logicalAnd(at.lt(extent))
  const inside = within(rows, height).logicalAnd(within(columns, width)).reshape([n, 1, h, w])
  const place = rows
    .mul(width)
    .add(columns)
    .reshape([n, 1, h * w])
    .expand([n, channels, h * w])
  const picked = images.reshape([n, channels, height * width]).gather(2, place)
  return inside.choose(picked.reshape([n, channels, h, w]), 0)
}

/** Moves each image of [N, C, H, W] by up to `most` pixels down, up, right or left; zeros come in. A randomCrop that keeps the size. */
export function randomShift(images: Tensor, most: Size2d): Tensor {
  const [, , height, width] = extents(images)
  return randomCrop(images, [height, width], { padding: most })
}

/** Where each image's window begins: int32 [N, 1, 1] in −before … room − before. */
function starts(images: Tensor, n: number, room: number, before: number): Tensor {
  // The product is below room + 1: float32 cannot round (1 − 2⁻²⁴)·k up to a whole number k.
  return rand([n, 1, 1], { device: images.device })
    .mul(room + 1)
    .floor()
    .to('int32')
    .sub(before)
}

function extents(images: Tensor): readonly [number, number, number, number] {
  if (images.ndim !== 4)
    throw new RangeError(`Images come as [N, C, H, W], not ${formatShape(images.shape)}.`)
  return images.shape as unknown as readonly [number, number, number, number]
}
