/** What PyTorch leaves open, or answers with an error that a device which computes later cannot raise: the same everywhere. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Primitives, type Prim } from '../compiler/primitive.ts'
import * as functional from '../nn/functional.ts'
import { tensor } from '../tensor/creation.ts'
import { castArray, toLanes, type ComputeType } from '../tensor/dtype.ts'
import { numel } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Device } from './device.ts'
import { createReferenceDevice } from './reference/device.ts'
import { createWasmDevice } from './wasm/device.ts'
import { onWebGPU } from './webgpu/testing.ts'

const [nan, inf] = [NaN, Infinity]
const [lowest, highest] = [-(2 ** 31), 2 ** 31 - 1]

/** One primitive program over vectors. */
async function compute(
  device: Device,
  dtype: ComputeType,
  inputs: readonly (readonly number[])[],
  build: (k: Primitives, ...inputs: Prim[]) => Prim,
): Promise<number[]> {
  const k = new Primitives()
  const output = build(k, ...inputs.map(({ length }, slot) => k.buffer(slot, [length], dtype)))
  const executable = device.compile({
    inputs: inputs.map(({ length }) => ({ shape: [length], dtype })),
    outputs: [output],
    updates: [null],
  })
  const memory = inputs.map(({ length }) => device.allocate(length, dtype))
  inputs.forEach((values, i) => device.write(memory[i]!, toLanes(castArray(dtype, values))))
  const result = device.allocate(numel(output.shape), output.dtype)
  executable.bind([...memory, result]).run()
  return [...(await device.read(result, output.dtype))]
}

/** In vectors and beside them. */
const often = (values: readonly number[]): number[] => Array.from({ length: 5 }, () => values).flat()

function edges(device: () => Device): void {
  const floats = (values: number[] | number[][], requiresGrad = false): Tensor =>
    tensor(values, { device: device(), requiresGrad })
  const ints = (values: number[]): Tensor => tensor(values, { dtype: 'int32', device: device() })
  const list = async (t: Tensor): Promise<number[]> => [...(await t.data())]

  it('cuts floats to the range of an integer, and takes NaN for 0', async () => {
    const x = floats(often([nan, inf, -inf, 3e9, -3e9, -1.9, 2.9]))
    expect(await list(x.to('int32'))).toEqual(often([0, highest, lowest, highest, lowest, -1, 2]))
    expect(await list(x.to('uint32'))).toEqual(often([0, 2 ** 32 - 1, 0, 3e9, 0, 0, 2]))
  })

  it('divides integers by zero to 0, and wraps the one quotient that is too large', async () => {
    const [a, b] = [often([7, -7, 0, lowest, 7, lowest, -9]), often([0, 0, 0, -1, -1, 0, 2])]
    const signed = await compute(device(), 'int32', [a, b], (k, x, y) => k.div(x!, y!))
    expect(signed).toEqual(often([0, 0, 0, lowest, -7, 0, -4]))
    const unsigned = await compute(
      device(),
      'uint32',
      [
        [7, 0, 4e9],
        [0, 0, 3e9],
      ],
      (k, x, y) => k.div(x!, y!),
    )
    expect(unsigned).toEqual([0, 0, 1])
  })

  it('looks nothing up out of range: NaN, the lowest int32, the highest uint32, false', async () => {
    const at = [0, 3, -1, 2, highest, lowest]
    const found = (of: number[], missing: number): number[] => [
      of[0]!,
      missing,
      missing,
      of[2]!,
      missing,
      missing,
    ]
    const lookUp = (dtype: ComputeType, values: number[]): Promise<number[]> =>
      list(tensor(castArray(dtype, values), { dtype, device: device() }).gather(0, ints(at)))
    expect(await lookUp('float32', [1, -0, -inf])).toEqual(found([1, -0, -inf], nan))
    expect(await lookUp('int32', [5, 6, 7])).toEqual(found([5, 6, 7], lowest))
    expect(await lookUp('uint32', [5, 6, 7])).toEqual(found([5, 6, 7], 2 ** 32 - 1))
    expect(await lookUp('bool', [1, 1, 1])).toEqual(found([1, 1, 1], 0))
  })

  it('gives what was looked up out of range no gradient', async () => {
    const x = floats([[1, 2], [3, 4], [5, 6]], true) // prettier-ignore
    const rows = functional.embedding(ints([2, 3, -1, 2]), x)
    expect(await list(rows)).toEqual([5, 6, nan, nan, nan, nan, 5, 6])
    rows.backward(floats([[1, 1], [1, 1], [1, 1], [1, 1]])) // prettier-ignore
    expect(await list(x.grad!)).toEqual([0, 0, 0, 0, 2, 2])
    const row = floats([[1, 2, 3]], true)
    row.indexSelect(1, ints([1, 3, -3])).backward(floats([[5, 6, 7]]))
    expect(await list(row.grad!)).toEqual([0, 5, 0])
  })

  it.each([3, -1, -101, highest, lowest])('makes the loss of a target %i among 3 NaN', async (target) => {
    for (const options of [{}, { weight: floats([1, 2, 3]) }]) {
      const scores = floats([[1, 2, 3], [4, 5, 6]], true) // prettier-ignore
      const loss = functional.crossEntropy(scores, ints([0, target]), options)
      loss.backward()
      expect(await loss.item()).toBeNaN()
      for (const slope of await list(scores.grad!)) expect(slope).toBeNaN()
    }
  })

  it('compares NaN with nothing, and finds it true', async () => {
    const [a, b] = [floats(often([nan, nan, 1, 0])), floats(often([nan, 1, nan, -0]))]
    expect(await list(a.lt(b))).toEqual(often([0, 0, 0, 0]))
    expect(await list(a.eq(b))).toEqual(often([0, 0, 0, 1]))
    expect(await list(a.ne(b))).toEqual(often([1, 1, 1, 0]))
    expect(await list(a.lt(nan))).toEqual(often([0, 0, 0, 0]))
    expect(await list(a.logicalNot())).toEqual(often([0, 0, 0, 1]))
    expect(await list(a.choose(1, 2))).toEqual(often([1, 1, 1, 2]))
  })

  it('goes to infinity and to nothing where float32 ends', async () => {
    const x = floats(often([89, 1e30, -104, -1e30, 88]))
    expect(await list(x.exp())).toEqual(often([inf, inf, 0, 0, Math.fround(Math.exp(88))]).map(expectClose))
    expect(await list(x.sigmoid())).toEqual(often([1, 1, 0, 0, 1]).map(expectClose))
    expect(await list(floats([3e38, -3e38]).mul(10))).toEqual([inf, -inf])
  })
}

const expectClose = (value: number): unknown =>
  Number.isFinite(value) ? expect.closeTo(value, value > 1e30 ? -33 : 6) : value

describe('Edges on the reference', () => {
  const reference = createReferenceDevice()
  edges(() => reference)
})

describe('Edges on the CPU', () => {
  const wasm = createWasmDevice()
  afterAll(() => wasm.close())
  edges(() => wasm)
})

onWebGPU('Edges on the GPU', (open) => {
  let gpu: Device
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => gpu.close())
  edges(() => gpu)
})
