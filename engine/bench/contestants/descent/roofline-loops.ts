/** WebAssembly that does one thing as fast as it goes. */
import { FunctionBuilder, op, simd } from '../../../backends/wasm/assembler.ts'
import type { RooflineCase } from '../../cases.ts'

const lanes = 4
const vectorBytes = 16
const stride = 16 * vectorBytes
/** At the start of a thread's memory: factors that are read, sums that are written. */
const headBytes = 1024
const addressOf = { memory: 0, repeats: 1 }

export interface RooflineLoop {
  /** Takes the address of its memory, and how many times to do it. */
  code: FunctionBuilder
  /** Of its memory. */
  bytes: number
}

export interface LoopOptions {
  relaxed: boolean
  /** As in ContractionOptions: twice the sums find room in registers. */
  wide: boolean
}

/** Enough independent sums to hide the latency of an operation, few enough to stay in registers. */
const sumCount = ({ wide }: LoopOptions): number => (wide ? 24 : 12)

/**
 * Sums over everything that `body` does, stored at the end side by side: that keeps them from being optimised away, and
 * neighbouring stores are where V8 begins to make one vector of eight out of two of four.
 */
function summing(options: LoopOptions, body: (f: FunctionBuilder, sums: readonly number[]) => void): FunctionBuilder {
  const f = new FunctionBuilder(2)
  const sums = Array.from({ length: sumCount(options) }, () => f.local('v128'))
  for (const sum of sums) f.f32x4(0).set(sum)
  body(f, sums)
  sums.forEach((sum, i) => f.get(addressOf.memory).get(sum).simdMemory(simd.store, 16 + i * vectorBytes))
  return f
} // prettier-ignore

function repeat(f: FunctionBuilder, body: () => void): void {
  f.range(f.local('i32'), addressOf.repeats, 1, body)
}

/** A multiply-add on each sum, so many rounds of it. */
function multiplyAdds(rounds: number, options: LoopOptions): FunctionBuilder {
  return summing(options, (f, sums) => {
    const [factor, round] = [f.local('v128'), f.local('i32')]
    f.get(addressOf.memory).simdMemory(simd.load32Splat).set(factor)
    repeat(f, () =>
      f.loop(round, 0, rounds, 1, () => {
        for (const sum of sums) {
          f.get(sum).get(factor)
          if (options.relaxed) f.get(factor).simd(simd.f32x4RelaxedMadd)
          else f.simd(simd.f32x4Mul).get(factor).simd(simd.f32x4Add)
          f.set(sum)
        }
      }),
    )
  })
}

/** Walks through `bytes` of memory by a stride, `body` being called with offsets of vectors from the address in `at`. */
function walk(f: FunctionBuilder, at: number, bytes: number, step: number, body: (offsets: number[]) => void): void {
  const [counter, rest] = [f.local('i32'), bytes % step]
  const offsets = (count: number): number[] => Array.from({ length: count }, (_, i) => headBytes + i * vectorBytes)
  f.get(addressOf.memory).set(at)
  if (bytes >= step)
    f.loop(counter, 0, bytes - rest, step, () => {
      body(offsets(step / vectorBytes))
      f.get(at).i32(step).emit(op.i32Add).set(at)
    })
  if (rest > 0) body(offsets(Math.ceil(rest / vectorBytes)))
} // prettier-ignore

function reads(bytes: number, options: LoopOptions): FunctionBuilder {
  return summing(options, (f, sums) => {
    const at = f.local('i32')
    repeat(f, () =>
      walk(f, at, bytes, sums.length * vectorBytes, (offsets) =>
        offsets.forEach((offset, i) => {
          const sum = sums[i]!
          f.get(sum).get(at).simdMemory(simd.load, offset).simd(simd.f32x4Add).set(sum)
        }),
      ),
    )
  })
}

/** From the first half of `bytes` to the second one. */
function copies(bytes: number): FunctionBuilder {
  const f = new FunctionBuilder(2)
  const [at, half] = [f.local('i32'), bytes / 2]
  repeat(f, () =>
    walk(f, at, half, stride, (offsets) => {
      for (const offset of offsets)
        f.get(at)
          .get(at)
          .simdMemory(simd.load, offset)
          .simdMemory(simd.store, offset + half)
    }),
  )
  return f
}

/** What one of so many threads does of a case. Its memory has to be filled with ones. */
export function rooflineLoop(c: RooflineCase, threads: number, options: LoopOptions): RooflineLoop {
  const part = Math.ceil(c.bytes / threads / (2 * vectorBytes)) * 2 * vectorBytes
  const bytes = headBytes + part
  switch (c.what) {
    case 'multiply-add':
      return {
        bytes,
        code: multiplyAdds(Math.ceil(c.amount / threads / (2 * lanes * sumCount(options))), options),
      }
    case 'read':
      return { bytes, code: reads(part, options) }
    case 'copy':
      return { bytes, code: copies(part) }
  }
}
