import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../backends/device.ts'
import { createReferenceDevice } from '../../backends/reference/device.ts'
import { createWasmDevice } from '../../backends/wasm/device.ts'
import type { WebGPUDevice } from '../../backends/webgpu/device.ts'
import { onWebGPU } from '../../backends/webgpu/testing.ts'
import { excess } from '../../fixtures/excess.ts'
import { capture } from '../../tensor/capture.ts'
import { tensor } from '../../tensor/creation.ts'
import { manualSeed } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { PackedImages } from '../packed-images.ts'
import { normalize, randomCrop, randomHorizontalFlip, randomShift, toFloat } from './basic.ts'

const wasm = createWasmDevice()
const reference = createReferenceDevice()

/** Every pixel another number from 1 on, so that each says where it came from. */
function numbered(shape: readonly [number, number, number, number], device: Device = wasm): Tensor {
  const length = shape.reduce((n, extent) => n * extent, 1)
  return tensor(
    Float32Array.from({ length }, (_, i) => i + 1),
    { shape, device },
  )
}

async function planes(images: Tensor): Promise<number[][]> {
  const [n, c, h, w] = images.shape as [number, number, number, number]
  const values = [...(await images.data())]
  return Array.from({ length: n * c }, (_, i) => values.slice(i * h * w, (i + 1) * h * w))
}

/** The window of a plane of zeros around `plane` that starts at (top, left). */
function crop(
  plane: readonly number[],
  [height, width]: readonly [number, number],
  [top, left]: readonly [number, number],
  [h, w]: readonly [number, number],
): number[] {
  return Array.from({ length: h * w }, (_, i) => {
    const [y, x] = [top + Math.floor(i / w), left + (i % w)]
    return y >= 0 && y < height && x >= 0 && x < width ? plane[y * width + x]! : 0
  })
}

/** How often each place was chosen. Errors: where a result is no crop at all, or its channels moved differently. */
async function places(
  source: Tensor,
  cropped: Tensor,
  reach: readonly [top: number, bottom: number, left: number, right: number],
): Promise<Map<string, number>> {
  const size = source.shape.slice(2) as unknown as readonly [number, number]
  const window = cropped.shape.slice(2) as unknown as readonly [number, number]
  const channels = source.shape[1]!
  const [before, after] = [await planes(source), await planes(cropped)]
  const counts = new Map<string, number>()
  for (let i = 0; i < after.length; i += channels) {
    const fitting: string[] = []
    for (let top = reach[0]; top <= reach[1]; top++)
      for (let left = reach[2]; left <= reach[3]; left++) {
        const fits = Array.from({ length: channels }, (_, c) => i + c).every((p) =>
          crop(before[p]!, size, [top, left], window).every((v, j) => v === after[p]![j]),
        )
        if (fits) fitting.push(`${top},${left}`)
      }
    expect(fitting, `image ${i / channels}`).toHaveLength(1)
    counts.set(fitting[0]!, (counts.get(fitting[0]!) ?? 0) + 1)
  }
  return counts
}

/** Within five standard deviations of what equal chances give: a wrong generator fails, this seed's does not. */
function expectEven(counts: Map<string, number>, kinds: number, trials: number): void {
  expect(counts.size).toBe(kinds)
  const [mean, slack] = [trials / kinds, 5 * Math.sqrt((trials / kinds) * (1 - 1 / kinds))]
  for (const [place, count] of counts) expect(Math.abs(count - mean), place).toBeLessThan(slack)
}

describe('randomShift', () => {
  it('moves every image by a distance of its own, all equally often, all channels alike', async () => {
    manualSeed(3)
    const images = numbered([900, 2, 4, 5])
    expectEven(await places(images, randomShift(images, [1, 2]), [-1, 1, -2, 2]), 15, 900)
  })

  it('by nothing changes nothing', async () => {
    const images = numbered([3, 1, 4, 4])
    expect(await randomShift(images, 0).toArray()).toEqual(await images.toArray())
  })
})

describe('randomCrop', () => {
  it('cuts windows out of the padded images, at every place equally often', async () => {
    manualSeed(4)
    const images = numbered([600, 1, 5, 4])
    const cropped = randomCrop(images, [4, 3], { padding: [1, 0] })
    expect(cropped.shape).toEqual([600, 1, 4, 3])
    expectEven(await places(images, cropped, [-1, 2, 0, 1]), 8, 600)
  })

  it('refuses windows larger than the padded images', () => {
    expect(() => randomCrop(numbered([1, 1, 5, 5]), 8, { padding: 1 })).toThrow(
      'randomCrop: 8 × 8 does not fit into images of 5 × 5 with padding 1 × 1.',
    )
  })
})

describe('randomHorizontalFlip', () => {
  const mirrored = (plane: readonly number[], width: number): number[] =>
    plane.map((_, i) => plane[i - (i % width) + width - 1 - (i % width)]!)

  it('mirrors about p of the images and leaves the others', async () => {
    manualSeed(5)
    const images = numbered([1000, 1, 2, 3])
    const [before, after] = [await planes(images), await planes(randomHorizontalFlip(images, 0.3))]
    const flipped = after.filter((plane, i) => {
      if (plane[0] === before[i]![0]) expect(plane).toEqual(before[i])
      else expect(plane).toEqual(mirrored(before[i]!, 3))
      return plane[0] !== before[i]![0]
    })
    expect(Math.abs(flipped.length - 300)).toBeLessThan(5 * Math.sqrt(1000 * 0.3 * 0.7))
  })

  it.each([
    [0, (plane: number[]) => plane],
    [1, (plane: number[]) => mirrored(plane, 3)],
  ])('with p = %i', async (p, expected) => {
    const images = numbered([4, 2, 2, 3])
    expect(await planes(randomHorizontalFlip(images, p))).toEqual((await planes(images)).map(expected))
  })

  it('refuses what is no probability', () => {
    expect(() => randomHorizontalFlip(numbered([1, 1, 2, 2]), 1.5)).toThrow('between 0 and 1, not 1.5')
  })
})

describe('normalize', () => {
  it('takes one mean and deviation for all channels, or one for each', async () => {
    const images = numbered([1, 2, 1, 2])
    expect(await normalize(images, [1], [2]).data()).toEqual(Float32Array.of(0, 0.5, 1, 1.5))
    expect(await normalize(images, [1, 3], [2, 0.5]).data()).toEqual(Float32Array.of(0, 0.5, 0, 2))
  })

  it('refuses other numbers of them, and deviations of zero', () => {
    const images = numbered([1, 3, 1, 1])
    expect(() => normalize(images, [0, 0], [1, 1])).toThrow('one for each of 3 channels, not 2 and 2')
    expect(() => normalize(images, [0], [0])).toThrow('a std must be positive, not 0')
    expect(() => normalize(images.squeeze(0), [0], [1])).toThrow('Images come as [N, C, H, W], not [3, 1, 1]')
  })
})

describe('PackedImages', () => {
  // Fifteen pixels an image: the last word of each is not full.
  const shape = [7, 1, 3, 5] as const
  const data = Uint8Array.from({ length: 105 }, (_, i) => (i * 89 + 255) % 256)

  it.each([
    ['wasm', wasm],
    ['reference', reference],
  ])('gives back the listed images on %s', async (_, device) => {
    const images = new PackedImages({ shape, data }, { device })
    const batch = images.batch(tensor(Int32Array.of(6, 0, 2), { device }))
    expect(batch.shape).toEqual([3, 1, 3, 5])
    const expected = [6, 0, 2].map((i) => [...data.subarray(i * 15, (i + 1) * 15)])
    expect(await planes(batch)).toEqual(expected)
    const floats = await planes(toFloat(batch))
    expect(floats).toEqual(expected.map((plane) => plane.map((v) => Math.fround(v / 255))))
  })

  it('reads full words where they lie, aligned or not', async () => {
    for (const offset of [0, 1, 4]) {
      const bytes = new Uint8Array(offset + 16).map((_, i) => i * 13)
      const images = new PackedImages({ shape: [2, 2, 2, 2], data: bytes.subarray(offset) }, { device: wasm })
      const batch = images.batch(tensor(Int32Array.of(1, 0), { device: wasm }))
      const at = (i: number): number[] => [...bytes.subarray(offset + 4 * i, offset + 4 * i + 4)]
      expect(await planes(batch)).toEqual([at(2), at(3), at(0), at(1)])
    }
  })

  it('refuses too few bytes', () => {
    expect(() => new PackedImages({ shape, data: data.subarray(1) }, { device: wasm })).toThrow(
      '104 bytes do not fill images of [7, 1, 3, 5] (105 pixels).',
    )
  })
})

/** Everything a training step does to its batch, as the step itself would be: captured. */
async function augmented(device: Device, seed: number): Promise<Float32Array[]> {
  manualSeed(seed)
  const data = Uint8Array.from({ length: 20 * 2 * 6 * 6 }, (_, i) => (i * 89) % 256)
  const images = new PackedImages({ shape: [20, 2, 6, 6], data }, { device })
  const prepare = capture((index) => {
    const bytes = images.batch(index)
    return normalize(randomShift(randomHorizontalFlip(toFloat(bytes)), 2), [0.3, 0.5], [0.2, 0.4])
  })
  const index = tensor(Int32Array.of(3, 1, 19, 0, 7, 7), { device })
  const batches: Float32Array[] = []
  for (let i = 0; i < 3; i++) batches.push(Float32Array.from(await prepare(index).data()))
  return batches
}

describe('an augmented batch in a captured step', () => {
  it('is another at every call, and the same again from the same seed', async () => {
    const first = await augmented(wasm, 11)
    expect(first[1]).not.toEqual(first[0])
    expect(first[2]).not.toEqual(first[1])
    expect(await augmented(wasm, 11)).toEqual(first)
    expect(await augmented(wasm, 12)).not.toEqual(first)
  })

  it('is the same on the reference', async () => {
    const [actual, expected] = [await augmented(wasm, 11), await augmented(reference, 11)]
    actual.forEach((batch, i) => expect(excess(batch, expected[i]!)).toBeLessThanOrEqual(0))
  })
})

onWebGPU('an augmented batch on WebGPU', (open) => {
  let gpu: WebGPUDevice
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => gpu.close())

  it('is the same as on the reference', async () => {
    const [actual, expected] = [await augmented(gpu, 11), await augmented(reference, 11)]
    actual.forEach((batch, i) => expect(excess(batch, expected[i]!)).toBeLessThanOrEqual(0))
  })
})
