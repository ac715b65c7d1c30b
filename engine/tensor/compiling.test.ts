/** What makes a device compile: other work, not other numbers. */
import { describe, expect, it } from 'vitest'
import type { Device } from '../backends/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import * as nn from '../nn/index.ts'
import * as optim from '../optim/index.ts'
import { capture } from './capture.ts'
import { setDefaultDevice, tensor } from './creation.ts'
import { rand } from './random.ts'

/** A device that counts. */
function counting(): { device: Device; compiled: () => number } {
  const device = createWasmDevice({ threads: 1 })
  let count = 0
  const compile = (program: Parameters<Device['compile']>[0]): ReturnType<Device['compile']> => {
    count++
    return device.compile(program)
  }
  return { device: { ...device, compile }, compiled: () => count }
}

describe('without a captured step', () => {
  it('a new number compiles nothing anew', async () => {
    const { device, compiled } = counting()
    setDefaultDevice(device)
    const x = tensor([1, -2, 3])
    const whole = tensor([1, 2, 3], { dtype: 'int32' })
    const work = async (by: number): Promise<number[]> => [
      ...(await x.mul(by + 0.25).add(by + 3).clamp(-by - 3, by + 5).data()),
      ...(await whole.add(by + 3).eq(by + 5).data()),
    ] // prettier-ignore
    await work(0)
    const before = compiled()
    for (let by = 1; by < 20; by++) {
      const wanted = [1, -2, 3].map((v) => Math.min(Math.max(v * (by + 0.25) + by + 3, -by - 3), by + 5))
      expect(await work(by)).toEqual([...wanted, 0, 1, 0])
    }
    expect(compiled()).toBe(before)
  })

  it('neither does a learning rate that changes at every step', async () => {
    const { device, compiled } = counting()
    setDefaultDevice(device)
    const model = new nn.Linear(3, 2)
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.31, momentum: 0.9 })
    const step = async (i: number): Promise<void> => {
      optimizer.paramGroups[0]!.lr = 0.31 / (i + 1)
      optimizer.zeroGrad()
      model.forward(tensor([[1, 2, 3]])).square().sum().backward() // prettier-ignore
      optimizer.step()
      await model.weight.data()
    }
    for (let i = 0; i < 3; i++) await step(i)
    const before = compiled()
    for (let i = 3; i < 10; i++) await step(i)
    expect(compiled()).toBe(before)
  })
})

it('a captured step compiles once for each size of a batch, the last of an epoch too', async () => {
  const { device, compiled } = counting()
  setDefaultDevice(device)
  const step = capture((x) => x.mul(2).sum())
  const epoch = async (): Promise<void> => {
    for (const size of [8, 8, 8, 3]) await step(rand([size, 2])).item()
  }
  await epoch()
  const before = compiled()
  await epoch()
  await epoch()
  expect(compiled()).toBe(before)
})
