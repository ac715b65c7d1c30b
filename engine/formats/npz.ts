/**
 * NumPy's .npz files: a zip of .npy files (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), stored as they are
 * or deflated. What an archive says of itself is checked before anything is unpacked, and bounds what it may become. Only
 * for Node, whose zlib it needs.
 */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { concatenate } from '../bytes.ts'
import type { FileType, ReadOptions } from './numbers.ts'
import { decodeNpy, encodeNpy, type NpyArray } from './numpy.ts'

export interface NpzArray extends NpyArray {
  /** How the file keeps its numbers, where that is not as they are: what such a type does not hold is refused. */
  readonly stored?: FileType
}

export interface NpzReadOptions extends ReadOptions {
  /** Unpacked, all arrays together may take so many bytes; 2 GiB by default. */
  readonly maxBytes?: number
}

type Fail = (why: string) => never

const localMark = 0x04034b50
const centralMark = 0x02014b50
const endMark = 0x06054b50
const localLength = 30
const centralLength = 46
const endLength = 22
/** What may follow the end, as a comment. */
const longestComment = 0xffff
/** From here on the format needs its extension to 64 bits. */
const limit32 = 0xffffffff
const limit16 = 0xffff
const isUtf8 = 0x0800
const isEncrypted = 0x0001
const methods = { stored: 0, deflated: 8 } as const
/** Deflate cannot pack more bytes into one (https://zlib.net/zlib_tech.html). */
const highestRatio = 1032
/** 1 January 1980, the first day that the format knows, as NumPy has it. */
const date = 0x21
const extension = '.npy'

/** What the directory says of a member. */
interface Member {
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly unpacked: number
  readonly at: number
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** In sentences. */
const called = (name: string): string => `“${name.slice(0, 60).replaceAll(/\p{Cc}/gu, '�')}”`

/** The end stands last, but for a comment. */
function findEnd(view: DataView, fail: Fail): number {
  const first = Math.max(0, view.byteLength - endLength - longestComment)
  for (let at = view.byteLength - endLength; at >= first; at--)
    if (
      view.getUint32(at, true) === endMark &&
      at + endLength + view.getUint16(at + 20, true) === view.byteLength
    )
      return at
  return fail('it does not end as zip archives do; it may be cut off, so copy or download it again')
}

function readDirectory(bytes: Uint8Array, fail: Fail): Member[] {
  const view = viewOf(bytes)
  if (bytes.length < endLength) fail(`it has only ${bytes.length} bytes; copy or download it again`)
  const end = findEnd(view, fail)
  const [count, size, start] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ]
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count)
    fail('it is one of several parts of an archive; put them together first')
  if (count === limit16 || size === limit32 || start === limit32)
    fail('it is larger than 4 GiB or has more than 65534 arrays; save its arrays one by one, as .npy')
  if (start + size !== end)
    fail(`its directory should lie from byte ${start} to ${start + size}, but ends at ${end}; save it again`)
  const members: Member[] = []
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + centralLength > end || view.getUint32(at, true) !== centralMark)
      fail(`its directory is damaged at byte ${at}; copy or download it again`)
    const lengths = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ]
    const [nameLength] = lengths
    const next = at + centralLength + lengths.reduce((a, b) => a + b)
    if (next > end) fail(`its directory is damaged at byte ${at}; copy or download it again`)
    const flags = view.getUint16(at + 8, true)
    members.push({
      name: nameOf(bytes.subarray(at + centralLength, at + centralLength + nameLength)),
      flags,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      unpacked: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    })
    at = next
  }
  if (at !== end) fail(`its directory goes on for ${end - at} bytes after its last entry; save it again`)
  return members
}

const nameOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function checkMembers(members: readonly Member[], maxBytes: number, fail: Fail): void {
  const names = new Set<string>()
  for (const { name, flags, method, packed, unpacked, at } of members) {
    const label = `its entry ${called(name)}`
    if (!name.endsWith(extension)) fail(`${label} is no ${extension} file; leave it out of the archive`)
    if (names.has(name)) fail(`${label} is there twice; save the archive again with names of their own`)
    names.add(name)
    if (flags & isEncrypted) fail(`${label} is encrypted; save it without a password`)
    if (method !== methods.stored && method !== methods.deflated)
      fail(`${label} is packed by method ${method}; save it with numpy.savez or numpy.savez_compressed`)
    if (packed === limit32 || unpacked === limit32 || at === limit32)
      fail(`${label} is larger than 4 GiB; save it by itself, as ${extension}`)
    const most = method === methods.stored ? packed : packed * highestRatio
    if (unpacked > most || (method === methods.stored && unpacked !== packed))
      fail(`${label} claims to become ${unpacked} bytes, which its ${packed} cannot; save it again`)
  }
  const total = members.reduce((sum, { unpacked }) => sum + unpacked, 0)
  if (total > maxBytes)
    fail(
      `its arrays take ${total} bytes unpacked, more than the ${maxBytes} allowed; raise maxBytes if that is meant`,
    )
}

interface Place {
  readonly member: Member
  readonly start: number
  readonly end: number
  readonly body: Uint8Array
}

/** A member's own header says again what the directory said, and how far away its bytes are. */
function placeOf(bytes: Uint8Array, member: Member, fail: Fail): Place {
  const { at, name, packed } = member
  const label = `its entry ${called(name)}`
  const view = viewOf(bytes)
  if (at + localLength > bytes.length || view.getUint32(at, true) !== localMark)
    fail(`${label} does not start at byte ${at}, where the directory has it; copy or download it again`)
  const [nameLength, extraLength] = [view.getUint16(at + 26, true), view.getUint16(at + 28, true)]
  const from = at + localLength + nameLength + extraLength
  if (from + packed > bytes.length) fail(`${label} ends beyond the file; copy or download it again`)
  if (nameOf(bytes.subarray(at + localLength, at + localLength + nameLength)) !== name)
    fail(`${label} has another name at its place, byte ${at}; save it again`)
  return { member, start: at, end: from + packed, body: bytes.subarray(from, from + packed) }
}

/** Members that share bytes would unpack to much from little. */
function checkPlaces(places: readonly Place[], fail: Fail): void {
  const ordered = places.toSorted((a, b) => a.start - b.start)
  ordered.forEach(({ member, start }, i) => {
    const before = ordered[i - 1]
    if (before && start < before.end)
      fail(`its entries ${called(before.member.name)} and ${called(member.name)} overlap; save it again`)
  })
}

function unpack({ member, body }: Place, fail: Fail): Uint8Array {
  const { name, method, unpacked, crc } = member
  const damaged = (): never =>
    fail(`the bytes of its entry ${called(name)} are damaged; copy or download it again`)
  let data = body
  if (method === methods.deflated) {
    try {
      data = inflateRawSync(body, { maxOutputLength: Math.max(1, unpacked) })
    } catch {
      return damaged()
    }
  }
  return data.length === unpacked && crc32(data) === crc ? data : damaged()
}

/**
 * Reads an archive's arrays by name, each as decodeNpy does. Errors: an Error that says what is wrong with the file, where,
 * and what to do; `name` is what the sentence calls the file. Source: numpy.load.
 */
export function decodeNpz(
  bytes: Uint8Array,
  name = 'The file',
  { maxBytes = 2 ** 31, ...options }: NpzReadOptions = {},
): Record<string, NpyArray> {
  const fail: Fail = (why) => {
    throw new Error(`${name} is not an .npz file that can be read: ${why}.`)
  }
  const members = readDirectory(bytes, fail)
  checkMembers(members, maxBytes, fail)
  const places = members.map((member) => placeOf(bytes, member, fail))
  checkPlaces(places, fail)
  // Not by assignment: an array may be called __proto__.
  return Object.fromEntries(
    places.map((place) => [
      place.member.name.slice(0, -extension.length),
      decodeNpy(unpack(place, fail), `The entry ${called(place.member.name)} of ${name}`, options),
    ]),
  )
}

/** The fields that a member's own header and the directory have in common, from the version needed on. */
function fields(name: Uint8Array, method: number, data: Uint8Array, body: Uint8Array): DataView {
  const view = new DataView(new ArrayBuffer(26))
  view.setUint16(0, 20, true)
  view.setUint16(2, name.some((byte) => byte > 0x7f) ? isUtf8 : 0, true)
  view.setUint16(4, method, true)
  view.setUint16(8, date, true)
  view.setUint32(10, crc32(data), true)
  view.setUint32(14, body.length, true)
  view.setUint32(18, data.length, true)
  view.setUint16(22, name.length, true)
  return view
}

const numbers = (...parts: readonly (readonly [bytes: 2 | 4, value: number])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap(([bytes, value]) => Array.from({ length: bytes }, (_, i) => value >>> (8 * i))),
  )

const bytesOf = ({ buffer }: DataView): Uint8Array => new Uint8Array(buffer)

/**
 * Writes arrays under their names. `compressed`: deflated. Errors: an Error for a name that is empty or too long, for more
 * than 4 GiB or 65534 arrays, and as encodeNpy. Source: numpy.savez, numpy.savez_compressed.
 */
export function encodeNpz(
  arrays: Readonly<Record<string, NpzArray>>,
  { compressed = false }: { readonly compressed?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  const entries = Object.entries(arrays)
  if (entries.length >= limit16)
    throw new Error(`An .npz file holds at most 65534 arrays, not ${entries.length}: write several files.`)
  for (const [key, { stored, ...array }] of entries) {
    const name = new TextEncoder().encode(key + extension)
    if (key === '' || name.length > limit16)
      throw new Error(`An array in an .npz file needs a name of 1 to 65531 bytes, not ${called(key)}.`)
    const data = encodeNpy(array, stored ? { stored } : {})
    const body = compressed ? deflateRawSync(data) : data
    const common = bytesOf(fields(name, compressed ? methods.deflated : methods.stored, data, body))
    const local = [numbers([4, localMark]), common, name, body]
    const length = local.reduce((n, part) => n + part.length, 0)
    if (data.length >= limit32 || at + length >= limit32)
      throw new Error(`An .npz file holds at most 4 GiB: write ${called(key)} and what follows to another.`)
    parts.push(...local)
    // Made by version 2.0 on MS-DOS, which has no rights; then common fields, comment, disk, attributes and the place.
    directory.push(
      numbers([4, centralMark], [2, 20]),
      common,
      numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, at]),
      name,
    )
    at += length
  }
  const size = directory.reduce((n, part) => n + part.length, 0)
  const end = numbers(
    [4, endMark],
    [2, 0],
    [2, 0],
    [2, entries.length],
    [2, entries.length],
    [4, size],
    [4, at],
    [2, 0],
  )
  return concatenate([...parts, ...directory, end])
}
