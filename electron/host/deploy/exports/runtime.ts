/** onnxruntime as WebAssembly: what an exported file computes where it will run, on every system that Descent runs on. */
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import type { Feed } from '../../../../resources/portable/reader.js'

export type OnnxOutputs = Readonly<Record<string, ArrayLike<unknown>>>

export interface OnnxRuntime {
  readonly name: string
  run(feeds: Readonly<Record<string, Feed>>): Promise<OnnxOutputs>
  close(): Promise<void>
}

/** Errors: an Error with what onnxruntime has against the file. */
export async function openOnnx(file: Uint8Array): Promise<OnnxRuntime> {
  // Threads of WebAssembly are workers, which would outlive the job.
  env.wasm.numThreads = 1
  const session = await InferenceSession.create(file, { executionProviders: ['wasm'], logSeverityLevel: 3 })
  return {
    name: `onnxruntime-web ${env.versions.web ?? ''}`.trim(),
    async run(feeds) {
      const tensors = Object.entries(feeds).map(([name, { dtype, shape, data }]) => [
        name,
        new Tensor(dtype as 'float32', data as Float32Array, shape),
      ])
      const results = await session.run(Object.fromEntries(tensors) as Record<string, Tensor>)
      const outputs = Object.entries(results).map(([name, { data }]) => [name, data as ArrayLike<unknown>])
      return Object.fromEntries(outputs) as OnnxOutputs
    },
    close: () => session.release(),
  }
}
