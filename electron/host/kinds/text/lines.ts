/** Text files, line by line: `label text` to learn from, or just `text` to predict. Lines that are neither are told, not guessed. */
import { isUtf8 } from 'node:buffer'
import { gunzipSync } from 'node:zlib'
import { DescentError, type Receipt } from '../../../contract/index.ts'
import { binaryKind, utf16Kind, utf8Evidence, type Encoding } from '../../datasets/source-file.ts'

const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

/** No sentence is longer; a file without line ends is. */
export const longestLine = 100_000
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

function unpacked(bytes: Uint8Array, name: string): Buffer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer[0] !== 0x1f || buffer[1] !== 0x8b) return buffer
  try {
    return gunzipSync(buffer)
  } catch {
    throw bad(`${name} cannot be unpacked: the compressed data is damaged or cut off.`)
  }
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

function* linesOf(buffer: Buffer, encoding: Encoding): Generator<Line> {
  if (encoding.startsWith('UTF-16')) {
    const lines = decoders[encoding]()
      .decode(buffer)
      .split(/\r\n?|\n/)
    if (lines.at(-1) === '') lines.pop()
    for (const [i, text] of lines.entries()) yield { number: i + 1, text }
    return
  }
  // Line by line, so that a file of any size needs no string of its size.
  const decoder = decoders[encoding]()
  let number = 0
  for (let from = 0; from < buffer.length;) {
    const end = buffer.indexOf(10, from)
    const until = end === -1 ? buffer.length : end
    // A line that is too long is not decoded whole: its beginning says enough.
    const text = decoder.decode(buffer.subarray(from, Math.min(until, from + 4 * longestLine + 4)))
    yield { number: ++number, text: text.endsWith('\r') ? text.slice(0, -1) : text }
    from = until + 1
  }
}

/** The lines that hold something, of a file that may be compressed. */
export function readLines(bytes: Uint8Array, name: string): Lines {
  const buffer = unpacked(bytes, name)
  if (buffer.length === 0) throw bad(`${name} is empty: it holds no lines.`)
  const encoding = encodingOf(buffer)
  const binary = encoding.startsWith('UTF-16') ? null : binaryKind(buffer.subarray(0, 64 * 1024))
  if (binary !== null)
    throw bad(`${name} is not a text file. ${binary.replace(/choose a .*\./, 'choose a text file.')}`)
  const rejections = new Rejections()
  const lines: Line[] = []
  for (const line of linesOf(buffer, encoding)) {
    if (line.text.length > longestLine)
      rejections.add(line, `longer than ${longestLine.toLocaleString('en')} characters`)
    else if (line.text.trim() === '') rejections.add(line, 'empty line')
    else if (line.text.includes('\0')) rejections.add(line, 'holds a zero character')
    else lines.push(line)
  }
  return { lines, encoding, rejected: rejections.list, rowsRejected: rejections.count }
}

export interface LabelledLines extends Lines {
  readonly labels: readonly string[]
  readonly texts: readonly string[]
}

/** The label is what stands before the first space or tab. */
export function readLabelledLines(bytes: Uint8Array, name: string): LabelledLines {
  const { lines, encoding, rejected, rowsRejected } = readLines(bytes, name)
  const rejections = new Rejections()
  const labels: string[] = []
  const texts: string[] = []
  const kept: Line[] = []
  for (const line of lines) {
    const [, label = '', text = ''] = /^([^\s]*)\s*(.*)$/s.exec(line.text.trimEnd()) ?? []
    if (label === '') rejections.add(line, 'no label at its beginning')
    else if (text === '') rejections.add(line, 'no text after the label')
    else {
      kept.push(line)
      labels.push(label)
      texts.push(text)
    }
  }
  if (kept.length === 0)
    throw bad(
      `${name} has no line of the form “label text”: a label, a space, and the text. Its first line is “${lines[0]?.text.slice(0, 60) ?? ''}”.`,
    )
  return {
    lines: kept,
    labels,
    texts,
    encoding,
    rejected: [...rejected, ...rejections.list].sort((a, b) => a.line - b.line).slice(0, shownRejections),
    rowsRejected: rowsRejected + rejections.count,
  }
}
