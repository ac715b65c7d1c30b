import { expect, test } from 'vitest'
import {
  begin,
  isLayer,
  lossFor,
  templates,
  withDocument,
  type DescentError,
  type Model,
  type NetworkDocument,
  type NetworkNode,
} from '../../contract/index.ts'
import { documentOf, type NetworkSpec } from './build.ts'
import { describeNetwork } from './describe.ts'
import { problemsWith, requireFitting } from './fit.ts'
import type { InputOf, InputSpec } from './input.ts'
import { mixed, numbers, pixels, small, spec, tokens } from './testing.ts'

/** The network of a template, detached from it: as it is drawn for these inputs, or changed. */
function detached(
  model: Model,
  inputs: readonly InputSpec[],
  change: (document: NetworkDocument) => NetworkDocument = (document) => document,
): NetworkSpec {
  const drawn = spec(model, inputs)
  return { ...drawn, model: withDocument(model, change(documentOf(drawn))) }
}
const withOption =
  (id: string, option: string, value: number) =>
  (document: NetworkDocument): NetworkDocument => ({
    ...document,
    nodes: document.nodes.map((node) =>
      node.id === id ? { ...node, options: { ...node.options, [option]: value } } : node,
    ),
  })
const words = (vocabulary: number) => ({ ...(tokens as InputOf<'tokens'>), vocabulary })
/** The same network for other data. */
const given = (network: NetworkSpec, ...inputs: InputSpec[]): NetworkSpec => ({ ...network, inputs })
const refusal = async (network: NetworkSpec): Promise<DescentError> =>
  await requireFitting(network).then(
    () => Promise.reject(new Error('It fits.')),
    (error: DescentError) => error,
  )
const textCnn: Model = { template: 'text-cnn', embedding: 8, filters: 6, widths: [2, 3], dropout: 0.1 }
const columns: InputOf<'codes'> = { name: 'codes', kind: 'codes', sizes: [3, 7] }

test.each([
  ['numbers', small, [numbers]],
  ['everything', small, mixed],
  ['pixels', begin(templates, 'cnn', { dropout: 0.1 }), [pixels(1, 8, 8)]],
  ['text', textCnn, [tokens]],
] satisfies [string, Model, InputSpec[]][])(
  'a network of %s that is detached fits as before, layer by layer the same',
  async (_, model, inputs) => {
    const network = detached(model, inputs)
    expect(documentOf(network)).toEqual(documentOf(spec(model, inputs)))
    expect(await problemsWith(network)).toEqual([])
    await requireFitting(network)
  },
)

test('another width is a problem of the next layer, which says how to mend it', async () => {
  const wider = detached(small, [numbers], withOption('0', 'outFeatures', 16))
  const problem = {
    node: '1',
    message: '1 gets 16 channels and wants 8.',
    fix: { option: 'numFeatures', value: 16 },
  }
  expect(await problemsWith(wider)).toEqual([problem])
  expect((await refusal(wider)).toValue()).toMatchObject({
    code: 'badRecipe',
    field: 'model.document.nodes.1',
    message: `${problem.message} Set its numFeatures to 16 in Model (model.document.nodes.1.options.numFeatures).`,
  })
})

test('data with another width is a problem of the layer that reads it', async () => {
  const [problem] = await problemsWith(
    given(detached(small, [numbers]), { name: 'numbers', kind: 'numbers', width: 6 }),
  )
  expect(problem).toEqual({
    node: '0',
    message: '0 gets 6 features and wants 4.',
    fix: { option: 'inFeatures', value: 6 },
  })
})

test('another number of classes is a problem of the output', async () => {
  const network = detached(small, [numbers])
  const last = documentOf(network).output
  expect(await problemsWith({ ...network, outputs: 5 })).toEqual([
    {
      node: last,
      message: `${last} gives 3 numbers for each example, and the target takes 5.`,
      fix: { option: 'outFeatures', value: 5 },
    },
  ])
  const convolution = detached(begin(templates, 'cnn', { dropout: 0 }), [pixels(1, 8, 8)], (document) => ({
    ...document,
    output: document.nodes.find((node): node is NetworkNode => isLayer(node) && node.layer === 'Conv2d')!.id,
  }))
  expect((await refusal(convolution)).message).toContain(
    'gives 32 × 8 × 8 numbers for each example, and the target takes 3: end with Flatten and Linear.',
  )
})

test('inputs that come and go are told: nothing is left out without a word', async () => {
  const network = detached(small, mixed)
  const [, ...others] = mixed
  const without = await refusal(given(network, ...others))
  expect(without.message).toMatch(
    /^inputs\.parts\.0 reads “numbers”, which the data does not give any more\. Go back to the template/,
  )
  expect(without.field).toBe('model.document.nodes.inputs.parts.0')
  const more = await refusal(given(network, ...mixed, { ...tokens, name: 'tokens.Review' }))
  expect(more.message).toMatch(/^The data gives “tokens\.Review”, which no layer reads\. Go back/)
  expect(more.field).toBe('model.document')
  const third = given(detached(small, [columns]), { name: 'codes', kind: 'codes', sizes: [3, 7, 4] })
  expect((await refusal(third)).message).toContain(
    'The data gives 3 embedded columns, and the layers were written for 2.',
  )
})

test('tensors are taken by name, in whatever order the data gives them', async () => {
  const network = given(detached(small, mixed), ...mixed.toReversed())
  expect(documentOf(network).inputs.map(({ name }) => name)).toEqual(mixed.map(({ name }) => name).reverse())
  expect(await problemsWith(network)).toEqual([])
})

test('a word or category without a vector is a problem of the layer that would look for it', async () => {
  expect(await problemsWith(given(detached(textCnn, [tokens]), words(25)))).toEqual([
    {
      node: 'embedding',
      message: 'embedding has 20 vectors and gets 25 words or categories, each of which needs one.',
      fix: { option: 'numEmbeddings', value: 25 },
    },
  ])
  const more = given(detached(small, [columns]), { name: 'codes', kind: 'codes', sizes: [3, 9] })
  expect((await problemsWith(more)).map(({ node, fix }) => [node, fix?.value])).toEqual([
    ['inputs.parts.1', 9],
  ])
  // A vector that nothing looks for is no problem.
  expect(await problemsWith(given(detached(textCnn, [tokens]), words(18)))).toEqual([])
})

test('a graph that does not hold together is told before anything else', async () => {
  const broken = detached(small, [numbers], (document) => ({
    ...document,
    nodes: document.nodes.filter(({ id }) => id !== '2'),
  }))
  expect((await refusal(broken)).message).toBe(
    '3 reads “2”, which is not there. Model offers what mends it: “Read 1 instead”.',
  )
  const nothing = withDocument(small, { inputs: [], nodes: [], output: '' })
  expect((await refusal({ ...spec(small, [numbers]), model: nothing })).message).toContain(
    'There are no layers',
  )
})

test('a template that does not fit says to choose another one', async () => {
  const nothing = { ...spec(small, [numbers]), outputs: 0 }
  expect((await refusal(nothing)).message).toMatch(
    /Choose another network, or other settings of it, in Model\.$/,
  )
})

test('a network with a problem is described up to it, and beside it', async () => {
  const wider = detached(
    { ...small, batchNorm: false, dropout: 0 },
    [numbers],
    withOption('0', 'outFeatures', 16),
  )
  const summary = await describeNetwork(wider, lossFor('classification'), 3)
  expect(summary.problems).toMatchObject([{ node: '2' }])
  expect(summary.source).toBeNull()
  expect(summary.activationBytes).toBeUndefined()
  expect(summary.layers.map(({ name, outputShape, parameters }) => [name, outputShape, parameters])).toEqual([
    ['0', ['N', 16], 4 * 16 + 16],
    ['1', ['N', 16], 0],
    ['2', null, 8 * 6 + 6],
    ['3', null, 0],
    ['4', null, 6 * 3 + 3],
  ])
  expect(summary.parameters).toBe(80 + 54 + 21)
})

test('more filters than the picture can be halved are refused, with how many there can be', async () => {
  const five = begin(templates, 'cnn', { filters: [8, 8, 8, 8, 8] })
  await requireFitting(spec(five, [pixels(1, 32, 40)]))
  expect(await refusal(spec(five, [pixels(1, 28, 28)]))).toMatchObject({
    code: 'badRecipe',
    field: 'model.filters',
    message:
      'Each of the 5 filters halves the picture, and nothing would be left of it: use at most 4 filters for 28 × 28.',
  })
  expect((await refusal(spec(five, [pixels(1, 1, 9)]))).message).toContain('1 × 9 is too small')
})
