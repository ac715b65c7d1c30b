import { expect, it } from 'vitest'
import { median, stepsFor, type Measured } from './measure.ts'
import { toRows } from './report.ts'
import { batchIndex, makeData } from './workloads/data.ts'
import { tabular } from './workloads/tabular.ts'

const result = (name: string, ours: boolean, milliseconds: number): Measured => ({
  contestant: { name, ours, launch: () => Promise.resolve({ missing: '' }) },
  device: 'd',
  version: '1',
  milliseconds,
  loss: 0,
})

it('relates our time to the fastest peer, above 1 when we are faster', () => {
  const [row] = toRows(tabular, [
    result('descent wasm', true, 2),
    result('a', false, 3),
    result('b', false, 8),
  ])
  expect(row).toMatchObject({ backend: 'wasm', ours: 2, peers: { a: 3, b: 8 }, ratio: 1.5, ratios: { b: 4 } })
})

it('has no ratio without a peer', () => {
  expect(toRows(tabular, [result('descent wasm', true, 2)])[0]?.ratio).toBeNull()
})

it('takes the middle, or the mean of the two middle ones', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
})

it('fills a turn with steps, within bounds', () => {
  expect(stepsFor(0.01, { rounds: 1, turnSeconds: 0.5 })).toBe(50)
  expect(stepsFor(10, { rounds: 1, turnSeconds: 0.5 })).toBe(3)
})

it('makes data in which every class occurs, and batches that walk around it', () => {
  const { features, labels } = makeData(tabular)
  expect(features).toHaveLength(tabular.rows * 20)
  expect([...new Set(labels)].sort()).toEqual([0, 1])
  expect(batchIndex(tabular, tabular.rows / 32)[0]).toBe(0)
  expect(batchIndex(tabular, tabular.rows / 32 + 1)[0]).toBe(32)
})
