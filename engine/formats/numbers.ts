/** Numbers as files hold them, in one table: how wide each type is there, and which type of tensor holds it. */
import { elementTypes, isFloating, type DType, type TypedArray } from '../tensor/dtype.ts'

export type FileType =
  'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'U64' | 'I32' | 'U32' | 'I16' | 'U16' | 'I8' | 'U8' | 'BOOL'

interface Stored {
  readonly bytes: 1 | 2 | 4 | 8
  /** Of the tensor that it is read into. */
  readonly dtype: DType
  readonly read: (view: DataView, at: number, little: boolean) => number | bigint
  /** A number that `fits` has passed. */
  readonly write: (view: DataView, at: number, value: number, little: boolean) => void
  /** The range of what can be written; every finite float where absent. */
  readonly range?: readonly [lowest: number, highest: number]
}

const scratch = new DataView(new ArrayBuffer(4))

const floatOfBits = (bits: number): number => {
  scratch.setUint32(0, bits)
  return scratch.getFloat32(0)
}
const bitsOfFloat = (value: number): number => {
  scratch.setFloat32(0, value)
  return scratch.getUint32(0)
}

/** To the nearest whole number; of two, the even one. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value)
  const over = value - below
  return over > 0.5 || (over === 0.5 && below % 2 === 1) ? below + 1 : below
}

/** The upper half of a float32, rounded to the nearest. */
function numberToBfloat(value: number): number {
  const bits = bitsOfFloat(value)
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40
  return roundHalfEven(bits / 2 ** 16)
}

/** Beyond these a float of the type is infinite. */
const largestHalf = 65_504
const largestBfloat = 3.3895313892515355e38
const largestSingle = 3.4028234663852886e38

export const fileTypes: Readonly<Record<FileType, Stored>> = {
  F64: {
    bytes: 8,
    dtype: 'float32',
    read: (view, at, little) => view.getFloat64(at, little),
    write: (view, at, value, little) => view.setFloat64(at, value, little),
  },
  F32: {
    bytes: 4,
    dtype: 'float32',
    read: (view, at, little) => view.getFloat32(at, little),
    write: (view, at, value, little) => view.setFloat32(at, value, little),
  },
  F16: {
    bytes: 2,
    dtype: 'float32',
    read: (view, at, little) => view.getFloat16(at, little),
    write: (view, at, value, little) => view.setFloat16(at, value, little),
    range: [-largestHalf, largestHalf],
  },
  BF16: {
    bytes: 2,
    dtype: 'float32',
    read: (view, at, little) => floatOfBits(view.getUint16(at, little) * 2 ** 16),
    write: (view, at, value, little) => view.setUint16(at, numberToBfloat(value), little),
    range: [-largestBfloat, largestBfloat],
  },
  I64: {
    bytes: 8,
    dtype: 'int32',
    read: (view, at, little) => view.getBigInt64(at, little),
    write: (view, at, value, little) => view.setBigInt64(at, BigInt(value), little),
  },
  U64: {
    bytes: 8,
    dtype: 'int32',
    read: (view, at, little) => view.getBigUint64(at, little),
    write: (view, at, value, little) => view.setBigUint64(at, BigInt(value), little),
    range: [0, 2 ** 53],
  },
  I32: {
    bytes: 4,
    dtype: 'int32',
    read: (view, at, little) => view.getInt32(at, little),
    write: (view, at, value, little) => view.setInt32(at, value, little),
    range: [-(2 ** 31), 2 ** 31 - 1],
  },
  U32: {
    bytes: 4,
    dtype: 'uint32',
    read: (view, at, little) => view.getUint32(at, little),
    write: (view, at, value, little) => view.setUint32(at, value, little),
    range: [0, 2 ** 32 - 1],
  },
  I16: {
    bytes: 2,
    dtype: 'int32',
    read: (view, at, little) => view.getInt16(at, little),
    write: (view, at, value, little) => view.setInt16(at, value, little),
    range: [-(2 ** 15), 2 ** 15 - 1],
  },
  U16: {
    bytes: 2,
    dtype: 'int32',
    read: (view, at, little) => view.getUint16(at, little),
    write: (view, at, value, little) => view.setUint16(at, value, little),
    range: [0, 2 ** 16 - 1],
  },
  I8: {
    bytes: 1,
    dtype: 'int32',
    read: (view, at) => view.getInt8(at),
    write: (view, at, value) => view.setInt8(at, value),
    range: [-128, 127],
  },
  U8: {
    bytes: 1,
    dtype: 'uint8',
    read: (view, at) => view.getUint8(at),
    write: (view, at, value) => view.setUint8(at, value),
    range: [0, 255],
  },
  BOOL: {
    bytes: 1,
    dtype: 'bool',
    read: (view, at) => view.getUint8(at),
    write: (view, at, value) => view.setUint8(at, value),
    range: [0, 1],
  },
}

/** The type under which a tensor's own elements are written. */
export const ownType: Readonly<Record<DType, FileType>> = {
  float32: 'F32',
  float16: 'F16',
  int32: 'I32',
  uint32: 'U32',
  uint8: 'U8',
  bool: 'BOOL',
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Whether a tensor of this type holds the number: floats may be rounded, but not made infinite. */
function holds(dtype: DType, value: number | bigint): boolean {
  if (isFloating(dtype))
    return !Number.isFinite(value) || Math.abs(Math.fround(Number(value))) <= largestSingle
  const { lowest, highest } = elementTypes[dtype]
  return value >= lowest && value <= highest
}

export interface ReadOptions {
  /** The type of tensors for floats of 16 bits, F16: float32, which holds them all, unless float16 is named. */
  readonly halves?: 'float32' | 'float16' | undefined
}

/** The type of the tensor that numbers of a file's type are read into. */
export const typeRead = (type: FileType, { halves = 'float32' }: ReadOptions): DType =>
  type === 'F16' ? halves : fileTypes[type].dtype

/** A file's bytes as elements. `refuse` is told what is wrong with a number that the tensor's type cannot hold. */
export function readNumbers(
  type: FileType,
  bytes: Uint8Array,
  little: boolean,
  refuse: (why: string) => never,
  options: ReadOptions = {},
): TypedArray {
  const { bytes: width, read } = fileTypes[type]
  const dtype = typeRead(type, options)
  const view = viewOf(bytes)
  const out = new elementTypes[dtype].array(bytes.length / width)
  for (let i = 0; i < out.length; i++) {
    const value = read(view, i * width, little)
    if (!holds(dtype, value)) refuse(`holds ${value}, which ${dtype}, the type of its numbers here, does not`)
    out[i] = Number(value)
  }
  return out
}

/** Elements as a file's bytes. `refuse` is told what is wrong with a number that the file's type cannot hold. */
export function writeNumbers(
  type: FileType,
  values: TypedArray,
  little: boolean,
  refuse: (why: string) => never,
): Uint8Array<ArrayBuffer> {
  const { bytes: width, write, range } = fileTypes[type]
  const isWhole = fileTypes[type].dtype !== 'float32'
  const out = new Uint8Array(values.length * width)
  const view = viewOf(out)
  values.forEach((value, i) => {
    const isWithin = !range || (value >= range[0] && value <= range[1])
    const fits = isWhole ? Number.isInteger(value) && isWithin : isWithin || !Number.isFinite(value)
    if (!fits) refuse(`holds ${value}, which ${type} does not`)
    write(view, i * width, value, little)
  })
  return out
}
