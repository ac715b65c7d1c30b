import { expect, test } from 'vitest'
import { graphProblems } from '../../electron/contract/index.ts'
import type { NetworkDocument, NetworkNode, NodeKind } from '../../electron/contract/index.ts'
import { canRemove, exchangeable, withCopy, withLayer, withNodeOption, withoutNode } from './network-edits.ts'

const layer = (
  id: string,
  name: string,
  options: NetworkNode['options'],
  ...inputs: string[]
): NetworkNode => ({ id, layer: name, options, inputs })
const document: NetworkDocument = {
  inputs: [{ name: 'numbers', kind: 'numbers', width: 4 }],
  nodes: [
    layer('0', 'Linear', { inFeatures: 4, outFeatures: 8 }, 'numbers'),
    layer('1', 'ReLU', {}, '0'),
    { id: 'sum', op: 'add', options: {}, inputs: ['1', '0'] },
    layer('2', 'Linear', { inFeatures: 8, outFeatures: 3 }, 'sum'),
  ],
  output: '2',
}
const wiring = ({ nodes, output }: NetworkDocument) => [
  ...nodes.map(({ id, inputs }) => `${id} ← ${inputs.join(' ')}`),
  `→ ${output}`,
]

test('an option is set, added and left to its default; nothing else changes', () => {
  const wide = withNodeOption(document, '0', 'outFeatures', 16)
  expect(wide.nodes[0]!.options).toEqual({ inFeatures: 4, outFeatures: 16 })
  expect(wide.nodes.slice(1)).toEqual(document.nodes.slice(1))
  const plain = withNodeOption(document, '0', 'bias', false)
  expect(plain.nodes[0]!.options).toEqual({ inFeatures: 4, outFeatures: 8, bias: false })
  expect(withNodeOption(plain, '0', 'bias', undefined)).toEqual(document)
})

test('what read a removed layer reads what that had read', () => {
  expect(wiring(withoutNode(document, '0'))).toEqual(['1 ← numbers', 'sum ← 1 numbers', '2 ← sum', '→ 2'])
  expect(wiring(withoutNode(document, '2')).at(-1)).toBe('→ sum')
  // Where values meet, none is thrown away.
  expect(canRemove(document, document.nodes[2]!)).toBe(false)
  expect(withoutNode(document, 'sum')).toBe(document)
  const single = { ...document, nodes: document.nodes.slice(0, 1), output: '0' }
  expect(withoutNode(single, '0')).toBe(single)
})

test('a copy stands behind its layer, under a name of its own', () => {
  const once = withCopy(document, '1')
  expect(once.id).toBe('1_2')
  expect(wiring(once.document)).toEqual(['0 ← numbers', '1 ← 0', '1_2 ← 1', 'sum ← 1_2 0', '2 ← sum', '→ 2'])
  const twice = withCopy(once.document, '1_2')
  expect(twice.id).toBe('1_3')
  expect(wiring(withCopy(document, '2').document).at(-1)).toBe('→ 2_2')
  for (const edited of [once, twice]) expect(graphProblems(edited.document)).toEqual([])
})

test('a layer is exchanged for one of its family that its options suffice for', () => {
  const option = (name: string, required: boolean) =>
    ({ name, help: '', kind: 'number', required, nullable: false }) as const
  const kind = (name: string, family: string, most: number, ...options: NodeKind['options']): NodeKind => ({
    name,
    family,
    help: '',
    source: '',
    options,
    inputs: { least: 1, most },
  })
  const kinds = [
    kind('ReLU', 'Activations', 1, option('inplace', false)),
    kind('ELU', 'Activations', 1, option('alpha', false)),
    kind('Threshold', 'Activations', 1, option('value', true)),
    kind('Linear', 'Linear layers', 1),
  ]
  const names = (node: NetworkNode) => exchangeable(kinds, node).map(({ name }) => name)
  expect(names(document.nodes[1]!)).toEqual(['ReLU', 'ELU'])
  expect(names(document.nodes[2]!)).toEqual([])
  const loud = withNodeOption(document, '1', 'inplace', true)
  expect(withLayer(loud, '1', kinds[1]!).nodes[1]).toEqual(layer('1', 'ELU', {}, '0'))
})
