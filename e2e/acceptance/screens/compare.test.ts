import sharp from 'sharp'
import { expect, test } from 'vitest'
import { differenceOf, halved, pixelsOf, whyNotSame } from './compare.ts'

const words = (label: string, color = '#1a1a1a'): Promise<Buffer> =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="960" height="700"><rect width="960" height="700" fill="#f4f6f8"/>
       <text x="100" y="100" font-size="14" font-family="sans-serif" fill="${color}">${label}</text></svg>`,
    ),
  )
    .png()
    .toBuffer()

const small = async (picture: Buffer) => pixelsOf(await halved(picture))

test('a reference at half size shows the same as the page that it was made of, and other shades of a letter’s edge do not count', async () => {
  const before = await small(await words('Continue to Explore'))
  expect([before.width, before.height]).toEqual([480, 350])
  expect(whyNotSame(before, await small(await words('Continue to Explore')))).toBe(null)
  expect(whyNotSame(before, await small(await words('Continue to Explore', '#242424')))).toBe(null)
})

test('a line of text that is gone, or new, is a difference, and its place is told', async () => {
  const before = await small(await words('Continue to Explore, with what it costs'))
  const now = await small(await words(''))
  expect(differenceOf(before, now)!.tiles.length).toBeGreaterThan(4)
  expect(whyNotSame(before, now)).toMatch(
    /^has changed in \d\.\d % of its area, first at (80|96|112), (80|96)$/,
  )
})

test('a page of another height is not held pixel by pixel', async () => {
  const before = await small(await words('a'))
  const { width, data } = before
  const cut = { width, height: 300, data: data.subarray(0, width * 300 * 3) }
  expect(differenceOf(before, cut)).toBe(null)
  expect(whyNotSame(before, cut)).toBe('is 480 × 300 pixels at half size, its reference 480 × 350')
})
