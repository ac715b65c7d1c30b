import { describe, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { capture } from './capture.ts'
import { tensor } from './creation.ts'
import { withDevice } from './default-device.ts'
import { maxMemoryAllocated, memoryAllocated, resetPeakMemoryStats } from './memory.ts'

describe.each([
  ['wasm', createWasmDevice({ threads: 1 }), 4],
  ['reference', createReferenceDevice(), 8],
] as const)('memory of %s', (_, device, bytes) => {
  it('is counted while it is in use, and its most is kept until it is reset', () => {
    withDevice(device, () => {
      const before = memoryAllocated()
      const x = tensor(new Float32Array(100_000))
      const one = 100_000 * bytes
      expect(memoryAllocated() - before).toBeGreaterThanOrEqual(one)
      expect(memoryAllocated() - before).toBeLessThan(1.3 * one)
      x.dispose()
      expect(memoryAllocated()).toBe(before)
      expect(maxMemoryAllocated() - before).toBeGreaterThanOrEqual(one)
      resetPeakMemoryStats()
      expect(maxMemoryAllocated()).toBe(before)
    })
  })

  it('stays the same however often a step is taken', async () => {
    const w = withDevice(device, () => tensor(new Float32Array(50_000)))
    const x = withDevice(device, () => tensor(new Float32Array(50_000).fill(1)))
    const step = capture((input) => w.add_(input.mul(2)).sum())
    await step(x).item()
    await step(x).item()
    const then = memoryAllocated(device)
    resetPeakMemoryStats(device)
    for (let i = 0; i < 20; i++) await step(x).item()
    // A result that somebody may still hold has memory of its own.
    expect(memoryAllocated(device) - then).toBeLessThan(4096)
    expect(maxMemoryAllocated(device) - then).toBeLessThan(100_000 * bytes)
  })
})
