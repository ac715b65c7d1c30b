/** The user's file before anyone reads rows from it: is it text, in which encoding, with which line ends, and what is its hash. */
import { isAscii, isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { decided, type Decision } from './decision.ts'
import { decoderOf, givenEncoding, guessEncoding, withoutControls } from './encoding.ts'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DescentError, type EncodingName } from '../../../../contract/index.ts'
import { limitError } from '../../../inputs/limit-error.ts'
import { lineMeter } from '../../../inputs/line-meter.ts'
import { checkNamed } from '../../../inputs/read-file.ts'
import type { ReadContext } from '../../kind.ts'

export interface SourceFacts {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  readonly encoding: Decision<EncodingName>
  /** UTF-8 with bytes that are none. */
  readonly damaged: boolean
  /** UTF-8 with control characters that no text has (encoding.ts). */
  readonly controls: boolean
  /** Line ends of more than one kind, which DuckDB's reader refuses. */
  readonly mixedLineEnds: boolean
  /** Bytes; below a megabyte not told exactly. */
  readonly longestLine: number
  /** How many there are at most; null in encodings whose bytes are not looked at. */
  readonly lines: number | null
  /** Nothing but ASCII, and no blank where a cell could begin or end with it. */
  readonly trimmed: boolean
  /** An apostrophe before what may open a formula: some cells may have been protected when they were written. */
  readonly apostrophes: boolean
}

const bad = (message: string) => new DescentError('badData', message, 'path')

/** The size of what may be read as a table. */
export async function checkFile(path: string, limits: ReadContext['limits']): Promise<number> {
  const bytes = await checkNamed({ path, what: 'a table' }, limits)
  if (bytes === 0) throw bad(`${path} is empty: it holds no rows.`)
  return bytes
}

const signatures: readonly [string, Buffer, string][] = [
  ['a 7-Zip archive', Buffer.from('377abcaf271c', 'hex'), 'unpack it first'],
  ['a RAR archive', Buffer.from('Rar!'), 'unpack it first'],
  ['packed by xz', Buffer.from('fd377a585a00', 'hex'), 'unpack it first'],
  ['packed by bzip2', Buffer.from('BZh'), 'unpack it first'],
  ['packed by Zstandard', Buffer.from('28b52ffd', 'hex'), 'unpack it first'],
  ['an HDF5 file', Buffer.from('89484446', 'hex'), 'export its table as CSV or Parquet first'],
  ['a PDF document', Buffer.from('%PDF-'), 'export its table as CSV first'],
  ['a PNG image', Buffer.from('89504e47', 'hex'), 'choose a table'],
  ['a JPEG image', Buffer.from('ffd8ff', 'hex'), 'choose a table'],
]

/** Letters alone could as well begin a text. */
const isCertain = (magic: Buffer, head: Buffer): boolean =>
  magic.some((byte) => byte >= 0x80) || head.includes(0) || magic.includes(37)

/** Says what a file that is no text seems to be; null when its beginning reads as text. */
export function binaryKind(head: Buffer): string | null {
  for (const [kind, magic, advice] of signatures)
    if (head.subarray(0, magic.length).equals(magic) && isCertain(magic, head))
      return `It looks like ${kind}; ${advice}.`
  const control = head.filter((byte) => byte < 32 && ![9, 10, 12, 13].includes(byte)).length
  return control > head.length * 0.02 || head.includes(0)
    ? 'It holds binary data of no format that Descent reads; export the table as CSV or Parquet.'
    : null
}

/** By byte-order mark, or by the zero bytes that UTF-16 leaves beside every ASCII character. */
export function utf16Kind(head: Buffer): 'UTF-16LE' | 'UTF-16BE' | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'UTF-16LE'
  if (head[0] === 0xfe && head[1] === 0xff) return 'UTF-16BE'
  const zeros = [0, 0]
  head.forEach((byte, i) => byte === 0 && zeros[i % 2]!++)
  const half = head.length / 2
  if (head.length >= 4 && zeros[1]! > half * 0.7 && zeros[0]! < half * 0.1) return 'UTF-16LE'
  if (head.length >= 4 && zeros[0]! > half * 0.7 && zeros[1]! < half * 0.1) return 'UTF-16BE'
  return null
}

/** So many characters beyond ASCII tell an encoding; more are not looked at. */
const enoughEvidence = 1_000_000

const sequenceLength = (byte: number): number =>
  byte >= 0xf5 ? 0 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0

/** Counts well-formed multi-byte sequences and bytes that fit none. */
export function utf8Evidence(bytes: Buffer): { sequences: number; stray: number } {
  let sequences = 0
  let stray = 0
  const sound = isUtf8(bytes)
  for (let i = 0; i < bytes.length && sequences + stray < enoughEvidence; i++) {
    const byte = bytes[i]!
    if (byte < 0x80) continue
    const length = sequenceLength(byte)
    if (length > 0 && (sound || isSequence(bytes, i, length))) {
      sequences++
      i += length - 1
    } else stray++
  }
  return { sequences, stray }
}

function isSequence(bytes: Buffer, at: number, length: number): boolean {
  for (let i = 1; i < length; i++) if ((bytes[at + i] ?? 0) >> 6 !== 2) return false
  // Overlong forms and surrogates are left to the judge.
  return length === 2 || isUtf8(bytes.subarray(at, at + length))
}

interface LineEnds {
  crlf: boolean
  lf: boolean
  cr: boolean
}

function noteLineEnds(segment: Buffer, seen: LineEnds): void {
  if (!segment.includes(13)) {
    seen.lf ||= segment.includes(10)
    return
  }
  for (let i = 0; i < segment.length; i++) {
    if (segment[i] === 13) {
      if (segment[i + 1] === 10) {
        seen.crlf = true
        i++
      } else seen.cr = true
    } else if (segment[i] === 10) seen.lf = true
  }
}

function countOf(byte: number, bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) count++
  return count
}

const headBytes = 64 * 1024
const chunkBytes = 4 << 20

/** Where a chunk can be cut without splitting a character or a pair of line ends; 0: nowhere. */
function cutOf(chunk: Buffer): number {
  const feed = chunk.lastIndexOf(10)
  return feed !== -1 ? feed + 1 : chunk.subarray(0, -1).lastIndexOf(13) + 1
}

/** What stands behind an apostrophe that protects a cell, or another apostrophe (protected-text.ts). */
const afterApostrophe = new Set([...`=+-@\t\r'`].map((character) => character.charCodeAt(0)))

function hasProtection(chunk: Buffer): boolean {
  for (let at = chunk.indexOf(39); at !== -1; at = chunk.indexOf(39, at + 1))
    if (at + 1 === chunk.length || afterApostrophe.has(chunk[at + 1]!)) return true
  return false
}

const blank = 32
/** Signs that stand within numbers, dates and words, and between no cells. */
const inner = new Uint8Array(256)
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-+')
  inner[character.charCodeAt(0)] = 1

/** A blank beside what may be the end of a cell. */
function hasEdgeBlank(chunk: Buffer): boolean {
  for (let at = chunk.indexOf(blank); at !== -1; at = chunk.indexOf(blank, at + 1))
    if (inner[chunk[at - 1] ?? 0] === 0 || inner[chunk[at + 1] ?? 0] === 0) return true
  return false
}

/** So much of what surrounds bytes beyond ASCII tells an eight-bit encoding. */
const mostPieces = 64 * 1024
const pieceBytes = 512

/** From the first byte beyond ASCII on. */
function pieceOf(segment: Buffer): Buffer {
  const at = segment.findIndex((byte) => byte >= 0x80)
  const from = Math.max(0, at - 64)
  return segment.subarray(from, from + Math.max(pieceBytes, Math.min(mostPieces / 4, segment.length)))
}

const hasControls = (segment: Buffer): boolean => {
  for (let at = segment.indexOf(0xc2); at !== -1; at = segment.indexOf(0xc2, at + 1))
    if (segment[at + 1]! >= 0x80 && segment[at + 1]! < 0xa0) return true
  return false
}

/** Puts what was left before what came, in memory that the next call uses again. */
function joiner(): (before: Buffer, behind: Buffer) => Buffer {
  let room = Buffer.alloc(0)
  return (before, behind) => {
    if (before.length === 0) return behind
    const length = before.length + behind.length
    if (room.length < length) room = Buffer.allocUnsafe(2 * length)
    before.copy(room)
    behind.copy(room, before.length)
    return room.subarray(0, length)
  }
}

/** One pass over the whole file, over no more of it than there is at the beginning. `asked`: its encoding, if a person says it; `usual`: if it is no Unicode. */
export async function inspectFile(
  path: string,
  { limits, progress }: ReadContext,
  asked: EncodingName | null = null,
  usual?: EncodingName,
): Promise<SourceFacts> {
  const bytes = await checkFile(path, limits)
  const hash = createHash('sha256')
  const evidence = { sequences: 0, stray: 0 }
  const ends: LineEnds = { crlf: false, lf: false, cr: false }
  const meter = lineMeter(limits.lineLength, (at) => {
    const where = `${path} is damaged or no table: a line, from byte ${at.toLocaleString('en')} on, has`
    throw limitError('lineLength', limits, where, null)
  })
  let utf16: ReturnType<typeof utf16Kind> = null
  let apostrophes = false
  let controls = false
  let trimmed = true
  const pieces: Buffer[] = []
  let piecesLength = 0
  let lines = 0
  const isWide = asked === 'UTF-16LE' || asked === 'UTF-16BE'
  let rest: Buffer = Buffer.alloc(0)
  let position = 0
  const joined = joiner()
  const take = (segment: Buffer) => {
    noteLineEnds(segment, ends)
    lines += countOf(10, segment) + (ends.cr ? countOf(13, segment) : 0)
    apostrophes ||= hasProtection(segment)
    trimmed &&= isAscii(segment) && !hasEdgeBlank(segment)
    if (evidence.sequences + evidence.stray > enoughEvidence || isAscii(segment)) return
    const found = utf8Evidence(segment)
    controls ||= hasControls(segment)
    if (found.stray > 0 && piecesLength < mostPieces) {
      const piece = pieceOf(segment)
      pieces.push(Buffer.from(piece))
      piecesLength += piece.length
    }
    evidence.sequences += found.sequences
    evidence.stray += found.stray
  }
  const options = { highWaterMark: chunkBytes, end: bytes - 1 }
  for await (const chunk of createReadStream(path, options) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    if (position === 0) {
      const head = chunk.subarray(0, headBytes)
      utf16 = isWide ? asked : utf16Kind(head)
      // Line ends have a zero byte there, whatever the language.
      if (isWide && !head.includes(0)) throw notDecodable({ path, encoding: givenEncoding(asked) })
      const binary = utf16 === null ? binaryKind(head) : null
      if (binary !== null) throw bad(`${path} is not a text table. ${binary}`)
    }
    meter.take(chunk)
    if (utf16 === null) {
      const zero = chunk.indexOf(0)
      if (zero !== -1)
        throw bad(
          `${path} has a zero byte at position ${position + zero}: it is damaged or no text file. Export the table again.`,
        )
      const cut = cutOf(chunk)
      if (cut > 0) take(joined(rest, chunk.subarray(0, cut)))
      rest = cut > 0 ? Buffer.from(chunk.subarray(cut)) : Buffer.concat([rest, chunk])
    }
    position += chunk.length
    progress(position / bytes)
  }
  if (position < bytes) throw bad(`${path} became shorter while it was read. Import it again.`)
  take(rest)
  if (rest.length > 0 && rest.at(-1) !== 10 && rest.at(-1) !== 13) lines++
  if (asked === 'UTF-8' && (utf16 !== null || evidence.stray > 0))
    throw new DescentError(
      'badData',
      `${path} is not encoded as UTF-8: it has bytes that are no characters there.`,
      'encoding',
    )
  if (utf16 !== null && asked !== null && asked !== utf16)
    throw new DescentError('badData', `${path} is not encoded as ${asked}: it is ${utf16}.`, 'encoding')
  // More stray bytes than real sequences: no UTF-8. Otherwise UTF-8 with damaged rows, which are rejected.
  const encoding: Decision<EncodingName> =
    asked !== null
      ? givenEncoding(asked)
      : utf16 !== null
        ? decided(utf16, `The file is encoded as ${utf16}.`)
        : evidence.stray > evidence.sequences
          ? usual === undefined
            ? guessEncoding(Buffer.concat(pieces))
            : decided(usual, `The file is read as ${usual}, like the one of the training.`)
          : decided('UTF-8')
  return {
    path,
    bytes,
    sha256: hash.digest('hex'),
    encoding,
    damaged: encoding.value === 'UTF-8' && evidence.stray > 0,
    controls: encoding.value === 'UTF-8' && controls,
    mixedLineEnds: Number(ends.crlf) + Number(ends.lf) + Number(ends.cr) > 1,
    longestLine: meter.longest(),
    lines: utf16 === null ? lines : null,
    trimmed: utf16 === null && trimmed,
    // Of other encodings the bytes are not looked at.
    apostrophes: apostrophes || utf16 !== null,
  }
}

/** An encoding that somebody chose has to be right. */
const decoderFor = ({ encoding }: SourceFacts): TextDecoder =>
  decoderOf(encoding.value, encoding.given === true)

const notDecodable = ({ path, encoding }: Pick<SourceFacts, 'path' | 'encoding'>): DescentError =>
  new DescentError(
    'badData',
    `${path} is not encoded as ${encoding.value}: it has bytes that are no characters there.`,
    'encoding',
  )

/** The file's text, in pieces. */
export async function* textOf(facts: SourceFacts): AsyncGenerator<string> {
  const decoder = decoderFor(facts)
  const fix = facts.controls ? withoutControls : (text: string) => text
  const options = { highWaterMark: 1 << 20, end: facts.bytes - 1 }
  try {
    for await (const chunk of createReadStream(facts.path, options) as AsyncIterable<Buffer>)
      yield fix(decoder.decode(chunk, { stream: true }))
    yield fix(decoder.decode())
  } catch (error) {
    throw error instanceof TypeError ? notDecodable(facts) : error
  }
}

/** Writes the file again as UTF-8 with plain line ends. Damaged UTF-8 keeps its bytes: those rows are to be reported. */
export async function writeNormalised(facts: SourceFacts, to: string): Promise<void> {
  await pipeline(Readable.from(plainLines(facts)), createWriteStream(to, { mode: 0o600 }))
}

async function* plainLines(facts: SourceFacts): AsyncGenerator<Buffer> {
  const keepsBytes = facts.encoding.value === 'UTF-8'
  const texts: AsyncIterable<string> = keepsBytes
    ? createReadStream(facts.path, { encoding: 'latin1', highWaterMark: 1 << 20, end: facts.bytes - 1 })
    : textOf(facts)
  const encode = (text: string) => Buffer.from(text, keepsBytes ? 'latin1' : 'utf8')
  let heldReturn = false
  for await (const text of texts) {
    if (text === '') continue
    // A carriage return at the end may be half of a pair.
    const whole: string = heldReturn ? `\r${text}` : text
    heldReturn = whole.endsWith('\r')
    yield encode((heldReturn ? whole.slice(0, -1) : whole).replaceAll(/\r\n?/g, '\n'))
  }
  if (heldReturn) yield encode('\n')
}

const sampleBytes = 1 << 20

/** The beginning of a file's text, with two of its longest lines at least. `complete`: that was all of it. */
export async function readSample(facts: SourceFacts): Promise<{ text: string; complete: boolean }> {
  const size = 2 * facts.longestLine + sampleBytes
  const file = await open(facts.path)
  try {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(Math.min(size, facts.bytes)),
      0,
      Math.min(size, facts.bytes),
      0,
    )
    const complete = bytesRead >= facts.bytes
    // A character that the end cuts in two is none of the sample.
    const text = decoderOf(facts.encoding.value).decode(buffer.subarray(0, bytesRead), { stream: !complete })
    return { text: facts.controls ? withoutControls(text) : text, complete }
  } finally {
    await file.close()
  }
}

/** 1-based line numbers of byte offsets, in one pass; offsets ascending. */
export async function lineNumbers(path: string, offsets: readonly number[]): Promise<number[]> {
  const lines: number[] = []
  let line = 1
  let position = 0
  let previous = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    for (let i = 0; i < chunk.length; i++, position++) {
      while (offsets[lines.length] === position) lines.push(line)
      if (lines.length === offsets.length) return lines
      const byte = chunk[i]!
      if (byte === 13 || (byte === 10 && previous !== 13)) line++
      previous = byte
    }
  }
  while (lines.length < offsets.length) lines.push(line)
  return lines
}
