/** Element types. Every element takes four bytes on every device; a bool is 0 or 1. */
export type DType = 'float32' | 'int32' | 'uint32' | 'bool'

const dtypes: ReadonlySet<unknown> = new Set<DType>(['float32', 'int32', 'uint32', 'bool'])

/** Errors: a TypeError that names what there is, for anything else. */
export function checkedType(dtype: unknown, what: string): DType {
  if (!dtypes.has(dtype))
    throw new TypeError(`${what}: there is no type ${String(dtype)}; there are ${[...dtypes].join(', ')}.`)
  return dtype as DType
}

export type TypedArray = Float32Array | Int32Array | Uint32Array

export const bytesPerElement = 4

/** Python's promotion, as PyTorch does it between tensors: bool < integers < float32. */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a
  if (a === 'float32' || b === 'float32') return 'float32'
  if (a === 'bool') return b
  if (b === 'bool') return a
  return 'int32'
}

/** The array that holds elements of this type on the host; bools come as 0/1 in an Int32Array. */
export function arrayOf(dtype: DType, length: number): TypedArray {
  if (dtype === 'float32') return new Float32Array(length)
  return dtype === 'uint32' ? new Uint32Array(length) : new Int32Array(length)
}

export function toTyped(dtype: DType, values: ArrayLike<number>): TypedArray {
  if (dtype === 'float32') return Float32Array.from(values)
  return dtype === 'uint32' ? Uint32Array.from(values) : Int32Array.from(values)
}

/** The values as `dtype` would hold them: an integer type cuts toward zero, a bool asks whether it is not zero. */
export function castArray(dtype: DType, values: ArrayLike<number>): TypedArray {
  if (dtype === 'bool') return Int32Array.from(values, (v) => (v === 0 ? 0 : 1))
  return toTyped(dtype, values)
}
