import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../backends/device.ts'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import type { WebGPUDevice } from '../backends/webgpu/device.ts'
import { onWebGPU } from '../backends/webgpu/testing.ts'
import * as F from '../nn/functional.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { full } from './creation.ts'
import { varMean } from './reduction.ts'

// Sums of these are rounded, and so would be their mean.
const repeated = [0.1, 30.3, 123.456, 1000.7].flatMap((value) =>
  [3, 7, 31].map((times) => ({ value, times })),
)

/** Values are PyTorch's (1.13). */
function spreads(device: () => Device): void {
  it.each(repeated)('$times times $value have no variance', async ({ value, times }) => {
    setDefaultDevice(device())
    const rows = full([2, times], value)
    expect(await rows.var(1).toArray()).toEqual([0, 0])
    expect(await rows.t().std(0).toArray()).toEqual([0, 0])
    // 0 / 0, where a rounding error would give ∞.
    expect(await rows.var({ dim: 1, correction: times }).toArray()).toEqual([NaN, NaN])
  })

  it.each(repeated)('$times times $value are normalized to 0', async ({ value, times }) => {
    setDefaultDevice(device())
    const nothing = new Float32Array(4 * times)
    const channels = full([2, 2, times], value)
    expect(await F.layerNorm(channels, [times]).data()).toEqual(nothing)
    expect(await F.groupNorm(channels, 2).data()).toEqual(nothing)
    expect(await F.instanceNorm(channels).data()).toEqual(nothing)
    expect(await F.batchNorm(channels, null, null, { training: true }).data()).toEqual(nothing)
  })

  it('without a degree of freedom it is NaN or ∞', async () => {
    setDefaultDevice(device())
    expect(await tensor([-Infinity]).var(0).item()).toBeNaN()
    expect(await tensor(-Infinity).std().item()).toBeNaN()
    expect(await tensor([2.5]).var(0).item()).toBeNaN()
    expect(await tensor([1, 2, 4]).var({ dim: 0, correction: 3 }).item()).toBe(Infinity)
    expect(await tensor([1, 2, 4]).var({ dim: 0, correction: 4 }).item()).toBe(Infinity)
    const { mean } = varMean(tensor([-Infinity]), { dim: 0 })
    expect(await mean.item()).toBe(-Infinity)
  })
}

describe.each([
  ['reference', createReferenceDevice()],
  ['wasm', createWasmDevice()],
])('variances on %s', (_, device) => spreads(() => device))

onWebGPU('variances on WebGPU', (open) => {
  let gpu: WebGPUDevice
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => gpu.close())
  spreads(() => gpu)
})
