/** The most that a device gives, through what its backend runs on. */
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { assemble, FunctionBuilder, simd } from '../../../backends/wasm/assembler.ts'
import { capture, tensor, type Device, type Tensor } from '../../../index.ts'
import type { RooflineCase } from '../../cases.ts'
import type { Prepared } from '../serve.ts'

const pageBytes = 65_536
const lanes = 4
/** Enough independent sums to hide the latency of a multiply-add, few enough to stay in registers. */
const accumulators = 12

function isValid(build: () => FunctionBuilder): boolean {
  return WebAssembly.validate(assemble([build()]))
}

/** `count` rounds of one multiply-add on each of 12 registers of four floats. */
function multiplyAdds(count: number, relaxed: boolean): FunctionBuilder {
  const f = new FunctionBuilder(0)
  const counter = f.local('i32')
  const sums = Array.from({ length: accumulators }, () => f.local('v128'))
  const factor = f.local('v128')
  f.f32x4(0.999).set(factor)
  for (const sum of sums) f.f32x4(1).set(sum)
  f.loop(counter, 0, count, 1, () => {
    for (const sum of sums) {
      f.get(sum).get(factor)
      if (relaxed) f.get(factor).simd(simd.f32x4RelaxedMadd)
      else f.simd(simd.f32x4Mul).get(factor).simd(simd.f32x4Add)
      f.set(sum)
    }
  })
  // Stored, so that nothing is optimised away.
  for (const sum of sums) f.i32(0).get(sum).simdMemory(simd.store)
  return f
}

/** Copies `bytes` from address 64 to behind it, 16 vectors at a time. */
function copies(bytes: number): FunctionBuilder {
  const f = new FunctionBuilder(0)
  const at = f.local('i32')
  const stride = 256
  f.loop(at, 0, bytes - stride + 1, stride, () => {
    for (let i = 0; i < stride; i += 16)
      f.get(at)
        .get(at)
        .simdMemory(simd.load, 64 + i)
        .simdMemory(simd.store, 64 + bytes + i)
  })
  return f
}

function compileLoop({ what, amount }: RooflineCase): () => void {
  const relaxed = isValid(() => multiplyAdds(1, true))
  const perRound = accumulators * lanes * 2
  const code = what === 'copy' ? copies(amount / 2) : multiplyAdds(Math.round(amount / perRound), relaxed)
  const pages = what === 'copy' ? Math.ceil((amount + 1024) / pageBytes) : 1
  const memory = new WebAssembly.Memory({ initial: pages })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(assemble([code])), { env: { memory } })
  // The module exports exactly this function.
  return instance.exports['run'] as () => void
}

/** Every thread does its part of the iterations; the machine is what they do together. */
function prepareThreads(c: RooflineCase, threads: number): Prepared {
  const own = compileLoop(c)
  const helpers = Array.from(
    { length: threads - 1 },
    () => new Worker(new URL(import.meta.url), { workerData: c }),
  )
  const finished = (helper: Worker): Promise<void> =>
    new Promise((resolve) => helper.once('message', () => resolve()))
  return {
    run: async (iterations) => {
      const share = Math.ceil(iterations / threads)
      const others = helpers.map((helper) => {
        helper.postMessage(share)
        return finished(helper)
      })
      for (let i = 0; i < share; i++) own()
      await Promise.all(others)
    },
    result: () => 0,
    dispose: () => helpers.forEach((helper) => void helper.terminate()),
  }
}

/** A GPU hides latency by itself: one fused kernel of many multiply-adds for each element, or one that only copies. */
function prepareKernel(device: Device, { what, amount }: RooflineCase): Prepared {
  const depth = 256
  const elements = what === 'copy' ? amount / 8 : Math.max(1, Math.round(amount / (2 * depth)))
  const x = tensor(new Float32Array(elements).fill(1))
  const chain = (input: Tensor): Tensor => {
    let out = input
    for (let i = 0; i < depth; i++) out = out.mul(input).add(0.001)
    return out
  }
  const step = capture(() => (what === 'copy' ? x.clone() : chain(x)))
  return {
    run: (iterations) => {
      for (let i = 0; i < iterations; i++) step()
      return device.synchronize()
    },
    result: () => 0,
    dispose: () => x.dispose(),
  }
}

export const prepareRoofline = (device: Device, c: RooflineCase, threads: number | undefined): Prepared =>
  device.backend === 'wasm' ? prepareThreads(c, threads ?? availableParallelism()) : prepareKernel(device, c)

if (!isMainThread && parentPort) {
  const run = compileLoop(workerData as RooflineCase)
  parentPort.on('message', (iterations: number) => {
    for (let i = 0; i < iterations; i++) run()
    parentPort!.postMessage('done')
  })
}
