import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../backends/device.ts'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { onWebGPU } from '../backends/webgpu/testing.ts'
import * as nn from '../nn/index.ts'
import * as optim from '../optim/index.ts'
import { capture } from '../tensor/capture.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { getRngState, manualSeed, randn } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { profile, recordFunction, type StepProfile } from './index.ts'

const inputs = (): Tensor[] => [randn([32, 6]).realize()]

function training() {
  manualSeed(3)
  const model = new nn.Sequential(
    new nn.Linear(6, 16),
    new nn.ReLU(),
    new nn.Sequential(new nn.Dropout(0.3), new nn.Linear(16, 3)),
  )
  const target = tensor(Int32Array.from({ length: 32 }, (_, i) => i % 3))
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.05 })
  const step = (x: Tensor): Tensor => {
    optimizer.zeroGrad()
    const scores = model.forward(x)
    const loss = recordFunction('loss', () => nn.functional.crossEntropy(scores, target))
    loss.backward()
    optimizer.step()
    return loss.detach()
  }
  return { model, optimizer, step }
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

function itProfiles(device: () => Device): void {
  let found: StepProfile
  beforeAll(async () => {
    setDefaultDevice(device())
    const { model, step } = training()
    found = await profile(step, inputs(), { model, steps: 3 })
  })

  it('gives every layer its time, by name and pass', () => {
    const layers = found.layers.map(({ layer, type }) => `${layer} ${type}`.trim())
    expect(layers).toEqual(['0 Linear', '1 ReLU', '2.0 Dropout', '2.1 Linear', 'loss', 'optimizer Adam'])
    const passes = new Set(found.kernels.flatMap((k) => k.parts.map((p) => `${p.layer} ${p.pass}`)))
    for (const layer of ['0', '2.1', 'loss']) {
      expect(passes).toContain(`${layer} forward`)
      expect(passes).toContain(`${layer} backward`)
    }
    expect(passes).toContain('optimizer optimizer')
    expect(passes).not.toContain('optimizer forward')
  })

  it('counts every kernel once, whatever it is divided among', () => {
    const total = sum(found.kernels.map((k) => k.milliseconds))
    expect(total).toBeGreaterThan(0)
    expect(found.kernelMilliseconds).toBeCloseTo(total, 9)
    expect(sum(found.layers.map((l) => l.milliseconds))).toBeCloseTo(total, 9)
    expect(sum(found.layers.map((l) => l.forward + l.backward + l.optimizer))).toBeCloseTo(total, 9)
    expect(sum(found.kernels.map((k) => k.share))).toBeCloseTo(1, 9)
    expect(sum(found.layers.map((l) => l.share))).toBeCloseTo(1, 9)
    const products = found.kernels.filter((k) => k.kernel.startsWith('matmul'))
    // Forward: two; backward: both weights' and the hidden layer's.
    expect(products.map((k) => k.parts.map((p) => `${p.layer} ${p.pass}`).join()).toSorted()).toEqual([
      '0 backward',
      '0 forward',
      '2.1 backward',
      '2.1 backward',
      '2.1 forward',
    ])
  })

  it('leaves weights, optimizer, random generator and the model itself as they were', async () => {
    const plain = training()
    const x = inputs()
    const expected: number[] = []
    const run = capture(plain.step)
    for (let i = 0; i < 4; i++) expected.push(await run(x[0]!).item())

    const { model, optimizer, step } = training()
    const same = inputs()
    const measured = capture(step)
    const losses = [await measured(same[0]!).item(), await measured(same[0]!).item()]
    const state = async () => {
      const tensors = { ...model.stateDict(), ...optimizer.checkpoint() }
      const values = Object.entries(tensors).map(async ([name, t]) => [name, [...(await t.data())]] as const)
      return { tensors: await Promise.all(values), rng: [...(await getRngState())] }
    }
    const before = await state()
    await profile(step, same, { model, steps: 2 })
    expect(await state()).toEqual(before)
    losses.push(await measured(same[0]!).item(), await measured(same[0]!).item())
    expect(losses).toEqual(expected)
    expect(model.namedModules().filter(([, module]) => Object.hasOwn(module, 'forward'))).toEqual([])
  })
}

function itFuses(device: () => Device): void {
  it('keeps the names of everything a kernel was fused from', async () => {
    setDefaultDevice(device())
    const { model, step } = training()
    const { kernels } = await profile(step, inputs(), { model, steps: 1 })
    const epilogue = kernels.find((k) => k.ops.includes('relu'))!
    expect(epilogue.parts).toContainEqual({ layer: '0', type: 'Linear', pass: 'forward' })
    expect(epilogue.parts).toContainEqual({ layer: '1', type: 'ReLU', pass: 'forward' })
  })

  it('names kernels by kind and sizes, and counts their work', async () => {
    setDefaultDevice(device())
    const [a, b] = [randn([64, 48]).realize(), randn([48, 80]).realize()]
    const { kernels } = await profile((x) => x.matmul(b).add(1).mul(2).sum([1]), [a], { steps: 1 })
    expect(kernels.map((k) => k.kernel)).toEqual(['matmul 64×48×80', 'sum [64] over 80'])
    expect(kernels[0]!.parts).toEqual([{ layer: 'other', type: '', pass: 'forward' }])
    const seconds = kernels[0]!.milliseconds / 1000
    expect(kernels[0]!.gflops! * seconds * 1e9).toBeCloseTo(2 * 64 * 48 * 80)
    expect(kernels[0]!.gbps! * seconds * 1e9).toBeCloseTo(4 * (64 * 48 + 48 * 80 + 64 * 80))
    expect(kernels[1]!.gflops! * kernels[1]!.milliseconds * 1e6).toBeCloseTo(3 * 64 * 80)
  })

  it('calls products over windows convolutions', async () => {
    setDefaultDevice(device())
    const model = new nn.Conv2d(3, 8, 3, { padding: 1 })
    const step = (x: Tensor): Tensor => model.forward(x)
    const { kernels } = await profile(step, [randn([2, 3, 10, 10]).realize()], { model, steps: 1 })
    const conv = kernels.find((k) => k.kernel.startsWith('conv'))!
    expect(conv.kernel.slice(5).split('×').map(Number).toSorted()).toEqual([200, 27, 8].toSorted())
    expect(conv.parts).toEqual([{ layer: 'Conv2d', type: '', pass: 'forward' }])
  })

  it('knows what a gather touches, and the scatter that is its gradient', async () => {
    setDefaultDevice(device())
    const model = new nn.Embedding(1000, 8)
    const tokens = tensor(Int32Array.of(3, 1, 3, 999))
    const step = (rows: Tensor): Tensor => {
      model.forward(rows).sum().backward()
      return model.weight.grad!
    }
    const { kernels } = await profile(step, [tokens], { model, steps: 1 })
    const scatter = kernels.find((k) => k.kernel.startsWith('scatter'))!
    expect(scatter.kernel).toBe('scatter [1, 4, 8] into 1000')
    expect(scatter.parts).toEqual([{ layer: 'Embedding', type: '', pass: 'backward' }])
    const gather = profile((rows) => model.forward(rows), [tokens], { model, steps: 1 })
    const [row] = (await gather).kernels
    // Four rows read and written, and their numbers: not the whole vocabulary.
    expect(row!.gbps! * row!.milliseconds * 1e6).toBeCloseTo(4 * (2 * 4 * 8 + 4))
  })
}

describe('profiles on the reference', () => itProfiles(createReferenceDevice))

describe.each([1, 2])('profiles on the CPU with %i threads', (threads) => {
  // Small as these networks are, threads share them.
  const thresholds = { sharing: 0, threads: 0 }
  const device = createWasmDevice({ threads, thresholds })
  afterAll(() => device.close())
  itProfiles(() => device)
  itFuses(() => device)
})

onWebGPU('profiles on WebGPU', (open) => {
  let device: Device
  beforeAll(async () => void (device = await open()))
  itProfiles(() => device)
  itFuses(() => device)
})

it('refuses a number of steps that is none', async () => {
  await expect(profile((x) => x, inputs(), { steps: 0 })).rejects.toThrow('from 1, not 0')
})
