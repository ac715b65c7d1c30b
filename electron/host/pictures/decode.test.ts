import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { startLimits } from '../../contract/index.ts'
import { decodePicture, lookAtPicture, NoPicture, planar, type PictureTarget } from './decode.ts'
import { drawn, gradient } from './testing.ts'

const limits = startLimits

interface Case {
  readonly file: string
  readonly size: readonly [number, number]
  readonly pixels: string
}
const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/decoded.json'), 'utf8')) as Record<
  string,
  Case
>
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

const furthest = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)

/** Compressed with loss: decoders round otherwise. */
const tolerances: Record<string, number> = { jpeg: 3, 'jpeg gray': 2, 'png alpha': 1 }

describe('pixels are those of Pillow', () => {
  test.each(Object.keys(cases).filter((name) => name !== 'resized'))('%s', async (name) => {
    const { file, size, pixels } = cases[name]!
    const found = await decodePicture(bytesOf(file), null, limits)
    expect([found.width, found.height]).toEqual(size)
    expect(found.pixels.length).toBe(3 * size[0] * size[1])
    expect(furthest(found.pixels, bytesOf(pixels))).toBeLessThanOrEqual(tolerances[name] ?? 0)
    expect(found.gray).toBe(/gray|one bit/.test(name))
    expect(found.facts.turned).toBe(name.includes('turned'))
  })

  test('also resized and cropped, as PyTorch does both', async () => {
    const { file, pixels } = cases['resized']!
    const target: PictureTarget = { width: 32, height: 32, fit: 'crop', background: 'white' }
    const found = await decodePicture(bytesOf(file), target, limits)
    const expected = bytesOf(pixels)
    expect(found.pixels.length).toBe(expected.length)
    expect(furthest(found.pixels, expected)).toBeLessThanOrEqual(4)
  })
})

const square = (fit: PictureTarget['fit'], background: PictureTarget['background'] = 'black') =>
  ({ width: 16, height: 16, fit, background }) as const
const at = (pixels: Uint8Array, width: number, x: number, y: number): number[] => [
  ...pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
]

test('another shape is cropped, padded or stretched', async () => {
  const wide = new Uint8Array(await drawn(64, 32).png().toBuffer())
  const cropped = await decodePicture(wide, square('crop'), limits)
  const padded = await decodePicture(wide, square('pad'), limits)
  const stretched = await decodePicture(wide, square('stretch'), limits)
  // A quarter of the width is lost on either side.
  expect(at(cropped.pixels, 16, 0, 0)[0]).toBeGreaterThan(60)
  expect(at(padded.pixels, 16, 3, 1)).toEqual([0, 0, 0])
  expect(at(padded.pixels, 16, 15, 8)[0]).toBeGreaterThan(230)
  expect(at(stretched.pixels, 16, 0, 0)[0]).toBeLessThan(15)
  expect(at(stretched.pixels, 16, 15, 0)[0]).toBeGreaterThan(240)
})

test('sixteen bits, CMYK, color profiles and moving pictures become eight bits of sRGB', async () => {
  const deep = await drawn(8, 8).toColourspace('rgb16').png().toBuffer()
  const found = await decodePicture(new Uint8Array(deep), null, limits)
  expect(found.facts.deep).toBe(true)
  expect(furthest(found.pixels, gradient(8, 8))).toBeLessThanOrEqual(1)

  const flat = { create: { width: 8, height: 8, channels: 3, background: '#3060c0' } } as const
  const cmyk = await decodePicture(
    new Uint8Array(await sharp(flat).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer()),
    null,
    limits,
  )
  expect(cmyk.facts.cmyk).toBe(true)
  const [red, green, blue] = at(cmyk.pixels, 8, 4, 4) as [number, number, number]
  expect(blue).toBeGreaterThan(green)
  expect(green).toBeGreaterThan(red)

  // The numbers of this color in Display P3 are others; its sRGB values are what is wanted.
  const p3 = await sharp(flat).withIccProfile('p3').png().toBuffer()
  const wide = await decodePicture(new Uint8Array(p3), null, limits)
  expect(wide.facts.profile).toBe(true)
  expect(
    furthest(
      wide.pixels,
      wide.pixels.map((_, i) => [0x30, 0x60, 0xc0][i % 3]!),
    ),
  ).toBeLessThanOrEqual(3)
  const raw = await sharp(p3, { ignoreIcc: true }).raw().toBuffer()
  expect(furthest(new Uint8Array(raw), wide.pixels)).toBeGreaterThan(5)

  const frames = await sharp(Buffer.from([...gradient(8, 8), ...gradient(8, 8, 255)]), {
    raw: { width: 8, height: 16, channels: 3, pageHeight: 8 },
  })
    .gif({ delay: [10, 10] })
    .toBuffer()
  const first = await decodePicture(new Uint8Array(frames), null, limits)
  expect([first.facts.frames, first.width, first.height]).toEqual([2, 8, 8])
  expect(at(first.pixels, 8, 0, 0)[2]).toBeLessThan(90)
})

async function reason(bytes: Uint8Array): Promise<string> {
  try {
    await decodePicture(bytes, null, limits)
  } catch (error) {
    if (error instanceof NoPicture) return error.message
    throw error
  }
  return 'decoded'
}

test('what is no picture says why', async () => {
  const jpeg = new Uint8Array(await drawn(64, 64).jpeg().toBuffer())
  const png = new Uint8Array(await drawn(64, 64).png().toBuffer())
  expect(await reason(jpeg)).toBe('decoded')
  expect(await reason(jpeg.subarray(0, jpeg.length / 2))).toMatch(/^is damaged or cut off \(.*premature/)
  expect(await reason(png.subarray(0, png.length - 40))).toMatch(/^is damaged or cut off/)
  expect(await reason(new Uint8Array(0))).toBe('is empty')
  expect(await reason(new TextEncoder().encode('I am a text.\n'))).toBe('is text, not a picture')
  expect(await reason(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toContain('SVG')
  expect(await reason(Uint8Array.of(1, 2, 3, 4))).toBe('is no picture that is known here')
})

test('a picture of too many pixels is refused before it is unpacked', async () => {
  // A PNG's header alone says 100,000 × 100,000.
  const png = new Uint8Array(await drawn(8, 8).png().toBuffer())
  new DataView(png.buffer, png.byteOffset).setUint32(16, 100_000)
  new DataView(png.buffer, png.byteOffset).setUint32(20, 100_000)
  expect(await reason(png)).toMatch(
    /^(has 100,000 × 100,000 pixels, and at most 100 million are decoded|is damaged)/,
  )
  const bmp = bytesOf(cases['bmp']!.file)
  new DataView(bmp.buffer).setInt32(18, 2 ** 30, true)
  expect(await reason(bmp)).toMatch(/^has 1,073,741,824 × 17 pixels/)
  const blank = new Uint8Array(
    await sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: '#fff' } })
      .png({ compressionLevel: 9 })
      .toBuffer(),
  )
  expect(blank.length).toBeLessThan(1e6)
  expect(await reason(blank)).toMatch(/^has 12,000 × 12,000 pixels/)
})

test('a picture is looked at without being decoded', async () => {
  const turned = await drawn(30, 20).withMetadata({ orientation: 6 }).jpeg().toBuffer()
  expect(await lookAtPicture(new Uint8Array(turned), limits)).toMatchObject({
    format: 'JPEG',
    width: 20,
    height: 30,
    turned: true,
    frames: 1,
  })
})

test('channels follow each other; gray is what eyes make of colors', () => {
  const into = new Uint8Array(7)
  planar(Uint8Array.of(1, 2, 3, 4, 5, 6), 3, into, 1)
  expect([...into]).toEqual([0, 1, 4, 2, 5, 3, 6])
  planar(Uint8Array.of(255, 0, 0, 0, 255, 0), 1, into)
  expect([...into.subarray(0, 2)]).toEqual([76, 150])
})
