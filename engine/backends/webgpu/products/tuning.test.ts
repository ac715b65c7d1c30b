import { afterEach, describe, expect, it } from 'vitest'
import '../../../ops/index.ts'
import { uniform } from '../../../ops/samples.ts'
import { capture, tuneStep } from '../../../tensor/capture.ts'
import { tensor } from '../../../tensor/creation.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import { createWebGPUDevice, type WebGPUDevice } from '../device.ts'
import { onWebGPU } from '../testing.ts'
import { knownVariants } from './candidates.ts'
import type { TextStore } from '../../store.ts'
import { readTunings, withChoices } from './tuning.ts'
import { smallestDevice, variantName, type Variant } from './variant.ts'

describe('Texts of tunings', () => {
  it('come back as they were, the newer choice first', () => {
    const text = withChoices(withChoices(null, 'gpu', { a: 'x', b: 'y' }), 'gpu', { a: 'z' })
    expect(readTunings(text)).toEqual({ gpu: { a: 'z', b: 'y' } })
  })

  it.each(['', 'null', '[1]', '{"gpu": 3}', '{"gpu": {"a": 5}}', '{"gpu": {"a"'])(
    'of which nothing makes sense say nothing: %s',
    (text) => expect(Object.values(readTunings(text)).flatMap(Object.values)).toEqual([]),
  )

  it('name variants uniquely', () => {
    const unit = { m: 16, n: 16, k: 16, subgroup: 32 }
    const variants = new Set(
      knownVariants({ ...smallestDevice, matrixUnit: unit }).map((v) => JSON.stringify(v)),
    )
    const names = new Set([...variants].map((text) => variantName(JSON.parse(text) as Variant)))
    expect(names.size).toBe(variants.size)
  })
})

/** A store in memory that counts. */
function memoryStore(text: string | null = null): TextStore & { text: string | null; updates: number } {
  return {
    text,
    updates: 0,
    load() {
      return Promise.resolve(this.text)
    },
    update(change) {
      this.text = change(this.text)
      this.updates++
      return Promise.resolve()
    },
  }
}

onWebGPU('Tuning', () => {
  let gpu: WebGPUDevice
  afterEach(() => gpu.close())

  const step = (x: Tensor, w: Tensor): Tensor => x.matmul(w).relu()
  const matrices = (): [Tensor, Tensor] => [
    tensor(Float32Array.from(uniform([64, 96]).values), { shape: [64, 96], device: gpu }),
    tensor(Float32Array.from(uniform([96, 64], -1, 1, 1).values), { shape: [96, 64], device: gpu }),
  ]
  const result = async (): Promise<ArrayLike<number>> => capture(step)(...matrices()).data()

  it('measures once, keeps what it found, and the next process takes it up', async () => {
    const store = memoryStore()
    gpu = await createWebGPUDevice({ tunings: store, tune: true })
    const before = await result()
    await tuneStep(step, matrices(), 10_000)
    expect(store.updates).toBe(1)
    const [choices] = Object.values(readTunings(store.text))
    expect(Object.values(choices!)).toEqual([expect.stringMatching(/^(tile|matrix|sum)/)])
    await tuneStep(step, matrices(), 10_000)
    expect(store.updates).toBe(1)
    const tuned = await result()
    for (let i = 0; i < before.length; i++) expect(tuned[i]).toBeCloseTo(before[i]!, 4)
    gpu.close()
    gpu = await createWebGPUDevice({ tunings: store, tune: true })
    await tuneStep(step, matrices(), 10_000)
    expect(store.updates).toBe(1)
    expect(await result()).toEqual(tuned)
  })

  it('runs nothing of the step', async () => {
    gpu = await createWebGPUDevice({ tune: true })
    const [x, w] = matrices()
    const before = await w.data()
    const update = (input: Tensor): Tensor => {
      w.copy_(w.sub(input.transpose(0, 1).matmul(input.matmul(w))))
      return w.sum()
    }
    await tuneStep(update, [x], 1000)
    expect(await w.data()).toEqual(before)
    await capture(update)(x).data()
    expect(await w.data()).not.toEqual(before)
  })

  it('stops when its time is over, and leaves the rest as it is', async () => {
    const store = memoryStore()
    gpu = await createWebGPUDevice({ tunings: store, tune: true })
    const before = await result()
    await tuneStep(step, matrices(), 0)
    expect(store.updates).toBe(1)
    expect(await result()).toEqual(before)
  })

  it('is off on software unless asked for', async () => {
    const store = memoryStore()
    gpu = await createWebGPUDevice({ tunings: store })
    if (gpu.software) {
      await tuneStep(step, matrices(), 10_000)
      expect(store.updates).toBe(0)
    } else expect(gpu.name).not.toContain('(software)')
  })
})
