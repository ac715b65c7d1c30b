import { expect, it } from 'vitest'
import { bestPeer, drawChart, logScale } from './drawing.ts'
import type { Row } from './report.ts'

const row: Row = {
  workload: 'matmul',
  backend: 'wasm',
  device: 'wasm, CPU & <threads>',
  metric: 'speed 8×8×8',
  unit: 'GFLOP/s',
  ours: 30,
  peers: { pytorch: 20, 'jax-js': 10 },
  ratio: 1.5,
}

it('places ratios by their logarithm, with 1 always in sight', () => {
  const scale = logScale([0.3, 12])
  expect([scale.from, scale.to]).toEqual([0.2, 20])
  expect(scale.at(0.2)).toBe(0)
  expect(scale.at(20)).toBe(1)
  expect(scale.at(2)).toBeCloseTo(0.5)
  expect(scale.ticks).toContain(1)
  expect(logScale([]).from).toBeLessThan(1)
})

it('keeps ratios beyond its ends inside, and its ticks few', () => {
  const scale = logScale([1e-6, 1e6])
  expect(scale.at(1e-9)).toBe(0)
  expect(scale.at(1e9)).toBe(1)
  expect(scale.ticks.length).toBeLessThan(11)
})

it('names the peer that the ratio is against, whichever way is better', () => {
  expect(bestPeer(row)).toEqual(['pytorch', 20])
  expect(bestPeer({ ...row, ours: 2, peers: { a: 3, b: 8 } })).toEqual(['a', 3])
  expect(bestPeer({ ...row, peers: {}, ratio: null })).toBeUndefined()
})

it('draws a bar for each comparison, and no others', () => {
  const svg = drawChart([row, { ...row, workload: 'machine', ratio: null, peers: {} }])
  expect(svg.match(/<rect class="wasm" x="\d+\.\d/g)).toHaveLength(1)
  expect(svg).toContain('30.0 : 20.0 GFLOP/s, pytorch')
  expect(svg).toContain('CPU &amp; &lt;threads&gt;')
  expect(svg).not.toContain('machine')
})
