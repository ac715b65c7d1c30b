import { expect, test } from 'vitest'
import type { NetworkDocument, NetworkNode } from '../../electron/contract/index.ts'
import { withUnwritten } from './unwritten-nodes.ts'

const layer = (id: string, from: string): NetworkNode => ({
  id,
  layer: 'ReLU',
  options: {},
  inputs: [from],
})
const half: NetworkNode = { id: 'half', op: 'add', options: {}, inputs: ['a'] }
const document = (...nodes: NetworkNode[]): NetworkDocument => ({
  inputs: [{ name: 'numbers', kind: 'numbers', width: 4 }],
  nodes,
  output: 'b',
})
const before = document(layer('a', 'numbers'), half, layer('b', 'a'))
const read = document(layer('a', 'numbers'), layer('b', 'a'))
const noted = 'a = self.a(x)\n        # half: add needs a second tensor, or the number other.'

test('what stands in a source as a comment alone stays as long as that does', () => {
  expect(withUnwritten(before, read, noted)).toEqual(before)
  expect(withUnwritten(before, read, 'a = self.a(x)')).toEqual(read)
})

test('what is written by now, and what has nothing to read any more, is as the source has it', () => {
  const written = document(layer('a', 'numbers'), { ...half, inputs: ['a', 'numbers'] }, layer('b', 'half'))
  expect(withUnwritten(before, written, noted)).toEqual(written)
  const without = document(layer('b', 'numbers'))
  expect(withUnwritten(before, without, noted)).toEqual(without)
})
