/** onnxruntime's side of the benchmark. Arguments: its packages' folder, version, provider, and the exporter's command. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Case } from '../../cases.ts'
import { fingerprint, makeData } from '../data.ts'
import { operandsOf } from '../operands.ts'
import { serve, type Prepared } from '../serve.ts'

type Values = Float32Array | Int32Array | BigInt64Array
interface Tensor {
  data: Float32Array
}
interface Session {
  run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>
  release(): Promise<void>
}
interface Onnxruntime {
  Tensor: new (type: string, data: Values, dims: readonly number[]) => Tensor
  InferenceSession: { create(path: string, options: object): Promise<Session> }
}

const [modules = '', version = '', provider = '', python = '', ...exporter] = process.argv.slice(2)
// Nobody is told of what is measured here, and sending it would be measured, too.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
const ort = createRequire(join(modules, 'x.js'))('onnxruntime-node') as Onnxruntime
const folder = mkdtempSync(join(tmpdir(), 'descent-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
let files = 0

function exported(c: Case): string {
  const path = join(folder, `${files++}.onnx`)
  const made = spawnSync(python, [...exporter, path], { input: JSON.stringify(c), encoding: 'utf8' })
  if (made.status !== 0)
    throw new Error(`PyTorch could not write its model: ${made.stderr.trim().split('\n').at(-1)}`)
  return path
}

const tensor = (values: Float32Array | Int32Array, shape: number[]): Tensor =>
  values instanceof Int32Array
    ? new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape)
    : new ort.Tensor('float32', values, shape)

function feedsOf(c: Case): Record<string, Tensor> {
  if (c.kind === 'inference') {
    const { inputs, shape } = makeData(c.model, c.batch)
    return { x0: tensor(inputs, shape) }
  }
  if (c.kind !== 'op' || c.gradient) throw new Error('it computes no gradients')
  const { inputs, tokens } = operandsOf(c)
  const all = [...inputs, ...(tokens ? [{ values: tokens, shape: [tokens.length] }] : [])]
  return Object.fromEntries(all.map(({ values, shape }, i) => [`x${i}`, tensor(values, shape)]))
}

async function prepare(c: Case): Promise<Prepared> {
  const feeds = feedsOf(c)
  const path = exported(c)
  const numbers = provider === 'cpu' ? [...new Set([1, availableParallelism()])] : [1]
  const sessions = new Map<string, Session>()
  for (const intraOpNumThreads of numbers) {
    const options = {
      executionProviders: [provider],
      intraOpNumThreads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    }
    const name = provider === 'cpu' ? `${intraOpNumThreads} thread${intraOpNumThreads > 1 ? 's' : ''}` : ''
    sessions.set(name, await ort.InferenceSession.create(path, options))
  }
  rmSync(path)
  let output: Tensor | undefined
  return {
    variants: [...sessions.keys()],
    run: async (iterations, variant) => {
      const session = sessions.get(variant)!
      for (let i = 0; i < iterations; i++) output = (await session.run(feeds))['y']
    },
    result: () => fingerprint(output!.data),
    dispose: () => sessions.forEach((session) => void session.release()),
  }
}

await serve(async () => ({ device: provider, version, prepare }))
