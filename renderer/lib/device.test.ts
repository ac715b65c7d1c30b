import { expect, it } from 'vitest'
import { fastestDevice, shortDevice } from './device.ts'

const wasm = {
  backend: 'wasm',
  available: true,
  description: 'CPU (WebAssembly SIMD, relaxed, 2 threads)',
} as const
const webgpu = (description: string, available = true) =>
  ({ backend: 'webgpu', available, description }) as const

it('names a device in what fits the top bar', () => {
  expect(shortDevice(wasm)).toBe('CPU · 2 threads')
  expect(shortDevice({ ...wasm, description: 'CPU (WebAssembly SIMD, 1 thread)' })).toBe('CPU · 1 thread')
  expect(shortDevice({ ...wasm, description: 'CPU (WebAssembly SIMD)' })).toBe('CPU')
  expect(shortDevice(webgpu('NVIDIA H100 PCIe, NVIDIA: 550.90'))).toBe('NVIDIA H100 PCIe')
  expect(shortDevice(webgpu('SwiftShader Device (LLVM 16) (software)'))).toBe('SwiftShader Device')
  expect(shortDevice(webgpu('AMD Radeon RX 7900 XTX Special Anniversary Edition')).length).toBe(24)
})

it('shows a GPU only where it is faster than the CPU', () => {
  expect(fastestDevice([wasm, webgpu('NVIDIA H100')])?.backend).toBe('webgpu')
  expect(fastestDevice([wasm, webgpu('SwiftShader (software)')])).toBe(wasm)
  expect(fastestDevice([wasm, webgpu('No driver.', false)])).toBe(wasm)
  expect(fastestDevice([])).toBeNull()
})
