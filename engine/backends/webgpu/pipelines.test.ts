import { expect, it } from 'vitest'
import { tensor } from '../../tensor/creation.ts'
import { requestAdapter, requestDevice } from './gpu.ts'
import { PipelineCache } from './pipelines.ts'
import { onWebGPU } from './testing.ts'

const shader = (text: string) => ({
  text,
  sizes: new Uint32Array(),
  slots: [0],
  writes: [true],
  groups: [1, 1] as const,
})

onWebGPU('WebGPU pipelines', (open) => {
  it('are compiled side by side and once each, and say why one cannot be', async () => {
    const device = await requestDevice(await requestAdapter())
    device.addEventListener('uncapturederror', (event) => event.preventDefault())
    const cache = new PipelineCache(device)
    const text = (value: number): string =>
      `@group(0) @binding(0) var<storage, read_write> b0: array<f32>;
       @compute @workgroup_size(1) fn main() { b0[0] = ${value}.0f; }`
    const all = [1, 2, 3, 2].map((value) => cache.choose(shader(text(value))).pipeline)
    expect(all[3]).toBe(all[1])
    const wrong = cache.choose(shader('fn main() { nonsense }')).pipeline
    await Promise.all([...all, wrong].map(({ made }) => made))
    expect(all.map(({ pipeline, failure }) => [pipeline !== null, failure])).toEqual(
      all.map(() => [true, null]),
    )
    expect(wrong.pipeline).toBeNull()
    expect(wrong.failure).toMatch(/^A kernel could not be compiled for this GPU \(expected/)
    device.destroy()
  })

  it('hold up what comes after a program, in order, until they are made', async () => {
    const gpu = await open()
    const n = 4099
    const x = tensor(new Float32Array(n).fill(2), { device: gpu })
    const data = new Float32Array(n).fill(5)
    // Nothing has been compiled yet: the program waits, and writing over what it reads must wait for it.
    const y = x.mul(3).realize()
    gpu.write(x.node.storage!.buffer, data)
    data.fill(100)
    const copy = gpu.allocate(n, 'float32')
    gpu.copy(x.node.storage!.buffer, copy)
    const z = x.add(y).realize()
    expect((await y.data())[n - 1]).toBe(6)
    expect((await z.data())[n - 1]).toBe(11)
    expect((await gpu.read(copy, 'float32'))[0]).toBe(5)
    gpu.close()
  })
})
