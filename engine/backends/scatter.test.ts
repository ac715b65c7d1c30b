import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import '../ops/index.ts'
import { excess } from '../fixtures/excess.ts'
import { integers, uniform } from '../ops/samples.ts'
import { tensor } from '../tensor/creation.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Device } from './device.ts'
import { createWasmDevice } from './wasm/device.ts'
import { onWebGPU, reference } from './webgpu/testing.ts'

/** Longer than a stretch of the GPU's and wider than its threads, which the ops' samples are not; some indices are out of range. */
const cases: readonly { x: Shape; index: Shape; dim: number; extent: number }[] = [
  { x: [700, 128], index: [700, 1], dim: 0, extent: 31 },
  { x: [256, 67], index: [256, 1], dim: 0, extent: 300 },
  { x: [33, 300], index: [33, 1], dim: 0, extent: 5 },
  { x: [2, 90, 17], index: [1, 90, 1], dim: 1, extent: 40 },
  { x: [3, 70, 5], index: [3, 70, 5], dim: 1, extent: 9 },
  { x: [4, 300], index: [4, 300], dim: 1, extent: 50 },
  { x: [1, 9], index: [1, 1], dim: 0, extent: 4 },
]

function agrees(device: () => Device): void {
  it.each(cases)('adds $x at $index along $dim into $extent', async ({ x, index, dim, extent }) => {
    const compute = (on: Device): Promise<ArrayLike<number>> => {
      const source = tensor(Float32Array.from(uniform(x, -1, 1).values), { shape: x, device: on })
      const where = Int32Array.from(integers(index, -1, extent + 1).values)
      const at = tensor(where, { shape: index, device: on })
      return source.scatterSum(dim, at, x.with(dim, extent)).data()
    }
    const [first, again, expected] = await Promise.all([device(), device(), reference].map(compute))
    expect(excess(first!, expected!, 1e-5)).toBeLessThanOrEqual(0)
    expect(again).toEqual(first)
  })

  it('adds integers', async () => {
    const on = device()
    const ints = (values: number[]) => tensor(Int32Array.from(values), { device: on })
    const sums = ints([5, 7, -2, 2 ** 30]).scatterSum(0, ints([2, 0, 2, 1]), [3])
    expect([...(await sums.data())]).toEqual([7, 2 ** 30, 3])
  })
}

describe.each([1, 3])('Scatter on the CPU with %i threads', (threads) => {
  const wasm = createWasmDevice({ threads, thresholds: { sharing: 0, threads: 0 } })
  afterAll(() => wasm.close())
  agrees(() => wasm)
})

onWebGPU('Scatter on the GPU', (open) => {
  let gpu: Device
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => gpu.close())
  agrees(() => gpu)
})
