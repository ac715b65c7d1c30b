import { describe, expect, it } from 'vitest'
import type { Plan } from '../../compiler/kernel.ts'
import { Primitives, type Prim } from '../../compiler/primitive.ts'
import { schedule } from '../../compiler/schedule.ts'
import { reductionThreads } from './loop.ts'
import { smallestDevice } from './products/variant.ts'
import { grid } from './shader.ts'
import { kernelShaders } from './wgsl.ts'

const writing = { device: smallestDevice }

const plan = (build: (k: Primitives) => Prim, inputs: readonly number[]): Plan =>
  schedule(
    {
      inputs: inputs.map((n) => ({ shape: [n], dtype: 'float32' })),
      outputs: [build(new Primitives())],
      updates: [null],
    },
    { buffers: 8 },
  )

const text = (build: (k: Primitives) => Prim, ...inputs: readonly number[]): string => {
  const { kernels, slots } = plan(build, inputs)
  return kernels.flatMap((kernel) => kernelShaders(kernel, slots, writing).map(({ text }) => text)).join('\n')
}

describe('grid', () => {
  it('covers every workgroup within 65,535 a dimension', () => {
    for (const groups of [1, 65_535, 65_536, 131_071, 1_000_000, 70_000_000]) {
      const [x, y] = grid(groups)
      expect(x * y).toBeGreaterThanOrEqual(groups)
      expect(x * y - groups).toBeLessThan(y)
      expect(Math.max(x, y)).toBeLessThanOrEqual(65_535)
    }
  })
  it('has nothing to do for nothing', () => expect(grid(0)).toEqual([0, 1]))
})

describe('kernel texts', () => {
  it('name memory by binding, so that equal kernels over other slots are one text', () => {
    const first = plan((k) => k.exp(k.buffer(0, [64], 'float32')), [64, 64])
    const second = plan((k) => k.exp(k.buffer(1, [64], 'float32')), [64, 64])
    const [a, b] = [first, second].map(({ kernels, slots }) => kernelShaders(kernels[0]!, slots, writing)[0]!)
    expect(a!.text).toBe(b!.text)
    expect([a!.slots, b!.slots]).toEqual([
      [0, 2],
      [1, 2],
    ])
    expect(a!.writes).toEqual([false, true])
  })

  it('name sizes, so that kernels over more or fewer rows are one text', () => {
    const rows = (n: number): string =>
      text((k) => k.div(k.sum(k.exp(k.buffer(0, [n, 40], 'float32')), [0]), n), n * 40)
    expect(rows(64)).toBe(rows(37))
    const scaled = (n: number) => {
      const { kernels, slots } = plan((k) => k.mul(k.buffer(0, [n, 40], 'float32'), 1 / n), [n * 40])
      return kernelShaders(kernels[0]!, slots, writing)[0]!
    }
    expect(scaled(64).text).toBe(scaled(37).text)
    expect([...scaled(64).sizes]).not.toEqual([...scaled(37).sizes])
  })

  it('bind what is only read as read-only', () => {
    const code = text((k) => k.neg(k.buffer(0, [8], 'float32')), 8)
    expect(code).toContain('var<storage, read> b0: array<f32>')
    expect(code).toContain('var<storage, read_write> b1: array<f32>')
  })

  it('contain only the functions they call', () => {
    const code = text((k) => k.tanh(k.buffer(0, [8], 'float32')), 8)
    expect(code).toContain('fn tanh_f32')
    expect(code).toContain('fn is_nan')
    expect(code).not.toContain('fn erf_f32')
  })

  it('never spell out a NaN or an infinity, which WGSL refuses', () => {
    const code = text((k) => k.add(k.max(k.buffer(0, [8], 'float32'), -Infinity), NaN), 8)
    expect(code).toContain('from_bits(0xff800000u)')
    expect(code).toContain('from_bits(0x7fc00000u)')
    expect(code).not.toMatch(/Infinity|NaN/)
  })

  it('keep truth values as whole numbers in memory', () => {
    const code = text((k) => k.lt(k.buffer(0, [8], 'float32'), 1), 8)
    expect(code).toContain('b1: array<i32>')
    expect(code).toMatch(/b1\[.*\] = i32\(v\d+\)/)
  })

  it('read guarded elements only inside their memory', () => {
    const code = text((k) => k.pad(k.buffer(0, [8], 'float32'), [[2, 1]]), 8)
    expect(code).toMatch(/b0\[select\(0, .*, v\d+\)\]/)
  })
})

describe('strategies', () => {
  it('share a reduction among threads where it is long, and results are not too many', () => {
    const gpu = { software: false }
    expect(reductionThreads(1, 8, gpu)).toBe(256)
    expect(reductionThreads(64, 16, gpu)).toBe(0)
    expect(reductionThreads(64, 100, gpu)).toBe(64)
    expect(reductionThreads(64, 1000, gpu)).toBe(256)
    expect(reductionThreads(200_000, 1000, gpu)).toBe(0)
    expect(reductionThreads(64, 1000, { software: true })).toBe(0)
  })

  it('walk down neighbouring columns side by side, and along rows one by one', () => {
    const [rows, columns] = [300, 4096]
    const columnSums = text((k) => k.sum(k.buffer(0, [rows, columns], 'float32'), [0]), rows * columns)
    expect(columnSums).toContain('block * 16u + lane % 16u')
    expect(columnSums).toContain('at = lane / 16u; at < size1; at += 16u')
    // What belongs to a row is read once, and is no reason to walk otherwise.
    const rowSums = text(
      (k) => {
        const [x, mean, scale] = [0, 1, 2].map((slot) =>
          slot === 0
            ? k.buffer(slot, [columns, rows], 'float32')
            : k.expand(k.buffer(slot, [columns, 1], 'float32'), [columns, rows]),
        )
        return k.sum(k.mul(k.sub(x!, mean!), scale!), [1])
      },
      rows * columns,
      columns,
      columns,
    )
    expect(rowSums).toMatch(/at = lane; at < size\d+; at \+= 256u/)
  })
})
