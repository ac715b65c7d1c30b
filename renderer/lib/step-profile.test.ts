import { expect, test } from 'vitest'
import type { LayerProfile } from '../../electron/contract/index.ts'
import { decimalsFor, describeSegments, layersByPass, segments } from './step-profile.ts'

const layer: LayerProfile = {
  layer: '0',
  type: 'Linear',
  forward: 1,
  backward: 3,
  optimizer: 0,
  milliseconds: 4,
  share: 0.5,
}

test('a bar has a part for each pass that took time', () => {
  expect(segments(layer, 8)).toEqual([
    { label: 'Forward', color: 1, width: 12.5, milliseconds: 1 },
    { label: 'Backward', color: 2, width: 37.5, milliseconds: 3 },
  ])
  expect(describeSegments(layer, 2)).toBe('forward 1.00 ms, backward 3.00 ms')
})

test('a column of times shows about four digits', () => {
  expect([0.2, 3, 12, 120, 4000].map(decimalsFor)).toEqual([3, 3, 2, 1, 0])
})

test('a kernel names its layers by pass', () => {
  const part = (name: string, pass: 'forward' | 'backward' | 'optimizer') => ({ layer: name, type: '', pass })
  const kernel = {
    kernel: 'map [4]',
    ops: [],
    parts: [part('1', 'backward'), part('0', 'forward'), part('0', 'backward')],
    milliseconds: 1,
    share: 1,
    gflops: null,
    gbps: null,
  }
  expect(layersByPass(kernel)).toEqual([
    { pass: 'forward', layers: ['0'] },
    { pass: 'backward', layers: ['1', '0'] },
  ])
})
