import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodeIdx, decodeIdxImages, decodeIdxLabels, encodeIdx, gunzip } from './idx.ts'

const data = Uint8Array.from({ length: 24 }, (_, i) => (i * 37) % 256)
const images = encodeIdx({ shape: [2, 3, 4], data })
const labels = encodeIdx({ shape: [5], data: data.subarray(0, 5) })

describe('IDX files', () => {
  it('are laid out as the format says', () => {
    expect([...labels]).toEqual([0, 0, 8, 1, 0, 0, 0, 5, 0, 37, 74, 111, 148])
  })

  it('come back as they were written', () => {
    expect(decodeIdx(images)).toEqual({ shape: [2, 3, 4], data })
    expect(decodeIdxImages(images)).toEqual({ shape: [2, 1, 3, 4], data })
    expect([...decodeIdxLabels(labels)]).toEqual([0, 37, 74, 111, 148])
  })

  it('are read from the middle of other memory', () => {
    const within = new Uint8Array(images.length + 3)
    within.set(images, 3)
    expect(decodeIdx(within.subarray(3)).data).toEqual(data)
  })

  it.each([
    ['empty', new Uint8Array(0), 'it has only 0 bytes'],
    ['something else', new TextEncoder().encode('label,pixel'), 'it does not start with two zero bytes'],
    ['compressed', new Uint8Array(gzipSync(images)), 'it is compressed; unpack it first'],
    ['of floats', images.with(2, 0x0d), 'its elements are 32-bit floats, not unsigned bytes'],
    ['of no known type', images.with(2, 1), 'its elements are of the unknown type 1, not unsigned bytes'],
    ['without dimensions', images.with(3, 0), 'it has no dimensions'],
    [
      'cut off in the header',
      images.subarray(0, 9),
      'it ends inside its header of 3 dimensions, after 9 bytes',
    ],
    ['cut off', images.subarray(0, 39), 'it is cut off: [2, 3, 4] needs 24 elements, but only 23 are there'],
    ['too long', Uint8Array.of(...images, 1, 2), '2 bytes follow the 24 elements that [2, 3, 4] needs'],
    [
      'absurdly large',
      images.with(4, 128),
      'it is cut off: [2147483650, 3, 4] needs 25769803800 elements, but only 24 are there',
    ],
  ])('that are %s are refused in one sentence', (_, bytes, why) => {
    expect(() => decodeIdx(bytes, 'train-images.idx')).toThrow(
      new Error(`train-images.idx is not a valid IDX file: ${why}.`),
    )
  })

  it('with other dimensions than images or labels have are refused', () => {
    expect(() => decodeIdxImages(labels, 'labels')).toThrow(
      'labels holds no images: its shape is [5], not [count, height, width].',
    )
    const none = encodeIdx({ shape: [0, 3, 4], data: new Uint8Array(0) })
    expect(() => decodeIdxImages(none)).toThrow('holds no images: its shape is [0, 3, 4]')
    expect(() => decodeIdxLabels(images, 'images')).toThrow(
      'images holds no labels: its shape is [2, 3, 4], not [count].',
    )
  })
})

describe('compressed files', () => {
  const packed = new Uint8Array(gzipSync(images))

  it('are unpacked, others left alone', async () => {
    expect(await gunzip(packed)).toEqual(images)
    const plain = new Uint8Array(images)
    expect(await gunzip(plain)).toBe(plain)
  })

  it.each([
    ['cut off', packed.slice(0, -9)],
    ['damaged', packed.with(15, packed[15]! ^ 255)],
  ])('that are %s are refused in one sentence', async (_, bytes) => {
    await expect(gunzip(bytes, 'train-images.gz')).rejects.toThrow(
      'train-images.gz cannot be unpacked: the compressed data is damaged or cut off.',
    )
  })
})
