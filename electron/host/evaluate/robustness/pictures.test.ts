import { expect, test } from 'vitest'
import { randomSource } from '../../prepare/random.ts'
import {
  blurred,
  brighter,
  cropped,
  jpegCompressed,
  lessContrast,
  noisy,
  pixelated,
  rotated,
} from './pictures.ts'

const gray = (height: number, width: number) => ({ channels: 1, height, width })

test('noise has the deviation that is asked for, and stays within bytes', () => {
  const plain = new Uint8Array(10_000).fill(128)
  const found = noisy(plain, 0.1, randomSource(1))
  const mean = found.reduce((sum, one) => sum + one, 0) / found.length
  const deviation = Math.sqrt(found.reduce((sum, one) => sum + (one - mean) ** 2, 0) / found.length)
  expect(mean).toBeCloseTo(128, 0)
  expect(Math.abs(deviation - 25.5)).toBeLessThan(1)
  const dark = noisy(new Uint8Array(1000), 0.5, randomSource(1))
  expect(Math.min(...dark)).toBe(0)
  expect(Math.max(...dark)).toBeLessThanOrEqual(255)
})

test('blur spreads a point as the normal distribution, and leaves what is even', () => {
  const point = new Uint8Array(81)
  point[40] = 255
  const found = blurred(point, gray(9, 9), 1)
  // exp(0) and exp(−½) over the sum of exp(−k²/2), squared.
  expect(found[40]).toBe(Math.round(255 * 0.39894 ** 2))
  expect(found[41]).toBe(Math.round(255 * 0.39894 * 0.24197))
  expect(found[40 - 9]).toBe(found[41])
  expect(new Set(blurred(new Uint8Array(81).fill(77), gray(9, 9), 2))).toEqual(new Set([77]))
})

test('brightness keeps hues, and contrast the mean', () => {
  const color = { channels: 3, height: 1, width: 2 }
  // Two pixels: (100, 50, 0) and black.
  const found = brighter(Uint8Array.of(100, 0, 50, 0, 0, 0), color, 0.2)
  expect([...found]).toEqual([151, 51, 76, 51, 0, 51])
  expect([...lessContrast(Uint8Array.of(0, 100, 200), gray(1, 3), 0.5)]).toEqual([50, 100, 150])
})

test('a pixelated picture has blocks of the mean of what was there', () => {
  const pixels = Uint8Array.of(0, 100, 10, 30, 40, 60, 50, 70, 1, 1, 2, 2, 1, 1, 2, 2)
  const found = pixelated(pixels, gray(4, 4), 0.5)
  expect([...found]).toEqual([50, 50, 40, 40, 50, 50, 40, 40, 1, 1, 2, 2, 1, 1, 2, 2])
  // Not square, and into sizes that do not divide it.
  const wide = pixelated(
    Uint8Array.from({ length: 15 }, (_, i) => 10 * (i % 5)),
    gray(3, 5),
    0.65,
  )
  expect([...wide.subarray(0, 5)]).toEqual([...wide.subarray(5, 10)])
  expect(wide[0]).toBe(Math.round((0 + 10 * (2 / 3)) / (5 / 3)))
})

test('JPEG goes through a real file: near what it was at high quality, farther at low', async () => {
  for (const channels of [1, 3]) {
    const shape = { channels, height: 16, width: 20 }
    const pixels = Uint8Array.from(
      { length: channels * 320 },
      (_, i) => 40 + (i % 20) * 8 + 20 * Math.floor(i / 320),
    )
    const off = async (quality: number): Promise<number> => {
      const found = await jpegCompressed(pixels, shape, quality)
      return found.reduce((sum, one, i) => sum + Math.abs(one - pixels[i]!), 0) / pixels.length
    }
    expect(await off(95)).toBeLessThan(4)
    expect(await off(5)).toBeGreaterThan(await off(95))
  }
  const other = new Uint8Array(8).fill(3)
  expect(await jpegCompressed(other, { channels: 2, height: 2, width: 2 }, 10)).toEqual(other)
})

test('a quarter turn goes clockwise, and black comes in', () => {
  const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)
  expect([...rotated(pixels, gray(3, 3), 90)]).toEqual([7, 4, 1, 8, 5, 2, 9, 6, 3])
  const tilted = rotated(new Uint8Array(81).fill(200), gray(9, 9), 45)
  expect([tilted[0], tilted[40]]).toEqual([0, 200])
})

test('a crop enlarges the part that is drawn', () => {
  const pixels = Uint8Array.from({ length: 64 }, (_, i) => 10 * (i % 8))
  const left = cropped(pixels, gray(8, 8), 0.5, [0, 0])
  const right = cropped(pixels, gray(8, 8), 0.5, [0, 1])
  expect([left[0], left[7]]).toEqual([0, 33])
  expect(right[0]! - left[0]!).toBe(38)
  expect(cropped(pixels, gray(8, 8), 1, [0.3, 0.7])).toEqual(pixels)
})
