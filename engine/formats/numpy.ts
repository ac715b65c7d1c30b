/**
 * NumPy's .npy files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): a magic string, a version,
 * the header's length, the header, which is a Python dictionary of three entries, and the elements. Whatever a file says is
 * checked against its length before any memory is taken for it.
 */
import { formatShape, type Shape } from '../tensor/shape.ts'
import type { DType, TypedArray } from '../tensor/dtype.ts'
import {
  fileTypes,
  ownType,
  readNumbers,
  typeRead,
  writeNumbers,
  type FileType,
  type ReadOptions,
} from './numbers.ts'

export interface NpyArray {
  readonly dtype: DType
  readonly shape: Shape
  /** Row-major. */
  readonly data: TypedArray
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** NumPy's own ceiling (max_header_size), since a header is read as Python. */
const headerLimit = 10_000
/** The elements start at a multiple of this. */
const alignment = 64

/** By kind and bytes, as NumPy writes them behind the byte order. */
const typesByCode: Readonly<Record<string, FileType>> = {
  b1: 'BOOL',
  i1: 'I8',
  u1: 'U8',
  i2: 'I16',
  u2: 'U16',
  i4: 'I32',
  u4: 'U32',
  i8: 'I64',
  u8: 'U64',
  f2: 'F16',
  f4: 'F32',
  f8: 'F64',
}

const otherKinds: Readonly<Record<string, string>> = {
  c: 'complex numbers',
  f: 'floats of another width',
  m: 'time spans',
  M: 'dates',
  O: 'Python objects, which only Python can read',
  S: 'strings of bytes',
  U: 'texts',
  V: 'records',
}

type Fail = (why: string) => never

interface Header {
  readonly descr: string
  readonly fortran: boolean
  readonly shape: number[]
}

const token = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|(True|False)\b|(\d{1,16})L?(?!\w)|([{}()[\],:]))/y

/** Of Python's literals only what NumPy writes: a dictionary of a string, a truth value and a tuple of whole numbers. */
function parseHeader(text: string, fail: Fail): Header {
  const source = text.trimEnd()
  let at = 0
  const next = (): RegExpExecArray => {
    token.lastIndex = at
    const match = token.exec(source)
    if (!match) return fail(`its header is not understood from character ${at} on`)
    at = token.lastIndex
    return match
  }
  const peek = (): string | undefined => {
    token.lastIndex = at
    return token.exec(source)?.[5]
  }
  const expect = (mark: string): void => {
    if (next()[5] !== mark) fail(`its header lacks a ${mark} before character ${at}`)
  }
  const tuple = (): number[] => {
    const numbers: number[] = []
    let isTuple = true
    while (peek() !== ')') {
      numbers.push(Number(next()[4] ?? fail('its shape is not made of whole numbers')))
      isTuple = peek() !== ')'
      if (isTuple) expect(',')
    }
    expect(')')
    // In Python (3) is a number, and (3,) a tuple.
    if (!isTuple && numbers.length === 1) fail('its shape is a number, not a tuple')
    return numbers
  }
  const value = (): string | boolean | number[] => {
    const [, single, double, truth, , mark] = next()
    const string = single ?? double
    if (string !== undefined) return string
    if (truth !== undefined) return truth === 'True'
    if (mark === '(') return tuple()
    return fail(mark === '[' ? 'its elements are records' : 'its header has a value that is not understood')
  }
  const entries = new Map<string, string | boolean | number[]>()
  expect('{')
  while (peek() !== '}') {
    const match = next()
    const key = match[1] ?? match[2] ?? fail('its header has a key that is no string')
    if (entries.has(key)) fail(`its header has ${key} twice`)
    expect(':')
    entries.set(key, value())
    if (peek() !== '}') expect(',')
  }
  expect('}')
  if (at !== source.length) fail('its header goes on after the dictionary')
  const [descr, fortran, shape] = ['descr', 'fortran_order', 'shape'].map((key) => entries.get(key))
  if (
    typeof descr !== 'string' ||
    typeof fortran !== 'boolean' ||
    !Array.isArray(shape) ||
    entries.size !== 3
  )
    return fail('its header needs descr, fortran_order and shape, and nothing else')
  return { descr, fortran, shape }
}

function readType(descr: string, fail: Fail): { type: FileType; little: boolean } {
  const match = /^([<>|=]?)(\w+)$/.exec(descr)
  const code = match?.[2] ?? ''
  const type = Object.hasOwn(typesByCode, code) ? typesByCode[code]! : null
  if (type === null) {
    const shown = descr.slice(0, 20).replaceAll(/\p{Cc}/gu, '�')
    return fail(`its elements are ${otherKinds[code.charAt(0)] ?? 'of an unknown type'} (“${shown}”)`)
  }
  const order = match![1]!
  if (fileTypes[type].bytes > 1 && order === '|') fail(`its elements (“${descr}”) have no byte order`)
  return { type, little: order !== '>' }
}

/** Elements of which the first coordinate runs fastest, in row-major order. */
function fromColumns(values: TypedArray, shape: Shape): TypedArray {
  const out = values.slice()
  const strides = shape.map((_, d) => shape.slice(0, d).reduce((n, extent) => n * extent, 1))
  const place = shape.map(() => 0)
  let from = 0
  for (let i = 0; i < out.length; i++) {
    out[i] = values[from]!
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d]!
      if (++place[d]! < shape[d]!) break
      from -= strides[d]! * shape[d]!
      place[d] = 0
    }
  }
  return out
}

/**
 * Reads a file: floats of 16, 32 and 64 bits as float32 (of 16 as float16 with `halves: 'float16'`), whole numbers of up to 64 bits as int32 (bytes as uint8, unsigned
 * ones of 32 bits as uint32), truth values as bool. Errors: an Error that says what is wrong with the file, also for a
 * number that the tensor's type cannot hold; `name` is what the sentence calls the file. Source: numpy.load.
 */
export function decodeNpy(bytes: Uint8Array, name = 'The file', options: ReadOptions = {}): NpyArray {
  const fail: Fail = (why) => {
    throw new Error(`${name} is not an .npy file that can be read: ${why}.`)
  }
  if (bytes.length < 10) fail(`it has only ${bytes.length} bytes`)
  if (magic.some((byte, i) => bytes[i] !== byte)) fail('it does not start as such files do')
  const [major, minor] = [bytes[6]!, bytes[7]!]
  if (major < 1 || major > 3 || minor !== 0) fail(`its version ${major}.${minor} is unknown`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = major === 1 ? 10 : 12
  if (bytes.length < start) fail(`it has only ${bytes.length} bytes`)
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > headerLimit)
    fail(`its header claims ${length} bytes, more than the ${headerLimit} that a header may have`)
  if (start + length > bytes.length)
    fail(`its header claims ${length} bytes, after which the file would have ended`)
  const header = bytes.subarray(start, start + length)
  if (header.some((byte) => byte > 0x7e)) fail('its header is not ASCII')
  const { descr, fortran, shape } = parseHeader(String.fromCharCode(...header), fail)
  const { type, little } = readType(descr, fail)
  const body = bytes.subarray(start + length)
  // Beyond 2^53 a product is rounded, but no file is that long.
  const size = shape.includes(0) ? 0 : shape.reduce((n, extent) => n * extent, fileTypes[type].bytes)
  if (size !== body.length)
    fail(`its shape ${formatShape(shape)} takes ${size} bytes, but ${body.length} are there`)
  const data = readNumbers(type, body, little, (why) => fail(`it ${why}`), options)
  return { dtype: typeRead(type, options), shape, data: fortran ? fromColumns(data, shape) : data }
}

/**
 * Writes a file. `stored`: how it keeps the numbers, as the tensor has them where absent. Errors: an Error for a number
 * that the stored type does not hold, or a type that NumPy lacks (BF16). Source: numpy.save.
 */
export function encodeNpy(
  { dtype, shape, data }: NpyArray,
  { stored = ownType[dtype] }: { readonly stored?: FileType } = {},
): Uint8Array<ArrayBuffer> {
  const code = Object.keys(typesByCode).find((key) => typesByCode[key] === stored)
  if (code === undefined) throw new Error(`NumPy has no type ${stored}.`)
  const body = writeNumbers(stored, data, true, (why) => {
    throw new Error(`The array ${why}: it cannot be written so.`)
  })
  const order = fileTypes[stored].bytes === 1 ? '|' : '<'
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${extents}), }`
  const start = Math.ceil((magic.length + 4 + text.length + 1) / alignment) * alignment
  const out = new Uint8Array(start + body.length).fill(0x20, 0, start)
  out.set([...magic, 1, 0])
  new DataView(out.buffer).setUint16(8, start - 10, true)
  out.set(new TextEncoder().encode(text), 10)
  out[start - 1] = 0x0a
  out.set(body, start)
  return out
}
