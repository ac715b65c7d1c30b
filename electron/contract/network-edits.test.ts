import { expect, test } from 'vitest'
import {
  branched,
  connected,
  disconnected,
  duplicated,
  insertedBehind,
  insertedOn,
  merged,
  merges,
  moved,
  movedTo,
  removed,
  residualAround,
} from './network-edits.ts'
import { exchangeable, withLayer, withNodeOption } from './network-options.ts'
import { grouped, ungrouped, type NetworkEdit } from './network-groups.ts'
import { graphProblems, type NetworkDocument, type NetworkNode, type NodeKind } from './network.ts'

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
/** Nothing meets anywhere. */
const straight: NetworkDocument = {
  ...document,
  nodes: [
    layer('a', 'Linear', {}, 'numbers'),
    layer('b', 'ReLU', {}, 'a'),
    layer('c', 'Tanh', {}, 'b'),
    layer('d', 'Linear', {}, 'c'),
  ],
  output: 'd',
}
const wiring = ({ nodes, output }: NetworkDocument) => [
  ...nodes.map(({ id, inputs }) => `${id} ← ${inputs.join(' ')}`),
  `→ ${output}`,
]
/** What became of it, and what is chosen then; or the sentence. */
function came(edit: NetworkEdit): string {
  if ('refused' in edit) return edit.refused
  expect(graphProblems(edit.document)).toEqual([])
  return `${wiring(edit.document).join(', ')} [${edit.chosen.join(' ')}]`
}
const bend = { layer: 'ELU', options: {} }
const [add, cat] = merges
const done = (edit: NetworkEdit): NetworkDocument => {
  if ('refused' in edit) throw new Error(edit.refused)
  return edit.document
}

test('an option is set, added and left to its default; nothing else changes', () => {
  const wide = withNodeOption(document, '0', 'outFeatures', 16)
  expect(wide.nodes[0]!.options).toEqual({ inFeatures: 4, outFeatures: 16 })
  expect(wide.nodes.slice(1)).toEqual(document.nodes.slice(1))
  const plain = withNodeOption(document, '0', 'bias', false)
  expect(plain.nodes[0]!.options).toEqual({ inFeatures: 4, outFeatures: 8, bias: false })
  expect(withNodeOption(plain, '0', 'bias', undefined)).toEqual(document)
})

test('a layer is set on an edge, behind all readers, or beside them', () => {
  expect(came(insertedOn(straight, { from: 'a', to: 'b', at: 0 }, bend))).toBe(
    'a ← numbers, elu ← a, b ← elu, c ← b, d ← c, → d [elu]',
  )
  // One of two edges of a value: the other stays.
  expect(came(insertedOn(document, { from: '0', to: 'sum', at: 1 }, bend))).toBe(
    '0 ← numbers, 1 ← 0, elu ← 0, sum ← 1 elu, 2 ← sum, → 2 [elu]',
  )
  expect(came(insertedOn(document, { from: '2', to: null, at: 0 }, bend))).toContain('elu ← 2, → elu')
  expect(came(insertedBehind(document, '0', bend))).toBe(
    '0 ← numbers, elu ← 0, 1 ← elu, sum ← 1 elu, 2 ← sum, → 2 [elu]',
  )
  expect(came(insertedBehind(straight, 'numbers', bend))).toContain('elu ← numbers, a ← elu')
  expect(came(branched(straight, 'b', bend))).toBe('a ← numbers, b ← a, elu ← b, c ← b, d ← c, → d [elu]')
  expect(came(insertedOn(straight, { from: 'a', to: 'c', at: 0 }, bend))).toContain('not there any more')
})

test('what read a removed layer reads what that had read, and no value is lost', () => {
  expect(came(removed(document, ['0']))).toBe('1 ← numbers, sum ← 1 numbers, 2 ← sum, → 2 []')
  expect(came(removed(document, ['2']))).toContain('→ sum [sum]')
  // What two of the same are left of is that one.
  expect(came(removed(document, ['1']))).toBe('0 ← numbers, 2 ← 0, → 2 [0]')
  expect(came(removed(document, ['sum']))).toBe('0 ← numbers, 1 ← 0, 2 ← 1, → 2 [1]')
  const open = done(branched(straight, 'a', bend))
  const both = done(merged(open, ['c', 'elu'], cat))
  expect(came(removed(both, ['cat']))).toBe(
    'Several values meet in cat cat: without it nothing would read ELU elu. Remove these as well, or connect them first.',
  )
  expect(came(removed(both, ['cat', 'elu']))).toBe('a ← numbers, b ← a, c ← b, d ← c, → d [c]')
  expect(came(removed(straight, ['a', 'b', 'c', 'd']))).toContain('at least one layer')
})

test('what is computed of one value alone is no place where values meet, and stays', () => {
  const square: NetworkDocument = {
    ...straight,
    nodes: [
      layer('a', 'Linear', {}, 'numbers'),
      layer('b', 'ReLU', {}, 'a'),
      { id: 'half', op: 'mul', options: { other: 0.5 }, inputs: ['b'] },
      { id: 'square', op: 'mul', options: {}, inputs: ['b', 'b'] },
      { id: 'wide', op: 'cat', options: { dim: 1 }, inputs: ['half', 'square', 'square'] },
    ],
    output: 'wide',
  }
  expect(came(removed(square, ['b']))).toBe(
    'a ← numbers, half ← a, square ← a a, wide ← half square square, → wide [a]',
  )
  expect(came(removed(square, ['half']))).toContain('wide ← b square square')
  expect(came(disconnected(square, { from: 'half', to: 'wide', at: 0 }))).toContain('→ square')
  expect(came(disconnected(square, { from: 'square', to: 'wide', at: 1 }))).toContain('wide ← half square,')
  expect(came(disconnected(square, { from: 'b', to: 'square', at: 0 }))).toContain('wide ← half b b')
})

test('a copy stands behind its layers, under names of its own', () => {
  expect(came(duplicated(document, ['1']))).toBe(
    '0 ← numbers, 1 ← 0, 1_2 ← 1, sum ← 1_2 0, 2 ← sum, → 2 [1_2]',
  )
  expect(came(duplicated(done(duplicated(document, ['1'])), ['1_2']))).toContain('1_3 ← 1_2')
  expect(came(duplicated(document, ['2']))).toContain('→ 2_2')
  expect(came(duplicated(straight, ['b', 'c']))).toBe(
    'a ← numbers, b ← a, c ← b, b_2 ← c, c_2 ← b_2, d ← c_2, → d [b_2 c_2]',
  )
  // A block with its shortcut, and a group as a group.
  const block = done(grouped(document, ['0', '1', 'sum'], 'block'))
  expect(came(duplicated(block, ['block.0', 'block.1', 'block.sum']))).toBe(
    'block.0 ← numbers, block.1 ← block.0, block.sum ← block.1 block.0, block_2.0 ← block.sum, block_2.1 ← block_2.0, block_2.sum ← block_2.1 block_2.0, 2 ← block_2.sum, → 2 [block_2.0 block_2.1 block_2.sum]',
  )
  expect(came(duplicated(document, ['0', '1']))).toContain('Linear 0 is read from outside')
  expect(came(duplicated(document, ['sum', '2']))).toContain('read several values (1, 0)')
})

test('of a copy that attends to itself all places read what is before it', () => {
  const attending: NetworkDocument = {
    ...straight,
    nodes: [
      layer('a', 'Linear', {}, 'numbers'),
      layer('mask', 'ReLU', {}, 'numbers'),
      layer('self', 'MultiheadAttention', {}, 'a', 'a', 'a', 'mask'),
    ],
    output: 'self',
  }
  expect(came(duplicated(attending, ['self']))).toContain('self_2 ← self self self mask')
})

test('values meet, and what read the last of them reads the result', () => {
  const open = done(branched(straight, 'a', bend))
  expect(came(merged(open, ['c', 'elu'], add))).toBe(
    'a ← numbers, elu ← a, b ← a, c ← b, add ← c elu, d ← add, → d [add]',
  )
  // Beside the line that it is a branch of.
  expect(came(merged(open, ['elu', 'a'], add))).toBe(
    'a ← numbers, add ← elu a, elu ← a, b ← add, c ← b, d ← c, → d [add]',
  )
  // Of values that follow each other it is the later one, whatever the order they are chosen in.
  expect(came(merged(straight, ['c', 'a'], cat))).toContain('cat ← c a, d ← cat')
  expect(came(merged(straight, ['a', 'c'], cat))).toContain('cat ← a c, d ← cat')
  // A sum takes two.
  expect(came(merged(straight, ['a', 'b', 'c'], add))).toContain('add ← a b, add_2 ← add c, d ← add_2')
  expect(came(merged(straight, ['a'], add))).toContain('two or more')
})

test('a residual goes from what the first reads to behind the last', () => {
  const around = residualAround(straight, ['b', 'c'])
  expect(came(around)).toBe('a ← numbers, b ← a, c ← b, add ← c a, d ← add, → d [add]')
  expect(came(residualAround(done(around), ['b', 'c']))).toContain('already')
  expect(came(residualAround(document, ['sum']))).toContain('begin at a layer that reads one')
  const open = done(branched(straight, 'a', bend))
  expect(came(residualAround(open, ['elu', 'c']))).toContain('choose layers that follow each other')
})

test('edges are drawn and taken away; nothing waits for itself', () => {
  const two = connected(straight, 'a', 'd', 2)
  expect(came(two)).toContain('d ← c a')
  expect(came(connected(straight, 'a', 'd', 1))).toContain('d ← a')
  expect(came(connected(straight, 'd', 'b', 1))).toContain('each would wait for the other')
  expect(came(connected(done(two), 'b', 'd', 2))).toContain('takes no more')
  expect(came(connected(straight, 'c', 'd', 2))).toContain('already')
  expect(came(connected(straight, 'c', null, 0))).toContain('→ c')
  expect(came(disconnected(document, { from: '0', to: 'sum', at: 1 }))).toBe(
    '0 ← numbers, 1 ← 0, 2 ← 1, → 2 [1]',
  )
  expect(came(disconnected(done(two), { from: 'c', to: 'd', at: 0 }))).toContain('d ← a')
  expect(came(disconnected(straight, { from: 'a', to: 'b', at: 0 }))).toContain('reads nothing else')
  expect(came(disconnected(straight, { from: 'd', to: null, at: 0 }))).toContain('always read from a layer')
})

test('a layer is moved along the line, and onto another edge', () => {
  expect(came(moved(straight, 'c', 'earlier'))).toBe('a ← numbers, c ← a, b ← c, d ← b, → d [c]')
  expect(came(moved(straight, 'b', 'later'))).toBe('a ← numbers, c ← a, b ← c, d ← b, → d [b]')
  expect(came(moved(straight, 'c', 'later'))).toBe('a ← numbers, b ← a, d ← b, c ← d, → c [c]')
  expect(came(moved(straight, 'a', 'earlier'))).toContain('first layer already')
  expect(came(moved(straight, 'd', 'later'))).toContain('last layer already')
  expect(came(moved(document, '0', 'later'))).toContain('Several layers read Linear 0')
  expect(came(movedTo(straight, 'b', { from: 'd', to: null, at: 0 }))).toContain('b ← d, → b')
  expect(came(movedTo(straight, 'b', { from: 'b', to: 'c', at: 0 }))).toContain('there already')
})

test('a group is a first part of names, and goes again', () => {
  const edit = grouped(straight, ['b', 'c'], 'bent')
  expect(came(edit)).toBe('a ← numbers, bent.b ← a, bent.c ← bent.b, d ← bent.c, → d [bent.b bent.c]')
  expect(done(ungrouped(done(edit), 'bent'))).toEqual(straight)
  const deep = grouped(done(edit), ['bent.c'], 'inner')
  expect(came(deep)).toContain('bent.inner.c ← bent.b')
  expect(came(ungrouped(done(deep), 'bent'))).toContain('inner.c ← b')
  expect(came(grouped(straight, ['b'], 'a'))).toContain('already')
  for (const name of ['forward', 'train', 'training', 'children', 'constructor', '__proto__'])
    expect(came(grouped(straight, ['b'], name)), name).toContain('choose another name')
  expect(came(grouped(straight, ['b'], 'My block'))).toContain('no name for a group')
  // New layers stand in the group of the one they follow.
  expect(came(insertedBehind(done(edit), 'bent.b', bend))).toContain('bent.elu ← bent.b')
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

test('names that modules have for something else are no names of layers', () => {
  const called = (...ids: string[]): string[] =>
    graphProblems({
      ...straight,
      nodes: ids.map((id, i) => layer(id, 'ReLU', {}, ids[i - 1] ?? 'numbers')),
      output: ids.at(-1)!,
    }).map(({ message }) => message)
  expect(called('block.0', 'node_observer', 'observer', 'trains')).toEqual([])
  expect(called('block.train', 'eval.conv', '__proto__')).toEqual([
    expect.stringContaining('by the name “train”'),
    expect.stringContaining('by the name “eval”'),
    expect.stringContaining('by the name “__proto__”'),
  ])
  expect(called('a', 'a.b')).toEqual([
    'a.b would be a part of a, which is a layer and no group: call one of them differently.',
  ])
  // A function that is called like one of them gets a number.
  expect(came(insertedBehind(straight, 'a', { op: 'float', options: {} }))).toContain('float_2 ← a')
})

test('a mend of what is not there makes nothing wait for itself', () => {
  const [problem] = graphProblems({
    ...straight,
    nodes: [layer('b', 'ReLU', {}, 'a'), layer('a', 'Linear', {}, 'gone'), layer('c', 'Tanh', {}, 'b')],
    output: 'c',
  })
  expect(problem?.mend).toMatchObject({ label: 'Read numbers instead', nodes: [{ inputs: ['numbers'] }] })
})
