/**
 * Zip archives (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT) of files that are stored as they are, or deflated. What an
 * archive says of itself is checked before anything is unpacked, and bounds what it may become.
 */
import { concatenate } from '../bytes.ts'

export type Fail = (why: string) => never

/** What an archive holds, in the words of its format. */
export interface ZipKind {
  /** "arrays". */
  readonly files: string
  /** All that may be in it; absent: anything. */
  readonly extension?: string
  /** How to save one that is packed by a method that is not known. */
  readonly advice: string
  readonly crc32: (data: Uint8Array) => number
  /** To so many bytes. Errors: for damaged data. Absent: nothing may be packed. */
  readonly inflate?: (packed: Uint8Array, bytes: number) => Uint8Array
  /** Unpacked, all files together may take so many bytes. */
  readonly maxBytes: number
}

const localMark = 0x04034b50
const centralMark = 0x02014b50
const endMark = 0x06054b50
const wideMark = 0x06064b50
const locatorMark = 0x07064b50
const localLength = 30
const wideLength = 56
const locatorLength = 20
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
export const called = (name: string): string => `“${name.slice(0, 60).replaceAll(/\p{Cc}/gu, '�')}”`

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

/** The extension to 64 bits, which some write before every end: a record as the end's, and where it is. */
function wideEnd(
  view: DataView,
  end: number,
): { count: number; size: number; start: number; length: number } | null {
  const length = wideLength + locatorLength
  const at = end - length
  if (at < 0 || view.getUint32(at, true) !== wideMark) return null
  const locator = at + wideLength
  if (view.getUint32(locator, true) !== locatorMark || view.getBigUint64(locator + 8, true) !== BigInt(at))
    return null
  const [count, size, start] = [32, 40, 48].map((offset) => Number(view.getBigUint64(at + offset, true)))
  return { count: count!, size: size!, start: start!, length }
}

function readDirectory(bytes: Uint8Array, { files }: ZipKind, fail: Fail): Member[] {
  const view = viewOf(bytes)
  if (bytes.length < endLength) fail(`it has only ${bytes.length} bytes; copy or download it again`)
  const end = findEnd(view, fail)
  const { count, size, start, length } = wideEnd(view, end) ?? {
    count: view.getUint16(end + 10, true),
    size: view.getUint32(end + 12, true),
    start: view.getUint32(end + 16, true),
    length: 0,
  }
  const here = view.getUint16(end + 8, true)
  if (view.getUint16(end + 4, true) !== 0 || here !== view.getUint16(end + 10, true))
    fail('it is one of several parts of an archive; put them together first')
  if (count === limit16 || size === limit32 || start === limit32)
    fail(`it is larger than 4 GiB or has more than 65534 ${files}; save them to several files`)
  const directoryEnd = end - length
  if (start + size !== directoryEnd)
    fail(
      `its directory should lie from byte ${start} to ${start + size}, but ends at ${directoryEnd}; save it again`,
    )
  const members: Member[] = []
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + centralLength > directoryEnd || view.getUint32(at, true) !== centralMark)
      fail(`its directory is damaged at byte ${at}; copy or download it again`)
    const lengths = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ]
    const [nameLength] = lengths
    const next = at + centralLength + lengths.reduce((a, b) => a + b)
    if (next > directoryEnd) fail(`its directory is damaged at byte ${at}; copy or download it again`)
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
  if (at !== directoryEnd)
    fail(`its directory goes on for ${directoryEnd - at} bytes after its last entry; save it again`)
  return members
}

const nameOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function checkMembers(members: readonly Member[], kind: ZipKind, fail: Fail): void {
  const { files, extension = '', advice, inflate, maxBytes } = kind
  const names = new Set<string>()
  for (const { name, flags, method, packed, unpacked, at } of members) {
    const label = `its entry ${called(name)}`
    if (!name.endsWith(extension)) fail(`${label} is no ${extension} file; leave it out of the archive`)
    if (names.has(name)) fail(`${label} is there twice; save the archive again with names of their own`)
    names.add(name)
    if (flags & isEncrypted) fail(`${label} is encrypted; save it without a password`)
    if (method !== methods.stored && !(inflate && method === methods.deflated))
      fail(`${label} is packed by method ${method}; ${advice}`)
    if (packed === limit32 || unpacked === limit32 || at === limit32)
      fail(`${label} is larger than 4 GiB; save it to a file of its own`)
    const most = method === methods.stored ? packed : packed * highestRatio
    if (unpacked > most || (method === methods.stored && unpacked !== packed))
      fail(`${label} claims to become ${unpacked} bytes, which its ${packed} cannot; save it again`)
  }
  const total = members.reduce((sum, { unpacked }) => sum + unpacked, 0)
  if (total > maxBytes)
    fail(
      `its ${files} take ${total} bytes unpacked, more than the ${maxBytes} allowed; raise maxBytes if that is meant`,
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

function unpack({ member, body }: Place, { crc32, inflate }: ZipKind, fail: Fail): Uint8Array {
  const { name, method, unpacked, crc } = member
  const damaged = (): never =>
    fail(`the bytes of its entry ${called(name)} are damaged; copy or download it again`)
  let data = body
  if (method === methods.deflated) {
    try {
      data = inflate!(body, Math.max(1, unpacked))
    } catch {
      return damaged()
    }
  }
  return data.length === unpacked && crc32(data) === crc ? data : damaged()
}

/** The files of an archive with their names, in its order. Errors: `fail` is told what is wrong with it, and what to do. */
export function readZip(bytes: Uint8Array, kind: ZipKind, fail: Fail): [name: string, data: Uint8Array][] {
  const members = readDirectory(bytes, kind, fail)
  checkMembers(members, kind, fail)
  const places = members.map((member) => placeOf(bytes, member, fail))
  checkPlaces(places, fail)
  return places.map((place) => [place.member.name, unpack(place, kind, fail)])
}

/** The fields that a member's own header and the directory have in common, from the version needed on. */
function fields({ name, data, packed }: ZipFile, crc: number, body: Uint8Array): DataView {
  const view = new DataView(new ArrayBuffer(26))
  view.setUint16(0, 20, true)
  view.setUint16(2, name.some((byte) => byte > 0x7f) ? isUtf8 : 0, true)
  view.setUint16(4, packed ? methods.deflated : methods.stored, true)
  view.setUint16(8, date, true)
  view.setUint32(10, crc, true)
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

export interface ZipFile {
  readonly name: Uint8Array
  readonly data: Uint8Array
  /** Deflated; absent: it is stored as it is. */
  readonly packed?: Uint8Array
}

/** Errors: `tooLarge` is told the name of the file with which an archive would go beyond 4 GiB. */
export function writeZip(
  files: Iterable<ZipFile>,
  crc32: (data: Uint8Array) => number,
  tooLarge: (name: string) => never,
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  let count = 0
  for (const file of files) {
    const { name, data, packed } = file
    const body = packed ?? data
    const common = bytesOf(fields(file, crc32(data), body))
    const local = [numbers([4, localMark]), common, name, body]
    const length = local.reduce((n, part) => n + part.length, 0)
    if (data.length >= limit32 || at + length >= limit32) tooLarge(nameOf(name))
    parts.push(...local)
    // Made by version 2.0 on MS-DOS, which has no rights; then common fields, comment, disk, attributes and the place.
    directory.push(
      numbers([4, centralMark], [2, 20]),
      common,
      numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, at]),
      name,
    )
    at += length
    count++
  }
  const size = directory.reduce((n, part) => n + part.length, 0)
  const end = numbers([4, endMark], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, at], [2, 0])
  return concatenate([...parts, ...directory, end])
}

/** An archive has fewer files than this. */
export const mostFiles = limit16
/** In bytes. */
export const longestName = limit16

const crcs = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

/** The check sum of zip, where Node's is not there. */
export function plainCrc32(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) crc = (crc >>> 8) ^ crcs[(crc ^ byte) & 0xff]!
  return ~crc >>> 0
}
