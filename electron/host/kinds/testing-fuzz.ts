/** Files that went wrong, from a seed: sound ones of every kind, then cut, flipped, doubled and filled with what confuses readers. */
import { gzipSync } from 'node:zlib'
import type { DataKind } from '../../contract/index.ts'
import { randomSource } from '../prepare/random.ts'
import { bands, idxImages, idxLabels, questions } from './testing.ts'

export interface FuzzCase {
  readonly seed: number
  readonly kind: DataKind
  /** What was done, for whoever has to find out. */
  readonly story: string
  readonly files: Readonly<Record<string, Uint8Array>>
  /** Of the files: what a person would name. null: the folder that holds them. */
  readonly named: string | null
  /** Of the files: one to predict from. */
  readonly question: string
}

type Random = () => number
const below = (random: Random, end: number): number => Math.floor(random() * end)
const one = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)]!

const rowsOfTables = 40

function tableText(random: Random): { text: string; story: string } {
  const delimiter = one(random, [',', ';', '\t', '|'])
  const lineEnd = one(random, ['\n', '\r\n', '\r'])
  const comma = delimiter !== ',' && random() < 0.3
  const quotedText = random() < 0.5
  const header = random() < 0.8
  const lines = Array.from({ length: rowsOfTables }, (_, i) => {
    const number = (i * 1.37).toFixed(2)
    const town = ['Zürich', 'Genève', 'Bern'][i % 3]!
    return [
      comma ? number.replace('.', ',') : number,
      quotedText ? `"${town}, the ""${i % 5}"" one${i % 7 === 0 ? lineEnd : ''}"` : town,
      i % 4 === 0 ? 'NA' : `2024-01-${10 + (i % 20)}`,
      i % 2 ? 'yes' : 'no',
    ].join(delimiter)
  })
  if (header) lines.unshift(['x', 'town', 'day', 'y'].join(delimiter))
  return {
    text: lines.join(lineEnd) + lineEnd,
    story: `${JSON.stringify([delimiter, lineEnd])}${comma ? ' decimal comma' : ''}${quotedText ? ' quoted' : ''}`,
  }
}

const encodings: Readonly<Record<string, (text: string) => Buffer>> = {
  utf8: (text) => Buffer.from(text),
  'utf8 with BOM': (text) => Buffer.from(`\ufeff${text}`),
  latin1: (text) => Buffer.from(text, 'latin1'),
  utf16le: (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  utf16be: (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
}

interface Sound {
  readonly kind: DataKind
  readonly story: string
  readonly files: Record<string, Uint8Array>
  readonly named: string | null
  readonly question: string
}

function soundTable(random: Random): Sound {
  const { text, story } = tableText(random)
  const encoding = one(random, Object.keys(encodings))
  const files = { 'table.csv': encodings[encoding]!(text) }
  return { kind: 'table', story: `${story} ${encoding}`, files, named: 'table.csv', question: 'table.csv' }
}

function soundImages(random: Random): Sound {
  const { pixels, labels } = bands(15)
  const pack = random() < 0.5
  const name = (base: string) => (pack ? `${base}.gz` : base)
  const packed = (bytes: Uint8Array): Uint8Array => (pack ? gzipSync(bytes) : bytes)
  const files = {
    [name('train-images-idx3-ubyte')]: packed(idxImages(pixels)),
    [name('train-labels-idx1-ubyte')]: packed(idxLabels(labels)),
  }
  const question = name('train-images-idx3-ubyte')
  return { kind: 'images', story: pack ? 'packed' : 'plain', files, named: null, question }
}

function soundText(random: Random): Sound {
  const encoding = one(random, Object.keys(encodings))
  const bytes = encodings[encoding]!(questions(30))
  const pack = random() < 0.3
  const name = pack ? 'train.txt.gz' : 'train.txt'
  const files = { [name]: pack ? gzipSync(bytes) : bytes }
  return { kind: 'text', story: `${encoding}${pack ? ' packed' : ''}`, files, named: null, question: name }
}

const confusing = [
  '"', '""', '"\n', '\0', '\r', '\n\r\n', ',', ';;;;', '\t', '\ufeff', ' '.repeat(300), '\n'.repeat(300),
  "'=1+1", 'inf', '1e999', '-', 'sep=;\n', '\u2028', '\ud800', 'x'.repeat(5000), ','.repeat(300),
].map((text) => Buffer.from(text)) // prettier-ignore
const confusingBytes = ['ff', 'fffe', 'feff', 'eda080', 'c0af', 'f8888080', '00d8', '1f8b08', 'ffffffff', '80000000']
  .map((hex) => Buffer.from(hex, 'hex')) // prettier-ignore

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array
const cut = (bytes: Uint8Array, random: Random): [number, number] => {
  const [a, b] = [below(random, bytes.length + 1), below(random, bytes.length + 1)]
  return [Math.min(a, b), Math.max(a, b)]
}
const insert = (bytes: Uint8Array, at: number, what: Uint8Array): Uint8Array =>
  Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)])

const mutations: Readonly<Record<string, Mutation>> = {
  truncate: (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1)),
  remove: (bytes, random) => {
    const [from, to] = cut(bytes, random)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
  },
  double: (bytes, random) => {
    const [from, to] = cut(bytes, random)
    return insert(bytes, from, bytes.subarray(from, to))
  },
  flip: (bytes, random) => {
    const changed = Uint8Array.from(bytes)
    for (let n = 1 + below(random, 8); n > 0 && changed.length > 0; n--)
      changed[below(random, changed.length)]! ^= 1 << below(random, 8)
    return changed
  },
  noise: (bytes, random) =>
    insert(
      bytes,
      below(random, bytes.length + 1),
      Uint8Array.from({ length: 1 + below(random, 40) }, () => below(random, 256)),
    ),
  confuse: (bytes, random) => insert(bytes, below(random, bytes.length + 1), one(random, confusing)),
  misencode: (bytes, random) => insert(bytes, below(random, bytes.length + 1), one(random, confusingBytes)),
  overwrite: (bytes, random) => {
    const changed = Uint8Array.from(bytes)
    const what = one(random, confusingBytes)
    const at = random() < 0.5 ? below(random, 16) : below(random, changed.length)
    changed.set(what.subarray(0, Math.max(0, changed.length - at)), Math.min(at, changed.length))
    return changed
  },
  append: (bytes) => Buffer.concat([bytes, bytes]),
  empty: () => new Uint8Array(0),
}

/** Bytes as an accident leaves them. The same seed gives the same. */
export function broken(seed: number, sound: Uint8Array): { bytes: Uint8Array; story: string } {
  const random = randomSource(seed)
  const told: string[] = []
  let bytes = sound
  for (let n = below(random, 3); n >= 0; n--) {
    // Archives and databases are told apart by what stands at their ends: most of what goes wrong should go wrong within.
    const what = one(random, random() < 0.4 ? ['flip'] : Object.keys(mutations).slice(0, -1))
    bytes = mutations[what]!(bytes, random)
    told.push(what)
  }
  return { bytes, story: told.join(', ') }
}

/** The same seed gives the same case. */
export function fuzzCase(seed: number): FuzzCase {
  const random = randomSource(seed)
  const sound = one(random, [soundTable, soundTable, soundImages, soundText])(random)
  const files = { ...sound.files }
  const told: string[] = []
  for (let n = below(random, 4); n >= 0; n--) {
    const name = one(random, Object.keys(files))
    // Emptied rarely: there is nothing left to read.
    const what = one(random, random() < 0.05 ? ['empty'] : Object.keys(mutations).slice(0, -1))
    files[name] = mutations[what]!(files[name]!, random)
    told.push(`${what} ${name}`)
  }
  return { ...sound, seed, files, story: `${sound.kind} ${sound.story}: ${told.join(', ')}` }
}
