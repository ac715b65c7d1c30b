import { describe, expect, it } from 'vitest'
import { isFasterOnGpu, isForCpu, predictTime, type DeviceSpeed, type StepWork } from './choice.ts'

const laptop: DeviceSpeed = { step: 2e-6, kernel: 0.3e-6, perFlop: 1 / 50e9, perByte: 1 / 8e9 }
const bigGpu: DeviceSpeed = { step: 60e-6, kernel: 4e-6, perFlop: 1 / 5e12, perByte: 1 / 800e9 }
const smallGpu: DeviceSpeed = { step: 200e-6, kernel: 15e-6, perFlop: 1 / 300e9, perByte: 1 / 30e9 }
const manyCores: DeviceSpeed = { step: 2e-6, kernel: 0.5e-6, perFlop: 1 / 800e9, perByte: 1 / 60e9 }

const work = (megaflops: number, megabytes: number, kernels: number): StepWork => ({
  flops: megaflops * 1e6,
  bytes: megabytes * 1e6,
  kernels,
})
const steps = {
  'tabular-mlp': work(1.1, 0.3, 29),
  'mnist-mlp': work(78, 8.4, 18),
  cnn: work(1600, 75, 38),
  resnet20: work(31_000, 700, 419),
  'many small kernels': work(5, 5, 2000),
  'an embedding, moved only': work(0, 400, 20),
}

it('predicts the sum of what a step asks for', () => {
  const speed = { step: 1, kernel: 2, perFlop: 3, perByte: 4 }
  expect(predictTime({ kernels: 10, flops: 100, bytes: 1000 }, speed)).toBe(1 + 20 + 300 + 4000)
})

describe('the GPU takes a step where it is expected to be faster', () => {
  it.each([
    ['tabular-mlp', laptop, bigGpu, false],
    ['mnist-mlp', laptop, bigGpu, true],
    ['mnist-mlp', laptop, smallGpu, true],
    ['mnist-mlp', manyCores, bigGpu, true],
    ['mnist-mlp', manyCores, smallGpu, false],
    ['cnn', laptop, smallGpu, true],
    ['cnn', manyCores, smallGpu, false],
    ['resnet20', laptop, bigGpu, true],
    ['many small kernels', laptop, bigGpu, false],
    ['an embedding, moved only', laptop, bigGpu, true],
  ] as const)('%s', (name, cpu, gpu, expected) => {
    expect(isFasterOnGpu(steps[name], cpu, gpu)).toBe(expected)
  })

  it('and a draw is the CPU', () => {
    expect(isFasterOnGpu(steps.cnn, laptop, laptop)).toBe(false)
  })
})

it('need not look for a GPU where no GPU could be faster', () => {
  const clear = Object.entries(steps).filter(([, step]) => isForCpu(step))
  expect(clear.map(([name]) => name)).toEqual(['many small kernels'])
  expect(isForCpu(work(0.2, 0.1, 20))).toBe(true)
  // On a CPU that is known to be quicker than the slowest, more is clear.
  expect(isForCpu(steps['tabular-mlp'])).toBe(false)
  expect(isForCpu(steps['tabular-mlp'], laptop)).toBe(true)
})
