import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { candidates } from '../backends/webgpu/products/candidates.ts'
import { createWebGPUDevice, type WebGPUDevice } from '../backends/webgpu/device.ts'
import { onWebGPU, reference } from '../backends/webgpu/testing.ts'
import type { Variant } from '../backends/webgpu/products/variant.ts'
import { excess } from '../fixtures/excess.ts'
import { uniform } from '../ops/samples.ts'
import type { Device } from '../backends/device.ts'
import { capture } from './capture.ts'
import { tensor } from './creation.ts'
import { getFloat32MatmulPrecision, setFloat32MatmulPrecision } from './precision.ts'
import type { Tensor } from './tensor.ts'

afterEach(() => setFloat32MatmulPrecision('highest'))

it('is the highest unless said otherwise', () => {
  expect(getFloat32MatmulPrecision()).toBe('highest')
  setFloat32MatmulPrecision('medium')
  expect(getFloat32MatmulPrecision()).toBe('medium')
  expect(() => setFloat32MatmulPrecision('low' as 'high')).toThrow('highest, high, medium, not low')
})

onWebGPU('Precision of products', () => {
  let gpu: WebGPUDevice
  const used: Variant[] = []
  beforeAll(async () => {
    gpu = await createWebGPUDevice({
      products: (kernel) => {
        const [variant] = candidates(kernel, gpu.abilities)
        used.push(variant!)
        return variant!
      },
    })
  })
  afterAll(() => gpu.close())

  const matrix = (device: Device, salt: number, size = 72): Tensor =>
    tensor(Float32Array.from(uniform([size, size], -1, 1, salt).values), { shape: [size, size], device })

  it('of medium is float16 with float32 sums where the device offers it, and float32 elsewhere', async () => {
    const [a, b] = [matrix(gpu, 0), matrix(gpu, 1)]
    const exact = await matrix(reference, 0).matmul(matrix(reference, 1)).data()
    const full = await a.matmul(b).data()
    expect(excess(full, exact, 1e-4)).toBeLessThanOrEqual(0)
    setFloat32MatmulPrecision('medium')
    const rounded = await a.matmul(b).data()
    const { half, matrixUnit, software } = gpu.abilities
    if (half) {
      expect(rounded).not.toEqual(full)
      expect(excess(rounded, exact, 1e-2)).toBeLessThanOrEqual(0)
      expect(used.at(-1)).toMatchObject(matrixUnit && !software ? { kind: 'matrix' } : { half: true })
    } else {
      expect(rounded).toEqual(full)
      expect(used.at(-1)).toMatchObject({ kind: 'tile', half: false })
    }
    setFloat32MatmulPrecision('high')
    expect(await a.matmul(b).data()).toEqual(full)
  })

  it('belongs to what is compiled: a step captured in one is not replayed in another', async () => {
    const [a, b] = [matrix(gpu, 2, 68), matrix(gpu, 3, 68)]
    const step = capture((x: Tensor) => x.matmul(b))
    const full = await step(a).data()
    const before = used.length
    setFloat32MatmulPrecision('medium')
    await step(a).data()
    expect(used.length).toBe(before + 1)
    setFloat32MatmulPrecision('highest')
    expect(await step(a).data()).toEqual(full)
    expect(used.length).toBe(before + 1)
  })
})
