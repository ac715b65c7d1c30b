/** What the parity fixtures do not show: where parameters start, and what is refused. */
import { describe, expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { manualSeed, randn } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import * as nn from './index.ts'

const device = createWasmDevice()
const images = (...shape: number[]): Tensor => randn(shape, { device })

describe('parameters start from PyTorch’s distributions', () => {
  async function expectUniform(values: Tensor, bound: number): Promise<void> {
    const data = await values.data()
    expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(bound)
    expect(Math.max(...data)).toBeGreaterThan(0.9 * bound)
    expect(Math.min(...data)).toBeLessThan(-0.9 * bound)
    // A uniform distribution's variance is a third of its bound's square.
    expect(((await values.var().item()) * 3) / bound ** 2).toBeCloseTo(1, 0)
  }

  it.each([
    ['Conv2d', () => new nn.Conv2d(6, 50, [3, 5], { device }), 6 * 15],
    ['Conv1d', () => new nn.Conv1d(8, 60, 5, { device }), 8 * 5],
    ['Linear', () => new nn.Linear(64, 50, { device }), 64],
  ] as const)('%s', async (_, make, fanIn) => {
    manualSeed(1)
    const layer = make()
    await expectUniform(layer.weight, 1 / Math.sqrt(fanIn))
    await expectUniform(layer.bias!, 1 / Math.sqrt(fanIn))
  })
})

describe('what does not fit is refused in one sentence', () => {
  it.each([
    [
      'another number of channels',
      () => new nn.Conv2d(3, 4, 3, { device }).forward(images(1, 2, 5, 5)),
      'conv2d: an input of [1, 2, 5, 5] has 2 channels, a weight of [4, 3, 3, 3] wants 3.',
    ],
    [
      'a kernel larger than the image',
      () => new nn.Conv2d(1, 1, 7, { device }).forward(images(1, 1, 5, 5)),
      'conv2d: a 7 × 7 kernel does not fit into [1, 1, 5, 5] with padding 0 × 0.',
    ],
    [
      'a row as an image',
      () => new nn.Conv2d(1, 1, 3, { device }).forward(images(5, 5)),
      'conv2d takes [N, C, H, W], not [5, 5].',
    ],
    [
      'a stride of nothing',
      () => new nn.Conv2d(1, 1, 3, { stride: 0, device }).forward(images(1, 1, 5, 5)),
      'stride must be a whole number of at least 1, or two of them, not 0 × 0.',
    ],
    [
      'a sentence as an image',
      () => new nn.Conv1d(1, 1, 3, { device }).forward(images(1, 1, 5, 5)),
      'conv1d takes [N, C, L] or [C, L], not [1, 1, 5, 5].',
    ],
    [
      'padding beyond half a window',
      () => new nn.MaxPool2d(2, { padding: [0, 2] }).forward(images(1, 1, 5, 5)),
      'maxPool2d: padding 2 is more than half of a window of 2.',
    ],
    [
      'a window larger than the image',
      () => new nn.AvgPool2d(6).forward(images(1, 1, 5, 5)),
      'A 6 × 6 pooling window does not fit into [1, 1, 5, 5].',
    ],
    [
      'parts of a row',
      () => new nn.AdaptiveAvgPool2d(2).forward(images(5, 4)),
      'adaptiveAvgPool2d takes 3 or 4 dimensions, not [5, 4].',
    ],
    [
      'features that the norm was not made for',
      () => new nn.BatchNorm2d(4, { device }).forward(images(2, 3, 5, 5)),
      'This batch normalisation is made for 4 channels; the input is [2, 3, 5, 5].',
    ],
    [
      'the wrong norm',
      () => new nn.BatchNorm2d(3, { device }).forward(images(2, 3)),
      'BatchNorm2d takes [N, C, H, W], not 2 dimensions.',
    ],
    [
      'a batch with nothing to measure',
      () => new nn.BatchNorm1d(3, { device }).forward(images(1, 3)),
      'Batch normalisation of [1, 3] needs more than one value per channel while training.',
    ],
    ['unequal groups', () => new nn.GroupNorm(4, 6, { device }), '6 channels do not divide into 4 groups.'],
  ])('%s', (_, act, sentence) => {
    expect(act).toThrow(new RangeError(sentence))
  })
})

describe('adaptive pooling', () => {
  it('means over equal parts, and over whole images', async () => {
    const x = images(2, 3, 4, 6)
    const whole = nn.functional.adaptiveAvgPool2d(x, 1)
    expect(whole.shape).toEqual([2, 3, 1, 1])
    const parts = nn.functional.adaptiveAvgPool2d(x, [2, 3])
    expect(parts.shape).toEqual([2, 3, 2, 3])
    const difference = parts.mean([2, 3], true).sub(whole).abs().max()
    expect(await difference.item()).toBeLessThan(1e-6)
  })
})
