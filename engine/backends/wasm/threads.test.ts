import { spawnSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { disagreements } from '../../compiler/fuzz.ts'
import { capture, manualSeed, nn, optim, randn, tensor, vision, type Tensor } from '../../index.ts'
import type { Device } from '../device.ts'
import { createWasmDevice, type RunChooser } from './device.ts'
import { usualThreads } from './threads.ts'

/** Shares whatever can be shared, however small. */
const eager = { sharing: 0, threads: 0 }
const choosing = (next: () => number): RunChooser => ({ program: () => ({ next, ran: () => {} }) })
let runs = 0
const devices = [
  ...[1, 2, 3].map((threads) =>
    createWasmDevice({ threads, thresholds: eager, chooser: choosing(() => threads) }),
  ),
  // Another number for every run.
  createWasmDevice({ threads: 3, thresholds: eager, chooser: choosing(() => 1 + (runs++ % 3)) }),
]
beforeAll(() => Promise.all(devices.map((device) => device.ready())))
afterAll(() => devices.forEach((device) => device.close()))

/** Some steps of training; the losses, then the weights. */
async function train(model: nn.Module, x: Tensor, labels: Tensor): Promise<number[][]> {
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 })
  const step = capture((x: Tensor, y: Tensor) => {
    optimizer.zeroGrad()
    const loss = nn.functional.crossEntropy(model.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  })
  const losses: number[] = []
  for (let i = 0; i < 40; i++) losses.push(await step(x, labels).item())
  const weights = await Promise.all(model.parameters().map(async (p) => [...(await p.data())]))
  return [losses, ...weights]
}

describe('The number of threads', () => {
  const labelsOf = (rows: number, device: Device): Tensor =>
    tensor(Int32Array.from({ length: rows }, (_, i) => i % 10), { device }) // prettier-ignore

  it('does not show in the training of an MLP', async () => {
    const results: number[][][] = []
    for (const device of devices) {
      manualSeed(3)
      const model = new nn.Sequential(
        new nn.Linear(37, 50, { device }),
        new nn.BatchNorm1d(50, { device }),
        new nn.ReLU(),
        new nn.Linear(50, 10, { device }),
      )
      results.push(await train(model, randn([29, 37], { device }), labelsOf(29, device)))
    }
    expect(results[0]![0]!.every(Number.isFinite)).toBe(true)
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
    expect(results[3]).toEqual(results[0])
  })

  it('does not show in the training of a CNN', async () => {
    const results: number[][][] = []
    for (const device of devices) {
      manualSeed(4)
      const model = vision.models.cnn({
        channels: 1,
        classes: 10,
        height: 10,
        width: 12,
        dropout: 0.3,
        device,
      })
      results.push(await train(model, randn([7, 1, 10, 12], { device }), labelsOf(7, device)))
    }
    expect(results[0]![0]!.every(Number.isFinite)).toBe(true)
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
    expect(results[3]).toEqual(results[0])
  })

  it('does not show in random programs', async () => {
    expect(await disagreements(devices[2]!, '1:60')).toBe('')
    expect(await disagreements(devices[3]!, '151:170')).toBe('')
  })

  it('is part of the name of the device', () => {
    expect(devices[0]!.name).not.toContain('thread')
    expect(devices[1]!.name).toContain('2 threads')
  })
})

it('Small and large programs take turns ten thousand times', async () => {
  const device = createWasmDevice({ threads: 3 })
  const [small, large] = [randn([4, 4], { device }), randn([96, 96], { device })]
  const square = capture((x: Tensor) => x.matmul(x).sum())
  // Large enough to be shared by the usual thresholds.
  const power = capture((x: Tensor) => x.matmul(x).matmul(x).tanh().sum())
  const expected = [await square(small).item(), await power(large).item()]
  for (let i = 0; i < 5000; i++) {
    square(small)
    power(large)
  }
  expect([await square(small).item(), await power(large).item()]).toEqual(expected)
  device.close()
})

it('A closed device still computes, on one thread', async () => {
  const device = createWasmDevice({ threads: 2, thresholds: eager })
  const x = randn([50, 50], { device })
  const step = capture((x: Tensor) => x.matmul(x))
  const before = [...(await step(x).data())]
  device.close()
  expect([...(await step(x).data())]).toEqual(before)
})

describe('The usual number of threads', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('is what DESCENT_THREADS says', () => {
    vi.stubEnv('DESCENT_THREADS', '5')
    expect(usualThreads()).toBe(5)
  })

  it.each(['', '0', 'many', '2.5'])('is at least one and at most eight where it says "%s"', (value) => {
    vi.stubEnv('DESCENT_THREADS', value)
    expect(usualThreads()).toBeGreaterThanOrEqual(1)
    expect(usualThreads()).toBeLessThanOrEqual(8)
  })
})

describe('A process', () => {
  const script = (last: string): string => `
    import { capture, openDevice, randn } from ${JSON.stringify(new URL('../../index.ts', import.meta.url).href)}
    const device = await openDevice('wasm', { threads: 3 })
    const x = randn([200, 200], { device })
    const step = capture((x) => x.matmul(x))
    for (let i = 0; i < 20; i++) step(x)
    console.log(device.name)
    ${last}`
  const run = (last: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script(last)], {
      timeout: 15_000,
      encoding: 'utf8',
    })

  it('ends by itself while its threads sleep', () => {
    const { status, stdout, stderr } = run('')
    expect(stderr).toBe('')
    expect(stdout).toContain('3 threads')
    expect(status).toBe(0)
  })

  it('ends when it is told to, threads and all', () => {
    const { signal } = run(`setInterval(() => step(x), 1); setTimeout(() => process.kill(process.pid), 50)`)
    expect(signal).toBe('SIGTERM')
  })
})
