import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apart, thorough } from '../../../../engine/fixtures/apart.ts'
import { manualSeed, openDevice, setDefaultDevice, type Device } from '../../../../engine/index.ts'
import {
  ideas,
  isLayer,
  namesIn,
  type IdeaName,
  type Model,
  type NetworkDocument,
} from '../../../contract/index.ts'
import { documentOf } from '../build.ts'
import { onPaper, problemsOf } from '../check.ts'
import { moduleOf } from '../module.ts'
import { drawing, edited } from '../random-edits.ts'
import { exampleOf, mixed, numbers, pixels, small, spec, templateCases, tokens } from '../testing.ts'
import { holdTo, python } from '../testing-torch.ts'
import { tryIdeas, type Tried } from './index.ts'

let device: Device
beforeAll(async () => {
  // Interpreted: most of the time would go into compiling hundreds of networks that run once.
  device = await openDevice('reference')
  setDefaultDevice(device)
})
afterAll(() => {
  device.close()
})

/** Those of images as small as they can be: what runs here is interpreted. */
function shrunk(model: Model): Model {
  if (model.template === 'resnet20') return { ...model, width: 4, blocks: 1 }
  return model.template === 'cnn' ? { ...model, filters: [3, 4], hidden: [6] } : model
}
const cases = templateCases.map((one) => ({
  ...one,
  spec: { ...one.spec, model: shrunk(one.spec.model) },
}))

const triedOn = async (document: NetworkDocument): Promise<Map<IdeaName, Tried>> =>
  new Map((await onPaper(() => tryIdeas(document))).map(({ name, tried }) => [name, tried]))

/** Forward, and back to every weight that the output hangs on; numbers all the way. */
async function runs(document: NetworkDocument): Promise<void> {
  manualSeed(5)
  const network = moduleOf(document).train()
  const output = network.forward(...document.inputs.map(exampleOf))
  const loss = output.mul(output).sum()
  loss.backward()
  const gradients = network.parameters().flatMap(({ grad }) => (grad ? [grad.abs().sum()] : []))
  expect(gradients.length).toBeGreaterThan(0)
  const all = gradients.reduce((sum, one) => sum.add(one), loss)
  expect(Number.isFinite(await all.item())).toBe(true)
}

/** Those that apply, with what they make of it. */
async function holds(document: NetworkDocument): Promise<ReadonlyMap<IdeaName, NetworkDocument>> {
  const tried = await triedOn(document)
  expect([...tried.keys()]).toEqual(namesIn(ideas))
  const applied = new Map<IdeaName, NetworkDocument>()
  for (const [name, found] of tried) {
    if ('refusal' in found) {
      expect(found.refusal, name).toMatch(/^\p{Lu}.*\.$/u)
      continue
    }
    applied.set(name, found.document)
    expect(found.document, name).not.toEqual(document)
    expect(await problemsOf(found.document), name).toEqual([])
    await runs(found.document)
  }
  return applied
}

const withTorch = python ? ', in PyTorch as here' : '; not held against PyTorch, which no Python here has'
/** Whether their sources give in PyTorch what the documents give here. */
const held = async (documents: Iterable<NetworkDocument>): Promise<void> => {
  if (python) await holdTo([...documents])
}

/** Networks of pictures whose weights are many: another one of the same layers is tried in a moment. */
const large = new Set<string>([
  'resnet18',
  'vgg',
  'mobilenet-v2',
  'mobilenet-v3',
  'efficientnet',
  'alexnet',
  'vit',
])
const isLarge = ({ spec: { model } }: (typeof cases)[number]): boolean => large.has(model.template)

const triesAll = ({ spec: of }: (typeof cases)[number]): void =>
  test(`every idea gives a network that runs${withTorch}, or says why it does not apply`, async () => {
    const applied = await holds(documentOf(of))
    expect([...applied.keys()]).toMatchSnapshot()
    await held(applied.values())
  })

const [some, others] = apart(
  cases.filter((one) => !isLarge(one)),
  2,
)
describe.each(some)('$title', triesAll)
describe.each([...others, ...cases.filter(isLarge)])('$title', thorough, triesAll)

/** `npm run acceptance -- networks` takes all of them. */
const edits = Number(process.env['DESCENT_NETWORK_EDITS'] ?? 3)
test(
  `so it is of ${edits} networks that were edited at random`,
  { tags: 'thorough', timeout: 1_200_000 },
  async () => {
    const draw = drawing(23)
    const seen = new Set<IdeaName>()
    const documents: NetworkDocument[] = []
    for (let i = 0; i < edits; i++) {
      const applied = await holds(await edited(documentOf(draw(cases).spec), draw))
      for (const name of applied.keys()) seen.add(name)
      documents.push(...applied.values())
    }
    await held(documents)
    expect(seen.size).toBeGreaterThan(7)
  },
)

const added = (before: NetworkDocument, after: NetworkDocument) => {
  const known = new Set(before.nodes.map(({ id }) => id))
  return after.nodes
    .filter(({ id }) => !known.has(id))
    .map((node) => [node.id, isLayer(node) ? node.layer : node.op, ...node.inputs].join(' '))
}
async function changed(document: NetworkDocument, name: IdeaName): Promise<NetworkDocument> {
  const tried = (await triedOn(document)).get(name)!
  if ('refusal' in tried) throw new Error(tried.refusal)
  return tried.document
}
const cnn = documentOf(
  spec({ template: 'cnn', filters: [8, 16], hidden: [32], dropout: 0 }, [pixels(1, 8, 8)]),
)

test('a way around a block is the block’s input, or a layer of it where the shapes differ', async () => {
  const equal = documentOf(spec({ ...small, hidden: [8, 8, 8], batchNorm: false, dropout: 0 }, [numbers]))
  const after = await changed(equal, 'residual')
  expect(added(equal, after)).toEqual(['3_sum add 3 1', '5_sum add 5 3_sum'])
  const first = await changed(documentOf(spec({ ...small, hidden: [8] }, [numbers])), 'residual')
  expect(first.nodes.find(({ id }) => id === '3_projection')).toMatchObject({
    layer: 'Linear',
    options: { inFeatures: 4, outFeatures: 8 },
  })
})

test('normalization stands between weights and bend, and once', async () => {
  const after = await changed(cnn, 'batchNorm')
  expect(added(cnn, after)).toEqual(['0_norm BatchNorm2d 0', '3_norm BatchNorm2d 3', '7_norm BatchNorm1d 7'])
  expect(after.nodes.find(({ id }) => id === '1')!.inputs).toEqual(['0_norm'])
  expect((await triedOn(after)).get('batchNorm')).toEqual({
    refusal: 'Every inner layer that it could stand behind is normalized already.',
  })
})

test('the mean of each channel makes the layer behind it as narrow', async () => {
  const after = await changed(cnn, 'globalPooling')
  expect(after.nodes.find(({ id }) => id === '7')!.options).toMatchObject({ inFeatures: 16 })
})

test('a wider network is twice as wide inside, and as before at its ends', async () => {
  const after = await changed(cnn, 'wider')
  const widths = after.nodes.flatMap(({ options }) => options['outChannels'] ?? options['outFeatures'] ?? [])
  expect(widths).toEqual([16, 32, 64, 3])
})

test('a block more is the last one again', async () => {
  const resnet = documentOf(
    spec({ template: 'resnet', width: 8, blocks: 2, inner: 6, dropout: 0 }, [numbers]),
  )
  const after = await changed(resnet, 'deeper')
  expect(after.nodes.length).toBe(resnet.nodes.length + 7)
  expect(after.nodes.find(({ id }) => id === '2.sum_again')!.inputs[0]).toBe('2.sum')
})

test('words look at each other, but for paddings', async () => {
  const text = documentOf(
    spec({ template: 'text-cnn', embedding: 8, filters: 6, widths: [2, 3], dropout: 0.1 }, [tokens]),
  )
  const after = await changed(text, 'selfAttention')
  const attention = after.nodes.find((node) => isLayer(node) && node.layer === 'MultiheadAttention')!
  expect(attention).toMatchObject({ options: { embedDim: 8, numHeads: 4, batchFirst: true } })
  expect(attention.inputs[3]).toBe('embedding_is_padding')
  // Once more: with its norm, and by the same mask.
  const twice = added(after, await changed(after, 'deeper'))
  expect(twice).toEqual([
    'embedding_attention_again MultiheadAttention embedding_norm embedding_norm embedding_norm embedding_is_padding',
    'embedding_sum_again add embedding_norm embedding_attention_again',
    'embedding_norm_again LayerNorm embedding_sum_again',
  ])
  expect((await triedOn(after)).get('selfAttention')).toEqual({
    refusal: 'Its words look at each other already.',
  })
})

test('numbers become waves whose lengths are learned, and what reads them is as wide', async () => {
  const perceptron = documentOf(spec({ ...small, hidden: [8], dropout: 0 }, [numbers]))
  const after = await changed(perceptron, 'learnedWaves')
  expect(added(perceptron, after)).toEqual(['numbers_waves PeriodicEmbedding numbers'])
  expect(after.nodes.find(({ inputs }) => inputs.includes('numbers_waves'))!.options).toMatchObject({
    inFeatures: 16,
  })
  expect((await triedOn(after)).get('learnedWaves')).toEqual({ refusal: 'Its numbers become waves already.' })
  const network = moduleOf(after)
  expect([...network.namedParameters()].map(([name]) => name)).toContain('numbers_waves.frequency')
})

test('what does not apply says why', async () => {
  const linear = await triedOn(documentOf(spec({ ...small, hidden: [] }, [numbers])))
  const refusals = Object.fromEntries(
    [...linear].map(([name, tried]) => [name, 'refusal' in tried ? tried.refusal : 'applies']),
  )
  expect(refusals).toMatchSnapshot()
  const columns = await triedOn(documentOf(spec(small, mixed)))
  expect(columns.get('selfAttention')).toEqual({
    refusal: 'There are no words with vectors of their own that could look at each other.',
  })
})
