/** Every variant of a product against the reference: over ragged and full tiles, however the factors lie in memory. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Primitives, type MatmulPrecision, type Prim, type Program } from '../../../compiler/primitive.ts'
import type { ContractKernel } from '../../../compiler/kernel.ts'
import { excess } from '../../../fixtures/excess.ts'
import { uniform } from '../../../ops/samples.ts'
import { numel, type Shape } from '../../../tensor/shape.ts'
import type { Device } from '../../device.ts'
import { createWebGPUDevice, type WebGPUDevice } from '../device.ts'
import { onWebGPU, reference, someOnSoftware } from '../testing.ts'
import { knownVariants } from './candidates.ts'
import {
  fits,
  smallestDevice,
  variantName,
  type MatrixUnit,
  type MatrixVariant,
  type ProductDevice,
  type TileVariant,
  type Variant,
} from './variant.ts'

interface Case {
  readonly name: string
  readonly shapes: readonly [Shape, Shape]
  readonly product: (k: Primitives, a: Prim, b: Prim) => Prim
}

const matmul = (name: string, m: number, k: number, n: number): Case => ({
  name: `${name} ${m}×${k}×${n}`,
  shapes: [
    [m, k],
    [k, n],
  ],
  product: (p, a, b) => p.matmul(a, b),
})

/** One case for each way in which a factor can lie: vectors along k or along lines, or single elements. */
const cases: readonly Case[] = [
  matmul('vectors along k and along columns', 70, 52, 76),
  matmul('single elements', 67, 51, 73),
  {
    name: 'both along k',
    shapes: [
      [70, 36],
      [75, 36],
    ],
    product: (p, a, b) => p.matmul(a, p.permute(b, [1, 0])),
  },
  {
    name: 'both along lines',
    shapes: [
      [41, 68],
      [41, 72],
    ],
    product: (p, a, b) => p.matmul(p.permute(a, [1, 0]), b),
  },
  {
    name: 'rows along lines, columns along k',
    shapes: [
      [44, 68],
      [71, 44],
    ],
    product: (p, a, b) => p.matmul(p.permute(a, [1, 0]), p.permute(b, [1, 0])),
  },
  {
    name: 'a batch, stretched',
    shapes: [
      [3, 40, 20],
      [1, 20, 36],
    ],
    product: (p, a, b) => p.matmul(a, p.expand(b, [3, 20, 36])),
  },
  {
    name: 'a part of a matrix',
    shapes: [
      [80, 60],
      [44, 50],
    ],
    product: (p, a, b) =>
      p.matmul(
        p.shrink(a, [
          [3, 71],
          [8, 52],
        ]),
        b,
      ),
  },
  {
    name: 'windows as columns',
    shapes: [
      [33, 5 * 3 * 3],
      [2, 5, 9, 10],
    ],
    product: (p, a, x) => {
      const windows = p.window(x, [
        { axis: 2, size: 3, stride: 1, dilation: 1 },
        { axis: 3, size: 3, stride: 1, dilation: 1 },
      ])
      return p.contract(p.reshape(a, [33, 5, 3, 3]), p.permute(windows, [1, 4, 5, 0, 2, 3]), {
        batch: 0,
        inner: 3,
      })
    },
  },
  {
    name: 'windows summed over images and places',
    shapes: [
      [3, 34, 7, 8],
      [3, 5, 9, 10],
    ],
    product: (p, g, x) => {
      const windows = p.window(x, [
        { axis: 2, size: 3, stride: 1, dilation: 1 },
        { axis: 3, size: 3, stride: 1, dilation: 1 },
      ])
      return p.contract(p.permute(g, [1, 0, 2, 3]), p.permute(windows, [0, 2, 3, 1, 4, 5]), {
        batch: 0,
        inner: 3,
      })
    },
  },
]

/** Numbers that float16 holds exactly. */
const rounded = (values: readonly number[]): number[] => values.map((value) => Math.round(value * 64) / 64)

async function compute(
  device: Device,
  { shapes, product }: Case,
  precision: MatmulPrecision = 'highest',
): Promise<ArrayLike<number>> {
  const k = new Primitives()
  k.precision = precision
  const inputs = shapes.map((shape, slot) => k.buffer(slot, shape, 'float32'))
  const output = product(k, inputs[0]!, inputs[1]!)
  const program: Program = { inputs, outputs: [output], updates: [null] }
  const buffers = shapes.map((shape, salt) => {
    const buffer = device.allocate(numel(shape), 'float32')
    device.write(buffer, Float32Array.from(rounded(uniform(shape, -1, 1, salt).values)))
    return buffer
  })
  const out = device.allocate(numel(output.shape), 'float32')
  const bound = device.compile(program).bind([...buffers, out])
  bound.run()
  const values = await device.read(out, 'float32')
  bound.release()
  for (const buffer of [...buffers, out]) buffer.free()
  return values
}

const tile = (
  rows: number,
  columns: number,
  depth: number,
  block: readonly [number, number],
  ahead: 0 | 1 | 2,
  splits = 1,
): TileVariant => ({ kind: 'tile', rows, columns, depth, block, ahead, half: false, splits })

const variants: readonly Variant[] = [
  { kind: 'sum' },
  tile(32, 32, 16, [4, 4], 0),
  tile(32, 32, 32, [4, 4], 1),
  tile(32, 64, 16, [4, 8], 2, 4),
  tile(64, 32, 8, [8, 4], 2),
]

/** Those of less precision that the device offers, in all the ways in which their templates differ. */
function reducedVariants({ half, matrixUnit }: ProductDevice): Variant[] {
  const halves = [tile(32, 32, 16, [4, 4], 0), tile(64, 64, 8, [8, 8], 2, 4)]
  const matrices = (unit: MatrixUnit): MatrixVariant[] => [
    { kind: 'matrix', rows: 32, columns: 32, depth: 16, subgroups: [2, 2], unit, ahead: 0, splits: 1 },
    { kind: 'matrix', rows: 32, columns: 16, depth: 16, subgroups: [2, 1], unit, ahead: 2, splits: 4 },
  ]
  return [
    ...(half ? halves.map((one) => ({ ...one, half: true })) : []),
    ...(matrixUnit ? matrices(matrixUnit) : []),
  ]
}

onWebGPU(
  'Products',
  () => {
    let gpu: WebGPUDevice
    let variant: Variant
    let asked = 0
    beforeAll(async () => {
      gpu = await createWebGPUDevice({
        products: (kernel: ContractKernel) => {
          asked += kernel.m
          return variant
        },
      })
    })
    afterAll(() => gpu.close())

    it('agree in every tile that a device may be given', async () => {
      const one = matmul('more than one tile', 150, 41, 140)
      const expected = await compute(reference, one)
      const plain = knownVariants(gpu.abilities).filter(
        (known) => known.kind === 'tile' && known.splits === 1 && !known.half && fits(known, gpu.abilities),
      )
      expect(plain.length).toBeGreaterThan(10)
      for (const known of someOnSoftware(plain, 8)) {
        variant = known
        expect(excess(await compute(gpu, one), expected, 1e-4), variantName(known)).toBeLessThanOrEqual(0)
      }
    }, 120_000)

    describe.each(cases)('$name', (one) => {
      it.each(variants.map((v) => [variantName(v), v] as const))('%s', async (_name, chosen) => {
        expect(chosen.kind === 'sum' || fits(chosen, smallestDevice)).toBe(true)
        variant = chosen
        asked = 0
        const [actual, expected] = [await compute(gpu, one), await compute(reference, one)]
        expect(asked).toBeGreaterThan(0)
        expect(excess(actual, expected, 1e-4)).toBeLessThanOrEqual(0)
      })

      // Lavapipe takes seconds to compile matrix units' instructions.
      it('in float16 where the device offers it, in float32 elsewhere', async () => {
        const expected = await compute(reference, one)
        const offered = reducedVariants(gpu.abilities)
        for (const chosen of offered) {
          expect(chosen.kind !== 'sum' && fits(chosen, gpu.abilities), variantName(chosen)).toBe(true)
          variant = chosen
          // These factors lose nothing in float16, and sums are float32.
          expect(
            excess(await compute(gpu, one, 'medium'), expected, 1e-4),
            variantName(chosen),
          ).toBeLessThanOrEqual(0)
        }
        if (offered.length > 0) return
        variant = tile(32, 32, 16, [4, 4], 0)
        expect(await compute(gpu, one, 'medium')).toEqual(await compute(gpu, one))
      }, 120_000)
    })
  },
  { tags: 'thorough' },
)
