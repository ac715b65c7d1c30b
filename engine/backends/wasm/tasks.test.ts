import { describe, expect, it } from 'vitest'
import { paysThreads, planPhases, type Work } from './tasks.ts'

const thresholds = { sharing: 100, threads: 500 }
const work = (reads: string, writes: string, nanoseconds: number, pieces = 16): Work => ({
  reads: new Set(reads),
  writes: new Set(writes),
  nanoseconds,
  repeated: 0,
  pieces,
})
const small = (reads: string, writes: string): Work => work(reads, writes, 10)
const large = (reads: string, writes: string): Work => work(reads, writes, 1000)
const plan = (...works: Work[]): number[][][] =>
  planPhases(works, 2, thresholds).map((phase) => phase.map((task) => [...task.kernels]))

describe('Phases', () => {
  it('part kernels of which one needs what the other writes, or overwrites what it needs', () => {
    expect(plan(large('a', 'b'), large('b', 'c'))).toEqual([[[0]], [[1]]])
    expect(plan(large('a', 'b'), large('c', 'a'))).toEqual([[[0]], [[1]]])
    expect(plan(large('a', 'b'), large('c', 'b'))).toEqual([[[0]], [[1]]])
  })

  it('hold together what only reads the same', () => {
    expect(plan(large('a', 'b'), large('a', 'c'), small('a', 'd'))).toEqual([[[0], [1], [2]]])
  })

  it('give small kernels to one thread, in order, without a new phase', () => {
    expect(plan(small('a', 'b'), small('b', 'c'), small('c', 'd'))).toEqual([[[0, 1, 2]]])
    expect(plan(small('a', 'b'), large('x', 'y'), small('b', 'c'))).toEqual([[[0, 2], [1]]])
  })

  it('start anew where a small kernel needs what is shared', () => {
    expect(plan(small('a', 'b'), large('b', 'c'), small('c', 'd'), small('a', 'e'))).toEqual([
      [[0]],
      [[1]],
      [[2, 3]],
    ])
  })

  it('leave what cannot be shared in one hand, beside others', () => {
    const scatter = work('a', 'b', 1000, 1)
    expect(plan(scatter, large('a', 'c'), small('a', 'd'))).toEqual([[[0, 2], [1]]])
    expect(planPhases([scatter], 2, thresholds)).toEqual([[{ kernels: [0], shares: 1 }]])
  })

  it('cut no more shares than there are pieces, nor smaller ones than are worth it', () => {
    const shares = (nanoseconds: number, pieces: number): number =>
      planPhases([work('a', 'b', nanoseconds, pieces)], 4, thresholds)[0]![0]!.shares
    expect(shares(1e6, 3)).toBe(3)
    expect(shares(100, 1000)).toBe(2)
    expect(shares(250, 1000)).toBe(4)
    expect(shares(1e6, 1000)).toBe(16)
  })

  it('cut no more shares than threads where every share repeats much', () => {
    const shares = (repeated: number): number =>
      planPhases([{ ...work('a', 'b', 1e6, 1000), repeated }], 4, thresholds)[0]![0]!.shares
    expect(shares(0)).toBe(16)
    expect(shares(1e4)).toBe(8)
    expect(shares(1e5)).toBe(4)
  })
})

describe('Threads', () => {
  it('pay where there is enough to share', () => {
    expect(paysThreads([large('a', 'b')], thresholds)).toBe(true)
    expect(
      paysThreads(
        Array.from({ length: 60 }, () => small('a', 'b')),
        thresholds,
      ),
    ).toBe(false)
    expect(paysThreads([work('a', 'b', 1000, 1)], thresholds)).toBe(false)
    expect(paysThreads([work('a', 'b', 200), work('a', 'c', 250)], thresholds)).toBe(false)
    expect(paysThreads([], { sharing: 0, threads: 0 })).toBe(false)
  })
})
