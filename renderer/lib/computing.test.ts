import { describe, expect, it } from 'vitest'
import { deviceInWords, memoryInWords, threadsInWords, whyNoGpu } from './computing.ts'

const GiB = 1024 ** 3
const now = { device: 'auto', threads: 2, cores: 8, memory: 16 * GiB } as const
const cpu = { backend: 'wasm', available: true, description: 'CPU' } as const
const gpu = (description: string, available = true) =>
  ({ backend: 'webgpu', available, description }) as const
const real = [cpu, gpu('NVIDIA H100')]
const none = [cpu, gpu('No driver.', false)]
const software = [cpu, gpu('SwiftShader (software)')]

it('tells threads beside cores', () => {
  expect(threadsInWords(now)).toBe('2 of 8 cores')
  expect(threadsInWords({ ...now, threads: 1, cores: 1 })).toBe('1 of 1 core')
})

describe('the device', () => {
  it('is chosen by expected time where there is a GPU, else the CPU', () => {
    expect(deviceInWords(real, now)).toBe(
      'Now: NVIDIA H100 where a step is expected to be quicker there, else the CPU, on 2 of 8 cores.',
    )
    expect(deviceInWords(none, now)).toBe('Now: the CPU, on 2 of 8 cores.')
    expect(deviceInWords(software, now)).toBe(
      'Now: the CPU, on 2 of 8 cores. The GPU here is slower: SwiftShader (software).',
    )
  })
  it('is what was chosen, or training is refused', () => {
    expect(deviceInWords(real, { ...now, device: 'wasm' })).toBe('Now: the CPU, on 2 of 8 cores.')
    expect(deviceInWords(real, { ...now, device: 'webgpu' })).toBe('Now: NVIDIA H100.')
    expect(deviceInWords(none, { ...now, device: 'webgpu' })).toBe(
      'Now: training is refused. No GPU: No driver.',
    )
  })
  it('says why there is no GPU', () => {
    expect(whyNoGpu(real)).toBeNull()
    expect(whyNoGpu(none)).toBe('No GPU: No driver.')
    expect(whyNoGpu([])).toBe('No GPU: none was found.')
  })
})

it('holds a limit against what the machine has', () => {
  expect(memoryInWords(8 * GiB, now)).toBe('Now: 8 GB of this machine’s 16 GB.')
  expect(memoryInWords(32 * GiB, now)).toBe('Now: more than this machine’s 16 GB, which may run out first.')
})
