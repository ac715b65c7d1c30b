/** Every op, from its record alone: gradient check in float64, PyTorch's values and gradients, agreement of the CPU backend. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Device } from '../backends/device.ts'
import { createReferenceDevice, type ReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { apart, isFirst, thorough } from '../fixtures/apart.ts'
import { joinedOutput, opCases, type OpCase } from '../fixtures/cases.ts'
import { excess } from '../fixtures/excess.ts'
import { parse } from '../fixtures/json.ts'
import { tensor } from '../tensor/creation.ts'
import { castArray, type DType } from '../tensor/dtype.ts'
import { grad } from '../tensor/autograd.ts'
import { numel } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { allOps, typesOf, type Op } from './define.ts'
import { special, uniform, type SampleInput } from './samples.ts'

interface TorchResult {
  readonly shape: readonly number[]
  readonly values: readonly number[]
  readonly grads: readonly (readonly number[] | null)[] | null
}

const fixtures = parse(readFileSync(new URL('../fixtures/torch-ops.json', import.meta.url), 'utf8')) as {
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

const like = ({ shape, device }: Tensor, values: readonly number[]): Tensor =>
  tensor(Float32Array.from(values), { shape, device })

/** Σ weightᵢ · outputᵢ: one number to differentiate. */
const weighted = (output: Tensor, weights: readonly number[]): Tensor =>
  output.mul(like(output, weights)).sum()

async function evaluate(
  opCase: OpCase,
  device: Device,
): Promise<{ values: number[]; grads: (number[] | null)[] | null }> {
  const inputs = build(opCase, device)
  const output = joinedOutput(opCase, inputs, device)
  if (opCase.cotangent === null) return { values: [...(await output.data())], grads: null }
  output.backward(like(output, opCase.cotangent))
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
  const agrees = async (opCase: OpCase): Promise<void> => {
    const [actual, expected] = await Promise.all([evaluate(opCase, wasm), evaluate(opCase, reference)])
    expect(excess(actual.values, expected.values, 1e-6, 1e-4)).toBeLessThanOrEqual(0)
    actual.grads?.forEach((grad, i) => {
      const wanted = expected.grads![i]
      if (!grad || !wanted) expect(grad).toEqual(wanted)
      else expect(excess(grad, wanted, 1e-5, 1e-4)).toBeLessThanOrEqual(0)
    })
  }
  // Both are held to PyTorch on every sample, if not as closely.
  const [some, others] = apart(cases, 4, (one) => one.op.torch === '' || isFirst(one))
  it.each(some)('$key', agrees)
  it.each(others)('$key', thorough, agrees)
})

/** Everything but edges, where a difference quotient would be no judge. */
const smooth = cases.filter((c) => c.cotangent !== null && !c.isEdge)

/** Central differences, PyTorch's gradcheck defaults: eps 1e-6, atol 1e-5, rtol 1e-3. */
const eps = 1e-6

/** How `value` changes with each element of a float64 input. */
function slopes(input: Tensor, value: () => number): Float64Array {
  const { buffer } = input.node.storage!
  const at = reference.readExact(buffer)
  const numeric = at.map((x, i) => {
    const moved = (delta: number): number => {
      reference.writeExact(buffer, at.with(i, x + delta))
      return value()
    }
    return (moved(eps) - moved(-eps)) / (2 * eps)
  })
  reference.writeExact(buffer, at)
  return numeric
}

const exact = (t: Tensor): Float64Array => reference.readExact(t.realize().node.storage!.buffer)

/** Each element of an input is moved twice: of the larger ones npm test leaves out what smaller ones of the same op show. */
const isLarge = (one: OpCase): boolean =>
  !isFirst(one) && one.sample.inputs.reduce((sum, { shape }) => sum + numel(shape), 0) > 100

describe('gradient check in float64', () => {
  const holds = (opCase: OpCase): void => {
    const inputs = build(opCase, reference)
    const value = (): number => {
      const fresh = inputs.map((x) => x.detach())
      return exact(weighted(joinedOutput(opCase, fresh, reference), opCase.cotangent!))[0]!
    }
    const output = joinedOutput(opCase, inputs, reference)
    output.backward(like(output, opCase.cotangent!))
    for (const input of inputs) {
      if (!input.requiresGrad || !hasGradient(opCase, input, inputs)) continue
      expect(excess(exact(input.grad!), slopes(input, value), 1e-5, 1e-3)).toBeLessThanOrEqual(0)
    }
  }
  it.each(smooth.filter((one) => !isLarge(one)))('$key', holds)
  it.each(smooth.filter(isLarge))('$key', thorough, holds)
})

/** Some inputs, such as class weights, have no gradient in PyTorch either; then ours must have none. */
function hasGradient({ key }: OpCase, input: Tensor, inputs: readonly Tensor[]): boolean {
  const inTorch = fixtures.results[key]!.grads![inputs.indexOf(input)] !== null
  expect(input.grad !== null).toBe(inTorch)
  return inTorch
}

/** What a gradient's derivative is taken along: any direction will do. */
const direction = (input: Tensor): readonly number[] => uniform(input.shape, -1, 1, 7).values

/** Σ vᵢ · gradientᵢ: one number made of the first derivatives, to differentiate again. */
function slope(opCase: OpCase, inputs: readonly Tensor[]): Tensor {
  const output = joinedOutput(opCase, inputs, reference)
  const floats = inputs.filter((x) => x.requiresGrad)
  const first = grad(output, floats, {
    gradOutputs: like(output, opCase.cotangent!),
    createGraph: true,
    allowUnused: true,
  })
  const zero = tensor(0, { device: reference })
  return first.reduce<Tensor>(
    (sum, g, i) => (g ? sum.add(weighted(g, uniform(floats[i]!.shape, -1, 1, 3).values)) : sum),
    zero,
  )
}

describe('second derivatives in float64', () => {
  it.each(smooth)('$key', (opCase) => {
    const inputs = build(opCase, reference)
    const value = slope(opCase, inputs)
    if (value.requiresGrad) value.backward()
    const floats = inputs.filter((x) => x.requiresGrad)
    const along = floats.reduce((sum, x) => {
      const second = x.grad === null ? null : exact(x.grad)
      return sum + direction(x).reduce((s, d, i) => s + d * (second?.[i] ?? 0), 0)
    }, 0)
    const moved = (delta: number): number => {
      const fresh = build(opCase, reference)
      fresh.forEach((x) => {
        if (!x.requiresGrad) return
        const { buffer } = x.node.storage!
        const step = direction(x)
        reference.writeExact(
          buffer,
          reference.readExact(buffer).map((v, i) => v + delta * step[i]!),
        )
      })
      return exact(slope(opCase, fresh))[0]!
    }
    const numeric = (moved(eps) - moved(-eps)) / (2 * eps)
    expect(excess([along], [numeric], 1e-5, 1e-3)).toBeLessThanOrEqual(0)
  })
})

/** The first sample of each op, with one of its floats at a time as whole numbers. */
const ofWhole = [...allOps().values()].flatMap((op) => {
  // Whose whole purpose is the bits.
  if (op.name === 'bitsAs') return []
  const sample = op.samples.find(({ inputs }) => inputs.every(({ edge, shape }) => !edge && numel(shape) > 0))
  return (sample?.inputs ?? []).flatMap(({ dtype }, i) =>
    dtype === 'float32' ? [{ name: `${op.name}, input ${i}`, op, sample: sample!, i }] : [],
  )
})

describe.each(['int32', 'bool'] as const)(
  '%s where floats are read is refused, or taken for numbers',
  (dtype) => {
    it.each(ofWhole)('$name', async ({ op, sample, i }) => {
      const whole = sample.inputs[i]!.values.map((_, at) => at % 2)
      const result = (type: DType): Promise<number[]> => {
        const inputs = sample.inputs.with(i, { ...sample.inputs[i]!, dtype: type, values: whole })
        const given = { key: '', op, sample: { ...sample, inputs }, cotangent: null, isEdge: false }
        return evaluate(given, wasm).then(({ values }) => values)
      }
      const read = await result(dtype).catch((error: unknown) => error)
      if (read instanceof TypeError) return
      // A number is rounded to a whole one where the result is of those.
      const asFloats = await result('float32')
      expect(read, String(read)).toHaveLength(asFloats.length)
      const [a, b] = [read as number[], asFloats].map((list) => list.map((x) => Math.trunc(x)))
      expect(excess(a!, b!, 1, 1e-4)).toBeLessThanOrEqual(0)
    })
  },
)

/** So that no record comes without its edges. */
describe('the samples', () => {
  const ops = [...allOps().values()].filter((op) => op.samples.length > 0)
  const inputsOf = (op: Op): readonly SampleInput[] => op.samples.flatMap((sample) => sample.inputs)

  it.each(ops)('of $name have an element or none', (op) => {
    const extents = op.samples.flatMap(({ inputs, attrs }) =>
      [...typesOf(op, inputs, attrs), ...inputs].map(({ shape }) => numel(shape)),
    )
    expect(Math.min(...extents)).toBeLessThanOrEqual(1)
  })

  // torch.linalg refuses matrices that are not of numbers.
  const edged = ops.filter(({ torch }) => !torch.includes('torch.linalg'))
  it.each(edged.filter((op) => inputsOf(op).some((input) => input.dtype === 'float32')))(
    'of $name have NaN, infinities and both zeros',
    (op) => {
      const edges = inputsOf(op).filter((input) => input.edge)
      const values = edges.flatMap((input) => input.values)
      for (const value of special.slice(0, 5)) expect(values.some((v) => Object.is(v, value))).toBe(true)
    },
  )
})
