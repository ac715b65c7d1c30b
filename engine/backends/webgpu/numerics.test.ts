/** What the ops' samples are too small or too tame to show. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tensor } from '../../tensor/creation.ts'
import { arange } from '../../functions/creation.ts'
import { castArray, type DType } from '../../tensor/dtype.ts'
import { uniform } from '../../ops/samples.ts'
import { numel, type Shape } from '../../tensor/shape.ts'
import { cat, type Tensor } from '../../tensor/tensor.ts'
import type { Device } from '../device.ts'
import { excess } from '../../fixtures/excess.ts'
import type { WebGPUDevice } from './device.ts'
import { onWebGPU, reference } from './testing.ts'

onWebGPU('WebGPU numerics', (open) => {
  let gpu: WebGPUDevice
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => gpu.close())

  const floats = (shape: Shape, device: Device, salt = 0): Tensor =>
    tensor(Float32Array.from(uniform(shape, -2, 2, salt).values), { shape, device })

  /** How far the GPU is off, beyond the tolerance. */
  async function off(compute: (device: Device) => Tensor, atol?: number, rtol?: number): Promise<number> {
    const [actual, expected] = [await compute(gpu).data(), await compute(reference).data()]
    return excess(actual, expected, atol, rtol)
  }

  describe('elementary functions over their range', () => {
    const points = (lo: number, hi: number, n = 4001): Float32Array =>
      Float32Array.from({ length: n }, (_, i) => lo + ((hi - lo) * i) / (n - 1))
    const cases: [string, (t: Tensor) => Tensor, Float32Array][] = [
      ['exp', (t) => t.exp(), points(-80, 80)],
      ['log', (t) => t.log(), points(1e-6, 4)],
      ['log of large numbers', (t) => t.log(), points(1, 1e30)],
      ['sqrt', (t) => t.sqrt(), points(0, 1e6)],
      ['sin', (t) => t.sin(), points(-100, 100)],
      ['sin of small numbers', (t) => t.sin(), points(-1e-3, 1e-3)],
      ['cos', (t) => t.cos(), points(-100, 100)],
      ['cos far out', (t) => t.cos(), points(-3000, 3000)],
      ['tanh', (t) => t.tanh(), points(-12, 12)],
      ['tanh of small numbers', (t) => t.tanh(), points(-1e-3, 1e-3)],
      ['erf', (t) => t.erf(), points(-6, 6)],
      ['sigmoid', (t) => t.sigmoid(), points(-110, 110)],
      ['gelu', (t) => t.gelu(), points(-8, 8)],
    ]
    it.each(cases)('%s', async (_name, fn, values) => {
      expect(await off((device) => fn(tensor(values, { device })))).toBeLessThanOrEqual(0)
    })
  })

  describe('NaN and infinity', () => {
    const special = Float32Array.of(NaN, Infinity, -Infinity, 0, 1, -1)
    const on = (device: Device): Tensor => tensor(special, { device })
    const cases: [string, (t: Tensor) => Tensor][] = [
      ['relu', (t) => t.relu()],
      ['tanh', (t) => t.tanh()],
      ['erf', (t) => t.erf()],
      ['exp', (t) => t.exp()],
      ['log', (t) => t.log()],
      ['sqrt', (t) => t.sqrt()],
      ['division by zero', (t) => t.div(0)],
      ['division by negative zero', (t) => t.div(-0)],
      ['division by a zero from memory', (t) => t.div(tensor(new Float32Array(6), { device: t.device }))],
      ['add a constant infinity', (t) => t.add(Infinity)],
      ['times a constant NaN', (t) => t.mul(NaN)],
      ['sum', (t) => t.sum()],
      ['largest of two', (t) => t.maximum(t.neg())],
      ['smallest of two', (t) => t.minimum(t.neg())],
      ['largest of rows', (t) => t.reshape([2, 3]).amax(1)],
      ['cast to bool', (t) => t.to('bool')],
    ]
    it.each(cases)('%s', async (_name, fn) => {
      expect(await off((device) => fn(on(device)))).toBeLessThanOrEqual(0)
    })

    it('finds NaN among many', async () => {
      const values = new Float32Array(5000).fill(1)
      values[4321] = NaN
      expect(await tensor(values, { device: gpu }).max().item()).toBeNaN()
    })

    it('the largest of nothing but -infinity is -infinity', async () => {
      const values = new Float32Array(300).fill(-Infinity)
      expect(await tensor(values, { device: gpu }).max().item()).toBe(-Infinity)
    })
  })

  describe('reductions', () => {
    const cases: [Shape, number[]][] = [
      [[1], [0]],
      [[31], [0]],
      [[257], [0]],
      [[100_003], [0]],
      [[3, 1000], [1]],
      [[1000, 3], [0]],
      [[300, 70], [0]],
      [[70, 300], [1]],
      [
        [5, 33, 7],
        [0, 2],
      ],
      [[5, 33, 7], [1]],
      [
        [4, 500, 3],
        [0, 1],
      ],
      [[3000, 40], [1]],
      [[400, 2100], [0]],
      [[64, 2], [0]],
      [[6, 90, 50], [1]],
      [
        [2, 3, 4, 5, 6],
        [0, 2, 4],
      ],
    ]
    it.each(cases)('%j over %j', async (shape, dims) => {
      const sum = (device: Device): Tensor => floats(shape, device).sum(dims)
      const max = (device: Device): Tensor => floats(shape, device).amax(dims)
      // float32 sums of values around 1 that largely cancel: the error grows with their number.
      expect(await off(sum, 1e-5 * Math.sqrt(numel(shape)))).toBeLessThanOrEqual(0)
      expect(await off(max, 0, 0)).toBeLessThanOrEqual(0)
    })

    it('gives the same bits every time', async () => {
      const x = floats([70_001], gpu)
      const first = await x.sum().item()
      for (let i = 0; i < 5; i++) expect(await x.add(0.5).sub(0.5).sum().item()).toBeCloseTo(first, 1)
      for (let i = 0; i < 5; i++) expect(await floats([70_001], gpu).sum().item()).toBe(first)
    })

    it('wraps whole numbers as 32 bits do', async () => {
      const big = new Int32Array(400).fill(2 ** 30)
      const on = (device: Device): Tensor => tensor(big, { device }).sum()
      expect(await off(on, 0, 0)).toBeLessThanOrEqual(0)
    })

    it('computes before, inside and after one reduction', async () => {
      const on = (device: Device): Tensor => {
        const x = floats([50, 300], device)
        return x.mul(x).add(1).log().mean(1).sqrt().mul(-2)
      }
      expect(await off(on)).toBeLessThanOrEqual(0)
    })
  })

  describe('matmul', () => {
    const cases: [Shape, Shape][] = [
      [
        [1, 1],
        [1, 1],
      ],
      [
        [1, 300],
        [300, 1],
      ],
      [
        [5, 7],
        [7, 3],
      ],
      [
        [64, 784],
        [784, 256],
      ],
      [
        [64, 256],
        [256, 10],
      ],
      [
        [32, 32],
        [32, 32],
      ],
      [
        [33, 17],
        [17, 65],
      ],
      [
        [130, 67],
        [67, 129],
      ],
      [
        [500, 31],
        [31, 470],
      ],
      [
        [3, 40, 20],
        [3, 20, 50],
      ],
      [
        [2, 3, 33, 18],
        [2, 3, 18, 35],
      ],
      [
        [20, 70, 40],
        [20, 40, 130],
      ],
    ]
    it.each(cases)('%j × %j', async (a, b) => {
      const product = (device: Device): Tensor => floats(a, device).matmul(floats(b, device, 1))
      expect(await off(product, 1e-4)).toBeLessThanOrEqual(0)
    })

    it.each([
      [5, 40, 9],
      [70, 40, 90],
      [450, 35, 460],
    ])('transposed, %i × %i × %i', async (m, k, n) => {
      const both = (device: Device): Tensor =>
        floats([k, m], device)
          .transpose(0, 1)
          .matmul(floats([n, k], device, 1).transpose(0, 1))
      expect(await off(both, 1e-4)).toBeLessThanOrEqual(0)
    })

    it('of a part of a matrix, and of one stretched over a batch', async () => {
      const part = (device: Device): Tensor =>
        floats([100, 90], device)
          .slice(0, 20, 70)
          .slice(1, 30, 80)
          .matmul(floats([50, 60], device, 1))
      const stretched = (device: Device): Tensor =>
        floats([4, 50, 40], device).matmul(floats([1, 40, 60], device, 1).expand([4, 40, 60]))
      expect(await off(part, 1e-4)).toBeLessThanOrEqual(0)
      expect(await off(stretched, 1e-4)).toBeLessThanOrEqual(0)
    })
  })

  describe('sizes', () => {
    it('spills into y beyond 65,535 workgroups', async () => {
      const n = 65_535 * 256 + 1000
      const x = arange(0, n, 1, { device: gpu, dtype: 'int32' }).mul(2)
      const data = await x.data()
      expect(data.length).toBe(n)
      let wrong = 0
      for (let i = 0; i < n; i++) if (data[i] !== 2 * i) wrong++
      expect(wrong).toBe(0)
    })

    it('takes tensors without elements', async () => {
      const none = tensor(new Float32Array(0), { shape: [0, 3], device: gpu })
      expect(await none.mul(2).add(1).data()).toEqual(new Float32Array(0))
      expect(await none.sum(0).data()).toEqual(new Float32Array(3))
      expect(await none.matmul(floats([3, 4], gpu)).data()).toEqual(new Float32Array(0))
    })

    it('reads scalars', async () => {
      expect(await tensor(3, { device: gpu }).mul(2).item()).toBe(6)
    })
  })

  describe('moving elements', () => {
    const cases: [string, (device: Device) => Tensor][] = [
      [
        'permuted, flipped and reshaped across dimensions',
        (d) =>
          floats([4, 6, 5], d).permute([2, 0, 1]).flip([0, 2]).reshape([8, 15]).flip([1]).reshape([5, 24]),
      ],
      ['concatenated', (d) => cat([floats([3, 4], d), floats([3, 2], d, 1), floats([3, 5], d, 2)], 1)],
      [
        'a shifted look-up',
        (d) =>
          cat(
            [
              floats([2, 3], d),
              floats([9, 3], d).indexSelect(0, tensor(Int32Array.of(8, 0, 3), { device: d })),
            ],
            0,
          ),
      ],
      [
        'looked up out of range',
        (d) => floats([5, 2], d).indexSelect(0, tensor(Int32Array.of(-3, 0, 4, 99), { device: d })),
      ],
    ]
    it.each(cases)('%s', async (_name, fn) => {
      expect(await off(fn, 0, 0)).toBeLessThanOrEqual(0)
    })
  })

  describe('whole numbers and truth values', () => {
    const on = (device: Device, dtype: DType, values: number[]): Tensor =>
      tensor(castArray(dtype, values), { dtype, device })
    const cases: [string, (device: Device) => Tensor][] = [
      ['products wrap', (d) => on(d, 'int32', [2 ** 30, -7, 65_537]).mul(on(d, 'int32', [4, 3, 65_537]))],
      ['unsigned words', (d) => on(d, 'uint32', [2 ** 32 - 1, 5]).add(on(d, 'uint32', [3, 4]))],
      ['comparison of unsigned words', (d) => on(d, 'uint32', [2 ** 32 - 1, 5]).lt(on(d, 'uint32', [3, 9]))],
      ['floats cut toward zero', (d) => on(d, 'float32', [-2.7, 2.7, -0.2]).to('int32')],
      [
        'the smallest int32',
        (d) =>
          on(d, 'int32', [5])
            .mul(0)
            .add(-(2 ** 31)),
      ],
      ['bools count as numbers', (d) => on(d, 'bool', [1, 0, 1, 1]).to('float32').sum()],
      [
        'bools choose',
        (d) => on(d, 'bool', [1, 0]).choose(on(d, 'float32', [1, 2]), on(d, 'float32', [3, 4])),
      ],
    ]
    it.each(cases)('%s', async (_name, fn) => {
      expect(await off(fn, 0, 0)).toBeLessThanOrEqual(0)
    })
  })
})
