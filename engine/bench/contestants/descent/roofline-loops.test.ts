import { expect, it } from 'vitest'
import { assemble } from '../../../backends/wasm/assembler.ts'
import type { RooflineCase } from '../../cases.ts'
import { memoryAccess } from '../../roofline.ts'
import { rooflineLoop } from './roofline-loops.ts'
import { startLoop } from './roofline-thread.ts'

const address = 65_536

/** The memory of the first of so many threads after `repeats`, as floats, and its head of sums. */
function done(c: RooflineCase, threads: number, repeats: number): { sums: number[]; rest: Float32Array } {
  const { code, bytes } = rooflineLoop(c, threads, { relaxed: false, wide: true })
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true })
  const run = startLoop({ module: new WebAssembly.Module(assemble([code], 4)), memory, address, bytes })
  const rest = new Float32Array(memory.buffer, address + 1024, (bytes - 1024) / 4)
  rest.forEach((_, i) => (rest[i] = i % 7))
  run(repeats)
  return { sums: [...new Float32Array(memory.buffer, address + 16, 24 * 4)], rest }
}
const total = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0)

// Whole strides and some vectors more, less than a stride, and the part of one of three threads.
it.each([
  [2 ** 14 + 160, 1],
  [96, 1],
  [148_000, 3],
])('reads all of %i bytes, and copies half of them: %i thread(s)', (bytes, threads) => {
  const { sums, rest } = done(memoryAccess('read', bytes), threads, 3)
  expect(rest.byteLength).toBeGreaterThanOrEqual(bytes / threads)
  expect(total(sums)).toBe(3 * total(rest))
  const copied = done(memoryAccess('copy', bytes), threads, 1).rest
  const half = copied.length / 2
  expect(copied.slice(half)).toEqual(copied.slice(0, half))
})

it('does as many multiply-adds as it says', () => {
  const amount = 2 * 24 * 4 * 10
  const c: RooflineCase = { kind: 'roofline', what: 'multiply-add', threads: 'all', bytes: 0, amount }
  // Each adds one.
  expect(2 * total(done(c, 1, 5).sums)).toBe(5 * amount)
})
