/**
 * Pairs of images in one, and their labels mixed alike: MixUp (Zhang et al. 2017, https://arxiv.org/abs/1710.09412) and CutMix
 * (Yun et al. 2019, https://arxiv.org/abs/1905.04899), as torchvision's references do it: every image is mixed with the one
 * before it in the batch. Each pair draws its share by itself; there a batch has one.
 */
import { tensor } from '../../tensor/creation.ts'
import { rand } from '../../tensor/random.ts'
import type { Device } from '../../backends/device.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { batchOf, extents, perImage } from './define.ts'
import { chosen, coin, wholeFrom } from './draws.ts'

const cells = 1024

/**
 * Quantiles of the symmetric beta distribution below one half, at even steps of probability. With x = t^(1/α) the density is
 * smooth where α is below 1.
 */
function quantiles(alpha: number): Float32Array {
  const steps = 1 << 15
  const end = 0.5 ** alpha
  const at = (i: number): number => ((end * i) / steps) ** (1 / alpha)
  const density = (i: number): number => (1 - at(i)) ** (alpha - 1)
  const sums = new Float64Array(steps + 1)
  for (let i = 1; i <= steps; i++) sums[i] = sums[i - 1]! + (density(i - 1) + density(i)) / 2
  const all = sums[steps]!
  const table = new Float32Array(cells + 1)
  for (let k = 0, i = 0; k <= cells; k++) {
    const wanted = (all * k) / cells
    while (i < steps && sums[i + 1]! < wanted) i++
    const part = i < steps ? (wanted - sums[i]!) / (sums[i + 1]! - sums[i]!) : 0
    table[k] = Math.min(0.5, at(i + part))
  }
  return table
}

/** [N] shares from Beta(α, α), by its quantiles. */
export function betaShares(count: number, alpha: number, device: Device): Tensor {
  if (!(alpha > 0)) throw new RangeError(`alpha must be above 0, not ${alpha}.`)
  const drawn = rand([count], { device })
  if (alpha === 1) return drawn
  const isLow = drawn.lt(0.5)
  const place = isLow.choose(drawn, drawn.neg().add(1)).mul(2 * cells)
  const before = place.floor().clamp(0, cells - 1)
  const table = tensor(quantiles(alpha), { device })
  const one = (at: Tensor): Tensor => table.indexSelect(0, at.to('int32'))
  const [low, high] = [one(before), one(before.add(1))]
  const half = low.add(high.sub(low).mul(place.sub(before)))
  return isLow.choose(half, half.neg().add(1))
}

export interface MixOptions {
  /** Both parameters of the beta distribution that shares are drawn from; 1 by default, which makes all equally likely. */
  readonly alpha?: number
  /** The share of images that is mixed; 0.5 by default. */
  readonly p?: number
}
/** Images [N, C, H, W] and labels [N, classes] as shares that add up to 1. */
export type Mixed = readonly [images: Tensor, targets: Tensor]

function mixedTargets(targets: Tensor, share: Tensor): Tensor {
  if (targets.ndim !== 2 || targets.dtype !== 'float32')
    throw new RangeError('Labels that are mixed are shares of classes, float32 [N, classes]: see oneHot.')
  const own = share.reshape([share.numel(), 1])
  return targets.mul(own).add(targets.roll(1, 0).mul(own.neg().add(1)))
}

/** Mixed images, and [N] how much of each is its own. */
export type MixedImages = readonly [images: Tensor, share: Tensor]

/**
 * The images of `mixUp`, [N, C, H, W], and the share [N] of each that is left, for whoever mixes labels by another rule. Errors: a
 * RangeError for an alpha that is not above 0. Source: Zhang et al. 2017, https://arxiv.org/abs/1710.09412.
 */
export function mixUpImages(images: Tensor, { alpha = 1, p = 0.5 }: MixOptions = {}): MixedImages {
  const batch = batchOf(images)
  const drawn = betaShares(batch.count, alpha, images.device)
  const share = coin(batch, p).choose(drawn, 1)
  const own = perImage(share) as Tensor
  return [images.mul(own).add(images.roll(1, 0).mul(own.neg().add(1))), share]
}

/**
 * The images of `cutMix`, [N, C, H, W], and the share [N] of each that is left, for whoever mixes labels by another rule. Errors: a
 * RangeError for an alpha that is not above 0. Source: Yun et al. 2019, https://arxiv.org/abs/1905.04899.
 */
export function cutMixImages(images: Tensor, { alpha = 1, p = 0.5 }: MixOptions = {}): MixedImages {
  const [n, , height, width] = extents(images)
  const batch = batchOf(images)
  const radius = betaShares(n, alpha, images.device).neg().add(1).clamp(0, 1).sqrt().mul(0.5)
  const isMixed = coin(batch, p)
  const side = (extent: number): readonly [Tensor, Tensor] => {
    const middle = wholeFrom(batch, 0, extent - 1)
    const reach = radius.mul(extent).trunc()
    return [middle.sub(reach).clamp(0, extent), middle.add(reach).clamp(0, extent)]
  }
  const [[left, right], [top, bottom]] = [side(width), side(height)]
  const area = right.sub(left).mul(bottom.sub(top))
  const share = isMixed.choose(
    area
      .div(width * height)
      .neg()
      .add(1),
    1,
  )
  const rows = images.newArange(height, 'float32').reshape([1, 1, height, 1])
  const columns = images.newArange(width, 'float32').reshape([1, 1, 1, width])
  const within = (at: Tensor, from: Tensor, to: Tensor): Tensor =>
    at.ge(perImage(from)).logicalAnd(at.lt(perImage(to)))
  const isIn = within(rows, top, bottom).logicalAnd(within(columns, left, right))
  return [chosen(isMixed, isIn.choose(images.roll(1, 0), images), images), share]
}

/**
 * share · each + (1 − share) · the one before it, of images [N, C, H, W] and of labels [N, classes] alike. Errors: a RangeError for an
 * alpha that is not above 0. Source: torchvision's references/classification/transforms.py, RandomMixup.
 */
export function mixUp(images: Tensor, targets: Tensor, options: MixOptions = {}): Mixed {
  const [mixed, share] = mixUpImages(images, options)
  return [mixed, mixedTargets(targets, share)]
}

/**
 * A rectangle of each image [N, C, H, W] comes from the one before it, and labels [N, classes] are mixed by its area. Errors: a
 * RangeError for an alpha that is not above 0. Source: torchvision's references/classification/transforms.py, RandomCutmix.
 */
export function cutMix(images: Tensor, targets: Tensor, options: MixOptions = {}): Mixed {
  const [mixed, share] = cutMixImages(images, options)
  return [mixed, mixedTargets(targets, share)]
}
