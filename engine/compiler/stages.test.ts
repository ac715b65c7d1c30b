import { describe, expect, it } from 'vitest'
import '../ops/index.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { excess } from '../fixtures/excess.ts'
import { uniform } from '../ops/samples.ts'
import { tensor } from '../tensor/creation.ts'
import { numel } from '../tensor/shape.ts'
import { stagesOf } from './stages.ts'

describe('A long reduction down columns', () => {
  it('is cut between axes where one of them is a band', () => {
    expect(stagesOf([64, 50, 128], [0, 1])).toEqual({ shape: [64, 50, 128], within: [1], across: [0] })
  })

  it('is cut inside an axis where none is', () => {
    expect(stagesOf([3200, 128], [0])).toEqual({ shape: [50, 64, 128], within: [1], across: [0] })
    expect(stagesOf([2, 1024, 5, 64], [0, 1, 2])).toEqual({
      shape: [2, 64, 16, 5, 64],
      within: [2, 3],
      across: [0, 1],
    })
  })

  it.each([
    ['few rows', [511, 128], [0]],
    ['many columns', [4096, 4096], [0]],
    ['along rows', [128, 3200], [1]],
    ['kept axes on both sides', [64, 1024, 28], [1]],
    ['everything', [3200, 128], [0, 1]],
    ['a prime number of rows', [3203, 128], [0]],
  ])('stays whole: %s', (_, shape, axes) => {
    expect(stagesOf(shape, axes)).toBeNull()
  })

  it.each([
    [[3200, 24], [0]],
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
    for (let i = 0; i < numel(shape); i++) {
      const value = Math.fround(values[i]!)
      sums[i % columns]! += value
      largest[i % columns] = Math.max(largest[i % columns]!, value)
    }
    expect(stagesOf(shape, axes)).not.toBeNull()
    expect(excess(await x.sum(axes).data(), sums, 1e-4, 1e-5)).toBeLessThanOrEqual(0)
    expect([...(await x.max(axes).data())]).toEqual([...largest])
  })
})
