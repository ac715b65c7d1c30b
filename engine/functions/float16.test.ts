/** Every public function of float16: what it gives of the same numbers in float32, rounded. */
import { expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { apart, isFirst, thorough } from '../fixtures/apart.ts'
import { functionCases, isSampleInput, type FunctionCase } from '../fixtures/functions.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { castArray, type DType } from '../tensor/dtype.ts'
import { Tensor } from '../tensor/tensor.ts'
import { allFunctions, type SampleArgument } from './define.ts'

/** Their floats are halves, in tensors of this type. */
function decode(argument: SampleArgument, floats: DType): unknown {
  if (isSampleInput(argument)) {
    const { shape, dtype, values } = argument
    if (dtype !== 'float32') return tensor(castArray(dtype, values), { shape, dtype })
    return tensor(Float16Array.from(values), { shape, dtype: floats })
  }
  if (Array.isArray(argument)) return argument.map((a: SampleArgument) => decode(a, floats))
  if (typeof argument !== 'object' || argument === null) return argument
  return Object.fromEntries(
    Object.entries(argument as Record<string, SampleArgument>).map(([k, v]) => [k, decode(v, floats)]),
  )
}

async function resultsOf({ name, isMethod, args }: FunctionCase, floats: DType): Promise<Tensor[]> {
  const [first, ...rest] = args.map((a) => decode(a, floats))
  const target = isMethod ? (first as Record<string, unknown>)[name] : allFunctions().get(name)!.call
  const result: unknown = await (target as (...a: unknown[]) => unknown).apply(
    first,
    isMethod ? rest : [first, ...rest],
  )
  if (result instanceof Tensor) return [result]
  return typeof result === 'object' ? [...(result as Iterable<Tensor | Tensor[]>)].flat() : []
}

/** Of a dozen roundings; some functions are many operations that PyTorch rounds after, too. */
const tolerance = 0.002
const smallest = 2 ** -10

const takesFloat32 = /takes float32, not float16: use to\('float32'\)\.$/
const refusing = ['quantile', 'nanquantile', 'histc', 'histogram', 'histogramdd']

const takesFloats = ({ args }: FunctionCase): boolean => {
  const hasFloats = (a: SampleArgument): boolean => {
    if (typeof a !== 'object' || a === null) return false
    return isSampleInput(a) ? a.dtype === 'float32' : Object.values(a).some(hasFloats)
  }
  return args.some(hasFloats)
}

// Weights of counts are summed in float32; of NaN the sign may be any.
const cases = functionCases().filter(
  (c) => takesFloats(c) && !['bincount', 'signbit', 'copysign'].includes(c.name),
)

setDefaultDevice(createWasmDevice())

const isRounded = async (functionCase: FunctionCase): Promise<void> => {
  const expected = await resultsOf(functionCase, 'float32')
  let actual: Tensor[]
  try {
    actual = await resultsOf(functionCase, 'float16')
  } catch (error) {
    // PyTorch has no factorizations and quantiles of halves either.
    expect((error as Error).message).toMatch(takesFloat32)
    expect(functionCase.torch.includes('nn.functional')).toBe(false)
    if (!/^(lu|qr|svd|eigh|cholesky|solveTriangular) /.test((error as Error).message))
      expect(refusing).toContain(functionCase.name)
    return
  }
  for (const [i, wanted] of expected.entries()) {
    const [given, values] = [await actual[i]!.data(), await wanted.data()]
    expect(actual[i]!.dtype).toBe(wanted.dtype === 'float32' ? 'float16' : wanted.dtype)
    if (wanted.dtype !== 'float32') expect(given).toEqual(values)
    else
      values.forEach((value, j) => {
        const half = Math.f16round(value)
        if (Number.isFinite(half) && Number.isFinite(given[j]))
          expect(Math.abs(given[j]! - half)).toBeLessThanOrEqual(
            tolerance * Math.max(Math.abs(half), smallest),
          )
        else expect(given[j]).toBe(half)
      })
  }
}
const [some, others] = apart(cases, 6, isFirst)
it.each(some)('$key', isRounded)
it.each(others)('$key', thorough, isRounded)
