import { describe, expect, it } from 'vitest'
import '../ops/index.ts'
import { Primitives, type Prim } from './primitive.ts'
import { schedule } from './schedule.ts'

const kernelsOf = (outputs: (k: Primitives, x: Prim, y: Prim) => Prim[]) => {
  const k = new Primitives()
  const buffers = [0, 1].map((slot) => k.buffer(slot, [64, 50], 'float32'))
  const program = {
    inputs: buffers.map(() => ({ shape: [64, 50], dtype: 'float32' as const })),
    outputs: outputs(k, buffers[0]!, buffers[1]!),
    updates: [],
  }
  return schedule(program, { buffers: 8 }).kernels
}

describe('Reductions over the same elements', () => {
  it('are gathered in one walk where they read the same', () => {
    const kernels = kernelsOf((k, x, y) => [k.sum(x, [1]), k.sum(k.mul(x, y), [1]), k.reduce('max', x, [1])])
    expect(kernels).toHaveLength(1)
    expect(kernels[0]).toMatchObject({ reduce: { terms: [{ fn: 'sum' }, { fn: 'sum' }, { fn: 'max' }] } })
  })

  it('are gathered in one walk past what finishes the first', () => {
    const kernels = kernelsOf((k, x, y) => {
      const mean = k.mul(k.sum(x, [1]), 0.02)
      return [k.mul(k.expand(mean, [64, 50]), y), k.sum(k.mul(x, y), [1])]
    })
    expect(kernels.map((kernel) => kernel.kind === 'loop' && kernel.reduce?.terms.length)).toEqual([
      2,
      undefined,
    ])
  })

  it('stay apart where one needs the other, or they share nothing', () => {
    const needs = kernelsOf((k, x) => [k.sum(k.sub(x, k.expand(k.reduce('max', x, [1]), [64, 50])), [1])])
    expect(needs).toHaveLength(2)
    const apart = kernelsOf((k, x, y) => [k.sum(x, [1]), k.sum(y, [1])])
    expect(apart).toHaveLength(2)
  })
})
