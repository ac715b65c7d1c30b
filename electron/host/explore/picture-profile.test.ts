import sharp from 'sharp'
import { expect, test } from 'vitest'
import { lookAtImages } from './image-looks.ts'
import { oddnessOf, profilePictures, smallCopy } from './picture-profile.ts'

const [height, width] = [20, 16]
const size = height * width
const rampOf = (turned: boolean): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (turned ? 225 - 15 * (i % width) : 15 * (i % width)))
/** Brighter to the right, and to the left; the last of each class is its odd one. */
const pictures = [
  rampOf(false),
  rampOf(false).map((v) => v / 2),
  rampOf(true),
  rampOf(true),
  rampOf(true),
  new Uint8Array(size).fill(255),
]
const codes = [0, 0, 0, 1, 1, 1]

function given(count = pictures.length) {
  const pixels = Uint8Array.from(pictures.slice(0, count).flatMap((one) => [...one]))
  const images = { pixels, channels: 1, height, width }
  return {
    column: 'image',
    images,
    labels: { codes: Int32Array.from(codes.slice(0, count)), categories: ['b', 'a'] },
    nameOf: (row: number) => `${row}.png`,
    sizes: Array.from({ length: count }, (_, i) => ({ width: 100 + i, height: 50 })),
    looks: lookAtImages(images, count, 4, null),
  }
}

const pixelsOf = (address: string): Promise<Buffer> =>
  sharp(Buffer.from(address.split(',')[1]!, 'base64'))
    .toColourspace('b-w')
    .raw()
    .toBuffer()

test('each picture is measured, and each class has its mean', async () => {
  const profile = await profilePictures(given())
  expect(profile).toMatchObject({
    column: 'image',
    of: 6,
    names: ['0.png', '1.png', '2.png', '3.png', '4.png', '5.png'],
    classes: ['a', 'b'],
    // Places in the classes’ usual order.
    labels: [1, 1, 1, 0, 0, 0],
    width: [100, 101, 102, 103, 104, 105],
    height: [50, 50, 50, 50, 50, 50],
  })
  expect(profile.brightness[0]).toBeCloseTo(112.5 / 255, 3)
  expect(profile.brightness[5]).toBe(1)
  // Of 0, 15, …, 225, as often each.
  expect(profile.contrast[0]).toBeCloseTo((15 * Math.sqrt((16 ** 2 - 1) / 12)) / 255, 3)
  expect(profile.contrast[5]).toBe(0)
  expect(profile.sharpness[5]).toBe(0)
  // What is not like its class is the oddest in it.
  expect(profile.oddness.indexOf(Math.max(...profile.oddness.slice(3)))).toBe(5)
  expect(profile.means.map(({ label, count }) => [label, count])).toEqual([
    ['a', 3],
    ['b', 3],
  ])
  const mean = await pixelsOf(profile.means[0]!.mean)
  expect(mean[0]).toBe((225 + 225 + 255) / 3)
  const spread = await pixelsOf(profile.means[0]!.spread)
  expect(spread[0]).toBe(Math.round(2 * Math.sqrt((2 * 10 ** 2 + 20 ** 2) / 3)))
})

test('pictures that are nearly the same come in pairs, those across the split first', async () => {
  const { alike } = await profilePictures(given())
  expect(alike.count).toBe(3)
  const pairs = alike.pairs.map((pair) => pair.map(({ name, tested }) => `${name}${tested ? ' test' : ''}`))
  expect(pairs[0]).toEqual(['2.png', '4.png test'])
  expect(pairs).toContainEqual(['0.png', '1.png'])
})

test('the map has a point for each, and none where there is nothing to draw', async () => {
  const { map, names } = await profilePictures(given())
  expect(map!.x).toHaveLength(names.length)
  expect(map!.explained[0]).toBeGreaterThan(map!.explained[1]!)
  // What looks the same lies at the same place.
  expect(map!.x[3]).toBeCloseTo(map!.x[4]!, 4)
  const few = await profilePictures(given(2))
  expect([few.map, few.of]).toEqual([null, 2])
  const none = await profilePictures(given(0))
  expect([none.names, none.means, none.alike.pairs]).toEqual([[], [], []])
})

test('small copies are means of patches', () => {
  const copy = smallCopy(Float32Array.from(rampOf(false)), width, height)
  expect(copy).toHaveLength(64)
  expect(copy[0]).toBe(7.5)
  expect(smallCopy(Float32Array.of(1, 2, 3, 4), 2, 2)).toEqual(Float64Array.of(1, 2, 3, 4))
})

test('what is as far from its class as half of it has an oddness of one', () => {
  const one = (value: number): Float64Array => Float64Array.of(value)
  expect(oddnessOf([one(0), one(2), one(7), one(5)], [0, 0, 0, 1])).toEqual([1, 1 / 3, 4 / 3, 1])
  expect(oddnessOf([one(1), one(1)], [0, 0])).toEqual([1, 1])
})
