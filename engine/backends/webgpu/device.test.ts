import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allOps } from '../../ops/define.ts'
import type { SampleInput } from '../../ops/samples.ts'
import { tensor } from '../../tensor/creation.ts'
import { castArray } from '../../tensor/dtype.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'
import type { Device } from '../device.ts'
import { excess } from '../../fixtures/excess.ts'
import type { WebGPUDevice } from './device.ts'
import { onWebGPU, reference } from './testing.ts'

const build = (input: SampleInput, device: Device): Tensor =>
  tensor(castArray(input.dtype, input.values), { shape: input.shape, dtype: input.dtype, device })

onWebGPU('WebGPU', (open) => {
  let gpu: WebGPUDevice
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => gpu.close())

  describe('every op agrees with the reference on its samples', () => {
    for (const [name, op] of allOps()) {
      it(name, async () => {
        for (const { inputs, attrs } of op.samples) {
          const [actual, expected] = await Promise.all(
            [gpu, reference].map((device) =>
              apply(
                op,
                inputs.map((input) => build(input, device)),
                attrs,
                device,
              ).data(),
            ),
          )
          expect(excess(actual!, expected!)).toBeLessThanOrEqual(0)
        }
      })
    }
  })
})
