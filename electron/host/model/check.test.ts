import { expect, test } from 'vitest'
import {
  begin,
  nodeKindsSchema,
  templates,
  type NetworkDocument,
  type NetworkNode,
} from '../../contract/index.ts'
import { documentOf } from './build.ts'
import { flowOf, problemsOf } from './check.ts'
import { functionsAsData, layersAsData } from './layers.ts'
import { layer, pixels, spec } from './testing.ts'

const photo = pixels(3, 8, 8)
const convolutions = (...nodes: NetworkNode[]): NetworkDocument => ({
  inputs: [photo],
  nodes,
  output: nodes.at(-1)!.id,
})
const conv = (id: string, from: number, to: number, ...inputs: string[]): NetworkNode =>
  layer(id, 'Conv2d', { inChannels: from, outChannels: to, kernelSize: 3 }, ...inputs)
const messages = async (...nodes: NetworkNode[]) => await problemsOf(convolutions(...nodes))

test('a layer that gets another width than it wants says so, and those behind it are silent', async () => {
  expect(
    await messages(
      conv('conv1', 3, 32, photo.name),
      conv('conv2', 16, 8, 'conv1'),
      conv('conv3', 8, 8, 'conv2'),
    ),
  ).toEqual([
    {
      node: 'conv2',
      message: 'conv2 gets 32 channels and wants 16.',
      fix: { option: 'inChannels', value: 32 },
    },
  ])
})

test('problems are told of the node that has them', async () => {
  const kernel = { inChannels: 3, outChannels: 0, kernelSize: 3 }
  expect(await messages(layer('a', 'Conv2d', kernel, photo.name))).toEqual([
    { node: 'a', message: expect.stringContaining('outChannels') as string },
  ])
  expect(await messages(layer('a', 'ReLU', { slope: 1 }, photo.name))).toEqual([
    { node: 'a', message: expect.stringContaining('slope') as string },
  ])
  expect(await messages(layer('a', 'Conv9d', {}, photo.name))).toEqual([
    { node: 'a', message: 'a: There is no layer “Conv9d”.' },
  ])
  expect(await messages({ id: 'a', op: 'toString', options: {}, inputs: [photo.name] })).toEqual([
    { node: 'a', message: 'a: There is no function “toString”.' },
  ])
  expect(await messages(layer('a', 'ReLU', {}, photo.name, photo.name))).toMatchObject([
    { node: 'a', message: 'a gets 2 tensors and wants 1.' },
  ])
  expect(await messages(layer('a', 'MaxPool2d', { kernelSize: 9 }, photo.name))).toEqual([
    { node: 'a', message: expect.stringContaining('does not fit') as string },
  ])
})

test('a graph that does not hold together is refused before its layers are looked at', async () => {
  const relu = (id: string, ...inputs: string[]) => layer(id, 'ReLU', {}, ...inputs)
  expect(await messages(relu('a', 'nowhere'))).toMatchObject([
    { node: 'a', message: 'a reads “nowhere”, which is not there.' },
  ])
  expect((await messages(relu('a', 'b'), relu('b', 'a'))).map(({ node }) => node)).toEqual(['a', 'b'])
  expect((await messages(relu('a', photo.name), relu('a', photo.name))).map(({ node }) => node)).toEqual([
    'a',
  ])
  const document = { ...convolutions(relu('a', photo.name)), output: 'b' }
  expect(await problemsOf(document)).toMatchObject([{ node: null, message: 'The output “b” is not there.' }])
})

test('shapes are known along every edge', async () => {
  const flow = await flowOf(documentOf(spec(begin(templates, 'resnet20'), [photo])))
  expect(flow.get(photo.name)!.shape).toEqual([1, 3, 8, 8])
  expect(flow.get('layer2.0.widened')!.shape).toEqual([1, 32, 4, 4])
  expect(flow.get('fc')!.shape).toEqual([1, 3])
})

test('layers and functions are plain data, each with its options', () => {
  const kinds = { layers: layersAsData(), functions: functionsAsData() }
  expect(nodeKindsSchema.parse(JSON.parse(JSON.stringify(kinds)))).toEqual(kinds)
  const conv2d = kinds.layers.find(({ name }) => name === 'Conv2d')!
  expect(conv2d.options.find(({ name }) => name === 'kernelSize')).toMatchObject({
    kind: 'extents',
    count: 2,
  })
  expect(conv2d.options.find(({ name }) => name === 'outChannels')).toMatchObject({
    required: true,
    least: 1,
  })
  expect(kinds.functions.find(({ name }) => name === 'cat')!.inputs).toEqual({ least: 1, most: null })
  const names = kinds.layers.map(({ name }) => name)
  expect(names).not.toContain('CrossEntropyLoss')
  expect(names).not.toContain('TransformerEncoder')
})
