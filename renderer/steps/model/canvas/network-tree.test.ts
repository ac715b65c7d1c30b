import { expect, test } from 'vitest'
import type { NetworkDocument, NetworkNode } from '../../../../electron/contract/index.ts'
import { visibleOf } from '../../../lib/graph/visible.ts'
import {
  holdsOnly,
  networkFlows,
  networkTree,
  openAtFirst,
  outputId,
  type LayerGroup,
  type NetworkItem,
} from './network-tree.ts'

const node = (id: string, ...inputs: string[]): NetworkNode => ({ id, layer: 'ReLU', options: {}, inputs })
const document: NetworkDocument = {
  inputs: [{ name: 'numbers', kind: 'numbers', width: 4 }],
  // Not in the order of computing.
  nodes: [
    node('head', 'stage.1.b'),
    node('stem', 'numbers'),
    node('stage.0.a', 'stem'),
    node('stage.1.b', 'stage.0.a'),
  ],
  output: 'head',
}
const ids = (items: readonly NetworkItem[]) => items.map(({ id }) => id)

test('names tell groups; boxes stand in the order of computing, between the inputs and the output', () => {
  const root = networkTree(document)
  expect(ids(root.children)).toEqual(['numbers', 'stem', 'stage/', 'head', outputId])
  const stage = root.children[2] as LayerGroup
  expect([ids(stage.children), stage.layers]).toEqual([
    ['stage.0/', 'stage.1/'],
    ['stage.0.a', 'stage.1.b'],
  ])
  expect((stage.children[1] as LayerGroup).name).toBe('1')
  const seen = visibleOf<NetworkItem, unknown>(root, () => false, networkFlows(document))
  expect(seen.links.map(({ id }) => id)).toEqual([
    `stage/>head`,
    'numbers>stem',
    'stem>stage/',
    `head>${outputId}`,
  ])
})

test('a small network is open, of a large one its outside', () => {
  expect([...openAtFirst(networkTree(document))]).toEqual(['stage/', 'stage.0/', 'stage.1/'])
  const blocks = Array.from({ length: 30 }, (_, i) => `b.${Math.floor(i / 10)}.${i}`)
  const nodes = [...blocks, ...Array.from({ length: 30 }, (_, i) => `c${i}`)]
  const large = { ...document, nodes: nodes.map((id) => node(id, 'numbers')), output: 'c0' }
  expect([...openAtFirst(networkTree(large))]).toEqual(['b/'])
})

test('what waits for itself is a box as well', () => {
  const cycle = { ...document, nodes: [node('a', 'b'), node('b', 'a')], output: 'b' }
  expect(ids(networkTree(cycle).children)).toEqual(['numbers', 'a', 'b', outputId])
})

test('a choice may be a whole group', () => {
  expect(holdsOnly(document, 'stage', ['stage.0.a', 'stage.1.b'])).toBe(true)
  expect(holdsOnly(document, 'stage', ['stage.0.a'])).toBe(false)
  expect(holdsOnly(document, 'stage', ['stage.0.a', 'stage.1.b', 'head'])).toBe(false)
})
