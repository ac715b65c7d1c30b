import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinedOutput, opCases, type OpCase } from '../../fixtures/cases.ts'
import { tensor } from '../../tensor/creation.ts'
import { castArray } from '../../tensor/dtype.ts'
import type { Device } from '../device.ts'
import { excess } from '../../fixtures/excess.ts'
import type { WebGPUDevice } from './device.ts'
import { onWebGPU, reference, someOnSoftware } from './testing.ts'

/** The op's value and the gradients of its float inputs, all in one list. */
async function evaluate(opCase: OpCase, device: Device): Promise<number[]> {
  const { sample, cotangent } = opCase
  const inputs = sample.inputs.map(({ shape, dtype, values }) =>
    tensor(castArray(dtype, values), {
      shape,
      dtype,
      device,
      requiresGrad: cotangent !== null && dtype === 'float32',
    }),
  )
  const output = joinedOutput(opCase, inputs, device)
  if (cotangent) {
    const weights = tensor(Float32Array.from(cotangent), { shape: output.shape, device })
    output.mul(weights).sum().backward()
  }
  const results = [output, ...inputs.flatMap((x) => (x.grad ? [x.grad] : []))]
  return (await Promise.all(results.map((t) => t.data()))).flatMap((values) => [...values])
}

onWebGPU('WebGPU', (open) => {
  let gpu: WebGPUDevice
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => gpu.close())

  const cases = opCases()
  // Four gradients arrive at each edge: of every three cases one, and each edge has some.
  const onDevice = someOnSoftware(cases, 30, ({ key }) => key.endsWith('#0'))

  describe(`every op agrees with the reference, on ${onDevice.length} of ${cases.length} samples`, () => {
    it.each(onDevice)('$key', async (opCase) => {
      const [actual, expected] = await Promise.all([evaluate(opCase, gpu), evaluate(opCase, reference)])
      expect(excess(actual, expected, 1e-5)).toBeLessThanOrEqual(0)
    })
  })
})
