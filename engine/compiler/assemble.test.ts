import { describe, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import '../ops/index.ts'
import { capture } from '../tensor/capture.ts'
import { tensor } from '../tensor/creation.ts'
import { cat } from '../tensor/tensor.ts'
import { kernelReads } from './kernel.ts'
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

describe('padding', () => {
  it('reads nothing where there is padding alone, as steps of a sequence beside the one that has a gradient', () => {
    const loads = (row: number): number => {
      const k = new Primitives()
      const [x, y] = [k.buffer(0, [1, 4], 'float32'), k.buffer(1, [1, 4], 'float32')]
      const padded = k.shrink(k.pad(x, [[2, 3], [0, 0]]), [[row, row + 1], [0, 4]]) // prettier-ignore
      const outputs = [k.add(padded, y)]
      const { kernels } = schedule({ inputs: [x, y], outputs, updates: [null] }, { buffers: 8 })
      return kernelReads(kernels[0]!).size
    }
    expect([0, 1, 2, 3, 5].map(loads)).toEqual([1, 1, 2, 1, 1])
  })
})

describe('adding the gradients of slices', () => {
  const spec = (parts: readonly (readonly [from: number, to: number])[], extent: number): string => {
    const k = new Primitives()
    const padded = parts.map(([from, to], i) => {
      const part = k.buffer(i, [2, to - from], 'float32')
      return k.pad(part, [[0, 0], [from, extent - to]]) // prettier-ignore
    })
    return padded.reduce((sum, part) => k.add(sum, part)).spec.kind
  }

  it('joins parts that fill the whole, in any order', () => {
    expect(spec([[0, 2], [2, 5]], 5)).toBe('assemble') // prettier-ignore
    expect(spec([[4, 6], [0, 2], [2, 4]], 6)).toBe('assemble') // prettier-ignore
  })

  it('adds parts that overlap or leave gaps', () => {
    expect(spec([[0, 3], [2, 5]], 5)).toBe('binary') // prettier-ignore
    expect(spec([[0, 2], [3, 5]], 5)).toBe('binary') // prettier-ignore
    expect(spec([[0, 2], [0, 2]], 5)).toBe('binary') // prettier-ignore
  })

  it('gives the sum of the gradients', async () => {
    for (const device of [createReferenceDevice(), createWasmDevice()]) {
      const x = tensor([1, 2, 3, 4, 5], { device, requiresGrad: true })
      const [a, b] = [x.slice(0, 0, 2), x.slice(0, 2, 5)]
      a.mul(10).sum().add(b.mul(b).sum()).backward()
      expect(await x.grad!.toArray()).toEqual([10, 10, 6, 8, 10])
    }
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
