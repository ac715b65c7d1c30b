/** Text files, line by line: `label text` to learn from, or just `text` to predict. Lines that are neither are told, not guessed. */
import { isUtf8 } from 'node:buffer'
import { getHeapStatistics } from 'node:v8'
import { DescentError, type Limits, type Receipt } from '../../../contract/index.ts'
import { limitError } from '../../inputs/limit-error.ts'
import { binaryKind, utf16Kind, utf8Evidence } from '../table/reading/source-file.ts'
import { joinCounted } from './joined-records.ts'
import {
  joinQuoted,
  namesColumns,
  plainStyle,
  splitLine,
  strayWords,
  type Labeled,
  type LabelStyle,
} from './label-style.ts'

/** What texts are read in. */
export type Encoding = 'UTF-8' | 'UTF-16LE' | 'UTF-16BE' | 'Windows-1252'

const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

/** No sentence is longer; a file without line ends is. */
export const longestLine = 100_000
/** An object of JSON has more around its text, and signs in it that it writes as six. */
const longestObject = 8 * longestLine
const opening = '{'.charCodeAt(0)
const tooLong = `longer than ${longestLine.toLocaleString('en')} characters`
const shownRejections = 100
const shownText = 200

export interface Line {
  /** From 1. */
  readonly number: number
  readonly text: string
}

export interface Lines {
  readonly lines: readonly Line[]
  readonly encoding: Encoding
  readonly rejected: Receipt['rejected']
  readonly rowsRejected: number
}

const decoders: Record<Encoding, () => TextDecoder> = {
  'UTF-8': () => new TextDecoder(),
  'Windows-1252': () => new TextDecoder('windows-1252'),
  'UTF-16LE': () => new TextDecoder('utf-16le'),
  'UTF-16BE': () => new TextDecoder('utf-16be'),
}

/** More stray bytes than real sequences make an 8-bit encoding; as for tables. */
function encodingOf(bytes: Buffer): Encoding {
  const utf16 = utf16Kind(bytes.subarray(0, 4096))
  if (utf16 !== null) return utf16
  if (isUtf8(bytes)) return 'UTF-8'
  const { sequences, stray } = utf8Evidence(bytes)
  return stray > sequences ? 'Windows-1252' : 'UTF-8'
}

/** A whole file as one text; null: it is none. */
export function textOf(bytes: Uint8Array): string | null {
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const encoding = encodingOf(given)
  if (!encoding.startsWith('UTF-16') && binaryKind(given.subarray(0, 64 * 1024)) !== null) return null
  return decoders[encoding]().decode(given).replaceAll(/\r\n?/g, '\n')
}

/** Collects what is left out and why; only the first are kept word by word. */
class Rejections {
  readonly list: Receipt['rejected'] = []
  count = 0
  add({ number, text }: Line, reason: string): void {
    this.count++
    if (this.list.length < shownRejections)
      this.list.push({ line: number, reason, text: text.slice(0, shownText) })
  }
}

const chunkBytes = 1 << 20

/** As UTF-8 with plain line ends, in pieces: a text of half a gigabyte is more than one string holds. */
function fromUtf16(buffer: Buffer, encoding: Encoding): Buffer {
  const decoder = decoders[encoding]()
  const pieces: Buffer[] = []
  let held = ''
  for (let at = 0; at < buffer.length; at += chunkBytes) {
    const last = at + chunkBytes >= buffer.length
    const text = held + decoder.decode(buffer.subarray(at, at + chunkBytes), { stream: !last })
    // It may be half of a pair.
    held = !last && text.endsWith('\r') ? '\r' : ''
    pieces.push(Buffer.from((held === '' ? text : text.slice(0, -1)).replaceAll(/\r\n?/g, '\n')))
  }
  return Buffer.concat(pieces)
}

/** Line by line, so that a file of any size needs no string of its size. Empty lines go straight to `rejections`. */
function* linesOf(
  buffer: Buffer,
  encoding: Encoding,
  rejections: Rejections,
  returnsEnd: boolean,
  objects: boolean,
): Generator<Line> {
  const decoder = decoders[encoding]()
  // Files of old Macintoshes, and of programs that took them for a model.
  const lineEnd = buffer.includes(10) || !returnsEnd ? 10 : 13
  let number = 0
  for (let from = 0; from < buffer.length;) {
    const end = buffer[from] === lineEnd ? from : buffer.indexOf(lineEnd, from)
    const until = end === -1 ? buffer.length : end
    number++
    if (until === from) rejections.add({ number, text: '' }, 'empty line')
    else {
      // A line that is too long is not decoded whole: its beginning says enough.
      const most = objects && buffer[from] === opening ? longestObject : longestLine
      const text = decoder.decode(buffer.subarray(from, Math.min(until, from + 4 * most + 4)))
      yield { number, text: text.endsWith('\r') ? text.slice(0, -1) : text }
    }
    from = until + 1
  }
}

/** What a line takes in JavaScript's memory beside its characters. */
const bytesPerLine = 160

/**
 * The lines that hold something. `bytes`: of the file, unpacked. `returnsEnd`: where there are carriage returns alone, they
 * end lines; they did not for data that an earlier version imported. `objects`: of a line that may be an object of JSON,
 * only the text in it has to be short, as its reader says; so had the line in data of an earlier version.
 */
export function readLines(
  bytes: Uint8Array,
  name: string,
  limits: Limits,
  returnsEnd = true,
  objects = true,
): Lines {
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (given.length === 0) throw bad(`${name} is empty: it holds no lines.`)
  const encoding = encodingOf(given)
  const utf16 = encoding.startsWith('UTF-16')
  const binary = utf16 ? null : binaryKind(given.subarray(0, 64 * 1024))
  if (binary !== null)
    throw bad(`${name} is not a text file. ${binary.replace(/choose a .*\./, 'choose a text file.')}`)
  const rejections = new Rejections()
  const lines: Line[] = []
  // Beyond its heap JavaScript ends the process, without a word.
  let memory = Math.min(limits.jobMemory, getHeapStatistics().heap_size_limit) / 2
  const buffer = utf16 ? fromUtf16(given, encoding) : given
  for (const line of linesOf(buffer, utf16 ? 'UTF-8' : encoding, rejections, returnsEnd, objects)) {
    const most = objects && line.text.startsWith('{') ? longestObject : longestLine
    if (line.text.length > most) rejections.add(line, tooLong)
    else if (line.text.trim() === '') rejections.add(line, 'empty line')
    else if (line.text.includes('\0')) rejections.add(line, 'holds a zero character')
    else {
      lines.push(line)
      memory -= bytesPerLine + 2 * line.text.length
      if (memory < 0)
        throw limitError('jobMemory', limits, `${name} has so many lines that holding them takes`, null)
    }
  }
  return { lines, encoding, rejected: rejections.list, rowsRejected: rejections.count }
}

/** By the number of the first of them. */
export function joinedLines(lines: readonly Line[], { joined, last }: LabelStyle): Line[] {
  let at = 0
  const texts = lines.map(({ text }) => text)
  return (joined === 'counted' ? joinCounted(texts) : joinQuoted(texts, last)).map((text) => {
    const { number } = lines[at]!
    at += text.split('\n').length
    return { number, text }
  })
}

export interface LabeledLines extends Lines {
  readonly labels: readonly string[]
  readonly texts: readonly string[]
}

/**
 * `style`: of the receipt. null, of versions that had none: a label ends at the first white space, and every line that
 * has one is taken.
 */
export function labeledLines(
  { lines, encoding, rejected, rowsRejected }: Lines,
  name: string,
  style: LabelStyle | null,
): LabeledLines {
  const rejections = new Rejections()
  const found: (Labeled & { readonly line: Line })[] = []
  const chosen = style ?? plainStyle
  // Of several files, each may have the header or not.
  const first = lines[0]
  const named = chosen.header && first !== undefined && namesColumns(first.text, chosen)
  const records = chosen.joined ? joinedLines(lines, chosen) : lines
  const where = chosen.last ? 'end' : 'beginning'
  for (const line of named ? records.slice(1) : records) {
    const split = splitLine(line.text, chosen)
    const { label = '', text = '' } = split ?? {}
    if (chosen.keys && split === null)
      rejections.add(line, `no object of JSON with “${chosen.keys.label}” and “${chosen.keys.text}”`)
    else if ((chosen.keys ? text : line.text).length > longestLine && line.text.startsWith('{'))
      rejections.add(line, chosen.keys ? `a text ${tooLong}` : tooLong)
    else if (label === '') rejections.add(line, chosen.keys ? 'no label' : `no label at its ${where}`)
    else if (text === '') rejections.add(line, `no text ${chosen.last ? 'before' : 'after'} the label`)
    else found.push({ label, text, line })
  }
  const strays = style ? strayWords(found) : new Set<string>()
  const labels: string[] = []
  const texts: string[] = []
  const kept: Line[] = []
  for (const { label, text, line } of found) {
    if (strays.has(label)) rejections.add(line, `no label: “${label}” is a word of the texts`)
    else {
      kept.push(line)
      labels.push(label)
      texts.push(text)
    }
  }
  if (kept.length === 0) {
    const first = lines[0]?.text.slice(0, 60)
    const why =
      first === undefined
        ? `Line ${rejected[0]?.line ?? 1}: ${rejected[0]?.reason ?? 'empty line'}.`
        : `Its first line is “${first}”.`
    throw bad(`${name} has no line of the form “label text”: a label, a space, and the text. ${why}`)
  }
  return {
    lines: kept,
    labels,
    texts,
    encoding,
    rejected: [...rejected, ...rejections.list].sort((a, b) => a.line - b.line).slice(0, shownRejections),
    rowsRejected: rowsRejected + rejections.count,
  }
}
