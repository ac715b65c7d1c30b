import { describe, expect, it } from 'vitest'
import { paysThreads, planPhases, type Task, type Work } from './tasks.ts'

const thresholds = { sharing: 100, threads: 500 }
const work = (reads: string, writes: string, nanoseconds: number, pieces = 16): Work => ({
  reads: new Set(reads),
  writes: new Set(writes),
  nanoseconds,
  repeated: 0,
  pieces,
  walk: null,
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
    expect(planPhases([scatter], 2, thresholds)).toEqual([[{ kernels: [0], shares: 1, steps: [1] }]])
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

describe('Chains', () => {
  /** One iteration touches so many elements of each of what it reads and writes, and of `whole` all. */
  const rows = (reads: string, writes: string, iterations: number, own: Record<string, number>): Work => ({
    ...work(reads, writes, 1000, iterations),
    walk: { iterations, grain: 1, own: new Map(Object.entries(own)) },
  })
  const exponentials: Work = {
    ...rows('a', 'b', 64_000, { a: 1, b: 1 }),
    walk: { iterations: 64_000, grain: 16, own: new Map([['a', 1], ['b', 1]]) }, // prettier-ignore
  }
  const sums = rows('b', 'c', 64, { b: 1000, c: 1 })
  const quotients = rows('bc', 'd', 64, { b: 1000, c: 1, d: 1000 })

  it('go through all kernels with the rows of a share', () => {
    const [[task]] = planPhases([exponentials, sums, quotients], 2, thresholds) as [[Task]]
    expect(task).toEqual({ kernels: [0, 1, 2], shares: 8, steps: [1000, 1, 1] })
  })

  it('have as many shares as keep what each touches in the cache', () => {
    const [[task]] = planPhases(
      [rows('a', 'b', 4096, { a: 1024, b: 1024 }), rows('b', 'c', 4096, { b: 1024, c: 1024 })],
      2,
      thresholds,
    ) as [[Task]]
    // 4096 rows of three tensors, 48 MiB, in shares of 256 KiB.
    expect(task.shares).toBe(192)
  })

  it('end where a kernel needs the rows of another share', () => {
    expect(plan(exponentials, rows('b', 'c', 64, { c: 1 }))).toEqual([[[0]], [[1]]])
    // Its rows are half as long: those of one share would be in two.
    expect(plan(exponentials, rows('b', 'c', 64, { b: 500, c: 1 }))).toEqual([[[0]], [[1]]])
    // Overwrites what other shares still read.
    expect(plan(rows('ab', 'c', 64, { a: 1000, c: 1000 }), rows('c', 'b', 64, { b: 1000, c: 1000 }))).toEqual(
      [[[0]], [[1]]],
    )
    // Sixty-four rows and sixty do not go together.
    expect(plan(sums, rows('c', 'd', 60, { c: 1, d: 1 }))).toEqual([[[0]], [[1]]])
  })

  it('are not made of rows too few for all threads', () => {
    expect(plan(rows('a', 'b', 3, { a: 9000, b: 9000 }), rows('b', 'c', 3, { b: 9000, c: 1 }))).toEqual([
      [[0]],
      [[1]],
    ])
  })

  it('leave what goes on beside them where it is', () => {
    expect(plan(exponentials, large('x', 'y'), sums, large('y', 'z'))).toEqual([[[0, 2], [1]], [[3]]])
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
