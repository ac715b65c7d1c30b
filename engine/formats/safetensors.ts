/**
 * safetensors (https://huggingface.co/docs/safetensors): eight bytes of header length (little endian), a JSON header
 * {name: {dtype, shape, data_offsets}, __metadata__}, then the tensors' bytes, row-major.
 */
import type { DType } from '../tensor/dtype.ts'
import { numel } from '../tensor/shape.ts'

export interface SafeTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Little-endian bytes, four per element. */
  readonly data: Uint8Array
}

const dtypeNames: Record<DType, string> = { float32: 'F32', int32: 'I32', uint32: 'U32', bool: 'I32' }
const dtypesByName = new Map<string, DType>([
  ['F32', 'float32'],
  ['I32', 'int32'],
  ['U32', 'uint32'],
])
/** The format's own ceiling for headers. */
const headerLimit = 100_000_000

export function encodeSafetensors(
  tensors: Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  let offset = 0
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    const start = offset
    offset += data.byteLength
    return [name, { dtype: dtypeNames[dtype], shape, data_offsets: [start, offset] }] as const
  })
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) })
  const header = new TextEncoder().encode(json)
  // The data starts at a multiple of eight bytes: the header is padded with spaces.
  const padded = Math.ceil(header.length / 8) * 8
  const out = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded)
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true)
  out.set(header, 8)
  let at = 8 + padded
  for (const { data } of Object.values(tensors)) {
    out.set(data, at)
    at += data.byteLength
  }
  return out
}

/** Errors: an Error that says what is wrong with the file. */
export function decodeSafetensors(bytes: Uint8Array): {
  tensors: Record<string, SafeTensor>
  metadata: Record<string, string>
} {
  const fail = (why: string): never => {
    throw new Error(`This is not a valid safetensors file: ${why}.`)
  }
  if (bytes.length < 8) fail(`it is only ${bytes.length} bytes long`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (length > headerLimit || 8 + length > bytes.length)
    fail(`its header claims ${length} bytes, the file has ${bytes.length}`)
  const header =
    parseHeader(new TextDecoder().decode(bytes.subarray(8, 8 + length))) ?? fail('its header is not JSON')
  const body = bytes.subarray(8 + length)
  const tensors: Record<string, SafeTensor> = {}
  let metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = Object.fromEntries(Object.entries(value as object).map(([k, v]) => [k, String(v)]))
      continue
    }
    const entry = value as { dtype?: unknown; shape?: unknown; data_offsets?: unknown }
    const dtype =
      dtypesByName.get(String(entry.dtype)) ??
      fail(`${name} has the type ${String(entry.dtype)}, which is not supported`)
    const shape = isCounts(entry.shape) ? entry.shape : fail(`${name} has no valid shape`)
    const offsets =
      isCounts(entry.data_offsets) && entry.data_offsets.length === 2
        ? entry.data_offsets
        : fail(`${name} has no valid place`)
    const [start, end] = offsets as [number, number]
    if (end > body.length || end - start !== numel(shape) * 4)
      fail(`${name} should span ${numel(shape) * 4} bytes, not ${start}–${end}`)
    tensors[name] = { dtype, shape, data: body.slice(start, end) }
  }
  return { tensors, metadata }
}

function parseHeader(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
