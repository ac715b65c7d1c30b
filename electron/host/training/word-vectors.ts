/** Vectors of words that others have trained, as the start of the layer that a network reads its tokens by. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { noGrad, tensor, text, type Tensor } from '../../../engine/index.ts'
import { DescentError, type NetworkDocument, type StartedFrom } from '../../contract/index.ts'
import { statRegular } from '../inputs/regular-file.ts'
import { inputNameOf, type Preparation } from '../prepare/preparation.ts'

/** Of one column of texts. */
export interface VectorStart {
  /** The tensor that its tokens are in. */
  readonly input: string
  readonly dimension: number
  /** By the number of the token. */
  readonly vectors: ReadonlyMap<number, Float32Array>
  readonly vocabulary: number
  /** Tokens that have none; the one of padding is not meant to. */
  readonly without: readonly string[]
}

/** Files of several gigabytes are usual: only what the vocabulary has is kept of them. */
const mostBytes = 2 ** 36
const mostNumbers = 2 ** 28

const vocabularyOf = (encoder: Preparation['columns'][number]['encoder']): readonly string[] | null =>
  'vocabulary' in encoder && Array.isArray(encoder.vocabulary) ? encoder.vocabulary : null

interface VectorFile {
  readonly path: string
  readonly sha256: string
  readonly vectors: readonly VectorStart[]
}

/** Errors: a DescentError for a file that is none, or that has a vector of no token. */
export async function readWordVectors(path: string, columns: Preparation['columns']): Promise<VectorFile> {
  const texts = columns.flatMap((column) => {
    const vocabulary = vocabularyOf(column.encoder)
    return vocabulary === null ? [] : [{ input: inputNameOf(column), vocabulary }]
  })
  if (texts.length === 0)
    throw new DescentError(
      'badRecipe',
      'word vectors are for texts that are read word by word, and there are none. Choose another start.',
      'weights.from',
    )
  await statRegular(path, { most: mostBytes, what: 'a file of word vectors' })
  const hash = createHash('sha256')
  async function* bytes() {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      yield chunk
    }
  }
  const words = new Set(texts.flatMap(({ vocabulary }) => vocabulary))
  const read = await text
    .readVectors(bytes(), { words, maxNumbers: mostNumbers, name: path })
    .catch((error: unknown) => {
      throw error instanceof DescentError
        ? error
        : new DescentError('badData', error instanceof Error ? error.message : String(error))
    })
  const vectors = texts.map(({ input, vocabulary }): VectorStart => {
    const found = new Map<number, Float32Array>()
    const without: string[] = []
    vocabulary.forEach((token, number) => {
      if (token === text.paddingToken) return
      const vector = read.get(token)
      if (vector) found.set(number, vector)
      else without.push(token)
    })
    return { input, dimension: read.dimension, vectors: found, vocabulary: vocabulary.length - 1, without }
  })
  if (vectors.every((one) => one.vectors.size === 0))
    throw new DescentError(
      'badData',
      `${path} has a vector of none of the ${words.size} tokens of the vocabulary. Choose vectors of the same language, and a tokenizer that cuts texts into whole words.`,
    )
  return { path, sha256: hash.digest('hex'), vectors }
}

export interface VectorTable {
  /** Of the network. */
  readonly weight: string
  readonly start: VectorStart
}

const tables = new Set(['Embedding', 'EmbeddingBag'])

/** Which layers read the tokens. Errors: a DescentError where none does, or it has another width. */
export function vectorTables(
  start: readonly VectorStart[],
  { nodes }: NetworkDocument,
  shapes: Readonly<Record<string, readonly number[]>>,
): VectorTable[] {
  const found = start.flatMap((one) =>
    nodes
      .filter((node) => 'layer' in node && tables.has(node.layer) && node.inputs[0] === one.input)
      .map(({ id }): VectorTable => ({ weight: `${id}.weight`, start: one })),
  )
  const refuse = (message: string) => new DescentError('badRecipe', message, 'weights.path')
  if (found.length === 0)
    throw refuse(
      'The first weights: no layer of the network reads the tokens of a text by a table of vectors.',
    )
  for (const { weight, start: one } of found) {
    const width = shapes[weight]?.[1]
    if (width !== one.dimension)
      throw refuse(
        `The first weights: the vectors of the file have ${one.dimension} numbers, and the network gives a word ${width ?? 'none'} (${weight}). Set the network’s width of a word to ${one.dimension}, e.g. --set model.embedding=${one.dimension}.`,
      )
  }
  return found
}

/** Gives the table, which was drawn, the vectors that the file has. */
export function fillTable(table: Tensor, { dimension, vectors }: VectorStart): void {
  const [rows = 0] = table.shape
  const given = new Float32Array(rows * dimension)
  const drawn = new Float32Array(rows).fill(1)
  for (const [row, vector] of vectors) {
    given.set(vector, row * dimension)
    drawn[row] = 0
  }
  noGrad(() =>
    table.copy_(
      table.mul(tensor(drawn, { shape: [rows, 1] })).add(tensor(given, { shape: [rows, dimension] })),
    ),
  )
}

export const toldVectors = (
  { path, sha256 }: Pick<VectorFile, 'path' | 'sha256'>,
  found: readonly VectorTable[],
  names: readonly string[],
): StartedFrom => {
  const taken = new Set(found.map(({ weight }) => weight))
  const starts = [...new Set(found.map(({ start }) => start))]
  const sum = (of: (start: VectorStart) => number): number =>
    starts.reduce((total, start) => total + of(start), 0)
  return {
    path,
    sha256,
    taken: found.length,
    anew: names.filter((name) => !taken.has(name)),
    unused: [],
    words: {
      found: sum(({ vectors }) => vectors.size),
      of: sum(({ vocabulary }) => vocabulary),
      without: starts.flatMap(({ without }) => without).slice(0, 20),
    },
  }
}
