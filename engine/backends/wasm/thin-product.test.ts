import { expect, it } from 'vitest'
import type { CodeKernel } from '../../compiler/kernel.ts'
import { Primitives, type Prim } from '../../compiler/primitive.ts'
import { schedule } from '../../compiler/schedule.ts'
import { numel, type Shape } from '../../tensor/shape.ts'
import { createReferenceDevice } from '../reference/device.ts'
import type { Device } from '../device.ts'
import { createWasmDevice } from './device.ts'
import { asThinProduct } from './thin-product.ts'

type Build = (k: Primitives, a: Prim, b: Prim) => Prim

const programOf = (shapes: readonly [Shape, Shape], build: Build) => {
  const k = new Primitives()
  const [a, b] = shapes.map((shape, slot) => k.buffer(slot, shape, 'float32')) as [Prim, Prim]
  const inputs = shapes.map((shape) => ({ shape, dtype: 'float32' as const }))
  return { inputs, outputs: [build(k, a, b)], updates: [null] }
}

async function run(device: Device, shapes: readonly [Shape, Shape], build: Build): Promise<number[]> {
  const program = programOf(shapes, build)
  const buffers = shapes.map((shape, slot) => {
    const buffer = device.allocate(numel(shape), 'float32')
    const values = Float32Array.from({ length: numel(shape) }, (_, i) => Math.sin(i * (slot + 1.3)))
    device.write(buffer, values)
    return buffer
  })
  const out = device.allocate(numel(program.outputs[0]!.shape), 'float32')
  device
    .compile(program)
    .bind([...buffers, out])
    .run()
  return [...(await device.read(out, 'float32'))]
}

const cases: Record<string, [shapes: [Shape, Shape], build: Build, isThin: boolean]> = {
  'a row by a matrix': [[[1, 37], [37, 50]], (k, a, b) => k.matmul(a, b), true],
  'a row by a transposed matrix': [[[1, 37], [50, 37]], (k, a, b) => k.matmul(a, k.permute(b, [1, 0])), true],
  'a matrix by a column': [[[50, 37], [37, 1]], (k, a, b) => k.matmul(a, b), true],
  'rows in a batch': [[[3, 1, 9], [3, 9, 10]], (k, a, b) => k.matmul(a, b), true],
  'a number by a number': [[[1, 1], [1, 1]], (k, a, b) => k.matmul(a, b), true],
  'inner axes that one side has in two': [
    [[1, 12], [3, 4, 5]],
    (k, a, b) => k.contract(a, k.reshape(k.permute(k.reshape(b, [3, 4, 5]), [0, 1, 2]), [12, 5]), { batch: 0, inner: 1 }),
    true,
  ],
  'windows': [
    [[1, 2, 3], [2, 20]],
    (k, a, b) => k.contract(a, k.permute(k.window(b, [{ axis: 1, size: 3, stride: 1, dilation: 1 }]), [0, 2, 1]), { batch: 0, inner: 2 }),
    true,
  ],
  'a matrix by a matrix': [[[2, 5], [5, 2]], (k, a, b) => k.matmul(a, b), false],
} // prettier-ignore

const [wasm, reference] = [createWasmDevice(), createReferenceDevice()]

it.each(Object.entries(cases))('%s', async (_, [shapes, build, isThin]) => {
  const { kernels } = schedule(programOf(shapes, build), { buffers: 8 })
  expect(asThinProduct(kernels.at(-1)! as CodeKernel).kind).toBe(isThin ? 'loop' : 'contract')
  const [actual, expected] = [await run(wasm, shapes, build), await run(reference, shapes, build)]
  expect(actual).toHaveLength(expected.length)
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4))
})
