import { beforeAll, describe, expect, it } from 'vitest'
import { manualSeed, nn, openDevice, rand, setDefaultDevice, tensor } from '../../../engine/index.ts'
import {
  augmentations,
  augmentationsFor,
  begin,
  losses,
  type Augmentation,
  type Loss,
} from '../../contract/index.ts'
import { lossFunctionOf } from '../training/losses.ts'
import { augmenting, lossOfParts } from './augment.ts'

beforeAll(async () => setDefaultDevice(await openDevice('wasm')))

const chosen = (name: Augmentation['augmentation']): Augmentation => begin(augmentations, name)

it.each(augmentationsFor(3))('%s gives pictures of the same size within black and white', async (name) => {
  manualSeed(3)
  for (const channels of [1, 3]) {
    if (!augmentationsFor(channels).includes(name)) continue
    const { images } = augmenting([chosen(name)], channels)(rand([5, channels, 20, 12]))
    expect(images.shape).toEqual([5, channels, 20, 12])
    const values = [...(await images.data())]
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1e-6)
    expect(Math.max(...values)).toBeLessThanOrEqual(1 + 1e-6)
  }
})

it('draws nothing for images that always change, so that shifts of earlier versions stay what they were', async () => {
  const images = rand([4, 1, 8, 8]).realize()
  const shifted = async (augment: Augmentation[]): Promise<number[]> => {
    manualSeed(5)
    augmenting(augment, 1)(images)
    return [...(await rand([3]).data())]
  }
  const twoDraws = await shifted([chosen('shift')])
  manualSeed(5)
  rand([1])
  rand([1])
  expect(twoDraws).toEqual([...(await rand([3]).data())])
})

it('refuses what would do nothing to gray images', () => {
  expect(() => augmenting([chosen('flip'), chosen('grayscale')], 1)).toThrow(
    '“Without color” changes colors, and these images are gray: it would do nothing. Remove it.',
  )
})

describe('mixtures', () => {
  const augment = [
    begin(augmentations, 'mixUp', { alpha: 1 }),
    begin(augmentations, 'cutMix', { probability: 1 }),
  ]

  it('say what every row shows', async () => {
    manualSeed(6)
    const n = 6
    const images = tensor(Float32Array.from({ length: n }, (_, i) => i / n))
      .reshape([n, 1, 1, 1])
      .expand([n, 1, 8, 8])
    const { images: mixed, parts } = augmenting(augment, 1)(images)
    const shown = await mixed.mean([1, 2, 3]).data()
    const said = new Float64Array(n)
    for (const { before, share } of parts!) {
      const shares = await share.data()
      for (let i = 0; i < n; i++) said[i]! += (shares[i]! * ((i - before + n) % n)) / n
    }
    shown.forEach((value, i) => expect(value).toBeCloseTo(said[i]!, 5))
    expect(parts!.map(({ before }) => before)).toEqual([0, 1, 2])
  })

  it('are one part more for each in the list', async () => {
    manualSeed(9)
    const many = Array.from({ length: 8 }, () => begin(augmentations, 'mixUp', { alpha: 1 }))
    const { parts } = augmenting(many, 1)(rand([12, 1, 2, 2]))
    expect(parts).toHaveLength(9)
    const all = parts!.map(({ share }) => share).reduce((a, b) => a.add(b))
    for (const sum of await all.data()) expect(sum).toBeCloseTo(1, 5)
  })

  it('cost what shares of classes as targets cost', async () => {
    manualSeed(7)
    const [n, classes] = [6, 4]
    const output = rand([n, classes]).realize()
    const target = tensor(Int32Array.of(0, 3, 1, 1, 2, 0))
    const weight = tensor([1, 2, 0.5, 1])
    const { parts } = augmenting(augment, 1)(rand([n, 1, 8, 8]))
    const soft = parts!
      .map(({ before, share }) =>
        nn.functional.oneHot(target.roll(before, 0), classes).to('float32').mul(share.unsqueeze(1)),
      )
      .reduce((a, b) => a.add(b))
    const crossEntropy = lossFunctionOf(begin(losses, 'crossEntropy') as Loss).onDevice
    const expected = await nn.functional.crossEntropy(output, soft).item()
    expect(await lossOfParts(crossEntropy, parts)(output, target).item()).toBeCloseTo(expected, 5)
    // With weights of classes: as torch.nn.CrossEntropyLoss of each label, by its share, over the weights of the batch.
    const each = nn.functional.crossEntropy(output, soft, { weight, reduction: 'sum' })
    const weighed = each.div(weight.indexSelect(0, target).sum())
    expect(await lossOfParts(crossEntropy, parts)(output, target, weight).item()).toBeCloseTo(
      await weighed.item(),
      5,
    )
  })

  it.each(['mse', 'huber', 'focal', 'binaryCrossEntropy', 'corn'] as const)('work with %s', async (name) => {
    manualSeed(8)
    const numbers = name !== 'corn'
    const output = rand([5, 2]).realize()
    const target = numbers ? rand([5, 2]).round().realize() : tensor(Int32Array.of(0, 2, 1, 0, 2))
    const { parts } = augmenting(augment, 1)(rand([5, 1, 8, 8]))
    const { onDevice } = lossFunctionOf(begin(losses, name) as Loss)
    expect(await lossOfParts(onDevice, parts)(output, target).item()).toBeGreaterThan(0)
  })
})
