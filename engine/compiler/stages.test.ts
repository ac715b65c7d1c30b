import { describe, expect, it } from 'vitest'
import '../ops/index.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { excess } from '../fixtures/excess.ts'
import { uniform } from '../ops/samples.ts'
import { tensor } from '../tensor/creation.ts'
import { contiguousStrides, numel } from '../tensor/shape.ts'
import { stagesOf } from './stages.ts'

describe('A long reduction', () => {
  it('down columns is cut between axes', () => {
    expect(stagesOf([64, 50, 128], [0, 1])).toEqual({ shape: [64, 50, 128], within: [0], across: [1] })
  })

  it('down columns is cut inside an axis where that is long', () => {
    expect(stagesOf([12_800, 128], [0])).toEqual({ shape: [200, 64, 128], within: [1], across: [0] })
    expect(stagesOf([2, 4096, 5, 64], [0, 1, 2])).toEqual({
      shape: [2, 256, 16, 5, 64],
      within: [2, 3],
      across: [0, 1],
    })
  })

  it.each([
    [50, 128],
    [12, 96],
    [5, 24],
  ])('down columns of a batch of %j by %j is cut alike for batches of all sizes', (...row) => {
    for (const batch of [10_000, 1000, 64, 37, 5, 2])
      expect(stagesOf([batch, ...row], [0, 1])).toEqual({ shape: [batch, ...row], within: [0], across: [1] })
  })

  it('down columns stays whole where a batch has rows alone, and not more than batches have', () => {
    for (const batch of [8192, 1024, 397, 5]) expect(stagesOf([batch, 300], [0])).toBeNull()
  })

  it('of few results is cut into runs', () => {
    expect(stagesOf([2 ** 20], [0])).toEqual({ shape: [128, 8192], within: [1], across: [0] })
    expect(stagesOf([64, 40_000], [1])).toEqual({ shape: [64, 5, 8000], within: [2], across: [1] })
  })

  it('of few results is cut alike for batches of all sizes', () => {
    for (const batch of [1024, 128, 13]) {
      const images = { shape: [batch, 16, 32, 32], within: [2, 3], across: [0] }
      expect(stagesOf([batch, 16, 32, 32], [0, 2, 3])).toEqual(images)
      expect(stagesOf([batch, 784], [0, 1])).toEqual({ shape: [batch, 784], within: [1], across: [0] })
      expect(stagesOf([batch, 512, 7, 7], [0, 2, 3])).toBeNull()
      expect(stagesOf([batch, 40_000], [1])).toEqual({ shape: [batch, 5, 8000], within: [2], across: [1] })
    }
  })

  it('over an axis of prime length is cut before that axis', () => {
    expect(stagesOf([37, 100_003], [0, 1])).toEqual({ shape: [37, 100_003], within: [1], across: [0] })
  })

  it.each([
    ['few rows', [8192, 128], [0]],
    ['many columns', [16_384, 4096], [0]],
    ['along rows', [128, 3200], [1]],
    ['along rows, with enough of them', [2, 1024, 40_000], [2]],
    ['kept axes on both sides', [64, 1024, 28], [1]],
    ['everything', [32, 120], [0, 1]],
    ['a prime number of rows', [8209, 128], [0]],
    ['a prime number of terms', [40_009], [0]],
  ])('stays whole: %s', (_, shape, axes) => {
    expect(stagesOf(shape, axes)).toBeNull()
  })

  it.each([
    [[12_800, 24], [0]],
    [[1, 131072, 8], [1]],
    [
      [30, 40, 3, 5],
      [0, 1],
    ],
    [
      [7, 90, 33],
      [0, 1],
    ],
  ])('of %j over %j has the same sum and maximum', async (shape, axes) => {
    const device = createWasmDevice({ threads: 1 })
    const { values } = uniform(shape, -1, 1)
    const x = tensor(Float32Array.from(values), { shape, device })
    const columns = shape.reduce((n, extent, axis) => (axes.includes(axis) ? n : n * extent), 1)
    const sums = new Float64Array(columns)
    const largest = new Float64Array(columns).fill(-Infinity)
    const strides = contiguousStrides(shape)
    const columnOf = (element: number): number =>
      shape.reduce((column, extent, axis) => {
        const at = Math.floor(element / strides[axis]!) % extent
        return axes.includes(axis) ? column : column * extent + at
      }, 0)
    for (let i = 0; i < numel(shape); i++) {
      const value = Math.fround(values[i]!)
      const column = columnOf(i)
      sums[column]! += value
      largest[column] = Math.max(largest[column]!, value)
    }
    expect(stagesOf(shape, axes)).not.toBeNull()
    expect(excess(await x.sum(axes).data(), sums, 1e-4, 1e-5)).toBeLessThanOrEqual(0)
    expect([...(await x.amax(axes).data())]).toEqual([...largest])
  })
})
