/** Pictures that tests draw themselves, in every format. */
import sharp, { type Sharp } from 'sharp'

/** Red to the right, green downwards, blue as given: every corner is another color. */
export function gradient(width: number, height: number, blue = 64): Uint8Array {
  const pixels = new Uint8Array(3 * width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = 3 * (y * width + x)
      pixels[at] = Math.round((255 * x) / Math.max(1, width - 1))
      pixels[at + 1] = Math.round((255 * y) / Math.max(1, height - 1))
      pixels[at + 2] = blue
    }
  return pixels
}

export const drawn = (width: number, height: number, blue?: number): Sharp =>
  sharp(gradient(width, height, blue), { raw: { width, height, channels: 3 } })

/** One color everywhere, with a little noise that the seed decides, so that no two files are equal. */
export function speckled(width: number, height: number, color: readonly number[], seed: number): Sharp {
  const pixels = new Uint8Array(3 * width * height)
  let state = seed + 1
  for (let i = 0; i < pixels.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    pixels[i] = Math.max(0, Math.min(255, color[i % 3]! + (state >>> 24) / 8 - 16))
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}
