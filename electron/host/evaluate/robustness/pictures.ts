/** Corruptions of one picture, in place or anew: bytes as a decoded file has them, channel by channel. Nothing is drawn here but what `random` gives. */
import { interleaved } from '../../pictures/interleaved.ts'
import { libvips } from '../../pictures/libvips.ts'
import { normalFrom } from '../../prepare/random.ts'

interface Shape {
  readonly channels: number
  readonly height: number
  readonly width: number
}

const byte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)))

export const noisy = (pixels: Uint8Array, deviation: number, random: () => number): Uint8Array =>
  pixels.map((value) => byte(value + 255 * deviation * normalFrom(random)))

/** The sum of weights × values along one axis; what lies beyond the edge is as the edge. */
function along(
  from: Float32Array,
  { height, width }: Shape,
  weights: readonly number[],
  vertical: boolean,
): Float32Array {
  const reach = (weights.length - 1) / 2
  const into = new Float32Array(from.length)
  const [extent, stride] = vertical ? [height, width] : [width, 1]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const place = vertical ? y : x
      let sum = 0
      for (let k = -reach; k <= reach; k++) {
        const moved = Math.max(0, Math.min(extent - 1, place + k))
        sum += weights[k + reach]! * from[at + (moved - place) * stride]!
      }
      into[at] = sum
    }
  return into
}

/** Each channel by itself. */
function eachChannel(
  pixels: Uint8Array,
  { channels, height, width }: Shape,
  change: (channel: Float32Array) => ArrayLike<number>,
): Uint8Array {
  const size = height * width
  const into = new Uint8Array(pixels.length)
  for (let channel = 0; channel < channels; channel++) {
    const changed = change(Float32Array.from(pixels.subarray(channel * size, (channel + 1) * size)))
    for (let i = 0; i < size; i++) into[channel * size + i] = byte(changed[i]!)
  }
  return into
}

/** `deviation`: in pixels. Beyond four of them nothing counts, as scikit-image has it. */
export function blurred(pixels: Uint8Array, shape: Shape, deviation: number): Uint8Array {
  const reach = Math.max(1, Math.ceil(4 * deviation))
  const raw = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  )
  const total = raw.reduce((sum, one) => sum + one, 0)
  const weights = raw.map((one) => one / total)
  return eachChannel(pixels, shape, (channel) =>
    along(along(channel, shape, weights, false), shape, weights, true),
  )
}

/** As of the value in HSV: the brightest channel gets so much more, and the others in proportion. */
export function brighter(pixels: Uint8Array, { channels, height, width }: Shape, more: number): Uint8Array {
  const size = height * width
  const into = new Uint8Array(pixels.length)
  for (let i = 0; i < size; i++) {
    let most = 0
    for (let channel = 0; channel < channels; channel++) most = Math.max(most, pixels[channel * size + i]!)
    const raised = Math.min(255, most + 255 * more)
    for (let channel = 0; channel < channels; channel++)
      into[channel * size + i] = byte(most === 0 ? raised : (pixels[channel * size + i]! * raised) / most)
  }
  return into
}

export const lessContrast = (pixels: Uint8Array, shape: Shape, left: number): Uint8Array =>
  eachChannel(pixels, shape, (channel) => {
    const mean = channel.reduce((sum, one) => sum + one, 0) / channel.length
    return channel.map((value) => mean + left * (value - mean))
  })

/** The mean of what falls into each pixel of a smaller picture, and that picture enlarged without smoothing. */
export function pixelated(pixels: Uint8Array, shape: Shape, share: number): Uint8Array {
  const { height, width } = shape
  const [rows, columns] = [height, width].map((side) => Math.max(1, Math.floor(side * share))) as [
    number,
    number,
  ]
  const means = (
    values: Float32Array,
    extent: number,
    fewer: number,
    stride: number,
    lines: number,
    step: number,
  ) => {
    const into = new Float32Array(lines * fewer)
    for (let line = 0; line < lines; line++)
      for (let k = 0; k < fewer; k++) {
        const [from, to] = [(k * extent) / fewer, ((k + 1) * extent) / fewer]
        let sum = 0
        for (let i = Math.floor(from); i < Math.min(extent, Math.ceil(to)); i++)
          sum += (Math.min(to, i + 1) - Math.max(from, i)) * values[line * step + i * stride]!
        into[line * fewer + k] = sum / (to - from)
      }
    return into
  }
  return eachChannel(pixels, shape, (channel) => {
    // Lines first, then columns of what came of them.
    const narrow = means(channel, width, columns, 1, height, width)
    const short = means(narrow, height, rows, columns, columns, 1)
    return Float32Array.from({ length: height * width }, (_, i) => {
      const [y, x] = [Math.floor(i / width), i % width]
      const [row, column] = [
        Math.floor(((y + 0.5) * rows) / height),
        Math.floor(((x + 0.5) * columns) / width),
      ]
      return short[column * rows + row]!
    })
  })
}

/** Of pictures that JPEG does not know, themselves. */
export async function jpegCompressed(
  pixels: Uint8Array,
  { channels, height, width }: Shape,
  quality: number,
): Promise<Uint8Array> {
  if (channels !== 1 && channels !== 3) return pixels
  const size = height * width
  const raw = { width, height, channels } as const
  const sharp = await libvips()
  const file = await sharp(interleaved(pixels, channels), { raw }).jpeg({ quality }).toBuffer()
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true })
  return Uint8Array.from(
    { length: pixels.length },
    (_, i) => data[(i % size) * info.channels + Math.min(info.channels - 1, Math.floor(i / size))]!,
  )
}

/** Linear between the four nearest; `outside`: what is there, or the edge. */
function sampled(
  channel: Float32Array,
  { height, width }: Shape,
  y: number,
  x: number,
  outside: 0 | 'edge',
): number {
  const at = (row: number, column: number): number => {
    if (outside === 0 && (row < 0 || row >= height || column < 0 || column >= width)) return 0
    return channel[Math.max(0, Math.min(height - 1, row)) * width + Math.max(0, Math.min(width - 1, column))]!
  }
  const [top, left] = [Math.floor(y), Math.floor(x)]
  const [down, right] = [y - top, x - left]
  return (
    (1 - down) * ((1 - right) * at(top, left) + right * at(top, left + 1)) +
    down * ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1))
  )
}

/** About the middle; black comes in from outside. */
export function rotated(pixels: Uint8Array, shape: Shape, degrees: number): Uint8Array {
  const { height, width } = shape
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)]
  const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2]
  return eachChannel(pixels, shape, (channel) =>
    Float32Array.from({ length: height * width }, (_, i) => {
      const [dy, dx] = [Math.floor(i / width) - middleY, (i % width) - middleX]
      return sampled(channel, shape, middleY + cosine * dy - sine * dx, middleX + sine * dy + cosine * dx, 0)
    }),
  )
}

/** `top` and `left`: from 0 to 1, where in what is left over the part lies. */
export function cropped(
  pixels: Uint8Array,
  shape: Shape,
  share: number,
  [top, left]: readonly [number, number],
): Uint8Array {
  const { height, width } = shape
  return eachChannel(pixels, shape, (channel) =>
    Float32Array.from({ length: height * width }, (_, i) => {
      const [y, x] = [Math.floor(i / width), i % width]
      return sampled(
        channel,
        shape,
        top * (1 - share) * height + (y + 0.5) * share - 0.5,
        left * (1 - share) * width + (x + 0.5) * share - 0.5,
        'edge',
      )
    }),
  )
}
