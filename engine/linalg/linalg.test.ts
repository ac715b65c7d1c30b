import { beforeAll, describe, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { cond, householderProduct, lstsq, matrixExp, pinv } from './index.ts'

beforeAll(() => {
  setDefaultDevice(createReferenceDevice())
})

describe('linear algebra', () => {
  it('has no way back from a singular matrix', async () => {
    const singular = tensor([1, 2, 2, 4], { shape: [2, 2], requiresGrad: true })
    for (const p of ['fro', 1, -Infinity] as const) expect(await cond(singular, p).item()).toBe(Infinity)
  })

  it('finds the line through points that lie on it, of vectors too', async () => {
    const places = tensor([1, 0, 1, 1, 1, 2], { shape: [3, 2] })
    const { solution, residuals } = lstsq(places, tensor([1, 3, 5]), { driver: 'gelsd' })
    const [start, slope] = (await solution.data()) as Float32Array
    expect(start).toBeCloseTo(1)
    expect(slope).toBeCloseTo(2)
    expect(await residuals.sum().item()).toBeCloseTo(0)
    // Of rank 1 where half of the largest singular value counts as 0.
    const flat = lstsq(tensor([4, 0, 0, 1], { shape: [2, 2] }), tensor([8, 8]), 0.5)
    expect(await flat.solution.toArray()).toEqual([2, 0])
    expect(await flat.rank.item()).toBe(1)
    expect(() => lstsq(places, tensor([1, 2]))).toThrow('linalg.lstsq: [3, 2] does not fit [2].')
  })

  it('has a gradient of the pseudoinverse where singular values are equal', async () => {
    const one = tensor([1, 0, 0, 1], { shape: [2, 2], requiresGrad: true })
    pinv(one).sum().backward()
    expect([...(await one.grad!.data())].map(Math.round)).toEqual([-1, -1, -1, -1])
  })

  it('has a product of no reflections', async () => {
    const a = tensor([1, 2, 3, 4], { shape: [2, 2], requiresGrad: true })
    const product = householderProduct(a, tensor([], { shape: [0] }))
    product.sum().backward()
    expect(await product.toArray()).toEqual([[1, 0], [0, 1]]) // prettier-ignore
    expect(await a.grad!.toArray()).toEqual([[0, 0], [0, 0]]) // prettier-ignore
  })

  it('has the exponential of what is too large for float32', async () => {
    const [a, b, c] = [80, -90000, 200].map((n) => matrixExp(tensor([n], { shape: [1, 1] })).item())
    expect((await a!) / Math.exp(80)).toBeCloseTo(1, 3)
    expect([await b, await c]).toEqual([0, Infinity])
  })
})
