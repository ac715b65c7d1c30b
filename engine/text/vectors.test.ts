import { describe, expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { concatenate } from '../bytes.ts'
import { Generator } from '../data/generator.ts'
import { Embedding } from '../nn/index.ts'
import { randn, getRngState } from '../tensor/random.ts'
import { tensor } from '../tensor/creation.ts'
import { embeddingOfVectors } from './pretrained.ts'
import { readVectors, type VectorOptions, type WordVectors } from './vectors.ts'
import { Vocabulary } from './vocabulary.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
/** In pieces of every size there can be. */
async function* pieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  await Promise.resolve()
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const read = (file: Uint8Array | string, options?: VectorOptions, size = 1000): Promise<WordVectors> =>
  readVectors(pieces(typeof file === 'string' ? utf8(file) : file, size), options)

function binary(ending: string): Uint8Array {
  const vector = (word: string, ...numbers: number[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(4 * numbers.length))
    numbers.forEach((number, i) => view.setFloat32(4 * i, number, true))
    return concatenate([utf8(`${word} `), new Uint8Array(view.buffer), utf8(ending)])
  }
  return concatenate([
    utf8('3 3\n'),
    vector('the', 1, -0.5, 2),
    vector('naïve', 0, 3, 4),
    vector('x', 5, 6, 7),
  ])
}
const vec = '3 3\nthe 1 -0.5 2 \nnaïve 0 3 4 \nx 5 6 7 \n'
const files: Readonly<Record<string, [format: string, file: Uint8Array | string]>> = {
  GloVe: ['glove', 'the 1 -0.5 2\nnaïve 0 3e0 4\nx 5 6 7'],
  'fastText .vec': ['word2vec', vec],
  'with Windows line ends': ['word2vec', vec.replaceAll('\n', '\r\n')],
  'word2vec, binary': ['word2vec-binary', binary('\n')],
  'word2vec, binary without line breaks': ['word2vec-binary', binary('')],
}

describe.each(Object.entries(files))('%s', (_, [format, file]) => {
  it.each([1, 3, 7, 1000])('is read in pieces of %i', async (size) => {
    const vectors = await read(file, {}, size)
    expect(vectors).toMatchObject({
      format,
      dimension: 3,
      count: 3,
      duplicates: 0,
      words: ['the', 'naïve', 'x'],
    })
    expect(vectors.words.map((word) => [...vectors.get(word)!])).toEqual([
      [1, -0.5, 2],
      [0, 3, 4],
      [5, 6, 7],
    ])
  })
  it('keeps the words that are wanted', async () => {
    const vectors = await read(file, { words: ['x', 'y'], maxNumbers: 3 })
    expect([vectors.count, vectors.words, vectors.get('the')]).toEqual([3, ['x'], undefined])
    await expect(read(file, { maxNumbers: 8 })).rejects.toThrow('it holds more than 8 numbers')
  })
})

it('takes words with spaces, and the first of two', async () => {
  const vectors = await read('a 1 2\n. . . 3 4\na 5 6\n')
  expect([vectors.words, vectors.duplicates]).toEqual([['a', '. . .'], 1])
  expect([...vectors.get('a')!]).toEqual([1, 2])
})

it.each([
  ['', 'it is empty'],
  ['a 1 2\nb 3\n', 'line 2 has no word with 2 numbers'],
  ['a 1 2\nb 3 x\n', 'line 2, the vector of "b", has "x" where a number should be'],
  ['a 1 NaN\n', 'has "NaN"'],
  ['word\n', 'vectors of 0 numbers'],
  ['3 2\na 1 2\nb 3 4\n', 'it ends after 2 of its 3 vectors'],
  ['1 2\na 1 2\nb 3 4\n', 'more follows after the 1 vectors'],
  ['1 999999999\na 1', 'vectors of 999999999 numbers'],
  [binary('\n').slice(0, 30), 'it ends after 1 of its 3 vectors'],
  [Uint8Array.of(0x1f, 0x8b, 8, 0), 'it is compressed; unpack it first'],
  [Uint8Array.of(0xba, 0x16, 0x4f, 0x2f, 0), 'a model of fastText'],
])('says what is wrong: %#', async (file, why) => {
  await expect(read(file, { name: 'vectors.txt' })).rejects.toThrow(
    'vectors.txt cannot be read as word vectors: ',
  )
  await expect(read(file)).rejects.toThrow(why)
})

it('either reads a damaged file as it stands, or refuses it in a sentence', async () => {
  const random = new Generator(20261130)
  const below = (limit: number): number => Math.floor(random.random() * limit)
  const outcomes = { read: 0, refused: 0 }
  for (let n = 0; n < 500; n++) {
    const [, file] = Object.values(files)[n % 5]!
    const bytes = [...(typeof file === 'string' ? utf8(file) : file)]
    for (let changes = below(3); changes >= 0; changes--) {
      const at = below(bytes.length)
      if (below(3) === 0) bytes.length = at
      else if (below(2) === 0) bytes[at] = below(256)
      else bytes.splice(at, below(4), ...utf8(['\n', ' ', '-', '9', '1e999', '\t'][below(6)]!))
    }
    try {
      const vectors = await read(Uint8Array.from(bytes), { maxNumbers: 1000 }, 1 + below(40))
      for (const word of vectors.words) expect(vectors.get(word)).toHaveLength(vectors.dimension)
      outcomes.read++
    } catch (error) {
      expect(String(error)).toMatch(/^Error: .*cannot be read as word vectors: [^]+$/)
      outcomes.refused++
    }
  }
  expect(outcomes.read).toBeGreaterThan(30)
  expect(outcomes.refused).toBeGreaterThan(30)
})

it('holds a file to the format that was asked for', async () => {
  await expect(read('a 1 2\n', { format: 'word2vec' })).rejects.toThrow('its first line does not say')
  // As GloVe's, its first line is a word as others.
  expect((await read('7 2\n8 3\n', { format: 'glove' })).words).toEqual(['7', '8'])
})

describe('embeddings', () => {
  const device = createWasmDevice()

  it('start as a table, and are frozen unless told otherwise', async () => {
    const table = tensor(Float32Array.of(1, 2, 3, 4), { shape: [2, 2], device })
    const before = await getRngState(device)
    const frozen = Embedding.fromPretrained(table)
    expect([...(await frozen.weight.data())]).toEqual([1, 2, 3, 4])
    expect([frozen.numEmbeddings, frozen.embeddingDim, frozen.weight.requiresGrad]).toEqual([2, 2, false])
    const free = Embedding.fromPretrained(table, { freeze: false, paddingIdx: -1, maxNorm: 2 })
    expect([free.weight.requiresGrad, free.paddingIdx, free.maxNorm]).toEqual([true, 1, 2])
    // Also the row of padding is as it was.
    expect([...(await free.weight.data())]).toEqual([1, 2, 3, 4])
    expect(await getRngState(device)).toEqual(before)
    expect(() => Embedding.fromPretrained(randn([2], { device }))).toThrow('are [words, width], not [2]')
  })

  const vocabulary = new Vocabulary(['<unk>', '<pad>', 'x', 'the', 'nowhere'])
  it('have the vectors of a vocabulary, and tell what is missing', async () => {
    const { embedding, found, missing } = embeddingOfVectors(vocabulary, await read(vec), { device })
    expect([found, missing, embedding.paddingIdx]).toEqual([2, ['<unk>', 'nowhere'], 1])
    expect([...(await embedding.weight.data())]).toEqual([0, 0, 0, 0, 0, 0, 5, 6, 7, 1, -0.5, 2, 0, 0, 0])
  })

  it('draw what is missing as spread as what is there', async () => {
    const many = new Vocabulary(['<pad>', 'x', ...Array.from({ length: 500 }, (_, i) => `w${i}`)])
    const draw = async (seed: number): Promise<number[]> => {
      const vectors = await read('x 2 -2\n')
      const options = { missing: 'normal', generator: new Generator(seed), device, freeze: false } as const
      return [...(await embeddingOfVectors(many, vectors, options).embedding.weight.data())]
    }
    const once = await draw(1)
    expect(once.slice(0, 4)).toEqual([0, 0, 2, -2])
    const deviation = Math.sqrt(once.slice(4).reduce((sum, x) => sum + x * x, 0) / 1000)
    expect(Math.abs(deviation - 2)).toBeLessThan(0.2)
    expect(await draw(1)).toEqual(once)
    expect(await draw(2)).not.toEqual(once)
  })
})
