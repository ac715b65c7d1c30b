import { describe, expect, it } from 'vitest'
import { createWasmDevice } from '../../backends/wasm/device.ts'
import * as nn from '../../nn/index.ts'
import * as optim from '../../optim/index.ts'
import { capture } from '../../tensor/capture.ts'
import { tensor } from '../../tensor/creation.ts'
import { manualSeed, randn } from '../../tensor/random.ts'
import { cnn, resnet20 } from './index.ts'

const device = createWasmDevice()
const sizeOf = (model: nn.Module): number => model.parameters().reduce((n, p) => n + p.numel(), 0)

describe('cnn', () => {
  it('has the layers it says, and takes images of any size', () => {
    const model = cnn({ channels: 1, classes: 10, height: 28, width: 28, device })
    expect(sizeOf(model)).toBe(320 + 18_496 + (3136 * 128 + 128) + 1290)
    expect(Object.keys(model.stateDict())).toEqual(
      ['0', '3', '7', '9'].flatMap((i) => [`${i}.weight`, `${i}.bias`]),
    )
    const odd = cnn({ channels: 3, classes: 4, height: 9, width: 6, dropout: 0.5, device })
    expect(odd.forward(randn([2, 3, 9, 6], { device })).shape).toEqual([2, 4])
    expect(odd.children().some((layer) => layer instanceof nn.Dropout)).toBe(true)
  })

  it('refuses images that its pooling leaves nothing of', () => {
    expect(() => cnn({ channels: 1, classes: 2, height: 3, width: 28, device })).toThrow(
      'cnn needs images of at least 4 × 4, not 3 × 28.',
    )
  })

  it('learns a few images by heart', async () => {
    manualSeed(1)
    const model = cnn({ channels: 1, classes: 3, height: 8, width: 8, device })
    const [x, y] = [
      randn([12, 1, 8, 8], { device }).realize(),
      tensor(
        Int32Array.from({ length: 12 }, (_, i) => i % 3),
        { device },
      ),
    ]
    const optimizer = new optim.Adam(model.parameters(), { lr: 3e-3 })
    const step = capture(() => {
      const loss = nn.functional.crossEntropy(model.forward(x), y)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      return loss
    })
    const first = await step().item()
    for (let i = 0; i < 40; i++) step()
    // ln 3 is what knowing nothing costs.
    expect(Math.abs(first - Math.log(3))).toBeLessThan(0.3)
    expect(await step().item()).toBeLessThan(0.01)
  })
})

describe('resnet20', () => {
  it.each([
    ['A', 269_722],
    ['B', 272_474],
  ] as const)('with shortcut %s has the published size', (shortcut, size) => {
    const model = resnet20({ channels: 3, classes: 10, shortcut, device })
    expect(sizeOf(model)).toBe(size)
    expect('layer3.2.bn2.running_var' in model.stateDict()).toBe(true)
    expect('layer2.0.downsample.0.weight' in model.stateDict()).toBe(shortcut === 'B')
  })

  it('starts with convolutions of variance 2 / fan-out', async () => {
    manualSeed(2)
    const weight = resnet20({ channels: 3, classes: 10, device }).stateDict()['layer3.1.conv1.weight']!
    const { fanOut } = nn.init.fans(weight.shape)
    expect(fanOut).toBe(64 * 9)
    expect((await weight.var().item()) * fanOut).toBeCloseTo(2, 1)
  })
})
