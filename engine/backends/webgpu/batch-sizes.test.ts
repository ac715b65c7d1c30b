/** As on the CPU: a last batch of fewer rows compiles nothing, and comes to the bits that it would come to by itself. */
import { beforeAll, expect, it, vi, type MockInstance } from 'vitest'
import { batchCases, sequenceCases, trainRows, type BatchCase } from '../../fixtures/batch-rows.ts'
import type { WebGPUDevice } from './device.ts'
import { requestAdapter, requestDevice } from './gpu.ts'
import { onWebGPU } from './testing.ts'

/** Of fewer than five, what is divided by them stands in the text, as windows do. */
const rows = [64, 37, 64, 16, 5]

onWebGPU('A batch of fewer rows', (open) => {
  let pipelines: MockInstance
  beforeAll(async () => {
    const gpu = await requestDevice(await requestAdapter())
    pipelines = vi.spyOn(Object.getPrototypeOf(gpu) as GPUDevice, 'createComputePipelineAsync')
    gpu.destroy()
  })

  const compilesNothing = async (one: BatchCase): Promise<void> => {
    const device = await open()
    const { compiled, weights } = await trainRows(one, rows, device, () => pipelines.mock.calls.length)
    expect(compiled[0]).toBeGreaterThan(0)
    expect(compiled.slice(1)).toEqual([0, 0, 0, 0])
    device.close()
    // Where small ones came first, kernels were made for each of them.
    const other: WebGPUDevice = await open()
    for (const few of [5, 16, 37]) await trainRows(one, [few], other)
    expect((await trainRows(one, rows, other)).weights).toEqual(weights)
    other.close()
  }

  const [first, ...others] = Object.entries(batchCases)
  it(`compiles nothing for ${first![0]}`, () => compilesNothing(first![1]))

  it.each([...others, ...Object.entries(sequenceCases)])(
    'compiles nothing for %s',
    { tags: 'thorough' },
    (_, one) => compilesNothing(one),
  )
})
