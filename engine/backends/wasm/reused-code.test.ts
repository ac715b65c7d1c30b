/** What was compiled for one size computes another to the bits that a device comes to that has computed nothing before. */
import { afterEach, expect, it } from 'vitest'
import { createReferenceDevice } from '../reference/device.ts'
import { conv1d } from '../../nn/functional/convolution.ts'
import { uniform } from '../../ops/samples.ts'
import { arange } from '../../functions/creation.ts'
import { tensor } from '../../tensor/creation.ts'
import { numel, type Shape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Device } from '../device.ts'
import { createWasmDevice, type WasmDevice } from './device.ts'

type Work = (size: number, device: WasmDevice) => Tensor

const open: WasmDevice[] = []
afterEach(() => open.splice(0).forEach((device) => device.close()))

function fresh(): WasmDevice {
  const device = createWasmDevice({ threads: 1 })
  open.push(device)
  return device
}

const load = (shape: Shape, device: Device, salt = 0): Tensor =>
  tensor(Float32Array.from(uniform(shape, -1, 1, salt).values), { shape, device })

const places = (shape: Shape, below: number, device: Device): Tensor =>
  tensor(
    Int32Array.from({ length: numel(shape) }, (_, i) => (i * 7 + 3) % below),
    { shape, device, dtype: 'int32' },
  )

/** Each of the sizes in turn on one device, and on one of its own. */
async function comesToTheSame(work: Work, sizes: readonly number[]): Promise<void> {
  const reused = fresh()
  for (const size of sizes) {
    const [actual, expected] = [await work(size, reused).data(), await work(size, fresh()).data()]
    expect([...actual], `${size} of ${sizes.join()}`).toEqual([...expected])
  }
}

/** Of two axes the second is the outer one, and of each row some elements are taken. */
const picked = (rows: number, device: WasmDevice): Tensor =>
  load([rows, 20, 24], device)
    .transpose(0, 1)
    .indexSelect(2, places([17], 24, device))
    .reshape([20 * rows, 17])
    .mul(2.5)

it.each([[[64, 37, 5]], [[5, 37, 64]]])('what is picked from turned axes, %s', (sizes) =>
  comesToTheSame(picked, sizes),
)

/** Numbers counted through rows of so many, of which as many are used as the quotients beside them count through. */
const counted = (width: number, device: WasmDevice): Tensor =>
  arange(20 * width, { device, dtype: 'float32' })
    .reshape([20, width])
    .narrow(1, 0, 66)
    .add(load([440, 3], device).transpose(0, 1).reshape([20, 66]))
    .add(load([20, 70], device, 1).narrow(1, 0, 66))

it.each([[[66, 75]], [[75, 66]]])('indices that look like what is inside of quotients, %s', (sizes) =>
  comesToTheSame(counted, sizes),
)

it.each([[[64, 40, 31, 24, 20, 19, 16, 5, 3]], [[3, 19, 20, 24, 64, 31, 19]]])(
  'sums over rows, %s long',
  (sizes) => comesToTheSame((length, device) => load([64, length], device).sum(1), sizes),
)

it.each([[[64, 5, 1]], [[1, 5, 64]]])(
  'products of so few columns that each is added up by itself, %s',
  (sizes) =>
    comesToTheSame((images, device) => {
      const filters = load([2, 3, 1], device, 1)
      filters.requiresGrad = true
      conv1d(load([images, 3, 64], device), filters)
        .square()
        .sum()
        .backward()
      return filters.grad!
    }, sizes),
)

/** What is gathered from rows far apart in one tensor goes back to each of them: offsets that are equal in one program alone. */
it('gradients of what is looked up in several parts of a tensor', async () => {
  const gathered = (parts: readonly number[], device: Device): Tensor => {
    const x = load([25, 8, 20], device)
    x.requiresGrad = true
    const index = places([8, 7], 20, device)
    parts
      .map((part) => x.select(0, part).gather(1, index))
      .reduce((product, one) => product.mul(one.add(1)))
      .sum()
      .backward()
    return x.grad!
  }
  const all = [[4, 3, 10], [0, 1, 2], [2, 1, 0], [3, 24, 3], [24, 0, 7], [1, 1, 1], [4, 10, 3]] // prettier-ignore
  const [reused, reference] = [fresh(), createReferenceDevice()]
  for (const parts of all) {
    const [actual, expected] = [await gathered(parts, reused).data(), await gathered(parts, reference).data()]
    expect([...actual], parts.join()).toEqual([...expected].map((value) => expect.closeTo(value, 5)))
  }
})
