import { afterAll, beforeAll, expect, it } from 'vitest'
import { disagreements } from '../../compiler/fuzz.ts'
import { Primitives, type Program } from '../../compiler/primitive.ts'
import { joinedOutput, opCases } from '../../fixtures/cases.ts'
import { tensor } from '../../tensor/creation.ts'
import { castArray } from '../../tensor/dtype.ts'
import { numel } from '../../tensor/shape.ts'
import { BoundsCheck, withBoundsChecks } from './bounds.ts'
import { createWebGPUDevice, type WebGPUDevice } from './device.ts'
import { requestAdapter, requestDevice } from './gpu.ts'
import { PipelineCache } from './pipelines.ts'
import { candidates, knownVariants } from './products/candidates.ts'
import { fits, smallestDevice, variantName, type TileVariant, type Variant } from './products/variant.ts'
import { isFirst, onWebGPU, someOnSoftware, takesAll } from './testing.ts'

it('checks every index of every buffer, inner ones too', () => {
  const text = withBoundsChecks(
    'var<storage, read> b0: array<f32>;\nvar<storage, read_write> b1: array<i32>;\nb1[b0[i] + t[2]] = b0[3];',
  )
  expect(text).toContain('b1[inside1(i32(b0[inside0(i32(i))] + t[2]))] = b0[inside0(i32(3))];')
  expect(withBoundsChecks('enable f16;\nfn main() {}')).toMatch(/^enable f16;\n@group/)
})

onWebGPU(
  'Kernels',
  () => {
    let gpu: WebGPUDevice
    let check: BoundsCheck
    /** Of products; null: the usual one. */
    let variant: Variant | null = null
    beforeAll(async () => {
      gpu = await createWebGPUDevice({
        abilities: smallestDevice,
        products: (kernel) => variant ?? candidates(kernel, smallestDevice)[0]!,
        instrument: (device) => (check = new BoundsCheck(device)),
      })
    })
    afterAll(() => gpu.close())

    it('that leave their buffers are noticed', async () => {
      const device = await requestDevice(await requestAdapter())
      const own = new BoundsCheck(device)
      const text = `@group(0) @binding(0) var<storage, read_write> b0: array<f32>;
      @compute @workgroup_size(4) fn main(@builtin(local_invocation_index) lane: u32) { b0[lane + 1u] = b0[i32(lane) - 1]; }`
      const { pipeline } = new PipelineCache(device, own).choose({
        text,
        sizes: new Uint32Array(),
        slots: [0],
        writes: [true],
        groups: [1, 1],
      })
      await pipeline.made
      const buffer = device.createBuffer({ size: 16, usage: 0x80 })
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      pass.setPipeline(pipeline.pipeline!)
      const sizes = device.createBuffer({ size: 16, usage: 0x40 })
      const entries = [buffer, sizes].map((one, binding) => ({ binding, resource: { buffer: one } }))
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.layout, entries }))
      pass.setBindGroup(1, own.group)
      pass.dispatchWorkgroups(1)
      pass.end()
      device.queue.submit([encoder.finish()])
      // The last lane writes beyond the end, the first one reads before the start.
      expect(await own.outside()).toBe(2)
      device.destroy()
    })

    it('of all ops and their gradients stay inside of their buffers', async () => {
      for (const opCase of someOnSoftware(opCases(), 30, isFirst)) {
        const { sample, cotangent } = opCase
        const inputs = sample.inputs.map(({ shape, dtype, values }) => {
          const requiresGrad = cotangent !== null && dtype === 'float32'
          return tensor(castArray(dtype, values), { shape, dtype, device: gpu, requiresGrad })
        })
        const output = joinedOutput(opCase, inputs, gpu)
        if (cotangent) output.sum().backward()
        for (const result of [output, ...inputs.flatMap(({ grad }) => grad ?? [])]) result.realize()
      }
      await gpu.synchronize()
      expect(await check.outside()).toBe(0)
    }, 120_000)

    it('of random programs stay inside of their buffers', async () => {
      expect(await disagreements(gpu, takesAll ? '1000:60' : '1000:20')).toBe('')
      expect(await check.outside()).toBe(0)
    }, 120_000)

    // Cutting a sum into parts is the same for all tiles: one of each shape, and one that cuts.
    const tiles = knownVariants(smallestDevice).filter(
      (variant): variant is TileVariant =>
        variant.kind === 'tile' && !variant.half && variant.splits === 1 && fits(variant, smallestDevice),
    )
    it.each([...tiles, { ...tiles[0]!, splits: 4 }].map((tile) => [variantName(tile), tile] as const))(
      'of products stay inside of their buffers: %s',
      async (_, tile) => {
        variant = tile
        const k = new Primitives()
        const shapes = [[2, 67, 51], [2, 51, 73], [70, 52], [52, 76]] // prettier-ignore
        const [a, b, c, d] = shapes.map((shape, slot) => k.buffer(slot, shape, 'float32'))
        const products = [k.matmul(a!, b!), k.matmul(c!, d!)]
        const program: Program = { inputs: [a!, b!, c!, d!], outputs: products, updates: [null, null] }
        const buffers = [...shapes, ...products.map(({ shape }) => shape)].map((shape) =>
          gpu.allocate(numel(shape), 'float32'),
        )
        gpu.compile(program).bind(buffers).run()
        await gpu.synchronize()
        expect(await check.outside()).toBe(0)
      },
    )
  },
  { tags: 'thorough' },
)
