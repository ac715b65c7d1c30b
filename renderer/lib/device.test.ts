import { expect, it } from 'vitest'
import { deviceInForce, shortDevice } from './device.ts'

const wasm = {
  backend: 'wasm',
  available: true,
  description: 'CPU (WebAssembly SIMD, relaxed, 2 threads)',
} as const
const webgpu = (description: string, available = true) =>
  ({ backend: 'webgpu', available, description }) as const

it('names a device in what fits the top bar', () => {
  expect(shortDevice(wasm, 2)).toBe('CPU · 2 threads')
  expect(shortDevice(wasm, 1)).toBe('CPU · 1 thread')
  expect(shortDevice(webgpu('NVIDIA H100 PCIe, NVIDIA: 550.90'), 2)).toBe('NVIDIA H100 PCIe')
  expect(shortDevice(webgpu('SwiftShader Device (LLVM 16) (software)'), 2)).toBe('SwiftShader Device')
  expect(shortDevice(webgpu('AMD Radeon RX 7900 XTX Special Anniversary Edition'), 2).length).toBe(24)
  expect(shortDevice(webgpu('No driver.', false), 2)).toBe('No GPU')
})

it('shows a GPU only where it is faster than the CPU', () => {
  expect(deviceInForce([wasm, webgpu('NVIDIA H100')], 'auto')?.backend).toBe('webgpu')
  expect(deviceInForce([wasm, webgpu('SwiftShader (software)')], 'auto')).toBe(wasm)
  expect(deviceInForce([wasm, webgpu('No driver.', false)], 'auto')).toBe(wasm)
  expect(deviceInForce([], 'auto')).toBeNull()
})

it('shows the device that Settings name, there or not', () => {
  expect(deviceInForce([wasm, webgpu('NVIDIA H100')], 'wasm')).toBe(wasm)
  const missing = webgpu('No driver.', false)
  expect(deviceInForce([wasm, missing], 'webgpu')).toBe(missing)
})
