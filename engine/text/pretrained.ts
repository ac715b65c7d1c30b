/** Vectors of others as the start of a vocabulary's embedding. */
import type { Device } from '../backends/device.ts'
import { Generator } from '../data/generator.ts'
import { Embedding, type PretrainedOptions } from '../nn/sparse.ts'
import { tensor } from '../tensor/creation.ts'
import { paddingToken, type Vocabulary } from './vocabulary.ts'
import type { WordVectors } from './vectors.ts'

export interface VocabularyVectorOptions extends PretrainedOptions {
  /** What stands for words that have no vector: zeros, or normal numbers as spread as those that were found. `zeros` by default. */
  readonly missing?: 'zeros' | 'normal'
  /** Where normal numbers come from; one of seed 0 by default. */
  readonly generator?: Generator
  readonly device?: Device
}

export interface VocabularyVectors {
  readonly embedding: Embedding
  /** How many tokens have a vector. */
  readonly found: number
  /** The tokens that have none, but for the one of padding, which is zeros. */
  readonly missing: readonly string[]
}

function spreadOf(values: Float32Array, count: number): number {
  let [sum, squares] = [0, 0]
  for (const value of values) {
    sum += value
    squares += value * value
  }
  const mean = count === 0 ? 0 : sum / count
  return count === 0 ? 1 : Math.sqrt(Math.max(0, squares / count - mean * mean))
}

/**
 * An embedding with a row for each token of the vocabulary. It is frozen as torch.nn.Embedding.from_pretrained's is, unless
 * told otherwise; `paddingIdx` is the number of `<pad>` where there is one. Errors: RangeError where nothing fits.
 */
export function embeddingOfVectors(
  vocabulary: Vocabulary,
  vectors: WordVectors,
  { missing: fill = 'zeros', generator = new Generator(), device, ...options }: VocabularyVectorOptions = {},
): VocabularyVectors {
  const { dimension } = vectors
  if (vocabulary.size === 0) throw new RangeError('The vocabulary is empty: there is nothing to embed.')
  const table = new Float32Array(vocabulary.size * dimension)
  const without: number[] = []
  vocabulary.tokens.forEach((token, row) => {
    const vector = token === paddingToken ? undefined : vectors.get(token)
    if (vector) table.set(vector, row * dimension)
    else if (token !== paddingToken) without.push(row)
  })
  const padding = vocabulary.has(paddingToken) ? vocabulary.lookup(paddingToken) : null
  const found = vocabulary.size - without.length - Number(padding !== null)
  if (fill === 'normal') {
    const spread = spreadOf(table, found * dimension)
    for (const row of without)
      for (let i = 0; i < dimension; i++) table[row * dimension + i] = spread * generator.normal()
  }
  const weight = tensor(table, { shape: [vocabulary.size, dimension], ...(device ? { device } : {}) })
  const embedding = Embedding.fromPretrained(weight, { paddingIdx: padding, ...options })
  return { embedding, found, missing: without.map((row) => vocabulary.tokens[row]!) }
}
