/**
 * RandAugment (Cubuk et al. 2019, https://arxiv.org/abs/1909.13719) and TrivialAugment (Müller & Hutter 2021,
 * https://arxiv.org/abs/2103.10158), in torchvision's spaces. Each image draws an operation of its own; so that a batch does
 * not pay for all fourteen, those that move pixels are one look-up by a matrix, those that blend an image with another are
 * one blend, and the rest are chosen between. torchvision rounds to bytes after each operation, which this does not.
 */
import type { Tensor } from '../../tensor/tensor.ts'
import * as color from './color.ts'
import { defineTransform, extents, spread, type Batch } from './define.ts'
import { sign, wholeFrom } from './draws.ts'
import { smoothed } from './filters.ts'
import { inverseAffine, warpAffine, type Interpolation, type Matrix } from './warp.ts'

/** In torchvision's order, which is their number. */
export const operations = [
  'Identity', 'ShearX', 'ShearY', 'TranslateX', 'TranslateY', 'Rotate', 'Brightness', 'Color', 'Contrast', 'Sharpness',
  'Posterize', 'Solarize', 'AutoContrast', 'Equalize',
] as const // prettier-ignore
type Operation = (typeof operations)[number]

/** The strongest of each operation that has a strength; posterize loses that many bits, solarize begins there. */
interface Space {
  readonly shear: number
  /** Pixels, across and down. */
  readonly translate: (batch: Batch) => readonly [number, number]
  readonly rotate: number
  readonly blend: number
  readonly posterize: number
}
const randSpace: Space = {
  shear: 0.3,
  translate: ({ width, height }) => [(150 / 331) * width, (150 / 331) * height],
  rotate: 30,
  blend: 0.9,
  posterize: 4,
}
const wideSpace: Space = { shear: 0.99, translate: () => [32, 32], rotate: 135, blend: 0.99, posterize: 6 }

/** What an image's operation is and how strong: the operation's number, and torchvision's magnitude, signed. */
export interface Augmenting {
  readonly operation: Tensor
  readonly magnitude: Tensor
}

/** The magnitude of each image's operation at `share` [N] of its range, with a sign where it has one. */
function magnitudes(batch: Batch, space: Space, operation: Tensor, share: Tensor): Tensor {
  const [across, down] = space.translate(batch)
  const signed: Partial<Record<Operation, number>> = {
    ShearX: space.shear, ShearY: space.shear, TranslateX: across, TranslateY: down, Rotate: space.rotate,
    Brightness: space.blend, Color: space.blend, Contrast: space.blend, Sharpness: space.blend,
  } // prettier-ignore
  const turned = share.mul(sign(batch))
  const start = share.mul(space.posterize).round().neg().add(8)
  const isPosterize = operation.eq(operations.indexOf('Posterize'))
  const rest = isPosterize.choose(start, share.neg().add(1))
  return Object.entries(signed).reduce(
    (sofar, [name, most]) =>
      operation.eq(operations.indexOf(name as Operation)).choose(turned.mul(most), sofar),
    rest,
  )
}

/** What torchvision's _apply_op does, to each image by its own operation and magnitude (of solarize from 0 to 1). */
export function augmentEach(
  images: Tensor,
  { operation, magnitude }: Augmenting,
  interpolation: Interpolation = 'nearest',
): Tensor {
  const [, channels, height, width] = extents(images)
  const isOp = (name: Operation): Tensor => operation.eq(operations.indexOf(name))
  const only = (name: Operation, other: number): Tensor => isOp(name).choose(magnitude, other)

  // By what it is moved: shears keep the upper left corner.
  const [shearX, shearY] = [spread(images, only('ShearX', 0)), spread(images, only('ShearY', 0))]
  const turn = inverseAffine(images, {
    angle: only('Rotate', 0).neg(),
    translateX: only('TranslateX', 0).trunc(),
    translateY: only('TranslateY', 0).trunc(),
  })
  const matrix: Matrix = [
    turn[0],
    turn[1].add(shearX),
    turn[2].add(shearX.mul(height / 2)),
    turn[3].add(shearY),
    turn[4],
    turn[5].add(shearY.mul(width / 2)),
  ]
  const moved = warpAffine(images, matrix, { interpolation })

  // With what it is blended.
  const gray = color.luminance(moved)
  const mean = gray.mean([1, 2, 3], { keepdim: true })
  const wide = (mask: Tensor): Tensor => spread(images, mask)
  const other = wide(isOp('Brightness')).choose(
    0,
    wide(isOp('Contrast')).choose(
      mean,
      wide(isOp('Sharpness')).choose(smoothed(moved), channels === 3 ? gray : moved),
    ),
  )
  const isBlend = isOp('Brightness')
    .logicalOr(isOp('Contrast'))
    .logicalOr(isOp('Sharpness'))
    .logicalOr(isOp('Color'))
  const blended = color.blend(moved, other, isBlend.choose(magnitude.add(1), 1))

  const solarized = color.solarize(blended, only('Solarize', 2))
  const posterized = wide(isOp('Posterize')).choose(
    color.posterize(solarized, only('Posterize', 8)),
    solarized,
  )
  const { low, factor } = color.contrastOf(moved)
  const stretches = wide(isOp('AutoContrast'))
  const stretched = posterized.sub(stretches.choose(low, 0)).mul(stretches.choose(factor, 1)).clamp(0, 1)
  return wide(isOp('Equalize')).choose(color.equalize(moved), stretched)
}

const interpolation = {
  kind: 'choice',
  choices: ['nearest', 'bilinear'],
  start: 'nearest',
  help: 'How values between pixels are found.',
} as const
const bins = {
  kind: 'whole',
  least: 2,
  most: 1000,
  start: 31,
  help: 'How many magnitudes there are.',
} as const

export const randAugment = defineTransform({
  name: 'randAugment',
  help: 'A few operations in a row, each one of fourteen, all of the same strength.',
  source: 'https://docs.pytorch.org/vision/0.14/generated/torchvision.transforms.RandAugment.html',
  options: {
    numOps: { kind: 'whole', least: 1, most: 10, start: 2, help: 'Operations in a row.' },
    magnitude: {
      kind: 'whole',
      least: 0,
      most: 1000,
      start: 9,
      help: 'Which of the magnitudes, counted from 0.',
    },
    numMagnitudeBins: bins,
    interpolation,
  },
  draw: (batch, { numOps, magnitude, numMagnitudeBins }) => {
    if (magnitude >= numMagnitudeBins)
      throw new RangeError(
        `randAugment: magnitude must be below numMagnitudeBins, ${numMagnitudeBins}, not ${magnitude}.`,
      )
    return Object.fromEntries(
      Array.from({ length: numOps }, (_, i) => {
        const operation = wholeFrom(batch, 0, operations.length - 1)
        const share = operation.mul(0).add(magnitude / (numMagnitudeBins - 1))
        return [
          [`operation${i}`, operation],
          [`magnitude${i}`, magnitudes(batch, randSpace, operation, share)],
        ] as const
      }).flat(),
    )
  },
  apply: (images, drawn, o) =>
    Array.from({ length: o.numOps }, (_, i) => i).reduce(
      (x, i) =>
        augmentEach(
          x,
          { operation: drawn[`operation${i}`]!, magnitude: drawn[`magnitude${i}`]! },
          o.interpolation,
        ),
      images,
    ),
})

export const trivialAugmentWide = defineTransform({
  name: 'trivialAugmentWide',
  help: 'One of fourteen operations, of a random strength.',
  source: 'https://docs.pytorch.org/vision/0.14/generated/torchvision.transforms.TrivialAugmentWide.html',
  options: { numMagnitudeBins: bins, interpolation },
  draw: (batch, { numMagnitudeBins }) => {
    const operation = wholeFrom(batch, 0, operations.length - 1)
    const share = wholeFrom(batch, 0, numMagnitudeBins - 1).div(numMagnitudeBins - 1)
    return { operation, magnitude: magnitudes(batch, wideSpace, operation, share) }
  },
  apply: (images, drawn, o) => augmentEach(images, drawn, o.interpolation),
})
