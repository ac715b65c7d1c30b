import { expect, it } from 'vitest'
import { Primitives, type Prim } from '../../compiler/primitive.ts'
import { schedule } from '../../compiler/schedule.ts'
import type { Plan } from '../../compiler/kernel.ts'
import { numel } from '../../tensor/shape.ts'
import { formsOf } from './kernel-code.ts'

/** Names of the code of all kernels. */
const keysOf = ({ kernels, slots }: Plan): string[] =>
  kernels.flatMap((kernel) =>
    kernel.kind === 'routine' ? [] : [formsOf(kernel, slots, { relaxed: true, wide: false }).best.key],
  )

/** Keys of the kernels that compute these outputs. */
function keys(build: (k: Primitives, x: Prim, y: Prim) => Prim[], rows = 8): string[] {
  const k = new Primitives()
  const inputs = [k.buffer(0, [rows, 8], 'float32'), k.buffer(1, [8, 8], 'float32')]
  const outputs = build(k, inputs[0]!, inputs[1]!)
  const plan = schedule({ inputs, outputs, updates: outputs.map(() => null) }, { buffers: 16 })
  expect(outputs.every((o) => numel(o.shape) > 0)).toBe(true)
  return keysOf(plan)
}

it('is the same for the same work on other memory', () => {
  const [first, second] = keys((k, x, y) => [k.sum(k.exp(x), [1]), k.sum(k.exp(y), [1])])
  expect(first).toBe(second)
  const [a, b] = keys((k, x, y) => [k.matmul(x, x), k.matmul(y, y)])
  expect(a).toBe(b)
})

it('is the same for the same work on another part of the memory', () => {
  const row = (k: Primitives, x: Prim, at: number): Prim => k.shrink(x, [[at, at + 1], [0, 8]]) // prettier-ignore
  const exponential = (at: number): string[] => keys((k, x) => [k.exp(row(k, x, at))])
  expect(exponential(0)).toEqual(exponential(5))
  const product = (at: number): string[] => keys((k, x, y) => [k.matmul(row(k, x, at), y)])
  expect(product(1)).toEqual(product(2))
  // Rows that lie otherwise beside each other are other work.
  const beside = (at: number): string[] => keys((k, x) => [k.add(row(k, x, 0), row(k, x, at))])
  expect(beside(1)).not.toEqual(beside(2))
})

it('does not grow in number with the steps of a sequence', () => {
  const distinct = (steps: number): number => {
    const k = new Primitives()
    const [x, w] = [k.buffer(0, [4, steps, 8], 'float32'), k.buffer(1, [8, 8], 'float32')]
    const step = (t: number): Prim => k.reshape(k.shrink(x, [[0, 4], [t, t + 1], [0, 8]]), [4, 8]) // prettier-ignore
    let state = step(0)
    for (let t = 1; t < steps; t++) state = k.exp(k.add(k.matmul(state, w), step(t)))
    const plan = schedule({ inputs: [x, w], outputs: [state], updates: [null] }, { buffers: 16 })
    expect(plan.kernels.length).toBeGreaterThanOrEqual(2 * (steps - 1))
    return new Set(keysOf(plan)).size
  }
  expect(distinct(12)).toBe(distinct(6))
})

it('is the same for other numbers of rows, and for what means divide by', () => {
  const works: ((k: Primitives, x: Prim, y: Prim) => Prim)[] = [
    (k, x) => k.exp(x),
    (k, x) => k.sum(k.exp(x), [1]),
    (k, x) => k.mul(k.sum(k.exp(x), [0]), 1 / x.shape[0]!),
    (k, x, y) => k.matmul(x, y),
    (k, x) => k.matmul(k.permute(x, [1, 0]), x),
    (k, x) => k.exp(k.permute(x, [1, 0])),
  ]
  for (const work of works) {
    const at = (rows: number): string => keys((k, x, y) => [work(k, x, y)], rows).join()
    expect(at(100)).toBe(at(83))
  }
})

it('tells apart functions, special constants, directions and operands', () => {
  const works: ((k: Primitives, x: Prim, y: Prim) => Prim)[] = [
    (k, x) => k.sum(k.exp(x), [1]),
    (k, x) => k.sum(k.log(x), [1]),
    (k, x) => k.sum(k.exp(x), [0]),
    (k, x) => k.reduce('max', k.exp(x), [1]),
    (k, x) => k.sum(k.mul(x, 2), [1]),
    (k, x) => k.sum(k.max(x, 2), [1]),
    (k, x) => k.sum(k.max(x, 3), [1]),
    (k, x) => k.sum(k.div(x, 0), [1]),
    (k, x) => k.sum(k.div(x, -0), [1]),
    (k, x, y) => k.sum(k.sub(x, y), [1]),
    (k, x, y) => k.sum(k.sub(y, x), [1]),
    (k, x, y) => k.matmul(x, y),
    (k, x, y) => k.matmul(x, k.permute(y, [1, 0])),
  ]
  const all = works.map((work) => keys((k, x, y) => [work(k, x, y)]).join())
  expect(new Set(all).size).toBe(works.length)
})
