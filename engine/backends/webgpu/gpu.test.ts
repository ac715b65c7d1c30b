import { expect, it } from 'vitest'
import { deviceName } from './gpu.ts'

const name = (info: Partial<GPUAdapterInfo>): string =>
  deviceName({
    vendor: '',
    architecture: '',
    device: '',
    description: '',
    isFallbackAdapter: false,
    ...info,
  } as GPUAdapterInfo)

it('is called by its card and its driver, as far as they are told', () => {
  const nvidia = { vendor: 'nvidia', architecture: 'hopper', device: 'nvidia-h100-80gb-hbm3' }
  expect(name({ ...nvidia, description: 'NVIDIA: 550.54.15' })).toBe(
    'nvidia h100 80gb hbm3, NVIDIA: 550.54.15',
  )
  expect(name({ vendor: 'apple', architecture: 'metal-3' })).toBe('apple metal-3')
  expect(name({})).toBe('GPU')
})

it('says where a CPU plays the GPU', () => {
  const swiftShader = { architecture: 'swiftshader', device: 'swiftshader-device-subzero-' }
  expect(name({ ...swiftShader, description: 'SwiftShader driver 5.0.0' })).toBe(
    'SwiftShader driver 5.0.0 (software)',
  )
  expect(name({ ...swiftShader })).toBe('swiftshader-device-subzero- (software)')
})
