import { describe, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { onWebGPU } from '../backends/webgpu/testing.ts'
import { capture } from '../tensor/capture.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { Tensor } from '../tensor/tensor.ts'
import { segmentReduce } from './segments.ts'
import { allclose, equal } from './selection.ts'

describe.each([
  ['reference', createReferenceDevice()],
  ['wasm', createWasmDevice()],
])('what values decide, on %s', (_, device) => {
  it('is there at once, and part of the graph', async () => {
    setDefaultDevice(device)
    const x = tensor([1, -2, 3, -4], { requiresGrad: true })
    const chosen = x.maskedSelect(x.gt(0)) as Tensor
    chosen.sum().backward()
    expect(await chosen.toArray()).toEqual([1, 3])
    expect(await x.grad!.toArray()).toEqual([1, 0, 1, 0])
    expect(x.nonzero()).toBeInstanceOf(Tensor)
    expect([equal(x, x), allclose(x, x.add(1))]).toEqual([true, false])
  })

  it('is refused in a captured step', () => {
    setDefaultDevice(device)
    const step = capture((x: Tensor) => x.maskedSelect(x.gt(0)) as Tensor)
    expect(() => step(tensor([1, -2]))).toThrow('maskedSelect: a captured step cannot wait for values.')
  })
})

onWebGPU('what values decide, on WebGPU', (open) => {
  it('is a promise', async () => {
    const device = await open()
    const x = tensor([1, -2, 3], { device })
    const chosen = x.maskedSelect(x.gt(0))
    expect(chosen).toBeInstanceOf(Promise)
    expect(await (await chosen).toArray()).toEqual([1, 3])
    expect(await equal(x, x)).toBe(true)
    device.close()
  })
})

describe('segmentReduce', () => {
  it('takes dim as another name for axis, not both', async () => {
    setDefaultDevice(createReferenceDevice())
    const lengths = tensor([1, 2], { dtype: 'int32' })
    const data = tensor([1, 2, 3])
    expect(await segmentReduce(data, 'sum', { lengths, dim: 0 }).toArray()).toEqual([1, 5])
    expect(() => segmentReduce(data, 'sum', { lengths, dim: 0, axis: 0 })).toThrow(
      'segmentReduce: axis and dim are the same',
    )
  })
})
