/** Every op, from its record alone: gradient check in float64, PyTorch's values and gradients, agreement of the CPU backend. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Device } from '../backends/device.ts'
import { createReferenceDevice, type ReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { opCases, type OpCase } from '../fixtures/cases.ts'
import { excess } from '../fixtures/excess.ts'
import { tensor } from '../tensor/creation.ts'
import { castArray } from '../tensor/dtype.ts'
import { applyAll, type Tensor } from '../tensor/tensor.ts'

interface TorchResult {
  readonly shape: readonly number[]
  readonly values: readonly number[]
  readonly grads: readonly (readonly number[] | null)[] | null
}

const fixtures = JSON.parse(readFileSync(new URL('../fixtures/torch-ops.json', import.meta.url), 'utf8')) as {
  readonly results: Readonly<Record<string, TorchResult>>
}
const cases = opCases()
const reference: ReferenceDevice = createReferenceDevice()
const wasm: Device = createWasmDevice()

function build({ sample, cotangent }: OpCase, device: Device): Tensor[] {
  return sample.inputs.map(({ shape, dtype, values }) =>
    tensor(castArray(dtype, values), {
      shape,
      dtype,
      device,
      requiresGrad: cotangent !== null && dtype === 'float32',
    }),
  )
}

/** Σ weightᵢ · outputᵢ: one number to differentiate. */
function weighted(output: Tensor, weights: readonly number[]): Tensor {
  return output.mul(tensor(Float32Array.from(weights), { shape: output.shape, device: output.device })).sum()
}

async function evaluate(
  opCase: OpCase,
  device: Device,
): Promise<{ values: number[]; grads: (number[] | null)[] | null }> {
  const inputs = build(opCase, device)
  const output = applyAll(opCase.op, inputs, opCase.sample.attrs, device)[0]!
  if (opCase.cotangent === null) return { values: [...(await output.data())], grads: null }
  weighted(output, opCase.cotangent).backward()
  const grads = inputs.map(async (x) => (x.grad ? [...(await x.grad.data())] : null))
  return { values: [...(await output.data())], grads: await Promise.all(grads) }
}

describe.each(['reference', 'wasm'] as const)('PyTorch parity on %s', (backend) => {
  const device = backend === 'wasm' ? wasm : reference
  it.each(cases.filter((c) => c.op.torch !== ''))('$key', async (opCase) => {
    const expected = fixtures.results[opCase.key]
    expect(expected, 'no fixture: run `npm run fixtures`').toBeDefined()
    const actual = await evaluate(opCase, device)
    // tinygrad's tolerances: forward 1e-6 / 1e-3, gradient 1e-4 / 1e-3.
    expect(excess(actual.values, expected!.values, 1e-6, 1e-3)).toBeLessThanOrEqual(0)
    actual.grads?.forEach((grad, i) => {
      const wanted = expected!.grads![i]
      if (!grad || !wanted) expect(grad).toEqual(wanted)
      else expect(excess(grad, wanted, 1e-4, 1e-3)).toBeLessThanOrEqual(0)
    })
  })
})

describe('the CPU backend agrees with the reference', () => {
  it.each(cases)('$key', async (opCase) => {
    const [actual, expected] = await Promise.all([evaluate(opCase, wasm), evaluate(opCase, reference)])
    expect(excess(actual.values, expected.values, 1e-6, 1e-4)).toBeLessThanOrEqual(0)
    actual.grads?.forEach((grad, i) => {
      const wanted = expected.grads![i]
      if (!grad || !wanted) expect(grad).toEqual(wanted)
      else expect(excess(grad, wanted, 1e-5, 1e-4)).toBeLessThanOrEqual(0)
    })
  })
})

/** Central differences, PyTorch's gradcheck defaults: eps 1e-6, atol 1e-5, rtol 1e-3. */
describe('gradient check in float64', () => {
  const eps = 1e-6
  it.each(cases.filter((c) => c.cotangent !== null))('$key', (opCase) => {
    const inputs = build(opCase, reference)
    const value = (): number => {
      const fresh = inputs.map((x) => x.detach())
      const out = weighted(
        applyAll(opCase.op, fresh, opCase.sample.attrs, reference)[0]!,
        opCase.cotangent!,
      ).realize()
      return reference.readExact(out.node.storage!.buffer)[0]!
    }
    weighted(applyAll(opCase.op, inputs, opCase.sample.attrs, reference)[0]!, opCase.cotangent!).backward()
    for (const input of inputs) {
      if (!input.requiresGrad || !hasGradient(opCase, input, inputs)) continue
      const analytic = reference.readExact(input.grad!.realize().node.storage!.buffer)
      const buffer = input.node.storage!.buffer
      const at = reference.readExact(buffer)
      const numeric = at.map((x, i) => {
        const moved = (delta: number): number => {
          reference.writeExact(buffer, at.with(i, x + delta))
          return value()
        }
        return (moved(eps) - moved(-eps)) / (2 * eps)
      })
      reference.writeExact(buffer, at)
      if (!isFlatOrTied(opCase)) expect(excess(analytic, numeric, 1e-5, 1e-3)).toBeLessThanOrEqual(0)
    }
  })
})

/** Some inputs, such as class weights, have no gradient in PyTorch either; then ours must have none. */
function hasGradient({ key }: OpCase, input: Tensor, inputs: readonly Tensor[]): boolean {
  const inTorch = fixtures.results[key]!.grads![inputs.indexOf(input)] !== null
  expect(input.grad !== null).toBe(inTorch)
  return inTorch
}

/** Where the largest elements tie, a difference quotient sees another (one-sided) slope than the gradient that one of them gets. */
function isFlatOrTied({ op, sample }: OpCase): boolean {
  if (op.name !== 'amax' && op.name !== 'maxPool2d') return false
  const { values } = sample.inputs[0]!
  return new Set(values).size < values.length
}
