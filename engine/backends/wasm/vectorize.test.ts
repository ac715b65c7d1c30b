import { expect, it } from 'vitest'
import type { LoopKernel } from '../../compiler/kernel.ts'
import { Primitives, type Prim } from '../../compiler/primitive.ts'
import { schedule } from '../../compiler/schedule.ts'
import { vectorize, type VectorPlan } from './vectorize.ts'

/** How the last kernel of a program with one output is vectorised, and its extents, the vector loop innermost. */
function planOf(
  build: (k: Primitives, x: Prim) => Prim,
  shape: readonly number[],
  speculative = true,
): { plan: VectorPlan; extents: readonly number[] } {
  const k = new Primitives()
  const x = k.buffer(0, shape, 'float32')
  const output = build(k, x)
  const { kernels } = schedule(
    { inputs: [{ shape, dtype: 'float32' }], outputs: [output], updates: [null] },
    { buffers: 16 },
  )
  const { kernel, plan } = vectorize(kernels.at(-1) as LoopKernel, () => speculative)
  return { plan, extents: kernel.extents }
}

it('takes neighbours four at a time', () => {
  expect(planOf((k, x) => k.exp(x), [5, 40])).toEqual({
    plan: { kind: 'outer', loop: 0, tail: 'overlap' },
    extents: [200],
  })
})

it('sums along what lies together', () => {
  expect(planOf((k, x) => k.sum(x, [1]), [50, 64]).plan.kind).toBe('reduce')
  expect(planOf((k, x) => k.sum(x, [0]), [64, 50]).plan.kind).toBe('outer')
})

it('turns short rows aside', () => {
  const { plan, extents } = planOf((k, x) => k.exp(k.permute(x, [1, 0])), [3, 64])
  expect(plan.kind).toBe('outer')
  expect(extents).toEqual([3, 64])
})

it('ends a four early where it would compute twice what it overwrites', () => {
  const k = new Primitives()
  const x = k.buffer(0, [10], 'float32')
  const program = {
    inputs: [{ shape: [10], dtype: 'float32' as const }],
    outputs: [k.add(x, 1)],
    updates: [0],
  }
  const [kernel] = schedule(program, { buffers: 16 }).kernels
  expect(vectorize(kernel as LoopKernel, () => true).plan.tail).toBe('scalar')
})

it('reads padding in lanes only where that cannot leave the memory', () => {
  const pad = (k: Primitives, x: Prim): Prim => k.exp(k.pad(x, [[0, 0], [1, 1]])) // prettier-ignore
  expect(planOf(pad, [2, 30]).plan.kind).toBe('outer')
  expect(planOf(pad, [2, 30], false).plan.kind).toBe('none')
})

it('leaves single numbers alone', () => {
  expect(planOf((k, x) => k.exp(x), [3]).plan.kind).toBe('none')
})
