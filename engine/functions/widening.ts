/**
 * Functions made of several operations, for float16: as PyTorch's kernels they compute in float32 and round at the end, where
 * each operation would round for itself.
 */
import { Tensor } from '../tensor/core.ts'
import { isHalf, refuseMixed, widened } from '../tensor/half.ts'

type Call<Args extends readonly unknown[], Result> = (...args: Args) => Result

const isHalfTensor = (value: unknown): value is Tensor => value instanceof Tensor && isHalf(value)

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** `call`, of float16 by way of float32. Beside float32 the result is of that. What it writes into arguments arrives in them. */
export function widening<Args extends readonly unknown[], Result>(
  name: string,
  call: Call<Args, Result>,
  alone: boolean,
): Call<Args, Result> {
  const wide = (args: Args): Result => {
    const given = new Map<Tensor, { readonly half: Tensor; readonly version: number }>()
    const known = new Map<Tensor, Tensor>()
    let isMixed = false
    const convert = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(convert)
      if (isPlain(value))
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item)]))
      if (value instanceof Tensor && value.dtype === 'float32') isMixed = true
      if (!isHalfTensor(value)) return value
      let float = known.get(value)
      if (!float) {
        known.set(value, (float = widened(value)))
        given.set(float, { half: value, version: float.version })
      }
      return float
    }
    const converted = args.map(convert) as unknown as Args
    if (isMixed && alone) refuseMixed(name)
    const result = call(...converted)
    for (const [float, { half, version }] of given) if (float.version !== version) half.copy_(float)
    const restored = new Map<unknown, unknown>()
    const restore = (value: unknown): unknown => {
      if (Array.isArray(value))
        return Object.assign(
          [],
          Object.fromEntries(Object.entries(value).map(([key, item]) => [key, restore(item)])),
        )
      if (!(value instanceof Tensor) || value.dtype !== 'float32') return value
      if (!restored.has(value))
        restored.set(value, given.get(value)?.half ?? (isMixed ? value : value.to('float16')))
      return restored.get(value)
    }
    return restore(result) as Result
  }
  const widenedCall = (...args: Args): Result => {
    // Options alone do not make a function one of float16.
    for (const arg of args)
      if (isHalfTensor(arg) || (Array.isArray(arg) && arg.some(isHalfTensor))) return wide(args)
    return call(...args)
  }
  // How many arguments there are before the options is counted.
  Object.defineProperty(widenedCall, 'length', { value: call.length })
  return widenedCall
}
