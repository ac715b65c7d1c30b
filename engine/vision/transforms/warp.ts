/**
 * Images looked at from other places: torchvision's affine, rotate, perspective and resized_crop, with a number for all
 * images or one for each. What lies outside of an image is `fill`. torchvision weighs pixels on the edge by their share
 * twice where a fill is named; here they are weighed once.
 */
import type { Tensor } from '../../tensor/tensor.ts'
import { extents, imageFunction, spread, type Each } from './define.ts'

export type Interpolation = 'nearest' | 'bilinear'
export interface WarpOptions {
  /** 'nearest' by default. */
  readonly interpolation?: Interpolation
  /** From 0 to 1; 0 by default, which is black. */
  readonly fill?: number
}

/** Where along one dimension a result's pixels are looked up: tensors that broadcast to [N, 1, H, W]. */
type Places = Tensor

interface Tap {
  readonly at: Tensor
  readonly share: Tensor | null
}
function taps(places: Places, interpolation: Interpolation): Tap[] {
  if (interpolation === 'nearest') return [{ at: places.round(), share: null }]
  const before = places.floor()
  const after = places.sub(before)
  return [
    { at: before, share: after.neg().add(1) },
    { at: before.add(1), share: after },
  ]
}

const both = (a: Tensor | null, b: Tensor | null): Tensor | null => (a && b ? a.mul(b) : (a ?? b))

/**
 * What is farther off than a pixel and a half is outside however far it is, and ∞ − floor(∞) would be no share: a perspective
 * has a horizon.
 */
const near = (at: Places, extent: number): Places =>
  at
    .gt(-1.5)
    .logicalAnd(at.lt(extent + 0.5))
    .choose(at, -2)

/** The images' values at columns x and rows y, counted from the middle of the first pixel. */
export function lookUp(
  images: Tensor,
  wantedX: Places,
  wantedY: Places,
  { interpolation = 'nearest', fill = 0 }: WarpOptions,
): Tensor {
  const [n, channels, height, width] = extents(images)
  const [x, y] = [near(wantedX, width), near(wantedY, height)]
  const [h, w] = [2, 3].map((d) => Math.max(x.shape[d]!, y.shape[d]!)) as [number, number]
  const flat = images.reshape([n, channels, height * width])
  const within = (at: Tensor, extent: number): Tensor => at.ge(0).logicalAnd(at.le(extent - 1))
  const columns = taps(x, interpolation)
  const parts = taps(y, interpolation).flatMap((down) =>
    columns.map((across) => {
      const isIn = within(down.at, height).logicalAnd(within(across.at, width))
      const place = down.at
        .clamp(0, height - 1)
        .mul(width)
        .add(across.at.clamp(0, width - 1))
        .to('int32')
        .expand([n, 1, h, w])
      const seen = flat
        .gather(2, place.reshape([n, 1, h * w]).expand([n, channels, h * w]))
        .reshape([n, channels, h, w])
      const value = isIn.choose(seen, fill)
      const share = both(down.share, across.share)
      return share ? value.mul(share) : value
    }),
  )
  return parts.reduce((a, b) => a.add(b))
}

/** Columns and rows of images of this size, from their middle: [1, 1, 1, W] and [1, 1, H, 1]. */
function fromMiddle(images: Tensor): {
  readonly x: Tensor
  readonly y: Tensor
  readonly toX: number
  readonly toY: number
} {
  const [, , height, width] = extents(images)
  const [toX, toY] = [(width - 1) / 2, (height - 1) / 2]
  return {
    x: images.newArange(width, 'float32').sub(toX).reshape([1, 1, 1, width]),
    y: images.newArange(height, 'float32').sub(toY).reshape([1, 1, height, 1]),
    toX,
    toY,
  }
}

/** Rows of the matrix that says where a pixel of the result comes from, both counted from the middle; each [N, 1, 1, 1]. */
export type Matrix = readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]

export function warpAffine(images: Tensor, [a, b, c, d, e, f]: Matrix, options: WarpOptions): Tensor {
  const { x, y, toX, toY } = fromMiddle(images)
  return lookUp(
    images,
    a.mul(x).add(b.mul(y)).add(c).add(toX),
    d.mul(x).add(e.mul(y)).add(f).add(toY),
    options,
  )
}

export interface AffineParameters {
  /** Degrees, clockwise. */
  readonly angle?: Each
  /** Pixels to the right. */
  readonly translateX?: Each
  /** Pixels down. */
  readonly translateY?: Each
  readonly scale?: Each
  /** Degrees. */
  readonly shearX?: Each
  readonly shearY?: Each
}

/** torchvision's _get_inverse_affine_matrix, about the middle. */
export function inverseAffine(
  images: Tensor,
  { angle = 0, translateX = 0, translateY = 0, scale = 1, shearX = 0, shearY = 0 }: AffineParameters,
): Matrix {
  const radians = (degrees: Each): Tensor => spread(images, degrees).mul(Math.PI / 180)
  const [turn, sx, sy] = [radians(angle), radians(shearX), radians(shearY)]
  const [cos, sin] = [turn.sub(sy).cos().div(sy.cos()), turn.sub(sy).sin().div(sy.cos())]
  const tan = sx.tan()
  const size = spread(images, scale)
  const [a, b] = [cos, cos.mul(tan).add(turn.sin()).neg()]
  const [c, d] = [sin, sin.mul(tan).neg().add(turn.cos())]
  const [p, q, r, s] = [d.div(size), b.neg().div(size), c.neg().div(size), a.div(size)]
  const [tx, ty] = [spread(images, translateX), spread(images, translateY)]
  return [p, q, p.mul(tx).add(q.mul(ty)).neg(), r, s, r.mul(tx).add(s.mul(ty)).neg()]
}

/** Turned, moved, scaled and sheared about the middle, by numbers for all images or one [N] for each; angles in degrees, moves in pixels. Source: torchvision.transforms.functional.affine. */
export const affine = imageFunction(
  'affine',
  [
    {
      args: [
        {
          angle: { each: [30, -17] },
          translateX: 1,
          translateY: { each: [-1, 0] },
          scale: 1.2,
          shearX: { each: [4, 10] },
          shearY: -8,
        },
        { interpolation: 'bilinear' },
      ],
      python:
        "F.affine(x, a0['angle'], [a0['translateX'], a0['translateY']], a0['scale'], [a0['shearX'], a0['shearY']], B)",
    },
    {
      args: [{ angle: 11, shearX: { each: [13, -6] }, scale: { each: [0.7, 1.4] } }, {}],
      python: "F.affine(x, a0['angle'], [0, 0], a0['scale'], [a0['shearX'], 0.0])",
    },
    {
      args: [{ translateX: { each: [2, -1] }, translateY: 1 }, { fill: 0.4 }],
      python: "F.affine(x, 0.0, [a0['translateX'], a0['translateY']], 1.0, [0.0, 0.0], fill=0.4)",
    },
  ],
  (images, parameters: AffineParameters, options: WarpOptions = {}) =>
    warpAffine(images, inverseAffine(images, parameters), options),
)

/** By degrees, counter-clockwise, about the middle; the size stays. Source: torchvision.transforms.functional.rotate. */
export const rotate = imageFunction(
  'rotate',
  [
    { args: [{ each: [25, -110] }, { interpolation: 'bilinear' }], python: 'F.rotate(x, a0, B)' },
    { args: [14], python: 'F.rotate(x, a0)' },
  ],
  (images, angle: Each, options: WarpOptions = {}) =>
    affine(images, { angle: typeof angle === 'number' ? -angle : angle.neg() }, options),
)

/** (x, y) of the top left, top right, bottom right and bottom left corner: eight numbers, or one of each for each image. */
export type Corners = readonly [Each, Each, Each, Each, Each, Each, Each, Each]

/**
 * Moves the corners of each image to `ends` (x, y in pixels). The map of a square to a quadrilateral has a closed form
 * (Heckbert 1989, Fundamentals of Texture Mapping, section 2.2.3), which is turned around. Source:
 * torchvision.transforms.functional.perspective, which solves for it.
 */
export const perspective = imageFunction(
  'perspective',
  [
    {
      args: [[1, 0, { each: [5, 6] }, 1, 4, 4, 0, { each: [5, 4] }], { interpolation: 'bilinear' }],
      python:
        'F.perspective(x, corners(x), [[a0[0], a0[1]], [a0[2], a0[3]], [a0[4], a0[5]], [a0[6], a0[7]]], B)',
    },
    {
      args: [[0, 1, 6, 0, 4, 5, 1, 3], {}],
      python: 'F.perspective(x, corners(x), [[0, 1], [6, 0], [4, 5], [1, 3]], N)',
    },
  ],
  (images, ends: Corners, options: WarpOptions = {}) => {
    const [, , height, width] = extents(images)
    const [x0, y0, x1, y1, x2, y2, x3, y3] = ends.map((end) => spread(images, end)) as Tensor[] as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor, // prettier-ignore
    ]
    // (u, v) in the unit square to (x, y): x = (a·u + b·v + c) / (g·u + h·v + 1), y = (d·u + e·v + f) / (…).
    const [dx1, dx2, dy1, dy2] = [x1.sub(x2), x3.sub(x2), y1.sub(y2), y3.sub(y2)]
    const [sx, sy] = [x0.sub(x1).add(x2).sub(x3), y0.sub(y1).add(y2).sub(y3)]
    const all = dx1.mul(dy2).sub(dx2.mul(dy1))
    const g = sx.mul(dy2).sub(dx2.mul(sy)).div(all)
    const h = dx1.mul(sy).sub(sx.mul(dy1)).div(all)
    const [a, b, c] = [x1.sub(x0).add(g.mul(x1)), x3.sub(x0).add(h.mul(x3)), x0]
    const [d, e, f] = [y1.sub(y0).add(g.mul(y1)), y3.sub(y0).add(h.mul(y3)), y0]
    // Turned around, by the adjugate: its last row need not be normalized, for it is divided by.
    const [A, B, C] = [e.sub(f.mul(h)), c.mul(h).sub(b), b.mul(f).sub(c.mul(e))]
    const [D, E, G] = [f.mul(g).sub(d), a.sub(c.mul(g)), c.mul(d).sub(a.mul(f))]
    const [H, I, J] = [d.mul(h).sub(e.mul(g)), b.mul(g).sub(a.mul(h)), a.mul(e).sub(b.mul(d))]
    const x = images.newArange(width, 'float32').add(0.5).reshape([1, 1, 1, width])
    const y = images.newArange(height, 'float32').add(0.5).reshape([1, 1, height, 1])
    const depth = H.mul(x).add(I.mul(y)).add(J)
    // On the horizon 0 / 0 would be no number, which not every device can tell from others.
    const by = depth.eq(0).choose(1e-30, depth)
    const u = A.mul(x).add(B.mul(y)).add(C).div(by)
    const v = D.mul(x).add(E.mul(y)).add(G).div(by)
    // torchvision maps places of pixels' middles, which stand half a pixel on, by corners that do not.
    return lookUp(images, u.mul(width - 1).sub(0.5), v.mul(height - 1).sub(0.5), options)
  },
)

/** The window of `height` × `width` from row `top` and column `left` on, in another size, bilinear. Source: torchvision.transforms.functional.resized_crop. */
export const resizedCrop = imageFunction(
  'resizedCrop',
  [
    {
      args: [{ each: [0, 2] }, 1, { each: [4, 3] }, { each: [3, 6] }, [5, 7]],
      python: 'F.resized_crop(x, a0, a1, a2, a3, a4)',
    },
    { args: [1, 0, 4, 5, [8, 3]], python: 'F.resized_crop(x, a0, a1, a2, a3, a4)' },
  ],
  (images, top: Each, left: Each, height: Each, width: Each, [h, w]: readonly [number, number]) => {
    const along = (start: Each, extent: Each, size: number, shape: readonly number[]): Tensor => {
      const [from, whole] = [spread(images, start), spread(images, extent)]
      const within = images.newArange(size, 'float32').reshape(shape).add(0.5).mul(whole.div(size)).sub(0.5)
      const last = whole.sub(1)
      // The window's edge goes on for ever.
      return within.maximum(0).minimum(last).add(from)
    }
    return lookUp(images, along(left, width, w, [1, 1, 1, w]), along(top, height, h, [1, 1, h, 1]), {
      interpolation: 'bilinear',
    })
  },
)
