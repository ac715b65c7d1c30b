/** A training's last batch has fewer rows than the others: what was compiled for those serves it too, to the same bits. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as nn from '../../nn/index.ts'
import { crossEntropy } from '../../nn/functional.ts'
import { SGD } from '../../optim/index.ts'
import { manualSeed, randint, randn } from '../../tensor/random.ts'
import { Tensor } from '../../tensor/tensor.ts'
import { createWasmDevice, type WasmDevice } from './device.ts'

const features = 20
const classes = 10
const words = 12

/** The mean over a text's words of what a layer makes of them. */
class OverWords extends nn.Module<[Tensor], Tensor> {
  readonly embedding = new nn.Embedding(100, 32)
  readonly layer: nn.LSTM | nn.TransformerEncoderLayer
  readonly head: nn.Linear

  constructor(layer: nn.LSTM | nn.TransformerEncoderLayer, width: number) {
    super()
    this.layer = layer
    this.head = new nn.Linear(width, classes)
  }

  override forward(x: Tensor): Tensor {
    const out = this.layer.call(this.embedding.call(x)) as Tensor | readonly [Tensor, ...unknown[]]
    return this.head.call((out instanceof Tensor ? out : out[0]).mean(1))
  }
}

interface Case {
  readonly shape: readonly number[]
  /** Rows are of numbers of words, not of measurements. */
  readonly words?: true
  build(): nn.Module
}

const cases: Record<string, Case> = {
  'a network of linear layers': {
    shape: [features],
    build: () => new nn.Sequential(new nn.Linear(features, 300), new nn.ReLU(), new nn.Linear(300, 300), new nn.Dropout(0.2), new nn.Tanh(), new nn.Linear(300, classes)), // prettier-ignore
  },
  'a network with batch and layer normalization': {
    shape: [features],
    build: () => new nn.Sequential(new nn.Linear(features, 40), new nn.BatchNorm1d(40), new nn.GELU(), new nn.LayerNorm(40), new nn.Linear(40, classes)), // prettier-ignore
  },
  'a network of convolutions': {
    shape: [1, 14, 14],
    build: () => new nn.Sequential(new nn.Conv2d(1, 16, 3, { padding: 1 }), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Conv2d(16, 24, 3, { padding: 1 }), new nn.BatchNorm2d(24), new nn.ReLU(), new nn.Flatten(), new nn.Linear(24 * 49, classes)), // prettier-ignore
  },
}

const sequences: Record<string, Case> = {
  'an LSTM': {
    shape: [words],
    words: true,
    build: () => new OverWords(new nn.LSTM(32, 48, { batchFirst: true }), 48),
  },
  'a transformer': {
    shape: [words],
    words: true,
    build: () => new OverWords(new nn.TransformerEncoderLayer(32, 4, { dimFeedforward: 64, batchFirst: true }), 32), // prettier-ignore
  },
}

const open: WasmDevice[] = []
afterEach(() => open.splice(0).forEach((device) => device.close()))

/** The weights after a step with each number of rows, and how many modules each step compiled. */
async function train({ shape, words, build }: Case, rows: readonly number[], device: WasmDevice) {
  const compiled = vi.spyOn(WebAssembly, 'Module')
  manualSeed(7)
  const model = await build().to(device)
  const optimizer = new SGD(model.parameters(), { lr: 0.05 })
  const modules: number[] = []
  for (const count of rows) {
    const before = compiled.mock.calls.length
    const x = words ? randint(0, 100, [count, ...shape], { device }) : randn([count, ...shape], { device })
    const y = randint(0, classes, [count], { device })
    optimizer.zeroGrad()
    const loss = crossEntropy(model.call(x) as Tensor, y)
    loss.backward()
    optimizer.step()
    await loss.item()
    modules.push(compiled.mock.calls.length - before)
  }
  const weights = await Promise.all([...model.parameters()].map(async (p) => [...(await p.data())]))
  compiled.mockRestore()
  return { weights, modules }
}

/** Of so many numbers that their sums over all rows go in one stage. */
const rows = [64, 64, 64, 37, 64, 5, 3, 16]
const texts = [32, 32, 32, 19, 32, 5, 3, 16]

async function compilesNothingMore(one: Case, threads: number, rows: readonly number[]): Promise<void> {
  const device = createWasmDevice({ threads })
  open.push(device)
  const { modules, weights } = await train(one, rows, device)
  expect(modules.slice(3)).toEqual([0, 0, 0, 0, 0])

  // Where small ones came first, code was made for each of them.
  const other = createWasmDevice({ threads })
  open.push(other)
  for (const few of rows.slice(-3)) await train(one, [few, few], other)
  expect((await train(one, rows, other)).weights).toEqual(weights)
}

describe.each([1, 2])('With %i threads', (threads) => {
  it.each(Object.entries(cases))('%s compiles nothing for other numbers of rows', (_, one) =>
    compilesNothingMore(one, threads, rows),
  )

  it.each(Object.entries(sequences))(
    '%s compiles nothing for other numbers of rows',
    { tags: 'thorough' },
    (_, one) => compilesNothingMore(one, threads, texts),
  )
})
