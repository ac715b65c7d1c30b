/** Texts as numbers: the vocabulary is learnt from the training split, and goes with the model. */
import { text } from '../../../../engine/index.ts'
import type { TextPrepare } from '../../../contract/index.ts'
import type { TextPreparation } from '../../prepare/preparation.ts'

/** Words by their number, the special ones first. */
export function fitVocabulary(
  texts: readonly string[],
  rows: Int32Array,
  { tokenizer, minCount, maxVocabulary }: TextPrepare,
): string[] {
  const tokens = text.getTokenizer(tokenizer)
  const specials = [text.unknownToken, text.paddingToken]
  function* lines() {
    for (const row of rows) yield tokens(texts[row] ?? '')
  }
  const maxTokens = maxVocabulary + specials.length
  return [...text.buildVocabFromIterator(lines(), { minFreq: minCount, maxTokens, specials }).tokens]
}

type Encoder = Pick<TextPreparation, 'tokenizer' | 'vocabulary' | 'maxTokens'>

export interface Encoded {
  /** texts × maxTokens */
  readonly inputs: Int32Array
  /** Words of each text, before it is cut. */
  readonly lengths: Uint32Array
  /** Share of the words, as far as they were kept, that the vocabulary does not have. */
  readonly unknown: number
}

export function encodeTexts(
  texts: readonly string[],
  { tokenizer, vocabulary, maxTokens }: Encoder,
): Encoded {
  const known = new text.Vocabulary(vocabulary)
  const lines = texts.map(text.getTokenizer(tokenizer))
  const inputs = text.numericalize(lines, known, maxTokens)
  const [padding, unknown] = [known.lookup(text.paddingToken), known.lookup(text.unknownToken)]
  const words = inputs.filter((number) => number !== padding)
  return {
    inputs,
    lengths: Uint32Array.from(lines, (line) => line.length),
    unknown: words.length === 0 ? 0 : words.filter((number) => number === unknown).length / words.length,
  }
}
