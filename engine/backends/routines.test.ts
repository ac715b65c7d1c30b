/** Routines at the sizes where their backends change their ways, against the reference: blocks, several levels, ragged ends, edges. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { excess } from '../fixtures/excess.ts'
import { apply, applyMulti } from '../tensor/core.ts'
import * as ops from '../ops/index.ts'
import { tensor } from '../tensor/creation.ts'
import type { DType } from '../tensor/dtype.ts'
import { numel, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Device } from './device.ts'
import { createReferenceDevice } from './reference/device.ts'
import { someNumbers } from './some-numbers.ts'
import { createWasmDevice } from './wasm/device.ts'
import { onWebGPU, takesAll } from './webgpu/testing.ts'

const reference = createReferenceDevice()
const wasm = createWasmDevice()

const edges = [NaN, Infinity, -Infinity, 0, -0]

/** Numbers of which some are equal, and some are none. */
function numbers(shape: Shape, dtype: DType, device: Device): Tensor {
  const some = someNumbers(numel(shape))
  const list = some.map((x, i) =>
    dtype === 'float32' ? (i % 97 < 5 ? edges[i % 97]! : x) : Math.round(x * 20),
  )
  return tensor(list, { shape, dtype, device })
}

/** Well away from singular. */
function matrices(shape: Shape, device: Device): Tensor {
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!]
  const some = someNumbers(numel(shape)).map((x, at) => {
    const [i, j] = [Math.floor(at / columns) % rows, at % columns]
    return x + (i === j ? Math.sqrt(rows) * 3 : 0)
  })
  return tensor(some, { shape, device })
}

const sorted: readonly [Shape, number, DType][] = [
  [[1, 31], 1, 'float32'],
  [[3, 33], 1, 'float32'],
  [[2, 48], 1, 'int32'],
  [[65, 3], 0, 'float32'],
  [[2, 1000, 2], 1, 'float32'],
  [[20_000], 0, 'int32'],
  [[5000], 0, 'float32'],
]

const scanned: readonly [Shape, number][] = [
  [[3, 5], 1],
  [[2, 1024], 1],
  [[1025], 0],
  [[2, 5000, 3], 1],
  [[270_000], 0],
]

const orders = [1, 2, 7, 33, 64, 70]

const list = async (t: Tensor): Promise<number[]> => [...(await t.data())]

const known = new Map<string, Promise<number[]>>()
/** What the reference gives, which every backend is held to: it takes longest, and is asked once. */
function wantedOf(what: string, of: () => Tensor): Promise<number[]> {
  const found = known.get(what) ?? list(of())
  known.set(what, found)
  return found
}

function suite(device: () => Device, sizes = orders): void {
  describe.each(sorted)('%j along %i, %s', (shape, dim, dtype) => {
    it.each([false, true])('is sorted, descending: %s', async (descending) => {
      const order = (on: Device): Tensor =>
        apply(ops.argsort, [numbers(shape, dtype, on)], { dim, descending })
      const wanted = await wantedOf(`sorted ${shape.join()} ${dim} ${descending}`, () => order(reference))
      expect(await list(order(device()))).toEqual(wanted)
    })
  })

  it.each(scanned)('%j along %i is scanned', async (shape, dim) => {
    const where = `along ${dim} of ${shape.join()}`
    for (const op of [ops.cumsum, ops.logcumsumexp]) {
      const values = (on: Device): Tensor => {
        const some = tensor(someNumbers(numel(shape)), { shape, device: on })
        return apply(op, [some], { dim })
      }
      const wanted = await wantedOf(`${op.name} ${where}`, () => values(reference))
      expect(excess(await list(values(device())), wanted, 1e-3, 1e-4)).toBeLessThanOrEqual(0)
    }
    const whole = (on: Device): Tensor => apply(ops.cumsum, [numbers(shape, 'int32', on)], { dim })
    expect(await list(whole(device()))).toEqual(
      await wantedOf(`whole cumsum ${where}`, () => whole(reference)),
    )
    for (const op of [ops.cummax, ops.cummin]) {
      const extremes = (on: Device): Tensor[] => applyMulti(op, [numbers(shape, 'float32', on)], { dim })
      const [values, places] = extremes(device())
      const wanted = (output: number) =>
        wantedOf(`${op.name} ${output} ${where}`, () => extremes(reference)[output]!)
      expect(await list(values!)).toEqual((await wanted(0)).map(Math.fround))
      expect(await list(places!)).toEqual(await wanted(1))
    }
  })

  it.each(sizes)(
    'matrices of %i rows are taken apart',
    async (n) => {
      const agree = async (of: (on: Device) => Tensor, tolerance = 1e-3): Promise<void> => {
        expect(
          excess(await list(of(device())), await list(of(reference)), tolerance, 1e-3),
        ).toBeLessThanOrEqual(0)
      }
      const a = (on: Device): Tensor => matrices([2, n, n], on)
      const definite = (on: Device): Tensor => a(on).matmul(a(on).transpose(-2, -1))
      await agree((on) => apply(ops.cholesky, [definite(on)], null))
      for (const output of [0, 1]) {
        await agree((on) => applyMulti(ops.lu, [a(on)], null)[output]!)
        for (const complete of [false, true])
          await agree((on) => applyMulti(ops.qr, [matrices([2, n + 5, n], on)], { complete })[output]!)
      }
      for (const upper of [false, true]) {
        for (const unitriangular of [false, true]) {
          const attrs = { upper, unitriangular }
          const scaled = (on: Device): Tensor => a(on).div(3 * Math.sqrt(n))
          await agree((on) => apply(ops.solveTriangular, [scaled(on), matrices([2, n, 3], on)], attrs))
        }
      }
      await agree((on) => applyMulti(ops.eigh, [a(on)], null)[0]!)
      await agree((on) => applyMulti(ops.svd, [matrices([2, n + 5, n], on)], null)[1]!)
      await agree((on) => {
        const [u, s, v] = applyMulti(ops.svd, [matrices([2, n + 5, n], on)], null)
        return u!.mul(s!.unsqueeze(-2)).matmul(v!.transpose(-2, -1))
      })
      // Vectors of nearly equal values are anybody's: what they make together is not.
      await agree((on) => {
        const [values, vectors] = applyMulti(ops.eigh, [a(on)], null)
        return vectors!.mul(values!.unsqueeze(-2)).matmul(vectors!.transpose(-2, -1))
      })
    },
    120_000,
  )

  it('gives NaN where there is no Cholesky factor, and takes singular matrices apart', async () => {
    const none = tensor([[1, 2], [2, 1]], { device: device() }) // prettier-ignore
    expect(await list(apply(ops.cholesky, [none], null))).toEqual([NaN, NaN, NaN, NaN])
    const zeros = tensor([[0, 0], [0, 0]], { device: device() }) // prettier-ignore
    const [packed, order] = applyMulti(ops.lu, [zeros], null)
    expect(await list(packed!)).toEqual([0, 0, 0, 0])
    expect(await list(order!)).toEqual([0, 1])
  })

  it('has orthonormal vectors for values of 0', async () => {
    const flat = tensor([[1, 2, 2], [2, 4, 4], [1, 2, 2], [0, 0, 0]], { device: device() }) // prettier-ignore
    const [u, s] = applyMulti(ops.svd, [flat], null)
    expect((await list(s!)).map((x) => Math.round(x * 1e4) / 1e4)).toEqual([7.3485, 0, 0])
    const products = await list(u!.transpose(-2, -1).matmul(u!))
    expect(excess(products, [1, 0, 0, 0, 1, 0, 0, 0, 1], 1e-5, 0)).toBeLessThanOrEqual(0)
  })

  it('runs beside other kernels of one program, before and after them', async () => {
    const x = tensor(someNumbers(3 * 200), { shape: [3, 200], device: device() })
    const order = apply(ops.argsort, [x.mul(-2).add(1)], { dim: 1, descending: true })
    const [rising, running] = [x.gather(1, order), apply(ops.cumsum, [x], { dim: 1 })]
    const total = rising.mul(running).sum()
    const [a, b] = [[...(await rising.data())], [...(await running.data())]]
    expect(a.slice(0, 200)).toEqual(a.slice(0, 200).toSorted((p, q) => p - q))
    expect(await total.item()).toBeCloseTo(
      a.reduce((sum, v, i) => sum + v * b[i]!, 0),
      2,
    )
  })
}

describe('routines on wasm', () => suite(() => wasm))

/** A software GPU takes as long for what fills its blocks as for what does not, and four times as long for twice the rows. */
const onDevice = takesAll ? orders : orders.filter((n) => n < 64)

onWebGPU('routines on WebGPU', (open) => {
  let gpu: Device
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => {
    gpu.close()
  })
  suite(() => gpu, onDevice)
})
