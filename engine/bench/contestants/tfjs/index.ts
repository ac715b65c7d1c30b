import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installed } from '../install.ts'
import type { Contestant } from '../protocol.ts'

const version = '4.22.0'
const kinds = ['train', 'inference', 'op', 'dispatch'] as const

/** TensorFlow.js with its WebAssembly backend, which under Node has SIMD but no threads. */
export const tfjs: Contestant = {
  name: 'tfjs',
  ours: false,
  kinds,
  launch: async () => {
    const modules = installed('tfjs', {
      '@tensorflow/tfjs': version,
      '@tensorflow/tfjs-backend-wasm': version,
    })
    return { command: process.execPath, args: [join(import.meta.dirname, 'worker.ts'), modules, version] }
  },
}

const browsers = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** TensorFlow.js with its WebGPU backend, which wants a browser. */
export const tfjsInChromium: Contestant = {
  name: 'tfjs',
  ours: false,
  kinds,
  launch: async () => {
    const chromium = browsers.find((path) => path !== '' && existsSync(path))
    if (!chromium) return { missing: 'there is no Chromium; name one in the environment variable CHROMIUM' }
    const modules = installed('tfjs-webgpu', {
      '@tensorflow/tfjs': version,
      '@tensorflow/tfjs-backend-webgpu': version,
      'playwright-core': '1.65.1',
    })
    const worker = join(import.meta.dirname, 'browser-worker.ts')
    return { command: process.execPath, args: [worker, modules, version, chromium] }
  },
}
