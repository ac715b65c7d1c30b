import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tensor } from '../../tensor/creation.ts'
import { manualSeed, rand } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { WebGPUDevice } from './device.ts'
import { bucketSize } from './memory.ts'
import { onWebGPU } from './testing.ts'

describe('bucketSize', () => {
  const largest = 2 ** 30
  it('rounds small buffers to powers of two and large ones to mebibytes', () => {
    expect(bucketSize(4, largest)).toBe(16)
    expect(bucketSize(17, largest)).toBe(32)
    expect(bucketSize(2 ** 20 - 4, largest)).toBe(2 ** 20)
    expect(bucketSize(5 * 2 ** 20 + 4, largest)).toBe(6 * 2 ** 20)
  })
  it('never exceeds what the device allows', () => {
    expect(bucketSize(10 * 2 ** 20 + 8, 10 * 2 ** 20 + 12)).toBe(10 * 2 ** 20 + 12)
  })
})

onWebGPU('WebGPU memory', (open) => {
  let gpu: WebGPUDevice
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => gpu.close())

  const filled = (value: number, n = 1000): Tensor => tensor(new Float32Array(n).fill(value), { device: gpu })

  it('keeps the order of copies, writes and programs', async () => {
    const [a, b] = [gpu.allocate(4, 'float32'), gpu.allocate(4, 'float32')]
    gpu.write(a, Float32Array.of(1, 2, 3, 4))
    gpu.copy(a, b)
    gpu.write(a, Float32Array.of(5, 6, 7, 8))
    expect(await gpu.read(b, 'float32')).toEqual(Float32Array.of(1, 2, 3, 4))
    gpu.copy(a, b)
    gpu.copy(b, b)
    expect(await gpu.read(b, 'float32')).toEqual(Float32Array.of(5, 6, 7, 8))
  })

  it('gives a freed buffer to the next tensor of its size, after its last use', async () => {
    const first = filled(1).realize()
    const kept = first.add(1).realize()
    first.dispose()
    const second = filled(10)
    expect((await kept.data())[0]).toBe(2)
    expect((await second.data())[999]).toBe(10)
  })

  it('survives freeing while a copy is still waiting', { tags: 'thorough', timeout: 120_000 }, async () => {
    // Five of these are more than the pool keeps, and each is one that the least of devices allows.
    const n = 110 * 2 ** 18
    const [a, b] = [gpu.allocate(n, 'float32'), gpu.allocate(n, 'float32')]
    gpu.write(a, Float32Array.of(42))
    gpu.copy(a, b)
    const spare = Array.from({ length: 4 }, () => gpu.allocate(n, 'float32'))
    for (const buffer of [...spare, a]) buffer.free()
    expect((await gpu.read(b, 'float32'))[0]).toBe(42)
    b.free()
    b.free()
  })

  it('reads many tensors at once', async () => {
    const tensors = Array.from({ length: 20 }, (_, i) => filled(i, 50 + i))
    const all = await Promise.all(tensors.map((t) => t.mul(2).data()))
    all.forEach((values, i) => expect([values.length, values.at(-1)]).toEqual([50 + i, 2 * i]))
  })

  it('refuses a tensor larger than the device allows, in words, and goes on', async () => {
    expect(() => gpu.allocate(2 ** 40, 'float32')).toThrow(/MiB in one tensor/)
    expect(await filled(3).sum().item()).toBe(3000)
  })

  it('adds more tensors in one expression than a kernel can bind', async () => {
    const tensors = Array.from({ length: 60 }, (_, i) => filled(i))
    const sum = tensors.reduce((a, b) => a.add(b))
    expect((await sum.data())[500]).toBe((59 * 60) / 2)
  })
})

onWebGPU('A closed WebGPU device', (open) => {
  it('says so', async () => {
    const gpu = await open()
    const t = tensor([1, 2], { device: gpu })
    gpu.close()
    await expect(t.data()).rejects.toThrow('has been closed')
    expect(() => gpu.allocate(1, 'float32')).toThrow('has been closed')
  })

  it('is left alone by a new seed, though it drew random numbers', async () => {
    const gpu = await open()
    await rand([3], { device: gpu }).data()
    expect(gpu.gone).toBe(false)
    gpu.close()
    expect(gpu.gone).toBe(true)
    manualSeed(1)
  })

  it('rejects reads that were waiting', async () => {
    const gpu = await open()
    const pending = tensor([1, 2], { device: gpu }).add(1).data()
    gpu.close()
    await expect(pending).rejects.toThrow('has been closed')
  })
})
