import { afterAll, beforeAll, expect, it } from 'vitest'
import type { WebGPUDevice } from '../../../backends/webgpu/device.ts'
import { onWebGPU } from '../../../backends/webgpu/testing.ts'
import { getFloat32MatmulPrecision, setDefaultDevice } from '../../../index.ts'
import type { OpCase } from '../../cases.ts'
import { memoryAccess, multiplyAdds } from '../../roofline.ts'
import { prepareOp, prepareReducedOp } from './ops.ts'
import { prepareRoofline } from './roofline.ts'

const product: OpCase = { kind: 'op', op: 'matmul', sizes: [40, 70, 50], gradient: false }

onWebGPU('The benchmark on WebGPU', (open) => {
  let gpu: WebGPUDevice
  beforeAll(async () => {
    gpu = await open()
    setDefaultDevice(gpu)
  })
  afterAll(() => gpu.close())

  it.each([
    { ...multiplyAdds('all'), amount: 2 ** 20 },
    memoryAccess('read', 2 ** 26),
    memoryAccess('copy', 4096),
  ])('measures the machine: $what', async (c) => {
    const prepared = await prepareRoofline(gpu, c, undefined)
    await prepared.run(2, '')
    prepared.dispose?.()
  })

  it('has no single thread to measure', async () => {
    await expect(prepareRoofline(gpu, multiplyAdds('one'), undefined)).rejects.toThrow('with one thread')
  })

  it('multiplies with less precision where the device can, says where it cannot, and leaves none of it behind', async () => {
    const full = prepareOp(gpu, product)
    await full.run(1, '')
    const reduced = await prepareReducedOp(gpu, { ...product, kind: 'reduced-op' })
    await reduced.prelude?.(2)
    await reduced.run(1, '')
    expect(getFloat32MatmulPrecision()).toBe('highest')
    if (gpu.abilities.half) expect(await reduced.result()).toBeCloseTo(await full.result(), 2)
    else await expect(reduced.result()).rejects.toThrow('in float32 only')
  })
})
