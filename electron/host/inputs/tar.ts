/**
 * The files of a tar archive, one after the other as they come (POSIX.1-2001 “pax”, ustar, GNU and the oldest form). Only read here:
 * packages that unpack onto the disk trust the names in it.
 */
interface TarEntry {
  readonly name: string
  readonly size: number
  /** Neither a folder nor a link, nor anything that is no file. */
  readonly isFile: boolean
  /** To be taken before the next entry is asked for, whole or not at all. */
  bytes(): AsyncGenerator<Buffer>
}

const block = 512
/** Names and their like; an archive may say that one has gigabytes. */
const mostMeta = 1 << 20

const damaged = (why: string): Error => new Error(why)

/** Of the header, with blanks where the sum itself stands. */
function sumOf(header: Buffer): number {
  let sum = 8 * 0x20
  for (let i = 0; i < block; i++) if (i < 148 || i >= 156) sum += header[i]!
  return sum
}

const textAt = (header: Buffer, from: number, length: number): string =>
  header.toString('utf8', from, from + length).split('\0', 1)[0]!

/** Octal digits, or, of what these cannot write, GNU's big-endian bytes behind a set bit. */
function numberAt(header: Buffer, from: number, length: number): number {
  if ((header[from]! & 0x80) === 0) {
    const digits = textAt(header, from, length).trim()
    return digits === '' ? 0 : /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN
  }
  let value = header[from]! & 0x7f
  for (let i = 1; i < length; i++) value = value * 256 + header[from + i]!
  return value
}

const isSound = (header: Buffer): boolean => numberAt(header, 148, 8) === sumOf(header)
const isEnd = (header: Buffer): boolean => header.every((byte) => byte === 0)

/** By the first bytes of a file: a header whose sum is right, and that names something. */
export const isTar = (head: Buffer): boolean => head.length >= block && head[0] !== 0 && isSound(head)

/** Bytes that come in pieces, by numbers of them. */
class Reader {
  readonly #from: AsyncIterator<Buffer>
  #piece: Buffer = Buffer.alloc(0)

  constructor(from: AsyncIterable<Buffer>) {
    this.#from = from[Symbol.asyncIterator]()
  }

  async close(): Promise<void> {
    await this.#from.return?.()
  }

  /** In the pieces in which they come. */
  async *take(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (this.#piece.length === 0) {
        const next = await this.#from.next()
        if (next.done) throw damaged(`it ends ${left} bytes too early`)
        this.#piece = next.value
        continue
      }
      const part = this.#piece.subarray(0, left)
      this.#piece = this.#piece.subarray(part.length)
      left -= part.length
      yield part
    }
  }

  async whole(count: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for await (const part of this.take(count)) parts.push(part)
    return Buffer.concat(parts)
  }

  /** null: there is nothing more. */
  async header(): Promise<Buffer | null> {
    while (this.#piece.length === 0) {
      const next = await this.#from.next()
      if (next.done) return null
      this.#piece = next.value
    }
    return await this.whole(block)
  }
}

/** Records of “LENGTH KEY=VALUE” and a line's end, the length being that of the whole record. */
function paxOf(bytes: Buffer): Map<string, string> {
  const found = new Map<string, string>()
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const space = bytes.indexOf(0x20, at)
    const length = Number(bytes.toString('latin1', at, space))
    if (space < 0 || !Number.isInteger(length) || length <= space - at || at + length > bytes.length)
      throw damaged('an extended header is no list of values')
    const record = bytes.toString('utf8', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    if (equals > 0) found.set(record.slice(0, equals), record.slice(equals + 1))
    at += length
  }
  return found
}

const isUstar = (header: Buffer): boolean => header.toString('latin1', 257, 262) === 'ustar'
function nameIn(header: Buffer): string {
  const prefix = isUstar(header) && header[262] !== 0x20 ? textAt(header, 345, 155) : ''
  const name = textAt(header, 0, 100)
  return prefix === '' ? name : `${prefix}/${name}`
}

const ofFiles: readonly string[] = ['0', '\0', '7']
/** Links, devices, folders and pipes, whatever their headers say of a size. */
const withoutBytes = '123456'

/** Throws where it is damaged or cut off. */
export async function* tarEntries(from: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const reader = new Reader(from)
  /** What stands before an entry and says what its header has no room for. */
  let said = new Map<string, string>()
  try {
    for (let header = await reader.header(); header !== null; header = await reader.header()) {
      if (isEnd(header)) return
      if (!isSound(header)) throw damaged('the sum of a header is wrong')
      const type = String.fromCharCode(header[156]!)
      const told = said.get('size')
      const size = withoutBytes.includes(type)
        ? 0
        : told === undefined
          ? numberAt(header, 124, 12)
          : Number(told)
      if (!Number.isSafeInteger(size) || size < 0) throw damaged('the size of a file is no number')
      const padding = (block - (size % block)) % block
      if ('xgLK'.includes(type)) {
        if (size > mostMeta) throw damaged('a name is longer than a megabyte')
        const meta = await reader.whole(size)
        await reader.whole(padding)
        if (type === 'x') said = new Map([...said, ...paxOf(meta)])
        else if (type === 'L') said.set('path', textAt(meta, 0, meta.length))
        continue
      }
      const name = said.get('path') ?? nameIn(header)
      said = new Map()
      const body = reader.take(size)
      // The oldest form calls folders so.
      const isFile = ofFiles.includes(type) && !name.endsWith('/')
      yield { name: name.replace(/^(\.\/)+/, ''), size, isFile, bytes: () => body }
      let taken = await body.next()
      while (!taken.done) taken = await body.next()
      await reader.whole(padding)
    }
  } finally {
    await reader.close()
  }
}
