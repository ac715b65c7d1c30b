import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { schedule } from '../../compiler/schedule.ts'
import { Primitives } from '../../compiler/primitive.ts'
import type { CodeKernel } from '../../compiler/kernel.ts'
import { CodeCache } from './code-cache.ts'
import { formsOf } from './kernel-code.ts'
import { ModuleCache, type LinkedModule, type WantedKernel } from './module-cache.ts'

/** A kernel that doubles so many numbers, as a program's only one. */
function wanted(elements: number): WantedKernel {
  const k = new Primitives()
  const inputs = [k.buffer(0, [elements], 'float32')]
  const outputs = [k.mul(inputs[0]!, 2)]
  const { kernels, slots } = schedule({ inputs, outputs, updates: [null] }, { buffers: 16 })
  const kernel = kernels[0] as CodeKernel
  const forms = formsOf(kernel, slots, { relaxed: true, wide: false })
  return { kernel, forms, reads: new Set(['slot 0']), writes: new Set(['slot 1']), names: String }
}

it('keeps modules for kernels of the same forms, and nothing of the kernels they were made for', async () => {
  const cache = new ModuleCache(new CodeCache())
  let made = 0
  const link = (elements: number): [WeakRef<CodeKernel>, LinkedModule] => {
    const one = wanted(elements)
    const module = (): LinkedModule['module'] => ({
      alone: () => null,
      program: null,
      bytes: 100,
      chains: [],
    })
    return [
      new WeakRef(one.kernel),
      cache.get(
        [one],
        () => (made++, module()),
        () => true,
      ),
    ]
  }
  const [kernel, { module }] = link(1000)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // A weak reference holds until the job that made it is over.
  await new Promise((resolve) => setTimeout(resolve))
  collect()
  expect(kernel.deref()).toBeUndefined()
  expect(link(900)[1].module).toBe(module)
  expect(link(1100)[1].module).not.toBe(module)
  expect(made).toBe(2)
})
