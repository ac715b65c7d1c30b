import { expect, it } from 'vitest'
import type { NetworkDocument } from '../../contract/index.ts'
import { diffNetworks } from './network-diff.ts'

type Node = [id: string, layer: string, options: Record<string, number>, from: string]
const network = (...nodes: Node[]): NetworkDocument => ({
  inputs: [{ name: 'x', dtype: 'float32', shape: [4] }] as unknown as NetworkDocument['inputs'],
  nodes: nodes.map(([id, layer, options, from]) => ({ id, layer, options, inputs: [from] })),
  output: nodes.at(-1)![0],
})
const said = (first: NetworkDocument, second: NetworkDocument) =>
  diffNetworks(first, second).nodes.map(({ is, first: a, second: b, differences }) =>
    [is, a ?? '-', b ?? '-', ...differences.map((one) => `${one.name}: ${one.first}→${one.second}`)].join(
      ' ',
    ),
  )

const base = network(
  ['0', 'Linear', { inFeatures: 4, outFeatures: 8 }, 'x'],
  ['1', 'ReLU', {}, '0'],
  ['2', 'Linear', { inFeatures: 8, outFeatures: 1 }, '1'],
)

it('says nothing but “same” of equal networks', () => {
  expect(said(base, structuredClone(base))).toEqual(['same 0 0', 'same 1 1', 'same 2 2'])
})

it('says which options are others, and what comes between', () => {
  const wider = network(
    ['0', 'Linear', { inFeatures: 4, outFeatures: 16 }, 'x'],
    ['norm', 'BatchNorm1d', { numFeatures: 16 }, '0'],
    ['1', 'ReLU', {}, 'norm'],
    ['2', 'Linear', { inFeatures: 16, outFeatures: 1 }, '1'],
  )
  expect(said(base, wider)).toEqual([
    'changed 0 0 outFeatures: 8→16',
    'added - norm',
    'changed 1 1 inputs: 0→norm',
    'changed 2 2 inFeatures: 8→16',
  ])
  expect(said(wider, base)).toEqual([
    'changed 0 0 outFeatures: 16→8',
    'removed norm -',
    'changed 1 1 inputs: norm→0',
    'changed 2 2 inFeatures: 16→8',
  ])
})

it('knows nodes that have another name, by what they are and their order', () => {
  const renamed = network(
    ['first', 'Linear', { inFeatures: 4, outFeatures: 8 }, 'x'],
    ['act', 'GELU', {}, 'first'],
    ['last', 'Linear', { inFeatures: 8, outFeatures: 1 }, 'act'],
  )
  expect(said(base, renamed)).toEqual([
    'same 0 first',
    'removed 1 -',
    'added - act',
    'changed 2 last inputs: 1→act',
  ])
})
