/** Every public function, from its record alone: PyTorch's values and gradients on every device, through the call that people make. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Device } from '../backends/device.ts'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { excess } from '../fixtures/excess.ts'
import { functionCases, isSampleInput, weightOf, type FunctionCase } from '../fixtures/functions.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { castArray } from '../tensor/dtype.ts'
import { Tensor } from '../tensor/tensor.ts'
import { allFunctions, type SampleArgument } from './define.ts'

type Numbers = readonly (number | string)[]

interface TorchResult {
  readonly outputs: readonly { readonly shape: readonly number[]; readonly values: Numbers }[]
  readonly grads: readonly (Numbers | null)[] | null
}

const fixtures = JSON.parse(
  readFileSync(new URL('../fixtures/torch-functions.json', import.meta.url), 'utf8'),
) as { readonly results: Readonly<Record<string, TorchResult>> }

const numbers = (list: Numbers): number[] =>
  list.map((v) => Number(v === 'inf' ? Infinity : v === '-inf' ? -Infinity : v))

function decode(argument: SampleArgument, device: Device, leaves: Tensor[]): unknown {
  if (isSampleInput(argument)) {
    const { shape, dtype, values } = argument
    const leaf = tensor(castArray(dtype, values), { shape, dtype, device, requiresGrad: dtype === 'float32' })
    leaves.push(leaf)
    return leaf
  }
  if (Array.isArray(argument)) return argument.map((a: SampleArgument) => decode(a, device, leaves))
  return argument
}

/** As a person calls it: the tensor's method where there is one. */
function call(
  { name, isMethod, args }: FunctionCase,
  device: Device,
): { outputs: Tensor[]; leaves: Tensor[] } {
  setDefaultDevice(device)
  const leaves: Tensor[] = []
  const [first, ...rest] = args.map((a) => decode(a, device, leaves))
  const target = isMethod ? (first as Record<string, unknown>)[name] : allFunctions().get(name)!.call
  const result = isMethod
    ? (target as (...a: unknown[]) => unknown).apply(first, rest)
    : (target as (...a: unknown[]) => unknown)(first, ...rest)
  return { outputs: result instanceof Tensor ? [result] : [...(result as Iterable<Tensor>)], leaves }
}

function weighted(output: Tensor): Tensor {
  const weights = Float32Array.from({ length: output.numel() }, (_, i) => weightOf(i))
  return output.mul(tensor(weights, { shape: output.shape, device: output.device })).sum()
}

async function agrees(functionCase: FunctionCase, device: Device): Promise<void> {
  const expected = fixtures.results[functionCase.key]
  expect(expected, 'no fixture: run `npm run fixtures`').toBeDefined()
  const { outputs, leaves } = call(functionCase, device)
  expect(outputs.map((t) => t.shape)).toEqual(expected!.outputs.map(({ shape }) => shape))
  for (const [i, output] of outputs.entries())
    expect(
      excess([...(await output.data())], numbers(expected!.outputs[i]!.values), 2e-6, 1e-3),
    ).toBeLessThanOrEqual(0)
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
    else expect(excess([...(await leaf.grad!.data())], numbers(wanted), 1e-4, 2e-3)).toBeLessThanOrEqual(0)
  }
}

const cases = functionCases()

describe.each([
  ['reference', createReferenceDevice() as Device],
  ['wasm', createWasmDevice()],
])('functions agree with PyTorch on %s', (_, device) => {
  it.each(cases)('$key', (functionCase) => agrees(functionCase, device))
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
