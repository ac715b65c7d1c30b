/** TensorFlow.js's side of the benchmark under Node. Arguments: the folder of its packages, and its version. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { serve } from '../serve.ts'
import { prepare } from './driver.ts'
import type { Tf } from './tf.ts'

const [modules = '', version = ''] = process.argv.slice(2)
// Not called require: it loads the benchmark's own packages, none of the project's.
const load = createRequire(join(modules, 'x.js'))
const tf = load('@tensorflow/tfjs') as Tf
const wasm = load('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(folder: string): void }

await serve(async () => {
  wasm.setWasmPaths(join(modules, '@tensorflow/tfjs-backend-wasm/dist/'))
  await tf.setBackend('wasm')
  await tf.ready()
  return { device: 'wasm', version, prepare: (c) => prepare(tf, c) }
})
