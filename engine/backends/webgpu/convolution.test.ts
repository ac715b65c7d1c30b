import { afterAll, beforeAll, expect, it } from 'vitest'
import '../../ops/index.ts'
import type { ConvAttrs } from '../../ops/convolution.ts'
import { uniform } from '../../ops/samples.ts'
import { excess } from '../../fixtures/excess.ts'
import { tensor } from '../../tensor/creation.ts'
import type { Shape } from '../../tensor/shape.ts'
import * as ops from '../../ops/index.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'
import type { Device } from '../device.ts'
import type { WebGPUDevice } from './device.ts'
import { onWebGPU, reference } from './testing.ts'

const plain: ConvAttrs = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }

/** Large enough for tiles, which the ops' samples are not; the first fill theirs, the others stop inside them. */
const cases: readonly { x: Shape; weight: Shape; attrs: ConvAttrs }[] = [
  { x: [2, 16, 10, 10], weight: [32, 16, 3, 3], attrs: plain },
  { x: [3, 17, 11, 13], weight: [33, 17, 3, 2], attrs: { ...plain, padding: [1, 1] } },
  {
    x: [3, 18, 14, 15],
    weight: [35, 18, 3, 2],
    attrs: { ...plain, stride: [1, 2], padding: [2, 1], dilation: [2, 1] },
  },
  { x: [8, 32, 9, 9], weight: [48, 32, 1, 1], attrs: plain },
]

onWebGPU('Tiled convolutions', (open) => {
  let gpu: WebGPUDevice
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => gpu.close())

  it.each(cases)('$x by $weight agree with the reference, gradients too', async ({ x, weight, attrs }) => {
    const compute = async (device: Device): Promise<ArrayLike<number>[]> => {
      const floats = (shape: Shape, salt: number, requiresGrad: boolean): Tensor =>
        tensor(Float32Array.from(uniform(shape, -1, 1, salt).values), { shape, device, requiresGrad })
      const [image, kernel] = [floats(x, 1, true), floats(weight, 2, true)]
      const output = apply(ops.conv2d, [image, kernel], attrs)
      output
        .mul(floats(output.shape, 3, false))
        .sum()
        .backward()
      return Promise.all([output, image.grad!, kernel.grad!].map((t) => t.data()))
    }
    const [actual, expected] = await Promise.all([compute(gpu), compute(reference)])
    for (const [i, values] of expected.entries()) {
      expect(excess(actual[i]!, values, 1e-4)).toBeLessThanOrEqual(0)
    }
  })
})
