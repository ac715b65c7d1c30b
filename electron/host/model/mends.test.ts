import { expect, test } from 'vitest'
import {
  begin,
  graphProblems,
  templates,
  withDocument,
  withMend,
  type NetworkDocument,
  type NetworkNode,
  type NetworkProblem,
} from '../../contract/index.ts'
import { problemsWith, requireFitting } from './fit.ts'
import { documentOf } from './build.ts'
import { layer, numbers, pixels, spec, tokens } from './testing.ts'
import type { InputSpec } from './input.ts'

const photo = pixels(3, 8, 8)
const given = (input: InputSpec, ...nodes: NetworkNode[]): NetworkDocument => ({
  inputs: [input],
  nodes,
  output: nodes.at(-1)!.id,
})
const conv = (id: string, from: number, to: number, ...inputs: string[]): NetworkNode =>
  layer(id, 'Conv2d', { inChannels: from, outChannels: to, kernelSize: 3, padding: 1 }, ...inputs)
const linear = (id: string, from: number, to: number, ...inputs: string[]): NetworkNode =>
  layer(id, 'Linear', { inFeatures: from, outFeatures: to }, ...inputs)

const networkOf = (document: NetworkDocument) => ({
  ...spec(begin(templates, 'mlp'), document.inputs),
  model: withDocument(begin(templates, 'mlp'), document),
})
/** The document as its first problems’ buttons mend it one after the other, and what they say. */
async function mended(document: NetworkDocument, most = 4) {
  const labels: string[] = []
  let at = document
  for (let i = 0; i < most; i++) {
    const [problem] = await problemsWith(networkOf(at))
    if (!problem) return { document: at, labels }
    at = apply(at, problem)
    labels.push(problem.mend?.label ?? `${problem.fix!.option} ${problem.fix!.value}`)
  }
  expect(await problemsWith(networkOf(at))).toEqual([])
  return { document: at, labels }
}
function apply(document: NetworkDocument, { node: id, fix, mend, message }: NetworkProblem): NetworkDocument {
  if (mend) return withMend(document, mend)
  if (!fix) throw new Error(`Nothing is offered: ${message}`)
  const nodes = document.nodes.map((node) =>
    node.id === id ? { ...node, options: { ...node.options, [fix.option]: fix.value } } : node,
  )
  return { ...document, nodes }
}

test('pixels that were not flattened are, before the layer that takes a row', async () => {
  const document = given(photo, conv('conv', 3, 4, photo.name), linear('fc', 100, 3, 'conv'))
  expect(await problemsWith(networkOf(document))).toMatchObject([
    { node: 'fc', message: 'fc gets a grid of 4 × 8 × 8 numbers and wants a row of 100.' },
  ])
  const { document: after, labels } = await mended(document)
  expect(labels).toEqual(['Put Flatten before it'])
  expect(after.nodes.map(({ id }) => id)).toEqual(['conv', 'fc_flat', 'fc'])
  expect(after.nodes[2]).toMatchObject({ options: { inFeatures: 256 }, inputs: ['fc_flat'] })
  await expect(requireFitting(networkOf(document))).rejects.toThrow(
    'Model offers what mends it: “Put Flatten before it”.',
  )
})

test.each<[string, NetworkNode[], string[], object]>([
  [
    'other channels',
    [
      conv('a', 3, 8, photo.name),
      conv('b', 8, 16, 'a'),
      { id: 'sum', op: 'add', options: {}, inputs: ['b', 'a'] },
    ],
    ['Match 8 to 16 by a convolution of 1 × 1'],
    { id: 'sum_projection', options: { inChannels: 8, outChannels: 16, kernelSize: 1 }, inputs: ['a'] },
  ],
  [
    'another grid',
    [
      conv('a', 3, 8, photo.name),
      layer('b', 'Conv2d', { inChannels: 8, outChannels: 8, kernelSize: 3, stride: 2, padding: 1 }, 'a'),
      { id: 'sum', op: 'add', options: {}, inputs: ['b', 'a'] },
    ],
    ['Match 8 to 8 by a convolution of 1 × 1'],
    { id: 'sum_projection', options: { stride: 2 } },
  ],
])('a way around with %s is given a layer of its own', async (_, nodes, labels, projection) => {
  const document = given(
    photo,
    ...nodes,
    layer('flat', 'Flatten', {}, 'sum'),
    linear('fc', 16 * 64, 3, 'flat'),
  )
  const first = await mended(document, 2).catch(() => mended(document, 3))
  expect(first.labels[0]).toBe(labels[0])
  expect(first.document.nodes.find(({ id }) => id === 'sum_projection')).toMatchObject(projection)
})

test('rows that are added are matched by a linear layer', async () => {
  const document = given(
    numbers,
    linear('a', 4, 6, numbers.name),
    { id: 'sum', op: 'add', options: {}, inputs: ['a', numbers.name] },
    linear('fc', 6, 3, 'sum'),
  )
  expect((await mended(document)).labels).toEqual(['Match 4 to 6 by a linear layer'])
})

test('zeros fill up as many channels as are lacking', async () => {
  const drawn = documentOf(spec(begin(templates, 'resnet20', { blocks: 1 }), [photo]))
  const nodes = drawn.nodes.map((node) =>
    node.id === 'layer2.0.widened' ? { ...node, options: { pad: [0, 0, 0, 0, 0, 3] } } : node,
  )
  const { labels, document } = await mended({ ...drawn, nodes })
  expect(labels).toEqual(['Fill up 16 channels'])
  expect(document).toEqual(drawn)
})

test('a normalization of other dimensions is exchanged', async () => {
  const document = given(
    numbers,
    linear('a', 4, 6, numbers.name),
    layer('norm', 'BatchNorm2d', { numFeatures: 6 }, 'a'),
    linear('fc', 6, 3, 'norm'),
  )
  const { labels, document: after } = await mended(document)
  expect(labels).toEqual(['Use BatchNorm1d'])
  expect(after.nodes[1]).toMatchObject({ layer: 'BatchNorm1d', options: { numFeatures: 6 } })
})

test('a group norm and a layer norm say which width they want', async () => {
  const norm = (name: string, options: NetworkNode['options']) =>
    given(
      numbers,
      linear('a', 4, 6, numbers.name),
      layer('norm', name, options, 'a'),
      linear('fc', 6, 3, 'norm'),
    )
  expect((await mended(norm('GroupNorm', { numGroups: 1, numChannels: 5 }))).labels).toEqual([
    'numChannels 6',
  ])
  expect((await mended(norm('LayerNorm', { normalizedShape: 5 }))).labels).toEqual(['normalizedShape 6'])
  expect((await mended(norm('LayerNorm', { normalizedShape: [5] }))).labels).toEqual(['normalizedShape 6'])
})

test('two tensors where one is taken go side by side', async () => {
  const document = given(
    numbers,
    linear('a', 4, 6, numbers.name),
    linear('b', 4, 5, numbers.name),
    linear('fc', 6, 3, 'a', 'b'),
  )
  expect((await mended(document)).labels).toEqual(['Put them side by side (cat)', 'inFeatures 11'])
})

test.each<[string, NetworkDocument, string[]]>([
  ['a grid', given(photo, conv('conv', 3, 4, photo.name)), ['Flatten', 'Linear']],
  [
    'a large grid',
    given(pixels(3, 90, 90), conv('conv', 3, 4, photo.name)),
    ['AdaptiveAvgPool2d', 'Flatten', 'Linear'],
  ],
  ['a row', given(numbers, linear('a', 4, 6, numbers.name), layer('b', 'ReLU', {}, 'a')), ['Linear']],
  [
    'words',
    given(tokens, layer('words', 'Embedding', { numEmbeddings: 20, embeddingDim: 5 }, tokens.name)),
    ['Flatten', 'Linear'],
  ],
])('a network that ends with %s is given a last layer', async (_, document, kinds) => {
  const { document: after, labels } = await mended(document)
  expect(labels).toEqual(['Add a linear layer to 3'])
  const added = after.nodes.slice(document.nodes.length)
  expect(added.map((node) => ('layer' in node ? node.layer : node.op))).toEqual(kinds)
  expect(after.output).toBe(added.at(-1)!.id)
})

test('a name that is not there is replaced by the line above, and the output by the last line', () => {
  const document = given(numbers, linear('a', 4, 6, numbers.name), linear('b', 6, 3, 'nowhere'))
  const [problem] = graphProblems(document)
  expect(problem!.mend!.label).toBe('Read a instead')
  expect(withMend(document, problem!.mend!).nodes[1]!.inputs).toEqual(['a'])
  const [output] = graphProblems({ ...given(numbers, linear('a', 4, 3, numbers.name)), output: 'z' })
  expect(output!.mend).toEqual({ label: 'Make a the output', nodes: [], output: 'a' })
})
