import { join } from 'node:path'
import { installed } from '../install.ts'
import type { Contestant } from '../protocol.ts'

const version = '4.22.0'

/** TensorFlow.js with its WebAssembly backend, which under Node has SIMD but no threads. */
export const tfjs: Contestant = {
  name: 'tfjs',
  ours: false,
  kinds: ['train', 'inference', 'op', 'dispatch'],
  launch: async () => {
    const modules = installed('tfjs', {
      '@tensorflow/tfjs': version,
      '@tensorflow/tfjs-backend-wasm': version,
    })
    return { command: process.execPath, args: [join(import.meta.dirname, 'worker.ts'), modules, version] }
  },
}
