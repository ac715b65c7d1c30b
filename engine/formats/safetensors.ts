/**
 * safetensors (https://huggingface.co/docs/safetensors): eight bytes of header length (little endian), a JSON header
 * {name: {dtype, shape, data_offsets}, __metadata__}, then the tensors' bytes, row-major. As the official readers do,
 * reading refuses whatever is not one tensor's bytes after another's to the end of the file: what is read in one way
 * only cannot be mistaken.
 */
import { elementTypes, type DType } from '../tensor/dtype.ts'
import {
  fileTypes,
  ownType,
  readNumbers,
  typeRead,
  writeNumbers,
  type FileType,
  type ReadOptions,
} from './numbers.ts'
import { findRepeatedKey } from './repeated-key.ts'

export interface SafeTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** The bytes of the array that a program gets of such a tensor (little-endian; bools as int32 0 and 1). */
  readonly data: Uint8Array
  /** How the file keeps its numbers, where that is not as they are: what such a type does not hold is refused. */
  readonly stored?: FileType
}

/** Types of the format that we have no tensors of. */
const foreignTypes = new Set<unknown>(
  'F4 F6_E2M3 F6_E3M2 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ C64'.split(' '),
)
/** The format's own ceiling for headers. */
const headerLimit = 100_000_000
const metadataKey = '__metadata__'

export function encodeSafetensors(
  tensors: Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  let offset = 0
  const parts = Object.entries(tensors).map(
    ([name, tensor]) => [name, tensor, fileBytes(name, tensor)] as const,
  )
  const entries = parts.map(([name, { dtype, shape, stored = ownType[dtype] }, data]) => {
    const start = offset
    offset += data.byteLength
    return [name, { dtype: stored, shape, data_offsets: [start, offset] }] as const
  })
  const json = JSON.stringify({ [metadataKey]: metadata, ...Object.fromEntries(entries) })
  const header = new TextEncoder().encode(json)
  // The data starts at a multiple of eight bytes: the header is padded with spaces.
  const padded = Math.ceil(header.length / 8) * 8
  const out = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded)
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true)
  out.set(header, 8)
  let at = 8 + padded
  for (const [, , data] of parts) {
    out.set(data, at)
    at += data.byteLength
  }
  return out
}

/** Errors: an Error for a number that the stored type does not hold. */
function fileBytes(name: string, { dtype, data, stored = ownType[dtype] }: SafeTensor): Uint8Array {
  const { array } = elementTypes[dtype]
  // As it is, without a look at each number.
  if (stored === ownType[dtype] && dtype !== 'bool') return data
  const values = new array(data.slice().buffer, 0, data.length / array.BYTES_PER_ELEMENT)
  return writeNumbers(stored, values, true, (why) => {
    throw new Error(`The tensor ${labelOf(name)} ${why}: it cannot be written so.`)
  })
}

interface Entry {
  /** As sentences name it. */
  readonly label: string
  readonly name: string
  readonly type: FileType
  readonly shape: readonly number[]
  readonly start: number
  readonly end: number
}

/**
 * F16 is read as float32 unless `halves: 'float16'` asks for it as it is. Errors: an Error that says what is wrong with the
 * file, and with which tensor.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  options: ReadOptions = {},
): {
  tensors: Record<string, SafeTensor>
  metadata: Record<string, string>
} {
  if (bytes.length < 8) fail(`it is only ${bytes.length} bytes long`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (length > headerLimit)
    fail(`its header claims ${length} bytes, more than the ${headerLimit} that a header may have`)
  const bodyAt = 8 + Number(length)
  if (bodyAt > bytes.length) fail(`its header claims ${length} bytes, the file has ${bytes.length}`)
  const { [metadataKey]: metadata, ...listed } = parseHeader(bytes.subarray(8, bodyAt))
  const body = bytes.subarray(bodyAt)
  const entries = Object.entries(listed).map(([name, value]) => readEntry(name, value))
  checkPlaces(entries, body.length)
  const tensors = entries.map(({ label, name, type, shape, start, end }): [string, SafeTensor] => [
    name,
    {
      dtype: typeRead(type, options),
      shape,
      data: elementBytes(type, body.slice(start, end), label, options),
    },
  ])
  // Not by assignment: a tensor may be called __proto__.
  return { tensors: Object.fromEntries(tensors), metadata: readMetadata(metadata) }
}

/** PyTorch counts in 64 bits (num_batches_tracked); such numbers are read where 32 hold them. */
function elementBytes(
  type: FileType,
  bytes: Uint8Array<ArrayBuffer>,
  label: string,
  options: ReadOptions,
): Uint8Array {
  if (type === ownType[typeRead(type, options)] && type !== 'BOOL') return bytes
  const { buffer } = readNumbers(type, bytes, true, (why) => fail(`${label} ${why}`), options)
  return new Uint8Array(buffer)
}

const isFileType = (type: unknown): type is FileType =>
  typeof type === 'string' && Object.hasOwn(fileTypes, type)

function fail(why: string): never {
  throw new Error(`This is not a valid safetensors file: ${why}.`)
}

const shown = 60
/** Control characters would reach the terminal. */
const labelOf = (text: string): string =>
  `“${text.slice(0, shown).replaceAll(/\p{Cc}/gu, '�')}${text.length > shown ? '…' : ''}”`

/** What was found where something else should be: never the value itself, which may be long or deep. */
function found(value: unknown): string {
  if (typeof value === 'string') return labelOf(value)
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? 'a list' : value === undefined ? 'nothing' : 'an object'
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return fail('its header is not UTF-8')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return fail('its header is not JSON')
  }
  if (!isObject(value)) return fail(`its header is ${found(value)}, not an object of tensors`)
  const repeated = findRepeatedKey(text)
  if (repeated !== null) fail(`its header has ${labelOf(repeated)} twice`)
  return value
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {}
  if (!isObject(value)) return fail(`its ${metadataKey} is ${found(value)}, not an object`)
  const entries = Object.entries(value).map(([key, text]): [string, string] =>
    typeof text === 'string'
      ? [key, text]
      : fail(`its ${metadataKey} has ${found(text)} as ${labelOf(key)}, where only text may stand`),
  )
  return Object.fromEntries(entries)
}

/** What the header says of one tensor, sound in itself. */
function readEntry(name: string, value: unknown): Entry {
  const label = `the tensor ${labelOf(name)}`
  if (!isObject(value)) return fail(`${label} is described by ${found(value)}, not by an object`)
  const type = isFileType(value.dtype) ? value.dtype : fail(`${label} ${typeProblem(value.dtype)}`)
  const shape = readCounts(value.shape) ?? fail(`${label} has no valid shape: ${countsProblem(value.shape)}`)
  const offsets =
    readCounts(value.data_offsets) ??
    fail(`${label} has no valid data_offsets: ${countsProblem(value.data_offsets)}`)
  if (offsets.length !== 2) fail(`${label} has ${offsets.length} data_offsets instead of two`)
  const [start, end] = offsets as [number, number]
  if (end < start) fail(`${label} ends at byte ${end}, before its start at ${start}`)
  const size = shape.includes(0) ? 0 : shape.reduce((n, extent) => n * extent, fileTypes[type].bytes)
  // Beyond 2^53 a product is rounded, but no file is that long.
  if (size !== end - start)
    fail(
      `${label} takes ${size} bytes by its type and shape, but has ${end - start} (from ${start} to ${end})`,
    )
  return { label, name, type, shape, start, end }
}

function typeProblem(dtype: unknown): string {
  const ours = Object.keys(fileTypes).join(', ')
  if (foreignTypes.has(dtype))
    return `has the type ${String(dtype)}, which is not supported here, where only ${ours} are`
  return `has ${found(dtype)} as its type, which the format does not know`
}

const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0

const readCounts = (value: unknown): number[] | null =>
  Array.isArray(value) && value.every(isCount) ? value : null

const countsProblem = (value: unknown): string =>
  Array.isArray(value)
    ? `${found(value.find((n) => !isCount(n)))} is no whole number from 0 to 2^53`
    : `${found(value)} instead of a list`

/** The tensors' bytes follow each other without overlap or hole, and fill the file. */
function checkPlaces(entries: readonly Entry[], available: number): void {
  const ordered = entries.toSorted((a, b) => a.start - b.start || a.end - b.end)
  let at = 0
  let before = 'the header'
  for (const { label, start, end } of ordered) {
    if (end > available)
      fail(`${label} ends at byte ${end} of the data, of which the file has ${available}; it may be cut off`)
    if (start < at)
      fail(`${label} starts at byte ${start}, inside ${before}, which ends at ${at}: they overlap`)
    if (start > at)
      fail(`${label} starts at byte ${start}, leaving a hole after ${before}, which ends at ${at}`)
    at = end
    before = label
  }
  if (at < available) fail(`after ${before} follow ${available - at} bytes that belong to no tensor`)
}
