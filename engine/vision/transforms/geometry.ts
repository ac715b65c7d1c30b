/** Images mirrored, cut, framed and resized, as torchvision.transforms.functional does. */
import * as functional from '../../nn/functional/pad.ts'
import { interpolate } from '../../nn/functional/images.ts'
import { tensor } from '../../tensor/creation.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { extents, imageFunction, perImage, spread, type Each } from './define.ts'

/** Left to right. Source: torchvision.transforms.functional.hflip. */
export const hflip = imageFunction('hflip', [{ args: [], python: 'F.hflip(x)' }], (images) => images.flip(3))

/** Upside down. Source: torchvision.transforms.functional.vflip. */
export const vflip = imageFunction('vflip', [{ args: [], python: 'F.vflip(x)' }], (images) => images.flip(2))

export type PaddingMode = 'constant' | 'edge' | 'reflect' | 'symmetric'
export interface PadOptions {
  /** From 0 to 1; 0 by default. */
  readonly fill?: number
  /** 'constant' by default. */
  readonly paddingMode?: PaddingMode
}
type Padding = number | readonly [number, number] | readonly [number, number, number, number]

/** Left, top, right and bottom, of one number, of left and top, or of all four. */
function sidesOf(padding: Padding): readonly [number, number, number, number] {
  if (typeof padding === 'number') return [padding, padding, padding, padding]
  return padding.length === 2 ? [padding[0], padding[1], padding[0], padding[1]] : padding
}

/** Places of an extent with so many before and after it that mirror it, edges included. */
const mirrored = (extent: number, before: number, after: number): Int32Array =>
  Int32Array.from({ length: before + extent + after }, (_, i) => {
    const at = (((i - before) % (2 * extent)) + 2 * extent) % (2 * extent)
    return at < extent ? at : 2 * extent - 1 - at
  })

/** With a frame of so many pixels: around, left and right and above and below, or left, top, right and bottom. Source: torchvision.transforms.functional.pad. */
export const pad = imageFunction(
  'pad',
  [
    { args: [2], python: 'F.pad(x, a0)' },
    { args: [[1, 2], { fill: 0.5 }], python: 'F.pad(x, a0, 0.5)' },
    { args: [[1, 2, 0, 3], { paddingMode: 'edge' }], python: "F.pad(x, a0, 0, 'edge')" },
    { args: [2, { paddingMode: 'reflect' }], python: "F.pad(x, a0, 0, 'reflect')" },
    { args: [[2, 1, 3, 0], { paddingMode: 'symmetric' }], python: "F.pad(x, a0, 0, 'symmetric')" },
  ],
  (images, padding: Padding, { fill = 0, paddingMode = 'constant' }: PadOptions = {}) => {
    const [left, top, right, bottom] = sidesOf(padding)
    if (paddingMode === 'symmetric') {
      const [, , height, width] = extents(images)
      const select = (x: Tensor, dim: number, places: Int32Array): Tensor =>
        x.indexSelect(dim, tensor(places, { device: x.device }))
      return select(select(images, 2, mirrored(height, top, bottom)), 3, mirrored(width, left, right))
    }
    const mode = paddingMode === 'edge' ? 'replicate' : paddingMode
    const sides = [left, right, top, bottom]
    return functional.pad(images, sides, mode === 'constant' ? { mode, value: fill } : { mode })
  },
)

/** The window of `height` × `width` from row `top` and column `left` on; outside is black. Source: torchvision.transforms.functional.crop. */
export const crop = imageFunction(
  'crop',
  [
    { args: [1, 2, 3, 4], python: 'F.crop(x, a0, a1, a2, a3)' },
    { args: [{ each: [-1, 2] }, { each: [0, 4] }, 5, 4], python: 'F.crop(x, a0, a1, a2, a3)' },
  ],
  (images, top: Each, left: Each, height: number, width: number) => {
    const [n, channels, h, w] = extents(images)
    const rows = images.newArange(height).reshape([1, 1, height, 1]).add(spread(images, top).to('int32'))
    const columns = images.newArange(width).reshape([1, 1, 1, width]).add(spread(images, left).to('int32'))
    const within = (at: Tensor, extent: number): Tensor => at.ge(0).logicalAnd(at.lt(extent))
    const place = rows
      .clamp(0, h - 1)
      .mul(w)
      .add(columns.clamp(0, w - 1))
      .expand([n, 1, height, width])
      .reshape([n, 1, height * width])
      .expand([n, channels, height * width])
    const seen = images.reshape([n, channels, h * w]).gather(2, place)
    return within(rows, h)
      .logicalAnd(within(columns, w))
      .choose(seen.reshape([n, channels, height, width]), 0)
  },
)

type Size = number | readonly [number, number]

/** As Python rounds: halves to the even neighbor. */
const rounded = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))

/** The middle; black comes in where the images are smaller. Source: torchvision.transforms.functional.center_crop. */
export const centerCrop = imageFunction(
  'centerCrop',
  [
    { args: [[3, 4]], python: 'F.center_crop(x, a0)' },
    { args: [9], python: 'F.center_crop(x, a0)' },
    { args: [[9, 2]], python: 'F.center_crop(x, a0)' },
  ],
  (images, size: Size) => {
    const [h, w] = typeof size === 'number' ? [size, size] : size
    const [, , height, width] = extents(images)
    const [down, across] = [Math.max(0, h - height), Math.max(0, w - width)]
    const framed =
      down + across === 0 ? images : pad(images, [across >> 1, down >> 1, (across + 1) >> 1, (down + 1) >> 1])
    const [, , fullHeight, fullWidth] = extents(framed)
    return crop(framed, rounded((fullHeight - h) / 2), rounded((fullWidth - w) / 2), h, w)
  },
)

export interface ResizeOptions {
  /** 'bilinear' by default. */
  readonly interpolation?: 'nearest' | 'bilinear' | 'bicubic'
}

/**
 * In another size; one number is that of the shorter side. Source: torchvision.transforms.functional.resize of tensors,
 * without antialiasing.
 */
export const resize = imageFunction(
  'resize',
  [
    { args: [[4, 10]], python: 'F.resize(x, a0)' },
    { args: [9], python: 'F.resize(x, a0)' },
    { args: [[9, 3], { interpolation: 'nearest' }], python: 'F.resize(x, a0, N)' },
    { args: [[9, 3], { interpolation: 'bicubic' }], python: 'F.resize(x, a0, T.InterpolationMode.BICUBIC)' },
  ],
  (images, size: Size, { interpolation = 'bilinear' }: ResizeOptions = {}) => {
    const [, , height, width] = extents(images)
    const long = (side: number): number =>
      Math.trunc((side * Math.max(height, width)) / Math.min(height, width))
    const to = typeof size !== 'number' ? size : height <= width ? [size, long(size)] : [long(size), size]
    return interpolate(
      images,
      interpolation === 'nearest'
        ? { size: to, mode: 'nearest' }
        : { size: to, mode: interpolation, alignCorners: false },
    )
  },
)

/** `value` within windows of `height` × `width` from row `top` and column `left` on. Source: torchvision.transforms.functional.erase. */
export const erase = imageFunction(
  'erase',
  [
    {
      args: [{ each: [1, 2] }, 2, { each: [3, 1] }, { each: [2, 4] }, 0.25],
      python: 'F.erase(x, a0, a1, a2, a3, torch.tensor(a4))',
    },
  ],
  (images, top: Each, left: Each, height: Each, width: Each, value: Each) => {
    const [, , h, w] = extents(images)
    const rows = images.newArange(h, 'float32').reshape([1, 1, h, 1])
    const columns = images.newArange(w, 'float32').reshape([1, 1, 1, w])
    const within = (at: Tensor, start: Each, size: Each): Tensor => {
      const from = spread(images, start)
      return at.ge(from).logicalAnd(at.lt(from.add(spread(images, size))))
    }
    return within(rows, top, height)
      .logicalAnd(within(columns, left, width))
      .choose(perImage(value), images)
  },
)
