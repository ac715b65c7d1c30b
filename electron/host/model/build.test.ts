/** The documents of the templates, held to the bit against the engine's own classes, which earlier versions trained. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { thorough } from '../../../engine/fixtures/apart.ts'
import {
  capture,
  cat,
  manualSeed,
  nn,
  openDevice,
  optim,
  profiler,
  setDefaultDevice,
  tensor,
  text,
  vision,
  type Device,
  type Tensor,
} from '../../../engine/index.ts'
import {
  begin,
  graphProblems,
  networkDocumentSchema,
  templates,
  type Mlp,
  type Model,
} from '../../contract/index.ts'
import { buildNetwork, documentOf, type NetworkSpec } from './build.ts'
import type { InputSpec } from './input.ts'
import { exampleOf, mixed, numbers, pixels, small, spec, tokens } from './testing.ts'

type Module = nn.Module<Tensor[], Tensor>

let device: Device
beforeAll(async () => {
  device = await openDevice('wasm')
  setDefaultDevice(device)
})
afterAll(() => {
  device.close()
})

const words = { vocabulary: 20, classes: 3, paddingIdx: 1 }

/** What the mlp was before it was a document: layers numbered, inputs that are more than numbers joined in front of them. */
function perceptron(model: Mlp, width: number, outputs: number): nn.Module[] {
  const activations = { relu: nn.ReLU, gelu: nn.GELU, tanh: nn.Tanh }
  const widths = [width, ...model.hidden]
  return [
    ...model.hidden.flatMap((units, i) => [
      new nn.Linear(widths[i]!, units),
      ...(model.batchNorm ? [new nn.BatchNorm1d(units)] : []),
      new activations[model.activation](),
      ...(model.dropout > 0 ? [new nn.Dropout(model.dropout)] : []),
    ]),
    new nn.Linear(widths.at(-1)!, outputs),
  ]
}
class Joined extends nn.Module<Tensor[], Tensor> {
  readonly parts = new nn.ModuleList<nn.AnyModule>(
    new nn.Identity(),
    new nn.Embedding(3, 3),
    new nn.Embedding(7, 5),
    new nn.EmbeddingBag(20, 64, { mode: 'mean', paddingIdx: 1 }),
    new nn.Flatten(),
  )
  forward(...tensors: Tensor[]): Tensor {
    const [numbers, codes, title, photo] = tensors as [Tensor, Tensor, Tensor, Tensor]
    const given = [numbers, codes.select(1, 0), codes.select(1, 1), title, photo]
    const columns = [...this.parts].map((part, i) => part.forward(...([given[i]!] as [never])) as Tensor)
    return cat(columns, 1)
  }
}
class JoinedNetwork extends nn.Module<Tensor[], Tensor> {
  readonly inputs = new Joined()
  readonly layers = new nn.Sequential(...perceptron(small, 4 + 3 + 5 + 64 + 48, 3))
  forward(...tensors: Tensor[]): Tensor {
    return this.layers.forward(this.inputs.forward(...tensors))
  }
}

interface Pair {
  readonly title: string
  readonly spec: NetworkSpec
  readonly engine: () => Module
}
const pair = (title: string, model: Model, inputs: InputSpec[], engine: () => unknown): Pair => ({
  title,
  spec: spec(model, inputs),
  engine: engine as () => Module,
})
const mlpPair = (title: string, model: Mlp): Pair =>
  pair(title, model, [numbers], () => new nn.Sequential(...perceptron(model, 4, 3)))
const cnnPair = (dropout: number, channels: number, height: number, width: number): Pair =>
  pair(
    `cnn ${height} × ${width}`,
    begin(templates, 'cnn', { dropout }),
    [pixels(channels, height, width)],
    () => vision.models.cnn({ channels, height, width, classes: 3, dropout }),
  )
const textPair = (model: Exclude<Model, { template: 'mlp' | 'cnn' | 'resnet20' }>): Pair =>
  pair(JSON.stringify(model), model, [tokens], () => {
    if (model.template === 'text-cnn') return text.models.textCnn({ ...words, ...model })
    if (model.template === 'lstm') return text.models.lstmClassifier({ ...words, ...model })
    if (model.template === 'gru') return text.models.gruClassifier({ ...words, ...model })
    if (model.template === 'embedding-bag') return text.models.embeddingBagClassifier({ ...words, ...model })
    return text.models.transformerClassifier({ ...words, ...model, maxLength: 9 })
  })

const pairs: readonly Pair[] = [
  mlpPair('mlp', small),
  mlpPair('mlp, linear', { ...small, hidden: [] }),
  mlpPair('mlp, plain', { ...small, dropout: 0, batchNorm: false, activation: 'gelu' }),
  pair('mlp of pixels', { ...small, activation: 'tanh' }, [pixels(1, 3, 5)], () => {
    return new nn.Sequential(new nn.Flatten(), ...perceptron({ ...small, activation: 'tanh' }, 15, 3))
  }),
  pair('mlp of everything', small, mixed, () => new JoinedNetwork()),
  cnnPair(0, 1, 8, 8),
  cnnPair(0.25, 3, 9, 6),
  pair('resnet20', begin(templates, 'resnet20'), [pixels(3, 8, 8)], () =>
    vision.models.resnet20({ channels: 3, classes: 3 }),
  ),
  textPair({ template: 'text-cnn', embedding: 8, filters: 6, widths: [2, 3], dropout: 0.1 }),
  textPair({ template: 'text-cnn', embedding: 4, filters: 3, widths: [1], dropout: 0 }),
  textPair({ template: 'lstm', embedding: 8, hidden: 6, dropout: 0.3 }),
  textPair({ template: 'gru', embedding: 8, hidden: 6, layers: 1, dropout: 0.3 }),
  textPair({ template: 'gru', embedding: 4, hidden: 3, layers: 2, dropout: 0 }),
  textPair({ template: 'embedding-bag', embedding: 8, mode: 'mean', dropout: 0.2 }),
  textPair({ template: 'transformer', width: 8, heads: 2, layers: 2, feedForward: 16, dropout: 0.1 }),
  textPair({ template: 'transformer', width: 6, heads: 3, layers: 1, feedForward: 4, dropout: 0 }),
]

/** Three steps of training from a seed, then what it predicts: each loss, each weight and each output. */
async function trained(make: () => Module, inputs: readonly InputSpec[]) {
  manualSeed(7)
  const network = make()
  const example = inputs.map(exampleOf)
  const targets = tensor(Int32Array.from([0, 1, 2, 1]))
  const optimizer = new optim.Adam(network.parameters(), { lr: 1e-2 })
  const trainStep = (): Tensor => {
    optimizer.zeroGrad()
    const loss = nn.functional.crossEntropy(network.forward(...example), targets)
    loss.backward()
    optimizer.step()
    return loss.detach()
  }
  const step = capture(trainStep)
  const losses: number[] = []
  for (let i = 0; i < 3; i++) losses.push(await step().item())
  const outputs = [
    ...(await network
      .eval()
      .forward(...example)
      .data()),
  ]
  const state: [string, number[]][] = []
  for (const [name, value] of Object.entries(network.stateDict()))
    state.push([name, [...(await value.data())]])
  const parameters = network.namedParameters().map(([name]) => name)
  const { kernels } = await profiler.profile(network.train() && trainStep, [], { model: network })
  return { losses, outputs, state, parameters, kernels: kernels.length }
}

const isSaved = ({ spec, engine }: Pair): void => {
  test('is a document that holds together', () => {
    const document = documentOf(spec)
    expect(networkDocumentSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document)
    expect(graphProblems(document)).toEqual([])
  })

  test('starts, trains, predicts and is saved as ever, in as many kernels', async () => {
    const [ours, theirs] = [
      await trained(() => buildNetwork(spec), spec.inputs),
      await trained(engine, spec.inputs),
    ]
    expect(ours).toEqual(theirs)
  })
}

/** A residual network takes as long as all others; of networks of texts one of each is enough. */
const isSlow = ({ spec: { model } }: Pair, i: number): boolean =>
  model.template === 'resnet20' ||
  (model.template !== 'mlp' && pairs.findIndex(({ spec }) => spec.model.template === model.template) < i)
describe.each(pairs.filter((one, i) => !isSlow(one, i)))('$title', isSaved)
describe.each(pairs.filter(isSlow))('$title', thorough, isSaved)
