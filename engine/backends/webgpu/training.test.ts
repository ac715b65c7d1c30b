import { afterAll, beforeAll, expect, it } from 'vitest'
import * as nn from '../../nn/index.ts'
import * as optim from '../../optim/index.ts'
import { uniform } from '../../ops/samples.ts'
import { capture } from '../../tensor/capture.ts'
import { tensor } from '../../tensor/creation.ts'
import { manualSeed } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Device } from '../device.ts'
import { excess } from '../../fixtures/excess.ts'
import type { WebGPUDevice } from './device.ts'
import { onWebGPU, reference } from './testing.ts'

const rows = 96
const features = 12
const batch = 32

interface Run {
  readonly losses: number[]
  readonly state: Record<string, ArrayLike<number>>
}

interface Setup {
  readonly model: nn.Sequential
  readonly optimizer: optim.SGD | optim.Adam
  readonly loss: (output: Tensor, rows: Tensor) => Tensor
}

/** Some epochs of captured steps, batches gathered on the device. */
async function train(device: Device, setUp: (device: Device) => Setup, steps = 12): Promise<Run> {
  manualSeed(7)
  const x = tensor(Float32Array.from(uniform([rows, features]).values), { shape: [rows, features], device })
  const { model, optimizer, loss } = setUp(device)
  const step = capture((index) => {
    const value = loss(model.forward(x.indexSelect(0, index)), index)
    value.backward()
    optimizer.step()
    optimizer.zeroGrad()
    return value
  })
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    if (i === 6) optimizer.setLearningRate(0.005)
    const index = Int32Array.from({ length: batch }, (_, j) => (i * batch + j * 5) % rows)
    losses.push(await step(tensor(index, { device })).item())
  }
  const state: Record<string, ArrayLike<number>> = {}
  for (const [name, value] of Object.entries(model.stateDict())) state[name] = await value.data()
  return { losses, state }
}

function classifier(device: Device): Setup {
  const model = new nn.Sequential(
    // No bias: the norm takes it away again, and Adam would blow up the rounding noise of its gradient.
    new nn.Linear(features, 40, { device, bias: false }),
    new nn.BatchNorm1d(40, { device }),
    new nn.GELU(),
    new nn.Dropout(0.25),
    new nn.Linear(40, 33, { device }),
    new nn.Tanh(),
    new nn.Linear(33, 3, { device }),
  )
  const classes = Int32Array.from({ length: rows }, (_, i) => (i * i) % 3)
  const target = tensor(classes, { device })
  const weight = tensor([1, 2, 0.5], { device })
  return {
    model,
    optimizer: new optim.AdamW(model.parameters(), { lr: 0.01, weightDecay: 0.05 }),
    loss: (output, index) => nn.functional.crossEntropy(output, target.indexSelect(0, index), { weight }),
  }
}

function regressor(device: Device): Setup {
  const model = new nn.Sequential(
    new nn.Linear(features, 64, { device }),
    new nn.ReLU(),
    new nn.Linear(64, 64, { device }),
    new nn.ReLU(),
    new nn.Linear(64, 1, { device }),
  )
  const target = tensor(Float32Array.from(uniform([rows, 1], -1, 1).values), { shape: [rows, 1], device })
  return {
    model,
    optimizer: new optim.SGD(model.parameters(), { lr: 0.05, momentum: 0.9, weightDecay: 1e-3 }),
    loss: (output, index) => nn.functional.mseLoss(output, target.indexSelect(0, index)),
  }
}

onWebGPU('Training on WebGPU', (open) => {
  let gpu: WebGPUDevice
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => gpu.close())

  it.each([
    ['a classifier with batch norm, dropout and AdamW', classifier],
    ['a regressor with momentum', regressor],
  ])('%s learns as on the reference', async (_name, setUp) => {
    const [actual, expected] = [await train(gpu, setUp), await train(reference, setUp)]
    expect(excess(actual.losses, expected.losses, 1e-4)).toBeLessThanOrEqual(0)
    for (const [name, values] of Object.entries(expected.state)) {
      expect(excess(actual.state[name]!, values, 1e-3, 1e-2), name).toBeLessThanOrEqual(0)
    }
    expect(new Set(expected.losses).size).toBe(expected.losses.length)
  })

  it('is the same to the bit every time', async () => {
    const [first, second] = [await train(gpu, classifier), await train(gpu, classifier)]
    expect(second).toEqual(first)
  })
})
