import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { SGD } from '../optim/index.ts'
import { capture } from '../tensor/capture.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { clipGradNorm_, clipGradValue_ } from './utils.ts'

const devices = { wasm: createWasmDevice({ threads: 1 }), reference: createReferenceDevice() }
afterAll(() => devices.wasm.close())

/** Two parameters whose gradients are [6, 8] and [[2, −4]]. */
function twoParameters(): [Tensor, Tensor] {
  const [a, b] = [tensor([3, 4], { requiresGrad: true }), tensor([[1, -2]], { requiresGrad: true })]
  a.mul(tensor([6, 8]))
    .sum()
    .add(b.mul(tensor([[2, -4]])).sum())
    .backward()
  return [a, b]
}
const gradients = async (...parameters: Tensor[]): Promise<number[]> =>
  (await Promise.all(parameters.map(async ({ grad }) => [...(await grad!.data())]))).flat()
const close = (found: number[], expected: number[]): void =>
  found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4))

describe.each(['wasm', 'reference'] as const)('gradients are clipped on %s', (backend) => {
  beforeEach(() => setDefaultDevice(devices[backend]))

  // From torch.nn.utils.clip_grad_norm_ of PyTorch 1.13.
  it.each([
    [2, 10.9545, [1.0954, 1.4606, 0.3651, -0.7303]],
    [Infinity, 8, [1.5, 2, 0.5, -1]],
    [3, 9.2832, [1.2927, 1.7235, 0.4309, -0.8618]],
  ])('by their norm of order %s', async (normType, norm, expected) => {
    const both = twoParameters()
    close([await clipGradNorm_(both, 2, { normType }).item()], [norm])
    close(await gradients(...both), expected)
  })

  it('only where they are longer, and not where there is none', async () => {
    const both = twoParameters()
    close([await clipGradNorm_([...both, tensor([1], { requiresGrad: true })], 100).item()], [10.9545])
    close(await gradients(...both), [6, 8, 2, -4])
    expect(await clipGradNorm_([], 1).item()).toBe(0)
    expect(() => clipGradNorm_(both, 0)).toThrow('maxNorm must be above 0, not 0.')
    expect(() => clipGradNorm_(both, 1, { normType: -1 })).toThrow('normType must be above 0, not -1.')
  })

  it('element by element', async () => {
    const both = twoParameters()
    clipGradValue_(both, 3)
    expect(await gradients(...both)).toEqual([3, 3, 2, -3])
    expect(() => clipGradValue_(both, NaN)).toThrow('clipValue must be above 0, not NaN.')
  })

  it('inside captured steps, at every call', async () => {
    const weight = tensor([3, 4], { requiresGrad: true })
    const optimizer = new SGD([weight], { lr: 1 })
    const step = capture((slope: Tensor) => {
      optimizer.zeroGrad()
      weight.mul(slope).sum().backward()
      const norm = clipGradNorm_([weight], 5)
      optimizer.step()
      return norm
    })
    close([await step(tensor([6, 8])).item()], [10])
    close([...(await weight.data())], [0, 0])
    close([await step(tensor([0.6, 0.8])).item()], [1])
    close([...(await weight.data())], [-0.6, -0.8])
  })
})
