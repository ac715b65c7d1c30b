import { setFlagsFromString } from 'node:v8'
import { beforeAll, expect, it } from 'vitest'
import { disagreements } from '../../compiler/fuzz.ts'
import { excess } from '../../fixtures/excess.ts'
import { nn, type Tensor, tensor } from '../../index.ts'
import { convWeight2d } from '../../ops/index.ts'
import { uniform } from '../../ops/samples.ts'
import { apply } from '../../tensor/tensor.ts'
import type { Shape } from '../../tensor/shape.ts'
import type { Device } from '../device.ts'
import { createReferenceDevice } from '../reference/device.ts'
import { createWasmDevice } from './device.ts'

// What runs a few times only is compiled in haste: the code that long training runs on would never be tested.
beforeAll(() => {
  setFlagsFromString('--no-liftoff')
  setFlagsFromString('--no-wasm-lazy-compilation')
})

it('Random programs agree with the reference when they are optimised', async () => {
  expect(await disagreements(createWasmDevice({ threads: 1 }), '1:100')).toBe('')
})

it('Products and convolutions agree with the reference when they are optimised', async () => {
  const [wasm, reference] = [createWasmDevice({ threads: 1 }), createReferenceDevice()]
  const load = (shape: Shape, salt: number, device: Device): Tensor =>
    tensor(Float32Array.from(uniform(shape, -1, 1, salt).values), { shape, device })
  const results = (device: Device): Tensor[] => {
    const [a, b] = [load([37, 300], 0, device), load([300, 59], 1, device)]
    const [x, w] = [load([2, 33, 9, 10], 2, device), load([18, 33, 3, 3], 3, device)]
    const turned = load([59, 300], 1, device)
    return [
      a.matmul(b),
      a.matmul(turned.transpose(0, 1)),
      b.transpose(0, 1).matmul(a.transpose(0, 1)),
      nn.functional.conv2d(x, w, undefined, { padding: 1 }),
      apply(convWeight2d, [x, load([2, 18, 9, 10], 4, device)], {
        stride: [1, 1],
        padding: [1, 1],
        dilation: [1, 1],
        groups: 1,
        shape: [18, 33, 3, 3],
      }),
    ]
  }
  const expected = results(reference)
  for (const [i, actual] of results(wasm).entries())
    expect(excess(await actual.data(), await expected[i]!.data(), 5e-5, 1e-5), `${i}`).toBeLessThanOrEqual(0)
})
