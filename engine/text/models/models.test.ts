import { describe, expect, it } from 'vitest'
import { createWasmDevice } from '../../backends/wasm/device.ts'
import type * as nn from '../../nn/index.ts'
import { functional } from '../../nn/index.ts'
import { Adam } from '../../optim/index.ts'
import { noGrad } from '../../tensor/grad-mode.ts'
import { capture } from '../../tensor/capture.ts'
import { tensor } from '../../tensor/creation.ts'
import { manualSeed } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import {
  embeddingBagClassifier,
  gruClassifier,
  lstmClassifier,
  textCnn,
  transformerClassifier,
} from './index.ts'

const device = createWasmDevice()
const [vocabulary, classes, paddingIdx] = [12, 2, 1]
const base = { vocabulary, classes, paddingIdx, device }
const small: Readonly<Record<string, () => nn.Module>> = {
  textCnn: () => textCnn({ ...base, embedding: 8, filters: 6, widths: [2, 3], dropout: 0.1 }),
  embeddingBag: () => embeddingBagClassifier({ ...base, embedding: 8 }),
  gru: () => gruClassifier({ ...base, embedding: 8, hidden: 6, dropout: 0.1 }),
  'gru, one way': () =>
    gruClassifier({ ...base, embedding: 8, hidden: 8, dropout: 0.1, bidirectional: false }),
  lstm: () => lstmClassifier({ ...base, embedding: 8, hidden: 8, dropout: 0.1 }),
  transformer: () => transformerClassifier({ ...base, width: 8, heads: 2, layers: 1, feedForward: 16 }),
}

const tokens = (lines: readonly (readonly number[])[]): Tensor =>
  tensor(Int32Array.from(lines.flat()), { shape: [lines.length, lines[0]!.length], device })

/** Lines of up to seven words; those with the word 5 are of class 1. */
function lines(count: number): { x: Tensor; y: Tensor; labels: number[] } {
  const list = Array.from({ length: count }, (_, i) =>
    Array.from({ length: 7 }, (_, j) => {
      if (j > 2 + (i % 5)) return paddingIdx
      if (i % 2 === 1 && j === (i >> 1) % 3) return 5
      return [2, 3, 4, 6, 7, 8, 9, 10, 11][(i * 5 + j * 7 + ((i * j) % 3)) % 9]!
    }),
  )
  const labels = list.map((line) => Number(line.includes(5)))
  return { x: tokens(list), y: tensor(Int32Array.from(labels), { device }), labels }
}

describe.each(Object.keys(small))('%s', (name) => {
  it('learns to find a word', async () => {
    manualSeed(1)
    const model = small[name]!()
    const { x, y, labels } = lines(60)
    const optimizer = new Adam(model.parameters(), { lr: 0.02 })
    const step = capture(() => {
      optimizer.zeroGrad()
      const loss = functional.crossEntropy(model.forward(x), y)
      loss.backward()
      optimizer.step()
      return loss
    })
    for (let i = 0; i < 60; i++) step()
    const found = await noGrad(() => model.eval().forward(x).argmax(1)).data()
    const hits = labels.filter((label, i) => found[i] === label).length
    expect(hits).toBeGreaterThanOrEqual(58)
    const padding = model.stateDict()['embedding.weight']!.slice(0, paddingIdx, paddingIdx + 1)
    expect([...(await padding.data())]).toEqual(new Array(8).fill(0))
  })

  it('gives numbers for a line without words', async () => {
    const model = small[name]!().eval()
    const scores = await model.forward(tokens([[1, 1, 1, 1]])).data()
    expect([...scores].every(Number.isFinite)).toBe(true)
  })
})

it.each(['embeddingBag', 'gru', 'gru, one way', 'lstm', 'transformer'])(
  '%s does not see how far a line was padded',
  async (name) => {
    const model = small[name]!().eval()
    const short = await model.forward(tokens([[4, 5, 6]])).data()
    const long = await model.forward(tokens([[4, 5, 6, 1, 1, 1]])).data()
    long.forEach((score, i) => expect(score).toBeCloseTo(short[i]!, 5))
  },
)

describe('TextCnn', () => {
  it('says how long lines must be', () => {
    expect(() => textCnn(base).forward(tokens([[2, 3, 4, 5]]))).toThrow(
      "This network's widest filter covers 5 words, more than the 4 of a line: pad the lines further.",
    )
  })

  it('shortens only those rows of the last weight that are too long', async () => {
    const model = textCnn({ ...base, filters: 1, widths: [1, 1] })
    noGrad(() =>
      model.fc.weight.copy_(
        tensor(
          [
            [6, 8],
            [0, 2],
          ],
          { device },
        ),
      ),
    )
    model.limitNorm(3)
    const limited = await model.fc.weight.data()
    ;[1.8, 2.4, 0, 2].forEach((weight, i) => expect(limited[i]).toBeCloseTo(weight, 6))
  })
})

describe('GruClassifier', () => {
  it('weighs the words of each text, and no padding', async () => {
    const model = gruClassifier({ ...base, embedding: 8, hidden: 6 }).eval()
    const { vector, weights } = model.attend(
      tokens([
        [4, 5, 6, 1],
        [1, 1, 1, 1],
      ]),
    )
    expect(vector.shape).toEqual([2, 12])
    const each = [...(await weights.data())]
    expect(each.slice(0, 3).reduce((a, b) => a + b)).toBeCloseTo(1, 5)
    expect(each.slice(0, 3).every((weight) => weight > 0)).toBe(true)
    expect(each.slice(3)).toEqual([0, 1, 0, 0, 0])
  })

  it('reads a text from its end as it reads the text turned around from its beginning', async () => {
    const model = gruClassifier({ ...base, embedding: 8, hidden: 6 }).eval()
    model.back!.loadStateDict(model.gru.stateDict())
    // All words count alike.
    noGrad(() => model.context.weight.zero_())
    const there = await model.attend(tokens([[4, 5, 6, 1]])).vector.data()
    const back = await model.attend(tokens([[6, 5, 4, 1]])).vector.data()
    ;[...there.slice(0, 6)].forEach((x, i) => expect(back[i + 6]).toBeCloseTo(x, 5))
    expect(Math.abs(there[0]! - there[6]!)).toBeGreaterThan(1e-4)
  })
})
