/** Every public function, from its record alone: PyTorch's values and gradients on every device, through the call that people make. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../backends/device.ts'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { isFirst, onWebGPU, someOnSoftware } from '../backends/webgpu/testing.ts'
import { derivativeExcess, reference, type Computation } from '../fixtures/derivatives.ts'
import { excess } from '../fixtures/excess.ts'
import { parse } from '../fixtures/json.ts'
import { functionCases, isSampleInput, weightOf, type FunctionCase } from '../fixtures/functions.ts'
import * as linalg from '../linalg/index.ts'
import * as F from '../nn/functional.ts'
import type { SampleInput } from '../ops/samples.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { castArray } from '../tensor/dtype.ts'
import { Tensor } from '../tensor/tensor.ts'
import { allFunctions, type SampleArgument } from './define.ts'

type Numbers = readonly number[]

interface TorchResult {
  readonly outputs: readonly { readonly shape: readonly number[]; readonly values: Numbers }[]
  readonly grads: readonly (Numbers | null)[] | null
}

const fixtures = parse(
  readFileSync(new URL('../fixtures/torch-functions.json', import.meta.url), 'utf8'),
) as { readonly results: Readonly<Record<string, TorchResult>> }

function decode(argument: SampleArgument, device: Device, leaves: Tensor[]): unknown {
  const decoded = (a: SampleArgument): unknown => decode(a, device, leaves)
  if (isSampleInput(argument)) {
    const { shape, dtype, values } = argument
    const leaf = tensor(castArray(dtype, values), { shape, dtype, device, requiresGrad: dtype === 'float32' })
    leaves.push(leaf)
    return leaf
  }
  if (Array.isArray(argument)) return argument.map(decoded)
  if (typeof argument !== 'object' || argument === null) return argument
  return Object.fromEntries(
    Object.entries(argument as Record<string, SampleArgument>).map(([k, v]) => [k, decoded(v)]),
  )
}

/** The tensors among what a function gives; a truth value is one of no dimensions. */
const outputsOf = (result: unknown, device: Device): Tensor[] => {
  if (result instanceof Tensor) return [result]
  if (typeof result === 'boolean') return [tensor([result], { shape: [], device })]
  // A result among several may be a list itself.
  return [...(result as Iterable<Tensor | Tensor[]>)].flat()
}

/** As a person calls it: the tensor's method where there is one. Of some the shape depends on values: they give a promise. */
async function call(
  { name, isMethod, args }: FunctionCase,
  device: Device,
  prepare: (leaf: Tensor) => void = () => {},
): Promise<{ outputs: Tensor[]; leaves: Tensor[] }> {
  setDefaultDevice(device)
  const leaves: Tensor[] = []
  const [first, ...rest] = args.map((a) => decode(a, device, leaves))
  leaves.filter((x) => x.requiresGrad).forEach(prepare)
  const target = isMethod ? (first as Record<string, unknown>)[name] : allFunctions().get(name)!.call
  const result = await (target as (...a: unknown[]) => unknown).apply(
    first,
    isMethod ? rest : [first, ...rest],
  )
  return { outputs: outputsOf(result, device), leaves }
}

function weighted(output: Tensor): Tensor {
  const weights = Float32Array.from({ length: output.numel() }, (_, i) => weightOf(i))
  return output.mul(tensor(weights, { shape: output.shape, device: output.device })).sum()
}

/** Whether an argument that says how many or where is a tensor, whose values another device does not give at once. */
const decidesShape = ({ name, args }: FunctionCase): boolean => {
  const given = args.slice(1).flatMap(inputsOf)
  if (['index', 'indexPut'].includes(name)) return given.some(({ dtype }) => dtype === 'bool')
  return ['narrow', 'repeatInterleave', 'tensorSplit'].includes(name) && given.length > 0
}

async function agrees(functionCase: FunctionCase, device: Device): Promise<void> {
  const expected = fixtures.results[functionCase.key]
  expect(expected, 'no fixture: run `npm run fixtures`').toBeDefined()
  if (decidesShape(functionCase) && !device.readSync) {
    await expect(call(functionCase, device)).rejects.toThrow('is not known yet, and it decides over a shape')
    return
  }
  const { outputs, leaves } = await call(functionCase, device)
  expect(outputs.map((t) => t.shape)).toEqual(expected!.outputs.map(({ shape }) => shape))
  for (const [i, output] of outputs.entries())
    expect(excess([...(await output.data())], expected!.outputs[i]!.values, 2e-6, 1e-3)).toBeLessThanOrEqual(
      0,
    )
  const differentiable = outputs.filter((t) => t.requiresGrad)
  expect(differentiable.length > 0).toBe(expected!.grads !== null)
  if (expected!.grads === null) return
  differentiable
    .map(weighted)
    .reduce((a, b) => a.add(b))
    .backward()
  for (const [i, leaf] of leaves.entries()) {
    const wanted = expected!.grads[i]
    // Of no elements there is nothing to know, whether or not there is a gradient.
    if (wanted?.length === 0 && !leaf.grad) continue
    if (wanted === null || wanted === undefined) expect(leaf.grad).toBeNull()
    else expect(excess([...(await leaf.grad!.data())], wanted, 1e-4, 2e-3)).toBeLessThanOrEqual(0)
  }
}

const cases = functionCases()

describe.each([
  ['reference', createReferenceDevice() as Device],
  ['wasm', createWasmDevice()],
])('functions agree with PyTorch on %s', (_, device) => {
  it.each(cases)('$key', (functionCase) => agrees(functionCase, device))
})

/** They are made of operations that are held against the reference on this device themselves: on software some are enough. */
const onDevice = someOnSoftware(cases, 40)

onWebGPU(`functions agree with PyTorch on WebGPU, ${onDevice.length} of ${cases.length} samples`, (open) => {
  let gpu: Device
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => {
    gpu.close()
  })
  it.each(onDevice)('$key', (functionCase) => agrees(functionCase, gpu))
})

/** All tensors among arguments, however deep. */
const inputsOf = (argument: SampleArgument): SampleInput[] => {
  if (typeof argument !== 'object' || argument === null) return []
  return isSampleInput(argument) ? [argument] : Object.values(argument).flatMap(inputsOf)
}

const isSmooth = ({ key, args }: FunctionCase): boolean =>
  fixtures.results[key]!.grads !== null && args.flatMap(inputsOf).every(({ edge }) => !edge)

describe.each([
  ['first', 0],
  ['second', 1],
] as const)('%s derivatives in float64', (_, order) => {
  it.each(cases.filter(isSmooth))('$key', async (functionCase) => {
    const compute: Computation = async (move) => {
      const { outputs, leaves } = await call(functionCase, reference, move)
      return { outputs, leaves: leaves.filter((x) => x.requiresGrad) }
    }
    expect(await derivativeExcess(compute, order)).toBeLessThanOrEqual(0)
  })
})

describe('functions', () => {
  it.each([createReferenceDevice(), createWasmDevice()])(
    'take a single number and no numbers',
    async (device) => {
      setDefaultDevice(device)
      const x = tensor([0.5], { shape: [] })
      expect([await x.sum(0).item(), await x.logsumexp(0).item(), await x.amax(0).item()]).toEqual([
        0.5, 0.5, 0.5,
      ])
      expect(
        await tensor([], { shape: [0] })
          .logsumexp(0)
          .item(),
      ).toBe(-Infinity)
      const infinite = tensor([Infinity])
      expect(await infinite.logaddexp(infinite).item()).toBe(Infinity)
      expect(await tensor([NaN]).sign().item()).toBe(0)
      expect(tensor([0, 1]).gt(0).amax().dtype).toBe('bool')
    },
  )

  it('take the order 0 of a norm for a count, whose gradient is 0', async () => {
    setDefaultDevice(createReferenceDevice())
    const x = tensor([0, -2, NaN, 3], { requiresGrad: true })
    const count = x.norm(0)
    count.backward()
    expect(await count.item()).toBe(3)
    expect(await x.grad!.toArray()).toEqual([0, 0, 0, 0])
    expect(await linalg.vectorNorm(x, { ord: 0, keepdim: true }).toArray()).toEqual([3])
  })

  it('drop whole channels, scale the others, and draw one class', async () => {
    setDefaultDevice(createReferenceDevice())
    const ones = tensor(new Float32Array(64 * 8).fill(1), { shape: [4, 16, 8] })
    const channels = (await F.dropout1d(ones, 0.5).sum(2).data()) as Float32Array
    expect(new Set(channels)).toEqual(new Set([0, 16]))
    const alpha = (await F.featureAlphaDropout(ones, 0.5, true).amax(2).data()) as Float32Array
    expect(new Set(alpha).size).toBe(2)
    const drawn = (await F.gumbelSoftmax(ones, { hard: true }).data()) as Float32Array
    expect([...drawn].filter((v) => v > 0.5)).toHaveLength(64)
    const slopes = (await F.rrelu(ones.neg(), 0.1, 0.3, true).data()) as Float32Array
    expect(slopes.every((v) => v <= -0.1 && v >= -0.3)).toBe(true)
  })

  it('shorten the rows of a table that are looked up, and weigh classes of margins', async () => {
    setDefaultDevice(createReferenceDevice())
    const table = tensor([3, 4, 6, 8], { shape: [2, 2] })
    const row = await F.embedding(tensor([1], { dtype: 'int32' }), table, { maxNorm: 5 }).data()
    expect([...row].map((v) => Math.round(v * 1e5) / 1e5)).toEqual([3, 4])
    expect([...(await table.data())].slice(0, 2)).toEqual([3, 4])
    const scores = tensor([0.1, 0.5, 0.9, 0.2], { shape: [2, 2] })
    const target = tensor([0, 1], { dtype: 'int32' })
    const plain = await F.multiMarginLoss(scores, target, { reduction: 'none' }).data()
    const weight = tensor([2, 0.5])
    const weighed = await F.multiMarginLoss(scores, target, { weight, reduction: 'none' }).data()
    expect(weighed[0]).toBeCloseTo(plain[0]! * 2)
    expect(weighed[1]).toBeCloseTo(plain[1]! / 2)
  })

  it('have samples, all of them', () => {
    expect([...allFunctions().values()].filter(({ samples }) => samples.length === 0)).toEqual([])
  })

  it('refuse arguments that nobody reads', () => {
    setDefaultDevice(createReferenceDevice())
    const x = tensor([1, 2]) as unknown as Record<string, (...args: unknown[]) => unknown>
    expect(() => x['relu']!(1)).toThrow('relu takes no arguments, not 1.')
    expect(() => x['mul']!(1, 2)).toThrow('mul takes one argument, not 2.')
    expect(() => x['sum']!(0, true, 3)).toThrow('sum takes at most 2 options by position, not 3')
    expect(() => x['sum']!({ axis: 0 })).toThrow('sum has no option "axis". It has: dim, keepdim, dtype.')
    expect(() => x['max']!({ dims: 0 })).toThrow('max has no option "dims"')
  })

  it('change the tensor under a name that ends in _, unless its type cannot hold the result', async () => {
    const x = tensor([1.5, -2])
    expect([...(await x.abs_().mul_(2).clamp_(0, 3.5).data())]).toEqual([3, 3.5])
    expect(() => tensor([1], { dtype: 'int32' }).add_(0.5)).toThrow(
      'add_: a result of type float32 cannot be kept',
    )
  })
})

describe('in place', () => {
  const device = createReferenceDevice()
  const cases = functionCases().filter(
    ({ name, key }) => name in Tensor.prototype && `${name}_` in Tensor.prototype && isFirst({ key }),
  )

  it.each(cases)('$name', async ({ name, args }) => {
    setDefaultDevice(device)
    const made = (): [Record<string, (...rest: unknown[]) => Tensor> & Tensor, ...unknown[]] => {
      const [first, ...rest] = args.map((a) => decode(a, device, []))
      const self = (first as Tensor).detach().clone()
      return [self as never, ...rest.map((a) => (a instanceof Tensor ? a.detach() : a))]
    }
    const [self, ...rest] = made()
    const expected = self[name]!(...rest)
    if (expected.shape.join() !== self.shape.join()) return
    const [changed, ...again] = made()
    expect(changed[`${name}_`]!(...again)).toBe(changed)
    expect(changed.dtype).toBe(self.dtype)
    expect(await changed.toArray()).toEqual(await expected.to(self.dtype).toArray())
  })
})
