import { describe, expect, it } from 'vitest'
import type { ContractKernel } from '../../../compiler/kernel.ts'
import { candidates } from './candidates.ts'
import { fits, smallestDevice, type ProductDevice, type TileVariant } from './variant.ts'

const gpu: ProductDevice = {
  ...smallestDevice,
  maxComputeInvocationsPerWorkgroup: 1024,
  maxComputeWorkgroupStorageSize: 49_152,
}

const product = (m: number, n: number, k: number): ContractKernel => ({
  kind: 'contract',
  batch: [],
  m,
  n,
  k,
  a: {
    slot: 0,
    offset: 0,
    batchStrides: [],
    rows: [{ extent: m, stride: k }],
    columns: [{ extent: k, stride: 1 }],
  },
  b: {
    slot: 1,
    offset: 0,
    batchStrides: [],
    rows: [{ extent: k, stride: n }],
    columns: [{ extent: n, stride: 1 }],
  },
  precision: 'highest',
  out: 2,
})

const first = (kernel: ContractKernel, device = gpu): TileVariant | null => {
  const best = candidates(kernel, device)[0]!
  return best.kind === 'tile' ? best : null
}

describe('candidates', () => {
  it('leave thin products to plain sums', () => {
    expect(candidates(product(1, 1000, 1000), gpu)).toEqual([{ kind: 'sum' }])
    expect(candidates(product(64, 10, 256), gpu)[0]).toEqual({ kind: 'sum' })
  })

  it('give large products the largest tiles, whole', () => {
    expect(first(product(4096, 4096, 4096))).toMatchObject({
      rows: 128,
      columns: 128,
      block: [8, 8],
      splits: 1,
    })
  })

  it('cut long sums of few results into parts that fill the device', () => {
    const { rows, columns, splits } = first(product(64, 288, 36_864))!
    expect(splits).toBeGreaterThan(8)
    expect(Math.ceil(64 / rows) * Math.ceil(288 / columns) * splits).toBeGreaterThan(132)
  })

  it('do not make rows that are not there', () => {
    expect(first(product(32, 100_000, 288))!.rows).toBe(32)
  })

  it('stay within the limits of any device', () => {
    for (const size of [32, 100, 1000, 5000])
      for (const variant of candidates(product(size, size, size), smallestDevice))
        expect(variant.kind === 'sum' || fits(variant, smallestDevice)).toBe(true)
  })

  it('are tiles on a software device even where much of them is empty', () => {
    expect(first(product(32, 9, 50_176), { ...gpu, software: true })).toMatchObject({ rows: 32 })
  })

  it('never split on a software device', () => {
    const all = candidates(product(64, 288, 36_864), { ...gpu, software: true })
    expect(all.every((variant) => variant.kind === 'sum' || variant.splits === 1)).toBe(true)
  })
})
