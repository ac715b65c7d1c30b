/** Bytes as PyTorch's uint8 has them, on every device. */
import { afterAll, beforeAll, expect, describe, it } from 'vitest'
import type { Device } from '../backends/device.ts'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { onWebGPU } from '../backends/webgpu/testing.ts'
import { tensor, type Tensor } from '../index.ts'

function bytes(device: () => Device): void {
  const octets = (...values: number[]): Tensor => tensor(Uint8Array.from(values), { device: device() })
  const read = async (x: Tensor): Promise<[string, number[]]> => [x.dtype, [...(await x.data())]]

  it('wrap, and come back as a Uint8Array', async () => {
    const x = octets(0, 1, 200, 255, 7)
    expect(await x.data()).toEqual(Uint8Array.of(0, 1, 200, 255, 7))
    expect(await read(x.add(100))).toEqual(['uint8', [100, 101, 44, 99, 107]])
    expect(await read(x.sub(octets(1, 1, 1, 1, 8)))).toEqual(['uint8', [255, 0, 199, 254, 255]])
    expect(await read(x.mul(x))).toEqual(['uint8', [0, 1, 64, 1, 49]])
    expect(await read(x.neg())).toEqual(['uint8', [0, 255, 56, 1, 249]])
    expect(await read(x.bitwiseNot())).toEqual(['uint8', [255, 254, 55, 0, 248]])
    expect(await read(x.pow(3))).toEqual(['uint8', [0, 1, 0, 255, 87]])
    expect(await read(x.floorDivide(7))).toEqual(['uint8', [0, 0, 28, 36, 1]])
  })

  it('give what holds both beside other types', async () => {
    const x = octets(200, 100)
    const ints = tensor([-1, 300], { dtype: 'int32', device: device() })
    expect(await read(x.add(ints))).toEqual(['int32', [199, 400]])
    expect(await read(x.add(tensor([true, false], { device: device() })))).toEqual(['uint8', [201, 100]])
    expect(await read(x.add(0.5))).toEqual(['float32', [200.5, 100.5]])
    expect(await read(x.div(8))).toEqual(['float32', [25, 12.5]])
    expect(await read(x.lt(150))).toEqual(['bool', [0, 1]])
  })

  it('are summed as int32, and compared as bytes', async () => {
    const x = octets(200, 100, 255)
    expect(await read(x.sum())).toEqual(['int32', [555]])
    expect(await read(x.prod(0))).toEqual(['int32', [5_100_000]])
    expect(await read(x.amax(0))).toEqual(['uint8', [255]])
    expect(await read(x.amin(0))).toEqual(['uint8', [100]])
    expect(await read(x.argmax(0))).toEqual(['int32', [2]])
    expect(() => x.mean()).toThrow("mean takes float32, not uint8: use to('float32').")
  })

  it('are converted at the edges of the type', async () => {
    const ints = tensor([-1, 256, 300, 255], { dtype: 'int32', device: device() })
    expect(await read(ints.to('uint8'))).toEqual(['uint8', [255, 0, 44, 255]])
    expect(await read(tensor([1.9, 255.5, 3], { device: device() }).byte())).toEqual(['uint8', [1, 255, 3]])
    expect(await read(octets(0, 3).to('bool'))).toEqual(['bool', [0, 1]])
    expect(await read(tensor([1, 257], { dtype: 'uint8', device: device() }))).toEqual(['uint8', [1, 1]])
  })

  it('choose, move and are looked up; as an index they are truth values', async () => {
    const x = octets(5, 6, 7)
    const at = tensor([2, 0], { dtype: 'int32', device: device() })
    expect(await read(x.indexSelect(0, at))).toEqual(['uint8', [7, 5]])
    expect(await read(octets(1, 0, 2).where(octets(1, 0, 0), x))).toEqual(['uint8', [1, 6, 7]])
    expect(await read(x.flip(0).reshape([3, 1]).expand([3, 2]).flatten())).toEqual([
      'uint8',
      [7, 7, 6, 6, 5, 5],
    ])
    const mask = octets(1, 0, 1)
    if (device().readSync) expect(await read(x.index(mask))).toEqual(['uint8', [5, 7]])
    else expect(() => x.index(mask)).toThrow('is not known yet')
    expect(() => x.indexSelect(0, octets(1))).toThrow('An index must be int32, not uint8.')
  })

  it('change in place, unless the result is no whole number', async () => {
    const x = octets(250, 3)
    expect(await read(x.add_(10))).toEqual(['uint8', [4, 13]])
    expect(() => x.add_(0.5)).toThrow('add_: a result of type float32 cannot be kept in a tensor of uint8.')
  })
}

describe('bytes on the reference', () => {
  const reference = createReferenceDevice()
  bytes(() => reference)
})
describe('bytes on wasm', () => {
  const wasm = createWasmDevice()
  bytes(() => wasm)
})
onWebGPU('bytes on WebGPU', (open) => {
  let gpu: Device
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => {
    gpu.close()
  })
  bytes(() => gpu)
})
