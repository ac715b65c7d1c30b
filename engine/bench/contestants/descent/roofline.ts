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

/** Of one thread's loop, at least as many independent chains as a processor wants to have under way, and how often it goes round. */
const chains = 4
const depth = 64
const rounds = 16

/**
 * Multiply-adds in registers: a thread for each row, each adding up what `chains` of them come to in each round. Nothing but its
 * result goes to memory.
 */
function prepareMultiplyAdds(device: Device, { amount }: RooflineCase): Prepared {
  const rows = Math.ceil(amount / (2 * chains * depth * rounds))
  const x = tensor(new Float32Array(rows).fill(0.5), { shape: [rows, 1] })
  const y = tensor(
    Float32Array.from({ length: rounds }, (_, i) => i / rounds),
    { shape: [1, rounds] },
  )
  const chain = (start: number): Tensor => {
    let out = x.add(start).add(y)
    for (let i = 0; i < depth; i++) out = out.mul(y).add(x)
    return out
  }
  const all = Array.from({ length: chains }, (_, i) => i)
  const step = capture(() =>
    all
      .map(chain)
      .reduce((sum, one) => sum.add(one))
      .sum(1),
  )
  return {
    run: (iterations) => {
      for (let i = 0; i < iterations; i++) step()
      return device.synchronize()
    },
    result: () => 0,
    dispose: () => [x, y].forEach((t) => t.dispose()),
  }
}

/** How often each way of copying runs before the faster one is taken. */
const trialRuns = 8

/**
 * The device's own copying from buffer to buffer, or a kernel that negates, whichever is faster: an H200 copies 0.83 TB/s through
 * its copy engine, a third of what its kernels move. Its memory reads about as fast as it copies.
 */
async function prepareCopies(device: Device, c: RooflineCase): Promise<Prepared> {
  const elements = Math.max(1, Math.round(c.bytes / 8))
  const ones = new Float32Array(elements).fill(1)
  const [from, to] = [device.allocate(elements, 'float32'), device.allocate(elements, 'float32')]
  device.write(from, ones)
  const source = tensor(ones)
  const negate = capture(() => [source.neg()])
  const ways = [() => device.copy(from, to), () => void negate()]
  const times: number[] = []
  for (const way of ways) {
    way()
    await device.synchronize()
    const start = performance.now()
    for (let i = 0; i < trialRuns; i++) way()
    await device.synchronize()
    times.push(performance.now() - start)
  }
  const fastest = ways[times.indexOf(Math.min(...times))]!
  const repeats = repeatsOf(c)
  return {
    run: (iterations) => {
      for (let i = 0; i < iterations * repeats; i++) fastest()
      return device.synchronize()
    },
    result: () => 0,
    dispose: () => {
      for (const buffer of [from, to]) buffer.free()
      source.dispose()
    },
  }
}

/** A GPU hides latency by itself, with all its threads. */
async function prepareGpu(device: Device, c: RooflineCase): Promise<Prepared> {
  if (c.threads === 'one') throw new Error('a GPU does not compute with one thread')
  return c.what === 'multiply-add' ? prepareMultiplyAdds(device, c) : prepareCopies(device, c)
}

/** `threads`: of our WebAssembly backend; undefined: as many as it takes by itself. */
export const prepareRoofline = async (
  device: Device,
  c: RooflineCase,
  threads: number | undefined,
): Promise<Prepared> =>
  device.backend === 'wasm' ? prepareThreads(c, threads ?? usualThreads()) : prepareGpu(device, c)
