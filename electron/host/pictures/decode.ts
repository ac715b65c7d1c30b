/** One picture as pixels: whatever its format, upright, in sRGB, on a background, in the size that is asked for. */
import type { Sharp } from 'sharp'
import { formatCount, type Limits, type PictureReading } from '../../contract/index.ts'
import { decodeBmp, sizeOfBmp } from './bmp.ts'
import { formatOf, otherThanPicture, type PictureFormat } from './formats.ts'
import { libvips } from './libvips.ts'

/** Why this file cannot be used, as the end of a sentence that begins with its name. */
export class NoPicture extends Error {}

export interface PictureFacts {
  readonly format: PictureFormat
  /** As people see it. */
  readonly width: number
  readonly height: number
  /** What was done to it besides decoding. */
  readonly turned: boolean
  readonly transparent: boolean
  readonly profile: boolean
  /** Bits of a channel beyond eight. */
  readonly deep: boolean
  readonly cmyk: boolean
  readonly frames: number
}

export interface Extent {
  readonly width: number
  readonly height: number
}

export interface PictureTarget extends Extent {
  readonly fit: PictureReading['fit']
  readonly background: PictureReading['background']
}

export interface DecodedPicture {
  readonly facts: PictureFacts
  /** Rows of red, green, blue, from the top left. */
  readonly pixels: Uint8Array
  /** All three channels are equal everywhere. */
  readonly gray: boolean
}

const backgrounds: Record<PictureReading['background'], number> = { white: 255, black: 0, gray: 128 }
const fits = { crop: 'cover', pad: 'contain', stretch: 'fill' } as const

const megapixels = (pixels: number): string =>
  pixels >= 1e6 ? `${(pixels / 1e6).toPrecision(3)} million` : formatCount(pixels)

function checkPixels({ width, height }: Extent, { pixels }: Limits): void {
  if (width * height > pixels)
    throw new NoPicture(
      `has ${formatCount(width)} × ${formatCount(height)} pixels, and at most ${megapixels(pixels)} are decoded`,
    )
}

/** libvips says which of its loaders failed, and how, in a line or more. */
function inWords(error: unknown): NoPicture {
  if (error instanceof NoPicture) return error
  const said = error instanceof Error ? error.message : String(error)
  if (/pixel limit/i.test(said)) return new NoPicture('has more pixels than are decoded')
  const short = said
    .replaceAll(/Input (file|buffer)|vips\w*:/gi, '')
    .split('\n')[0]!
    .trim()
    .slice(0, 120)
  return new NoPicture(`is damaged or cut off${short === '' ? '' : ` (${short})`}`)
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw inWords(error)
  }
}

const optionsFor = ({ pixels }: Limits) =>
  ({ failOn: 'error', limitInputPixels: pixels, animated: false, pages: 1, autoOrient: true }) as const

/** Throws NoPicture where it is none, or none that is decoded. */
function checkFormat(bytes: Uint8Array): PictureFormat {
  if (bytes.length === 0) throw new NoPicture('is empty')
  const format = formatOf(bytes)
  if (format !== null) return format
  const other = otherThanPicture(bytes)
  throw new NoPicture(other === null ? 'is no picture that is known here' : `is ${other}, not a picture`)
}

const plain = {
  turned: false,
  transparent: false,
  profile: false,
  deep: false,
  cmyk: false,
  frames: 1,
} as const

async function opened(
  bytes: Uint8Array,
  limits: Limits,
): Promise<{ readonly facts: PictureFacts; readonly image: () => Sharp }> {
  const format = checkFormat(bytes)
  const sharp = await libvips()
  if (format === 'BMP') {
    const size = sizeOfBmp(bytes)
    if (size === null) throw new NoPicture('is damaged or cut off')
    checkPixels(size, limits)
    return {
      facts: { format, ...size, ...plain },
      image: () => {
        const { width, height, data } = decodeBmp(bytes)
        return sharp(data, { raw: { width, height, channels: 3 } })
      },
    }
  }
  const options = optionsFor(limits)
  const { width, height, orientation = 1, autoOrient, hasAlpha, hasProfile, depth, space, pages = 1 } =
    // Whatever its size: the refusal names it.
    await sharp(bytes, { ...options, limitInputPixels: false }).metadata()
  checkPixels({ width, height }, limits)
  return {
    facts: {
      format,
      ...autoOrient,
      turned: orientation > 1,
      transparent: hasAlpha,
      profile: hasProfile,
      deep: depth !== 'uchar',
      cmyk: space === 'cmyk',
      frames: pages,
    },
    image: () => sharp(bytes, options),
  }
}

/** What is said of it at its beginning; it may still be cut off. */
export const lookAtPicture = (bytes: Uint8Array, limits: Limits): Promise<PictureFacts> =>
  guarded(async () => (await opened(bytes, limits)).facts)

export function isGray(pixels: Uint8Array): boolean {
  for (let i = 0; i < pixels.length; i += 3)
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return false
  return true
}

/** `target` null: in its own size. */
export const decodePicture = (
  bytes: Uint8Array,
  target: PictureTarget | null,
  limits: Limits,
): Promise<DecodedPicture & Extent> =>
  guarded(async () => {
    const { facts, image } = await opened(bytes, limits)
    const level = backgrounds[target?.background ?? 'white']
    const background = { r: level, g: level, b: level }
    let pipeline = image().flatten({ background })
    const resized = target !== null && (facts.width !== target.width || facts.height !== target.height)
    if (resized)
      pipeline = pipeline.resize(target.width, target.height, {
        fit: fits[target.fit],
        position: 'centre',
        // As PyTorch's Resize: linear, with as wide a filter as the picture becomes smaller.
        kernel: 'linear',
        background,
        fastShrinkOnLoad: false,
      })
    const { data, info } = await pipeline
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length)
    if (info.channels !== 3) throw new NoPicture(`has ${info.channels} channels, and three are expected`)
    return { facts, pixels, gray: isGray(pixels), width: info.width, height: info.height }
  })

/** Red, green, blue as 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), as Pillow has it. */
export function grayOf(pixels: Uint8Array): Uint8Array {
  const gray = new Uint8Array(pixels.length / 3)
  for (let i = 0, at = 0; i < gray.length; i++, at += 3)
    gray[i] = (19595 * pixels[at]! + 38470 * pixels[at + 1]! + 7471 * pixels[at + 2]! + 0x8000) >> 16
  return gray
}

/** Channels one after the other, as networks take them. */
export function planar(pixels: Uint8Array, channels: 1 | 3, into: Uint8Array, from = 0): void {
  if (channels === 1) {
    into.set(grayOf(pixels), from)
    return
  }
  const size = pixels.length / 3
  for (let i = 0, at = 0; i < size; i++, at += 3) {
    into[from + i] = pixels[at]!
    into[from + size + i] = pixels[at + 1]!
    into[from + 2 * size + i] = pixels[at + 2]!
  }
}
