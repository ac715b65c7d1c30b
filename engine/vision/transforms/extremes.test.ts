import { describe, expect, it } from 'vitest'
import { apart, thorough } from '../../fixtures/apart.ts'
import { createWasmDevice } from '../../backends/wasm/device.ts'
import { manualSeed, rand } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { allTransforms, batchOf, type TransformOption } from './define.ts'
import * as transforms from './index.ts'

const device = createWasmDevice()
type Values = Record<string, unknown>

/** Every option at its least, at its most, and across all that it may be. */
function extremes(name: string, options: Readonly<Record<string, TransformOption>>): Values[] {
  const each = (valueOf: (option: TransformOption) => unknown): Values =>
    Object.fromEntries(Object.entries(options).map(([key, option]) => [key, valueOf(option)]))
  const settings = [
    each((o) => ('least' in o ? (o.kind === 'range' ? [o.least, o.least] : o.least) : o.start)),
    each((o) => ('most' in o ? (o.kind === 'range' ? [o.most, o.most] : o.most) : o.start)),
    each((o) => (o.kind === 'range' ? [o.least, o.most] : o.start)),
  ]
  const p = 'p' in options ? { p: 1 } : {}
  // As many bins as there are allow the strongest magnitude; a kernel is as wide as mirrored edges go.
  const fitting = name.startsWith('gaussianBlur') ? { kernelSize: 1 } : {}
  const bins = name === 'randAugment' ? { numOps: 2, magnitude: 30, numMagnitudeBins: 31 } : {}
  return settings.map((setting) => ({ ...setting, ...p, ...fitting, ...bins }))
}

const sizes = [[28, 28], [9, 8], [5, 2], [1, 1], [1, 7]] as const // prettier-ignore
const named = transforms as unknown as Record<string, (images: Tensor, options?: object) => Tensor>

async function givesNumbers(
  name: string,
  options: Readonly<Record<string, TransformOption>>,
  of: readonly (readonly [number, number])[],
): Promise<void> {
  for (const [height, width] of of)
    for (const setting of extremes(name, options)) {
      manualSeed(1)
      const made = await named[name]!(rand([6, 3, height, width], { device }), setting).data()
      const wrong = [...made].filter((value) => !Number.isFinite(value)).length
      expect(wrong, `${name} of ${height} × ${width}: ${JSON.stringify(setting)}`).toBe(0)
    }
}

describe('every pixel is a number at the extremes of options', () => {
  const all = allTransforms().map(({ name, options }) => [name, options] as const)
  // Each size compiles kernels of its own, which is what takes long.
  const [some, others] = apart(sizes, sizes.length, ([height, width]) => height * width === 1)
  it.each(all)('%s', (name, options) => givesNumbers(name, options, some))
  it.each(all)('%s, of other sizes', thorough, (name, options) => givesNumbers(name, options, others))
})

describe('perspective', () => {
  it.each([0.3, 0.5, 0.7, 0.9, 1])(
    'gives numbers, horizons and all, at a distortion of %d',
    async (scale) => {
      manualSeed(2)
      for (const side of [8, 12, 28]) {
        const images = rand([128, 1, side, side], { device })
        const made = await transforms
          .randomPerspective(images, { distortionScale: scale, p: 1, fill: 0.5 })
          .data()
        expect(made.every((value) => value >= -1e-4 && value <= 1 + 1e-4)).toBe(true)
      }
    },
  )

  it('moves corners past no other', async () => {
    manualSeed(3)
    for (const side of [2, 7, 8]) {
      const drawn = transforms.randomPerspective.parameters(
        { ...batchOf(rand([1, 1, side, side], { device })), count: 2000 },
        { distortionScale: 1 },
      )
      const most = async (x: Tensor): Promise<number> => Math.max(...(await x.data()))
      const least = async (x: Tensor): Promise<number> => Math.min(...(await x.data()))
      expect(await most(drawn.x0)).toBeLessThan(await least(drawn.x1))
      expect(await most(drawn.y0)).toBeLessThan(await least(drawn.y3))
    }
  })
})
