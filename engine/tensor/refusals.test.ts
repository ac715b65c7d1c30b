/** Whatever shape, index or number comes in is refused before it reaches a device, and the device works on afterwards. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDevice, type DeviceChoice } from '../backends/open.ts'
import type { Device } from '../backends/device.ts'
import { SGD } from '../optim/sgd.ts'
import { setDefaultDevice, tensor } from './creation.ts'
import { arange, full, ones, zeros } from '../functions/creation.ts'
import type { Tensor } from './tensor.ts'

const odd = [NaN, -3, 1.5, undefined as unknown as number, Infinity, 2 ** 31]

describe.each<DeviceChoice>(['wasm', 'webgpu', 'reference'])('%s', (backend) => {
  let device: Device
  beforeAll(async () => {
    device = await openDevice(backend)
    setDefaultDevice(device)
  })
  afterAll(() => device.close())

  const works = async (): Promise<void> => {
    const product = tensor([
      [1, 2],
      [3, 4],
    ]).matmul(ones([2, 2]))
    expect([...(await product.data())]).toEqual([3, 3, 7, 7])
  }
  const values = async (x: Tensor): Promise<number[]> => [...(await x.data())]

  it.each(odd)('an extent of %s', async (n) => {
    const x = ones([2, 3])
    for (const make of [
      () => zeros([2, n]),
      () => full([n], 1),
      () => tensor([1, 2], { shape: [n] }),
      () => x.reshape([n, 2]),
      () => x.expand([n, 2, 3]),
    ])
      expect(make).toThrow(RangeError)
    await works()
  })

  it.each(odd.filter((n) => n !== 2 ** 31 && n !== -3 && n !== undefined))(
    'a range that ends at %s',
    async (n) => {
      expect(() => ones([3]).slice(0, n)).toThrow(RangeError)
      expect(() => ones([3]).slice(0, 0, n)).toThrow(RangeError)
      await works()
    },
  )

  it('ranges as Python has them', async () => {
    const x = arange(5)
    expect(await values(x.slice(0, 2, 100))).toEqual([2, 3, 4])
    expect(await values(x.slice(0, -2))).toEqual([3, 4])
    expect(await values(x.slice(0, -100, 2))).toEqual([0, 1])
    expect(await values(x.slice(0, 1, undefined))).toEqual([1, 2, 3, 4])
    expect(x.slice(0, 3, 1).shape).toEqual([0])
    expect(x.slice(0, 7).shape).toEqual([0])
  })

  it('a sequence that has no end', async () => {
    for (const [from, to, step] of [
      [0, 5, 0],
      [0, 5, -1],
      [5, 0, 1],
      [0, NaN, 1],
      [0, Infinity, 1],
      [0, 5, NaN],
    ] as const)
      expect(() => arange(from, to, step)).toThrow(RangeError)
    expect(await values(arange(5, 0, -2))).toEqual([5, 3, 1])
    expect(arange(3, 3).shape).toEqual([0])
    await works()
  })

  it('what is no number, by its place', () => {
    const lists = (value: unknown) => () => tensor(value as number[])
    expect(lists([1, undefined])).toThrow('The element [1] of the lists is undefined, not a number.')
    expect(
      lists([
        [1, 2],
        [3, null],
      ]),
    ).toThrow('The element [1, 1] of the lists is null, not a number.')
    expect(lists(undefined)).toThrow('The element [] of the lists is undefined')
    expect(lists([1n])).toThrow('not a number')
    expect(lists(new DataView(new ArrayBuffer(4)))).toThrow('no element type')
    expect(() => full([1], undefined as unknown as number)).toThrow('full needs a number')
  })

  it('arrays of every kind are read right', async () => {
    const read = async (data: Parameters<typeof tensor>[0]) => {
      const x = tensor(data)
      return [x.dtype, await values(x)]
    }
    expect(await read(new Float64Array([1.5, -2.5]))).toEqual(['float32', [1.5, -2.5]])
    expect(await read(new Uint8Array([200, 255]))).toEqual(['uint8', [200, 255]])
    expect(await read(new Uint8ClampedArray([200, 255]))).toEqual(['uint8', [200, 255]])
    expect(await read(new Int8Array([-128, 127]))).toEqual(['int32', [-128, 127]])
    expect(await read(new Int16Array([-300, 300]))).toEqual(['int32', [-300, 300]])
    expect(await read(new Uint16Array([65_535]))).toEqual(['int32', [65_535]])
    expect(await read(new BigInt64Array([-5n, 7n]))).toEqual(['int32', [-5, 7]])
    expect(() => tensor(new BigInt64Array([2n ** 40n]))).toThrow('1099511627776 does not fit into int32')
    expect(await read(new Uint32Array([4_000_000_000]))).toEqual(['uint32', [4_000_000_000]])
  })

  it('a learning rate that is none; 0 is one', async () => {
    const w = tensor([1], { requiresGrad: true })
    for (const lr of [NaN, -1, Infinity]) expect(() => new SGD([w], { lr })).toThrow('learning rate')
    const still = new SGD([w], { lr: 0 })
    w.mul(2).sum().backward()
    still.step()
    expect(await values(w)).toEqual([1])
    expect(() => still.setLearningRate(NaN)).toThrow('learning rate')
  })
})
