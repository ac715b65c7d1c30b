/** The most that a device gives, through what its backend runs on. */
import { Worker } from 'node:worker_threads'
import { assemble } from '../../../backends/wasm/assembler.ts'
import { usualThreads } from '../../../backends/wasm/threads.ts'
import { hasWideVectors } from '../../../backends/wasm/wide-vectors.ts'
import { capture, tensor, type Device, type Tensor } from '../../../index.ts'
import type { RooflineCase } from '../../cases.ts'
import type { Prepared } from '../serve.ts'
import { rooflineLoop } from './roofline-loops.ts'
import { startLoop, type RooflineThread } from './roofline-thread.ts'

const pageBytes = 65_536

const nextMessage = (worker: Worker): Promise<void> =>
  new Promise((resolve, reject) => {
    worker.once('message', () => {
      worker.off('error', reject)
      resolve()
    })
    worker.once('error', reject)
  })

/** How often one iteration goes through its working set. */
const repeatsOf = ({ bytes, amount }: RooflineCase): number => (bytes === 0 ? 1 : Math.round(amount / bytes))

/** Every thread does its part of each iteration, in its part of a memory that they share as the backend's do. */
async function prepareThreads(c: RooflineCase, usual: number): Promise<Prepared> {
  const threads = c.threads === 'one' ? 1 : usual
  const wide = hasWideVectors()
  const build = (relaxed: boolean, pages: number): Uint8Array<ArrayBuffer> =>
    assemble([rooflineLoop(c, threads, { relaxed, wide }).code], pages)
  const { bytes } = rooflineLoop(c, threads, { relaxed: false, wide })
  const pagesEach = Math.ceil(bytes / pageBytes)
  const pages = pagesEach * threads
  const relaxed = WebAssembly.validate(build(true, pages))
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  const module = new WebAssembly.Module(build(relaxed, pages))
  const thread = (i: number): RooflineThread => ({
    module,
    memory,
    address: i * pagesEach * pageBytes,
    bytes,
  })
  const file = new URL('./roofline-thread.ts', import.meta.url)
  const helpers = Array.from(
    { length: threads - 1 },
    (_, i) => new Worker(file, { workerData: thread(i + 1) }),
  )
  // One that is still starting would be measured.
  await Promise.all(helpers.map(nextMessage))
  const own = startLoop(thread(0))
  const repeats = repeatsOf(c)
  return {
    run: async (iterations) => {
      const others = helpers.map((helper) => {
        helper.postMessage(iterations * repeats)
        return nextMessage(helper)
      })
      own(iterations * repeats)
      await Promise.all(others)
    },
    result: () => 0,
    dispose: () => helpers.forEach((helper) => void helper.terminate()),
  }
}

/**
 * A GPU hides latency by itself: one fused kernel of many multiply-adds for each element, or one that copies. Its memory
 * reads as fast as it copies.
 */
function prepareKernel(device: Device, c: RooflineCase): Prepared {
  if (c.threads === 'one') throw new Error('a GPU does not compute with one thread')
  const depth = 256
  const isSum = c.what === 'multiply-add'
  const elements = Math.max(1, Math.round(isSum ? c.amount / (2 * depth) : c.bytes / 8))
  const x = tensor(new Float32Array(elements).fill(1))
  const chain = (input: Tensor): Tensor => {
    let out = input
    for (let i = 0; i < depth; i++) out = out.mul(input).add(0.001)
    return out
  }
  const step = capture(() => (isSum ? chain(x) : x.clone()))
  const repeats = repeatsOf(c)
  return {
    run: (iterations) => {
      for (let i = 0; i < iterations * repeats; i++) step()
      return device.synchronize()
    },
    result: () => 0,
    dispose: () => x.dispose(),
  }
}

/** `threads`: of our WebAssembly backend; undefined: as many as it takes by itself. */
export const prepareRoofline = async (
  device: Device,
  c: RooflineCase,
  threads: number | undefined,
): Promise<Prepared> =>
  device.backend === 'wasm' ? prepareThreads(c, threads ?? usualThreads()) : prepareKernel(device, c)
