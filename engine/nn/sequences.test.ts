import { describe, expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { tensor } from '../tensor/creation.ts'
import { manualSeed, rand } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import * as nn from './index.ts'

const device = createWasmDevice()
const ints = (...values: number[]): Tensor => tensor(Int32Array.from(values), { device })
const floats = (shape: readonly number[]): Tensor => rand(shape, { device })

describe('Embedding', () => {
  it('starts the row of padding at zero, counted from the end too', async () => {
    const table = new nn.Embedding(4, 3, { paddingIdx: -1, device })
    expect(table.paddingIdx).toBe(3)
    expect([...(await table.forward(ints(3)).data())]).toEqual([0, 0, 0])
    expect(table.weight.requiresGrad).toBe(true)
  })

  it('says which row there is not, and what an index must be', () => {
    expect(() => new nn.Embedding(4, 3, { paddingIdx: 4, device })).toThrow(
      "paddingIdx must be one of the table's 4 rows, not 4.",
    )
    const table = new nn.Embedding(4, 3, { device })
    expect(() => table.forward(floats([2]))).toThrow('An index must be int32, not float32.')
  })

  it('keeps the gradient of a table much taller than the batch', async () => {
    const table = new nn.Embedding(20_000, 4, { device })
    table
      .forward(ints(19_999, 7, 19_999))
      .sum()
      .backward()
    const gradient = await table.weight.grad!.data()
    expect([...gradient].reduce((sum, g) => sum + g, 0)).toBe(12)
    expect([...gradient.slice(-4)]).toEqual([2, 2, 2, 2])
  })
})

describe('LayerNorm', () => {
  it('says what it is made for', () => {
    expect(() => new nn.LayerNorm(4, { device }).forward(floats([2, 3]))).toThrow(
      'an input of [2, 3] must end in the dimensions [4]',
    )
  })
})

describe('LSTM', () => {
  it('goes on from a state as if it had never stopped', async () => {
    manualSeed(1)
    const lstm = new nn.LSTM(3, 4, { numLayers: 2, device })
    const input = floats([6, 2, 3])
    const [whole, [hidden, cell]] = lstm.forward(input)
    const [, before] = lstm.forward(input.slice(0, 0, 2))
    const [rest, after] = lstm.forward(input.slice(0, 2), before)
    const pairs = [[rest, whole.slice(0, 2)], [after[0], hidden], [after[1], cell]] as const // prettier-ignore
    for (const [actual, expected] of pairs) {
      const values = await expected.data()
      ;(await actual.data()).forEach((value, i) => expect(value).toBeCloseTo(values[i]!, 6))
    }
  })

  it('says what does not fit', () => {
    const lstm = new nn.LSTM(3, 4, { device })
    expect(() => lstm.forward(floats([3]))).toThrow(
      'LSTM takes [steps, rows, features] or [steps, features], not [3].',
    )
    const state = floats([1, 5, 4])
    expect(() => lstm.forward(floats([6, 2, 3]), [state, state])).toThrow(
      'its states must be [1, 2, 4], not [1, 5, 4]',
    )
  })
})

describe('attention', () => {
  it('looks only back where it is causal', async () => {
    const [query, key, value] = [floats([1, 3, 2]), floats([1, 3, 2]), floats([1, 3, 2])]
    const causal = nn.functional.scaledDotProductAttention(query, key, value, { isCausal: true })
    const allowed = tensor(Int32Array.of(1, 0, 0, 1, 1, 0, 1, 1, 1), { shape: [3, 3], device }).to('bool')
    const masked = nn.functional.scaledDotProductAttention(query, key, value, { attnMask: allowed })
    const first = await value.slice(1, 0, 1).data()
    expect([...(await causal.slice(1, 0, 1).data())]).toEqual([...first])
    expect([...(await causal.data())]).toEqual([...(await masked.data())])
  })

  it('says what does not fit', () => {
    expect(() => new nn.MultiheadAttention(6, 4, { device })).toThrow(
      'A width of 6 does not divide into 4 heads.',
    )
    const attention = new nn.MultiheadAttention(6, 2, { device })
    const x = floats([3, 1, 5])
    expect(() => attention.forward(x, x, x)).toThrow('the last of 6, not [3, 1, 5]')
  })
})

describe('PositionalEncoding', () => {
  it('adds sines to even columns and cosines to odd ones', async () => {
    const encoding = new nn.PositionalEncoding(4, { dropout: 0, maxLength: 3, device })
    const added = await encoding.forward(tensor(new Float32Array(12), { shape: [1, 3, 4], device })).data()
    const row = (position: number): number[] =>
      [1, 1 / 100].flatMap((rate) => [Math.sin(position * rate), Math.cos(position * rate)])
    ;[0, 1, 2].flatMap(row).forEach((value, i) => expect(added[i]).toBeCloseTo(value, 6))
    expect(Object.keys(encoding.stateDict())).toEqual([])
    expect(() => encoding.forward(floats([4, 4]))).toThrow('up to 3 positions of 4; the input is [4, 4]')
  })
})

it('a ModuleList only holds', () => {
  const list = new nn.ModuleList(new nn.Linear(2, 3, { device }), new nn.Linear(3, 1, { device }))
  expect(list).toHaveLength(2)
  expect(Object.keys(list.stateDict())).toEqual(['0.weight', '0.bias', '1.weight', '1.bias'])
  expect(() => list.forward()).toThrow('only holds modules')
})
