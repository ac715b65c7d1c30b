import { describe, expect, it } from 'vitest'
import { ExprBuilder } from './expr.ts'
import { loopIndex } from './index-expr.ts'
import type { Kernel, Plan } from './kernel.ts'
import { planTemporaries } from './temporaries.ts'

/** A kernel that reads some slots and writes one. */
function kernel(reads: readonly number[], write: number): Kernel {
  const e = new ExprBuilder()
  const index = loopIndex(0, 4)
  const loads = reads.map((slot) => e.make({ op: 'load', slot, index }, 'float32'))
  const value = loads.reduce((a, b) => e.make({ op: 'binary', fn: 'add' }, 'float32', [a, b]))
  return { kind: 'loop', extents: [4], reduce: null, stores: [{ slot: write, index, value }] }
}

/** Slot 0 is the input, slot 1 the output, the rest are temporaries of these sizes. */
function plan(kernels: readonly Kernel[], sizes: readonly number[]): Plan {
  const slots = [4, 4, ...sizes].map((elements) => ({ elements, dtype: 'float32' as const }))
  return { slots, inputs: 1, outputs: 1, kernels, aliases: [null] }
}

describe('planTemporaries', () => {
  it('alternates between two buffers along a chain', () => {
    const chain = [kernel([0], 2), kernel([2], 3), kernel([3], 4), kernel([4], 5), kernel([5], 1)]
    const { bufferOf, sizes } = planTemporaries(plan(chain, [4, 4, 4, 4]))
    expect(sizes).toEqual([4, 4])
    expect([2, 3, 4, 5].map((slot) => bufferOf.get(slot))).toEqual([0, 1, 0, 1])
  })

  it('keeps what is read again apart', () => {
    const { bufferOf, sizes } = planTemporaries(
      plan([kernel([0], 2), kernel([2], 3), kernel([3], 4), kernel([2, 4], 1)], [4, 4, 4]),
    )
    expect(new Set(bufferOf.values()).size).toBe(3)
    expect(sizes).toEqual([4, 4, 4])
  })

  it('never lets a kernel write over what it reads', () => {
    const kernels = [kernel([0], 2), kernel([2], 3), kernel([3], 1)]
    const { bufferOf } = planTemporaries(plan(kernels, [4, 4]))
    expect(bufferOf.get(2)).not.toBe(bufferOf.get(3))
  })

  it('lets the largest choose first, the others the smallest buffer that is free', () => {
    const kernels = [
      kernel([0], 2), // 100
      kernel([2], 3), // 10: beside those before and after it
      kernel([3], 4), // 20: the buffer of 100 is free again
      kernel([4], 5), // 200
      kernel([5], 1),
    ]
    const { bufferOf, sizes } = planTemporaries(plan(kernels, [100, 10, 20, 200]))
    expect(sizes).toEqual([200, 20, 10])
    expect(bufferOf.get(2)).toBe(bufferOf.get(5))
    expect(bufferOf.get(4)).toBe(1)
  })

  it('gives nothing to slots no kernel touches', () => {
    const { bufferOf, sizes } = planTemporaries(plan([kernel([0], 1)], [4]))
    expect(bufferOf.size).toBe(0)
    expect(sizes).toEqual([])
  })
})
