import { expect, it } from 'vitest'
import { numel } from '../tensor/shape.ts'
import { kernelKey } from './kernel-key.ts'
import { Primitives, type Prim } from './primitive.ts'
import { schedule } from './schedule.ts'

/** Keys of the kernels that compute these outputs. */
function keys(build: (k: Primitives, x: Prim, y: Prim) => Prim[]): string[] {
  const k = new Primitives()
  const inputs = [k.buffer(0, [8, 8], 'float32'), k.buffer(1, [8, 8], 'float32')]
  const outputs = build(k, inputs[0]!, inputs[1]!)
  const plan = schedule({ inputs, outputs, updates: outputs.map(() => null) }, { buffers: 16 })
  expect(outputs.every((o) => numel(o.shape) > 0)).toBe(true)
  return plan.kernels.flatMap((kernel) => (kernel.kind === 'routine' ? [] : [kernelKey(kernel, plan.slots)]))
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
    return new Set(
      plan.kernels.flatMap((one) => (one.kind === 'routine' ? [] : [kernelKey(one, plan.slots)])),
    ).size
  }
  expect(distinct(12)).toBe(distinct(6))
})

it('tells apart functions, constants, extents, directions and operands', () => {
  const works: ((k: Primitives, x: Prim, y: Prim) => Prim)[] = [
    (k, x) => k.sum(k.exp(x), [1]),
    (k, x) => k.sum(k.log(x), [1]),
    (k, x) => k.sum(k.exp(x), [0]),
    (k, x) => k.reduce('max', k.exp(x), [1]),
    (k, x) => k.sum(k.mul(x, 2), [1]),
    (k, x) => k.sum(k.mul(x, 3), [1]),
    (k, x) => k.sum(k.div(x, 0), [1]),
    (k, x) => k.sum(k.div(x, -0), [1]),
    (k, x, y) => k.sum(k.sub(x, y), [1]),
    (k, x, y) => k.sum(k.sub(y, x), [1]),
    (k, x, y) => k.matmul(x, y),
    (k, x, y) => k.matmul(x, k.permute(y, [1, 0])),
    (k, x, y) => k.matmul(y, x),
  ]
  const all = works.map((work) => keys((k, x, y) => [work(k, x, y)]).join())
  expect(new Set(all).size).toBe(works.length)
})
