/** Reductions as a GPU computes them, shared among threads: software that plays one would do without. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tensor } from '../../tensor/creation.ts'
import { manualSeed, randn } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { createWebGPUDevice, type WebGPUDevice } from './device.ts'
import { smallestDevice } from './products/variant.ts'
import { onWebGPU, reference } from './testing.ts'

onWebGPU('Reductions that threads share', () => {
  let gpu: WebGPUDevice
  beforeAll(async () => (gpu = await createWebGPUDevice({ abilities: smallestDevice })))
  afterAll(() => gpu.close())

  const agree = async (shape: readonly number[], reduce: (x: Tensor) => Tensor): Promise<void> => {
    manualSeed(3)
    const x = randn(shape, { device: reference })
    const wanted = await reduce(x).data()
    const found = await reduce(tensor(await x.data(), { shape, device: gpu })).data()
    expect(found.length).toBe(wanted.length)
    const furthest = Math.max(...[...found].map((value, i) => Math.abs(value - wanted[i]!)))
    expect(furthest).toBeLessThan(1e-4 * Math.sqrt(shape.reduce((a, b) => a * b, 1)))
  }

  const sums = (axis?: number) => (x: Tensor) => (axis === undefined ? x.sum() : x.sum(axis))
  const maxima = (axis: number) => (x: Tensor) => x.amax(axis)

  it.each([[2, 5], [9, 17], [37, 40], [300, 33]])('down %i rows of %i columns', async (...shape) => {
    await agree(shape, sums(0))
    await agree(shape, maxima(0))
  }) // prettier-ignore

  it.each([[3, 40], [37, 40], [5, 300], [7, 1100]])('along %i rows of %i', async (...shape) => {
    await agree(shape, sums(1))
    await agree(shape, maxima(1))
  }) // prettier-ignore

  it.each([1, 5, 257, 3000])('of all of %i', (n) => agree([n], sums()))

  it('over an axis in the middle', () => agree([3, 70, 5], sums(1)))
})
