/** Element types. In device memory every element takes a lane of 32 bits; what each is elsewhere stands in one table. */
export type DType = 'float32' | 'float16' | 'int32' | 'uint32' | 'uint8' | 'bool'

/**
 * What devices compute with. A float16 is a float32 there that was rounded to half precision when the operation that made
 * it ended: PyTorch's kernels do the same, between reading and writing.
 */
export type ComputeType = Exclude<DType, 'float16'>

export const computeType = (dtype: DType): ComputeType => (dtype === 'float16' ? 'float32' : dtype)

export type TypedArray = Float32Array | Float16Array | Int32Array | Uint32Array | Uint8Array

/** The arrays that lanes of device memory are. */
export type Lanes = Exclude<TypedArray, Uint8Array | Float16Array>

/** By way of float32, as PyTorch rounds the numbers of a program. */
export const toHalf = (value: number): number => Math.f16round(Math.fround(value))

interface ArrayType<Array = TypedArray> {
  readonly BYTES_PER_ELEMENT: number
  new (length: number): Array
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Array
  from(values: ArrayLike<number>): Array
}

interface ElementType {
  /** The array that programs get and give, whose elements are as wide as the type is outside of devices; bools come as 0/1. */
  readonly array: ArrayType
  /** The array that its lanes are in device memory. */
  readonly lanes: ArrayType<Lanes>
  /** Between two types the higher rank wins; between two of one rank, int32. */
  readonly rank: number
  readonly lowest: number
  readonly highest: number
  /** A number as an element holds it: what is beyond the type wraps. A float32 is as it is, a float16 rounded. */
  readonly hold: (value: number) => number
}

export const elementTypes: Readonly<Record<DType, ElementType>> = {
  float32: {
    array: Float32Array,
    lanes: Float32Array,
    rank: 4,
    lowest: -Infinity,
    highest: Infinity,
    hold: (x) => x,
  },
  float16: {
    array: Float16Array,
    lanes: Float32Array,
    rank: 3,
    lowest: -Infinity,
    highest: Infinity,
    hold: toHalf,
  },
  int32: {
    array: Int32Array,
    lanes: Int32Array,
    rank: 2,
    lowest: -(2 ** 31),
    highest: 2 ** 31 - 1,
    hold: (x) => x | 0,
  },
  uint32: {
    array: Uint32Array,
    lanes: Uint32Array,
    rank: 2,
    lowest: 0,
    highest: 2 ** 32 - 1,
    hold: (x) => x >>> 0,
  },
  uint8: { array: Uint8Array, lanes: Int32Array, rank: 1, lowest: 0, highest: 255, hold: (x) => x & 255 },
  bool: {
    array: Int32Array,
    lanes: Int32Array,
    rank: 0,
    lowest: 0,
    highest: 1,
    hold: (x) => Number(x !== 0),
  },
}

/** Errors: a TypeError that names what there is, for anything else. */
export function checkedType(dtype: unknown, what: string): DType {
  if (typeof dtype !== 'string' || !Object.hasOwn(elementTypes, dtype))
    throw new TypeError(
      `${what}: there is no type ${String(dtype)}; there are ${Object.keys(elementTypes).join(', ')}.`,
    )
  return dtype as DType
}

export const isFloating = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float16'

/** Of a lane in device memory. */
export const bytesPerElement = 4

/** Python's promotion, as PyTorch does it between tensors: bool < uint8 < other integers < float16 < float32. */
export function promote<T extends DType>(a: T, b: T): T | 'int32' {
  if (a === b) return a
  const [x, y] = [elementTypes[a].rank, elementTypes[b].rank]
  if (x === y) return 'int32'
  return x > y ? a : b
}

/** Lanes of device memory, for the device to fill. */
export const lanesFor = (dtype: DType, length: number): TypedArray => new elementTypes[dtype].lanes(length)

/** An array of elements as the lanes of device memory, and back. */
export function toLanes(values: TypedArray): TypedArray {
  if (values instanceof Uint8Array) return Int32Array.from(values)
  return values instanceof Float16Array ? Float32Array.from(values) : values
}
export const fromLanes = (dtype: DType, lanes: TypedArray): TypedArray =>
  dtype === 'uint8' || dtype === 'float16' ? elementTypes[dtype].array.from(lanes) : lanes

/** The values as `dtype` would hold them: an integer type cuts toward zero, a bool asks whether it is not zero. */
export function castArray(dtype: DType, values: ArrayLike<number>): TypedArray {
  if (dtype === 'bool') return Int32Array.from(values, (v) => (v === 0 ? 0 : 1))
  return elementTypes[dtype].array.from(dtype === 'float16' ? Float32Array.from(values) : values)
}
