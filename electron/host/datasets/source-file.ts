/** The user's file before anyone reads rows from it: is it text, in which encoding, with which line ends, and what is its hash. */
import { isAscii, isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DescentError } from '../../contract/index.ts'

export type Encoding = 'UTF-8' | 'UTF-16LE' | 'UTF-16BE' | 'Windows-1252'

export interface SourceFacts {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  readonly encoding: Encoding
  /** Line ends of more than one kind, which DuckDB's reader refuses. */
  readonly mixedLineEnds: boolean
}

const bad = (message: string) => new DescentError('badData', message, 'path')

export function checkFile(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw bad(`There is no file at ${path}.`)
  if (stat.isDirectory()) throw bad(`${path} is a folder. Choose a CSV or TSV file.`)
  if (!stat.isFile()) throw bad(`${path} is not an ordinary file. Choose a CSV or TSV file.`)
  if (stat.size === 0) throw bad(`${path} is empty: it holds no rows.`)
  return stat.size
}

const signatures: readonly [string, Buffer, string][] = [
  ['an Excel workbook or another ZIP archive', Buffer.from('PK\x03\x04'), 'save the sheet as CSV first'],
  ['an old Excel workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'save the sheet as CSV first'],
  ['a gzip archive', Buffer.from('1f8b', 'hex'), 'unpack it first'],
  ['a PDF document', Buffer.from('%PDF-'), 'export its table as CSV first'],
  ['a Parquet file', Buffer.from('PAR1'), 'export it as CSV first'],
  ['a SQLite database', Buffer.from('SQLite format 3\0'), 'export a table as CSV first'],
  ['a PNG image', Buffer.from('89504e47', 'hex'), 'choose a table'],
  ['a JPEG image', Buffer.from('ffd8ff', 'hex'), 'choose a table'],
]

/** Says what a file that is no text seems to be; null when its beginning reads as text. */
export function binaryKind(head: Buffer): string | null {
  for (const [kind, magic, advice] of signatures)
    if (head.subarray(0, magic.length).equals(magic)) return `It looks like ${kind}; ${advice}.`
  const control = head.filter((byte) => byte < 32 && ![9, 10, 12, 13].includes(byte)).length
  return control > head.length * 0.02 || head.includes(0)
    ? 'It holds binary data; choose a CSV or TSV text file.'
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

/** Counts well-formed multi-byte sequences and bytes that fit none. */
export function utf8Evidence(bytes: Buffer): { sequences: number; stray: number } {
  let sequences = 0
  let stray = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte < 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0
    if (length > 0 && i + length <= bytes.length && isUtf8(bytes.subarray(i, i + length))) {
      sequences++
      i += length - 1
    } else stray++
  }
  return { sequences, stray }
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

const headBytes = 64 * 1024

/** One pass over the whole file. */
export async function inspectFile(path: string): Promise<SourceFacts> {
  const bytes = checkFile(path)
  const hash = createHash('sha256')
  const evidence = { sequences: 0, stray: 0 }
  const ends: LineEnds = { crlf: false, lf: false, cr: false }
  let utf16: ReturnType<typeof utf16Kind> = null
  let rest: Buffer = Buffer.alloc(0)
  let position = 0
  const take = (segment: Buffer) => {
    noteLineEnds(segment, ends)
    if (isAscii(segment)) return
    const found = utf8Evidence(segment)
    evidence.sequences += found.sequences
    evidence.stray += found.stray
  }
  for await (const chunk of createReadStream(path, { highWaterMark: 4 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    if (position === 0) {
      const head = chunk.subarray(0, headBytes)
      utf16 = utf16Kind(head)
      const binary = utf16 === null ? binaryKind(head) : null
      if (binary !== null) throw bad(`${path} is not a text table. ${binary}`)
    }
    if (utf16 === null) {
      const zero = chunk.indexOf(0)
      if (zero !== -1)
        throw bad(
          `${path} has a zero byte at position ${position + zero}: it is damaged or no text file. Export the table again.`,
        )
      // Cut at a line end, so that no character is split.
      const cut = chunk.lastIndexOf(10) + 1
      if (cut > 0) take(Buffer.concat([rest, chunk.subarray(0, cut)]))
      rest = cut > 0 ? Buffer.from(chunk.subarray(cut)) : Buffer.concat([rest, chunk])
    }
    position += chunk.length
  }
  take(rest)
  return {
    path,
    bytes,
    sha256: hash.digest('hex'),
    // More stray bytes than real sequences: an 8-bit encoding. Otherwise UTF-8 with damaged rows, which are rejected.
    encoding: utf16 ?? (evidence.stray > evidence.sequences ? 'Windows-1252' : 'UTF-8'),
    mixedLineEnds: Number(ends.crlf) + Number(ends.lf) + Number(ends.cr) > 1,
  }
}

const decoderLabels = {
  'UTF-16LE': 'utf-16le',
  'UTF-16BE': 'utf-16be',
  'Windows-1252': 'windows-1252',
} as const

/** Writes the file again as UTF-8 with plain line ends. Damaged UTF-8 keeps its bytes: those rows are to be reported. */
export async function writeNormalised(facts: SourceFacts, to: string): Promise<void> {
  const { encoding } = facts
  const decoder = encoding === 'UTF-8' ? null : new TextDecoder(decoderLabels[encoding])
  let heldReturn = false
  const normalise = (text: string, last: boolean) => {
    // A carriage return at the end may be half of a pair.
    const whole = heldReturn ? `\r${text}` : text
    heldReturn = !last && whole.endsWith('\r')
    return (heldReturn ? whole.slice(0, -1) : whole).replaceAll(/\r\n?/g, '\n')
  }
  const encode = (text: string) => Buffer.from(text, decoder === null ? 'latin1' : 'utf8')
  await pipeline(
    createReadStream(facts.path, { highWaterMark: 1 << 20 }),
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const text = decoder === null ? chunk.toString('latin1') : decoder.decode(chunk, { stream: true })
        done(null, encode(normalise(text, false)))
      },
      flush(done) {
        done(null, encode(normalise(decoder?.decode() ?? '', true)))
      },
    }),
    createWriteStream(to),
  )
}

const sampleBytes = 1 << 20

/** The beginning of a UTF-8 file. `complete`: that was all of it. */
export async function readSample(path: string): Promise<{ text: string; complete: boolean }> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sampleBytes), 0, sampleBytes, 0)
    const complete = bytesRead < sampleBytes
    return { text: new TextDecoder().decode(buffer.subarray(0, bytesRead)), complete }
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
