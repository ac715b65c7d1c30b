import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../backends/device.ts'
import { createReferenceDevice } from '../../backends/reference/device.ts'
import { createWasmDevice } from '../../backends/wasm/device.ts'
import type { WebGPUDevice } from '../../backends/webgpu/device.ts'
import { onWebGPU, someOnSoftware } from '../../backends/webgpu/testing.ts'
import { excess } from '../../fixtures/excess.ts'
import { capture } from '../../tensor/capture.ts'
import { tensor } from '../../tensor/creation.ts'
import { manualSeed } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { operations } from './auto.ts'
import { allTransforms, type Batch } from './define.ts'
import * as transforms from './index.ts'
import { betaShares } from './mix.ts'

const device = createWasmDevice()
const reference = createReferenceDevice()
const count = 20_000
const batch: Batch = { count, channels: 3, height: 24, width: 40, device }

const valuesOf = async (drawn: Tensor): Promise<number[]> =>
  [...(await drawn.to('float32').data())].map(Number)
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** Within bounds, and by its mean and deviation uniform between them: five standard errors. */
async function expectUniform(drawn: Tensor, low: number, high: number): Promise<void> {
  const values = await valuesOf(drawn)
  expect(Math.min(...values)).toBeGreaterThanOrEqual(low - 1e-5)
  expect(Math.max(...values)).toBeLessThanOrEqual(high + 1e-5)
  const [middle, deviation] = [(low + high) / 2, (high - low) / Math.sqrt(12)]
  expect(Math.abs(mean(values) - middle)).toBeLessThan((5 * deviation) / Math.sqrt(values.length) + 1e-6)
  const spread = Math.sqrt(mean(values.map((v) => (v - middle) ** 2)))
  expect(Math.abs(spread / deviation - 1)).toBeLessThan(0.03)
}

/** Whole numbers from low to high, all equally often. */
async function expectWhole(drawn: Tensor, low: number, high: number): Promise<void> {
  const values = await valuesOf(drawn)
  const counts = Map.groupBy(values, (v) => v)
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual(
    Array.from({ length: high - low + 1 }, (_, i) => low + i),
  )
  const [all, p] = [values.length, 1 / (high - low + 1)]
  for (const [value, those] of counts)
    expect(Math.abs(those.length - all * p), String(value)).toBeLessThan(5 * Math.sqrt(all * p * (1 - p)))
}

describe('parameters are drawn as torchvision documents', () => {
  it('affine', async () => {
    manualSeed(1)
    const drawn = transforms.randomAffine.parameters(batch, {
      degrees: [-30, 10],
      translate: [0.1, 0.25],
      scale: [0.5, 2],
      shear: [-5, 5],
      shearDown: [0, 20],
    })
    await expectUniform(drawn.angle, -30, 10)
    await expectUniform(drawn.scale, 0.5, 2)
    await expectUniform(drawn.shearX, -5, 5)
    await expectUniform(drawn.shearY, 0, 20)
    const [across, down] = [await valuesOf(drawn.translateX), await valuesOf(drawn.translateY)]
    expect([Math.min(...across), Math.max(...across)]).toEqual([-4, 4])
    expect([Math.min(...down), Math.max(...down)]).toEqual([-6, 6])
    expect(across.every(Number.isInteger)).toBe(true)
  })

  it('rotation, blur and color', async () => {
    manualSeed(2)
    await expectUniform(transforms.randomRotation.parameters(batch, { degrees: [-90, 90] }).angle, -90, 90)
    await expectUniform(transforms.gaussianBlur.parameters(batch).sigma, 0.1, 2)
    const color = transforms.colorJitter.parameters(batch, { brightness: [0.6, 1.4], hue: [-0.1, 0.2] })
    await expectUniform(color.brightness, 0.6, 1.4)
    await expectUniform(color.hue, -0.1, 0.2)
  })

  it('corners of a perspective', async () => {
    manualSeed(3)
    const drawn = transforms.randomPerspective.parameters(batch, { distortionScale: 0.5 })
    for (const left of [drawn.x0, drawn.x3]) await expectWhole(left, 0, 10)
    for (const right of [drawn.x1, drawn.x2]) await expectWhole(right, 29, 39)
    for (const top of [drawn.y0, drawn.y1]) await expectWhole(top, 0, 6)
    for (const bottom of [drawn.y2, drawn.y3]) await expectWhole(bottom, 17, 23)
    expect(Math.abs(mean(await valuesOf(drawn.isChanged)) - 0.5)).toBeLessThan(0.02)
  })

  it('windows of a resized crop', async () => {
    manualSeed(4)
    const square: Batch = { ...batch, height: 200, width: 200 }
    const drawn = transforms.randomResizedCrop.parameters(square, { scale: [0.1, 0.5] })
    const [top, left, height, width] = await Promise.all(
      [drawn.top, drawn.left, drawn.height, drawn.width].map(valuesOf) as [Promise<number[]>],
    ) as unknown as [number[], number[], number[], number[]] // prettier-ignore
    const areas = height.map((h, i) => (h * width[i]!) / 40_000)
    expect(Math.min(...areas)).toBeGreaterThan(0.095)
    expect(Math.max(...areas)).toBeLessThan(0.505)
    // All of these fit at the first try, so that areas and the logarithms of shapes are uniform.
    expect(Math.abs(mean(areas) - 0.3)).toBeLessThan(0.005)
    const shapes = height.map((h, i) => Math.log(width[i]! / h))
    expect(Math.abs(mean(shapes))).toBeLessThan(0.01)
    expect(Math.max(...shapes)).toBeLessThan(Math.log(4 / 3) + 0.03)
    expect(top.every((t, i) => t >= 0 && t + height[i]! <= 200)).toBe(true)
    expect(left.every((l, i) => l >= 0 && l + width[i]! <= 200)).toBe(true)
  })

  it('a resized crop of what no shape fits is the middle', async () => {
    const wide: Batch = { ...batch, count: 3, height: 10, width: 100 }
    const drawn = transforms.randomResizedCrop.parameters(wide, { scale: [1, 1], ratio: [0.5, 2] })
    const all = [drawn.top, drawn.left, drawn.height, drawn.width].map(valuesOf)
    expect((await Promise.all(all)).map((values) => values[0])).toEqual([0, 40, 10, 20])
  })

  it('rectangles that are erased', async () => {
    manualSeed(5)
    const drawn = transforms.randomErasing.parameters({ ...batch, height: 200, width: 200 }, { p: 0.4 })
    const [heights, widths] = [await valuesOf(drawn.height), await valuesOf(drawn.width)]
    const erased = heights.map((h, i) => (h * widths[i]!) / 40_000).filter((area) => area > 0)
    expect(Math.abs(erased.length / count - 0.4)).toBeLessThan(0.02)
    expect(Math.min(...erased)).toBeGreaterThan(0.018)
    expect(Math.max(...erased)).toBeLessThan(0.335)
  })

  it('operations of RandAugment and TrivialAugment', async () => {
    manualSeed(6)
    const few = transforms.randAugment.parameters(batch, { magnitude: 30 })
    await expectWhole(few['operation0']!, 0, operations.length - 1)
    const [which, strong] = [await valuesOf(few['operation1']!), await valuesOf(few['magnitude1']!)]
    const of = (name: (typeof operations)[number]): number[] => {
      const found = strong.filter((_, i) => operations[which[i]!] === name)
      return [...new Set(found.map((v) => Number(v.toFixed(4))))].sort((a, b) => a - b)
    }
    // As torchvision's _augmentation_space has them at the last of 31 bins.
    expect(of('ShearX')).toEqual([-0.3, 0.3])
    expect(of('TranslateX')).toEqual([-18.1269, 18.1269])
    expect(of('Rotate')).toEqual([-30, 30])
    expect(of('Brightness')).toEqual([-0.9, 0.9])
    expect(of('Posterize')).toEqual([4])
    expect(of('Solarize')).toEqual([0])
    const wide = transforms.trivialAugmentWide.parameters(batch)
    const [op, magnitude] = [await valuesOf(wide.operation), await valuesOf(wide.magnitude)]
    const turns = magnitude.filter((_, i) => operations[op[i]!] === 'Rotate')
    expect(new Set(turns.map(Math.abs).map((v) => Math.round((v / 135) * 30))).size).toBe(31)
    expect(Math.max(...turns)).toBe(135)
    const bits = new Set(magnitude.filter((_, i) => operations[op[i]!] === 'Posterize'))
    expect([...bits].sort()).toEqual([2, 3, 4, 5, 6, 7, 8])
  })
})

describe('shares of mixtures', () => {
  it.each([0.2, 0.5, 1, 2])('come from Beta(%d, itself)', async (alpha) => {
    manualSeed(7)
    const values = await valuesOf(betaShares(count, alpha, device))
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThanOrEqual(1)
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.015)
    const variance = 1 / (4 * (2 * alpha + 1))
    expect(mean(values.map((v) => (v - 0.5) ** 2)) / variance).toBeCloseTo(1, 1)
    // The fourth central moment of it: kurtosis 3 (2α + 1) / (2α + 3).
    const fourth = mean(values.map((v) => (v - 0.5) ** 4)) / variance ** 2
    expect(fourth / ((3 * (2 * alpha + 1)) / (2 * alpha + 3))).toBeCloseTo(1, 1)
  })

  it('mix labels as they mix images', async () => {
    manualSeed(8)
    const n = 40
    // Image i is filled with i, so that what it shows says its shares.
    const images = tensor(Float32Array.from({ length: n }, (_, i) => i), { device })
      .reshape([n, 1, 1, 1])
      .expand([n, 2, 8, 10])
      .contiguous() // prettier-ignore
    const labels = tensor(
      Float32Array.from({ length: n * n }, (_, i) => Number(Math.floor(i / n) === i % n)),
      { shape: [n, n], device },
    )
    for (const mix of [transforms.mixUp, transforms.cutMix]) {
      const [mixed, targets] = mix(images, labels, { alpha: 1, p: 0.7 })
      const shown = await valuesOf(mixed.mean([1, 2, 3]))
      const said = await valuesOf(targets.mul(images.select(1, 0).select(1, 0).select(1, 0)).sum([1]))
      shown.forEach((value, i) => expect(value).toBeCloseTo(said[i]!, 3))
      expect(await valuesOf(targets.sum([1]))).toEqual(Array.from({ length: n }, () => expect.closeTo(1, 5)))
      const whole = (await valuesOf(targets.amax([1]))).filter((share) => share === 1).length
      expect(whole).toBeGreaterThan(2)
      expect(whole).toBeLessThan(25)
    }
  })
})

const strong: Readonly<Record<string, object>> = {
  randomRotation: { degrees: [-40, 40], interpolation: 'bilinear' },
  randomAffine: { degrees: [-9, 9], scale: [0.7, 1.3], translate: [0.2, 0.2], shear: [-9, 9] },
  randomErasing: { value: 'noise' },
  randomGrayscale: { p: 0.5 },
  randAugment: { numOps: 1 },
  colorJitter: { brightness: [0.5, 1.5], contrast: [0.5, 1.5], saturation: [0.5, 1.5], hue: [-0.4, 0.4] },
}
const named = transforms as unknown as Record<string, (images: Tensor, options?: object) => Tensor>

/** What three calls of a captured step give, of every transform one after the other. */
async function drawnThrice(on: Device, name: string): Promise<Float32Array[]> {
  manualSeed(11)
  const pixels = Float32Array.from({ length: 6 * 3 * 18 * 16 }, (_, i) => ((i * 89 + (i >> 3)) % 256) / 255)
  const images = tensor(pixels, { shape: [6, 3, 18, 16], device: on })
  const step = capture((x: Tensor) => named[name]!(x, strong[name]))
  const results: Float32Array[] = []
  for (let i = 0; i < 3; i++) results.push(Float32Array.from(await step(images).data()))
  return results
}

/** A rounding away from the next pixel or level, devices may choose differently: a few in a thousand. */
function expectAlike(actual: Float32Array, expected: Float32Array): void {
  const others = [...actual].filter((v, i) => excess([v], [expected[i]!], 1e-4) > 0).length
  expect(others).toBeLessThanOrEqual(actual.length / 200)
}
const names = allTransforms().map(({ name }) => name)

describe('in a captured step', () => {
  it.each(names)('%s draws anew at every call, and the same on the reference', async (name) => {
    const first = await drawnThrice(device, name)
    expect(first[1]).not.toEqual(first[0])
    expect(first[2]).not.toEqual(first[1])
    expect(first.flatMap((batchOfThem) => [...batchOfThem]).every(Number.isFinite)).toBe(true)
    const exact = await drawnThrice(reference, name)
    first.forEach((one, i) => expectAlike(one, exact[i]!))
  })
})

onWebGPU('in a captured step on WebGPU', (open) => {
  let gpu: WebGPUDevice
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => gpu.close())
  // Software compiles kernels for seconds.
  it.each(someOnSoftware(names, 4))('%s is as on the reference', async (name) => {
    const [actual, expected] = [await drawnThrice(gpu, name), await drawnThrice(reference, name)]
    actual.forEach((one, i) => expectAlike(one, expected[i]!))
  })
})

it('says which option is wrong', () => {
  const images = tensor(new Float32Array(12), { shape: [1, 1, 3, 4], device })
  expect(() => transforms.randomRotation(images, { degrees: [5, -5] })).toThrow(
    'randomRotation: degrees must go from a smaller to a larger number, not from 5 to -5.',
  )
  expect(() => transforms.gaussianBlur(images, { kernelSize: 4 })).toThrow('must be odd')
  expect(() => transforms.randAugment(images, { magnitude: 31 })).toThrow('below numMagnitudeBins, 31')
})
