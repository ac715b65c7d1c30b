/**
 * How a picture of a page is held against its reference. References are kept at half their size, in which antialiasing and the
 * last bits of curves are gone, and a word is still there or not.
 */
import sharp from 'sharp'

interface Pixels {
  readonly width: number
  readonly height: number
  /** Red, green and blue of each pixel, row by row. */
  readonly data: Uint8Array
}

/** Pixels on each side of a tile: of a line of text, a few letters. */
const tileSize = 8
/** The mean difference from which on a tile has changed: of 255, and less than a few letters on a plain ground give. */
const tileChanged = 14
/** A last digit here and there may be another processor's. */
const shareAllowed = 0.0015

interface Difference {
  /** Tiles that have changed, of all. */
  readonly tiles: readonly { readonly x: number; readonly y: number }[]
  readonly share: number
}

/** Null: they are not of one size, so that nothing stands where it was. */
export function differenceOf(before: Pixels, now: Pixels): Difference | null {
  const { width, height } = now
  if (before.width !== width || before.height !== height) return null
  const columns = Math.ceil(width / tileSize)
  const rows = Math.ceil(height / tileSize)
  const sums = new Float64Array(columns * rows)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = 3 * (y * width + x)
      let most = 0
      for (let channel = 0; channel < 3; channel++)
        most = Math.max(most, Math.abs(now.data[at + channel]! - before.data[at + channel]!))
      sums[Math.floor(y / tileSize) * columns + Math.floor(x / tileSize)]! += most
    }
  const tiles = [...sums.entries()]
    .filter(([, sum]) => sum / tileSize ** 2 > tileChanged)
    .map(([at]) => ({ x: (at % columns) * tileSize, y: Math.floor(at / columns) * tileSize }))
  return { tiles, share: tiles.length / sums.length }
}

/** In words, or null where the two show the same. */
export function whyNotSame(before: Pixels, now: Pixels): string | null {
  const difference = differenceOf(before, now)
  if (difference === null)
    return `is ${now.width} × ${now.height} pixels at half size, its reference ${before.width} × ${before.height}`
  const { share, tiles } = difference
  if (share <= shareAllowed) return null
  const [first] = tiles
  return `has changed in ${(100 * share).toFixed(1)} % of its area, first at ${2 * first!.x}, ${2 * first!.y}`
}

/** At half its size, as references are kept. */
export const halved = async (png: Buffer): Promise<Buffer> => {
  const { width } = await sharp(png).metadata()
  return sharp(png)
    .resize({ width: Math.round(width / 2), kernel: 'lanczos3' })
    .webp({ quality: 55, effort: 3, smartSubsample: true })
    .toBuffer()
}

export async function pixelsOf(picture: Buffer | string): Promise<Pixels> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data }
}

/** The picture, pale, with what has changed marked. */
export async function marked(now: Pixels, { tiles }: Difference): Promise<Buffer> {
  const { width, height } = now
  const data = Uint8Array.from(now.data, (value) => 128 + value / 2)
  for (const { x, y } of tiles)
    for (let dy = 0; dy < tileSize && y + dy < height; dy++)
      for (let dx = 0; dx < tileSize && x + dx < width; dx++) {
        const at = 3 * ((y + dy) * width + x + dx)
        data.set([255, now.data[at + 1]! >> 1, now.data[at + 2]! >> 1], at)
      }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}
