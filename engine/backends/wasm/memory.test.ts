import { describe, expect, it } from 'vitest'
import { slackBytes, WasmMemory } from './memory.ts'

describe.each([false, true])('Memory (shared: %s)', (shared) => {
  it('gives blocks that do not overlap, on cache lines of their own, away from its ends', () => {
    const memory = new WasmMemory(shared)
    const sizes = [1, 64, 65, 4096, 5000, 100_000, 3, 2 ** 21]
    const blocks = sizes.map((bytes) => ({ start: memory.allocate(bytes), bytes }))
    for (const { start } of blocks) expect(start % 64).toBe(0)
    const sorted = blocks.toSorted((a, b) => a.start - b.start)
    sorted.slice(1).forEach(({ start }, i) => {
      expect(start).toBeGreaterThanOrEqual(sorted[i]!.start + sorted[i]!.bytes)
    })
    expect(sorted[0]!.start).toBeGreaterThanOrEqual(slackBytes)
    const last = sorted.at(-1)!
    expect(memory.memory.buffer.byteLength - (last.start + last.bytes)).toBeGreaterThanOrEqual(slackBytes)
  })

  it('uses freed blocks again, for sizes that are near', () => {
    const memory = new WasmMemory(shared)
    const [small, large] = [memory.allocate(100), memory.allocate(100_000)]
    memory.free(small, 100)
    memory.free(large, 100_000)
    expect(memory.allocate(99_000)).toBe(large)
    expect(memory.allocate(128)).toBe(small)
    expect(memory.allocate(128)).not.toBe(small)
  })

  it('stays as large as it is while a program does the same again', () => {
    const memory = new WasmMemory(shared)
    const round = (): void => {
      const held = [10, 70_000, 1_000_000, 70_000].map((bytes) => ({ at: memory.allocate(bytes), bytes }))
      for (const { at, bytes } of held) memory.free(at, bytes)
    }
    round()
    const size = memory.memory.buffer.byteLength
    for (let i = 0; i < 1000; i++) round()
    expect(memory.memory.buffer.byteLength).toBe(size)
  })

  it('makes room for a size out of freed blocks of others, whose rest stays free', () => {
    const memory = new WasmMemory(shared)
    const held = [1e6, 2e6, 3e6].map((bytes) => ({ at: memory.allocate(bytes), bytes }))
    const end = memory.allocate(100)
    for (const { at, bytes } of held) memory.free(at, bytes)
    const [whole, kept] = [memory.memory.buffer.byteLength, memory.count.stats.allocated]
    const [large, small] = [memory.allocate(5e6), memory.allocate(7e5)]
    for (const [at, bytes] of [
      [large, 5e6],
      [small, 7e5],
    ] as const) {
      expect(at).toBeGreaterThanOrEqual(held[0]!.at)
      expect(at + bytes).toBeLessThanOrEqual(end)
    }
    expect(large + 5e6 <= small || small + 7e5 <= large).toBe(true)
    expect(memory.memory.buffer.byteLength).toBe(whole)
    memory.free(large, 5e6)
    memory.free(small, 7e5)
    expect(memory.count.stats.allocated).toBe(kept)
    expect(memory.allocate(5.7e6)).toBe(held[0]!.at)
  })

  it('says what to do when there is no more', () => {
    const memory = new WasmMemory(shared)
    expect(() => memory.allocate(5e9)).toThrow(
      /CPU backend is out of memory: 5000000000 more bytes do not fit .* Use a smaller batch or network/,
    )
    expect(memory.allocate(64)).toBeGreaterThan(0)
  })

  it.each([1, 64, 65, 4096, 4097, 5000, 65_537, 1e6, 3e9])('blocks for %i bytes hold them', (bytes) => {
    const block = WasmMemory.blockBytes(bytes)
    expect(block).toBeGreaterThanOrEqual(bytes)
    expect(block % 64).toBe(0)
    expect(block).toBeLessThanOrEqual(Math.max(64, bytes * 1.25 + 64))
    expect(WasmMemory.blockBytes(block)).toBe(block)
  })
})
