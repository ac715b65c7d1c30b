import { describe, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import '../ops/index.ts'
import { capture } from '../tensor/capture.ts'
import { tensor } from '../tensor/creation.ts'
import { cat } from '../tensor/tensor.ts'
import { Primitives, type Prim } from './primitive.ts'
import { schedule } from './schedule.ts'

describe('joining parts', () => {
  it('computes each part where it belongs', () => {
    const k = new Primitives()
    const x = k.buffer(0, [3, 4], 'float32')
    const parts = [k.exp(x), k.neg(x), x].map((part): Prim => k.mul(part, 2))
    const program = {
      inputs: [{ shape: [3, 4], dtype: 'float32' as const }],
      outputs: [k.concat(parts, 1)],
      updates: [null],
    }
    const { kernels, slots } = schedule(program, { buffers: 8 })
    expect(slots).toHaveLength(2)
    expect(kernels).toHaveLength(1)
    expect(kernels[0]!.kind === 'loop' && kernels[0]!.stores.map((s) => s.slot)).toEqual([1, 1, 1])
  })
})

describe.each([createReferenceDevice(), createWasmDevice()])('on $backend', (device) => {
  it('moves state along without reading what it has already replaced', async () => {
    const window = tensor([1, 2, 3, 4], { device })
    const push = capture((x) => window.copy_(cat([window.slice(0, 1, 4), x])).sum())
    const sums: number[] = []
    for (const x of [5, 6, 7]) sums.push(await push(tensor([x], { device })).item())
    expect(sums).toEqual([14, 18, 22])
    expect(await window.toArray()).toEqual([4, 5, 6, 7])
  })

  it('exchanges halves of state', async () => {
    const state = tensor([1, 2, 3, 4], { device })
    const exchange = capture(() => {
      const [left, right] = [state.slice(0, 0, 2), state.slice(0, 2, 4)]
      return state.copy_(cat([right.mul(10), left])).max()
    })
    exchange()
    expect(await exchange().item()).toBe(40)
    expect(await state.toArray()).toEqual([10, 20, 30, 40])
  })

  it('joins the same tensor with itself, along any dimension', async () => {
    const x = tensor([[1, 2]], { device })
    const twice = cat([x, x.neg(), x], 0)
    expect(await cat([twice, twice], 1).toArray()).toEqual([
      [1, 2, 1, 2],
      [-1, -2, -1, -2],
      [1, 2, 1, 2],
    ])
  })
})
