/** Word vectors that others have trained: files of GloVe, word2vec and fastText. */
import { ByteStream } from './byte-stream.ts'

export type VectorFormat = 'glove' | 'word2vec' | 'word2vec-binary'

export interface VectorOptions {
  /** Keeps the vectors of these words alone, such as a vocabulary's tokens; otherwise of all. */
  readonly words?: Iterable<string>
  /** By default what the first lines show. `.vec` files of fastText are those of word2vec. */
  readonly format?: VectorFormat | 'auto'
  /** How many numbers may be kept, of 4 bytes each; 2²⁸ by default. */
  readonly maxNumbers?: number
  /** What sentences call the file. */
  readonly name?: string
}

const maxWidth = 100_000
const maxWord = 10_000
const [newline, blank] = [0x0a, 0x20]

/** The vectors that were kept of a file, by their words: what `readVectors` gives. */
export class WordVectors {
  readonly format: VectorFormat
  /** Numbers of each vector. */
  readonly dimension: number
  /** As they came. */
  readonly words: readonly string[]
  /** How many vectors the file holds. */
  readonly count: number
  /** How many of them were of a word that had one already; the first counts. */
  readonly duplicates: number
  readonly #rows: ReadonlyMap<string, number>
  readonly #values: Float32Array

  constructor(
    of: Pick<WordVectors, 'format' | 'dimension' | 'count' | 'duplicates'>,
    rows: ReadonlyMap<string, number>,
    values: Float32Array,
  ) {
    this.format = of.format
    this.dimension = of.dimension
    this.count = of.count
    this.duplicates = of.duplicates
    this.words = [...rows.keys()]
    this.#rows = rows
    this.#values = values
  }

  /** Undefined where the word has none. */
  get(word: string): Float32Array | undefined {
    const row = this.#rows.get(word)
    return row === undefined
      ? undefined
      : this.#values.subarray(row * this.dimension, (row + 1) * this.dimension)
  }
}

/** What is kept while a file is read. */
class Kept {
  readonly rows = new Map<string, number>()
  readonly dimension: number
  duplicates = 0
  #values = new Float32Array(0)
  readonly #wanted: ReadonlySet<string> | undefined
  readonly #most: number
  readonly #fail: Fail
  constructor(dimension: number, wanted: ReadonlySet<string> | undefined, most: number, fail: Fail) {
    this.dimension = dimension
    this.#wanted = wanted
    this.#most = most
    this.#fail = fail
  }

  /** Where the word's numbers go; undefined where they are not wanted. */
  room(word: string): Float32Array | undefined {
    if (this.#wanted && !this.#wanted.has(word)) return undefined
    if (this.rows.has(word)) {
      this.duplicates++
      return undefined
    }
    const from = this.rows.size * this.dimension
    const to = from + this.dimension
    if (to > this.#most)
      this.#fail(`it holds more than ${this.#most} numbers; say which words are wanted, or raise maxNumbers`)
    if (to > this.#values.length) {
      const larger = new Float32Array(Math.min(this.#most, Math.max(2 * to, 1024)))
      larger.set(this.#values)
      this.#values = larger
    }
    this.rows.set(word, this.rows.size)
    return this.#values.subarray(from, to)
  }

  get values(): Float32Array {
    return this.#values.subarray(0, this.rows.size * this.dimension)
  }
}

type Fail = (why: string) => never

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The word and its numbers, apart; words may hold spaces. Undefined where there are too few. */
function fieldsOf(line: string, dimension: number): readonly [word: string, numbers: string] | undefined {
  let at = line.length
  for (let i = 0; i < dimension; i++) {
    at = line.lastIndexOf(' ', at - 1)
    if (at <= 0) return undefined
  }
  return [line.slice(0, at), line.slice(at + 1)]
}

const trimmed = (bytes: Uint8Array): string =>
  decoder
    .decode(bytes)
    .replace(/[ \t\r]+$/, '')
    .replaceAll('\t', ' ')
const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text))

/** A first line of two whole numbers says how many vectors follow, and of which width. */
function headerOf(line: string): { readonly count: number; readonly dimension: number } | undefined {
  const match = /^(\d+) (\d+)$/.exec(line)
  return match ? { count: Number(match[1]), dimension: Number(match[2]) } : undefined
}

async function isText(stream: ByteStream, dimension: number): Promise<boolean> {
  const start = await stream.peek(maxWord + 32 * dimension)
  const end = start.indexOf(newline)
  const fields = fieldsOf(trimmed(end < 0 ? start : start.subarray(0, end)), dimension)
  return fields?.[1].split(' ').every(isNumber) ?? false
}

function refuseOthers(start: Uint8Array, fail: Fail): void {
  const begins = (...bytes: number[]): boolean => bytes.every((byte, i) => start[i] === byte)
  if (start.length === 0) fail('it is empty')
  if (begins(0x1f, 0x8b) || begins(0x50, 0x4b, 0x03, 0x04)) fail('it is compressed; unpack it first')
  if (begins(0xba, 0x16, 0x4f, 0x2f)) fail('it is a model of fastText (.bin); take the .vec file beside it')
}

function readTextLine(line: string, number: number, kept: Kept, fail: Fail): void {
  const { dimension } = kept
  const fields =
    fieldsOf(line, dimension) ??
    fail(`line ${number} has no word with ${dimension} numbers, as the lines before it have`)
  const [word, numbers] = fields
  const room = kept.room(word)
  if (!room) return
  numbers.split(' ').forEach((text, i) => {
    if (!isNumber(text))
      fail(
        `line ${number}, the vector of ${JSON.stringify(word)}, has ${JSON.stringify(text)} where a number should be`,
      )
    room[i] = Number(text)
  })
}

async function readBinary(stream: ByteStream, number: number, kept: Kept, fail: Fail): Promise<boolean> {
  // Some writers end each vector with a line break, others do not.
  await stream.skip(newline)
  const name = await stream.until(blank, maxWord, false)
  if (name === 'too long') return fail(`vector ${number} has no word of at most ${maxWord} bytes before it`)
  if (!name) return false
  const word = decoder.decode(name)
  const bytes = await stream.take(4 * kept.dimension)
  if (!bytes) return false
  const room = kept.room(word)
  if (!room) return true
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0; i < room.length; i++) {
    room[i] = view.getFloat32(4 * i, true)
    if (!Number.isFinite(room[i]))
      fail(`vector ${number}, of ${JSON.stringify(word)}, holds a number that is not finite`)
  }
  return true
}

/**
 * Reads a file of word vectors as it comes, and keeps no more of it than those that are wanted. Errors: an Error that says what is
 * wrong, and on which line. Source: the formats of GloVe, https://nlp.stanford.edu/projects/glove, and of word2vec and fastText.
 */
export async function readVectors(
  source: AsyncIterable<Uint8Array>,
  options: VectorOptions = {},
): Promise<WordVectors> {
  const { words, format: asked = 'auto', maxNumbers = 2 ** 28, name = 'The file' } = options
  const fail: Fail = (why) => {
    throw new Error(`${name} cannot be read as word vectors: ${why}.`)
  }
  const stream = new ByteStream(source)
  try {
    refuseOthers(await stream.peek(4), fail)
    const longest = maxWord + 32 * maxWidth
    const nextLine = async (number: number): Promise<string | undefined> => {
      const line = await stream.until(newline, longest, true)
      if (line === 'too long') return fail(`line ${number} is longer than ${longest} bytes`)
      return line && trimmed(line)
    }
    const first = (await nextLine(1)) ?? ''
    const header = asked === 'glove' ? undefined : headerOf(first)
    if (!header && asked !== 'auto' && asked !== 'glove')
      fail('its first line does not say how many vectors of how many numbers follow')
    const dimension = header ? header.dimension : first.split(' ').length - 1
    if (dimension < 1 || dimension > maxWidth)
      fail(`its first line gives vectors of ${dimension} numbers, and there must be 1 to ${maxWidth}`)
    const found =
      asked !== 'auto'
        ? asked
        : !header
          ? 'glove'
          : (await isText(stream, dimension))
            ? 'word2vec'
            : 'word2vec-binary'
    const kept = new Kept(dimension, words && new Set(words), maxNumbers, fail)
    let count = 0
    if (!header) readTextLine(first, ++count, kept, fail)
    while (!header || count < header.count) {
      if (found === 'word2vec-binary') {
        if (!(await readBinary(stream, count + 1, kept, fail))) break
      } else {
        const number = count + (header ? 2 : 1)
        const line = await nextLine(number)
        if (line === undefined) break
        readTextLine(line, number, kept, fail)
      }
      count++
    }
    if (header && count < header.count) fail(`it ends after ${count} of its ${header.count} vectors`)
    const rest = decoder.decode(await stream.peek(64))
    if (header && rest.trim() !== '')
      fail(`more follows after the ${header.count} vectors that its first line names`)
    const { duplicates, rows, values } = kept
    return new WordVectors({ format: found, dimension, count, duplicates }, rows, values)
  } finally {
    await stream.close()
  }
}
