import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { full, zeros } from '../functions/creation.ts'
import { bernoulli, manualSeed, normal, rand, randint, randnLike } from './random.ts'
import { tensor } from './creation.ts'
import type { Tensor } from './tensor.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

it('lets go of a device that drew random numbers and that nobody uses any more', async () => {
  const draw = async (): Promise<WeakRef<object>> => {
    const device = createWasmDevice({ threads: 1 })
    await rand([3], { device }).data()
    return new WeakRef(device)
  }
  const drew = await draw()
  const isHeld = (): boolean => {
    collectGarbage()
    return drew.deref() !== undefined
  }
  await expect.poll(isHeld, { timeout: 5000 }).toBe(false)
  manualSeed(1)
})

it('starts every device anew that is still in use', async () => {
  const devices = [createWasmDevice({ threads: 1 }), createWasmDevice({ threads: 1 })]
  const drawn = (): Promise<number[][]> =>
    Promise.all(devices.map(async (device) => [...(await rand([3], { device }).data())]))
  manualSeed(5)
  const first = await drawn()
  expect(first[1]).toEqual(first[0])
  await rand([2], { device: devices[0]! }).data()
  manualSeed(5)
  expect(await drawn()).toEqual(first)
})

it('draws whole numbers, events and normals as PyTorch’s functions do', async () => {
  const device = createWasmDevice({ threads: 1 })
  manualSeed(3)
  const read = async (t: Tensor): Promise<number[]> => [...(await t.data())]
  const dice = await read(randint(1, 7, [6000], { device }))
  for (let face = 1; face <= 6; face++) {
    const share = dice.filter((n) => n === face).length / dice.length
    expect(Math.abs(share - 1 / 6)).toBeLessThan(0.02)
  }
  expect(new Set(await read(randint(3, [200], { device })))).toEqual(new Set([0, 1, 2]))
  const events = await read(bernoulli(full([4000], 0.3, { device })))
  expect(Math.abs(events.reduce((a, b) => a + b) / 4000 - 0.3)).toBeLessThan(0.03)
  const heights = normal(170, 10, [4000], { device })
  expect(Math.abs((await heights.mean().item()) - 170)).toBeLessThan(1)
  expect(Math.abs((await heights.std().item()) - 10)).toBeLessThan(1)
  expect(randnLike(heights).shape).toEqual([4000])
  expect(rand(2, 3, { device }).shape).toEqual([2, 3])
  expect(() => randint(5, 5, [1])).toThrow('randint needs a high above 5')
  expect(() => (randint as (...args: unknown[]) => Tensor)([3])).toThrow('randint takes')
})

describe('what fills a tensor with draws', () => {
  const many = (): Tensor => zeros([4000])
  const moments = async (x: Tensor): Promise<readonly [number, number]> => [
    await x.mean().item(),
    await x.std().item(),
  ]
  it.each([
    ['normal_', (x: Tensor) => x.normal_(2, 3), 2, 3],
    ['uniform_', (x: Tensor) => x.uniform_(-1, 3), 1, 4 / Math.sqrt(12)],
    ['bernoulli_', (x: Tensor) => x.bernoulli_(0.2), 0.2, 0.4],
    ['exponential_', (x: Tensor) => x.exponential_(2), 0.5, 0.5],
    ['logNormal_', (x: Tensor) => x.logNormal_(0, 0.25), Math.exp(1 / 32), 0.262],
    ['cauchy_', (x: Tensor) => x.copy_(x.cauchy_(3, 2).sub(3).div(2).atan()), 0, Math.PI / Math.sqrt(12)],
    ['geometric_', (x: Tensor) => x.geometric_(0.5), 2, Math.SQRT2],
    ['random_', (x: Tensor) => x.random_(3, 7), 4.5, Math.sqrt(15 / 12)],
  ] as const)('%s has the mean and the spread of its distribution', async (_, fill, mean, spread) => {
    manualSeed(3)
    const x = many()
    expect(fill(x)).toBe(x)
    const [m, s] = await moments(x)
    expect(Math.abs(m - mean)).toBeLessThan(0.1 * spread)
    expect(Math.abs(s - spread)).toBeLessThan(0.1 * spread)
  })
  it('refuses a leaf that requires grad, as PyTorch does, and a rate that is none', () => {
    expect(() => tensor([1], { requiresGrad: true }).normal_()).toThrow('use noGrad()')
    expect(() => many().exponential_(0)).toThrow('a rate above 0')
    expect(() => many().geometric_(1)).toThrow('between 0 and 1')
  })
})
